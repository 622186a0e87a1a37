//! The isolation level among execution options: of one statement, of a connection, of an engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::engine::{AfterCursorExecute, BeforeCursorExecute, Begin};
use aludel::{
    Connection, EngineOptions, ErrorKind, ExecutionOptions, RawSql, Result, event, insert, params,
    select, text,
};

use crate::support::Database;
use crate::{Db, User, names, suite};

suite![
    a_statement_in_autocommit,
    every_way_to_execute_has_the_level,
    a_statement_at_another_level,
    no_level_of_its_own_in_a_transaction,
    what_fails_leaves_the_connections_level,
    listeners_run_at_the_connections_level,
    the_level_among_the_options_of_a_connection,
    the_level_among_the_options_of_an_engine,
];

const AUTOCOMMIT: ExecutionOptions =
    ExecutionOptions::new().isolation_level(IsolationLevel::Autocommit);
const SERIALIZABLE: ExecutionOptions =
    ExecutionOptions::new().isolation_level(IsolationLevel::Serializable);

fn add(conn: &mut Connection, name: &str, options: ExecutionOptions) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name)).execution_options(options))
        .map(drop)
}

fn a_statement_in_autocommit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    add(&mut conn, "kept", AUTOCOMMIT)?;
    assert!(!conn.in_transaction());
    assert_eq!(conn.isolation_level(), None);
    let sent = calls.take();
    assert_eq!((sent.len(), &*sent[0], &*sent[2]), (3, "SET Some(Autocommit)", "SET None"));
    // Behind it all is as before.
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    assert!(conn.in_transaction());
    conn.rollback()?;
    let sent = calls.take();
    assert_eq!((sent.len(), &*sent[0], &*sent[2]), (3, "BEGIN", "ROLLBACK"));
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.rollback()?;
    // What runs outside of transactions only.
    let alone = match db.database {
        Database::MySql => "analyze table users",
        Database::Postgres => "vacuum users",
        _ => "vacuum",
    };
    let alone = text(RawSql::new(alone.to_owned()));
    if db.database != Database::MySql {
        conn.execute(&alone).expect_err("it is in a transaction");
        conn.rollback()?;
    }
    conn.execute(alone.execution_options(AUTOCOMMIT))?;
    // The next to check the session out has the engine's level.
    drop(conn);
    crate::whole(&engine);
    let mut conn = engine.connect()?;
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.close()
}

fn every_way_to_execute_has_the_level(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let statement = || insert::<User>().execution_options(AUTOCOMMIT);
    conn.execute_many(statement(), ["a", "b"].map(|name| params! { name: name }))?;
    let one = text("insert into users (name) values (:name)").execution_options(AUTOCOMMIT);
    let prepared = engine.prepare(&one)?;
    conn.execute_prepared(&prepared, ("c",))?;
    let found: Option<String> = conn
        .scalar(select(User::c.name).where_(User::c.name.eq("b")).execution_options(AUTOCOMMIT))?;
    assert_eq!(found.as_deref(), Some("b"));
    let sent = calls.take();
    assert!(!sent.iter().any(|call| call == "BEGIN"), "{sent:?}");
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["a", "b", "c"]);
    conn.rollback()?;
    // Rows that are read behind the statement would be read behind its end.
    let error = conn.stream(select(User::c.name).execution_options(AUTOCOMMIT)).map(drop);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Argument);
    assert!(!conn.in_transaction());
    conn.close()
}

fn a_statement_at_another_level(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    // The transaction that it begins has the level, until it ends.
    add(&mut conn, "undone", SERIALIZABLE)?;
    assert!(conn.in_transaction());
    add(&mut conn, "undone too", SERIALIZABLE)?;
    conn.rollback()?;
    add(&mut conn, "kept", SERIALIZABLE)?;
    conn.commit()?;
    let sent = calls.take();
    assert_eq!(sent.iter().filter(|call| *call == "BEGIN").count(), 2, "{sent:?}");
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.rollback()?;
    if db.database == Database::Postgres {
        let asked = || text("select current_setting('transaction_isolation')");
        let level: Option<String> = conn.scalar(asked().execution_options(SERIALIZABLE))?;
        assert_eq!(level.as_deref(), Some("serializable"));
        conn.rollback()?;
        let level: Option<String> = conn.scalar(asked())?;
        assert_eq!(level.as_deref(), Some("read committed"));
        conn.rollback()?;
    }
    // On a connection in AUTOCOMMIT it begins one.
    conn.set_isolation_level(IsolationLevel::Autocommit)?;
    add(&mut conn, "undone", SERIALIZABLE)?;
    assert!(conn.in_transaction());
    conn.rollback()?;
    add(&mut conn, "kept too", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept", "kept too"]);
    conn.close()
}

fn no_level_of_its_own_in_a_transaction(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a"])?;
    let mut conn = engine.connect()?;
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    calls.take();
    for options in [AUTOCOMMIT, SERIALIZABLE] {
        let error = add(&mut conn, "refused", options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains("commit()"), "{error}");
    }
    assert!(calls.take().is_empty(), "nothing is sent");
    // The transaction goes on.
    assert_eq!(names(&mut conn)?, ["a", "undone"]);
    conn.rollback()?;
    let at = TransactionOptions::new().isolation_level(IsolationLevel::Autocommit);
    let mut guard = conn.begin_with_options(at)?;
    add(&mut guard, "kept", AUTOCOMMIT)?;
    assert_eq!(
        add(&mut guard, "refused", SERIALIZABLE).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    guard.rollback()?;
    assert_eq!(names(&mut conn)?, ["a", "kept"]);
    conn.close()
}

fn what_fails_leaves_the_connections_level(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    conn.execute(text("select from from").execution_options(AUTOCOMMIT)).expect_err("no SQL");
    add(&mut conn, "a", AUTOCOMMIT).expect_err("names are unique");
    let slow = match db.database {
        Database::Postgres => "select pg_sleep(60)",
        Database::MySql => "select sleep(60)",
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select count(*) from c"
        }
    };
    let brief = AUTOCOMMIT.timeout(Duration::from_millis(100));
    let slow = text(RawSql::new(slow.to_owned())).execution_options(brief);
    assert_eq!(conn.execute(slow).expect_err("it takes longer").kind(), ErrorKind::Timeout);
    // Nothing waits for a rollback: there was no transaction.
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    // A session that is lost gets the level anew.
    add(&mut conn, "kept", AUTOCOMMIT)?;
    conn.invalidate();
    add(&mut conn, "kept too", AUTOCOMMIT)?;
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["a", "kept", "kept too"]);
    conn.close()
}

fn listeners_run_at_the_connections_level(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let begun = Arc::new(AtomicUsize::new(0));
    let (counted, behind) = (Arc::clone(&begun), Arc::new(AtomicUsize::new(0)));
    event::listen(&conn, move |_: &mut Begin<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let first = Arc::clone(&behind);
    event::listen(&conn, move |event: &mut AfterCursorExecute<'_>| {
        if first.fetch_add(1, Ordering::Relaxed) == 0 {
            add(event.connection, "of the listener", ExecutionOptions::DEFAULT)?;
        }
        Ok(())
    });
    add(&mut conn, "kept", AUTOCOMMIT)?;
    // What the listener has begun is a transaction of the connection.
    assert_eq!(begun.load(Ordering::Relaxed), 1);
    assert!(conn.in_transaction());
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.rollback()?;
    // Before the statement it would put the statement into that transaction.
    let first = AtomicUsize::new(0);
    event::listen(&conn, move |event: &mut BeforeCursorExecute<'_>| {
        if first.fetch_add(1, Ordering::Relaxed) == 0 {
            add(event.connection, "of the listener", ExecutionOptions::DEFAULT)?;
        }
        Ok(())
    });
    let error = add(&mut conn, "refused", AUTOCOMMIT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.close()
}

fn the_level_among_the_options_of_a_connection(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_execution_options(AUTOCOMMIT);
    assert_eq!(conn.isolation_level(), Some(IsolationLevel::Autocommit));
    add(&mut conn, "a", ExecutionOptions::DEFAULT)?;
    add(&mut conn, "b", ExecutionOptions::DEFAULT)?;
    let sent = calls.take();
    assert_eq!((sent.len(), &*sent[0]), (3, "SET Some(Autocommit)"), "{sent:?}");
    let found = conn.stream(select(User::c.name).order_by(User::c.name))?.fetchall()?;
    let found: Vec<String> = found.into_iter().map(|(name,)| name).collect();
    assert_eq!(found, ["a", "b"]);
    let mut guard = conn.begin()?;
    add(&mut guard, "c", ExecutionOptions::DEFAULT)?;
    guard.rollback()?;
    let serializable = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    let mut guard = conn.begin_with_options(serializable)?;
    add(&mut guard, "undone", ExecutionOptions::DEFAULT)?;
    guard.rollback()?;
    // The last call counts.
    conn.set_isolation_level(None)?;
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    conn.set_execution_options(AUTOCOMMIT);
    add(&mut conn, "d", ExecutionOptions::DEFAULT)?;
    drop(conn);
    crate::whole(&engine);
    let mut conn = engine.connect()?;
    assert_eq!(conn.isolation_level(), None);
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["a", "b", "c", "d"]);
    conn.close()
}

fn the_level_among_the_options_of_an_engine(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    // One pool with two levels, as by SQLAlchemy's `engine.execution_options(isolation_level=...)`.
    let other = engine.with_execution_options(AUTOCOMMIT);
    let mut conn = other.connect()?;
    add(&mut conn, "kept", ExecutionOptions::DEFAULT)?;
    let sent = calls.take();
    assert!(!sent.iter().any(|call| call == "BEGIN"), "{sent:?}");
    drop(conn);
    crate::whole(&engine);
    let mut conn = engine.connect()?;
    add(&mut conn, "undone", ExecutionOptions::DEFAULT)?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.close()?;
    let options = EngineOptions::new().execution_options(AUTOCOMMIT);
    let engine = db.another(options)?;
    let mut conn = engine.connect()?;
    assert_eq!(conn.isolation_level(), Some(IsolationLevel::Autocommit));
    conn.execute(text("select 1"))?;
    assert!(!conn.in_transaction());
    conn.close()?;
    engine.dispose();
    Ok(())
}
