//! The host thread: results, panics, cancellation and the end of the host.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use aludel_bridge::{Error, Host, HostedTask, await_, in_greenlet, stats, yield_now};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{join_all, pending};
use support::{Count, OnDrop, poll, poll_with};

/// What the host's thread holds.
fn stats_of(host: &Host) -> aludel_bridge::Stats {
    block_on(host.spawn(|| Ok::<_, Error>(stats()))).unwrap()
}

/// A greenlet that has begun to wait for ever, and the news of how it ended.
fn stuck(host: &Host) -> (HostedTask<(), Error>, mpsc::Receiver<bool>) {
    let (began, begun) = oneshot::channel();
    let (sender, ended) = mpsc::channel();
    let task = host.spawn(move || {
        let result = await_(async {
            began.send(()).unwrap();
            pending().await
        });
        sender.send(matches!(result, Err(Error::Cancelled))).unwrap();
        result
    });
    block_on(begun).unwrap();
    (task, ended)
}

// conforms: A01
#[test]
fn a_closure_runs_in_a_greenlet_on_the_thread_of_the_host() {
    let host = Host::with_name("the host").unwrap();
    let here = || {
        await_(tokio::task::yield_now())?;
        let name = thread::current().name().map(str::to_owned);
        Ok::<_, Error>((in_greenlet(), name))
    };
    assert_eq!(block_on(host.spawn(here)).unwrap(), (true, Some("the host".to_owned())));
    assert_eq!(block_on(host.clone().spawn(here)).unwrap().1.unwrap(), "the host");
    assert!(matches!(Host::with_name("a\0b"), Err(Error::HostStart(_))));
}

#[test]
#[cfg_attr(aludel_threads, ignore = "it is about being on the same thread")]
fn it_begins_at_once_and_its_runtime_drives_what_it_waits_for() {
    let host = Host::new().unwrap();
    let (sender, receiver) = mpsc::channel();
    let task = host.spawn(move || {
        await_(async { tokio::time::sleep(Duration::from_millis(1)).await })?;
        sender.send(7).unwrap();
        Ok::<_, Error>(8)
    });
    assert_eq!(receiver.recv(), Ok(7), "nobody polled the task yet");
    assert_eq!(block_on(task).unwrap(), 8);
    let inside = block_on(host.handle().spawn(async { thread::current().id() })).unwrap();
    assert_eq!(block_on(host.spawn(|| Ok::<_, Error>(thread::current().id()))).unwrap(), inside);
}

#[test]
fn the_future_is_send_and_sync_whatever_the_closure() {
    fn check<T: Send + Sync + Unpin + 'static>(_: &T) {}
    let host = Host::new().unwrap();
    let cell = std::cell::Cell::new(1);
    let task = host.spawn(move || Ok::<_, Error>(cell));
    check(&task);
    check(&host);
    assert_eq!(block_on(task).unwrap().get(), 1);
}

// fault: B01, B02
#[test]
fn a_panic_is_raised_at_the_caller_and_the_host_goes_on() {
    let host = Host::new().unwrap();
    for suspensions in 0..3_u32 {
        let task = host.spawn(move || -> Result<(), Error> {
            (0..suspensions).try_for_each(|_| yield_now())?;
            panic_any(suspensions)
        });
        let payload = catch_unwind(AssertUnwindSafe(|| block_on(task))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&suspensions));
    }
    assert_eq!(stats_of(&host).live, 1, "only the one that asks");
}

// fault: B04
#[test]
fn dropping_the_task_cancels_on_the_host() {
    let host = Host::new().unwrap();
    let (task, ended) = stuck(&host);
    drop(task);
    assert!(ended.recv().unwrap());
    assert_eq!(stats_of(&host).live, 1);
}

#[test]
fn a_task_dropped_before_it_began_never_begins() {
    let host = Host::new().unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let blocker = host.spawn(move || Ok::<_, Error>(blocked.recv().is_ok()));
    let (ran, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (run, told) = (Arc::clone(&ran), Arc::clone(&dropped));
    let captured = OnDrop(move || told.store(true, Ordering::SeqCst));
    let task = host.spawn(move || {
        let _captured = captured;
        run.store(true, Ordering::SeqCst);
        Ok::<_, Error>(())
    });
    drop(task);
    assert!(dropped.load(Ordering::SeqCst), "the closure is dropped here and now");
    release.send(()).unwrap();
    assert!(block_on(blocker).unwrap());
    stats_of(&host);
    assert!(!ran.load(Ordering::SeqCst));
}

// fault: B26
#[test]
fn the_last_handle_ends_what_runs_and_tells_the_callers() {
    let host = Host::new().unwrap();
    let stuck: Vec<_> = (0..100).map(|_| stuck(&host)).collect();
    drop(host.clone());
    drop(host);
    for (task, ended) in stuck {
        assert!(matches!(block_on(task), Err(Error::HostGone)));
        assert!(ended.recv().unwrap());
    }
}

// The job is in the queue, or has been started and not polled, when the host ends.
// fault: B26
#[test]
fn a_host_that_is_dropped_at_once_forgets_no_caller() {
    for _ in 0..100 {
        let host = Host::new().unwrap();
        let tasks: Vec<_> = (0..3).map(|n| host.spawn(move || Ok::<_, Error>(n))).collect();
        drop(host);
        for (n, result) in block_on(join_all(tasks)).into_iter().enumerate() {
            assert!(matches!(result, Err(Error::HostGone)) || result.unwrap() == n);
        }
    }
}

#[test]
fn the_last_handle_may_be_dropped_on_the_host_itself() {
    let host = Host::new().unwrap();
    let (sender, last) = oneshot::channel::<Host>();
    let task = host.spawn(move || {
        let host = await_(last)?;
        drop(host);
        let other = Host::new()?;
        drop(other);
        Ok::<_, Error>(1)
    });
    sender.send(host).unwrap();
    let result = block_on(task);
    assert!(matches!(result, Ok(1) | Err(Error::HostGone)), "{result:?}");
}

#[test]
fn a_host_can_be_made_and_dropped_inside_async_code() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(async {
        let host = Host::new().unwrap();
        let blocking = host.handle().spawn_blocking(|| 1);
        assert_eq!(blocking.await.unwrap(), 1);
        host.spawn(|| Ok::<_, Error>(2)).await
    });
    assert_eq!(answer.unwrap(), 2);
}

// fault: B12, B15
#[test]
fn the_latest_waker_hears_of_the_result() {
    let host = Host::new().unwrap();
    let (release, blocked) = oneshot::channel::<()>();
    let mut task = host.spawn(move || await_(blocked));
    let (first, second) = (Count::new(), Count::new());
    assert!(poll_with(pin!(&mut task), &first).is_pending());
    assert!(poll_with(pin!(&mut task), &second).is_pending());
    assert!(poll_with(pin!(&mut task), &second).is_pending());
    release.send(()).unwrap();
    stats_of(&host);
    while second.get() == 0 {
        thread::yield_now();
    }
    assert_eq!((first.get(), second.get()), (0, 1));
    assert!(matches!(poll(pin!(&mut task)), Poll::Ready(Ok(Ok(())))));
}

// fault: B14
#[test]
#[should_panic(expected = "polled after it had completed")]
fn polling_a_hosted_task_after_completion_panics() {
    let host = Host::new().unwrap();
    let mut task = host.spawn(|| Ok::<_, Error>(()));
    block_on(&mut task).unwrap();
    let _ = poll(pin!(task));
}

// fault: B12
#[test]
fn many_threads_share_a_host() {
    let host = Host::new().unwrap();
    let threads: Vec<_> = (0..8_usize)
        .map(|n| {
            let host = host.clone();
            thread::spawn(move || {
                for m in 0..200 {
                    let task = host.spawn(move || {
                        (0..m % 3).try_for_each(|_| yield_now())?;
                        Ok::<_, Error>(n * m)
                    });
                    if m % 7 == 0 {
                        drop(task);
                    } else {
                        assert_eq!(block_on(task).unwrap(), n * m);
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(stats_of(&host).live, 1);
}
