//! Savepoints whose end fails: the transaction can still be rolled back, and nothing is kept.

use aludel::{Connection, ErrorKind, Result, insert, text};

use crate::{Db, User, names, suite};

suite![
    release_that_fails,
    ddl_in_a_savepoint,
    rollback_to_that_fails,
    savepoint_of_a_lost_session,
    commit_that_fails_at_the_end_of_begin,
];

fn add(conn: &mut Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name)))?;
    Ok(())
}

/// Behind the connection's back: its savepoint is the second transaction that it has begun.
fn take_away(conn: &mut Connection) -> Result<()> {
    conn.execute(text("release savepoint aludel_2")).map(drop)
}

// conforms: D2.12
fn release_that_fails(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let mut root = conn.begin()?;
    let mut sp = root.begin_nested()?;
    add(&mut sp, "a")?;
    take_away(&mut sp)?;
    calls.take();
    let error = sp.commit().expect_err("there is no such savepoint");
    assert!(!error.is_disconnect(), "{error}");
    assert!(!root.in_nested_transaction());
    root.rollback()?;
    assert_eq!(calls.take(), ["RELEASE SAVEPOINT aludel_2", "ROLLBACK"]);
    add(&mut conn, "b")?;
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["b"]);
    conn.close()
}

/// Where DDL commits by itself, the savepoint is gone, and with it what it was to undo: the
/// transaction must not be committed as if nothing had happened.
fn ddl_in_a_savepoint(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut root = conn.begin()?;
    add(&mut root, "before")?;
    let mut sp = root.begin_nested()?;
    sp.execute(text("create table more (a integer)"))?;
    add(&mut sp, "inside")?;
    if db.rolls_ddl_back() {
        sp.commit()?;
        root.commit()?;
        assert_eq!(db.names()?, ["before", "inside"]);
    } else {
        let error = sp.commit().expect_err("there is no such savepoint any more");
        assert!(!error.is_disconnect(), "{error}");
        let error = root.commit().expect_err("it is broken off");
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        conn.rollback()?;
        // What was before the DDL was committed by it.
        assert_eq!(db.names()?, ["before"]);
    }
    add(&mut conn, "after")?;
    conn.commit()?;
    conn.close()
}

// conforms: D2.13
fn rollback_to_that_fails(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let mut root = conn.begin()?;
    let mut sp = root.begin_nested()?;
    add(&mut sp, "a")?;
    take_away(&mut sp)?;
    calls.take();
    sp.rollback().expect_err("there is no such savepoint");
    assert!(!root.in_nested_transaction());
    root.rollback()?;
    assert_eq!(calls.take(), ["ROLLBACK TO SAVEPOINT aludel_2", "ROLLBACK"]);
    add(&mut conn, "b")?;
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["b"]);
    conn.close()
}

// conforms: D2.15
fn savepoint_of_a_lost_session(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut root = conn.begin()?;
    let mut sp = root.begin_nested()?;
    add(&mut sp, "a")?;
    sp.invalidate();
    sp.rollback()?;
    let error = root.begin_nested().map(drop).expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
    root.rollback()?;
    conn.close()?;
    assert!(db.names()?.is_empty());
    Ok(())
}

// conforms: D1.18
fn commit_that_fails_at_the_end_of_begin(db: &Db) -> Result<()> {
    if !db.defers_constraints() {
        return Ok(());
    }
    db.engine.begin(|conn| {
        conn.execute(text("create table parent (id integer primary key)"))?;
        conn.execute(text(
            "create table child (parent integer not null references parent (id) \
             deferrable initially deferred)",
        ))
    })?;
    let orphan = |conn: &mut Connection| conn.execute(text("insert into child values (99)"));
    let error = db.engine.begin(orphan).map(drop).expect_err("there is no parent");
    assert!(error.is_foreign_key_violation(), "{error}");
    let mut conn = db.engine.connect()?;
    assert!(!conn.in_transaction());
    let count: Option<i64> = conn.scalar(text("select count(*) from child"))?;
    assert_eq!(count, Some(0));
    Ok(())
}
