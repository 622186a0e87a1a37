//! Panics inside greenlets, and greenlets inside panics.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::thread;

use aludel_bridge::{
    Error, Options, await_, checkpoint, greenlet_spawn, greenlet_spawn_with, stats, yield_now,
};
use futures::executor::block_on;
use support::{Gate, OnDrop, Steps, poll};

fn payload_of<T>(f: impl FnOnce() -> T) -> Option<u32> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    payload.downcast_ref().copied()
}

/// A greenlet that waits at `gate` and then goes on with `f`.
fn waiting<T: 'static>(
    gate: &Gate,
    f: impl FnOnce(Result<(), Error>) -> Result<T, Error> + 'static,
) -> Pin<Box<dyn Future<Output = Result<T, Error>>>> {
    let pass = gate.pass();
    let mut greenlet = Box::pin(greenlet_spawn(move || f(await_(pass))));
    assert!(poll(greenlet.as_mut()).is_pending());
    greenlet
}

// fault: B01, B02
#[test]
fn a_panic_is_raised_again_at_the_awaiting_task() {
    for suspensions in 0..5_u32 {
        let greenlet = greenlet_spawn(move || {
            (0..suspensions).try_for_each(|_| yield_now())?;
            panic_any(suspensions);
            #[allow(unreachable_code, reason = "gives the closure its type")]
            Ok::<(), Error>(())
        });
        assert_eq!(payload_of(|| block_on(greenlet)), Some(suspensions));
        assert_eq!(stats().live, 0, "the stack was given back");
        assert!(!thread::panicking());
    }
    assert_eq!(stats().pooled, 1);
    assert!(block_on(greenlet_spawn(yield_now)).is_ok(), "the stack can be used again");
}

#[test]
#[should_panic(expected = "polled after it had completed")]
fn a_greenlet_that_panicked_is_complete() {
    let mut greenlet = pin!(greenlet_spawn(|| -> Result<(), Error> { panic_any(1_u32) }));
    assert_eq!(payload_of(|| poll(greenlet.as_mut())), Some(1));
    let _ = poll(greenlet);
}

#[test]
fn a_panic_of_an_awaited_future_is_raised_at_the_await_site() {
    let greenlet = greenlet_spawn(|| {
        let caught = payload_of(|| {
            await_(async {
                Steps(1).await;
                panic_any(9_u32)
            })
        });
        yield_now()?;
        Ok::<_, Error>(caught)
    });
    assert_eq!(block_on(greenlet).unwrap(), Some(9));
}

// fault: B29
#[test]
fn nothing_is_suspended_while_a_panic_unwinds() {
    let answers = Rc::new(Cell::new((false, false, false)));
    let (told, gate) = (Rc::clone(&answers), Gate::new());
    let inner = gate.clone();
    let greenlet = greenlet_spawn(move || {
        let _guard = OnDrop(|| {
            let wait = matches!(await_(inner.pass()), Err(Error::Panicking));
            let turn = matches!(yield_now(), Err(Error::Panicking));
            told.set((wait, turn, checkpoint().is_ok()));
        });
        yield_now()?;
        resume_unwind(Box::new(3_u32));
        #[allow(unreachable_code, reason = "gives the closure its type")]
        Ok::<(), Error>(())
    });
    assert_eq!(payload_of(|| block_on(greenlet)), Some(3));
    assert_eq!(answers.get(), (true, true, true));
    assert_eq!((gate.polls(), gate.drops()), (0, 1));
}

// fault: B29
#[test]
fn other_tasks_do_not_see_the_thread_panic() {
    let gate = Gate::new();
    let bystander = waiting(&gate, |passed| passed.map(|()| thread::panicking()));
    let panicking = greenlet_spawn(|| -> Result<(), Error> {
        let _guard = OnDrop(|| drop(yield_now()));
        yield_now()?;
        panic_any(4_u32)
    });
    assert_eq!(payload_of(|| block_on(panicking)), Some(4));
    gate.open();
    assert!(!block_on(bystander).unwrap());
}

// fault: B04, B05
#[test]
fn a_cancelled_greenlet_that_panics_does_not_panic_out_of_the_drop() {
    let gate = Gate::new();
    drop(waiting(&gate, |passed| -> Result<(), Error> {
        let _guard = OnDrop(|| assert!(await_(async {}).is_err()));
        passed.unwrap();
        Ok(())
    }));
    assert!(!thread::panicking());
    assert_eq!(stats().live, 0);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor panics");
    }
}

// fault: B04
#[test]
fn destructors_that_panic_are_kept_inside_the_drop() {
    let gate = Gate::new();
    drop(waiting(&gate, |_| Ok(Bomb)));
    drop(waiting(&gate, |_| -> Result<(), Error> { panic_any(Bomb) }));
    drop(waiting(&gate, |passed| {
        let _bomb = Bomb;
        passed
    }));
    assert_eq!(stats().live, 0);
    assert!(!thread::panicking());
}

// fault: B05, B29
#[test]
fn a_greenlet_dropped_by_a_panicking_task_leaves_by_itself() {
    let (gate, cleaned) = (Gate::new(), Rc::new(Cell::new(0)));
    let told = Rc::clone(&cleaned);
    let polite = waiting(&gate, move |passed| {
        let _guard = OnDrop(|| {
            assert!(await_(async {}).unwrap_err().is_cancelled());
            told.set(told.get() + 1);
        });
        assert!(thread::panicking(), "the host is");
        passed
    });
    let angry = waiting(&gate, |passed| -> Result<(), Error> {
        passed.unwrap();
        Ok(())
    });
    let payload = payload_of(move || {
        let _dropped = (polite, angry);
        panic_any(5_u32)
    });
    assert_eq!((payload, cleaned.get()), (Some(5), 1));
    assert!(!thread::panicking());
    assert_eq!((stats().live, stats().abandoned), (0, 0));
}

// fault: B06, B29
#[test]
fn a_stubborn_greenlet_dropped_by_a_panicking_task_is_abandoned() {
    let told = Rc::new(Cell::new(false));
    let abandoned = Rc::clone(&told);
    let options = Options::new().on_abandon(move || abandoned.set(true));
    let mut stubborn = Box::pin(greenlet_spawn_with(options, || -> Result<(), Error> {
        loop {
            let _ = yield_now();
        }
    }));
    assert!(poll(stubborn.as_mut()).is_pending());
    let payload = payload_of(move || {
        let _dropped = stubborn;
        panic_any(6_u32)
    });
    assert_eq!(payload, Some(6));
    assert!(told.get() && !thread::panicking());
    assert_eq!((stats().live, stats().abandoned), (0, 1));
    assert!(block_on(greenlet_spawn(yield_now)).is_ok());
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a thread of its own is not the one that panics")]
fn a_greenlet_that_runs_in_a_destructor_during_a_panic_waits_for_nothing() {
    let answer = Rc::new(Cell::new(None));
    let told = Rc::clone(&answer);
    let payload = payload_of(move || {
        let _guard = OnDrop(|| {
            let refused = block_on(greenlet_spawn(|| await_(async {})));
            told.set(Some(matches!(refused, Err(Error::Panicking))));
        });
        panic_any(7_u32)
    });
    assert_eq!((payload, answer.get()), (Some(7), Some(true)));
}
