//! The server's own limit on statements, which follows the time-out of engine and connection.

use std::time::Duration;

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, EngineOptions, ErrorKind, ExecutionOptions, RawSql, Result, text};

use crate::support::Database;
use crate::{Db, suite};

suite![
    the_server_has_the_limit_of_the_connection,
    the_server_has_the_limit_of_the_engine,
    a_statement_has_the_time_it_was_given,
    what_the_server_has_ended_is_a_time_out,
];

fn seconds(seconds: u64) -> ExecutionOptions {
    ExecutionOptions::new().timeout(Duration::from_secs(seconds))
}

/// The server's limit in seconds, as a statement with these options finds it.
fn limit(db: &Db, conn: &mut Connection, options: ExecutionOptions) -> Result<f64> {
    let sql = match db.database {
        Database::Postgres => {
            "select extract(epoch from current_setting('statement_timeout')::interval)::float8"
        }
        _ => "select cast(@@max_statement_time as double)",
    };
    Ok(conn.scalar(text(sql).execution_options(options))?.expect("a number"))
}

const NONE: ExecutionOptions = ExecutionOptions::DEFAULT;

fn the_server_has_the_limit_of_the_connection(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let engine = db.another(EngineOptions::new().pool_size(1).max_overflow(0))?;
    let mut conn = engine.connect()?;
    let own = limit(db, &mut conn, NONE)?;
    conn.rollback()?;
    conn.set_execution_options(seconds(50));
    for _ in 0..2 {
        assert_eq!(limit(db, &mut conn, NONE)?, 50.0);
        assert_eq!(limit(db, &mut conn, seconds(5))?, 50.0, "ours ends it");
        conn.commit()?;
    }
    // One that is lowered counts from the next transaction on.
    conn.set_execution_options(seconds(40));
    assert_eq!(limit(db, &mut conn, NONE)?, 40.0);
    conn.rollback()?;
    conn.close()?;
    // The same session, in the next use.
    let mut conn = engine.connect()?;
    assert_eq!(limit(db, &mut conn, NONE)?, own);
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn the_server_has_the_limit_of_the_engine(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let engine = db.another(EngineOptions::new().execution_options(seconds(70)))?;
    let mut conn = engine.connect()?;
    assert_eq!(limit(db, &mut conn, NONE)?, 70.0);
    conn.commit()?;
    conn.set_isolation_level(IsolationLevel::Autocommit)?;
    // PostgreSQL would need a message for each statement.
    let alone = if db.database == Database::Postgres { 0.0 } else { 70.0 };
    assert_eq!(limit(db, &mut conn, NONE)?, alone);
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn a_statement_has_the_time_it_was_given(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let own = limit(db, &mut conn, NONE)?;
    conn.rollback()?;
    conn.set_execution_options(seconds(50));
    assert_eq!(limit(db, &mut conn, NONE)?, 50.0);
    let mut savepoint = conn.begin_nested()?;
    assert_eq!(limit(db, &mut savepoint, seconds(80))?, 80.0);
    assert_eq!(limit(db, &mut savepoint, ExecutionOptions::new().timeout(None))?, own);
    savepoint.execute(text("select nothing_of_the_sort")).expect_err("there is no such column");
    savepoint.rollback()?;
    assert_eq!(limit(db, &mut conn, ExecutionOptions::new().timeout(None))?, own);
    conn.commit()?;
    assert_eq!(limit(db, &mut conn, NONE)?, 50.0, "of the next transaction");
    conn.rollback()?;
    // What a transaction begins with has its own time, too.
    assert_eq!(limit(db, &mut conn, seconds(90))?, 90.0);
    conn.close()
}

fn what_the_server_has_ended_is_a_time_out(db: &Db) -> Result<()> {
    let (soon, state) = match db.database {
        Database::Postgres => ("set local statement_timeout = 50", "57014"),
        Database::MySql => ("set session max_statement_time = 0.05", "70100"),
        _ => return Ok(()),
    };
    let mut conn = db.engine.connect()?;
    conn.set_execution_options(seconds(50));
    conn.execute(text("select 1"))?;
    conn.execute(text(RawSql::new(soon.to_owned())))?;
    let error = conn.execute(text(db.endless())).expect_err("the server ends it");
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Timeout, Some(state)), "{error}");
    let error = conn.execute(text("select 1")).expect_err("as with the time-out of a call");
    assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
    conn.rollback()?;
    conn.execute(text("select 1"))?;
    conn.invalidate();
    conn.rollback()?;
    conn.close()
}
