//! What a rollback costs the driver: however many savepoints are open, one call ends them all.

use std::sync::Arc;

use aludel::dialect::sqlite::Sqlite;
use aludel::sqlite::SqliteDriver;
use aludel::{Connection, Engine, EngineOptions, Result, text};

use crate::support::recording::Recording;

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
