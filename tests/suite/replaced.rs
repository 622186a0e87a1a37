//! Another connection in the place of the one that was lent: no guard, no closure and no listener can have its
//! transaction pass for the caller's.

use std::mem;
use std::sync::{Arc, Mutex};

use aludel::engine::{
    AfterCursorExecute, BeforeCursorExecute, BeforeExecute, Begin, Commit, Rollback,
};
use aludel::{Connection, Error, ErrorKind, Result, event, insert, text};

use crate::{Db, User, suite};

suite![
    a_guard_ends_no_other_transaction,
    a_closure_commits_no_other_transaction,
    a_listener_puts_none_in_its_place
];

/// A connection with a transaction that has read something.
fn another(db: &Db) -> Result<Connection> {
    let mut other = db.engine.connect()?;
    assert_eq!(other.scalar(text("select 1"))?, Some(1_i64));
    assert!(other.in_transaction());
    Ok(other)
}

#[track_caller]
fn assert_refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
}

fn add(conn: &mut Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name))).map(drop)
}

fn a_guard_ends_no_other_transaction(db: &Db) -> Result<()> {
    db.users(&[])?;
    // The guard of a transaction, then of a savepoint; committed, rolled back, dropped.
    for nested in [false, true] {
        for end in [Some(true), Some(false), None] {
            let mut other = another(db)?;
            let mut conn = db.engine.connect()?;
            let mut guard = if nested { conn.begin_nested()? } else { conn.begin()? };
            add(&mut guard, "unseen")?;
            mem::swap(&mut *guard, &mut other);
            assert!(!guard.is_active());
            match end {
                Some(true) => assert_refused(&guard.commit().unwrap_err()),
                Some(false) => assert_refused(&guard.rollback().unwrap_err()),
                None => drop(guard),
            }
            // The transaction that is in its place is as it was; the guard's own is over with its connection.
            assert!(conn.in_transaction());
            assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
            conn.commit()?;
            drop(other);
        }
    }
    assert_eq!(db.names()?, <[String; 0]>::default());
    Ok(())
}

fn a_closure_commits_no_other_transaction(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut other = another(db)?;
    let error = db.engine.begin(|conn| {
        add(conn, "unseen")?;
        mem::swap(conn, &mut other);
        Ok(())
    });
    assert_refused(&error.unwrap_err());
    drop(other);
    assert_eq!(db.names()?, <[String; 0]>::default());
    Ok(())
}

/// A listener that swaps the connection of its event once, when it is armed.
macro_rules! swaps {
    ($event:ident, $target:expr, $spare:expr) => {{
        let spare = Arc::clone($spare);
        event::listen($target, move |e: &mut $event<'_>| {
            if let Some(other) =
                spare.lock().unwrap().as_mut().filter(|other| other.in_transaction())
            {
                mem::swap(e.connection, other);
            }
            Ok(())
        });
    }};
}

fn a_listener_puts_none_in_its_place(db: &Db) -> Result<()> {
    db.users(&[])?;
    type Listen = fn(&Connection, &Arc<Mutex<Option<Connection>>>);
    let listeners: [(&str, Listen); 6] = [
        ("begin", |conn, spare| swaps!(Begin, &conn.events(), spare)),
        ("before_execute", |conn, spare| swaps!(BeforeExecute, &conn.events(), spare)),
        ("before_cursor_execute", |conn, spare| swaps!(BeforeCursorExecute, &conn.events(), spare)),
        ("after_cursor_execute", |conn, spare| swaps!(AfterCursorExecute, &conn.events(), spare)),
        ("commit", |conn, spare| swaps!(Commit, &conn.events(), spare)),
        ("rollback", |conn, spare| swaps!(Rollback, &conn.events(), spare)),
    ];
    for (name, listen) in listeners {
        let spare = Arc::new(Mutex::new(None));
        let mut conn = db.engine.connect()?;
        listen(&conn, &spare);
        *spare.lock().unwrap() = Some(another(db)?);
        let ended = match name {
            "rollback" => add(&mut conn, "unseen").and_then(|()| conn.rollback()),
            _ => add(&mut conn, "unseen").and_then(|()| conn.commit()),
        };
        let error = ended.expect_err(name);
        assert_refused(&error);
        assert!(error.message().contains("in its place"), "{name}: {error}");
        // What is there now is not the caller's, and says so until it is rolled back.
        let error = conn.commit().expect_err(name);
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{name}: {error}");
        conn.rollback()?;
        assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
        conn.commit()?;
        drop(spare.lock().unwrap().take());
    }
    assert_eq!(db.names()?, <[String; 0]>::default());
    Ok(())
}
