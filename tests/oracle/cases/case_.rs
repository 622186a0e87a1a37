//! Cases of the category "case".

use aludel::{case, case_of, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("case-01", |t| {
        let group = case(t.u("age").lt(28), "young").when(t.u("age").lt(38), "mid").else_("old");
        select((t.u("id"), group.label("v"))).order_by(t.u("id"))
    });
    to.query("case-02", |t| {
        select((t.u("id"), case(t.u("age").eq(25), 1).end().label("v"))).order_by(t.u("id"))
    });
    to.query("case-03", |t| {
        let letter = case_of(t.u("age")).when(25, "q").when(30, "t").else_("?");
        select((t.u("id"), letter.label("v"))).order_by(t.u("id"))
    });
    to.query("case-06", |t| {
        let points = case(t.u("active"), 10_i64).else_(1);
        select(t.u("id")).where_((points * 2 + t.u("id")).gt(20)).order_by(t.u("id"))
    });
    to.query("case-08", |t| {
        let last = case(t.u("name").eq("dave"), 0).else_(1);
        select(t.u("id")).order_by((last, t.u("id").desc()))
    });
    to.query("case-09", |t| {
        let shown =
            case(t.u("age").is_null(), true).when(t.u("age").gt(30), t.u("active")).else_(false);
        select(t.u("id")).where_(shown).order_by(t.u("id"))
    });
}
