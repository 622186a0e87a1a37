//! Scopes in which every wait is an error.

#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::cell::Cell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::{Duration, Instant};

use aludel_bridge::{
    Error, await_, can_await, checkpoint, greenlet_spawn, in_callback, is_cancelled, on_cancel,
    sleep, stats, sync, without_suspending, yield_now,
};
use futures::executor::block_on;
use support::{Gate, Steps, poll};

/// Everything that waits is refused here, at once, and drops what it was given unpolled.
#[track_caller]
fn all_refused() {
    let gate = Gate::new();
    let far = Some(Instant::now() + Duration::from_secs(600));
    let refusals = [
        await_(gate.pass()).err(),
        yield_now().err(),
        sleep(Duration::from_secs(600)).err(),
        sync::wait(gate.pass(), None).err(),
        sync::wait(gate.pass(), far).err(),
        sync::await_or_park(gate.pass()).err(),
        block_on_here(sync::cancellable(gate.pass())).err(),
        await_(async {}).err(),
    ];
    for (index, refusal) in refusals.iter().enumerate() {
        assert!(matches!(refusal, Some(Error::SuspendForbidden)), "{index}: {refusal:?}");
    }
    assert_eq!((gate.polls(), gate.drops()), (0, 5));
    assert!(checkpoint().is_ok() && !is_cancelled());
}

/// Polls a future that must be ready.
#[track_caller]
fn block_on_here<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

/// Scopes nest, end with a panic, and leave no trace.
#[track_caller]
fn scopes() {
    without_suspending(all_refused);
    without_suspending(|| {
        without_suspending(all_refused);
        all_refused();
        in_callback(all_refused);
    });
    in_callback(|| without_suspending(all_refused));
    let caught = catch_unwind(|| without_suspending(|| without_suspending(|| panic!("inside"))));
    assert!(caught.is_err());
    assert_eq!(without_suspending(|| 7), 7);
    assert_eq!(sync::await_or_park(async { 7 }).unwrap(), 7);
    assert!(sleep(Duration::from_millis(1)).is_ok());
}

// fault: B11
#[test]
fn in_a_greenlet_every_wait_is_refused() {
    let greenlet = greenlet_spawn(|| {
        scopes();
        await_(Steps(2))?;
        scopes();
        without_suspending(|| assert!(can_await()));
        yield_now()
    });
    block_on(greenlet).unwrap();
    assert_eq!(stats().live, 0);
}

#[test]
fn on_a_thread_every_wait_is_refused() {
    scopes();
    without_suspending(|| assert_eq!(sync::park_on(async { 7 }), 7));
    assert!(matches!(await_(async {}), Err(Error::MissingGreenlet)));
}

#[cfg(feature = "host")]
#[test]
fn in_a_job_every_wait_is_refused() {
    let worker = aludel_bridge::Worker::new().unwrap();
    let job = worker.spawn(|| {
        scopes();
        await_(Steps(2))?;
        assert!(without_suspending(|| on_cancel(|| ())).is_ok(), "it waits for nothing");
        scopes();
        yield_now()
    });
    block_on(job).unwrap();
}

#[test]
fn the_message_names_the_mistake_and_the_cure() {
    let text = without_suspending(yield_now).unwrap_err().to_string();
    assert!(text.contains("without_suspending") && text.contains("before or after"), "{text}");
}

// A greenlet that is polled inside is another one: its waits suspend it, and not the code that polls it.
#[test]
fn a_greenlet_that_is_polled_inside_waits_as_ever() {
    let outer = greenlet_spawn(|| {
        without_suspending(|| {
            let inner = sync::park_on(greenlet_spawn(|| {
                await_(Steps(3))?;
                yield_now()?;
                without_suspending(all_refused);
                Ok::<_, Error>(7)
            }));
            assert_eq!(inner.unwrap(), 7);
            all_refused();
        });
        yield_now()
    });
    block_on(outer).unwrap();
}

// The other way round: a scope of the code that polls is no scope of the greenlet's.
#[test]
fn a_scope_belongs_to_the_code_that_opened_it() {
    let mut greenlet = pin!(greenlet_spawn(|| {
        assert!(await_(async { without_suspending(|| yield_now().is_err()) })?);
        yield_now()
    }));
    without_suspending(|| assert!(poll(greenlet.as_mut()).is_pending()));
    block_on(greenlet).unwrap();
}

// fault: B06
#[test]
fn a_cancelled_greenlet_is_told_so_and_unwound_inside_too() {
    for loops in [false, true] {
        let ended = std::rc::Rc::new(Cell::new(0));
        let counted = std::rc::Rc::clone(&ended);
        let mut greenlet = Box::pin(greenlet_spawn(move || {
            assert!(await_(pending::<()>()).unwrap_err().is_cancelled());
            without_suspending(|| {
                loop {
                    assert!(yield_now().unwrap_err().is_cancelled());
                    counted.set(counted.get() + 1);
                    if !loops {
                        return yield_now();
                    }
                }
            })
        }));
        assert!(poll(greenlet.as_mut()).is_pending());
        drop(greenlet);
        assert_eq!(ended.get(), if loops { 99 } else { 1 });
        assert_eq!((stats().live, stats().abandoned), (0, 0));
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| block_on(greenlet_spawn(yield_now))));
    assert!(panicked.unwrap().is_ok());
}

scoped_tls::scoped_thread_local! {
    static KEY: Cell<u32>
}

// What the scope is for: two greenlets that wait inside a scoped thread-local would put back each
// other's value, when it is gone.
// fault: B11
#[test]
fn a_scoped_thread_local_is_safe_inside() {
    let set = |value: u32| {
        let value = Cell::new(value);
        KEY.set(&value, || {
            without_suspending(|| {
                assert!(matches!(yield_now(), Err(Error::SuspendForbidden)));
                KEY.with(|value| value.set(value.get() + 1));
            });
        });
        value.get()
    };
    let greenlets = (0..3).map(|n| {
        greenlet_spawn(move || {
            yield_now()?;
            let value = set(n);
            yield_now()?;
            assert!(!KEY.is_set());
            Ok::<_, Error>(value)
        })
    });
    let values = block_on(futures::future::join_all(greenlets.map(Box::pin)));
    let values: Result<Vec<_>, _> = values.into_iter().collect();
    assert_eq!(values.unwrap(), [1, 2, 3]);
}
