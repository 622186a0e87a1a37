//! The conformance suite: one body for every database, blocking and awaited under every strategy.
//!
//! A body is synchronous and gets a [`Db`]. Blocking, it runs as it is; under `Local` and `Hosted`
//! it runs in a greenlet, where the same calls suspend; under `Threaded` on the engine's worker.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod autocommit;
mod broken_savepoints;
mod bulk;
mod changes;
mod decimal_matrix;
mod decimals;
mod definitions;
mod derived_schema;
mod derived_types;
mod described_tables;
mod do_connect;
mod errors;
mod events;
mod exact_columns;
mod exact_expressions;
mod exact_sources;
mod exact_sqlite;
mod exact_values;
mod execute;
mod execution_options;
mod expressions;
mod feature_examples;
mod features;
mod functions;
mod inserted_keys;
mod kinds;
mod language;
mod listener_deadlines;
mod lists;
mod made_values;
mod min_idle;
mod misplaced;
mod misuse;
mod mysql_types;
mod named_rows;
mod native_types;
mod notices;
mod numbers;
mod observing;
mod other_crates;
mod places;
mod pool;
mod pool_events;
mod pool_listeners;
mod queries;
mod random_values;
mod refusals;
mod replaced;
mod results;
mod rollbacks;
mod sample_values;
mod samples;
mod savepoints;
mod schema;
mod schema_translate_map;
mod selects;
mod session_settings;
mod sorted;
mod source_texts;
mod statement_levels;
mod statements;
mod streams;
mod threads;
mod transactions;
mod types;
mod upserts;
mod views;
mod wider;

use std::sync::Arc;

use aludel::bridge;
use aludel::dialect::Capabilities;
use aludel::sql::Coercion;
use aludel::{Engine, EngineOptions, Hosted, Local, Result, Strategy, Threaded};
pub(crate) use support::User;
use support::recording::{self, Calls};
use support::{Database, Fresh};

/// What a body works with.
pub(crate) struct Db {
    pub(crate) engine: Engine,
    /// Which one, whatever the driver.
    database: Database,
    make: Box<dyn Fn(EngineOptions) -> Result<Engine>>,
    record: Box<dyn Fn() -> Result<(Engine, Calls)>>,
}

/// What a database cannot do, or does otherwise; a test asks instead of knowing databases.
impl Db {
    /// A statement that takes a minute, or does not end by itself.
    pub(crate) fn endless(&self) -> &'static str {
        match self.database {
            Database::Postgres => "select pg_sleep(60)",
            Database::MySql => "select sleep(60)",
            _ => {
                "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
            }
        }
    }

    /// One more engine, of the same kind, with other options.
    pub(crate) fn another(&self, options: EngineOptions) -> Result<Engine> {
        (self.make)(options)
    }

    /// One more engine of the same kind, with the table of most tests and these names in it, and what
    /// it asks of its driver from now on.
    pub(crate) fn recorded(&self, names: &[&str]) -> Result<(Engine, Calls)> {
        let (engine, calls) = (self.record)()?;
        fill(&engine, names)?;
        calls.take();
        Ok((engine, calls))
    }

    /// What the dialect says that it can do.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        self.engine.dialect().capabilities()
    }

    /// Whether a failed statement leaves its transaction usable.
    pub(crate) fn survives_errors(&self) -> bool {
        self.capabilities().statement_errors_keep_transaction
    }

    /// Whether DDL is a part of the transaction.
    pub(crate) fn rolls_ddl_back(&self) -> bool {
        self.capabilities().transactional_ddl
    }

    /// Whether a constraint can wait for the commit.
    pub(crate) fn defers_constraints(&self) -> bool {
        self.capabilities().deferrable_constraints
    }

    /// The name of the constraint that keeps users' names unique, if the server reports it.
    pub(crate) fn unique_constraint(&self) -> Option<&'static str> {
        self.capabilities().errors_name_constraint.then_some("uq_users_name")
    }

    /// Whether an error about a row names its table.
    pub(crate) fn names_tables(&self) -> bool {
        self.capabilities().errors_name_table
    }

    /// Whether it has the standard's identity columns, intervals and arrays.
    pub(crate) fn has_identity(&self) -> bool {
        self.capabilities().identity_columns
    }

    /// A statement with a value of a type that has no decoder: which database, which type.
    pub(crate) fn undecoded(&self) -> Option<(&'static str, &'static str, &'static str)> {
        match self.database {
            Database::Postgres => Some(("postgresql", "money", "select 1::money")),
            Database::MySql => Some(("mysql", "GEOMETRY", "select point(1, 2)")),
            _ => None,
        }
    }

    /// What asks for the comments of the table `t` and of its first column `a`, if there are any.
    pub(crate) fn comments_of_t(&self) -> &'static [&'static str] {
        match self.database {
            Database::Postgres => &[
                "select obj_description('t'::regclass)",
                "select col_description('t'::regclass, 1)",
            ],
            Database::MySql => &[
                "select table_comment from information_schema.tables \
                 where table_schema = database() and table_name = 't'",
                "select column_comment from information_schema.columns \
                 where table_schema = database() and table_name = 't' and column_name = 'a'",
            ],
            _ => &[],
        }
    }

    /// Makes one more schema, for this test alone. SQLite has two from the beginning.
    pub(crate) fn another_schema(&self, conn: &mut aludel::Connection) -> Result<String> {
        if self.database == Database::Sqlite {
            return Ok("temp".to_owned());
        }
        let name = support::unique("s");
        conn.execute(aludel::text(aludel::RawSql::new(format!("create schema {name}"))))?;
        Ok(name)
    }

    /// Drops what [`another_schema`](Self::another_schema) made.
    pub(crate) fn drop_schema(&self, conn: &mut aludel::Connection, name: &str) -> Result<()> {
        if self.database != Database::Sqlite {
            conn.execute(aludel::text(aludel::RawSql::new(format!("drop schema {name}"))))?;
            conn.commit()?;
        }
        Ok(())
    }

    /// Whether sessions are processes of a server, which can be killed.
    pub(crate) fn has_a_server(&self) -> bool {
        self.capabilities().server_sessions
    }

    /// Whether a float can be infinite.
    pub(crate) fn has_infinity(&self) -> bool {
        self.capabilities().float_infinity
    }

    /// Whether zero keeps its sign. SQLite keeps whole numbers as integers.
    pub(crate) fn has_negative_zero(&self) -> bool {
        self.capabilities().float_negative_zero
    }

    /// Whether bytes that are bound come back as bytes where no column says what they are.
    pub(crate) fn tells_bytes_from_text(&self) -> bool {
        self.capabilities().distinguishes_bytes_from_text
    }

    /// Whether a float can be NaN.
    pub(crate) fn has_nan(&self) -> bool {
        self.capabilities().float_nan
    }

    /// Whether decimal numbers are a type of the database, and not text.
    pub(crate) fn has_decimals(&self) -> bool {
        self.capabilities().decimals
    }

    /// Whether a decimal number keeps its own scale, where the column has none.
    pub(crate) fn keeps_scales(&self) -> bool {
        self.capabilities().decimal_scale
    }

    /// Whether a decimal number can be NaN or infinite.
    pub(crate) fn has_odd_decimals(&self) -> bool {
        self.capabilities().decimal_nan
    }

    /// Whether a decimal number in an expression has a limited number of digits.
    pub(crate) fn limits_decimals(&self) -> bool {
        self.engine.dialect().casts_bound_values()
    }

    /// Whether a value becomes one of the type of its column, and is not kept as it is.
    pub(crate) fn fits_values_to_columns(&self) -> bool {
        self.engine.dialect().coercion() != Coercion::Never
    }

    /// Whether values of other kinds become those of a column.
    pub(crate) fn converts_kinds(&self) -> bool {
        self.engine.dialect().coercion() == Coercion::Kinds
    }

    /// Whether an integer can be above those of an `i64`.
    pub(crate) fn has_unsigned(&self) -> bool {
        self.capabilities().unsigned_integers
    }

    /// Whether there are dates before the year 0 and after the year 9999, and infinite ones.
    pub(crate) fn has_distant_dates(&self) -> bool {
        self.capabilities().distant_dates
    }

    /// Whether a length of time may be longer than 838 hours.
    pub(crate) fn has_long_times(&self) -> bool {
        self.capabilities().long_intervals
    }

    /// The types of a decimal number, a date and a UUID, as an error names them.
    pub(crate) fn types_of_kinds(&self) -> Option<[&'static str; 3]> {
        match self.database {
            Database::Postgres => Some(["numeric", "date", "uuid"]),
            Database::MySql => Some(["DECIMAL", "DATE", "CHAR"]),
            _ => None,
        }
    }

    /// What asks the server for its keywords.
    pub(crate) fn keywords(&self) -> Option<&'static str> {
        match self.database {
            Database::Postgres => Some("select word from pg_get_keywords()"),
            Database::MySql => Some(
                "select lower(word) from information_schema.keywords \
                 where word regexp '^[a-zA-Z_][a-zA-Z_0-9]*$'",
            ),
            _ => None,
        }
    }

    /// The server's number for a session.
    pub(crate) fn session(&self, conn: &mut aludel::Connection) -> Result<i64> {
        let sql = match self.database {
            Database::MySql => "select connection_id()",
            _ => "select pg_backend_pid()",
        };
        Ok(conn.scalar(aludel::text(sql))?.expect("a number"))
    }

    /// Ends another session.
    pub(crate) fn kill(&self, conn: &mut aludel::Connection, session: i64) -> Result<()> {
        let sql = match self.database {
            Database::MySql => format!("kill {session}"),
            _ => aludel_testing::terminate_sql(session),
        };
        conn.execute(aludel::text(aludel::RawSql::new(sql))).map(drop)
    }

    /// Whether the server knows a session.
    pub(crate) fn is_there(&self, conn: &mut aludel::Connection, session: i64) -> Result<bool> {
        let sql = match self.database {
            Database::MySql => {
                "select count(*) > 0 from information_schema.processlist where id = :session"
            }
            _ => "select count(*) > 0 from pg_stat_activity where pid = :session",
        };
        Ok(conn.scalar(aludel::text(sql).bind("session", session))?.expect("an answer"))
    }

    /// How many sessions this test has on the server.
    pub(crate) fn sessions(&self, conn: &mut aludel::Connection) -> Result<i64> {
        let sql = match self.database {
            Database::MySql => {
                "select count(*) from information_schema.processlist where db = database()"
            }
            _ => {
                "select count(*) from pg_stat_activity where application_name = \
                 current_setting('application_name')"
            }
        };
        Ok(conn.scalar(aludel::text(sql))?.expect("a count"))
    }
}

impl Db {
    /// Makes the table of most tests, with these names in it.
    pub(crate) fn users(&self, names: &[&str]) -> Result<()> {
        fill(&self.engine, names)
    }

    /// The names in the table, seen by a connection of its own.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let mut conn = self.engine.connect()?;
        names(&mut conn)
    }
}

fn fill(engine: &Engine, names: &[&str]) -> Result<()> {
    let metadata = aludel::MetaData::new().with::<User>();
    engine.begin(|conn| {
        metadata.create_all(conn)?;
        let sets = names.iter().map(|name| aludel::params! { name: *name });
        conn.execute_many(aludel::insert::<User>(), sets)?;
        Ok(())
    })
}

/// The names in the table, seen by this connection.
pub(crate) fn names(conn: &mut aludel::Connection) -> Result<Vec<String>> {
    conn.scalars(aludel::select(User::c.name).order_by(User::c.id.asc()))
}

type Body = fn(&Db) -> Result<()>;

fn blocking(database: Database, body: Body) {
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let engine = fresh.engine(options()).expect("an engine");
    let (again, recorded) = (Arc::clone(&fresh), Arc::clone(&fresh));
    let db = Db {
        engine,
        database: database.server(),
        make: Box::new(move |options| again.engine(options)),
        record: Box::new(move || recording::recorded(database, recorded.url(), true, options())),
    };
    body(&db).expect("the body");
    settle(&db);
}

fn awaited<S: Strategy>(database: Database, body: Body) {
    // Its database is dropped last, when no call has a connection to it.
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (again, recorded) = (Arc::clone(&fresh), Arc::clone(&fresh));
        let body = engine.run_sync(move |engine| {
            let make = move |options| {
                again.async_engine::<S>(options).map(|engine| engine.sync_engine().clone())
            };
            let record =
                move || recording::recorded(database, recorded.url(), S::BLOCKS, options());
            let db = Db {
                engine: engine.clone(),
                database: database.server(),
                make: Box::new(make),
                record: Box::new(record),
            };
            body(&db)?;
            settle(&db);
            Ok(())
        });
        body.await.expect("the body");
        engine.dispose().await.expect("a dispose");
    });
}

/// After every test the pool is whole: nothing lent, nothing waiting.
fn settle(db: &Db) {
    whole(&db.engine);
}

fn whole(engine: &Engine) {
    for _ in 0..3000 {
        let status = engine.pool().status();
        if status.in_use == 0 && status.waiting == 0 {
            return;
        }
        bridge::sleep(std::time::Duration::from_millis(10)).expect("a pause");
    }
    panic!("the pool is not whole: {}", engine.pool().status());
}

fn options() -> EngineOptions {
    EngineOptions::new().pool_timeout(std::time::Duration::from_secs(20))
}

/// Declares tests: each body on each database, blocking and under each strategy.
macro_rules! suite {
    ($($body:ident),* $(,)?) => {
        $(mod $body {
            use crate::support::Database::{MySql, MySqlBlocking, Postgres, PostgresBlocking, Sqlite, SqliteThread};
            use crate::{Hosted, Local, Threaded, awaited, blocking};
            use super::$body as body;

            #[test] fn sqlite() { blocking(Sqlite, body); }
            #[test] fn sqlite_local() { awaited::<Local>(Sqlite, body); }
            #[test] fn sqlite_hosted() { awaited::<Hosted>(Sqlite, body); }
            #[test] fn sqlite_threaded() { awaited::<Threaded>(Sqlite, body); }
            #[test] fn sqlite_thread() { blocking(SqliteThread, body); }
            #[test] fn sqlite_thread_local() { awaited::<Local>(SqliteThread, body); }
            #[test] fn sqlite_thread_hosted() { awaited::<Hosted>(SqliteThread, body); }
            #[test] fn sqlite_thread_threaded() { awaited::<Threaded>(SqliteThread, body); }
            #[test] fn postgres() { blocking(Postgres, body); }
            #[test] fn postgres_local() { awaited::<Local>(Postgres, body); }
            #[test] fn postgres_hosted() { awaited::<Hosted>(Postgres, body); }
            #[test] fn postgres_threaded() { awaited::<Threaded>(Postgres, body); }
            #[test] fn postgres_blocking() { blocking(PostgresBlocking, body); }
            #[test] fn postgres_blocking_threaded() { awaited::<Threaded>(PostgresBlocking, body); }
            #[test] fn mysql() { blocking(MySql, body); }
            #[test] fn mysql_local() { awaited::<Local>(MySql, body); }
            #[test] fn mysql_hosted() { awaited::<Hosted>(MySql, body); }
            #[test] fn mysql_threaded() { awaited::<Threaded>(MySql, body); }
            #[test] fn mysql_blocking() { blocking(MySqlBlocking, body); }
            #[test] fn mysql_blocking_threaded() { awaited::<Threaded>(MySqlBlocking, body); }
        })*
    };
}
pub(crate) use suite;
