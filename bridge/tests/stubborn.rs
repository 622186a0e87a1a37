//! Greenlets that were cancelled and will not leave.

mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use aludel_bridge::{
    Error, Options, await_, checkpoint, greenlet_spawn_with, in_callback, stats, yield_now,
};
use futures::executor::block_on;
use support::{OnDrop, poll};

/// What happened to a greenlet that was suspended in `f` and then dropped.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// How often `f` called `tick`.
    ticks: u32,
    /// Whether what lay on the stack was dropped.
    cleaned: bool,
    abandoned: bool,
}

fn drop_while_suspended(f: impl FnOnce(&dyn Fn()) -> Result<(), Error> + 'static) -> Outcome {
    let before = stats();
    let ticks = Rc::new(Cell::new(0));
    let cleaned = Rc::new(Cell::new(false));
    let abandoned = Rc::new(Cell::new(false));
    let (ticking, cleaning) = (Rc::clone(&ticks), Rc::clone(&cleaned));
    let told = Rc::clone(&abandoned);
    let options = Options::new().on_abandon(move || told.set(true));
    let mut greenlet = Box::pin(greenlet_spawn_with(options, move || {
        let _guard = OnDrop(|| cleaning.set(true));
        f(&|| ticking.set(ticking.get() + 1))
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    ticks.set(0);
    drop(greenlet);
    assert_eq!(stats().live, 0);
    assert_eq!(stats().abandoned - before.abandoned, usize::from(abandoned.get()));
    Outcome { ticks: ticks.get(), cleaned: cleaned.get(), abandoned: abandoned.get() }
}

// fault: B06
#[test]
fn the_hundred_and_first_wait_unwinds() {
    let outcome = drop_while_suspended(|tick| {
        loop {
            tick();
            let _ = yield_now();
        }
    });
    // The first refusal comes from the wait that was suspended; the last wait does not return.
    assert_eq!(outcome, Outcome { ticks: 100, cleaned: true, abandoned: false });
    assert_eq!(stats().pooled, 1);
}

// fault: B06
#[test]
fn checkpoints_and_waits_are_counted_together() {
    let outcome = drop_while_suspended(|tick| {
        let _ = yield_now();
        for _ in 0..50 {
            tick();
            assert!(checkpoint().is_err() && await_(async {}).is_err());
        }
        Ok(())
    });
    assert_eq!(outcome, Outcome { ticks: 50, cleaned: true, abandoned: false });
}

// fault: B07
#[test]
fn one_that_catches_the_unwinding_ten_times_is_abandoned() {
    let outcome = drop_while_suspended(|tick| {
        loop {
            if catch_unwind(AssertUnwindSafe(yield_now)).is_err() {
                tick();
            }
        }
    });
    assert_eq!(outcome, Outcome { ticks: 10, cleaned: false, abandoned: true });
    assert_eq!(stats().pooled, 0, "an abandoned stack is never used again");
    assert!(block_on(greenlet_spawn_with(Options::new(), yield_now)).is_ok());
}

// fault: B07
#[test]
fn one_that_catches_the_unwinding_nine_times_and_leaves_is_not() {
    let outcome = drop_while_suspended(|tick| {
        for _ in 0..109 {
            if catch_unwind(AssertUnwindSafe(yield_now)).is_err() {
                tick();
            }
        }
        Ok(())
    });
    assert_eq!(outcome, Outcome { ticks: 9, cleaned: true, abandoned: false });
}

// fault: B05, B06
#[test]
fn a_destructor_that_waits_while_the_stack_is_unwound_is_refused() {
    let outcome = drop_while_suspended(|tick| {
        let _rollback = OnDrop(|| {
            for _ in 0..500 {
                assert!(await_(async {}).unwrap_err().is_cancelled());
            }
            tick();
        });
        loop {
            let _ = yield_now();
        }
    });
    assert_eq!(outcome, Outcome { ticks: 1, cleaned: true, abandoned: false });
}

#[test]
fn nothing_unwinds_inside_a_callback() {
    let outcome = drop_while_suspended(|tick| {
        in_callback(|| {
            // An error that C passes on, however often it calls.
            for _ in 0..1000 {
                tick();
                let answer = catch_unwind(AssertUnwindSafe(yield_now));
                assert!(answer.is_ok(), "unwound");
            }
        });
        for _ in 0..99 {
            assert!(checkpoint().is_err(), "those in the callback are not counted");
        }
        checkpoint()
    });
    assert_eq!(outcome, Outcome { ticks: 999, cleaned: true, abandoned: false });
}

#[test]
fn callbacks_nest_and_end_with_a_panic() {
    let outcome = drop_while_suspended(|tick| {
        let caught = catch_unwind(|| in_callback(|| in_callback(|| panic!("in a callback"))));
        assert!(caught.is_err());
        loop {
            tick();
            let _ = yield_now();
        }
    });
    assert_eq!(outcome, Outcome { ticks: 100, cleaned: true, abandoned: false });
    assert_eq!(in_callback(|| 1), 1, "outside a greenlet it is nothing special");
}

#[test]
fn a_panic_while_telling_of_an_abandoned_stack_goes_no_further() {
    let options = Options::new().on_abandon(|| panic!("in on_abandon"));
    let mut greenlet = Box::pin(greenlet_spawn_with(options, || -> Result<(), Error> {
        loop {
            let _ = catch_unwind(AssertUnwindSafe(yield_now));
        }
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    drop(greenlet);
    assert_eq!(stats().abandoned, 1);
}
