//! Cases of the category "between".

use aludel::{and_, literal, not_, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("between-01", |t| {
        select(t.u("id")).where_(t.u("age").between(25, 30)).order_by(t.u("id"))
    });
    to.query("between-02", |t| {
        select(t.u("id")).where_(!t.u("age").between(26, 35)).order_by(t.u("id"))
    });
    to.query("between-03", |t| {
        let both = and_((t.u("age").between(20, 30), t.u("active")));
        select(t.u("id")).where_(not_(both)).order_by(t.u("id"))
    });
    to.query("between-04", |t| {
        let (low, high) = (literal(20) + 5, literal(10) * 3);
        select(t.u("id")).where_(t.u("age").between(low, high)).order_by(t.u("id"))
    });
    to.query("between-08", |t| {
        let (low, high) = (t.u("id").eq(100), t.u("id").lt(3));
        select(t.u("id")).where_(t.u("active").between(low, high)).order_by(t.u("id"))
    });
    to.query("between-09", |t| {
        select(t.u("id")).where_(t.u("age").between_symmetric(30, 25)).order_by(t.u("id"))
    });
}
