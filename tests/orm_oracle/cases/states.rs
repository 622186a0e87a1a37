//! Programs of the group "states": how objects stand to a session and to the database.

use super::Cases;
use crate::models::{self, User, user};
use crate::sessions::any_named;

pub(super) fn cases(to: &mut Cases) {
    to.sync("sta-001", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        let u = user("a");
        t.value_state("made", "transient");
        let u = s.add(u)?;
        t.state("added", &s, &u);
        s.flush()?;
        t.state("flushed", &s, &u);
        s.commit()?;
        t.state("committed", &s, &u);
        s.delete(&u)?;
        t.state("delete()", &s, &u);
        s.flush()?;
        t.state("flushed", &s, &u);
        s.commit()?;
        t.state("committed", &s, &u);
        t.show("was_deleted", true);
        t.raises("add again", s.add(&u).map(drop));
        let value = s.expunge(&u)?;
        let u = s.add(value)?;
        s.commit()?;
        t.show("id", s.read(&u)?.id);
        Ok(())
    });
    to.sync("sta-002", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s.delete(&u)?;
        t.step("add before flush takes the delete back");
        s.add(&u)?;
        t.show("deleted", any_named::<User>(&s, &s.deleted()));
        s.flush()?;
        s.delete(&u)?;
        s.flush()?;
        t.raises("add after flush", s.add(&u).map(drop));
        t.show("u.name readable", s.peek(&u).map(|u| &*u.name));
        s.rollback()?;
        t.state("after rollback", &s, &u);
        t.show("name", &s.read(&u)?.name);
        s.rollback()
    });
    to.sync("sta-003", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a'), (2, 'b')"]);
        let mut s = t.session();
        let (a, b) = (s.get_one::<User>(1)?, s.get_one::<User>(2)?);
        let n = s.add(user("n"))?;
        s.delete(&b)?;
        s[&a].name = "changed".into();
        s.flush()?;
        t.show("n.id", s[&n].id);
        s.rollback()?;
        t.state("a", &s, &a);
        t.state("b", &s, &b);
        t.state("n", &s, &n);
        let value = s.expunge(&n)?;
        t.show("n keeps", (&value.id, &value.name));
        t.show("a.name", &s.read(&a)?.name);
        let present = [&a, &b, &n].into_iter().filter_map(|key| s.peek(key));
        t.show("identity map", present.map(|user| &user.id).collect::<Vec<_>>());
        s.add(value)?;
        s.commit()
    });
    to.sync("sta-004", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        t.show("addresses", s.load(&u, User::c.addresses)?.len());
        s.commit()?;
        t.loaded("u", &s, &u);
        t.step("read the key");
        t.show("id", s.read(&u)?.id);
        t.step("read another column");
        t.show("name", &s.read(&u)?.name);
        t.step("read the collection");
        t.show("addresses", s.load(&u, User::c.addresses)?.len());
        s.commit()?;
        t.step("read the collection first");
        t.show("addresses", s.load(&u, User::c.addresses)?.len());
        s.rollback()
    });
}
