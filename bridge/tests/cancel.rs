//! Futures of greenlets that are dropped before they are complete.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::cell::{Cell, RefCell};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use aludel_bridge::{
    Error, Options, await_, checkpoint, greenlet_spawn, greenlet_spawn_with, is_cancelled, sleep,
    stats, sync, yield_now,
};
use futures::executor::block_on;
use support::{Gate, OnDrop, Steps, poll};

// conforms: A06
// fault: B04
#[test]
fn a_dropped_greenlet_is_told_at_the_await_site_and_leaves() {
    let (gate, log) = (Gate::new(), Rc::new(RefCell::new(Vec::new())));
    let (inner, told) = (gate.clone(), Rc::clone(&log));
    let mut greenlet = Box::pin(greenlet_spawn(move || {
        let _guard = OnDrop(|| told.borrow_mut().push("guard"));
        let result = await_(inner.pass());
        assert!(matches!(result, Err(Error::Cancelled)) && is_cancelled());
        told.borrow_mut().push("told");
        result
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    drop(greenlet);
    assert_eq!(*log.borrow(), ["told", "guard"]);
    assert_eq!((gate.polls(), gate.drops()), (1, 1), "the awaited future is dropped");
    assert_eq!((stats().live, stats().abandoned), (0, 0));
}

// conforms: A06
// fault: B04
#[test]
fn a_drop_after_any_number_of_polls_runs_every_destructor() {
    for polls in 0..=8 {
        let (made, dropped) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let (making, dropping) = (Rc::clone(&made), Rc::clone(&dropped));
        let mut greenlet = Box::pin(greenlet_spawn(move || {
            let mut guards = Vec::new();
            for n in 0..4 {
                making.set(making.get() + 1);
                guards.push(OnDrop(|| dropping.set(dropping.get() + 1)));
                if n % 2 == 0 { yield_now()? } else { await_(Steps(2))? }
            }
            Ok::<_, Error>(())
        }));
        let ended = (0..polls).any(|_| poll(greenlet.as_mut()).is_ready());
        assert_eq!(ended, polls > 6);
        drop(greenlet);
        assert_eq!(made.get(), dropped.get(), "after {polls} polls");
        assert_eq!(made.get() > 0, polls > 0);
        assert_eq!(stats().live, 0);
    }
}

// conforms: A07
// fault: B05
#[test]
fn every_later_wait_is_refused_without_a_suspension() {
    let (gate, cleanup) = (Gate::new(), Gate::new());
    let (inner, inner_cleanup) = (gate.clone(), cleanup.clone());
    let mut greenlet = Box::pin(greenlet_spawn(move || {
        let _rollback = OnDrop(|| assert!(await_(inner_cleanup.pass()).is_err()));
        let first = await_(inner.pass());
        assert!(yield_now().unwrap_err().is_cancelled());
        assert!(checkpoint().unwrap_err().is_cancelled());
        assert!(sleep(Duration::from_secs(60)).unwrap_err().is_cancelled());
        assert!(sync::wait(inner_cleanup.pass(), None).unwrap_err().is_cancelled());
        first
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    drop(greenlet);
    assert_eq!((cleanup.polls(), cleanup.drops()), (0, 2));
}

#[test]
fn a_greenlet_that_was_never_polled_never_runs() {
    let dropped = Rc::new(Cell::new(false));
    let told = Rc::clone(&dropped);
    let captured = OnDrop(move || told.set(true));
    drop(greenlet_spawn(move || -> Result<(), Error> {
        let _captured = captured;
        panic!("it ran")
    }));
    assert!(dropped.get());
    assert_eq!(stats(), aludel_bridge::Stats::default());
}

#[test]
fn the_value_of_a_cancelled_greenlet_is_dropped() {
    let dropped = Rc::new(Cell::new(false));
    let told = Rc::clone(&dropped);
    let mut greenlet = Box::pin(greenlet_spawn(move || {
        let value = OnDrop(move || told.set(true));
        let _ = yield_now();
        Ok::<_, Error>(value)
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    drop(greenlet);
    assert!(dropped.get());
}

// A synchronous wait inside a greenlet blocks the thread, which is how cleanup that must happen
// can be done after all.
#[test]
fn a_cancelled_greenlet_may_block_and_may_run_greenlets_of_its_own() {
    let sum = Rc::new(Cell::new(0));
    let told = Rc::clone(&sum);
    let mut greenlet = Box::pin(greenlet_spawn(move || {
        let first = yield_now();
        let inner = greenlet_spawn(|| await_(async { 2 }));
        told.set(sync::park_on(async { 1 }) + block_on(inner).unwrap());
        first
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    drop(greenlet);
    assert_eq!(sum.get(), 3);
}

// fault: B08
#[test]
fn a_forgotten_greenlet_is_a_leak_that_shows_and_nothing_else() {
    let gate = Gate::new();
    for _ in 0..1000 {
        let pass = gate.pass();
        let mut greenlet = Box::pin(greenlet_spawn(move || {
            let local = String::from("on the heap");
            await_(pass)?;
            Ok::<_, Error>(local.len())
        }));
        assert!(poll(greenlet.as_mut()).is_pending());
        mem::forget(greenlet);
    }
    assert_eq!((stats().live, stats().pooled), (1000, 0));
    gate.open();
    assert!(block_on(greenlet_spawn(yield_now)).is_ok());
    assert_eq!((stats().live, gate.drops()), (1000, 0));
}

type Boxed = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

thread_local! {
    static SHELF: RefCell<Option<Boxed>> = const { RefCell::new(None) };
}

/// A value that tells when it was destroyed.
struct Mortal(Arc<AtomicBool>);

impl Drop for Mortal {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

thread_local! {
    static MORTAL: RefCell<Option<Mortal>> = const { RefCell::new(None) };
}

/// Leaves a greenlet that holds a reference into one thread-local in another one, to the end of the
/// thread. Whichever of the two is destroyed first, the greenlet must not run on.
fn end_of_thread(before: impl FnOnce() + Send + 'static) {
    let (ran, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (runs, tells) = (Arc::clone(&ran), Arc::clone(&told));
    let dead = Arc::new(AtomicBool::new(false));
    let mortal = Mortal(Arc::clone(&dead));
    let thread = thread::spawn(move || {
        before();
        let options = Options::new().on_abandon(move || tells.store(true, Ordering::SeqCst));
        let mut greenlet = Box::pin(greenlet_spawn_with(options, move || {
            MORTAL.with(|place| {
                *place.borrow_mut() = Some(mortal);
                let outcome = yield_now();
                runs.store(true, Ordering::SeqCst);
                outcome
            })
        }));
        assert!(poll(greenlet.as_mut()).is_pending());
        SHELF.with(|shelf| *shelf.borrow_mut() = Some(greenlet));
    });
    thread.join().unwrap();
    assert!(dead.load(Ordering::SeqCst) && told.load(Ordering::SeqCst));
    assert!(!ran.load(Ordering::SeqCst), "the greenlet ran while its thread ended");
}

// The destructors of thread-locals run in the reverse order of their first use.
// fault: B27
#[test]
#[cfg_attr(aludel_threads, ignore = "on a thread of its own a greenlet has other thread-locals")]
fn a_greenlet_never_sees_a_thread_local_that_was_destroyed() {
    end_of_thread(|| {});
    end_of_thread(|| SHELF.with(|_| ()));
    end_of_thread(|| MORTAL.with(|_| ()));
    // The thread has had a greenlet before, so the order is a third one.
    end_of_thread(|| {
        block_on(greenlet_spawn(yield_now)).unwrap();
        SHELF.with(|_| ());
    });
}

/// Dropping in the destructor of a thread-local value, while the thread still runs, ends it.
#[test]
fn a_greenlet_ends_when_a_thread_local_is_emptied() {
    let ended = Rc::new(Cell::new(false));
    let end = Rc::clone(&ended);
    let mut greenlet: Boxed = Box::pin(greenlet_spawn(move || {
        let outcome = yield_now();
        end.set(outcome.is_err());
        outcome
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    SHELF.with(|shelf| *shelf.borrow_mut() = Some(greenlet));
    drop(SHELF.with(|shelf| shelf.borrow_mut().take()));
    assert!(ended.get());
}

// fault: B26
#[test]
fn a_runtime_that_shuts_down_ends_a_thousand_greenlets() {
    let (ended, gate) = (Rc::new(Cell::new(0)), Gate::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    for _ in 0..1000 {
        let (counted, gate) = (Rc::clone(&ended), gate.clone());
        local.spawn_local(greenlet_spawn(move || {
            let result = await_(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                gate.pass().await;
                drop(listener);
            });
            counted.set(counted.get() + usize::from(result.is_err()));
            result
        }));
    }
    local.block_on(&runtime, tokio::task::yield_now());
    while gate.polls() < 1000 {
        local.block_on(&runtime, tokio::task::yield_now());
    }
    assert_eq!(stats().live, 1000);
    drop(local);
    drop(runtime);
    assert_eq!((ended.get(), stats().live), (1000, 0));
}

#[test]
fn a_race_that_is_lost_cancels() {
    let gate = Gate::new();
    let pass = gate.pass();
    let mut greenlet = Box::pin(greenlet_spawn(move || await_(pass)));
    let winner = futures::future::select(greenlet.as_mut(), std::future::ready(1));
    assert!(matches!(block_on(winner), futures::future::Either::Right((1, _))));
    assert_eq!(gate.drops(), 0);
    drop(greenlet);
    assert_eq!(gate.drops(), 1);
}
