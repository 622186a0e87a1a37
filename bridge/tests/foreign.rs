//! Coroutines of other libraries, which know nothing of greenlets: resumed inside one, they may be
//! suspended there, and go on or be dropped when it has long ended. Safe code only.
//!
//! Code that reads a greenlet that is gone is found by AddressSanitizer: `scripts/asan`.
// Greenlets on threads of their own cannot be told from other stacks of those threads.
#![cfg(not(aludel_threads))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;

use aludel_bridge::{
    Error, await_, can_await, checkpoint, greenlet_spawn, greenlet_stack_size, in_callback,
    in_greenlet, is_cancelled, stats, sync, without_suspending, yield_now,
};
use corosensei::{Coroutine, Yielder};
use futures::executor::block_on;
use support::{OnDrop, Steps, poll};

type Foreign = Coroutine<(), (), ()>;
type Body = fn(&Yielder<(), ()>);

/// A coroutine that greenlets and other code resume in turns.
#[derive(Clone)]
struct Shared(Rc<RefCell<Foreign>>);

impl Shared {
    fn new(body: impl FnOnce(&Yielder<(), ()>) + 'static) -> Self {
        Self(Rc::new(RefCell::new(Coroutine::new(move |yielder: &_, ()| body(yielder)))))
    }

    fn resume(&self) {
        self.0.borrow_mut().resume(());
    }

    fn is_done(&self) -> bool {
        self.0.borrow().done()
    }
}

/// How a greenlet ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Value,
    Error,
    Panic,
    Cancel,
    Abandon,
}

const ENDS: [End; 5] = [End::Value, End::Error, End::Panic, End::Cancel, End::Abandon];

/// Ends the calling greenlet; what is dropped while it waits is done by the caller.
fn end(how: End) -> Result<(), Error> {
    match how {
        End::Value => Ok(()),
        End::Error => Err(Error::AwaitRequired),
        End::Panic => panic!("the greenlet's own"),
        End::Cancel => yield_now(),
        End::Abandon => loop {
            let _ = catch_unwind(AssertUnwindSafe(yield_now));
        },
    }
}

/// Runs a greenlet that calls `f` and ends.
fn greenlet_that(f: impl FnOnce() + 'static, how: End) {
    let before = stats();
    let mut greenlet = Box::pin(greenlet_spawn(move || {
        f();
        end(how)
    }));
    let polled = catch_unwind(AssertUnwindSafe(|| poll(greenlet.as_mut())));
    match how {
        End::Value => assert!(matches!(polled, Ok(Poll::Ready(Ok(()))))),
        End::Error => assert!(matches!(polled, Ok(Poll::Ready(Err(Error::AwaitRequired))))),
        End::Panic => assert!(polled.is_err()),
        End::Cancel | End::Abandon => assert!(matches!(polled, Ok(Poll::Pending))),
    }
    drop(greenlet);
    assert_eq!(stats().abandoned - before.abandoned, usize::from(how == End::Abandon));
}

/// The coroutine is suspended in the middle of something that it called inside a greenlet, and goes on,
/// or is dropped, when the greenlet has ended.
#[track_caller]
fn survives_the_greenlet(body: Body) {
    for how in ENDS {
        for goes_on in [true, false] {
            let foreign = Shared::new(body);
            let inner = foreign.clone();
            greenlet_that(
                move || {
                    inner.resume();
                    assert!(in_greenlet(), "{how:?}: the greenlet goes on as itself");
                },
                how,
            );
            assert!(!foreign.is_done(), "it is suspended");
            assert_eq!(stats().live, 0);
            // The stack and the memory of the ended one are used by another greenlet.
            block_on(greenlet_spawn(|| await_(Steps(1)))).unwrap();
            if goes_on {
                foreign.resume();
                assert!(foreign.is_done());
            }
            drop(foreign);
            assert!(!in_greenlet() && !can_await(), "{how:?}");
            assert!(matches!(await_(async {}), Err(Error::MissingGreenlet)));
        }
    }
}

fn in_a_callback(foreign: &Yielder<(), ()>) {
    in_callback(|| foreign.suspend(()));
}

fn without_suspending_itself(foreign: &Yielder<(), ()>) {
    without_suspending(|| foreign.suspend(()));
}

fn in_a_future_of_a_thread(foreign: &Yielder<(), ()>) {
    sync::park_on(poll_fn(|_| {
        foreign.suspend(());
        Poll::Ready(())
    }));
}

/// The wait is refused: the stack is not the greenlet's, which alone can be suspended.
fn beside_an_awaited_future(foreign: &Yielder<(), ()>) {
    let polled = Cell::new(false);
    let result = await_(poll_fn(|_| {
        polled.set(true);
        foreign.suspend(());
        Poll::Ready(())
    }));
    assert!(matches!(result, Err(Error::MissingGreenlet)) && !polled.get());
    foreign.suspend(());
}

// fault: B17
#[test]
fn a_coroutine_suspended_in_a_callback_outlives_the_greenlet() {
    survives_the_greenlet(in_a_callback);
}

// fault: B17
#[test]
fn a_coroutine_suspended_in_an_awaited_future_outlives_the_greenlet() {
    survives_the_greenlet(beside_an_awaited_future);
    survives_the_greenlet(in_a_future_of_a_thread);
}

#[test]
fn a_coroutine_suspended_where_waits_are_forbidden_outlives_the_greenlet() {
    survives_the_greenlet(without_suspending_itself);
}

// conforms: A11
#[test]
fn on_a_stack_of_another_library_code_is_in_no_greenlet() {
    let greenlet = greenlet_spawn(|| {
        let foreign = Shared::new(|_| {
            assert!(!in_greenlet() && !can_await() && !is_cancelled());
            assert_eq!(greenlet_stack_size(), None);
            assert!(matches!(await_(Steps(1)), Err(Error::MissingGreenlet)));
            assert!(matches!(yield_now(), Err(Error::MissingGreenlet)));
            assert!(checkpoint().is_ok());
            assert_eq!(sync::park_on(greenlet_spawn(|| await_(async { 7 }))).unwrap(), 7);
        });
        foreign.resume();
        assert!(foreign.is_done() && in_greenlet());
        await_(Steps(2))
    });
    block_on(greenlet).unwrap();
}

// A coroutine remembers nothing of the greenlet in which it was suspended.
#[test]
fn a_coroutine_goes_on_in_another_greenlet() {
    let bodies: [Body; 3] = [in_a_callback, in_a_future_of_a_thread, without_suspending_itself];
    for body in bodies {
        let foreign = Shared::new(body);
        let (one, other) = (foreign.clone(), foreign.clone());
        let mut first = Box::pin(greenlet_spawn(move || {
            one.resume();
            yield_now()?;
            assert!(in_greenlet());
            await_(Steps(1))
        }));
        assert!(poll(first.as_mut()).is_pending());
        let second = greenlet_spawn(move || {
            other.resume();
            assert!(other.is_done() && in_greenlet());
            yield_now()?;
            await_(Steps(1))
        });
        block_on(second).unwrap();
        block_on(first).unwrap();
        assert!(!in_greenlet());
    }
}

scoped_tls::scoped_thread_local! {
    /// What suspends the coroutine that was resumed last.
    static YIELDER: Yielder<(), ()>
}

/// A coroutine that any code in it can suspend, on whatever stack that code runs.
fn suspended_from_anywhere(body: impl FnOnce() + 'static) -> Shared {
    Shared::new(|yielder| YIELDER.set(yielder, body))
}

fn suspend_the_coroutine() {
    YIELDER.with(|yielder| yielder.suspend(()));
}

// The step from the greenlet's own stack to the caller of the coroutine passes over the greenlet.
#[test]
fn a_greenlet_that_is_set_aside_with_a_coroutine_disturbs_nothing() {
    for how in ENDS {
        let done = Rc::new(Cell::new(false));
        let set_done = Rc::clone(&done);
        let inner = greenlet_spawn(move || {
            await_(async { suspend_the_coroutine() })?;
            assert!(in_greenlet());
            in_callback(suspend_the_coroutine);
            assert!(in_greenlet());
            yield_now()?;
            set_done.set(true);
            Ok::<_, Error>(())
        });
        let coroutine = suspended_from_anywhere(move || sync::park_on(inner).unwrap());
        let resumed = coroutine.clone();
        // First in a greenlet, which ends; the inner one was entered after it and leaves later.
        greenlet_that(
            move || {
                resumed.resume();
                assert!(in_greenlet());
            },
            how,
        );
        assert!(!in_greenlet() && matches!(yield_now(), Err(Error::MissingGreenlet)));
        // Then in another, then in none.
        let resumed = coroutine.clone();
        let other = greenlet_spawn(move || {
            yield_now()?;
            resumed.resume();
            assert!(in_greenlet());
            await_(Steps(1))
        });
        block_on(other).unwrap();
        assert!(!done.get());
        coroutine.resume();
        assert!(done.get() && coroutine.is_done());
        assert!(!in_greenlet());
        assert_eq!(stats().live, 0);
    }
}

// Unwinding the coroutine unwinds the greenlet inside it.
#[test]
fn a_coroutine_dropped_in_the_middle_of_a_greenlet_ends_it() {
    let dropped = Rc::new(Cell::new(false));
    let set_dropped = Rc::clone(&dropped);
    let inner = greenlet_spawn(move || {
        let _guard = OnDrop(|| set_dropped.set(true));
        suspend_the_coroutine();
        Ok::<_, Error>(())
    });
    let coroutine = suspended_from_anywhere(move || sync::park_on(inner).unwrap());
    let resumed = coroutine.clone();
    greenlet_that(move || resumed.resume(), End::Value);
    drop(coroutine);
    assert!(dropped.get() && !in_greenlet());
    assert_eq!((stats().live, stats().abandoned), (0, 0));
    block_on(greenlet_spawn(|| await_(Steps(1)))).unwrap();
}

#[cfg(feature = "host")]
mod jobs {
    use super::*;
    use aludel_bridge::Worker;

    thread_local! {
        static KEPT: RefCell<Option<Foreign>> = const { RefCell::new(None) };
    }

    // What a job has lies on the stack of its thread, on which the next job runs.
    #[test]
    fn a_coroutine_outlives_the_job() {
        let bodies: [Body; 3] = [in_a_callback, in_a_future_of_a_thread, without_suspending_itself];
        for body in bodies {
            for goes_on in [true, false] {
                let worker = Worker::new().unwrap();
                let first = worker.spawn(move || {
                    let mut foreign = Foreign::new(move |yielder: &_, ()| body(yielder));
                    foreign.resume(());
                    assert!(can_await());
                    KEPT.set(Some(foreign));
                    await_(Steps(1))
                });
                block_on(first).unwrap();
                let second = worker.spawn(move || {
                    let mut foreign = KEPT.take().unwrap();
                    if goes_on {
                        foreign.resume(());
                    }
                    drop(foreign);
                    assert!(can_await());
                    await_(Steps(2))
                });
                block_on(second).unwrap();
            }
        }
    }
}
