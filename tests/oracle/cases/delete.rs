//! Cases of the category "delete".

use aludel::{not_, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.changes("delete-02", |t| Ok(t.items.delete()));
    to.changes("delete-03", |t| {
        let theirs = select(t.p("id")).where_(t.p("user_id").eq(1));
        Ok(t.comments.delete().where_(t.c("post_id").in_select(theirs)))
    });
    to.changes("delete-04", |t| {
        let theirs = t.comments.delete().where_(t.c("user_id").eq(t.u("id")));
        Ok(theirs.where_(t.u("name").eq("bob")))
    });
    to.changes("delete-05", |t| {
        let published =
            select(t.p("id")).where_(t.p("id").eq(t.c("post_id"))).where_(t.p("published"));
        Ok(t.comments.delete().where_(not_(published.exists())))
    });
    to.changes("delete-07", |t| Ok(t.users.delete().where_(t.u("id").eq(1))));
    to.changes("delete-09", |t| Ok(t.items.delete().where_(t.i("id").not_in(Vec::<i64>::new()))));
    to.changes("delete-10", |t| Ok(t.things.delete().where_(t.things.c("id")?.eq(3))));
}
