//! The databases of the tests: SQLite in memory always, PostgreSQL where its URL is given.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod drop_after;

use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use aludel::dbapi::{Statement, StatementKind};
use aludel::{
    AsyncEngine, Auto, Engine, EngineOptions, Mapped, Result, Strategy, create_async_engine_on,
    create_engine_with, event, pool,
};

/// The table of most tests.
#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(unique)]
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
}

/// The databases there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A database for one test, empty.
pub(crate) struct Fresh {
    pub(crate) database: Database,
    url: String,
    /// PostgreSQL: the schema that keeps the tests apart.
    schema: Option<String>,
}

impl Fresh {
    /// `None`, and a printed line, if the database is not there.
    pub(crate) fn new(database: Database) -> Option<Self> {
        match database {
            Database::Sqlite => Some(Self { database, url: "sqlite://".to_owned(), schema: None }),
            Database::Postgres => {
                let url = postgres_url()?;
                let schema = unique("t");
                run(&url, format!("create schema {schema}"));
                // The name by which the server's list of sessions tells this test's own.
                let separator = if url.contains('?') { '&' } else { '?' };
                let url = format!("{url}{separator}application_name={schema}");
                Some(Self { database, url, schema: Some(schema) })
            }
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn engine(&self, options: EngineOptions) -> Result<Engine> {
        let engine = create_engine_with(&self.url, options)?;
        self.prepare(&engine);
        Ok(engine)
    }

    pub(crate) fn async_engine<S: Strategy>(
        &self,
        options: EngineOptions,
    ) -> Result<AsyncEngine<S>> {
        let engine = create_async_engine_on::<S>(&self.url, options)?;
        self.prepare(engine.sync_engine());
        Ok(engine)
    }

    /// PostgreSQL: the state of each of this test's sessions, as the server lists them.
    pub(crate) fn server_states(&self) -> Vec<String> {
        let Some(schema) = &self.schema else { return Vec::new() };
        let url = postgres_url().expect("the URL was there");
        let engine = create_engine_with(&url, EngineOptions::new()).expect("an engine");
        let mut conn = engine.connect().expect("a connection");
        let sql = "select coalesce(state, '') from pg_stat_activity where application_name = :name";
        conn.scalars(aludel::text(sql).bind("name", schema.as_str())).expect("the states")
    }

    fn prepare(&self, engine: &Engine) {
        let Some(schema) = &self.schema else { return };
        let set = format!("set search_path to {schema}");
        let set = Statement::new(set, StatementKind::Raw).expect("a statement");
        event::listen(engine, move |e: &mut pool::Connect<'_>| {
            e.dbapi_connection.execute_statement(&set, &[]).map(drop)
        });
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(schema) = &self.schema {
            run(&self.url, format!("drop schema if exists {schema} cascade"));
        }
    }
}

/// The URL of the PostgreSQL server for tests.
pub(crate) fn postgres_url() -> Option<String> {
    static TOLD: Once = Once::new();
    let url = std::env::var("ALUDEL_TEST_POSTGRES_URL").ok();
    if url.is_none() {
        TOLD.call_once(|| {
            say("skipped: everything on PostgreSQL, since ALUDEL_TEST_POSTGRES_URL is unset");
        });
    }
    url
}

/// Tells it even if the test passes: the harness keeps back only what the macros print.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs one statement in a transaction of its own.
pub(crate) fn run(url: &str, sql: String) {
    let engine = create_engine_with(url, EngineOptions::new()).expect("an engine");
    let mut conn = engine.connect().expect("a connection");
    conn.exec_driver_sql(aludel::RawSql::new(sql), ()).expect("a statement");
    conn.commit().expect("a commit");
    conn.close().expect("a close");
    engine.dispose();
}

/// A name that no other test uses.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{prefix}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
