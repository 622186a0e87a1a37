//! Savepoints: transactions within a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::engine::{Rollback, TransactionEnd};
use aludel::{Connection, ErrorKind, Result, event, insert, text};

use crate::{Db, User, names, settle, suite};

suite![
    rollback_undoes_only_its_own_work,
    commit_keeps_with_the_root,
    root_rollback_ends_all,
    root_commit_ends_all,
    inner_and_outer,
    begins_the_root_itself,
    error_inside_is_undone_by_the_savepoint,
    dropped_savepoint_is_rolled_back_by_the_next_call,
    ended_savepoint_is_inactive,
    state_is_visible,
    deep_nest,
    forgotten_guards,
    a_second_rollback_does_no_harm,
    closing_with_open_savepoints,
];

fn add(conn: &mut Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name)))?;
    Ok(())
}

// conforms: D2.03, B62
fn rollback_undoes_only_its_own_work(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    add(&mut conn, "a")?;
    calls.take();
    let mut sp = conn.begin_nested()?;
    add(&mut sp, "b")?;
    sp.rollback()?;
    let calls_of_it = calls.take();
    assert_eq!(calls_of_it[0], "SAVEPOINT aludel_2");
    assert_eq!(calls_of_it[2..], ["ROLLBACK TO SAVEPOINT aludel_2"]);
    add(&mut conn, "c")?;
    conn.commit()?;
    assert_eq!(calls.take()[1..], ["COMMIT"]);
    assert_eq!(names(&mut conn)?, ["a", "c"]);
    conn.close()
}

// conforms: D2.04, B62
fn commit_keeps_with_the_root(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let mut sp = conn.begin_nested()?;
    add(&mut sp, "b")?;
    sp.commit()?;
    assert!(conn.in_transaction());
    conn.commit()?;
    let sent = calls.take();
    assert_eq!(sent[..2], ["BEGIN", "SAVEPOINT aludel_2"]);
    assert_eq!(sent[3..], ["RELEASE SAVEPOINT aludel_2", "COMMIT"]);
    let mut sp = conn.begin_nested()?;
    add(&mut sp, "undone with the root")?;
    sp.commit()?;
    conn.rollback()?;
    assert_eq!(calls.take().last().map(String::as_str), Some("ROLLBACK"));
    assert_eq!(names(&mut conn)?, ["b"]);
    conn.close()
}

// conforms: D2.05, D2.10
fn root_rollback_ends_all(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    add(&mut conn, "a")?;
    let mut outer = conn.begin_nested()?;
    let mut inner = outer.begin_nested()?;
    add(&mut inner, "b")?;
    calls.take();
    Connection::rollback(&mut inner)?;
    assert!(!inner.is_active());
    assert_eq!(inner.commit().expect_err("it is over").kind(), ErrorKind::InvalidRequest);
    assert!(!outer.is_active());
    outer.rollback()?;
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), ["ROLLBACK"]);
    assert_eq!(names(&mut conn)?, Vec::<String>::new());
    conn.close()
}

// conforms: D2.06
fn root_commit_ends_all(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let mut sp = conn.begin_nested()?;
    add(&mut sp, "a")?;
    calls.take();
    Connection::commit(&mut sp)?;
    assert!(!sp.is_active());
    drop(sp);
    assert!(!conn.in_transaction());
    assert_eq!(calls.take(), ["COMMIT"]);
    assert_eq!(names(&mut conn)?, ["a"]);
    conn.close()
}

// conforms: D2.07, D2.08
fn inner_and_outer(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut outer = conn.begin_nested()?;
    add(&mut outer, "outer")?;
    let mut inner = outer.begin_nested()?;
    add(&mut inner, "undone")?;
    inner.rollback()?;
    assert!(outer.is_active());
    let mut inner = outer.begin_nested()?;
    add(&mut inner, "inner")?;
    inner.commit()?;
    // The outer savepoint is left to the root's commit.
    Connection::commit(&mut outer)?;
    drop(outer);
    conn.close()?;
    assert_eq!(db.names()?, ["outer", "inner"]);
    Ok(())
}

// conforms: D2.02
fn begins_the_root_itself(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let sp = conn.begin_nested()?;
    sp.commit()?;
    assert!(conn.in_transaction());
    assert!(!conn.in_nested_transaction());
    let begun = ["BEGIN", "SAVEPOINT aludel_2", "RELEASE SAVEPOINT aludel_2"];
    assert_eq!(calls.take(), begun);
    conn.rollback()?;
    assert_eq!(calls.take(), ["ROLLBACK"]);
    conn.close()
}

// conforms: D2.11, B61
fn error_inside_is_undone_by_the_savepoint(db: &Db) -> Result<()> {
    db.users(&["taken"])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "a")?;
    let mut sp = conn.begin_nested()?;
    add(&mut sp, "b")?;
    let error = add(&mut sp, "taken").expect_err("the name is unique");
    assert!(error.is_unique_violation());
    sp.rollback()?;
    add(&mut conn, "c")?;
    conn.commit()?;
    conn.close()?;
    assert_eq!(db.names()?, ["taken", "a", "c"]);
    Ok(())
}

fn dropped_savepoint_is_rolled_back_by_the_next_call(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    add(&mut conn, "a")?;
    let mut sp = conn.begin_nested()?;
    let mut inner = sp.begin_nested()?;
    add(&mut inner, "undone")?;
    drop(inner);
    drop(sp);
    assert!(conn.in_transaction());
    assert!(!conn.in_nested_transaction());
    calls.take();
    assert_eq!(names(&mut conn)?, ["a"]);
    // The outer one takes the inner one with it.
    assert_eq!(calls.take()[0], "ROLLBACK TO SAVEPOINT aludel_2");
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["a"]);
    conn.close()
}

// conforms: D2.01
fn ended_savepoint_is_inactive(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let outer = conn.begin_savepoint()?;
    add(&mut conn, "a")?;
    for end in [TransactionEnd::Commit, TransactionEnd::Rollback] {
        let inner = conn.begin_savepoint()?;
        assert!(conn.is_active(inner) && conn.is_active(outer));
        conn.end(inner, end)?;
        assert!(!conn.is_active(inner) && conn.is_active(outer));
    }
    // One that is ended in another's name is over as well.
    let inner = conn.begin_savepoint()?;
    let innermost = conn.begin_savepoint()?;
    conn.end(inner, TransactionEnd::Commit)?;
    assert!(!conn.is_active(innermost) && !conn.is_active(inner) && conn.is_active(outer));
    conn.end(outer, TransactionEnd::Commit)?;
    assert!(!conn.is_active(outer) && conn.in_transaction());
    conn.rollback()
}

// conforms: B55, D2.09
fn state_is_visible(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    assert!(!conn.in_transaction() && !conn.in_nested_transaction());
    let mut tx = conn.begin()?;
    assert!(tx.in_transaction() && !tx.in_nested_transaction());
    let mut outer = tx.begin_nested()?;
    assert!(outer.in_nested_transaction());
    let inner = outer.begin_nested()?;
    assert!(inner.in_nested_transaction());
    inner.commit()?;
    assert!(outer.in_nested_transaction());
    outer.rollback()?;
    assert!(tx.in_transaction() && !tx.in_nested_transaction());
    tx.commit()?;
    assert!(!conn.in_transaction());
    Ok(())
}

// fault: T13
// conforms: D2.16
fn deep_nest(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    nest(&mut conn, 50)?;
    conn.commit()?;
    let sent = calls.take();
    let savepoints = sent.iter().filter_map(|sql| sql.strip_prefix("SAVEPOINT "));
    let counted = (2..52).map(|n| format!("aludel_{n}"));
    assert!(savepoints.eq(counted), "{sent:?}");
    // Level 49 was rolled back, and with it all that was released into it.
    assert_eq!(names(&mut conn)?, ["50"]);
    conn.close()
}

fn nest(conn: &mut Connection, level: u32) -> Result<()> {
    if level == 0 {
        return Ok(());
    }
    let mut sp = conn.begin_nested()?;
    add(&mut sp, &level.to_string())?;
    nest(&mut sp, level - 1)?;
    if level.is_multiple_of(2) { sp.commit() } else { sp.rollback() }
}

/// A guard that is forgotten ends with the transaction or the savepoint around it.
fn forgotten_guards(db: &Db) -> Result<()> {
    for keep in [true, false] {
        db.users(&[])?;
        let mut conn = db.engine.connect()?;
        let mut outer = conn.begin_nested()?;
        add(&mut outer, "outer")?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner, "inner")?;
        std::mem::forget(inner);
        if keep {
            outer.commit()?
        } else {
            outer.rollback()?
        }
        assert!(!conn.in_nested_transaction() && conn.in_transaction());
        assert_eq!(crate::names(&mut conn)?.len(), if keep { 2 } else { 0 });
        std::mem::forget(conn.begin_nested()?);
        conn.rollback()?;
        assert!(!conn.in_nested_transaction() && !conn.in_transaction());
        conn.execute(text("select 1"))?;
        assert_eq!(db.names()?, Vec::<String>::new());
    }
    Ok(())
}

// conforms: D2.14
fn a_second_rollback_does_no_harm(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "before")?;
    // A guard goes with its first rollback; what the facade calls takes the number, as often as it
    // likes.
    let outer = conn.begin_savepoint()?;
    add(&mut conn, "in the outer")?;
    let inner = conn.begin_savepoint()?;
    add(&mut conn, "undone")?;
    conn.end(inner, TransactionEnd::Rollback)?;
    add(&mut conn, "after the inner")?;
    for _ in 0..2 {
        conn.end(inner, TransactionEnd::Rollback)?;
        assert!(conn.in_transaction() && conn.is_active(outer) && !conn.is_active(inner));
    }
    assert_eq!(names(&mut conn)?, ["before", "in the outer", "after the inner"]);
    conn.end(outer, TransactionEnd::Rollback)?;
    conn.end(outer, TransactionEnd::Rollback)?;
    conn.end(inner, TransactionEnd::Rollback)?;
    assert!(conn.in_transaction() && !conn.in_nested_transaction());
    assert_eq!(names(&mut conn)?, ["before"]);
    // Nor has it anything to do with what comes after the transaction.
    conn.commit()?;
    conn.end(outer, TransactionEnd::Rollback)?;
    assert!(!conn.in_transaction());
    conn.close()?;
    assert_eq!(db.names()?, ["before"]);
    Ok(())
}

// conforms: D2.17
fn closing_with_open_savepoints(db: &Db) -> Result<()> {
    db.users(&[])?;
    let rollbacks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rollbacks);
    event::listen(&db.engine, move |_: &mut Rollback<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    for (round, close) in [true, false].into_iter().enumerate() {
        let mut conn = db.engine.connect()?;
        add(&mut conn, "undone")?;
        let mut outer = conn.begin_nested()?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner, "undone too")?;
        std::mem::forget(inner);
        std::mem::forget(outer);
        assert!(conn.in_nested_transaction());
        if close {
            conn.close()?;
            assert_eq!(rollbacks.load(Ordering::Relaxed), 1);
        } else {
            drop(conn);
        }
        settle(db);
        let mut next = db.engine.connect()?;
        assert!(!next.in_transaction() && !next.in_nested_transaction());
        assert_eq!(names(&mut next)?, Vec::<String>::new(), "round {round}");
        next.commit()?;
    }
    Ok(())
}
