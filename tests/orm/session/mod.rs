//! The session: what it sends and what it tells, on each database.

mod awaited;
mod events;
mod guards;
mod makers;
mod merging;
mod scoping;

use std::sync::{Arc, Mutex};

use aludel::engine::{BeforeCursorExecute, Begin, Commit, Rollback};
use aludel::orm::{Many, One, Session};
use aludel::{Auto, Engine, EngineOptions, Mapped, MetaData, Result, event, text};

use crate::support::{Database, Fresh};

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) name: String,
    #[aludel(length = 50)]
    pub(crate) nickname: Option<String>,
    #[aludel(back = user, order_by(id))]
    pub(crate) addresses: Many<Address>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "addresses")]
pub(crate) struct Address {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) email: String,
    #[aludel(foreign_key = "users.id")]
    pub(crate) user_id: Option<i64>,
    #[aludel(back = addresses)]
    pub(crate) user: One<User>,
}

pub(crate) fn user(name: &str) -> User {
    User { id: Auto::unset(), name: name.into(), nickname: None, addresses: Many::default() }
}

pub(crate) fn address(email: &str) -> Address {
    Address { id: Auto::unset(), email: email.into(), user_id: None, user: One::default() }
}

/// What a program has sent and heard, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The first words of what came since the last time.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let word = |line: String| line.split(' ').next().unwrap_or_default().to_owned();
        self.take().into_iter().map(word).collect()
    }

    /// Notes what an engine sends.
    pub(crate) fn listen(&self, engine: &Engine) {
        let log = self.clone();
        event::listen(engine, move |e: &mut BeforeCursorExecute<'_>| {
            log.note(plain(e.statement.sql()));
            Ok(())
        });
        let log = self.clone();
        event::listen(engine, move |_: &mut Begin<'_>| {
            log.note("BEGIN");
            Ok(())
        });
        let log = self.clone();
        event::listen(engine, move |_: &mut Commit<'_>| {
            log.note("COMMIT");
            Ok(())
        });
        let log = self.clone();
        event::listen(engine, move |_: &mut Rollback<'_>| {
            log.note("ROLLBACK");
            Ok(())
        });
    }
}

/// The text without quotes, and with `?` for each parameter.
fn plain(sql: &str) -> String {
    let mut plain = String::new();
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '`' => {}
            '$' | '?' => {
                while characters.next_if(char::is_ascii_digit).is_some() {}
                plain.push('?');
            }
            other => plain.push(other),
        }
    }
    plain
}

/// A database with the tables of this file, and what its engine sends.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) log: Log,
    _fresh: Fresh,
}

impl Place {
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    /// Runs statements that the log has not.
    pub(crate) fn run(&self, statements: &[&'static str]) -> Result<()> {
        self.engine.begin(|conn| {
            for sql in statements {
                conn.execute(text(*sql))?;
            }
            Ok(())
        })?;
        self.log.take();
        Ok(())
    }

    /// The strings of a query, which the log has not.
    pub(crate) fn strings(&self, sql: &'static str) -> Result<Vec<String>> {
        let found = self.engine.connect()?.scalars(text(sql))?;
        self.log.take();
        Ok(found)
    }
}

/// On each database, by an engine for blocking programs.
pub(crate) fn everywhere(test: impl Fn(&Place) -> Result<()>) {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let run = || {
            let engine = fresh.engine(EngineOptions::new())?;
            let metadata = MetaData::new().with::<User>().with::<Address>();
            engine.begin(|conn| metadata.create_all(conn))?;
            let log = Log::default();
            log.listen(&engine);
            test(&Place { engine, log, _fresh: fresh })
        };
        if let Err(error) = run() {
            panic!("on {database:?}: {error}");
        }
    }
}
