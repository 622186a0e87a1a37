//! Programs of the group "states": how objects stand to a session and to the database.

use aludel::orm::GetOptions;
use aludel::sql::RowLock;
use aludel::{Auto, Mapped, MetaData};

use super::Cases;
use crate::models::{self, Address, User, address, user};
use crate::record::Db;
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
    to.sync("sta-007", |t| {
        let rows = [
            "users (id, name, nickname) VALUES (1, 'a', 'n')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1), (2, 'y', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        t.step("only some attributes set");
        // A value has all of its columns: those that are to stay are given.
        let given = || User { id: 1.into(), nickname: Some("n".into()), ..user("b") };
        let m = s.merge(given())?;
        t.show("merged", (&s[&m].name, &s[&m].nickname));
        t.loaded("m", &s, &m);
        s.flush()?;
        t.step("one child by key, one new");
        let addresses =
            vec![Address { id: 2.into(), user_id: Some(1), ..address("y2") }, address("new")];
        let m = s.merge(User { addresses: addresses.into(), ..given() })?;
        let addresses = s.load(&m, User::c.addresses)?;
        let shown = addresses.iter().map(|a| (&s[a].id, &s[a].email));
        t.show("addresses", shown.collect::<Vec<_>>());
        s.flush()?;
        t.step("empty collection given");
        s.merge(User { addresses: Vec::<Address>::new().into(), ..given() })?;
        s.flush()?;
        s.commit()?;
        t.rows("SELECT id, email, user_id FROM addresses ORDER BY id");
        Ok(())
    });
    to.sync("sta-011", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "coins")]
        struct Coin {
            #[aludel(primary_key)]
            id: Auto<i64>,
            label: String,
        }
        let rows = ["coins (id, label) VALUES (1, 'a'), (2, 'b')"];
        t.setup(&MetaData::new().with::<Coin>(), &rows);
        let coin = |id: i64, label: &str| Coin { id: id.into(), label: label.into() };
        let mut s = t.session();
        let merged = s.merge_all([coin(1, "A"), coin(3, "new")])?;
        for m in &merged {
            t.state(&s[m].label.clone(), &s, m);
        }
        s.flush()?;
        let second = s.get_one::<Coin>(2)?;
        s.delete_all([&second, &merged[0]])?;
        s.commit()?;
        t.rows("SELECT id, label FROM coins ORDER BY id");
        let p = s.add(Coin { label: "pending".into(), ..Coin::default() })?;
        t.raises("delete of a pending", s.delete(&p));
        let _value: Coin = s.expunge(&p)?;
        t.value_state("p", "transient");
        t.raises("expunge twice", s.expunge(&p).map(drop));
        Ok(())
    });
    to.sync("sta-006", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        // What is to be read when the session is over is taken out of it.
        let value = s.snapshot(&u)?;
        s.close()?;
        t.value_state("u", "detached");
        t.show("name", &value.name);
        t.raises("lazy collection", s.load(&u, User::c.addresses).map(drop));
        t.step("detached after expiry");
        let v = s.get_one::<User>(1)?;
        s.commit()?;
        let detached = s.snapshot(&v)?;
        s.close()?;
        t.raises("column", s.read(&v).map(drop));
        t.raises("key", s.read(&v).map(drop));
        t.step("back again");
        let v = s.attach(detached)?;
        t.show("name", &s.read(&v)?.name);
        s.rollback()
    });
    to.sync("sta-008", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "pages")]
        struct Page {
            #[aludel(primary_key)]
            id: Auto<i64>,
            body: String,
            note: Option<String>,
            #[aludel(version)]
            version: Auto<i64>,
        }
        t.setup(&MetaData::new().with::<Page>(), &["pages (id, body, version) VALUES (1, 'x', 3)"]);
        // A value has all of its columns: the note that is to stay is given.
        let page = |body: &str, note: &str, version: i64| Page {
            id: 1.into(),
            body: body.into(),
            note: Some(note.into()),
            version: version.into(),
        };
        let mut s = t.session();
        let p = s.get_one::<Page>(1)?;
        s[&p].note = Some("kept".into());
        let m = s.no_autoflush(|s| s.merge(page("y", "kept", 3)))?;
        t.show("same object", m == p);
        t.show("values", (&s[&p].body, &s[&p].note));
        s.flush()?;
        t.show("version", s[&p].version);
        t.raises("merge with the old version", s.merge(page("z", "kept", 3)).map(drop));
        t.step("merge flushes first, so a pending change may move the version on");
        s[&p].note = Some("moves".into());
        let merged = s.merge(page("z", "moves", 4));
        t.raises("merge with the version of a moment ago", merged.map(drop));
        s.rollback()
    });
    to.sync("sta-010", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        // SQLite has no row locks, and is not asked for any.
        let locked = |lock: RowLock| match t.db {
            Db::Sqlite => GetOptions::new().populate_existing(),
            Db::PostgreSql | Db::MariaDb => GetOptions::new().with_lock(lock),
        };
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        t.step("get of a present object with a lock reads again");
        s.get_with::<User>(1, locked(RowLock::update()))?;
        t.step("refresh with a lock");
        s.refresh_with(&u, locked(RowLock::update().nowait()))?;
        t.step("a pending change and a locking get");
        s[&u].name = "changed".into();
        s.get_with::<User>(1, locked(RowLock::share().skip_locked()))?;
        t.show("name", &s[&u].name);
        s.rollback()
    });
}
