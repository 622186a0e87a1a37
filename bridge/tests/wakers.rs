//! Polls and wake-ups that come too late, too often, from elsewhere, or for another waker.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use aludel_bridge::{Error, await_, greenlet_spawn, stats};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::poll_fn;
use support::{Count, Gate, poll, poll_with};

// fault: B13
#[test]
fn spurious_polls_reach_the_awaited_future_and_nothing_else() {
    let (gate, count) = (Gate::new(), Count::new());
    let pass = gate.pass();
    let mut greenlet = pin!(greenlet_spawn(move || await_(pass)));
    for n in 1..=10_000 {
        assert!(poll_with(greenlet.as_mut(), &count).is_pending());
        assert_eq!(gate.polls(), n);
    }
    assert_eq!(count.get(), 0, "nobody asked to be polled");
    gate.open();
    assert_eq!(count.get(), 1);
    assert!(poll(greenlet).is_ready());
    assert_eq!((gate.polls(), gate.drops()), (10_001, 1));
}

// fault: B15
#[test]
fn the_latest_waker_is_woken() {
    let (gate, first, second) = (Gate::new(), Count::new(), Count::new());
    let (one, two) = (gate.pass(), Gate::new());
    let pass = two.pass();
    let mut greenlet = pin!(greenlet_spawn(move || {
        await_(one)?;
        await_(pass)
    }));
    assert!(poll_with(greenlet.as_mut(), &first).is_pending());
    assert!(poll_with(greenlet.as_mut(), &second).is_pending());
    gate.open();
    assert_eq!((first.get(), second.get()), (0, 1));
    assert!(poll_with(greenlet.as_mut(), &first).is_pending(), "at the second gate");
    two.open();
    assert_eq!((first.get(), second.get()), (1, 1));
    assert!(poll(greenlet).is_ready());
}

/// Waits for ever, and hands its waker out.
fn leave_waker(shelf: &Arc<Mutex<Option<Waker>>>) -> impl Future<Output = ()> + use<> {
    let shelf = Arc::clone(shelf);
    poll_fn(move |context| {
        *shelf.lock().unwrap() = Some(context.waker().clone());
        Poll::Pending
    })
}

#[test]
fn a_wake_up_after_the_end_or_the_drop_is_harmless() {
    let (shelf, count) = (Arc::default(), Count::new());
    let mut greenlet = Box::pin(greenlet_spawn({
        let waiting = leave_waker(&shelf);
        move || await_(waiting)
    }));
    assert!(poll_with(greenlet.as_mut(), &count).is_pending());
    drop(greenlet);
    let late = shelf.lock().unwrap().take().unwrap();
    thread::spawn(move || late.wake()).join().unwrap();
    assert_eq!(count.get(), 1, "the task is woken, and finds nothing to do");
    assert_eq!(stats().live, 0);
}

// fault: B12
#[test]
fn a_thousand_wake_ups_from_other_threads_resume_one_at_a_time() {
    const WAKERS: usize = 8;
    const ROUNDS: usize = 125;
    let arrived = Arc::new(AtomicUsize::new(0));
    let shelf: Arc<Mutex<Option<Waker>>> = Arc::default();
    let start = Arc::new(Barrier::new(WAKERS));
    let threads: Vec<_> = (0..WAKERS)
        .map(|_| {
            let (arrived, shelf) = (Arc::clone(&arrived), Arc::clone(&shelf));
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                for _ in 0..ROUNDS {
                    arrived.fetch_add(1, Ordering::SeqCst);
                    let waker = shelf.lock().unwrap().clone();
                    waker.iter().for_each(Waker::wake_by_ref);
                    thread::yield_now();
                }
            })
        })
        .collect();
    let greenlet = greenlet_spawn(move || {
        let mut seen = 0;
        while seen < WAKERS * ROUNDS {
            // Pending until there is news; a lost wake-up would hang the test.
            seen = await_(poll_fn(|context| {
                *shelf.lock().unwrap() = Some(context.waker().clone());
                let now = arrived.load(Ordering::SeqCst);
                if now > seen { Poll::Ready(now) } else { Poll::Pending }
            }))?;
        }
        Ok::<_, Error>(seen)
    });
    assert_eq!(block_on(greenlet).unwrap(), WAKERS * ROUNDS);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

// fault: B12
#[test]
fn a_wake_up_in_the_middle_of_a_poll_is_not_lost() {
    for _ in 0..1000 {
        let (sender, receiver) = oneshot::channel();
        let greenlet = greenlet_spawn(move || await_(receiver));
        let thread = thread::spawn(move || sender.send(1));
        assert_eq!(block_on(greenlet).unwrap(), Ok(1));
        thread.join().unwrap().unwrap();
    }
}

/// A future that wakes itself again and again has its deadline outside of greenlets too.
#[test]
fn a_restless_future_has_a_deadline() {
    let started = std::time::Instant::now();
    let deadline = started + std::time::Duration::from_millis(50);
    let restless = std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    });
    let outcome = aludel_bridge::sync::wait(restless, Some(deadline)).expect("no greenlet");
    assert!(outcome.is_none() && started.elapsed() < std::time::Duration::from_secs(10));
}
