//! The mapped structs of the tests of loading, and the statements that a session sends.

use std::sync::{Arc, Mutex, PoisonError};

use aludel::engine::BeforeCursorExecute;
use aludel::orm::{Many, One, Session, SessionOptions};
use aludel::{Auto, Engine, EngineOptions, Mapped, MetaData, Result, event};

use super::support::{Database, Fresh};

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 100)]
    pub(crate) name: String,
    #[aludel(back = user, order_by(id))]
    pub(crate) addresses: Many<Address>,
    #[aludel(secondary = UserTag::table(), order_by(id))]
    pub(crate) tags: Many<Tag>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "addresses")]
pub(crate) struct Address {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 100)]
    pub(crate) email: String,
    #[aludel(foreign_key = "users.id")]
    pub(crate) user_id: Option<i64>,
    #[aludel(back = addresses)]
    pub(crate) user: One<User>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
pub(crate) struct Tag {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 100)]
    pub(crate) label: String,
}

#[derive(Debug, Mapped)]
#[aludel(table = "user_tags")]
pub(crate) struct UserTag {
    #[aludel(primary_key, foreign_key = "users.id")]
    pub(crate) user_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    pub(crate) tag_id: i64,
}

#[derive(Debug, Mapped)]
#[aludel(table = "nodes")]
pub(crate) struct Node {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 100)]
    pub(crate) name: String,
    #[aludel(foreign_key = "nodes.id")]
    pub(crate) parent_id: Option<i64>,
    #[aludel(back = parent, order_by(id))]
    pub(crate) children: Many<Node>,
    #[aludel(back = children)]
    pub(crate) parent: One<Node>,
}

pub(crate) fn address(email: &str) -> Address {
    Address { id: Auto::unset(), email: email.into(), user_id: None, user: One::default() }
}

pub(crate) fn user(name: &str, emails: &[&str], tags: &[&str]) -> User {
    let tag = |label: &&str| Tag { id: Auto::unset(), label: (*label).into() };
    User {
        id: Auto::unset(),
        name: name.into(),
        addresses: emails.iter().map(|email| address(email)).collect(),
        tags: tags.iter().map(tag).collect(),
    }
}

pub(crate) fn node(name: &str, children: Many<Node>) -> Node {
    let (parent_id, parent) = (None, One::default());
    Node { id: Auto::unset(), name: name.into(), parent_id, children, parent }
}

/// The statements that were sent, without BEGIN and its like.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    pub(crate) fn listen(&self, engine: &Engine) {
        let sent = self.clone();
        event::listen(engine, move |e: &mut BeforeCursorExecute<'_>| {
            sent.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(e.statement.sql().to_owned());
            Ok(())
        });
    }

    /// Those since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many since the last time.
    pub(crate) fn count(&self) -> usize {
        self.take().len()
    }
}

/// What a test has.
pub(crate) struct Place {
    pub(crate) database: Database,
    pub(crate) engine: Engine,
    pub(crate) sent: Sent,
    _fresh: Fresh,
}

impl Place {
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    pub(crate) fn with_options(&self, options: SessionOptions) -> Session {
        Session::with_options(&self.engine, options)
    }
}

/// Runs a test on each database, with all tables.
pub(crate) fn everywhere(test: impl Fn(&Place) -> Result<()>) {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.engine(EngineOptions::new()).unwrap();
        let metadata = MetaData::new().with::<User>().with::<Address>().with::<Tag>();
        let metadata = metadata.with::<UserTag>().with::<Node>();
        engine.begin(|conn| metadata.create_all(conn)).unwrap();
        let sent = Sent::default();
        sent.listen(&engine);
        let place = Place { database, engine, sent, _fresh: fresh };
        if let Err(error) = test(&place) {
            panic!("on {database:?}: {error}");
        }
    }
}

/// Three users with two, one and no addresses; the first with two tags, of which the second has one.
pub(crate) fn fill(place: &Place) -> Result<()> {
    let mut session = place.session();
    let a = session.add(user("a", &["a1", "a2"], &["x", "y"]))?;
    let b = session.add(user("b", &["b1"], &[]))?;
    session.add(user("c", &[], &[]))?;
    let x = session[&a].tags.get().unwrap()[0].clone();
    session.push(&b, User::c.tags, &x)?;
    session.commit()?;
    place.sent.take();
    Ok(())
}
