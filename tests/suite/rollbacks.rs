//! What a rollback costs the driver: however many savepoints are open, one call ends them all.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use aludel::bridge::{greenlet_spawn, yield_now};
use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::dialect::sqlite::Sqlite;
use aludel::sqlite::SqliteDriver;
use aludel::{Connection, Engine, EngineOptions, ErrorKind, RawSql, Result, create_engine, text};

use crate::support::recording::Recording;
use crate::support::{Database, Fresh};

/// Runs a body on a connection with a table, and returns what the driver was asked since.
fn asked(body: impl FnOnce(Connection) -> Result<()>) -> Vec<String> {
    let driver = Recording::new(Arc::new(SqliteDriver::memory().expect("a driver")));
    let calls = driver.calls();
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = Engine::new("recording://", Arc::new(Sqlite::new()), Arc::new(driver), options)
        .expect("an engine");
    let table = engine.begin(|conn| conn.execute(text("create table t (a integer)")).map(drop));
    table.expect("a table");
    calls.take();
    body(engine.connect().expect("a connection")).expect("the body");
    let calls = calls.take();
    let mut conn = engine.connect().expect("the connection is back");
    let rows: Option<i64> = conn.scalar(text("select count(*) from t")).expect("a count");
    assert_eq!(rows, Some(0), "nothing was kept");
    calls
}

fn add(conn: &mut Connection) -> Result<()> {
    conn.execute(text("insert into t values (1)")).map(drop)
}

const TWO_OPEN: [&str; 4] =
    ["BEGIN", "SAVEPOINT aludel_2", "SAVEPOINT aludel_3", "insert into t values (1)"];

// conforms: D2.10, D2.14
#[test]
fn one_rollback_ends_every_savepoint() {
    let calls = asked(|mut conn| {
        let mut outer = conn.begin_nested()?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner)?;
        Connection::rollback(&mut inner)?;
        // Both are over, and to roll them back once more asks for nothing.
        inner.rollback()?;
        outer.rollback()?;
        assert!(!conn.in_transaction() && !conn.in_nested_transaction());
        conn.rollback()?;
        conn.close()
    });
    assert_eq!(calls[..4], TWO_OPEN);
    assert_eq!(calls[4..], ["ROLLBACK"]);
}

// conforms: D2.17
#[test]
fn closing_with_open_savepoints_is_one_rollback() {
    // A guard that is forgotten leaves its savepoint open, one that is dropped leaves its rollback to the next call.
    for forget in [true, false] {
        let calls = asked(|mut conn| {
            let mut outer = conn.begin_nested()?;
            let mut inner = outer.begin_nested()?;
            add(&mut inner)?;
            if forget {
                std::mem::forget(inner);
                std::mem::forget(outer);
                assert!(conn.in_nested_transaction());
            } else {
                drop(inner);
                drop(outer);
            }
            assert!(conn.in_transaction());
            conn.close()
        });
        assert_eq!(calls[..4], TWO_OPEN);
        assert_eq!(calls[4..], ["ROLLBACK"], "forgotten: {forget}");
    }
}

// The driver rolls back by itself, without being asked to wait for it.
// conforms: B70
#[test]
fn dropping_with_open_savepoints_asks_for_nothing() {
    let calls = asked(|mut conn| {
        let mut outer = conn.begin_nested()?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner)?;
        std::mem::forget(inner);
        std::mem::forget(outer);
        drop(conn);
        Ok(())
    });
    assert_eq!(calls, TWO_OPEN);
}

fn assert_said_once(conn: &mut Connection) {
    let error = conn.rollback().expect_err("nobody took the outcome of a commit");
    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
    assert!(!conn.in_transaction());
    conn.rollback().expect("it was said");
    conn.execute(text("select 1")).expect("it works again");
    conn.rollback().expect("this transaction had no commit");
}

#[test]
fn the_doubt_about_a_commit_outlives_the_loss_of_the_session() {
    for database in [Database::Postgres, Database::PostgresBlocking] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.engine(EngineOptions::new()).expect("an engine");
        let mut conn = engine.connect().expect("a connection");
        let mut other = engine.connect().expect("another one");
        let mark = conn.transaction_mark();
        conn.execute(text("select 1")).expect("a statement");
        conn.commit().expect("a commit");
        let session: Option<i32> =
            conn.scalar(text("select pg_backend_pid()")).expect("its number");
        let session = session.expect("a row");
        conn.outcome_lost(mark);
        let end = aludel_testing::terminate_sql(session.into());
        other.execute(text(RawSql::new(end))).expect("an end");
        assert_said_once(&mut conn);
    }
}

#[test]
fn the_doubt_about_a_commit_is_said_in_autocommit() {
    let engine = create_engine("sqlite://").expect("an engine");
    let mut conn = engine.connect().expect("a connection");
    let mark = conn.transaction_mark();
    conn.execute(text("select 1")).expect("a statement");
    conn.commit().expect("a commit");
    let options = TransactionOptions::new().isolation_level(IsolationLevel::Autocommit);
    std::mem::forget(conn.begin_with_options(options).expect("another transaction"));
    conn.outcome_lost(mark);
    assert_said_once(&mut conn);
}

#[test]
fn a_commit_that_was_not_sent_is_in_no_doubt() {
    let outcome = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&outcome);
    let cut = greenlet_spawn(move || {
        let engine = create_engine("sqlite://")?;
        let mut conn = engine.connect()?;
        conn.execute(text("select 1"))?;
        yield_now().expect_err("its future is dropped");
        let committed = conn.commit().expect_err("it is cancelled");
        *seen.lock().unwrap() = Some((committed.is_cancelled(), conn.rollback()));
        Ok::<_, aludel::Error>(())
    });
    {
        let mut cut = pin!(cut);
        assert!(cut.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let outcome = outcome.lock().unwrap().take().expect("it has run to its end");
    assert!(matches!(outcome, (true, Ok(()))), "{outcome:?}");
}
