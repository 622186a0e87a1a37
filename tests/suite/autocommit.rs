//! AUTOCOMMIT and isolation levels: of the engine, of a connection, of one transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aludel::dbapi::{ExecutionOptions, IsolationLevel, TransactionOptions};
use aludel::engine::{Begin, Commit, Rollback};
use aludel::{Connection, EngineOptions, ErrorKind, Result, event, insert, select, text};

use crate::support::Database;
use crate::{Db, User, names, suite};

suite![
    an_engine_in_autocommit,
    a_connection_in_autocommit,
    a_transaction_in_autocommit,
    begin_in_autocommit_sends_nothing,
    a_transaction_on_an_engine_in_autocommit,
    definitions_in_a_transaction_on_an_engine_in_autocommit,
    no_savepoints_in_autocommit,
    the_level_is_set_between_transactions,
    the_level_survives_a_lost_session,
    maintenance,
    a_time_out_breaks_the_transaction_off,
    prepared_statements_of_a_lost_session,
    the_dialect_knows_its_server,
];

const AUTOCOMMIT: IsolationLevel = IsolationLevel::Autocommit;

fn add(conn: &mut Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name))).map(drop)
}

fn an_engine_in_autocommit(db: &Db) -> Result<()> {
    db.users(&["before"])?;
    let options = EngineOptions::new().isolation_level(AUTOCOMMIT);
    let engine = db.another(options)?;
    assert_eq!(engine.isolation_level(), Some(AUTOCOMMIT));
    let table = aludel::MetaData::new().with::<User>();
    let mut conn = engine.connect()?;
    assert_eq!(conn.isolation_level(), Some(AUTOCOMMIT));
    table.create_all(&mut conn)?;
    conn.execute(text("delete from users"))?;
    add(&mut conn, "kept")?;
    assert!(!conn.in_transaction());
    // Another connection sees it, and there is nothing to roll back.
    let mut other = engine.connect()?;
    assert_eq!(names(&mut other)?, ["kept"]);
    conn.rollback()?;
    conn.close()?;
    other.close()?;
    assert_eq!(names(&mut engine.connect()?)?, ["kept"]);
    engine.dispose();
    Ok(())
}

fn a_connection_in_autocommit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_isolation_level(AUTOCOMMIT)?;
    add(&mut conn, "kept")?;
    assert!(!conn.in_transaction());
    let sent = calls.take();
    assert_eq!((sent.len(), sent[0].as_str()), (2, "SET Some(Autocommit)"), "{sent:?}");
    drop(conn);
    crate::whole(&engine);
    // The next to check the session out has the engine's level.
    for _ in 0..2 {
        let mut conn = engine.connect()?;
        assert_eq!(conn.isolation_level(), None);
        add(&mut conn, "undone")?;
        assert!(conn.in_transaction());
        drop(conn);
        crate::whole(&engine);
    }
    assert_eq!(names(&mut engine.connect()?)?, ["kept"]);
    // And back by hand.
    let mut conn = engine.connect()?;
    conn.set_isolation_level(AUTOCOMMIT)?;
    add(&mut conn, "kept too")?;
    calls.take();
    conn.set_isolation_level(None)?;
    add(&mut conn, "undone")?;
    conn.rollback()?;
    let sent = calls.take();
    assert_eq!(sent[..2], ["SET None", "BEGIN"]);
    assert_eq!(sent[3..], ["ROLLBACK"]);
    assert_eq!(names(&mut conn)?, ["kept", "kept too"]);
    conn.close()
}

fn a_transaction_in_autocommit(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut guard =
        conn.begin_with_options(TransactionOptions::new().isolation_level(AUTOCOMMIT))?;
    add(&mut guard, "kept")?;
    assert!(guard.in_transaction() && guard.is_active());
    guard.rollback()?;
    // Only so long.
    add(&mut conn, "undone")?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.rollback()?;
    // What needs a transaction is refused, and nothing is open afterwards.
    let options = TransactionOptions::new().isolation_level(AUTOCOMMIT).read_only(true);
    assert_eq!(conn.begin_with_options(options).unwrap_err().kind(), ErrorKind::Argument);
    assert!(!conn.in_transaction());
    conn.close()
}

fn begin_in_autocommit_sends_nothing(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let heard: [Arc<AtomicUsize>; 3] = std::array::from_fn(|_| Arc::default());
    let [begins, commits, rollbacks] = heard.clone();
    let mut conn = engine.connect()?;
    event::listen(&conn, move |_: &mut Begin<'_>| {
        begins.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    event::listen(&conn, move |_: &mut Commit<'_>| {
        commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    event::listen(&conn, move |_: &mut Rollback<'_>| {
        rollbacks.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    conn.set_isolation_level(AUTOCOMMIT)?;
    let mut guard = conn.begin()?;
    add(&mut guard, "a")?;
    guard.commit()?;
    let mut guard = conn.begin()?;
    add(&mut guard, "b")?;
    assert_eq!(guard.begin().unwrap_err().kind(), ErrorKind::InvalidRequest);
    guard.rollback()?;
    let mut guard = conn.begin()?;
    add(&mut guard, "c")?;
    drop(guard);
    add(&mut conn, "d")?;
    assert!(!conn.in_transaction());
    let sent = calls.take();
    assert_eq!(sent[0], "SET Some(Autocommit)");
    assert_eq!(sent.len(), 5);
    assert!(sent[1..].iter().all(|sql| sql.starts_with("INSERT")), "{sent:?}");
    assert_eq!(names(&mut conn)?, ["a", "b", "c", "d"]);
    assert_eq!(heard.map(|count| count.load(Ordering::Relaxed)), [3, 1, 2]);
    conn.close()
}

fn a_transaction_on_an_engine_in_autocommit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_isolation_level(AUTOCOMMIT)?;
    let options = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    let mut guard = conn.begin_with_options(options)?;
    add(&mut guard, "undone")?;
    let mut savepoint = guard.begin_nested()?;
    add(&mut savepoint, "undone too")?;
    savepoint.commit()?;
    guard.rollback()?;
    let sent = calls.take();
    assert_eq!(sent[..2], ["SET Some(Autocommit)", "BEGIN"]);
    assert_eq!(sent.last().map(String::as_str), Some("ROLLBACK"));
    let mut guard = conn.begin_with_options(options)?;
    add(&mut guard, "kept")?;
    guard.commit()?;
    assert_eq!(calls.take()[2..], ["COMMIT"]);
    add(&mut conn, "kept by itself")?;
    conn.rollback()?;
    assert_eq!(names(&mut conn)?, ["kept", "kept by itself"]);
    conn.close()
}

fn no_savepoints_in_autocommit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.set_isolation_level(AUTOCOMMIT)?;
    let error = conn.begin_nested().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("AUTOCOMMIT"), "{error}");
    let mut guard = conn.begin()?;
    assert_eq!(guard.begin_nested().unwrap_err().kind(), ErrorKind::InvalidRequest);
    add(&mut guard, "a")?;
    guard.commit()?;
    assert!(!calls.take().iter().any(|sql| sql.contains("SAVEPOINT")));
    assert_eq!(names(&mut conn)?, ["a"]);
    conn.close()
}

/// MySQL commits what is before a definition. What comes behind it is in a transaction as ever.
fn definitions_in_a_transaction_on_an_engine_in_autocommit(db: &Db) -> Result<()> {
    db.users(&[])?;
    let engine = db.another(EngineOptions::new().isolation_level(AUTOCOMMIT))?;
    let mut conn = engine.connect()?;
    // In SQLite it is another database.
    aludel::MetaData::new().with::<User>().create_all(&mut conn)?;
    let options = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    let mut transaction = conn.begin_with_options(options)?;
    add(&mut transaction, "before")?;
    transaction.execute(text("create table defined (a integer)"))?;
    add(&mut transaction, "undone")?;
    transaction.rollback()?;
    assert!(!names(&mut conn)?.contains(&"undone".to_owned()));
    // And the connection is in autocommit again.
    add(&mut conn, "kept")?;
    conn.rollback()?;
    assert!(names(&mut conn)?.contains(&"kept".to_owned()));
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn the_level_is_set_between_transactions(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "a")?;
    let error = conn.set_isolation_level(AUTOCOMMIT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(conn.isolation_level(), None);
    conn.commit()?;
    for level in db.capabilities().isolation_levels.iter().copied() {
        conn.set_isolation_level(level)?;
        assert_eq!(conn.isolation_level(), Some(level));
        assert_eq!(names(&mut conn)?, ["a"]);
        conn.commit()?;
    }
    for level in [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead] {
        if !db.capabilities().isolation_levels.contains(&level) {
            let error = conn.set_isolation_level(level).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
            assert_ne!(conn.isolation_level(), Some(level), "it is as it was");
        }
    }
    conn.close()
}

fn the_level_survives_a_lost_session(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    conn.set_isolation_level(AUTOCOMMIT)?;
    add(&mut conn, "a")?;
    conn.invalidate();
    add(&mut conn, "b")?;
    conn.rollback()?;
    let mut guard = conn.begin()?;
    add(&mut guard, "c")?;
    guard.invalidate();
    // Nothing of it could be undone, but that it was broken off is said all the same.
    assert_eq!(add(&mut guard, "d").unwrap_err().kind(), ErrorKind::PendingRollback);
    guard.rollback()?;
    add(&mut conn, "e")?;
    assert_eq!(names(&mut conn)?, ["a", "b", "c", "e"]);
    conn.close()
}

/// What runs outside of transactions only.
fn maintenance(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let vacuum = match db.database {
        Database::MySql => "analyze table users",
        _ => "vacuum",
    };
    let mut conn = db.engine.connect()?;
    if db.database != Database::MySql {
        let error = conn.execute(text("vacuum")).expect_err("it is in a transaction");
        assert!(!error.is_disconnect(), "{error}");
        conn.rollback()?;
    }
    conn.set_isolation_level(AUTOCOMMIT)?;
    let vacuum = if db.database == Database::Postgres { "vacuum users" } else { vacuum };
    conn.execute(text(aludel::RawSql::new(vacuum.to_owned())))?;
    assert_eq!(names(&mut conn)?, ["a"]);
    conn.close()
}

fn a_time_out_breaks_the_transaction_off(db: &Db) -> Result<()> {
    db.users(&[])?;
    let slow = match db.database {
        Database::Postgres => "select pg_sleep(60)",
        Database::MySql => "select sleep(60)",
        _ => {
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select count(*) from c"
        }
    };
    let mut conn = db.engine.connect()?;
    let options = ExecutionOptions::new().timeout(Duration::from_millis(150));
    add(&mut conn, "undone")?;
    conn.set_execution_options(options.clone());
    assert_eq!(conn.execution_options(), options);
    let started = Instant::now();
    let error = conn.execute(text(slow)).expect_err("it takes longer");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("150ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(add(&mut conn, "x").unwrap_err().kind(), ErrorKind::PendingRollback);
    conn.rollback()?;
    conn.set_execution_options(ExecutionOptions::new().timeout(None));
    add(&mut conn, "kept")?;
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.close()
}

fn prepared_statements_of_a_lost_session(db: &Db) -> Result<()> {
    db.users(&["a", "b"])?;
    let by_name =
        db.engine.prepare(&select(User::c.name).where_(User::c.name.eq(aludel::bindparam("n"))))?;
    let mut conn = db.engine.connect()?;
    for _ in 0..3 {
        for name in ["a", "b"] {
            let found: Vec<String> = conn.execute_prepared(&by_name, (name,))?.scalars()?;
            assert_eq!(found, [name]);
        }
        conn.rollback()?;
        conn.invalidate();
    }
    drop(conn);
    // More statements than a session keeps: those used least recently are prepared anew.
    let many = (0..150).map(|n| {
        let statement = text(aludel::RawSql::new(format!("select {n} from users where name = :n")));
        db.engine.prepare(&statement)
    });
    let many = many.collect::<Result<Vec<_>>>()?;
    let mut conn = db.engine.connect()?;
    for _ in 0..2 {
        for (n, prepared) in (0_i64..).zip(&many) {
            let found: Vec<i64> = conn.execute_prepared(prepared, ("a",))?.scalars()?;
            assert_eq!(found, [n]);
        }
    }
    conn.close()
}

fn the_dialect_knows_its_server(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let name = db.engine.dialect().name();
    assert_eq!(db.engine.name(), name);
    let version = match db.database {
        Database::Sqlite => "select sqlite_version()",
        Database::Postgres => "select current_setting('server_version')",
        _ => "select version()",
    };
    let version: String = conn.scalar(text(version))?.expect("a version");
    let expected = match db.database {
        Database::Postgres => "postgresql",
        Database::MySql if version.contains("MariaDB") => "mariadb",
        Database::MySql => "mysql",
        _ => "sqlite",
    };
    assert_eq!(name, expected, "{version}");
    conn.close()
}
