//! The pool as its borrowers see it.

use std::time::{Duration, Instant};

use aludel::{Connection, EngineOptions, ErrorKind, Result, text};

use crate::{Db, settle, suite};

suite![
    accounting,
    first_in_or_last_in,
    connections_are_used_again,
    dispose_replaces_the_pool,
    invalidate_makes_a_new_session,
    exhausted_pool_times_out,
    a_killed_session_takes_the_idle_ones_along,
    a_session_that_was_killed_while_idle_is_not_lent,
    session_settings_stay_within_the_transaction,
];

// conforms: D6.01, D6.05, D6.34
fn accounting(db: &Db) -> Result<()> {
    let pool = db.engine.pool();
    assert_eq!(pool.status().in_use + pool.status().idle, 0);
    let mut out = Vec::new();
    for n in 1..=7 {
        out.push(db.engine.connect()?);
        assert_eq!(pool.status().in_use, n);
        assert_eq!(pool.status().idle, 0);
    }
    while let Some(conn) = out.pop() {
        conn.close()?;
        assert_eq!(pool.status().in_use, out.len());
    }
    // pool_size is 5, so the two beyond it were closed.
    assert_eq!(pool.status().idle, 5);
    Ok(())
}

/// Identifies a session by a temporary table, which only its own session sees.
fn mark(conn: &mut Connection, n: usize) -> Result<()> {
    conn.execute(text(
        ["create temporary table mark_0 (a integer)", "create temporary table mark_1 (a integer)"]
            [n],
    ))?;
    conn.commit()
}

// conforms: A22, D6.09
fn first_in_or_last_in(db: &Db) -> Result<()> {
    for (lifo, next) in [(false, "select * from mark_0"), (true, "select * from mark_1")] {
        let engine = db.another(EngineOptions::new().pool_use_lifo(lifo))?;
        let (mut first, mut second) = (engine.connect()?, engine.connect()?);
        mark(&mut first, 0)?;
        mark(&mut second, 1)?;
        first.close()?;
        second.close()?;
        let mut conn = engine.connect()?;
        assert!(conn.execute(text(next)).is_ok(), "lifo: {lifo}");
        conn.close()?;
        engine.dispose();
    }
    Ok(())
}

fn connections_are_used_again(db: &Db) -> Result<()> {
    for nonce in 0..50_i64 {
        let mut conn = db.engine.connect()?;
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
        if nonce % 2 == 0 {
            conn.close()?;
        } else {
            drop(conn);
            // Some drivers must wait for a rollback, which they do in the background.
            settle(db);
        }
        let status = db.engine.pool().status();
        assert_eq!((status.in_use, status.idle), (0, 1));
    }
    Ok(())
}

// conforms: B22, B24, D6.20
fn dispose_replaces_the_pool(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    db.engine.connect()?.close()?;
    let old = db.engine.pool();
    assert_eq!((old.status().in_use, old.status().idle), (1, 1));
    db.engine.dispose();
    assert_eq!((old.status().in_use, old.status().idle), (1, 0));
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    conn.close()?;
    assert_eq!((old.status().in_use, old.status().idle), (0, 0));
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
    assert_eq!(db.engine.pool().status().in_use, 1);
    Ok(())
}

// conforms: B53, D7.02, D7.03, D7.08, D7.09
fn invalidate_makes_a_new_session(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    conn.info()?.insert("the first session");
    conn.invalidate();
    conn.invalidate();
    assert!(conn.is_invalidated());
    assert_eq!(db.engine.pool().status().idle, 0, "it was not returned");
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    assert!(!conn.is_invalidated());
    assert_eq!(conn.info()?.insert("the second session"), None);
    conn.invalidate();
    let error = conn.execute(text("select 1")).expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    let error = conn.commit().expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    let error = conn.begin_nested().map(drop).expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    conn.rollback()?;
    assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
    assert_eq!(conn.info()?.insert("the third session"), None);
    Ok(())
}

// fault: P01
// conforms: B26, D6.02
fn exhausted_pool_times_out(db: &Db) -> Result<()> {
    let options = aludel::pool::PoolOptions::default();
    assert_eq!(db.engine.pool().options().size, options.size);
    let held: Vec<_> = (0..15).map(|_| db.engine.connect()).collect::<Result<_>>()?;
    let pool = db.engine.pool();
    // The suite's pools are patient, so this asks with a patience of its own. Nothing is returned, so
    // that to come back at all is to have given up; how late that was is the machine's.
    for patience in [Duration::from_millis(200), Duration::ZERO] {
        let started = Instant::now();
        let error = pool.checkout_within(patience).expect_err("full");
        assert!(started.elapsed() >= patience, "{:?}", started.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains("15 in use, 0 idle, 0 waiting"), "{error}");
        assert_eq!(pool.status().waiting, 0);
    }
    drop(held);
    db.engine.connect()?.close()?;
    Ok(())
}

// fault: P26
fn session_settings_stay_within_the_transaction(db: &Db) -> Result<()> {
    if !db.rolls_ddl_back() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    conn.execute(text("create temporary table mine (n integer)"))?;
    drop(conn);
    let mut conn = db.engine.connect()?;
    let error = conn.execute(text("select * from mine")).expect_err("it was rolled back");
    assert!(error.is_missing_table(), "{error}");
    Ok(())
}

// fault: P12
// conforms: B100, D7.01
fn a_killed_session_takes_the_idle_ones_along(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let (mut one, mut two) = (db.engine.connect()?, db.engine.connect()?);
    let (killed, other) = (db.session(&mut one)?, db.session(&mut two)?);
    db.kill(&mut two, killed)?;
    two.close()?;
    assert_eq!(db.engine.pool().status().idle, 1);
    let error = one.execute(text("select 1")).expect_err("the session was killed");
    assert!(error.is_disconnect() && one.is_invalidated(), "{error}");
    let pending = one.execute(text("select 1")).expect_err("the transaction is lost");
    assert_eq!(pending.kind(), ErrorKind::PendingRollback);
    one.rollback()?;
    assert_eq!(one.scalar(text("select 1"))?, Some(1_i64));
    // Whatever killed the one may have cut the other, so that was replaced as well.
    let mut three = db.engine.connect()?;
    for conn in [&mut one, &mut three] {
        assert!(![killed, other].contains(&db.session(conn)?));
    }
    Ok(())
}

/// Whichever way an engine waits: a checkout looks at the socket.
// fault: P19
fn a_session_that_was_killed_while_idle_is_not_lent(db: &Db) -> Result<()> {
    if !db.has_a_server() {
        return Ok(());
    }
    let mut watch = db.engine.connect()?;
    for round in 0..4 {
        let mut conn = db.engine.connect()?;
        let session = db.session(&mut conn)?;
        if round % 2 == 0 {
            conn.rollback()?;
        }
        // In the other rounds somebody may still have to read what a rollback answers.
        conn.close()?;
        db.kill(&mut watch, session)?;
        let start = Instant::now();
        while db.is_there(&mut watch, session)? {
            assert!(start.elapsed() < aludel_testing::BOUND, "it is still there");
            watch.rollback()?;
        }
        watch.rollback()?;
        let mut conn = db.engine.connect()?;
        assert_ne!(db.session(&mut conn)?, session, "in round {round}");
        conn.close()?;
    }
    Ok(())
}
