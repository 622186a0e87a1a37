//! The conformance suite: one body for every database, blocking and awaited under every strategy.
//!
//! A body is synchronous and gets a [`Db`]. Blocking, it runs as it is; under `Local` and `Hosted`
//! it runs in a greenlet, where the same calls suspend; under `Threaded` on the engine's worker.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod errors;
mod events;
mod execute;
mod language;
mod misuse;
mod pool;
mod results;
mod savepoints;
mod schema;
mod streams;
mod transactions;
mod types;

use std::sync::Arc;

use aludel::bridge;
use aludel::{Engine, EngineOptions, Error, Hosted, Local, Result, Strategy, Threaded};
pub(crate) use support::User;
use support::{Database, Fresh};

/// What a body works with.
pub(crate) struct Db {
    pub(crate) engine: Engine,
    pub(crate) database: Database,
    make: Box<dyn Fn(EngineOptions) -> Result<Engine>>,
}

/// What a database cannot do, or does otherwise; a test asks instead of knowing databases.
impl Db {
    /// One more engine, of the same kind, with other options.
    pub(crate) fn another(&self, options: EngineOptions) -> Result<Engine> {
        (self.make)(options)
    }

    /// Whether a failed statement leaves its transaction usable.
    pub(crate) fn survives_errors(&self) -> bool {
        self.database == Database::Sqlite
    }

    /// Whether the server names the violated constraint.
    pub(crate) fn names_constraints(&self) -> bool {
        self.database == Database::Postgres
    }

    /// Whether sessions are processes of a server, which can be killed.
    pub(crate) fn has_a_server(&self) -> bool {
        self.database == Database::Postgres
    }

    /// Whether values keep the type of their column, not only that of the value.
    pub(crate) fn types_are_strict(&self) -> bool {
        self.database == Database::Postgres
    }
}

impl Db {
    /// Makes the table of most tests, with these names in it.
    pub(crate) fn users(&self, names: &[&str]) -> Result<()> {
        let metadata = aludel::MetaData::new().with::<User>();
        self.engine.begin(|conn| {
            metadata.create_all(conn)?;
            let sets = names.iter().map(|name| aludel::params! { name: *name });
            conn.execute_many(aludel::insert::<User>(), sets)?;
            Ok::<_, Error>(())
        })
    }

    /// The names in the table, seen by a connection of its own.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let mut conn = self.engine.connect()?;
        names(&mut conn)
    }
}

/// The names in the table, seen by this connection.
pub(crate) fn names(conn: &mut aludel::Connection) -> Result<Vec<String>> {
    conn.scalars(aludel::select(User::c.name).order_by(User::c.id.asc()))
}

type Body = fn(&Db) -> Result<()>;

fn blocking(database: Database, body: Body) {
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let engine = fresh.engine(options()).expect("an engine");
    let again = Arc::clone(&fresh);
    let db = Db { engine, database, make: Box::new(move |options| again.engine(options)) };
    body(&db).expect("the body");
    settle(&db);
}

fn awaited<S: Strategy>(database: Database, body: Body) {
    // Its database is dropped last, when no call has a connection to it.
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let again = Arc::clone(&fresh);
        let body = engine.run_sync(move |engine| {
            let make = move |options| {
                again.async_engine::<S>(options).map(|engine| engine.sync_engine().clone())
            };
            let db = Db { engine: engine.clone(), database, make: Box::new(make) };
            body(&db)?;
            settle(&db);
            Ok::<_, Error>(())
        });
        body.await.expect("the body");
        engine.dispose().await.expect("a dispose");
    });
}

/// After every test the pool is whole: nothing lent, nothing waiting.
fn settle(db: &Db) {
    for _ in 0..200 {
        let status = db.engine.pool().status();
        if status.in_use == 0 && status.waiting == 0 {
            return;
        }
        bridge::sleep(std::time::Duration::from_millis(10)).expect("a pause");
    }
    panic!("the pool is not whole: {}", db.engine.pool().status());
}

fn options() -> EngineOptions {
    EngineOptions::new().pool_timeout(std::time::Duration::from_secs(20))
}

/// Declares tests: each body on each database, blocking and under each strategy.
macro_rules! suite {
    ($($body:ident),* $(,)?) => {
        $(mod $body {
            use crate::support::Database::{Postgres, Sqlite};
            use crate::{Hosted, Local, Threaded, awaited, blocking};
            use super::$body as body;

            #[test] fn sqlite() { blocking(Sqlite, body); }
            #[test] fn sqlite_local() { awaited::<Local>(Sqlite, body); }
            #[test] fn sqlite_hosted() { awaited::<Hosted>(Sqlite, body); }
            #[test] fn sqlite_threaded() { awaited::<Threaded>(Sqlite, body); }
            #[test] fn postgres() { blocking(Postgres, body); }
            #[test] fn postgres_local() { awaited::<Local>(Postgres, body); }
            #[test] fn postgres_hosted() { awaited::<Hosted>(Postgres, body); }
            #[test] fn postgres_threaded() { awaited::<Threaded>(Postgres, body); }
        })*
    };
}
pub(crate) use suite;
