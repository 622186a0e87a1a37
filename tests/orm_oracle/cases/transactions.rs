//! Programs of the group "session-transaction".

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aludel::orm::{MappedClass as _, ScopedSession, Session, SessionOptions, sessionmaker};
use aludel::{Mapped, func, select};

use super::Cases;
use crate::models::{self, Tag, User, tag, user};
use crate::sessions::any_named;

pub(super) fn cases(to: &mut Cases) {
    to.sync("ses-001", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        t.show("in transaction", s.in_transaction());
        s.add(user("n"))?;
        t.show("after add", s.in_transaction());
        s.commit()?;
        t.show("after commit", s.in_transaction());
        t.step("commit and rollback of nothing");
        s.commit()?;
        s.rollback()?;
        t.step("attribute of an object without a transaction");
        let u = s.get_one::<User>(1)?;
        s.commit()?;
        s.set(&u, User::c.name, "x")?;
        t.show("after set", s.in_transaction());
        t.raises("begin() when begun", s.begin().map(drop));
        s.rollback()
    });
    to.sync("ses-002", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        let mut block = s.begin()?;
        block.add(user("a"))?;
        block.commit()?;
        let mut stopped = || {
            let mut block = s.begin().map_err(|error| error.to_string())?;
            block.add(user("b")).map_err(|error| error.to_string())?;
            Err::<(), _>("stop".to_owned())
        };
        t.raises_own("block", stopped());
        t.show("new", any_named::<User>(&s, &s.new_objects()));
        t.step("commit inside the block");
        let mut inside = || {
            let mut block = s.begin()?;
            block.add(user("c"))?;
            Session::commit(&mut block)?;
            block.add(user("d"))?;
            block.flush()
        };
        t.raises("block", inside());
        s.rollback()?;
        t.rows("SELECT name FROM users ORDER BY id");
        Ok(())
    });
    to.sync("ses-003", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'n1'), (2, 'n2'), (3, 'n3')"]);
        let mut s = t.session();
        let users = s.scalars(select(User::entity()).order_by(User::c.id.asc()))?.all();
        let (a, b, c) = (&users[0], &users[1], &users[2]);
        s[a].name = "before".into();
        let new_before = s.add(user("outer"))?;
        let mut nested = s.begin_nested()?;
        nested[b].name = "inside".into();
        let new_inside = nested.add(user("inner"))?;
        nested.delete(c)?;
        nested.flush()?;
        nested.rollback()?;
        for (name, key) in
            [("a", a), ("b", b), ("c", c), ("new_before", &new_before), ("new_inside", &new_inside)]
        {
            t.state(name, &s, key);
        }
        for (name, key) in [("a", a), ("b", b), ("c", c)] {
            t.loaded(name, &s, key);
        }
        t.show("b.name", &s.read(b)?.name);
        s.commit()?;
        t.rows("SELECT name FROM users ORDER BY id");
        Ok(())
    });
    to.sync("ses-004", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let mut nested = s.begin_nested()?;
        nested[&u].name = "unflushed".into();
        nested.rollback()?;
        t.show("name", &s.read(&u)?.name);
        t.step("pending object, never flushed");
        let mut nested = s.begin_nested()?;
        let n = nested.add(user("n"))?;
        nested.rollback()?;
        t.state("n", &s, &n);
        s.commit()
    });
    to.sync("ses-005", |t| {
        let rows = ["users (id, name) VALUES (1, 'a')", "tags (id, label) VALUES (1, 'x')"];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s[&u].name = "changed".into();
        s.add(User { id: 5.into(), ..user("fine") })?;
        // Its label cannot be missing; its key is taken.
        s.add(Tag { id: 1.into(), ..tag("y") })?;
        t.raises("flush", s.flush());
        t.show("is_active", s.is_active());
        t.raises("query", s.scalars(select(User::entity())).map(drop));
        t.raises("read of a loaded attribute", s.read(&u).map(|u| u.name.clone()));
        t.raises("commit", s.commit());
        s.rollback()?;
        t.show("is_active", s.is_active());
        t.show("new", any_named::<User>(&s, &s.new_objects()));
        t.show("name", &s.read(&u)?.name);
        s.commit()
    });
    to.sync("ses-006", |t| {
        t.setup(&models::blog(), &["tags (id, label) VALUES (1, 'x')"]);
        let mut s = t.session();
        s.add(user("outer"))?;
        let mut inner = || {
            let mut nested = s.begin_nested()?;
            nested.add(Tag { id: 1.into(), ..tag("clash") })?;
            nested.flush()
        };
        t.raises("block", inner());
        t.show("is_active", s.is_active());
        s.add(user("after"))?;
        s.commit()?;
        t.rows("SELECT name FROM users ORDER BY id");
        Ok(())
    });
    to.sync("ses-007", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let n = s.add(user("n"))?;
        s.close()?;
        t.state("u", &s, &u);
        t.state("n", &s, &n);
        t.step("usable again");
        t.show("get", s.get::<User>(1)?.as_ref() == Some(&u));
        s.close()?;
        let mut once = t.session_with(SessionOptions::new().close_resets_only(false));
        once.get::<User>(1)?;
        once.close()?;
        t.raises("use after close", once.get::<User>(1).map(drop));
        Ok(())
    });
    to.sync("ses-008", |t| {
        t.setup(&models::blog(), &[]);
        let scope = Arc::new(AtomicU32::new(1));
        let now = Arc::clone(&scope);
        let maker = sessionmaker(&t.engine);
        let scoped = ScopedSession::by(maker, move || now.load(Ordering::Relaxed));
        let id = || scoped.with(|s| Ok(s.id()));
        let first = id()?;
        t.show("same", id()? == first);
        scope.store(2, Ordering::Relaxed);
        let second = id()?;
        t.show("other scope", second == first);
        scoped.with(|s| s.add(user("by two")))?;
        let new = |id| scoped.with_id(id, |s| Ok(s.new_objects().len()));
        t.show("only in second", [new(first)?, new(second)?]);
        scoped.with(|s| s.commit())?;
        let again = scoped.make(|options| options.expire_on_commit(false));
        t.raises("configure after creation", again);
        scoped.remove()?;
        t.show("new after remove", id()? == second);
        scoped.remove()?;
        scope.store(1, Ordering::Relaxed);
        scoped.remove().map(drop)
    });
    to.sync("ses-009", |t| {
        t.setup(&models::blog(), &[]);
        let (other, _place) = t.second(&models::blog())?;
        let maker = sessionmaker(&t.engine).bind::<Tag>(&other);
        let mut s = maker.session();
        s.add(user("u"))?;
        s.add(tag("t"))?;
        s.commit()?;
        t.show("tags in second", s.scalar(select(func::count_of(Tag::c.id)))?);
        let bind = s.get_bind(Some(User::mapper()), false);
        t.show("bind of users is first", bind.is_some_and(|bind| bind.url() == t.engine.url()));
        s.close()?;
        other.dispose();
        Ok(())
    });
}
