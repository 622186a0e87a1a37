//! Listeners and code that do what they should not: nothing is committed that was not meant.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::engine::{Begin, Commit, Rollback};
use aludel::{Connection, Error, ErrorKind, Result, bindparam, event, insert, params, pool, text};

use crate::{Db, User, names, suite};

suite![
    a_rollback_listener_that_fails_rolls_back_all_the_same,
    a_guard_guards_what_began_under_it,
    a_commit_listener_that_rolls_back_is_told_on,
    a_begin_listener_that_fails_ends_the_transaction,
    a_begin_listener_that_rolls_back_is_told_on,
    begin_with_a_commit_inside,
    a_listener_may_hold_a_connection,
    a_checkin_listener_that_fails_closes_the_session,
    dropped_engines_close_their_sessions,
    an_insert_has_params,
    a_commit_that_has_nothing_left_to_commit,
    copy_of_the_client_is_refused_and_costs_nothing,
];

fn add(conn: &mut Connection, name: &str) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(name)))?;
    Ok(())
}

fn refuse<T>(what: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Argument, format!("refused: {what}")))
}

fn a_rollback_listener_that_fails_rolls_back_all_the_same(db: &Db) -> Result<()> {
    db.users(&[])?;
    let listening = event::listen(&db.engine, |_: &mut Rollback<'_>| refuse("rollback"));
    let mut conn = db.engine.connect()?;
    let mut tx = conn.begin()?;
    add(&mut tx, "undone")?;
    drop(tx);
    let error = add(&mut conn, "not yet").expect_err("the listener's error");
    assert_eq!(error.message(), "refused: rollback");
    add(&mut conn, "kept")?;
    conn.commit()?;
    add(&mut conn, "undone")?;
    conn.rollback().expect_err("the listener's error");
    assert!(!conn.in_transaction());
    event::remove(&db.engine, &listening)?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    Ok(())
}

fn a_guard_guards_what_began_under_it(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let mut tx = conn.begin()?;
    add(&mut tx, "undone 1")?;
    Connection::rollback(&mut tx)?;
    add(&mut tx, "undone 2")?;
    drop(tx);
    add(&mut conn, "kept")?;
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    Ok(())
}

fn a_commit_listener_that_rolls_back_is_told_on(db: &Db) -> Result<()> {
    db.users(&[])?;
    let listening = event::listen(&db.engine, |e: &mut Commit<'_>| e.connection.rollback());
    let mut conn = db.engine.connect()?;
    add(&mut conn, "lost")?;
    let error = conn.commit().expect_err("nothing was committed");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    event::remove(&db.engine, &listening)?;
    assert_eq!(names(&mut conn)?, Vec::<String>::new());
    Ok(())
}

fn a_begin_listener_that_fails_ends_the_transaction(db: &Db) -> Result<()> {
    db.users(&[])?;
    let listening = event::listen(&db.engine, |_: &mut Begin<'_>| refuse("begin"));
    let mut conn = db.engine.connect()?;
    for _ in 0..2 {
        let error = add(&mut conn, "never").expect_err("the listener's error");
        assert_eq!(error.message(), "refused: begin");
        assert!(!conn.in_transaction());
        conn.begin().map(drop).expect_err("the listener's error");
    }
    event::remove(&db.engine, &listening)?;
    assert_eq!(names(&mut conn)?, Vec::<String>::new());
    Ok(())
}

fn a_begin_listener_that_rolls_back_is_told_on(db: &Db) -> Result<()> {
    db.users(&[])?;
    let listening = event::listen(&db.engine, |e: &mut Begin<'_>| e.connection.rollback());
    let mut conn = db.engine.connect()?;
    let error = add(&mut conn, "never").expect_err("it would commit by itself");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    event::remove(&db.engine, &listening)?;
    assert_eq!(names(&mut conn)?, Vec::<String>::new());
    Ok(())
}

fn begin_with_a_commit_inside(db: &Db) -> Result<()> {
    db.users(&[])?;
    db.engine.begin(|conn| {
        add(conn, "a")?;
        conn.commit()?;
        add(conn, "b")
    })?;
    assert_eq!(db.names()?, ["a", "b"]);
    Ok(())
}

/// A listener is dropped with no lock held: what it holds may come back to the same pool.
fn a_listener_may_hold_a_connection(db: &Db) -> Result<()> {
    let held = std::sync::Mutex::new(db.engine.connect()?);
    let listening = event::listen(&db.engine, move |_: &mut pool::Checkin<'_>| {
        let _ = &held;
        Ok(())
    });
    event::remove(&db.engine, &listening)?;
    db.engine.connect()?.execute(text("select 1"))?;
    Ok(())
}

fn a_checkin_listener_that_fails_closes_the_session(db: &Db) -> Result<()> {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    event::listen(&db.engine, move |_: &mut pool::Connect<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let listening = event::listen(&db.engine, |_: &mut pool::Checkin<'_>| refuse("checkin"));
    for _ in 0..3 {
        db.engine.connect()?.close()?;
        assert_eq!(db.engine.pool().status().idle, 0);
    }
    event::remove(&db.engine, &listening)?;
    assert_eq!(made.load(Ordering::Relaxed), 3);
    Ok(())
}

fn dropped_engines_close_their_sessions(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let before = db.sessions(&mut conn)?;
    for _ in 0..5 {
        let engine = db.another(aludel::EngineOptions::new())?;
        engine.connect()?.execute(text("select 1"))?;
        drop(engine);
    }
    // The server ends a session when it comes to it, which on a loaded machine takes a while.
    for _ in 0..1500 {
        if db.sessions(&mut conn)? == before {
            return Ok(());
        }
        conn.rollback()?;
        aludel::bridge::sleep(std::time::Duration::from_millis(20))?;
    }
    panic!("sessions of dropped engines are left");
}

fn an_insert_has_params(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let named = insert::<User>().values(User::c.name.set(bindparam("who")));
    conn.execute(named.clone().params(params! { who: "a" }))?;
    conn.execute(insert::<User>().params(params! { name: "b", age: 5 }))?;
    let error = conn.execute(named).expect_err("who is missing");
    assert!(error.message().contains("who"), "{error}");
    assert_eq!(names(&mut conn)?, ["a", "b"]);
    Ok(())
}

// fault: T06
fn a_commit_that_has_nothing_left_to_commit(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    add(&mut conn, "undone")?;
    conn.execute(text("rollback"))?;
    let error = conn.commit().expect_err("nothing was committed");
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    conn.rollback()?;
    add(&mut conn, "kept")?;
    conn.commit()?;
    assert_eq!(names(&mut conn)?, ["kept"]);
    Ok(())
}

/// PostgreSQL waits for rows that no statement brings: the session would be lost, and with it the transaction.
fn copy_of_the_client_is_refused_and_costs_nothing(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    type Run = fn(&mut Connection, &'static str) -> Result<()>;
    let ways: [(&str, Run); 5] = [
        ("execute", |conn, sql| conn.execute(text(sql)).map(drop)),
        ("exec_driver_sql", |conn, sql| conn.exec_driver_sql(sql, ()).map(drop)),
        ("execute_many", |conn, sql| {
            conn.execute_many(text(sql), [params! {}, params! {}]).map(drop)
        }),
        ("stream", |conn, sql| conn.stream(text(sql))?.fetchall().map(drop)),
        ("execute_prepared", |conn, sql| {
            let prepared = conn.engine().prepare(&text(sql))?;
            conn.execute_prepared(&prepared, ()).map(drop)
        }),
    ];
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let session = db.session(&mut conn)?;
    conn.rollback()?;
    for (way, run) in ways {
        for sql in ["copy users from stdin", "-- all\ncopy users (name) to stdout (format csv)"] {
            // As the first statement of a transaction, too.
            for open in [true, false] {
                if open {
                    add(&mut conn, &format!("{way} {}", &sql[..3]))?;
                }
                let error = run(&mut conn, sql).expect_err("it is no statement");
                assert_eq!(error.kind(), ErrorKind::NotSupported, "{way}: {error}");
                assert!(error.message().contains("COPY"), "{way}: {error}");
                conn.commit()?;
            }
        }
    }
    assert_eq!(names(&mut conn)?.len(), 10, "each transaction went on");
    assert_eq!(db.session(&mut conn)?, session);
    // What the server reads itself is its own business.
    let error = conn.execute(text("copy users from '/no such file'")).expect_err("there is none");
    assert!(error.kind() != ErrorKind::NotSupported, "{error}");
    conn.rollback()?;
    conn.close()
}
