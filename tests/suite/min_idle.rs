//! Connections that are kept ready, on every database and under every strategy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aludel::{Engine, EngineOptions, Error, ErrorKind, Result, event, pool, text};

use crate::{Db, suite};

suite![
    so_many_are_ready_behind_a_checkout,
    no_more_are_made_than_are_kept,
    what_is_lost_is_made_anew,
    a_failure_is_tried_again_and_not_at_once,
    nothing_is_tried_before_a_checkout_succeeds,
    a_full_pool_has_its_connections_replaced,
    a_pool_that_was_disposed_of_makes_none,
];

fn options(size: usize, idle: usize) -> EngineOptions {
    EngineOptions::new().pool_size(size).max_overflow(5).pool_min_idle(idle)
}

/// Waits until so many are in use and idle; who waits lets the runtime run.
fn settles(engine: &Engine, in_use: usize, idle: usize) -> Result<()> {
    let begun = Instant::now();
    loop {
        let status = engine.pool().status();
        if (status.in_use, status.idle) == (in_use, idle) {
            return Ok(());
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{in_use} and {idle}: {status}");
        aludel::bridge::sleep(Duration::from_millis(5))?;
    }
}

/// A while in which what is wrong would show.
fn a_while() -> Result<()> {
    Ok(aludel::bridge::sleep(Duration::from_millis(150))?)
}

fn so_many_are_ready_behind_a_checkout(db: &Db) -> Result<()> {
    let engine = db.another(options(5, 2))?;
    a_while()?;
    assert_eq!(engine.pool().status().idle, 0, "nothing is made before a checkout");
    let mut one = engine.connect()?;
    settles(&engine, 1, 2)?;
    // They can be used, and others take their places.
    let mut two = engine.connect()?;
    settles(&engine, 2, 2)?;
    for conn in [&mut one, &mut two] {
        assert_eq!(conn.scalar(text("select 7"))?, Some(7_i64));
        conn.rollback()?;
    }
    one.close()?;
    two.close()?;
    settles(&engine, 0, 4)?;
    engine.dispose();
    Ok(())
}

fn no_more_are_made_than_are_kept(db: &Db) -> Result<()> {
    let engine = db.another(options(3, 2))?;
    let one = engine.connect()?;
    let two = engine.connect()?;
    settles(&engine, 2, 1)?;
    a_while()?;
    let three = engine.connect()?;
    a_while()?;
    let status = engine.pool().status();
    assert_eq!((status.in_use, status.idle), (3, 0), "{status}");
    // An overflow is for who asks.
    let four = engine.connect()?;
    a_while()?;
    let status = engine.pool().status();
    assert_eq!((status.in_use, status.idle), (4, 0), "{status}");
    [one, two, three, four].into_iter().try_for_each(aludel::Connection::close)?;
    settles(&engine, 0, 3)?;
    engine.dispose();
    let error = db.another(options(3, 4)).map(drop).expect_err("more than are kept");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("pool_min_idle is 4"), "{error}");
    Ok(())
}

fn what_is_lost_is_made_anew(db: &Db) -> Result<()> {
    let engine = db.another(options(5, 1))?;
    let mut conn = engine.connect()?;
    settles(&engine, 1, 1)?;
    engine.pool().invalidate_all();
    conn.invalidate();
    drop(conn);
    // The idle one is of before, and does not count.
    settles(&engine, 0, 2)?;
    let mut conn = engine.connect()?;
    assert_eq!(conn.scalar(text("select 7"))?, Some(7_i64));
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn a_failure_is_tried_again_and_not_at_once(db: &Db) -> Result<()> {
    let engine = db.another(options(5, 1))?;
    let (fails, tries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (failing, counting) = (Arc::clone(&fails), Arc::clone(&tries));
    event::listen(&engine, move |_: &mut pool::DoConnect<'_>| {
        counting.fetch_add(1, Ordering::SeqCst);
        if failing.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Operational, "the listener's reason"));
        }
        Ok(())
    });
    let one = match engine.connect() {
        Ok(conn) => conn,
        // A driver that was not made from a URL has no such event.
        Err(error) if error.kind() == ErrorKind::InvalidRequest => return Ok(()),
        Err(error) => return Err(error),
    };
    settles(&engine, 1, 1)?;
    let before = tries.load(Ordering::SeqCst);
    fails.store(true, Ordering::SeqCst);
    let two = engine.connect()?;
    let begun = Instant::now();
    aludel::bridge::sleep(Duration::from_millis(600))?;
    let tried = tries.load(Ordering::SeqCst) - before;
    assert!(tried <= 1 || begun.elapsed() > Duration::from_secs(1), "{tried} times");
    fails.store(false, Ordering::SeqCst);
    // Nobody has to ask.
    settles(&engine, 2, 1)?;
    one.close()?;
    two.close()?;
    engine.dispose();
    Ok(())
}

fn nothing_is_tried_before_a_checkout_succeeds(db: &Db) -> Result<()> {
    let engine = db.another(options(5, 1))?;
    let tries = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&tries);
    event::listen(&engine, move |_: &mut pool::DoConnect<'_>| {
        match counting.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::new(ErrorKind::Operational, "the listener's reason")),
            _ => Ok(()),
        }
    });
    let error = engine.connect().expect_err("the first is refused");
    if error.kind() == ErrorKind::InvalidRequest {
        // A driver that was not made from a URL has no such event.
        return Ok(());
    }
    assert!(error.message().contains("the listener's reason"), "{error}");
    a_while()?;
    // It is not known where the connection could live.
    assert_eq!(tries.load(Ordering::SeqCst), 1);
    let mut conn = engine.connect()?;
    settles(&engine, 1, 1)?;
    let mut other = engine.connect()?;
    for conn in [&mut conn, &mut other] {
        assert_eq!(conn.scalar(text("select 7"))?, Some(7_i64));
        conn.rollback()?;
    }
    conn.close()?;
    other.close()?;
    engine.dispose();
    Ok(())
}

fn a_full_pool_has_its_connections_replaced(db: &Db) -> Result<()> {
    let engine = db.another(options(2, 2))?;
    let (tries, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counting, ending) = (Arc::clone(&tries), Arc::clone(&ends));
    event::listen(&engine, move |_: &mut pool::DoConnect<'_>| {
        counting.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    event::listen(&engine, move |_: &mut pool::Close<'_>| {
        ending.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let take_two = |engine: &Engine| {
        let mut both = [engine.connect()?, engine.connect()?];
        for conn in &mut both {
            assert_eq!(conn.scalar(text("select 7"))?, Some(7_i64));
            conn.rollback()?;
        }
        both.into_iter().try_for_each(aludel::Connection::close)
    };
    match take_two(&engine) {
        // A driver that was not made from a URL has no such event.
        Err(error) if error.kind() == ErrorKind::InvalidRequest => return Ok(()),
        taken => taken?,
    }
    settles(&engine, 0, 2)?;
    let made = tries.load(Ordering::SeqCst);
    engine.pool().invalidate_all();
    let begun = Instant::now();
    let counts = || (tries.load(Ordering::SeqCst) - made, ends.load(Ordering::SeqCst));
    while counts() != (2, 2) || engine.pool().status().idle < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", counts());
        aludel::bridge::sleep(Duration::from_millis(5))?;
    }
    // Who asks now waits for none, and has one that is new.
    take_two(&engine)?;
    assert_eq!(counts(), (2, 2));
    engine.dispose();
    Ok(())
}

fn a_pool_that_was_disposed_of_makes_none(db: &Db) -> Result<()> {
    let engine = db.another(options(5, 2))?;
    let conn = engine.connect()?;
    let old = engine.pool();
    engine.dispose();
    conn.close()?;
    a_while()?;
    let status = old.status();
    assert_eq!((status.in_use, status.idle), (0, 0), "{status}");
    let status = engine.pool().status();
    assert_eq!((status.in_use, status.idle), (0, 0), "the next begins with its first checkout");
    let conn = engine.connect()?;
    settles(&engine, 1, 2)?;
    engine.close(Duration::from_millis(1)).expect_err("one is lent");
    conn.close()?;
    engine.close(Duration::from_secs(20))
}
