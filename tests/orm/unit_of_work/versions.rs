//! Version columns, and rows that are gone.

use aludel::orm::{Session, SessionOptions, State};
use aludel::{Auto, ErrorKind, Mapped, MetaData};

use super::everywhere;

#[derive(Debug, Mapped)]
#[aludel(table = "pages")]
struct Page {
    #[aludel(primary_key)]
    id: Auto<i64>,
    body: String,
    note: Option<String>,
    #[aludel(version)]
    version: Auto<i64>,
}

fn page(body: &str) -> Page {
    Page { id: Auto::unset(), body: body.into(), note: None, version: Auto::unset() }
}

// conforms: E056
#[test]
fn a_counter_finds_who_was_first() {
    everywhere(&MetaData::new().with::<Page>(), &[], |t| {
        let mut s = Session::with_options(&t.engine, SessionOptions::new().expire_on_commit(false));
        let p = s.add(page("x"))?;
        let q = s.add(page("x"))?;
        s.commit()?;
        assert_eq!(s[&p].version, 1);
        t.forget();
        s[&p].body = "y".into();
        s[&q].body = "y".into();
        s.commit()?;
        t.sent(&[
            "BEGIN",
            "UPDATE pages SET body = ?, version = ? WHERE pages.id = ? AND pages.version = ? x 2",
            "COMMIT",
        ]);
        assert_eq!(s[&p].version, 2);
        assert_eq!(s[&q].version, 2);
        t.behind("UPDATE pages SET version = 7 WHERE id = 1")?;
        s[&p].body = "z".into();
        let error = s.flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleData, "{error}");
        assert_eq!(s[&p].version, 2);
        s.rollback()?;
        assert_eq!(s.read(&p)?.version, 7);
        s.commit()?;
        t.behind("UPDATE pages SET version = 9 WHERE id = 1")?;
        s.delete(&p)?;
        t.forget();
        assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::StaleData);
        t.sent(&[
            "BEGIN",
            "DELETE FROM pages WHERE pages.id = ? AND pages.version = ?",
            "ROLLBACK",
        ]);
        s.rollback()?;
        assert_eq!(s.state(&p), Some(State::Persistent));
        // An object that is expired is changed in the version that its row has then.
        s.expire(&p)?;
        s.set(&p, Page::c.body, "after all")?;
        s.commit()?;
        assert_eq!(
            t.rows("SELECT body, version FROM pages WHERE id = 1")?.concat(),
            ["after all", "10"]
        );
        // Nothing but the version is no change.
        s.edit(&p)?;
        t.forget();
        s.commit()?;
        assert_eq!(t.count("UPDATE"), 0);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "pages")]
struct Manual {
    #[aludel(primary_key)]
    id: Auto<i64>,
    body: String,
    #[aludel(version = "manual")]
    version: i64,
}

// conforms: E057
#[test]
fn versions_of_the_program() {
    everywhere(&MetaData::new().with::<Manual>(), &[], |t| {
        let mut s = t.session();
        let p = s.add(Manual { id: Auto::unset(), body: "a".into(), version: 10 })?;
        s.flush()?;
        t.forget();
        s[&p].body = "b".into();
        s[&p].version = 20;
        s.flush()?;
        s[&p].body = "c".into();
        s.flush()?;
        t.sent(&[
            "UPDATE pages SET body = ?, version = ? WHERE pages.id = ? AND pages.version = ?",
            "UPDATE pages SET body = ? WHERE pages.id = ? AND pages.version = ?",
        ]);
        s.commit()?;
        assert_eq!(s.read(&p)?.version, 20);
        Ok(())
    });
}

fn next(version: Option<String>) -> String {
    version.map_or_else(|| "a".to_owned(), |version| version + "a")
}

#[derive(Debug, Mapped)]
#[aludel(table = "pages")]
struct Lettered {
    #[aludel(primary_key)]
    id: Auto<i64>,
    body: String,
    #[aludel(version, version_by = next, length = 40)]
    version: Auto<String>,
}

// conforms: E057
#[test]
fn versions_by_a_function() {
    everywhere(&MetaData::new().with::<Lettered>(), &[], |t| {
        let mut s = t.session();
        let p = s.add(Lettered { id: Auto::unset(), body: "x".into(), version: Auto::unset() })?;
        s.commit()?;
        assert_eq!(s.read(&p)?.version, "a".to_owned());
        s[&p].body = "y".into();
        s.flush()?;
        assert_eq!(s[&p].version, "aa".to_owned());
        s.rollback()?;
        assert_eq!(s.read(&p)?.version, "a".to_owned());
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
}

const USERS: &[&str] = &["users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')"];

#[derive(Debug, Mapped)]
#[aludel(table = "users", confirm_deleted_rows = false)]
struct Quiet {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

// conforms: E055
#[test]
fn rows_vanish() {
    everywhere(&MetaData::new().with::<User>(), USERS, |t| {
        let mut s = Session::with_options(&t.engine, SessionOptions::new().expire_on_commit(false));
        let users: Vec<_> = (1..=4).map(|id| s.get_one::<User>(id)).collect::<Result<_, _>>()?;
        let quiet = s.get_one::<Quiet>(4)?;
        s.commit()?;
        t.behind("DELETE FROM users WHERE id IN (1, 4)")?;
        s[&users[0]].name = "x".into();
        s[&users[1]].name = "y".into();
        let error = s.flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleData, "{error}");
        s.rollback()?;
        assert_eq!(t.rows("SELECT name FROM users ORDER BY id")?.concat(), ["b", "c"]);
        // A row that is to be deleted and is gone already is what was wanted.
        s.read(&users[2])?;
        s.commit()?;
        t.behind("DELETE FROM users WHERE id = 3")?;
        s.delete(&users[2])?;
        s.commit()?;
        assert_eq!(t.warnings(), ["rows-not-matched"]);
        assert_eq!(s.state(&users[2]), Some(State::Detached));
        t.behind("INSERT INTO users (id, name) VALUES (4, 'd')")?;
        s.read(&quiet)?;
        s.commit()?;
        t.behind("DELETE FROM users WHERE id = 4")?;
        s.delete(&quiet)?;
        s.commit()?;
        assert!(t.warnings().is_empty());
        Ok(())
    });
}
