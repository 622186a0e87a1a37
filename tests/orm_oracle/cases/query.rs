//! Programs of the group "query": statements of a session.

use aludel::{Mapped, insert, select, text};

use super::Cases;
use crate::models::{self, Tag, User, tag};
use crate::sessions::all_named;

pub(super) fn cases(to: &mut Cases) {
    to.sync("que-001", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let new = |n: i64| Tag { id: n.into(), ..tag(&format!("t{n}")) };
        t.step("select of another class");
        s.add(new(1))?;
        s.scalars(select(User::entity()))?;
        t.step("text");
        s.add(new(2))?;
        s.execute(text("SELECT 1"))?;
        t.step("core select of a table");
        s.add(new(3))?;
        s.execute(select(User::c.id))?;
        t.step("lazy load");
        s.add(new(4))?;
        let addresses = s.load(&u, User::c.addresses)?;
        t.show("addresses", all_named(&s, &addresses));
        t.step("core insert");
        s.add(new(5))?;
        s.execute(insert::<User>().values(User::c.name.set("core")))?;
        t.step("session.connection().execute");
        s.add(new(6))?;
        s.connection()?.execute(text("SELECT 2"))?;
        t.show("new", s.new_objects().len());
        t.step("no_autoflush");
        s.no_autoflush(|s| s.scalars(select(Tag::entity())).map(drop))?;
        t.step("autoflush execution option");
        s.no_autoflush(|s| s.execute(select(User::c.id)).map(drop))?;
        t.show("new", s.new_objects().len());
        s.rollback()
    });
}
