//! GROUP BY and HAVING.

use aludel::sql::{Dynamic, Expr, grouping_sets};
use aludel::{func, or_, select};

use super::Cases;
use crate::tables::Tables;

pub(super) fn cases(to: &mut Cases) {
    to.query("group-01", |t| {
        select((t.p("user_id"), func::count().label("n")))
            .group_by(t.p("user_id"))
            .having(func::count().gt(1))
    });
    to.query("group-02", |t| {
        let best = call("max", t.p("score"));
        select(t.p("user_id"))
            .group_by(t.p("user_id"))
            .having(or_((func::count().gt(2), best.eq(0))))
            .having(call("min", t.p("id")).lt(5))
            .order_by(t.p("user_id"))
    });
    to.query("group-03", |t| {
        let e = rest(t);
        select((e.clone().label("m"), func::count().label("n")))
            .where_(t.u("age").is_not_null())
            .group_by(e.clone())
            .order_by(e)
    });
    to.query("group-04", |t| {
        let e = rest(t).label("m");
        select((e.clone(), func::count().label("n")))
            .where_(t.u("age").is_not_null())
            .group_by(e.clone())
            .order_by(e)
    });
    to.query("group-05", |t| {
        select((rest(t).label("m"), func::count().label("n")))
            .where_(t.u("age").is_not_null())
            .group_by("m")
            .order_by("m")
    });
    to.query("group-08", |t| {
        let (user, published) = (|| t.p("user_id"), || t.p("published"));
        let sets = grouping_sets(((user(), published()), user(), ()));
        select((user(), published(), func::count().label("n"))).group_by(sets)
    });
}

fn call(name: &'static str, of: aludel::sql::AnyColumn) -> Expr<Dynamic> {
    func::function(name, [of.expr().into_expression()])
}

/// The last digit of the age.
fn rest(t: &Tables) -> Expr<Dynamic> {
    t.u("age") % 10
}
