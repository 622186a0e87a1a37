//! Transactions of a connection: begun by a statement or by `begin`, ended once.

use aludel::engine::Begin;
use aludel::sql::ClauseElement as _;
use aludel::{Engine, Error, ErrorKind, Result, event, insert, params, text};

use crate::{Db, User, names, suite};

suite![
    autobegin_and_commit,
    nothing_is_kept_without_commit,
    end_without_transaction_does_nothing,
    no_double_begin,
    guard_commits_or_rolls_back,
    dropped_guard_is_rolled_back_by_the_next_call,
    engine_begin_commits_or_rolls_back,
    engine_begin_that_cannot_begin,
    guard_after_the_connection_ended_it,
    failed_statement_leaves_the_transaction_open,
    commit_is_true_only_if_the_server_committed,
    deferred_constraint_fails_at_commit,
    raw_begin_does_not_leak,
];

fn add(conn: &mut aludel::Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name)).inline())?;
    Ok(())
}

/// The text of [`add`] on this database.
fn insert_sql(engine: &Engine) -> String {
    let insert = insert::<User>().values(User::c.name.set("a")).inline();
    insert.compile(engine.dialect()).expect("its text").sql().to_owned()
}

// conforms: B94, D1.01, B54
fn autobegin_and_commit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let insert = insert_sql(&engine);
    let mut conn = engine.connect()?;
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), [""; 0]);
    add(&mut conn, "a")?;
    assert!(conn.in_transaction());
    assert_eq!(calls.take(), ["BEGIN", &insert]);
    conn.commit()?;
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), ["COMMIT"]);
    // There is no transaction to end.
    conn.commit()?;
    conn.rollback()?;
    assert_eq!(calls.take(), [""; 0]);
    add(&mut conn, "b")?;
    assert!(conn.in_transaction());
    assert_eq!(calls.take(), ["BEGIN", &insert]);
    conn.rollback()?;
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), ["ROLLBACK"]);
    assert_eq!(names(&mut conn)?, ["a"]);
    conn.close()
}

// conforms: B35, B70, D1.02, D1.04, D6.24
fn nothing_is_kept_without_commit(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let insert = insert_sql(&engine);
    let mut conn = engine.connect()?;
    add(&mut conn, "closed")?;
    conn.close()?;
    assert_eq!(calls.take(), ["BEGIN", &insert, "ROLLBACK"]);
    // The driver rolls back what is dropped, without being asked to wait for it.
    let fails = || -> Result<()> {
        let mut conn = engine.connect()?;
        add(&mut conn, "dropped")?;
        Err(Error::new(ErrorKind::Argument, "an error that leaves the function"))
    };
    assert_eq!(fails().expect_err("its own").kind(), ErrorKind::Argument);
    assert_eq!(calls.take(), ["BEGIN", &insert]);
    crate::whole(&engine);
    assert_eq!(names(&mut engine.connect()?)?, Vec::<String>::new());
    Ok(())
}

// conforms: B99, D1.05
fn end_without_transaction_does_nothing(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    conn.commit()?;
    conn.rollback()?;
    conn.rollback()?;
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), [""; 0]);
    let mut tx = conn.begin()?;
    aludel::Connection::rollback(&mut tx)?;
    tx.rollback()?;
    conn.rollback()?;
    assert_eq!(calls.take(), ["BEGIN", "ROLLBACK"]);
    Ok(())
}

// conforms: D1.07
fn no_double_begin(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1"))?;
    let error = conn.begin().expect_err("a transaction is open");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("begin_nested"), "{error}");
    conn.rollback()?;
    let mut tx = conn.begin()?;
    let error = tx.begin().map(drop).expect_err("a transaction is open");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    Ok(())
}

// conforms: D1.06, D1.10, D1.14
fn guard_commits_or_rolls_back(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let insert = insert_sql(&engine);
    let mut conn = engine.connect()?;
    // Through the guard and through the connection, which goes on after both.
    for by_guard in [true, false] {
        let mut tx = conn.begin()?;
        assert!(tx.is_active());
        add(&mut tx, if by_guard { "by the guard" } else { "by the connection" })?;
        if by_guard {
            tx.commit()?;
        } else {
            aludel::Connection::commit(&mut tx)?;
            assert!(!tx.is_active());
            // Of a guard that is over the drop does nothing.
            drop(tx);
        }
        assert!(!conn.in_transaction());
        assert_eq!(calls.take(), ["BEGIN", &insert, "COMMIT"]);
        let mut tx = conn.begin()?;
        add(&mut tx, "undone")?;
        if by_guard {
            tx.rollback()?;
        } else {
            aludel::Connection::rollback(&mut tx)?;
            drop(tx);
        }
        assert!(!conn.in_transaction());
        assert_eq!(calls.take(), ["BEGIN", &insert, "ROLLBACK"]);
    }
    assert_eq!(names(&mut conn)?, ["by the guard", "by the connection"]);
    conn.close()
}

// conforms: D1.14, D1.10
fn dropped_guard_is_rolled_back_by_the_next_call(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let insert = insert_sql(&engine);
    let mut conn = engine.connect()?;
    let mut tx = conn.begin()?;
    add(&mut tx, "undone")?;
    drop(tx);
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), ["BEGIN", &insert]);
    add(&mut conn, "kept")?;
    conn.commit()?;
    assert_eq!(calls.take(), ["ROLLBACK", "BEGIN", &insert, "COMMIT"]);
    assert_eq!(names(&mut conn)?, ["kept"]);
    conn.close()
}

// conforms: D1.08
fn engine_begin_commits_or_rolls_back(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let insert = insert_sql(&engine);
    engine.begin(|conn| add(conn, "kept"))?;
    assert_eq!(calls.take(), ["BEGIN", &insert, "COMMIT"]);
    let outcome: Result<()> = engine.begin(|conn| {
        add(conn, "undone")?;
        Err(Error::new(ErrorKind::Argument, "changed my mind"))
    });
    assert_eq!(outcome.expect_err("the closure's").message(), "changed my mind");
    assert_eq!(calls.take(), ["BEGIN", &insert, "ROLLBACK"]);
    assert_eq!(names(&mut engine.connect()?)?, ["kept"]);
    Ok(())
}

// conforms: D1.09
fn engine_begin_that_cannot_begin(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let listening = event::listen(&engine, |_: &mut Begin<'_>| {
        Err(Error::new(ErrorKind::Argument, "no transactions today"))
    });
    let mut ran = false;
    let outcome = engine.begin(|_| {
        ran = true;
        Ok(())
    });
    assert_eq!(outcome.expect_err("the listener's").message(), "no transactions today");
    assert!(!ran, "the closure ran without a transaction");
    crate::whole(&engine);
    assert!(!calls.take().contains(&"COMMIT".to_owned()));
    event::remove(&engine, &listening)?;
    engine.begin(|conn| add(conn, "kept"))
}

// conforms: D1.16
fn guard_after_the_connection_ended_it(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut tx = conn.begin()?;
    add(&mut tx, "kept")?;
    aludel::Connection::commit(&mut tx)?;
    assert!(!tx.is_active());
    let error = tx.commit().expect_err("it was ended");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let mut tx = conn.begin()?;
    aludel::Connection::rollback(&mut tx)?;
    tx.rollback()?;
    conn.close()?;
    assert_eq!(db.names()?, ["kept"]);
    Ok(())
}

// conforms: D1.20
fn failed_statement_leaves_the_transaction_open(db: &Db) -> Result<()> {
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "new")?;
    let error = add(&mut conn, "taken").expect_err("the name is unique");
    assert!(error.is_unique_violation(), "{error}");
    assert!(conn.in_transaction());
    if db.survives_errors() {
        conn.commit()?;
        conn.close()?;
        assert_eq!(db.names()?, ["taken", "new"]);
    } else {
        conn.rollback()?;
        conn.close()?;
        assert_eq!(db.names()?, ["taken"]);
    }
    Ok(())
}

// fault: T06
// conforms: D1.17
fn commit_is_true_only_if_the_server_committed(db: &Db) -> Result<()> {
    if db.survives_errors() {
        return Ok(());
    }
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "new")?;
    add(&mut conn, "taken").expect_err("the name is unique");
    let error = conn.commit().expect_err("the server rolls back");
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    let error = conn.execute(text("select 1")).expect_err("it waits for a rollback");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    let error = conn.commit().expect_err("it waits for a rollback");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    conn.rollback()?;
    conn.execute(text("select 1"))?;
    conn.close()?;
    assert_eq!(db.names()?, ["taken"]);
    Ok(())
}

// fault: T15
// conforms: B98, D1.17
fn deferred_constraint_fails_at_commit(db: &Db) -> Result<()> {
    if !db.defers_constraints() {
        return Ok(());
    }
    db.engine.begin(|conn| {
        conn.execute(text("create table parent (id integer primary key)"))?;
        conn.execute(text(
            "create table child (id integer primary key, parent integer not null \
             references parent (id) deferrable initially deferred)",
        ))
    })?;
    let mut conn = db.engine.connect()?;
    conn.execute(text("insert into child values (1, 99)"))?;
    let error = conn.commit().expect_err("there is no parent");
    assert!(error.is_foreign_key_violation(), "{error}");
    conn.rollback()?;
    let count: Option<i64> = conn.scalar(text("select count(*) from child"))?;
    assert_eq!(count, Some(0));
    conn.execute(text("insert into parent values (99)"))?;
    conn.execute(text("insert into child values (1, 99)"))?;
    conn.commit()?;
    Ok(())
}

// fault: T04
fn raw_begin_does_not_leak(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "one")?;
    conn.execute(text("commit"))?;
    conn.execute(text("begin"))?;
    conn.execute(text("insert into users (name) values (:name)").params(params! { name: "two" }))?;
    drop(conn);
    assert_eq!(db.names()?, ["one"]);
    Ok(())
}
