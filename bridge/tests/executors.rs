//! Greenlets on each executor, and beside other tasks.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use aludel_bridge::{Error, Host, await_, greenlet_spawn, sleep, stats, yield_now};
use futures::future::join_all;
use support::Steps;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// Waits for a turn, for a timer of the bridge and for a future.
fn work() -> Result<u32, Error> {
    yield_now()?;
    sleep(Duration::from_millis(1))?;
    await_(async {
        Steps(3).await;
        42
    })
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

// fault: B28
#[test]
fn futures_and_smol() {
    assert_eq!(futures::executor::block_on(greenlet_spawn(work)).unwrap(), 42);
    assert_eq!(smol::block_on(greenlet_spawn(work)).unwrap(), 42);
    let local = smol::LocalExecutor::new();
    let tasks: Vec<_> = (0..10).map(|_| local.spawn(greenlet_spawn(work))).collect();
    for result in smol::block_on(local.run(join_all(tasks))) {
        assert_eq!(result.unwrap(), 42);
    }
}

// fault: B28
#[test]
fn tokio_on_one_thread_with_its_own_timers() {
    let greenlet = greenlet_spawn(|| {
        await_(async { tokio::time::sleep(Duration::from_millis(1)).await })?;
        work()
    });
    assert_eq!(current_thread().block_on(greenlet).unwrap(), 42);
    let local = LocalSet::new();
    let task = local.spawn_local(greenlet_spawn(work));
    assert_eq!(local.block_on(&current_thread(), task).unwrap().unwrap(), 42);
}

// A greenlet stays where it is; what goes to other threads is the future of a host.
// fault: B10, B28
#[test]
#[cfg_attr(aludel_threads, ignore = "it is about being on the same thread")]
fn tokio_on_many_threads() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let host = Host::new().unwrap();
    let results = runtime.block_on(async {
        assert_eq!(greenlet_spawn(work).await.unwrap(), 42, "in the runtime's own task");
        let tasks = (0..100).map(|_| {
            let host = host.clone();
            tokio::spawn(async move {
                let thread = || Ok::<_, Error>(std::thread::current().id());
                let before = host.spawn(thread).await?;
                tokio::task::yield_now().await;
                Ok::<_, Error>((host.spawn(work).await?, before == host.spawn(thread).await?))
            })
        });
        join_all(tasks).await
    });
    for result in results {
        assert_eq!(result.unwrap().unwrap(), (42, true));
    }
}

// fault: B28
#[test]
fn two_runtimes_take_turns_on_one_thread() {
    let (one, two) = (current_thread(), current_thread());
    for _ in 0..3 {
        assert_eq!(one.block_on(greenlet_spawn(work)).unwrap(), 42);
        assert_eq!(two.block_on(greenlet_spawn(work)).unwrap(), 42);
    }
    drop(one);
    assert_eq!(two.block_on(greenlet_spawn(work)).unwrap(), 42);
    assert_eq!(stats().live, 0);
}

tokio::task_local! {
    static NAME: RefCell<String>;
}

fn name() -> String {
    NAME.with(|name| name.borrow().clone())
}

fn rename(to: &str) {
    NAME.with(|name| to.clone_into(&mut name.borrow_mut()));
}

// conforms: A12
#[test]
#[cfg_attr(aludel_threads, ignore = "on a thread of its own a greenlet has other thread-locals")]
fn task_locals_are_shared_with_the_task_and_never_mixed() {
    let task = |n: u32| {
        let greenlet = greenlet_spawn(move || {
            assert_eq!(name(), format!("{n}"), "set before the spawn");
            let inside = await_(async {
                Steps(n % 5).await;
                let seen = name();
                rename(&format!("{n} async"));
                seen
            })?;
            assert_eq!(inside, format!("{n}"));
            yield_now()?;
            assert_eq!(name(), format!("{n} async"), "set by the awaited code");
            rename(&format!("{n} sync"));
            await_(Steps(2))?;
            Ok::<_, Error>(await_(async { name() })? == format!("{n} sync"))
        });
        NAME.scope(RefCell::new(n.to_string()), greenlet)
    };
    let results = current_thread().block_on(join_all((0..500).map(task)));
    assert!(results.into_iter().all(|result| result.unwrap()));
}

// fault: B11
#[test]
#[cfg_attr(aludel_threads, ignore = "on a thread of its own a greenlet has other thread-locals")]
fn values_that_belong_to_a_thread_live_across_suspensions() {
    thread_local!(static TURNS: Cell<u32> = const { Cell::new(0) });
    let task = || {
        greenlet_spawn(|| {
            let (thread, shared) = (std::thread::current().id(), Rc::new(Cell::new(0)));
            for _ in 0..100 {
                TURNS.set(TURNS.get() + 1);
                yield_now()?;
                shared.set(shared.get() + 1);
                assert_eq!(std::thread::current().id(), thread);
            }
            Ok::<_, Error>(shared.get())
        })
    };
    let results = current_thread().block_on(join_all([task(), task()]));
    assert!(results.into_iter().all(|result| result.unwrap() == 100));
    assert_eq!(TURNS.get(), 200);
}

// A greenlet that computes without a wait holds its thread, as any task does; a turn now and then
// is all it takes.
// conforms: A32
// fault: B18, B31
#[test]
fn a_greenlet_that_yields_lets_others_run() {
    let log = Rc::new(RefCell::new(String::new()));
    let task = |letter: char, waits: bool| {
        let log = Rc::clone(&log);
        greenlet_spawn(move || {
            for _ in 0..3 {
                log.borrow_mut().push(letter);
                if waits {
                    yield_now()?;
                }
            }
            Ok::<_, Error>(())
        })
    };
    let local = LocalSet::new();
    for (letter, waits) in [('a', true), ('b', true), ('c', false)] {
        local.spawn_local(task(letter, waits));
    }
    current_thread().block_on(local);
    assert_eq!(*log.borrow(), "abcccabab");
}

#[test]
fn five_hundred_sleepers_take_the_time_of_one() {
    let since = Instant::now();
    let sleeper = || greenlet_spawn(|| sleep(Duration::from_millis(20)));
    let results = futures::executor::block_on(join_all((0..500).map(|_| sleeper())));
    assert!(results.into_iter().all(|result| result.is_ok()));
    assert!(since.elapsed() < Duration::from_secs(5), "one after the other it were ten");
    assert_eq!(stats().pooled, 64, "the rest of the stacks was given back");
}
