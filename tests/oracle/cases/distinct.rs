//! DISTINCT.

use aludel::select;

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("distinct-01", |t| {
        select(t.u("age")).distinct().where_(t.u("age").is_not_null()).order_by(t.u("age"))
    });
    to.query("distinct-02", |t| {
        let columns = || (t.p("user_id"), t.p("published"));
        select(columns()).distinct().order_by(columns())
    });
    to.query("distinct-03", |t| {
        select((t.p("user_id"), t.p("id")))
            .distinct_on(t.p("user_id"))
            .order_by((t.p("user_id"), t.p("id").desc()))
    });
}
