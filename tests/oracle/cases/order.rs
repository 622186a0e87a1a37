//! ORDER BY.

use aludel::sql::TypedExpression;
use aludel::{asc, desc, literal_column, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("order-02", |t| {
        select(t.u("id")).order_by((t.u("age").desc().nulls_last(), t.u("id")))
    });
    to.query("order-05", |t| {
        let neg = (t.u("age") * 1).label("neg");
        select((t.u("id"), neg.clone())).order_by((neg.desc().nulls_last(), t.u("id")))
    });
    to.query("order-06", |t| {
        select((t.u("age").expr().label("years"), t.u("id")))
            .where_(t.u("age").is_not_null())
            .order_by((desc("years"), asc("id")))
    });
    to.query("order-07", |t| {
        let m = (t.u("id") % 3).label("m");
        select((t.u("id"), m.clone())).order_by((m.expr() + 10, t.u("id")))
    });
    to.query("order-08", |t| {
        select(((t.u("id") * -1).label("age"), t.u("age").expr().label("id"))).order_by("age")
    });
    to.query("order-10", |t| {
        select((t.u("name"), t.u("id"))).order_by(literal_column::<i64>("2").desc())
    });
    to.query("order-11", |t| {
        let by_name = select(t.u("id")).order_by(t.u("name"));
        by_name.reset_order_by().order_by(t.u("id").desc())
    });
    to.query("order-12", |t| {
        select(t.u("id")).order_by((t.u("id").gt(3).desc(), aludel::not_(t.u("active")), t.u("id")))
    });
    to.query("order-13", |t| select(t.u("id")).order_by(-t.u("id")));
}
