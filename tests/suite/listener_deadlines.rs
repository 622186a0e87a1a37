//! SQL of the pool's listeners that takes too long: it is stopped at the deadline of the checkout, or at the
//! end of the time that a connection's return has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aludel::{Engine, EngineOptions, ErrorKind, Result, event, pool, text};
use aludel_testing::BOUND;

use crate::{Db, suite, whole};

suite![
    connect_listener_that_takes_too_long,
    checkout_listener_that_takes_too_long,
    checkin_listener_that_takes_too_long,
    reset_listener_that_takes_too_long,
    listener_after_the_deadline,
];

/// The time of what is to end by it.
const SOON: Duration = Duration::from_secs(1);

/// What a listener does with its connection, once, when it is armed.
struct Once(AtomicBool);

impl Once {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(false)))
    }

    fn arm(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn run(&self, on: &mut pool::DbapiConnection<'_>, sql: &'static str) -> Result<()> {
        if self.0.swap(false, Ordering::SeqCst) { on.run(sql) } else { Ok(()) }
    }
}

fn one_connection() -> EngineOptions {
    EngineOptions::new().pool_size(1).max_overflow(0)
}

/// The only slot is free again, and what takes it works.
fn goes_on(engine: &Engine) -> Result<()> {
    whole(engine);
    let mut conn = engine.connect()?;
    assert_eq!(conn.scalar(text("select :n").bind("n", 7))?, Some(7));
    conn.close()
}

/// What works has the pool's own time, which is far longer.
fn cannot_connect(engine: &Engine) {
    let started = Instant::now();
    let error =
        engine.pool().checkout_within(SOON).map(drop).expect_err("the listener takes too long");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("pool_timeout"), "{error}");
    assert!(started.elapsed() >= SOON && started.elapsed() < BOUND, "{:?}", started.elapsed());
}

// fault: P23
fn connect_listener_that_takes_too_long(db: &Db) -> Result<()> {
    let engine = db.another(one_connection())?;
    let (once, endless) = (Once::new(), db.endless());
    let listener = Arc::clone(&once);
    event::listen(&engine, move |e: &mut pool::Connect<'_>| {
        listener.run(&mut e.dbapi_connection, endless)
    });
    once.arm();
    cannot_connect(&engine);
    goes_on(&engine)?;
    engine.dispose();
    Ok(())
}

// fault: P23
fn checkout_listener_that_takes_too_long(db: &Db) -> Result<()> {
    let engine = db.another(one_connection())?;
    let (once, endless) = (Once::new(), db.endless());
    let listener = Arc::clone(&once);
    event::listen(&engine, move |e: &mut pool::Checkout<'_>| {
        listener.run(&mut e.dbapi_connection, endless)
    });
    goes_on(&engine)?;
    once.arm();
    cannot_connect(&engine);
    goes_on(&engine)?;
    engine.dispose();
    Ok(())
}

/// Only the log records it; the slot is free when the time is over.
fn in_time(engine: &Engine, once: &Once) -> Result<()> {
    goes_on(engine)?;
    let mut conn = engine.connect()?;
    conn.execute(text("select 1"))?;
    once.arm();
    let started = Instant::now();
    conn.close()?;
    goes_on(engine)?;
    assert!(started.elapsed() >= SOON && started.elapsed() < BOUND, "{:?}", started.elapsed());
    engine.dispose();
    Ok(())
}

// fault: P23
fn checkin_listener_that_takes_too_long(db: &Db) -> Result<()> {
    let engine = db.another(one_connection().pool_return_timeout(SOON))?;
    let (once, endless) = (Once::new(), db.endless());
    let listener = Arc::clone(&once);
    event::listen(&engine, move |e: &mut pool::Checkin<'_>| {
        listener.run(&mut e.dbapi_connection, endless)
    });
    in_time(&engine, &once)
}

// fault: P23
fn reset_listener_that_takes_too_long(db: &Db) -> Result<()> {
    let engine = db.another(one_connection().pool_return_timeout(SOON))?;
    let (once, endless) = (Once::new(), db.endless());
    let listener = Arc::clone(&once);
    event::listen(&engine, move |e: &mut pool::Reset<'_>| {
        listener.run(&mut e.dbapi_connection, endless)
    });
    in_time(&engine, &once)
}

/// The listeners have the time together, so that one that is left for the next is none.
fn listener_after_the_deadline(db: &Db) -> Result<()> {
    let engine = db.another(one_connection())?;
    goes_on(&engine)?;
    let once = Once::new();
    let listener = Arc::clone(&once);
    event::listen(&engine, move |e: &mut pool::Checkout<'_>| {
        if listener.0.load(Ordering::SeqCst) {
            std::thread::sleep(SOON);
        }
        listener.run(&mut e.dbapi_connection, "select 1")
    });
    once.arm();
    cannot_connect(&engine);
    goes_on(&engine)?;
    engine.dispose();
    Ok(())
}
