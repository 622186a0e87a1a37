//! Time-outs of statements that the servers keep themselves: PostgreSQL and MariaDB, behind a proxy that sees what is
//! sent.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod cancelled;
mod left_alone;
mod messages;
mod others;
mod program;
mod random;

use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::{
    Connection, Engine, EngineOptions, Error, ErrorKind, ExecutionOptions, RawSql, Result,
    create_engine_with, params, text,
};
use aludel_testing::proxy::{Proxy, SERVER_DRIVERS, behind_a_proxy};

/// Long enough for a server to keep.
const SOON: Duration = Duration::from_millis(150);

/// Longer than any test.
const LATE: Duration = Duration::from_secs(3600);

const NONE: ExecutionOptions = ExecutionOptions::DEFAULT;

fn within(timeout: Duration) -> ExecutionOptions {
    ExecutionOptions::new().timeout(timeout)
}

fn is_postgres(scheme: &str) -> bool {
    scheme.starts_with("postgresql")
}

/// Runs a test with each driver of a server.
fn each(test: impl Fn(&str, &str, &Proxy)) {
    for (variable, scheme) in SERVER_DRIVERS {
        if let Some((url, proxy)) = behind_a_proxy(variable, scheme) {
            test(scheme, &url, &proxy);
        }
    }
}

/// An engine with one session.
fn narrow(url: &str, options: &ExecutionOptions) -> Engine {
    let narrow = EngineOptions::new().pool_size(1).max_overflow(0);
    create_engine_with(url, narrow.execution_options(options.clone())).unwrap()
}

/// Sleeps for so many seconds.
fn sleep(scheme: &str) -> &'static str {
    if is_postgres(scheme) { "select pg_sleep(:n)" } else { "select sleep(:n)" }
}

/// The server's number for the session.
fn session(scheme: &str, conn: &mut Connection) -> i64 {
    let sql =
        if is_postgres(scheme) { "select pg_backend_pid()" } else { "select connection_id()" };
    let number: Option<i64> = conn.scalar(text(sql).execution_options(within(LATE))).unwrap();
    number.unwrap()
}

/// The server's limit in milliseconds, as a statement with these options finds it. The name of PostgreSQL's is
/// not written: a text that names it is sent without a limit of ours.
fn limit(scheme: &str, conn: &mut Connection, options: ExecutionOptions) -> f64 {
    let sql = if is_postgres(scheme) {
        "select 1000 * extract(epoch from current_setting('statement_' || 'timeout')::interval)::float8"
    } else {
        "select 1000 * cast(@@max_statement_time as double)"
    };
    conn.scalar(text(sql).execution_options(options)).unwrap().unwrap()
}

/// What the server itself has ended: its error says so, and nobody has asked it to.
fn assert_ended_by_server(scheme: &str, proxy: &Proxy, error: &Error, case: &str) {
    let state = if is_postgres(scheme) { "57014" } else { "70100" };
    let found = (error.kind(), error.sqlstate());
    assert_eq!(found, (ErrorKind::Timeout, Some(state)), "{scheme}, {case}: {error}");
    assert!(error.message().contains("150ms"), "{scheme}, {case}: {error}");
    assert!(!proxy.has_cancelled() && !proxy.has_sent("KILL"), "{scheme}, {case}");
}

type Run = fn(&mut Connection, &str, ExecutionOptions) -> Result<()>;

const WAYS: [(&str, Run); 3] = [
    ("execute", |conn, sql, options| {
        let statement = text(RawSql::new(sql.to_owned())).bind("n", 60.0);
        conn.execute(statement.execution_options(options)).map(drop)
    }),
    ("execute_many", |conn, sql, options| {
        let statement = text(RawSql::new(sql.to_owned())).execution_options(options);
        conn.execute_many(&statement, [params! { n: 60.0 }]).map(drop)
    }),
    ("execute_prepared", |conn, sql, options| {
        let statement = text(RawSql::new(sql.to_owned())).execution_options(options);
        let prepared = conn.engine().prepare(&statement)?;
        conn.execute_prepared(&prepared, (60.0,)).map(drop)
    }),
];

/// Where the statement stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    Autocommit,
    Transaction,
    /// Behind a savepoint that was gone back to, with another limit set within.
    BehindRollbackTo,
    /// After a transaction that was rolled back, with another limit set within.
    BehindRollback,
}

const PLACES: [Place; 4] =
    [Place::Autocommit, Place::Transaction, Place::BehindRollbackTo, Place::BehindRollback];

/// Who has the time-out.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Engine,
    Connection,
    Statement,
}

fn go_to(place: Place, conn: &mut Connection) -> Result<()> {
    let other = text("select 1").execution_options(within(LATE));
    match place {
        Place::Autocommit => {
            conn.set_isolation_level(IsolationLevel::Autocommit)?;
        }
        Place::Transaction => {
            conn.execute(text("select 1"))?;
        }
        Place::BehindRollbackTo => {
            conn.execute(text("select 1"))?;
            let mut savepoint = conn.begin_nested()?;
            savepoint.execute(other)?;
            savepoint.rollback()?;
        }
        Place::BehindRollback => {
            conn.execute(text("select 1"))?;
            conn.execute(other)?;
            conn.rollback()?;
        }
    }
    Ok(())
}

#[test]
fn the_server_ends_what_takes_too_long() {
    each(|scheme, url, proxy| {
        for owner in [Owner::Engine, Owner::Connection, Owner::Statement] {
            let of_engine = if matches!(owner, Owner::Engine) { within(SOON) } else { NONE };
            let engine = narrow(url, &of_engine);
            for place in PLACES {
                for (way, run) in WAYS {
                    let case = format!("{owner:?}, {place:?}, {way}");
                    let mut conn = engine.connect().unwrap();
                    let number = session(scheme, &mut conn);
                    conn.rollback().unwrap();
                    if matches!(owner, Owner::Connection) {
                        conn.set_execution_options(within(SOON));
                    }
                    go_to(place, &mut conn).unwrap();
                    let own = if matches!(owner, Owner::Statement) { within(SOON) } else { NONE };
                    proxy.take_log();
                    let begun = Instant::now();
                    let error = run(&mut conn, sleep(scheme), own).expect_err("it takes longer");
                    assert!(begun.elapsed() >= SOON, "{scheme}, {case}: {:?}", begun.elapsed());
                    assert_ended_by_server(scheme, proxy, &error, &case);
                    conn.rollback().unwrap();
                    // The session is as good as before.
                    assert_eq!(session(scheme, &mut conn), number, "{scheme}, {case}");
                    conn.rollback().unwrap();
                    conn.set_isolation_level(None).unwrap();
                    conn.close().unwrap();
                }
            }
            engine.dispose();
        }
    });
}

/// A cursor of PostgreSQL, whose first portion takes long, or the second.
#[test]
fn the_server_ends_a_portion_that_takes_too_long() {
    each(|scheme, url, proxy| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &within(SOON));
        for slow in [1, 1500] {
            let mut conn = engine.connect().unwrap();
            conn.execute(text("select 1")).unwrap();
            let rows = format!(
                "select n, case when n = {slow} then pg_sleep(60) end::text from generate_series(1, 2000) as s(n)"
            );
            proxy.take_log();
            let portions = |conn: &mut Connection| {
                let options = ExecutionOptions::new().yield_per(1000);
                let rows = text(RawSql::new(rows.clone())).execution_options(options);
                let mut stream = conn.stream(rows)?;
                while stream.next_partition()?.is_some() {}
                stream.close()
            };
            let error = portions(&mut conn).expect_err("it takes longer");
            assert_ended_by_server(scheme, proxy, &error, &format!("row {slow}"));
            conn.rollback().unwrap();
            conn.execute(text("select 1")).unwrap();
            conn.close().unwrap();
        }
        engine.dispose();
    });
}

/// The same in the coroutines of async programs.
#[test]
fn the_server_ends_what_takes_too_long_under_every_strategy() {
    use aludel::{Hosted, Local, Strategy, Threaded, create_async_engine_on};
    async fn run<S: Strategy>(scheme: &str, url: &str, proxy: &Proxy) {
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let options = options.execution_options(within(SOON));
        let engine = create_async_engine_on::<S>(url, options).unwrap();
        let mut conn = engine.connect().await.unwrap();
        proxy.take_log();
        let error = conn.execute(text(sleep(scheme)).bind("n", 60.0)).await.expect_err("too long");
        assert_ended_by_server(scheme, proxy, &error, "awaited");
        conn.rollback().await.unwrap();
        assert_eq!(conn.scalar(text("select 1")).await.unwrap(), Some(1_i64));
        conn.close().await.unwrap();
        engine.dispose().await.unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    each(|scheme, url, proxy| {
        runtime.block_on(async {
            run::<Threaded>(scheme, url, proxy).await;
            // A driver that blocks has a worker.
            if !scheme.contains('+') {
                run::<Hosted>(scheme, url, proxy).await;
                run::<Local>(scheme, url, proxy).await;
            }
        });
    });
}
