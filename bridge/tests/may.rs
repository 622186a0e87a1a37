//! Waits inside coroutines of `may`, on two worker threads: none of them blocks a worker.
//!
//! `may::coroutine::Builder::spawn` is an unsafe function, hence `unsafe`.
#![allow(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::collections::HashSet;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge::{
    Error, Worker, await_, can_await, checkpoint, greenlet_spawn, in_callback, in_coroutine,
    in_greenlet, is_cancelled, sleep, sync, without_suspending, yield_now,
};
use futures::channel::oneshot;
use may::coroutine::{Builder, JoinHandle};
use support::OnDrop;

const WORKERS: usize = 2;

/// Starts a coroutine with room for code that is not optimised.
fn go<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        may::config().set_workers(WORKERS);
    });
    // SAFETY: the closures of these tests keep no reference into a thread-local over a wait, and
    // 256 KiB are several times what the deepest of them uses.
    unsafe { Builder::new().stack_size(256 * 1024 / size_of::<usize>()).spawn(f) }.unwrap()
}

/// Runs coroutines to their ends.
fn all<T: Send + 'static>(coroutines: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    let coroutines: Vec<_> = coroutines.into_iter().collect();
    coroutines.into_iter().map(|one| one.join().unwrap()).collect()
}

fn soon<T>(receiver: &mpsc::Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(10)).expect("it comes soon")
}

#[test]
fn it_knows_where_it_is() {
    assert!(!in_coroutine() && !can_await());
    let inside = go(|| (in_coroutine(), can_await(), in_greenlet(), is_cancelled(), checkpoint()));
    assert!(matches!(inside.join().unwrap(), (true, true, false, false, Ok(()))));
    // What must stay on its thread says so.
    let staying = go(|| {
        let called_by_c = in_callback(|| in_coroutine() || can_await());
        let greenlet = sync::park_on(greenlet_spawn(|| Ok::<_, Error>(in_coroutine())));
        struct Dropped(Arc<AtomicBool>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.store(in_coroutine(), Ordering::SeqCst);
            }
        }
        let unwinding = Arc::new(AtomicBool::new(true));
        let dropped = Dropped(Arc::clone(&unwinding));
        let caught = catch_unwind(AssertUnwindSafe(move || {
            let _dropped = dropped;
            panic_any(1);
        }));
        assert!(caught.is_err());
        (called_by_c, greenlet.unwrap(), unwinding.load(Ordering::SeqCst), in_coroutine())
    });
    assert_eq!(staying.join().unwrap(), (false, false, false, true));
}

/// A hundred that wait for each other: with blocked workers only the first two would ever begin.
#[test]
fn waits_leave_the_workers_to_others() {
    const MANY: usize = 100;
    let waits: [fn(oneshot::Receiver<()>) -> bool; 4] = [
        |turn| await_(turn).unwrap().is_ok(),
        |turn| sync::park_on(turn).is_ok(),
        |turn| sync::await_or_park(turn).unwrap().is_ok(),
        |turn| {
            let late = Instant::now() + Duration::from_secs(20);
            sync::wait(turn, Some(late)).unwrap().unwrap().is_ok()
        },
    ];
    for wait in waits {
        let begun = Arc::new(AtomicUsize::new(0));
        let (turns, coroutines): (Vec<_>, Vec<_>) = (0..MANY)
            .map(|_| {
                let (turn, wanted) = oneshot::channel();
                let begun = Arc::clone(&begun);
                let coroutine = go(move || {
                    let before = thread::current().id();
                    begun.fetch_add(1, Ordering::SeqCst);
                    assert!(wait(wanted));
                    HashSet::from([before, thread::current().id()])
                });
                (turn, coroutine)
            })
            .unzip();
        let started = Instant::now();
        while begun.load(Ordering::SeqCst) < MANY {
            assert!(started.elapsed() < Duration::from_secs(10), "the workers are blocked");
            thread::yield_now();
        }
        turns.into_iter().rev().for_each(|turn| turn.send(()).unwrap());
        let threads: HashSet<_> = all(coroutines).into_iter().flatten().collect();
        assert!(threads.len() <= WORKERS, "{threads:?}");
    }
}

#[test]
fn deadlines_come_for_all_at_once() {
    let pause = Duration::from_millis(200);
    let started = Instant::now();
    let waits: [fn(Duration) -> bool; 2] = [
        |pause| sleep(pause).is_ok(),
        |pause| {
            let deadline = Instant::now() + pause;
            sync::wait(pending::<()>(), Some(deadline)).unwrap().is_none()
        },
    ];
    let slept = all((0..100).map(|n| {
        go(move || {
            let started = Instant::now();
            assert!(waits[n % 2](pause));
            started.elapsed()
        })
    }));
    assert!(slept.iter().all(|slept| *slept >= pause), "{slept:?}");
    // If each held its worker, it were fifty pauses.
    assert!(started.elapsed() < pause * 25, "{:?} for a hundred", started.elapsed());
}

// fault: B12
#[test]
fn no_wake_from_other_threads_is_lost() {
    let coroutines: Vec<_> = (0..50)
        .map(|n: u64| {
            let (sender, receiver) = mpsc::channel::<oneshot::Sender<u64>>();
            let waker = thread::spawn(move || {
                for (k, turn) in receiver.into_iter().enumerate() {
                    if k % 3 == 0 {
                        thread::yield_now();
                    }
                    turn.send(n).unwrap();
                }
            });
            let coroutine = go(move || {
                for _ in 0..200 {
                    let (turn, wanted) = oneshot::channel();
                    sender.send(turn).unwrap();
                    assert_eq!(await_(wanted).unwrap(), Ok(n));
                }
            });
            (waker, coroutine)
        })
        .collect();
    for (waker, coroutine) in coroutines {
        coroutine.join().unwrap();
        waker.join().unwrap();
    }
}

/// `may` cancels by unwinding out of the wait; what was waited for is dropped by that.
// fault: B04
#[test]
fn a_cancelled_coroutine_drops_what_it_waits_for() {
    let (dropped, told) = mpsc::channel();
    let (began, begun) = mpsc::channel();
    let coroutine = go(move || {
        let dropped = OnDrop(move || dropped.send(()).unwrap());
        let _ = await_(async move {
            let _dropped = dropped;
            began.send(()).unwrap();
            pending::<()>().await;
        });
        unreachable!("the wait does not return");
    });
    soon(&begun);
    // SAFETY: the coroutine holds nothing but the future.
    unsafe { coroutine.coroutine().cancel() };
    soon(&told);
    assert!(coroutine.join().is_err());
}

/// Greenlets stay on their thread: inside them the worker is blocked, and they do not move.
// fault: B10
#[test]
fn a_greenlet_does_not_move_with_a_coroutine() {
    let (sender, receiver) = mpsc::channel::<oneshot::Sender<()>>();
    let waker = thread::spawn(move || {
        for turn in receiver {
            // It waits by then, or finds the turn there: neither may move it.
            thread::sleep(Duration::from_millis(1));
            turn.send(()).unwrap();
        }
    });
    let ids = Arc::new(Mutex::new(Vec::new()));
    let coroutines: Vec<_> = (0..8)
        .map(|_| {
            let (sender, ids) = (sender.clone(), Arc::clone(&ids));
            go(move || {
                // It is never suspended, so that it begins and ends in one poll.
                let greenlet = greenlet_spawn(move || {
                    let here = thread::current().id();
                    for _ in 0..5 {
                        let (turn, wanted) = oneshot::channel();
                        sender.send(turn).unwrap();
                        sync::park_on(wanted).unwrap();
                        ids.lock().unwrap().push(here == thread::current().id());
                    }
                    Ok::<_, Error>(())
                });
                sync::park_on(greenlet).unwrap();
                assert!(in_coroutine());
            })
        })
        .collect();
    drop(sender);
    all(coroutines);
    waker.join().unwrap();
    assert_eq!(*ids.lock().unwrap(), [true; 40]);
}

/// A function that C calls blocks its worker: C's frames must not move.
#[test]
fn callbacks_stay_on_their_thread() {
    let stayed = all((0..8).map(|_| {
        go(|| {
            let here = thread::current().id();
            (0..5).all(|_| {
                in_callback(|| {
                    sleep(Duration::from_millis(1)).unwrap();
                    here == thread::current().id()
                })
            })
        })
    }));
    assert_eq!(stayed, [true; 8]);
}

/// Where waits are forbidden a coroutine stays on its thread too: nothing else runs there meanwhile.
#[test]
fn where_waits_are_forbidden_a_coroutine_stays_on_its_thread() {
    let stayed = all((0..8).map(|_| {
        go(|| {
            let here = thread::current().id();
            let stayed = without_suspending(|| {
                assert!(!in_coroutine());
                let refused = [
                    await_(async {}).err(),
                    yield_now().err(),
                    sleep(Duration::from_secs(600)).err(),
                    sync::await_or_park(async {}).err(),
                ];
                for refusal in refused {
                    assert!(matches!(refusal, Some(Error::SuspendForbidden)), "{refusal:?}");
                }
                let (turn, wanted) = oneshot::channel();
                let waker = thread::spawn(move || {
                    // As above.
                    thread::sleep(Duration::from_millis(1));
                    turn.send(()).unwrap();
                });
                sync::park_on(wanted).unwrap();
                waker.join().unwrap();
                here == thread::current().id()
            });
            assert!(in_coroutine() && await_(async { 7 }).unwrap() == 7);
            stayed
        })
    }));
    assert_eq!(stayed, [true; 8]);
}

#[test]
fn a_coroutine_awaits_a_worker() {
    let worker = Worker::new().unwrap();
    let answers = all((0..20).map(|n| {
        let worker = worker.clone();
        go(move || {
            let task = worker.spawn(move || {
                yield_now()?;
                assert!(!in_coroutine());
                Ok::<_, Error>(n)
            });
            await_(task).unwrap().unwrap()
        })
    }));
    assert_eq!(answers, (0..20).collect::<Vec<_>>());
}
