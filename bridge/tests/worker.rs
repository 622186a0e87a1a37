//! The worker thread: jobs that block, wait, panic and are cancelled, and the end of the thread.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge::{
    Error, HostedTask, Worker, await_, can_await, checkpoint, greenlet_spawn, in_callback,
    in_greenlet, is_cancelled, on_cancel, sleep, stats, sync, yield_now,
};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{join_all, pending};
use support::{Count, OnDrop, poll, poll_with};

fn worker() -> Worker {
    Worker::new().unwrap()
}

/// Waits until the jobs before are done.
fn flush(worker: &Worker) {
    block_on(worker.spawn(|| Ok::<_, Error>(()))).unwrap();
}

/// A job that has begun, and runs `f` then; its result comes through the channel too.
fn begun<T: Send + Clone + 'static>(
    worker: &Worker,
    f: impl FnOnce() -> T + Send + 'static,
) -> (HostedTask<(), Error>, mpsc::Receiver<T>) {
    let (began, wait) = mpsc::channel();
    let (sender, receiver) = mpsc::channel();
    let task = worker.spawn(move || {
        began.send(()).unwrap();
        sender.send(f()).unwrap();
        Ok(())
    });
    wait.recv().unwrap();
    (task, receiver)
}

/// Never ready; tells when it is waited for.
async fn told(there: mpsc::Sender<()>) {
    there.send(()).unwrap();
    pending::<()>().await
}

fn soon<T>(receiver: &mpsc::Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(10)).expect("it comes soon")
}

#[test]
fn jobs_run_one_after_the_other_on_one_plain_thread() {
    let worker = Worker::with_name("the worker").unwrap();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let jobs = (0..5).map(|n| {
        let order = Arc::clone(&order);
        worker.clone().spawn(move || {
            thread::sleep(Duration::from_millis(2));
            order.lock().unwrap().push(n);
            let name = thread::current().name().map(str::to_owned);
            Ok::<_, Error>((thread::current().id(), name, in_greenlet(), can_await()))
        })
    });
    let done = block_on(join_all(jobs.collect::<Vec<_>>()));
    let done: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    assert!(done.iter().all(|one| *one == done[0]), "{done:?}");
    assert_eq!((done[0].1.as_deref(), done[0].2, done[0].3), (Some("the worker"), false, true));
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    assert!(matches!(Worker::with_name("a\0b"), Err(Error::HostStart(_))));
}

#[test]
fn it_begins_at_once() {
    let (sender, receiver) = mpsc::channel();
    let task = worker().spawn(move || {
        sender.send(7).unwrap();
        Ok::<_, Error>(8)
    });
    assert_eq!(soon(&receiver), 7, "nobody polled the task yet, and the handle is gone");
    assert_eq!(block_on(task).unwrap(), 8);
}

// fault: B01, B02
#[test]
fn a_panic_is_raised_at_the_caller_and_the_worker_goes_on() {
    let worker = worker();
    for waits in 0..3_u32 {
        let task = worker.spawn(move || -> Result<(), Error> {
            (0..waits).try_for_each(|_| yield_now())?;
            panic_any(waits)
        });
        let payload = catch_unwind(AssertUnwindSafe(|| block_on(task))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&waits));
    }
    worker.run(|| panic_any("of a job that nobody waits for"));
    flush(&worker);
}

#[test]
fn every_way_to_wait_works() {
    let worker = worker();
    let (send, receive) = oneshot::channel();
    let (began, wait) = mpsc::channel();
    let task = worker.spawn(move || {
        began.send(()).unwrap();
        let first = await_(receive)?.unwrap();
        yield_now()?;
        checkpoint()?;
        sleep(Duration::from_millis(1))?;
        let soon = Instant::now() + Duration::from_millis(5);
        assert_eq!(sync::wait(pending::<()>(), Some(soon))?, None);
        assert_eq!(sync::wait(async { 2 }, Some(soon))?, Some(2));
        assert_eq!(sync::await_or_park(async { 3 })?, 3);
        assert_eq!(sync::park_on(async { 4 }), 4);
        // What is awaited is async code.
        assert!(await_(async { can_await() || await_(async {}).is_ok() }).is_ok_and(|can| !can));
        assert!(!await_(sync::cancellable(async { can_await() })).unwrap().unwrap());
        assert!(!block_on(sync::cancellable(async { can_await() })).unwrap());
        Ok::<_, Error>(first)
    });
    wait.recv().unwrap();
    send.send(1).unwrap();
    assert_eq!(block_on(task).unwrap(), 1);
}

// fault: B04
#[test]
fn a_parked_job_is_cancelled_and_refused_from_then_on() {
    let worker = worker();
    let (dropped, told) = mpsc::channel();
    let (park, parked) = mpsc::channel();
    let (task, ended) = begun(&worker, move || {
        let dropped = OnDrop(move || dropped.send(is_cancelled()).unwrap());
        let first = await_(async move {
            let _dropped = dropped;
            park.send(()).unwrap();
            pending::<()>().await;
        });
        let again = (0..20).all(|_| {
            matches!(await_(async {}), Err(Error::Cancelled))
                && matches!(yield_now(), Err(Error::Cancelled))
                && matches!(checkpoint(), Err(Error::Cancelled))
                && matches!(sleep(Duration::MAX), Err(Error::Cancelled))
        });
        (matches!(first, Err(Error::Cancelled)), again, is_cancelled())
    });
    soon(&parked);
    drop(task);
    assert!(!soon(&told), "it was dropped as async code is, outside the job");
    assert_eq!(soon(&ended), (true, true, true));
    // The next job knows nothing of it.
    let task = worker.spawn(|| await_(async { is_cancelled() }));
    assert!(!block_on(task).unwrap());
}

// fault: B04
#[test]
fn each_kind_of_wait_is_ended_by_a_cancel() {
    let waits: [fn() -> Result<(), Error>; 6] = [
        || await_(pending()),
        || sleep(Duration::from_secs(60)),
        || sync::await_or_park(pending()),
        || sync::wait(pending::<()>(), None).map(drop),
        || {
            sync::wait(pending::<()>(), Instant::now().checked_add(Duration::from_secs(60)))
                .map(drop)
        },
        || block_on(sync::cancellable(pending())),
    ];
    let worker = worker();
    for wait in waits {
        // Before it waits, or at any moment of that, and when it has waited for a while: no state says so.
        for pause in [0, 3] {
            let (task, ended) = begun(&worker, move || matches!(wait(), Err(Error::Cancelled)));
            thread::sleep(Duration::from_millis(pause));
            drop(task);
            assert!(soon(&ended));
        }
    }
}

#[test]
fn a_computation_hears_of_the_cancel() {
    let (task, ended) = begun(&worker(), || {
        let started = Instant::now();
        while checkpoint().is_ok() {
            assert!(started.elapsed() < Duration::from_secs(10));
        }
        is_cancelled()
    });
    drop(task);
    assert!(soon(&ended));
}

// fault: B04
#[test]
fn a_task_dropped_before_it_began_never_begins() {
    let worker = worker();
    let (release, blocked) = mpsc::channel::<()>();
    let blocker = worker.spawn(move || Ok::<_, Error>(blocked.recv().is_ok()));
    let (ran, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (run, told) = (Arc::clone(&ran), Arc::clone(&dropped));
    let captured = OnDrop(move || told.store(true, Ordering::SeqCst));
    let task = worker.spawn(move || {
        let _captured = captured;
        run.store(true, Ordering::SeqCst);
        Ok::<_, Error>(())
    });
    drop(task);
    assert!(dropped.load(Ordering::SeqCst), "the closure is dropped here and now");
    release.send(()).unwrap();
    assert!(block_on(blocker).unwrap());
    flush(&worker);
    assert!(!ran.load(Ordering::SeqCst));
}

/// A thread cannot be left behind, so code that ignores refusals is unwound, however often.
// fault: B06, B07
#[test]
fn code_that_ignores_refusals_is_unwound() {
    let worker = worker();
    let unwound = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&unwound);
    let (ended, told) = mpsc::channel();
    let (task, _) = begun(&worker, move || {
        let ended = OnDrop(move || ended.send(()).unwrap());
        let mut refused = 0;
        while count.load(Ordering::SeqCst) < 30 {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                loop {
                    if yield_now().is_err() {
                        refused += 1;
                    }
                }
            }));
            assert!(caught.is_err() && refused == 100, "{refused} refusals");
            count.fetch_add(1, Ordering::SeqCst);
        }
        // Where C is below, it stays an error.
        assert!(in_callback(|| (0..300).all(|_| yield_now().is_err())));
        drop(ended);
        loop {
            let _ = sleep(Duration::from_millis(1));
        }
    });
    drop(task);
    soon(&told);
    flush(&worker);
    assert_eq!(unwound.load(Ordering::SeqCst), 30);
}

// fault: B03
#[test]
fn what_a_cancelled_job_comes_to_ends_on_the_worker() {
    let worker = worker();
    let here = block_on(worker.spawn(|| Ok::<_, Error>(thread::current().id()))).unwrap();
    let (dropped, told) = mpsc::channel();
    let (began, wait) = mpsc::channel();
    let task = worker.spawn(move || {
        began.send(()).unwrap();
        let result = OnDrop(move || {
            dropped.send(thread::current().id()).unwrap();
            panic_any("in the destructor of the result");
        });
        let _ = await_(pending::<()>());
        Ok::<_, Error>(result)
    });
    wait.recv().unwrap();
    drop(task);
    assert_eq!(soon(&told), here);
    let (task, _) = begun(&worker, || {
        let _ = await_(pending::<()>());
        panic_any("after the cancel");
    });
    drop(task);
    flush(&worker);
}

// fault: B26
#[test]
fn queued_jobs_are_done_after_the_last_handle_is_gone() {
    let worker = worker();
    let (release, blocked) = mpsc::channel::<()>();
    let blocker = worker.spawn(move || Ok::<_, Error>(blocked.recv().is_ok()));
    let tasks: Vec<_> = (0..10).map(|n| worker.spawn(move || Ok::<_, Error>(n))).collect();
    let (errand, told) = mpsc::channel();
    worker.run(move || errand.send(can_await()).unwrap());
    drop(worker.clone());
    drop(worker);
    release.send(()).unwrap();
    assert!(block_on(blocker).unwrap());
    for (n, result) in block_on(join_all(tasks)).into_iter().enumerate() {
        assert_eq!(result.unwrap(), n);
    }
    assert!(soon(&told));
}

#[test]
fn the_last_handle_may_be_dropped_in_a_job() {
    let worker = worker();
    let (sender, last) = oneshot::channel::<Worker>();
    let task = worker.spawn(move || {
        let worker = await_(last)?.unwrap();
        let next = worker.spawn(|| Ok::<_, Error>(2));
        drop(worker);
        Ok::<_, Error>(next)
    });
    sender.send(worker).unwrap();
    assert_eq!(block_on(block_on(task).unwrap()).unwrap(), 2);
}

// fault: B12, B15
#[test]
fn the_latest_waker_hears_of_the_result() {
    let worker = worker();
    let (release, blocked) = oneshot::channel::<()>();
    let mut task = worker.spawn(move || await_(blocked));
    let (first, second) = (Count::new(), Count::new());
    assert!(poll_with(pin!(&mut task), &first).is_pending());
    assert!(poll_with(pin!(&mut task), &second).is_pending());
    assert!(poll_with(pin!(&mut task), &second).is_pending());
    release.send(()).unwrap();
    flush(&worker);
    assert_eq!((first.get(), second.get()), (0, 1));
    assert!(matches!(poll(pin!(&mut task)), Poll::Ready(Ok(Ok(())))));
}

/// A wait of the second job is not ended by what wakes the first one's.
// fault: B12
#[test]
fn a_waker_that_comes_late_disturbs_nobody() {
    let worker = worker();
    let mut late = Vec::new();
    for n in 0..50 {
        let (send, kept) = mpsc::channel();
        let task = worker.spawn(move || {
            await_(std::future::poll_fn(|context| {
                send.send(context.waker().clone()).unwrap();
                Poll::Ready(())
            }))
        });
        block_on(task).unwrap();
        late.push(kept.recv().unwrap());
        let (release, blocked) = oneshot::channel::<i32>();
        let task = worker.spawn(move || await_(blocked));
        late.iter().for_each(std::task::Waker::wake_by_ref);
        release.send(n).unwrap();
        assert_eq!(block_on(task).unwrap(), Ok(n));
    }
}

// fault: B17
#[test]
fn greenlets_work_inside_a_job() {
    let worker = worker();
    let (send, receive) = oneshot::channel();
    let (began, wait) = mpsc::channel();
    let task = worker.spawn(move || {
        let greenlet = greenlet_spawn(move || {
            assert!(in_greenlet());
            began.send(()).unwrap();
            let got = await_(receive)?.unwrap();
            yield_now()?;
            Ok::<_, Error>(got)
        });
        // Once awaited by the job, once driven by an executor of its own.
        let got: i32 = await_(greenlet)??;
        assert!(!in_greenlet() && can_await());
        let again = block_on(greenlet_spawn(move || {
            yield_now()?;
            assert_eq!(sync::park_on(async { 5 }), 5);
            Ok::<_, Error>(got + 1)
        }))?;
        assert!(!in_greenlet() && can_await());
        assert_eq!(stats().live, 0);
        Ok::<_, Error>(again)
    });
    wait.recv().unwrap();
    send.send(1).unwrap();
    assert_eq!(block_on(task).unwrap(), 2);
    // A cancel of the job reaches the greenlet that it awaits, by dropping it.
    let (there, waits) = mpsc::channel();
    let (task, ended) = begun(&worker, || {
        let (sender, receiver) = mpsc::channel();
        let outcome = await_(greenlet_spawn(move || {
            let outcome = await_(told(there));
            sender.send(outcome.unwrap_err().is_cancelled()).unwrap();
            Err::<(), _>(Error::Cancelled)
        }));
        outcome.is_err_and(|error| error.is_cancelled()) && soon(&receiver)
    });
    soon(&waits);
    drop(task);
    assert!(soon(&ended));
}

/// The number of threads of this process that have a name.
fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|found| found.trim_end() == name).count()
}

#[test]
fn a_thousand_workers_leave_no_thread_behind() {
    for round in 0..10 {
        let workers: Vec<_> = (0..100).map(|_| Worker::with_name("many").unwrap()).collect();
        let tasks =
            workers.iter().map(|worker| worker.spawn(|| Ok::<_, Error>(thread::current().id())));
        let ids = block_on(join_all(tasks.collect::<Vec<_>>()));
        let ids: std::collections::HashSet<_> = ids.into_iter().map(Result::unwrap).collect();
        assert_eq!(ids.len(), 100);
        if round == 0 {
            assert_eq!(threads("many"), 100);
        }
    }
    let started = Instant::now();
    while threads("many") > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "{} are left", threads("many"));
        thread::sleep(Duration::from_millis(5));
    }
}

// fault: B12
#[test]
fn many_threads_share_a_worker() {
    let worker = worker();
    let threads: Vec<_> = (0..8_usize)
        .map(|n| {
            let worker = worker.clone();
            thread::spawn(move || {
                for m in 0..200 {
                    let task = worker.spawn(move || {
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
}

/// What a driver does around a call that blocks.
#[test]
fn a_blocking_call_is_interrupted_from_outside() {
    let worker = worker();
    let here = thread::current().id();
    for n in 0..50 {
        let (stop, stopped) = mpsc::channel();
        let (task, ended) = begun(&worker, move || {
            match on_cancel(move || stop.send(thread::current().id()).unwrap()) {
                Ok(guard) => Some((soon(&stopped), guard.disarm())),
                // The cancel came before the guard.
                Err(error) => error.is_cancelled().then_some((here, false)),
            }
        });
        thread::sleep(Duration::from_micros(n * 10));
        drop(task);
        assert_eq!(soon(&ended), Some((here, false)));
    }
}

#[test]
fn a_callback_is_called_while_its_guard_lives_and_at_no_other_time() {
    let worker = worker();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = |calls: &Arc<AtomicUsize>| {
        let calls = Arc::clone(calls);
        move || {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let [a, b, c, after] = [0; 4].map(|_| count(&calls));
    let (there, waits) = mpsc::channel();
    let (task, ended) = begun(&worker, move || {
        assert!(on_cancel(a).unwrap().disarm());
        drop(on_cancel(b).unwrap());
        let kept = on_cancel(c).unwrap();
        let panics = on_cancel(|| panic_any("in the callback")).unwrap();
        let _ = await_(told(there));
        // Both have been called, and nothing is registered in a cancelled job.
        let called = !kept.disarm() && !panics.disarm();
        called && matches!(on_cancel(after), Err(Error::Cancelled))
    });
    soon(&waits);
    drop(task);
    assert!(soon(&ended));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    // Elsewhere there is nothing to be told of.
    let outside = on_cancel(|| unreachable!("there is no job")).unwrap();
    assert!(outside.disarm());
    let inside = greenlet_spawn(|| Ok::<_, Error>(on_cancel(|| unreachable!("no job"))?.disarm()));
    assert!(block_on(inside).unwrap());
}
