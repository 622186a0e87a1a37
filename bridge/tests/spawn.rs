//! One greenlet that runs, waits and returns.

mod support;

use std::cell::Cell;
use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge::{
    Error, Options, await_, checkpoint, greenlet_spawn, greenlet_spawn_with, in_greenlet,
    is_cancelled, sleep, stats, sync, yield_now,
};
use futures::executor::block_on;
use support::{Count, Gate, OnDrop, Steps, poll, poll_with};

/// An error of the user's, which wraps those of the bridge.
#[derive(Debug, PartialEq)]
enum Mine {
    Bridge(String),
    Own(&'static str),
}

impl From<Error> for Mine {
    fn from(error: Error) -> Self {
        Self::Bridge(error.to_string())
    }
}

impl fmt::Display for Mine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

// conforms: A01
#[test]
#[cfg_attr(aludel_threads, ignore = "it is about being on the same thread")]
fn the_function_runs_inline_on_the_thread_that_polls() {
    let ran = Rc::new(Cell::new(false));
    let told = Rc::clone(&ran);
    let greenlet = greenlet_spawn(move || {
        told.set(true);
        Ok::<_, Error>(thread::current().id())
    });
    assert!(!ran.get(), "a future that was not polled does nothing");
    assert_eq!(block_on(greenlet).unwrap(), thread::current().id());
    assert!(ran.get());
}

// conforms: A02
#[test]
fn each_wait_gives_its_output_at_the_await_site() {
    let sum = greenlet_spawn(|| {
        let mut sum = 0;
        for n in 1..=10 {
            sum += await_(async move {
                Steps(n).await;
                n
            })?;
        }
        Ok::<_, Error>(sum)
    });
    assert_eq!(block_on(sum).unwrap(), 55);
}

// conforms: A02
#[test]
fn the_awaited_future_may_borrow_from_the_greenlets_stack() {
    let length = greenlet_spawn(|| {
        let mut text = String::from("a");
        await_(async {
            Steps(3).await;
            text.push('b');
        })?;
        Ok::<_, Error>(text)
    });
    assert_eq!(block_on(length).unwrap(), "ab");
}

// conforms: A03
#[test]
fn a_function_that_never_waits_completes_at_the_first_poll() {
    let count = Count::new();
    let greenlet = pin!(greenlet_spawn(|| Ok::<_, Error>(await_(async { 7 })? + 1)));
    assert!(matches!(poll_with(greenlet, &count), Poll::Ready(Ok(8))));
    assert_eq!(count.get(), 0);
}

// conforms: A04, A07
#[test]
fn an_error_of_the_awaited_operation_can_be_handled_at_the_await_site() {
    let greenlet = greenlet_spawn(|| {
        let failed: Result<(), Mine> = await_(async {
            Steps(1).await;
            Err(Mine::Own("no such table"))
        })?;
        assert_eq!(failed, Err(Mine::Own("no such table")));
        await_(Steps(2))?;
        failed
    });
    assert_eq!(block_on(greenlet), Err(Mine::Own("no such table")), "it leaves unchanged");
}

// conforms: A05
#[test]
fn an_error_of_the_function_itself_leaves_unchanged() {
    let greenlet = greenlet_spawn(|| {
        await_(Steps(1))?;
        Err::<(), _>(Mine::Own("bad input"))
    });
    assert_eq!(block_on(greenlet), Err(Mine::Own("bad input")));
}

// conforms: A08
// fault: B16
#[test]
fn outside_a_greenlet_the_wait_is_refused_and_the_future_dropped_unpolled() {
    let gate = Gate::new();
    assert!(matches!(await_(gate.pass()), Err(Error::MissingGreenlet)));
    assert_eq!((gate.polls(), gate.drops()), (0, 1));
    assert!(matches!(yield_now(), Err(Error::MissingGreenlet)));
    assert!(checkpoint().is_ok());
}

// conforms: A09, A11
#[test]
fn the_code_inside_an_awaited_future_is_not_in_the_greenlet() {
    let greenlet = greenlet_spawn(|| {
        assert!(in_greenlet());
        let on_drop = OnDrop(|| assert!(!in_greenlet()));
        let inside = await_(async move {
            let _on_drop = on_drop;
            assert!(!in_greenlet());
            Steps(1).await;
            assert!(!in_greenlet() && !is_cancelled());
            await_(async {})
        })?;
        assert!(in_greenlet());
        Ok::<_, Error>(inside)
    });
    assert!(matches!(block_on(greenlet).unwrap(), Err(Error::MissingGreenlet)));
    assert!(!in_greenlet());
}

// conforms: A11
#[test]
fn a_coroutine_of_another_library_is_no_greenlet() {
    let mut other = corosensei::Coroutine::new(|_: &corosensei::Yielder<(), ()>, ()| in_greenlet());
    assert_eq!(other.resume(()).as_return(), Some(false));
}

// conforms: A13
#[test]
fn a_wait_can_be_required_and_the_effects_stay() {
    let strict = || Options::new().require_await(true);
    let effect = Rc::new(Cell::new(0));
    let counted = Rc::clone(&effect);
    let silent = greenlet_spawn_with(strict(), move || {
        counted.set(1);
        Ok::<_, Error>(())
    });
    assert!(matches!(block_on(silent), Err(Error::AwaitRequired)));
    assert_eq!(effect.get(), 1);
    assert!(block_on(greenlet_spawn_with(strict(), || await_(async {}))).is_ok());
    assert!(block_on(greenlet_spawn_with(strict(), yield_now)).is_ok());
    let failing = greenlet_spawn_with(strict(), || Err::<(), _>(Mine::Own("first")));
    assert_eq!(block_on(failing), Err(Mine::Own("first")), "an error is not replaced");
    assert_eq!(block_on(greenlet_spawn(|| Ok::<_, Mine>(1))), Ok(1), "not required by default");
}

// fault: B14
#[test]
#[should_panic(expected = "polled after it had completed")]
fn polling_after_completion_panics() {
    let mut greenlet = pin!(greenlet_spawn(|| Ok::<_, Error>(())));
    assert!(poll(greenlet.as_mut()).is_ready());
    let _ = poll(greenlet);
}

#[test]
fn a_closure_of_any_size_and_alignment_runs() {
    #[repr(align(128))]
    struct Wide([u8; 3 * 128]);
    let large = [3_u8; 40_000];
    let wide = Wide([5; 384]);
    let greenlet = greenlet_spawn(move || {
        yield_now()?;
        assert_eq!(std::ptr::from_ref(&wide).addr() % 128, 0);
        let sum = large.iter().chain(&wide.0).map(|&byte| usize::from(byte)).sum();
        Ok::<usize, Error>(sum)
    });
    assert_eq!(block_on(greenlet).unwrap(), 3 * 40_000 + 5 * 384);
    let result = block_on(greenlet_spawn(|| Ok::<_, Error>([1_u8; 40_000])));
    assert_eq!(result.unwrap(), [1; 40_000]);
    assert_eq!(stats().live, 0);
}

#[test]
fn yield_now_suspends_once_and_wakes() {
    let count = Count::new();
    let mut greenlet = pin!(greenlet_spawn(yield_now));
    assert!(poll_with(greenlet.as_mut(), &count).is_pending());
    assert_eq!(count.get(), 1);
    assert!(poll_with(greenlet, &count).is_ready());
}

#[test]
fn sleeping_works_on_any_executor_and_without() {
    let (short, since) = (Duration::from_millis(5), Instant::now());
    block_on(greenlet_spawn(move || sleep(short))).unwrap();
    assert!(since.elapsed() >= short);
    sleep(short).unwrap();
    assert!(since.elapsed() >= 2 * short);
}

#[test]
fn a_wait_with_a_deadline_is_the_same_in_both_worlds() {
    let soon = || Some(Instant::now() + Duration::from_millis(5));
    let both = move || {
        let gate = Gate::new();
        assert_eq!(sync::wait(async { 1 }, None)?, Some(1));
        assert_eq!(sync::wait(async { 1 }, Some(Instant::now()))?, Some(1), "ready wins");
        assert_eq!(sync::wait(gate.pass(), soon())?, None);
        assert_eq!((gate.polls() > 0, gate.drops()), (true, 1));
        Ok::<_, Error>(())
    };
    both().unwrap();
    block_on(greenlet_spawn(both)).unwrap();
}

#[test]
fn a_parked_thread_is_woken_by_another() {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let other = thread::spawn(move || sender.send(5).unwrap());
    assert_eq!(sync::park_on(receiver), Ok(5));
    other.join().unwrap();
}
