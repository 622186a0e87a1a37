//! The events of a connection's life, and what a program keeps with its session.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::{Connection, Engine, EngineOptions, Error, ErrorKind, Result, event, pool, text};

use crate::support::Database;
use crate::{Db, suite, whole};

suite![
    each_event_has_the_sessions_info,
    a_new_session_begins_without_info,
    a_panic_is_recovered_from_before_the_reset,
    a_reset_listener_cleans_the_session,
    what_a_reset_listener_leaves_open_is_rolled_back,
    why_a_connection_was_given_up,
    every_connection_is_closed_once,
];

/// What listeners have heard, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, line: String) -> Result<()> {
        self.0.lock().unwrap().push(line);
        Ok(())
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The number that the connect listener has given a session.
struct Number(i64);

fn number(info: &pool::Info) -> i64 {
    info.get::<Number>().expect("connect listeners have given it a number").0
}

/// Hears everything that happens to the connections of an engine.
fn log(engine: &Engine) -> Log {
    let log = Log::default();
    let (into, made) = (log.clone(), AtomicI64::new(0));
    event::listen(engine, move |e: &mut pool::Connect<'_>| {
        let number = made.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(e.info.insert(Number(number)).is_none(), "a new session has no info");
        into.note(format!("connect {number}"))
    });
    let into = log.clone();
    event::listen(engine, move |e: &mut pool::Checkout<'_>| {
        into.note(format!("checkout {}", number(e.info)))
    });
    let into = log.clone();
    event::listen(engine, move |e: &mut pool::Reset<'_>| {
        let recovered = if e.recovered { " recovered" } else { "" };
        into.note(format!("reset {}{recovered}", number(e.info)))
    });
    let into = log.clone();
    event::listen(engine, move |e: &mut pool::Checkin<'_>| {
        into.note(format!("checkin {}", number(e.info)))
    });
    let into = log.clone();
    event::listen(engine, move |e: &mut pool::Invalidate<'_>| {
        into.note(format!("invalidate {}: {}", number(e.info), e.reason))
    });
    let into = log.clone();
    event::listen(engine, move |e: &mut pool::Close<'_>| {
        into.note(format!("close {}", number(e.info)))
    });
    log
}

fn narrow(db: &Db) -> Result<Engine> {
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    db.another(options.pool_timeout(Duration::from_secs(20)))
}

// conforms: D6.11
fn each_event_has_the_sessions_info(db: &Db) -> Result<()> {
    let engine = narrow(db)?;
    let log = log(&engine);
    engine.connect()?.close()?;
    assert_eq!(log.taken(), ["connect 1", "checkout 1", "reset 1", "checkin 1"]);
    let mut conn = engine.connect()?;
    conn.invalidate();
    let because = "invalidate 1: the connection was invalidated";
    assert_eq!(log.taken(), ["checkout 1", because, "close 1"]);
    conn.execute(text("select 1"))?;
    conn.close()?;
    assert_eq!(log.taken(), ["connect 2", "checkout 2", "reset 2", "checkin 2"]);
    engine.dispose();
    assert_eq!(log.taken(), ["close 2"]);
    Ok(())
}

// conforms: B38, D6.11
fn a_new_session_begins_without_info(db: &Db) -> Result<()> {
    let engine = narrow(db)?;
    let mut conn = engine.connect()?;
    assert_eq!(conn.info()?.insert("of this session"), None);
    conn.close()?;
    let mut conn = engine.connect()?;
    assert_eq!(conn.info()?.get(), Some(&"of this session"));
    conn.execute(text("select 1"))?;
    conn.invalidate();
    let error = conn.info().map(drop).expect_err("the transaction is lost");
    assert_eq!(error.kind(), ErrorKind::PendingRollback);
    conn.rollback()?;
    assert_eq!(conn.info()?.get::<&str>(), None);
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn a_panic_is_recovered_from_before_the_reset(db: &Db) -> Result<()> {
    let engine = narrow(db)?;
    let log = log(&engine);
    let mut conn = engine.connect()?;
    conn.execute(text("select 1"))?;
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _conn = conn;
        // Without the message of a panic, which is on purpose.
        resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    whole(&engine);
    assert_eq!(log.taken(), ["connect 1", "checkout 1", "reset 1 recovered", "checkin 1"]);
    engine.dispose();
    Ok(())
}

/// What sets a session to something that a rollback does not undo, what undoes it, and what asks.
fn setting(db: &Db) -> [&'static str; 3] {
    match db.database {
        Database::Postgres => [
            "select set_config('statement_timeout', '12345', false)",
            "reset statement_timeout",
            "select cast(current_setting('statement_timeout') = '12345ms' as integer)",
        ],
        Database::MySql => {
            ["set @mine = 1", "set @mine = 0", "select cast(coalesce(@mine, 0) as signed)"]
        }
        _ => [
            "pragma cache_size = 1234",
            "pragma cache_size = 4321",
            "select cache_size = 1234 from pragma_cache_size",
        ],
    }
}

fn a_reset_listener_cleans_the_session(db: &Db) -> Result<()> {
    let [sets, resets, asks] = setting(db);
    let found = |engine: &Engine| -> Result<Option<i64>> {
        let mut conn = engine.connect()?;
        conn.execute(text(sets))?;
        conn.commit()?;
        conn.close()?;
        whole(engine);
        let mut conn = engine.connect()?;
        let found = conn.scalar(text(asks))?;
        conn.close()?;
        Ok(found)
    };
    let engine = narrow(db)?;
    assert_eq!(found(&engine)?, Some(1), "a rollback leaves it");
    event::listen(&engine, move |e: &mut pool::Reset<'_>| e.dbapi_connection.run(resets));
    assert_eq!(found(&engine)?, Some(0));
    engine.dispose();
    Ok(())
}

/// A transaction that the listener begins by words of its own is not the next borrower's.
fn what_a_reset_listener_leaves_open_is_rolled_back(db: &Db) -> Result<()> {
    let engine = narrow(db)?;
    let mut conn = engine.connect()?;
    conn.execute(text("create table kept (a integer)"))?;
    conn.commit()?;
    conn.close()?;
    let listening = event::listen(&engine, |e: &mut pool::Reset<'_>| {
        e.dbapi_connection.run("begin")?;
        e.dbapi_connection.run("insert into kept values (1)")
    });
    let log = Log::default();
    let into = log.clone();
    event::listen(&engine, move |_: &mut pool::Checkin<'_>| into.note("checkin".to_owned()));
    engine.connect()?.close()?;
    whole(&engine);
    event::remove(&engine, &listening)?;
    assert_eq!(log.taken(), ["checkin"]);
    let mut conn = engine.connect()?;
    assert_eq!(conn.scalar(text("select count(*) from kept"))?, Some(0_i64));
    conn.close()?;
    engine.dispose();
    Ok(())
}

fn why_a_connection_was_given_up(db: &Db) -> Result<()> {
    let engine = narrow(db)?;
    let log = log(&engine);
    let refusing = event::listen(&engine, |_: &mut pool::Checkout<'_>| {
        Err(Error::new(ErrorKind::Argument, "not this one"))
    });
    engine.connect().expect_err("the listener refuses");
    event::remove(&engine, &refusing)?;
    let heard = log.taken();
    assert_eq!(heard, ["connect 1", "checkout 1", "invalidate 1: not this one", "close 1"]);
    if db.has_a_server() {
        let mut conn = engine.connect()?;
        // In a transaction: a session that ends outside of one is replaced without a word.
        let session = db.session(&mut conn)?;
        db.kill(&mut db.engine.connect()?, session)?;
        let error = conn.execute(text("select 1")).expect_err("the session was killed");
        assert!(error.is_disconnect(), "{error}");
        let because = format!("invalidate 2: {}", error.message());
        assert_eq!(log.taken(), ["connect 2", "checkout 2", &because, "close 2"]);
        conn.rollback()?;
        conn.close()?;
    }
    engine.dispose();
    Ok(())
}

/// However a connection ends, and whoever ends it.
fn every_connection_is_closed_once(db: &Db) -> Result<()> {
    let ways: [fn(&Engine, Connection) -> Result<()>; 6] = [
        |_, mut conn| {
            conn.invalidate();
            conn.close()
        },
        // Replaced at the next checkout.
        |engine, conn| {
            conn.close()?;
            engine.pool().invalidate_all();
            engine.connect()?.close()
        },
        // Closed on return.
        |engine, conn| {
            engine.pool().invalidate_all();
            conn.close()
        },
        // There are too many of them.
        |engine, conn| {
            let more = engine.connect()?;
            conn.close()?;
            more.close()
        },
        |engine, conn| {
            conn.close()?;
            engine.dispose();
            Ok(())
        },
        // Given back to a pool that is gone.
        |engine, conn| {
            engine.dispose();
            conn.close()
        },
    ];
    for (way, end) in ways.into_iter().enumerate() {
        let engine = db.another(EngineOptions::new().pool_size(1).max_overflow(1))?;
        let log = log(&engine);
        end(&engine, engine.connect()?)?;
        whole(&engine);
        let mut heard = log.taken();
        let before = heard.iter().filter(|line| line.starts_with("connect")).count();
        // The pool goes with its engine, and its idle connections with it.
        drop(engine);
        heard.extend(log.taken());
        for number in 1..=before {
            let closed = format!("close {number}");
            let times = heard.iter().filter(|line| **line == closed).count();
            assert_eq!(times, 1, "way {way}: {heard:?}");
        }
    }
    Ok(())
}
