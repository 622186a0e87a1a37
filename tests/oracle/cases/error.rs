//! What is refused.

use aludel::{Value, bindparam, select, text};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("error-01", |t| {
        let two = select((t.p("id"), t.p("title"))).untyped().scalar_subquery();
        select(t.u("id")).where_(t.u("id").eq(two))
    });
    to.query("error-02", |t| {
        select(t.u("id")).untyped().union(select((t.p("id"), t.p("title"))).untyped())
    });
    to.query("error-03", |t| select(t.u("id")).order_by("nosuch"));
    to.query("error-07", |t| select(t.u("id")).where_(t.u("id").lt(Value::Null)));
    to.try_query("error-10", |t| {
        let none = t.items.c("nope")?;
        Ok(t.items.insert().values((t.i("name").set("x"), none.set(2))))
    });
    to.try_query("error-17", |t| {
        let named = t.items.insert().values(t.i("name").set("x"));
        Ok(named.from_select(t.i("name"), select(t.u("name"))))
    });
    to.try_query("error-08", |t| {
        let (a, b) = (select(t.u("id")).cte("x"), select(t.p("id")).cte("x"));
        Ok(select((a.c("id")?, b.c("id")?)))
    });
    to.query("error-09", |t| {
        let own = select(t.u("id")).correlate([&t.users]).scalar_subquery();
        select(t.u("id")).where_(t.u("id").eq(own)).order_by(t.u("id"))
    });
    to.query("error-11", |t| select(t.u("id")).where_(t.u("id").eq(bindparam("x"))));
    to.query("error-18", |t| select(t.u("id").expr().label("zz")).where_(text("zz = 1")));
}
