//! Programs of the group "identity": one object for a row.

use aludel::{Mapped, select};

use super::Cases;
use crate::models::{self, Address, User, user};

pub(super) fn cases(to: &mut Cases) {
    to.sync("idn-001", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        t.show("select", s.scalars(select(User::entity()))?.one()? == u);
        let a = s.get_one::<Address>(1)?;
        t.show("lazy", s.load(&a, Address::c.user)?.as_ref() == Some(&u));
        t.show("get again", s.get::<User>(1)?.as_ref() == Some(&u));
        // The class, the values of the key, and a token of shards, which there are none of here.
        t.show("identity_key", (u.any().class_name(), [&s[&u].id], "None"));
        s.rollback()
    });
    to.sync("idn-003", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        s.get_one::<User>(1)?;
        t.step("new object");
        s.add(User { id: 1.into(), ..user("b") })?;
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("detached object");
        let mut other = t.session();
        let key = other.get_one::<User>(1)?;
        other.close()?;
        let _u = s.get_one::<User>(1)?;
        t.raises("add", s.add(&key).map(drop));
        s.rollback()
    });
    to.sync("idn-004", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        let (a, b) = (User { id: 1.into(), ..user("a") }, User { id: 1.into(), ..user("b") });
        let (a, b) = (s.add(a)?, s.add(b)?);
        t.raises("flush", s.flush());
        s.rollback()?;
        t.state("a", &s, &a);
        t.state("b", &s, &b);
        Ok(())
    });
    to.sync("idn-006", |t| {
        let rows = ["users (id, name) VALUES (1, 'a')", "addresses (id, email) VALUES (1, 'x')"];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s[&u].id = 7.into();
        t.show("get 7 before flush", s.get::<User>(7)?.as_ref() == Some(&u));
        t.show("identity", [&s[&u].id]);
        s.rollback()?;
        let id = s.read(&u)?.id;
        t.show("after rollback", (&id, [&id]));
        Ok(())
    });
    to.sync("idn-005", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let (mut s1, mut s2) = (t.session(), t.session());
        let u = s1.get_one::<User>(1)?;
        t.raises("add", s2.add(&u).map(drop));
        let value = s1.expunge(&u)?;
        let u = s2.attach(value)?;
        t.show("object_session", u.session_id() == s2.id());
        s2[&u].name = "b".into();
        s1.rollback()?;
        s2.commit()
    });
}
