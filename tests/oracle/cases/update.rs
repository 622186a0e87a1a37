//! Cases of the category "update".

use aludel::value::RawJson;
use aludel::{Value, bindparam, func, not_, or_, params, select};

use super::{Cases, Many};

pub(super) fn cases(to: &mut Cases) {
    to.changes("update-03", |t| {
        Ok(t.items.update().values(t.i("qty").set(1)).where_(t.i("id").eq(1000)))
    });
    to.changes("update-04", |t| {
        Ok(t.items.update().values(t.i("note").set("x")).where_(t.i("qty").ge(0)))
    });
    to.changes("update-05", |t| {
        let theirs = select(func::count_of(t.p("id"))).where_(t.p("user_id").eq(t.u("id")));
        let age = t.u("age").set(theirs.scalar_subquery());
        Ok(t.users.update().values(age).where_(t.u("id").lt(4)))
    });
    to.changes("update-06", |t| {
        let name = t.i("note").set(t.u("name"));
        Ok(t.items.update().values(name).where_(t.i("id").eq(t.u("id"))))
    });
    to.changes("update-08", |t| {
        let theirs =
            select(t.p("id")).where_(t.p("user_id").eq(t.i("id"))).where_(t.p("score").is_null());
        Ok(t.items.update().values(t.i("note").set("ex")).where_(theirs.exists()))
    });
    to.changes("update-09", |t| {
        let more = t.items.update().values(t.i("qty").set(t.i("qty") + 1));
        Ok(more.where_(t.i("qty").gt(5)).returning((t.i("id"), t.i("qty"))))
    });
    to.changes("update-11", |t| {
        let note = t.items.update().values(t.i("note").set(bindparam("b_note")));
        let sets = [params! { b_id: 1, b_note: "one" }, params! { b_id: 3, b_note: Value::Null }];
        Ok(Many(note.where_(t.i("id").eq(bindparam("b_id"))), sets.into()))
    });
    to.changes("update-14", |t| {
        let both = (t.i("note").set("both"), t.u("fullname").set("both"));
        let update = t.items.update().values(both).where_(t.i("id").eq(t.u("id")));
        Ok(update.where_(t.u("id").eq(2)))
    });
    to.changes("update-15", |t| Ok(t.items.update().values(t.i("note").set("lim")).limit(1)));
    to.changes("update-16", |t| {
        let none = or_((t.i("qty").eq(0), t.i("note").is_null()));
        Ok(t.items.update().values(t.i("note").set("n")).where_(not_(none)))
    });
    to.changes("update-17", |t| {
        let new = RawJson::new("{\"new\": 1}")?;
        Ok(t.users.update().values(t.u("data").set(new)).where_(t.u("id").eq(4)))
    });
}
