//! Cases of the category "compare".

use aludel::sql::{all_, any_};
use aludel::value::Decimal;
use aludel::{literal, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("compare-01", |t| {
        let scores = select(t.p("score") * 3).where_(t.p("score").gt(0));
        select(t.u("id")).where_(t.u("age").gt(any_(scores))).order_by(t.u("id"))
    });
    to.query("compare-02", |t| {
        let authors = select(t.p("user_id"));
        select(t.u("id")).where_(t.u("id").ge(all_(authors))).order_by(t.u("id"))
    });
    to.query("compare-03", |t| {
        let authors = select(t.p("user_id"));
        select(t.u("id")).where_(!t.u("id").eq(any_(authors))).order_by(t.u("id"))
    });
    to.query("compare-06", |t| {
        select(t.u("id")).where_(literal(30).le(t.u("age"))).order_by(t.u("id"))
    });
    to.try_query("compare-08", |t| {
        let wanted: Decimal = "1234567.89".parse()?;
        Ok(select(t.u("id")).where_(t.u("balance").eq(wanted)).order_by(t.u("id")))
    });
    to.try_query("compare-09", |t| {
        let bound: Decimal = "-0.01".parse()?;
        Ok(select(t.u("id")).where_(t.u("balance").lt(bound)).order_by(t.u("id")))
    });
}
