//! Values that stand for rows: `merge`, `attach`, and several at once.

use aludel::orm::{Many, State, many};
use aludel::{Auto, ErrorKind, Mapped, MetaData};

use super::{Address, User, address, everywhere, user};

const ROWS: [&str; 3] = [
    "insert into users (name, nickname) values ('a', 'n')",
    "insert into addresses (email, user_id) values ('x', 1)",
    "insert into addresses (email, user_id) values ('y', 1)",
];

/// What is given is copied onto the object of the row; children are found by their keys, or new.
// conforms: E059
#[test]
fn merge() {
    everywhere(|place| {
        place.run(&ROWS)?;
        let mut s = place.session();
        let m = s.merge(User { id: 1.into(), nickname: Some("n".into()), ..user("b") })?;
        assert_eq!(place.log.kinds(), ["BEGIN", "SELECT"]);
        assert_eq!((s[&m].name.as_str(), s[&m].nickname.as_deref()), ("b", Some("n")));
        assert!(!s[&m].addresses.is_loaded(), "a collection that is not loaded stays so");
        s.flush()?;
        assert_eq!(place.log.take(), ["UPDATE users SET name = ? WHERE users.id = ?"]);

        let given = many![Address { id: 2.into(), ..address("y2") }, address("new")];
        let whole = User { id: 1.into(), nickname: Some("n".into()), ..user("b") };
        let same = s.merge(User { addresses: given, ..whole })?;
        assert_eq!(same, m);
        assert_eq!(place.log.kinds(), ["SELECT"], "the collection, and with it its object");
        let of_m = s.load(&m, User::c.addresses)?;
        let emails: Vec<_> = of_m.iter().map(|key| s[key].email.clone()).collect();
        assert_eq!(emails, ["y2", "new"]);
        s.flush()?;
        assert_eq!(s.state(&of_m[1]), Some(State::Persistent));

        s.merge(User {
            id: 1.into(),
            nickname: Some("n".into()),
            addresses: Many::from(Vec::<Address>::new()),
            ..user("b")
        })?;
        s.commit()?;
        let left = place.strings("select email from addresses where user_id is not null")?;
        assert_eq!(left, Vec::<String>::new());
        let all = place.strings("select email from addresses order by id")?;
        assert_eq!(all, ["x", "y2", "new"]);
        Ok(())
    });
}

/// A key that no row has is a new object; a value without a key, too; one key twice is one object.
#[test]
fn merge_of_new_ones() {
    everywhere(|place| {
        place.run(&ROWS)?;
        let mut s = place.session();
        let merged = s.merge_all([
            User { id: 1.into(), ..user("A") },
            User { id: 30.into(), ..user("new") },
            user("without a key"),
        ])?;
        let states: Vec<_> = merged.iter().map(|key| s.state(key)).collect();
        assert_eq!(states, [Some(State::Persistent), Some(State::Pending), Some(State::Pending)]);
        s.commit()?;
        let names = place.strings("select name from users order by id")?;
        assert_eq!(names.len(), 3);
        assert!(names.starts_with(&["A".to_owned()]), "{names:?}");

        let twice = many![
            Address { id: 40.into(), ..address("first") },
            Address { id: 40.into(), ..address("second") }
        ];
        let u = s.merge(User { addresses: twice, ..user("u") })?;
        s.flush()?;
        let of_u = s[&u].addresses.get().map(<[_]>::to_vec).unwrap_or_default();
        assert_eq!(of_u.len(), 1);
        assert_eq!(s[&of_u[0]].email, "second");
        s.rollback()
    });
}

/// What is merged onto an object with changes leaves the others; a merge flushes first.
#[test]
fn merge_onto_changes() {
    everywhere(|place| {
        place.run(&ROWS)?;
        let mut s = place.session();
        let u = s.get_one::<User>(1)?;
        s[&u].nickname = Some("kept".into());
        let value = s.snapshot(&u)?;
        s.no_autoflush(|s| s.merge(User { name: "y".into(), ..value }))?;
        assert_eq!((s[&u].name.as_str(), s[&u].nickname.as_deref()), ("y", Some("kept")));
        place.log.take();
        s.commit()?;
        assert_eq!(
            place.log.take(),
            ["UPDATE users SET name = ?, nickname = ? WHERE users.id = ?", "COMMIT"]
        );
        // What the session has expunged comes back, and only what was changed outside is written.
        let mut outside = s.expunge(&u)?;
        outside.name = "outside".into();
        s.merge(outside)?;
        place.log.take();
        s.commit()?;
        assert_eq!(place.log.take(), ["UPDATE users SET name = ? WHERE users.id = ?", "COMMIT"]);
        Ok(())
    });
}

/// A row that is known is an object without a statement; only its changes are written.
// conforms: E060, E121
#[test]
fn attach() {
    everywhere(|place| {
        place.run(&ROWS)?;
        let mut s = place.session();
        let known = many![Address { id: 1.into(), user_id: Some(1), ..address("x") }];
        let u = s.attach(User {
            id: 1.into(),
            nickname: Some("n".into()),
            addresses: known,
            ..user("a")
        })?;
        assert_eq!(s.state(&u), Some(State::Persistent));
        assert!(s.dirty().is_empty());
        let x = s.load(&u, User::c.addresses)?.remove(0);
        assert_eq!(s.load(&x, Address::c.user)?, Some(u.clone()));
        s[&u].name = "b".into();
        assert_eq!(place.log.take(), Vec::<String>::new());
        s.flush()?;
        assert_eq!(place.log.take(), ["BEGIN", "UPDATE users SET name = ? WHERE users.id = ?"]);
        assert_eq!(s.get::<User>(1)?, Some(u.clone()));

        let twice = s.attach(User { id: 1.into(), ..user("a") }).unwrap_err();
        assert_eq!(twice.kind(), ErrorKind::InvalidRequest, "{twice}");
        let without = s.attach(user("a")).unwrap_err();
        assert_eq!(without.kind(), ErrorKind::InvalidRequest, "{without}");
        s.rollback()?;
        assert_eq!(s.read(&u)?.name, "a");
        Ok(())
    });
}

/// Several are deleted at once; what is not there cannot be.
#[test]
fn delete_all() {
    everywhere(|place| {
        place.run(&[
            "insert into users (name) values ('a')",
            "insert into users (name) values ('b')",
        ])?;
        let mut s = place.session();
        let (a, b) = (s.get_one::<User>(1)?, s.get_one::<User>(2)?);
        s.delete_all([&a, &b])?;
        assert_eq!(s.deleted().len(), 2);
        s.commit()?;
        assert_eq!(place.strings("select name from users")?, Vec::<String>::new());
        let pending = s.add(user("pending"))?;
        let error = s.delete(&pending).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        let value = s.expunge(&pending)?;
        assert_eq!((value.name.as_str(), value.id.get()), ("pending", None));
        let error = s.expunge(&pending).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Detached, "{error}");
        let _: Auto<i64> = value.id;
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "pages")]
struct Page {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 50)]
    body: String,
    #[aludel(length = 50)]
    note: Option<String>,
    #[aludel(version)]
    version: Auto<i64>,
}

/// A value of another version of its row is refused.
#[test]
fn merge_of_a_version() {
    // oracle: sta-008
    everywhere(|place| {
        place.engine.begin(|conn| MetaData::new().with::<Page>().create_all(conn))?;
        place.run(&["insert into pages (body, version) values ('x', 3)"])?;
        let page = |body: &str, version: i64| Page {
            id: 1.into(),
            body: body.into(),
            note: None,
            version: version.into(),
        };
        let mut s = place.session();
        let p = s.merge(page("y", 3))?;
        s.flush()?;
        assert_eq!(s[&p].version, 4);
        let error = s.merge(page("z", 3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleData, "{error}");
        // A merge flushes first, so that the version of a moment ago may be the one before.
        s[&p].note = Some("moves".into());
        let error = s.merge(page("z", 4)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleData, "{error}");
        let unversioned = Page { version: Auto::unset(), ..page("z", 0) };
        assert_eq!(s.merge(unversioned)?, p);
        assert_eq!((s[&p].body.as_str(), s[&p].version.get()), ("z", Some(&5)));
        s.rollback()
    });
}
