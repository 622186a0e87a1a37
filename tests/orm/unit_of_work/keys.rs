//! Primary keys: those that change, those of two objects, those that the program gives.

use aludel::orm::{Many, One, State};
use aludel::{Auto, ErrorKind, Mapped, MetaData};

use super::everywhere;

#[derive(Debug, Mapped)]
#[aludel(table = "members")]
struct Member {
    #[aludel(primary_key, length = 20)]
    login: String,
    #[aludel(back = member, order_by(id))]
    posts: Many<Post>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "posts")]
struct Post {
    #[aludel(primary_key)]
    id: Auto<i64>,
    title: String,
    #[aludel(foreign_key = "members.login", on_update = "cascade", length = 20)]
    login: Option<String>,
    #[aludel(back = posts)]
    member: One<Member>,
}

fn members() -> MetaData {
    MetaData::new().with::<Member>().with::<Post>()
}

const ROWS: &[&str] = &[
    "members (login) VALUES ('ann'), ('bob')",
    "posts (id, title, login) VALUES (1, 'p', 'ann'), (2, 'q', 'ann'), (3, 'r', 'bob')",
];

// conforms: E067, E068
#[test]
fn a_natural_key_changes_and_the_database_cascades() {
    everywhere(&members(), ROWS, |t| {
        let mut s = t.session();
        let ann = s.get_one::<Member>("ann")?;
        let posts = s.load(&ann, Member::c.posts)?;
        let other = s.get_one::<Post>(3)?;
        t.forget();
        s[&ann].login = "anna".into();
        s.flush()?;
        t.sent(&["UPDATE members SET login = ? WHERE members.login = ?"]);
        assert_eq!(s[&posts[0]].login.as_deref(), Some("anna"));
        assert_eq!(s[&posts[1]].login.as_deref(), Some("anna"));
        assert_eq!(s[&other].login.as_deref(), Some("bob"));
        assert_eq!(s.get::<Member>("anna")?, Some(ann.clone()));
        t.sent(&[]);
        assert_eq!(s.get::<Member>("ann")?, None);
        t.forget();
        // A child with changes of its own is written with it.
        s[&ann].login = "anne".into();
        s[&posts[0]].title = "changed".into();
        s.flush()?;
        t.sent(&[
            "UPDATE members SET login = ? WHERE members.login = ?",
            "UPDATE posts SET title = ?, login = ? WHERE posts.id = ?",
        ]);
        assert!(s.dirty().is_empty());
        s.rollback()?;
        assert_eq!(s.peek(&posts[1]).unwrap().login.as_deref(), Some("ann"));
        assert_eq!(s.get::<Member>("ann")?, Some(ann.clone()));
        assert_eq!(s.get::<Member>("anne")?, None);
        // Objects that no collection has follow too.
        s.edit(&ann)?.login = "anna".into();
        s.read(&posts[0])?;
        s.commit()?;
        assert_eq!(s.peek(&posts[0]).unwrap().login.as_deref(), Some("anna"));
        let rows = t.rows("SELECT login FROM posts ORDER BY id")?;
        assert_eq!(rows.concat(), ["anna", "anna", "bob"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "clubs")]
struct Club {
    #[aludel(primary_key, length = 20)]
    name: String,
    #[aludel(passive_updates = false, order_by(id))]
    fans: Many<Fan>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "fans")]
struct Fan {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 20, index)]
    club: Option<String>,
}

// conforms: E067
#[test]
fn a_natural_key_changes_and_the_session_updates() {
    // The constraint would refuse the change, so there is none in the database.
    #[derive(Debug, Mapped)]
    #[aludel(table = "clubs")]
    struct Bare {
        #[aludel(primary_key, length = 20)]
        name: String,
        #[aludel(passive_updates = false, order_by(id))]
        fans: Many<Follower>,
    }
    #[derive(Debug, Mapped)]
    #[aludel(table = "fans")]
    struct Follower {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(foreign_key = "clubs.name", length = 20)]
        club: Option<String>,
    }
    let tables = MetaData::new().with::<Club>().with::<Fan>();
    drop(Fan { id: Auto::unset(), club: None }.club);
    drop(Club { name: String::new(), fans: Many::default() }.name);
    let rows = ["clubs (name) VALUES ('red')", "fans (id, club) VALUES (1, 'red'), (2, 'red')"];
    everywhere(&tables, &rows, |t| {
        let mut s = t.session();
        let club = s.get_one::<Bare>("red")?;
        t.forget();
        s[&club].name = "blue".into();
        s.flush()?;
        t.sent(&[
            "SELECT fans.id, fans.club FROM fans WHERE fans.club = ? ORDER BY fans.id",
            "UPDATE clubs SET name = ? WHERE clubs.name = ?",
            "UPDATE fans SET club = ? WHERE fans.id = ? x 2",
        ]);
        let fans = s.load(&club, Bare::c.fans)?;
        assert_eq!(s[&fans[1]].club.as_deref(), Some("blue"));
        s.commit()?;
        assert_eq!(t.rows("SELECT club FROM fans")?.concat(), ["blue", "blue"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key, autoincrement = false)]
    id: i64,
    name: String,
    nickname: Option<String>,
    #[aludel(server_default = "'red'", length = 20)]
    color: Auto<String>,
}

fn user(id: i64, name: &str) -> User {
    User { id, name: name.into(), nickname: None, color: Auto::unset() }
}

const OLD: &[&str] = &["users (id, name, nickname, color) VALUES (1, 'old', 'o', 'blue')"];

// conforms: E069
#[test]
fn a_deleted_row_and_a_new_one_with_its_key_are_one_update() {
    everywhere(&MetaData::new().with::<User>(), OLD, |t| {
        let mut s = t.session();
        let old = s.get_one::<User>(1)?;
        s.delete(&old)?;
        let new = s.add(user(1, "new"))?;
        t.forget();
        s.flush()?;
        t.sent(&["UPDATE users SET name = ?, nickname = ? WHERE users.id = ?"]);
        assert_eq!((s.state(&old), s.state(&new)), (Some(State::Deleted), Some(State::Persistent)));
        assert_eq!(s.get::<User>(1)?, Some(new.clone()));
        // What the new one did not say is as in the row, in memory too.
        assert_eq!(s[&new].color, "blue".to_owned());
        s.rollback()?;
        assert_eq!(
            (s.state(&old), s.state(&new)),
            (Some(State::Persistent), Some(State::Detached))
        );
        assert_eq!(s.get::<User>(1)?, Some(old.clone()));
        s.delete(&old)?;
        let new = s.add(user(1, "new"))?;
        s.commit()?;
        assert_eq!(
            (s.state(&old), s.state(&new)),
            (Some(State::Detached), Some(State::Persistent))
        );
        let rows = t.rows("SELECT name, nickname, color FROM users")?;
        assert_eq!(rows.concat(), ["new", "null", "blue"]);
        Ok(())
    });
}

// conforms: E122
#[test]
fn a_new_object_with_the_key_of_another_is_warned_of() {
    everywhere(&MetaData::new().with::<User>(), OLD, |t| {
        let mut s = t.session();
        let old = s.get_one::<User>(1)?;
        let new = s.add(user(1, "new"))?;
        assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::Integrity);
        assert_eq!(t.warnings(), ["identity-conflict"]);
        assert_eq!(s.state(&new), Some(State::Pending));
        s.rollback()?;
        assert_eq!(s.get::<User>(1)?, Some(old.clone()));
        // Another row takes the key of one that gives it up in the same flush: the order is the database's affair.
        s.edit(&old)?.id = 2;
        s.flush()?;
        s.add(user(1, "new"))?;
        s.commit()?;
        assert!(t.warnings().is_empty());
        assert_eq!(s.get::<User>(2)?, Some(old));
        Ok(())
    });
}

#[test]
fn a_failed_flush_takes_no_row() {
    everywhere(&MetaData::new().with::<User>(), OLD, |t| {
        let mut s = t.session();
        let old = s.get_one::<User>(1)?;
        s.delete(&old)?;
        let new = s.add(user(1, "new"))?;
        s.add(user(5, "a"))?;
        s.add(user(5, "b"))?;
        assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::Integrity);
        assert_eq!((s.state(&old), s.state(&new)), (Some(State::Persistent), Some(State::Pending)));
        assert_eq!(s.peek(&new).unwrap().color.get(), None);
        s.rollback()?;
        assert_eq!(s.read(&old)?.name, "old");
        Ok(())
    });
}
