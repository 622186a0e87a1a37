//! Listeners of the pool that fail or panic: the caller gets the error, the connection is not used
//! again, and the pool is whole.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aludel::{Connection, Engine, EngineOptions, Error, ErrorKind, Result, event, pool, text};

use crate::{Db, suite, whole};

suite![
    connect_listener_that_fails,
    connect_listener_that_panics,
    checkout_listener_that_fails,
    checkout_listener_that_panics,
    checkin_listener_that_fails,
    checkin_listener_that_panics,
    reset_listener_that_fails,
    reset_listener_that_panics,
    listeners_of_the_end_that_go_wrong,
];

/// How a listener goes wrong.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Fails,
    Panics,
}

impl Wrong {
    const WHY: &str = "the listener's reason";

    fn go(self) -> Result<()> {
        match self {
            Self::Fails => Err(Error::new(ErrorKind::Argument, Self::WHY)),
            // Without the message of a panic, which is on purpose.
            Self::Panics => resume_unwind(Box::new(Self::WHY)),
        }
    }

    /// What a call comes to in which the listener went wrong, for the caller.
    fn reaches(self, call: impl FnOnce() -> Result<Connection>) {
        let outcome = catch_unwind(AssertUnwindSafe(|| call().map(drop)));
        match (self, outcome) {
            (Self::Fails, Ok(Err(error))) => assert_eq!(error.message(), Self::WHY),
            (Self::Panics, Err(panic)) => assert_eq!(panic.downcast_ref(), Some(&Self::WHY)),
            (wrong, outcome) => panic!("{wrong:?} came to {outcome:?}"),
        }
    }
}

/// An engine with a pool of one connection, which counts those it makes. Were the slot lost, or a lock
/// held, nothing would come after.
struct Narrow {
    engine: Engine,
    made: Arc<AtomicUsize>,
    /// Whether the next listener goes wrong.
    armed: Arc<AtomicBool>,
}

impl Narrow {
    fn new(db: &Db) -> Result<Self> {
        let options =
            EngineOptions::new().pool_size(1).max_overflow(0).pool_timeout(Duration::from_secs(10));
        let engine = db.another(options)?;
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        event::listen(&engine, move |_: &mut pool::Connect<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        Ok(Self { engine, made, armed: Arc::default() })
    }

    /// A listener that goes wrong if it is armed, once.
    fn listener(&self, wrong: Wrong) -> impl Fn() -> Result<()> + Send + Sync + use<> {
        let armed = Arc::clone(&self.armed);
        move || if armed.swap(false, Ordering::Relaxed) { wrong.go() } else { Ok(()) }
    }

    fn arm(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }

    /// How many connections were made.
    fn made(&self) -> usize {
        assert!(!self.armed.load(Ordering::Relaxed), "the listener was not called");
        self.made.load(Ordering::Relaxed)
    }

    fn works(&self, nonce: i64) -> Result<()> {
        let mut conn = self.engine.connect()?;
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
        conn.close()
    }

    /// Nothing was lost, whether the connection was kept or not.
    fn goes_on(self) -> Result<()> {
        whole(&self.engine);
        for nonce in 0..5 {
            self.works(nonce)?;
            assert!(self.made() <= 2);
        }
        self.engine.dispose();
        Ok(())
    }

    /// Nothing was kept and nothing was lost, and what is made next is kept again.
    fn ends_well(self, made: usize) -> Result<()> {
        whole(&self.engine);
        assert_eq!(self.engine.pool().status().idle, 0, "the connection was kept");
        for nonce in 0..5 {
            self.works(nonce)?;
            assert_eq!(self.made(), made);
        }
        assert_eq!(self.engine.pool().status().idle, 1);
        self.engine.dispose();
        Ok(())
    }
}

// fault: P23
fn connect_listener_that_fails(db: &Db) -> Result<()> {
    in_connect(db, Wrong::Fails)?.ends_well(2)
}

// fault: B03, P23
fn connect_listener_that_panics(db: &Db) -> Result<()> {
    in_connect(db, Wrong::Panics)?.goes_on()
}

fn in_connect(db: &Db, wrong: Wrong) -> Result<Narrow> {
    let narrow = Narrow::new(db)?;
    let listener = narrow.listener(wrong);
    event::listen(&narrow.engine, move |_: &mut pool::Connect<'_>| listener());
    let returned = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&returned);
    let checkin = event::listen(&narrow.engine, move |_: &mut pool::Checkin<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    narrow.arm();
    wrong.reaches(|| narrow.engine.connect());
    assert_eq!(narrow.made(), 1);
    whole(&narrow.engine);
    assert_eq!(returned.load(Ordering::Relaxed), 0, "it was never handed out");
    event::remove(&narrow.engine, &checkin)?;
    Ok(narrow)
}

// fault: P23
// conforms: D6.16
fn checkout_listener_that_fails(db: &Db) -> Result<()> {
    in_checkout(db, Wrong::Fails)?.ends_well(2)
}

// What the listener was in the middle of is unknown, so the driver cleans the session or ends it.
// Either will do: the next checkout calls the listener again.
// fault: B03, P23
// conforms: D6.16
fn checkout_listener_that_panics(db: &Db) -> Result<()> {
    in_checkout(db, Wrong::Panics)?.goes_on()
}

fn in_checkout(db: &Db, wrong: Wrong) -> Result<Narrow> {
    let narrow = Narrow::new(db)?;
    let listener = narrow.listener(wrong);
    event::listen(&narrow.engine, move |_: &mut pool::Checkout<'_>| listener());
    narrow.works(0)?;
    narrow.arm();
    wrong.reaches(|| narrow.engine.connect());
    assert_eq!(narrow.made(), 1);
    Ok(narrow)
}

/// The error goes to the log alone: the caller has given the connection back and waits for nothing.
fn in_checkin(db: &Db, wrong: Wrong) -> Result<()> {
    let narrow = Narrow::new(db)?;
    let listener = narrow.listener(wrong);
    event::listen(&narrow.engine, move |_: &mut pool::Checkin<'_>| listener());
    on_return(narrow)
}

fn in_reset(db: &Db, wrong: Wrong) -> Result<()> {
    let narrow = Narrow::new(db)?;
    let listener = narrow.listener(wrong);
    event::listen(&narrow.engine, move |_: &mut pool::Reset<'_>| listener());
    on_return(narrow)
}

fn on_return(narrow: Narrow) -> Result<()> {
    narrow.works(0)?;
    assert_eq!(narrow.engine.pool().status().idle, 1);
    narrow.arm();
    narrow.works(1)?;
    assert_eq!(narrow.made(), 1);
    narrow.ends_well(2)
}

// fault: P23
fn checkin_listener_that_fails(db: &Db) -> Result<()> {
    in_checkin(db, Wrong::Fails)
}

// fault: B03, P23
fn checkin_listener_that_panics(db: &Db) -> Result<()> {
    in_checkin(db, Wrong::Panics)
}

// fault: P23
fn reset_listener_that_fails(db: &Db) -> Result<()> {
    in_reset(db, Wrong::Fails)
}

// fault: B03, P23
fn reset_listener_that_panics(db: &Db) -> Result<()> {
    in_reset(db, Wrong::Panics)
}

/// The connection ends all the same, and its slot is free.
// fault: B03, P23
fn listeners_of_the_end_that_go_wrong(db: &Db) -> Result<()> {
    for wrong in [Wrong::Fails, Wrong::Panics] {
        let narrow = Narrow::new(db)?;
        let listener = narrow.listener(wrong);
        let invalidate =
            event::listen(&narrow.engine, move |_: &mut pool::Invalidate<'_>| listener());
        narrow.arm();
        narrow.engine.connect()?.invalidate();
        assert_eq!(narrow.made(), 1);
        event::remove(&narrow.engine, &invalidate)?;
        let listener = narrow.listener(wrong);
        event::listen(&narrow.engine, move |_: &mut pool::Close<'_>| listener());
        narrow.arm();
        narrow.engine.connect()?.invalidate();
        assert_eq!(narrow.made(), 2);
        narrow.ends_well(3)?;
    }
    Ok(())
}
