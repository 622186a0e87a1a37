//! The databases of the tests: SQLite in memory always, the others where their URLs are given.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod drop_after;
pub(crate) mod drop_when_woken;
pub(crate) mod log;
pub(crate) mod recording;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::{
    AsyncEngine, Auto, Engine, EngineOptions, Mapped, Result, Strategy, create_async_engine_on,
    create_engine_with,
};

/// The table of most tests.
#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(unique, length = 100)]
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
}

/// A database, by one of its drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    SqliteThread,
    Postgres,
    PostgresBlocking,
    MySql,
    MySqlBlocking,
}

impl Database {
    /// Those that work in greenlets as well as on threads.
    pub(crate) const ALL: [Self; 4] =
        [Self::Sqlite, Self::SqliteThread, Self::Postgres, Self::MySql];

    /// Those that work on threads: all there are.
    pub(crate) const ON_THREADS: [Self; 6] = [
        Self::Sqlite,
        Self::SqliteThread,
        Self::Postgres,
        Self::PostgresBlocking,
        Self::MySql,
        Self::MySqlBlocking,
    ];

    /// Those that a strategy serves.
    pub(crate) fn under<S: Strategy>() -> &'static [Self] {
        if S::BLOCKS { &Self::ON_THREADS } else { &Self::ALL }
    }

    /// Whether a call must wait for somebody else: its answer comes over the network.
    pub(crate) fn is_remote(self) -> bool {
        self.server() != Self::Sqlite
    }

    /// The database by its usual driver.
    pub(crate) fn server(self) -> Self {
        match self {
            Self::Sqlite | Self::SqliteThread => Self::Sqlite,
            Self::Postgres | Self::PostgresBlocking => Self::Postgres,
            Self::MySql | Self::MySqlBlocking => Self::MySql,
        }
    }

    /// What stands before `://`, if it is not the usual driver.
    pub(crate) fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Sqlite | Self::Postgres | Self::MySql => None,
            Self::SqliteThread => Some("sqlite+thread"),
            Self::PostgresBlocking => Some("postgresql+postgres"),
            Self::MySqlBlocking => Some("mysql+mysql"),
        }
    }

    /// The variable with the URL of the server for tests.
    fn variable(self) -> Option<&'static str> {
        match self.server() {
            Self::Postgres => Some("ALUDEL_TEST_POSTGRES_URL"),
            Self::MySql => Some("ALUDEL_TEST_MYSQL_URL"),
            _ => None,
        }
    }

    /// The URL for tests; `None`, and a printed line, if the database is not there.
    pub(crate) fn url(self) -> Option<String> {
        log::several_subscribers();
        let Some(variable) = self.variable() else { return Some("sqlite://".to_owned()) };
        let url = std::env::var(variable).ok();
        if url.is_none() {
            static SAID: [Once; 2] = [const { Once::new() }; 2];
            let server = self.server();
            SAID[usize::from(server == Self::MySql)].call_once(|| {
                say(&format!("skipped: everything on {server:?}, since {variable} is unset"));
            });
        }
        url
    }
}

/// A database for one test, empty.
pub(crate) struct Fresh {
    pub(crate) database: Database,
    url: String,
    /// Where there is a server: what keeps the tests apart, in PostgreSQL a schema, in MySQL a
    /// database.
    place: Option<String>,
}

impl Fresh {
    /// `None`, and a printed line, if the database is not there.
    pub(crate) fn new(database: Database) -> Option<Self> {
        let url = database.url()?;
        let place = unique("t");
        let (url, place) = match database.server() {
            Database::Postgres if in_databases() => {
                run_alone(&url, format!("create database {place}"));
                let url = in_database(&url, &place);
                let separator = if url.contains('?') { '&' } else { '?' };
                (format!("{url}{separator}application_name={place}"), Some(place))
            }
            Database::Postgres => {
                run(&url, format!("create schema {place}"));
                // Where its tables are, and the name by which the server's list of sessions names this
                // test's own.
                let separator = if url.contains('?') { '&' } else { '?' };
                let options = format!("application_name={place}&options=-csearch_path%3D{place}");
                (format!("{url}{separator}{options}"), Some(place))
            }
            Database::MySql => {
                run(&url, format!("create database {place}"));
                (in_database(&url, &place), Some(place))
            }
            _ => (url, None),
        };
        let (_, behind) = url.split_once("://").expect("a URL has a scheme");
        let url = match database.scheme() {
            Some(scheme) => format!("{scheme}://{behind}"),
            None => url,
        };
        Some(Self { database, url, place })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn engine(&self, options: EngineOptions) -> Result<Engine> {
        create_engine_with(&self.url, options)
    }

    pub(crate) fn async_engine<S: Strategy>(
        &self,
        options: EngineOptions,
    ) -> Result<AsyncEngine<S>> {
        create_async_engine_on::<S>(&self.url, with_host_threads(options))
    }

    /// The state of each of this test's sessions, as the server lists them.
    pub(crate) fn server_states(&self) -> Vec<String> {
        let (Some(place), Some(url)) = (&self.place, self.database.url()) else {
            return Vec::new();
        };
        let sql = match self.database.server() {
            Database::MySql => {
                "select if(t.trx_id is not null, 'idle in transaction', \
                 if(p.command = 'Sleep', 'idle', 'active')) from information_schema.processlist p \
                 left join information_schema.innodb_trx t on t.trx_mysql_thread_id = p.id \
                 where p.db = :name"
            }
            _ => "select coalesce(state, '') from pg_stat_activity where application_name = :name",
        };
        // InnoDB makes its list of transactions anew only if nobody has read it for a tenth of a second.
        static LAST: Mutex<Option<Instant>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Database::MySql, Some(last)) = (self.database.server(), *last) {
            std::thread::sleep(Duration::from_millis(150).saturating_sub(last.elapsed()));
        }
        let engine = create_engine_with(&url, EngineOptions::new()).expect("an engine");
        let mut conn = engine.connect().expect("a connection");
        let states = conn.scalars(aludel::text(sql).bind("name", place.as_str()));
        *last = Some(Instant::now());
        states.expect("the states")
    }
}

/// On how many threads greenlets run, if the variable says so; else it is the usual number.
fn with_host_threads(options: EngineOptions) -> EngineOptions {
    let Ok(threads) = std::env::var("ALUDEL_TEST_HOST_THREADS") else { return options };
    options.host_threads(threads.parse::<usize>().expect("a number"))
}

impl Fresh {
    /// Whether the server executes a statement of this test.
    fn is_at_work(&self) -> bool {
        let (Some(place), Some(url)) = (&self.place, self.database.url()) else { return false };
        let sql = match self.database.server() {
            Database::MySql => {
                "select count(*) from information_schema.processlist \
                 where db = :name and command != 'Sleep'"
            }
            _ => {
                "select count(*) from pg_stat_activity \
                 where application_name = :name and state = 'active'"
            }
        };
        let engine = create_engine_with(&url, EngineOptions::new()).expect("an engine");
        let mut conn = engine.connect().expect("a connection");
        let working = conn.scalar(aludel::text(sql).bind("name", place.as_str()));
        working.expect("a count") != Some(0_i64)
    }

    /// Drops a call once the server executes its statement. Nothing says that of SQLite, which has had
    /// a moment then. `None` if the call was dropped.
    pub(crate) async fn cut_at_work<F: Future>(self: &Arc<Self>, call: F) -> Option<F::Output> {
        let works = async {
            if !self.database.is_remote() {
                return tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let (send, receive) = tokio::sync::oneshot::channel();
            let asked = Arc::clone(self);
            // A blocking engine is for threads outside of a runtime.
            std::thread::spawn(move || {
                aludel_testing::settle("the server executes the statement", || asked.is_at_work());
                let _ = send.send(());
            });
            receive.await.expect("the server executes the statement");
        };
        aludel_testing::drop_when(call, works).await
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let (Some(place), Some(url)) = (&self.place, self.database.url()) else { return };
        match self.database.server() {
            Database::MySql => run(&url, format!("drop database if exists {place}")),
            _ if in_databases() => {
                run_alone(&url, format!("drop database if exists {place} with (force)"));
            }
            _ => run(&url, format!("drop schema if exists {place} cascade")),
        }
    }
}

/// Whether tests have databases of their own in PostgreSQL too, and not schemas: PgBouncer takes no `options`.
fn in_databases() -> bool {
    std::env::var("ALUDEL_TEST_POSTGRES_PLACES").is_ok_and(|places| places == "databases")
}

/// The URL with another database in it.
fn in_database(url: &str, name: &str) -> String {
    let (url, query) = url.split_once('?').map_or((url, ""), |(url, query)| (url, query));
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{server}/{name}{mark}{query}")
}

/// Prints it even if the test passes: the harness keeps back only what the macros print.
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

/// Runs one statement outside of a transaction.
fn run_alone(url: &str, sql: String) {
    let engine = create_engine_with(url, EngineOptions::new()).expect("an engine");
    let mut conn = engine.connect().expect("a connection");
    conn.set_isolation_level(IsolationLevel::Autocommit).expect("a level");
    conn.exec_driver_sql(aludel::RawSql::new(sql), ()).expect("a statement");
    conn.close().expect("a close");
    engine.dispose();
}

/// A name that no other test uses.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{prefix}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
