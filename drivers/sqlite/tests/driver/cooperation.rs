//! Greenlets on one thread: a long query and a wait for a lock let the others run.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use aludel_bridge::greenlet_spawn;
use aludel_core::error::{Error, ErrorKind};
use aludel_sqlite::{SqliteDriver, SqliteOptions};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::shelf::{LONG, Shelf, database, poll_once, running};
use crate::support::{Short, connect};

/// Runs on a current-thread runtime, where whatever blocks stops everybody.
fn on_one_thread<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

// fault: B18
#[test]
fn a_long_query_lets_other_tasks_run() {
    on_one_thread(async {
        let (_driver, shelf) = database(&[]);
        let (query, _) = running(&shelf, |connection| {
            connection.run(&LONG.replace("20000000", "2000000")).map(drop)
        });
        let mut query = pin!(query);
        let mut turns = 0;
        loop {
            if let Ok(result) = timeout(Duration::ZERO, query.as_mut()).await {
                result.unwrap();
                break;
            }
            turns += 1;
            yield_now().await;
        }
        // It gives way each time after so many steps of SQLite, however long these take.
        assert!(turns > 100, "only {turns} turns");
    });
}

#[test]
fn short_statements_share_the_thread_as_well() {
    on_one_thread(async {
        let (_driver, shelf) = database(&["create table t (a integer primary key)"]);
        let (query, _) = running(&shelf, |connection| {
            for _ in 0..20_000 {
                connection.query("select a from t where a = 1", &[])?;
            }
            Ok(())
        });
        let mut query = pin!(query);
        let mut turns = 0;
        while timeout(Duration::ZERO, query.as_mut()).await.is_err() {
            turns += 1;
        }
        assert!(turns > 2, "{turns} turns: no other task ran");
    });
}

#[test]
fn two_long_queries_take_turns() {
    on_one_thread(async {
        let order = Rc::new(Cell::new((0, 0)));
        let greenlet = |first: bool| {
            let (_, shelf) = database(&[]);
            let order = Rc::clone(&order);
            greenlet_spawn(move || {
                shelf.with(|connection| {
                    for _ in 0..20 {
                        connection.run(&LONG.replace("20000000", "20000"))?;
                        let (a, b) = order.get();
                        order.set(if first { (a + 1, b) } else { (a, b + 1) });
                        let (a, b): (i32, i32) = order.get();
                        assert!((a - b).abs() < 10, "one ran alone: {a} and {b}");
                    }
                    Ok::<_, Error>(())
                })
            })
        };
        let (first, second) = tokio::join!(greenlet(true), greenlet(false));
        first.and(second).unwrap();
        assert_eq!(order.get(), (20, 20));
    });
}

// fault: T10
#[test]
fn waiting_for_a_lock_lets_its_holder_run_on_the_same_thread() {
    on_one_thread(async {
        let (driver, holder) = database(&["create table t (a)"]);
        let waiting = Shelf::new(connect(&driver));
        let (release, released) = oneshot::channel();
        let (hold, _) = running(&holder, |connection| {
            connection.run("begin immediate")?;
            connection.run("insert into t values (1)")?;
            aludel_bridge::await_(released)?.unwrap();
            connection.commit()
        });
        let (wait, _) =
            running(&waiting, |connection| connection.run("insert into t values (2)").map(drop));
        let (mut hold, mut wait) = (pin!(hold), pin!(wait));
        assert!(!poll_once(hold.as_mut()), "it holds the lock");
        assert!(!poll_once(wait.as_mut()), "it waits for the lock");
        release.send(()).unwrap();
        // One that blocked the thread would wait for the holder until its time-out, in vain.
        let (held, waited) = tokio::join!(hold, wait);
        held.unwrap();
        waited.unwrap();
        assert_eq!(waiting.take().int("select count(*) from t"), 2);
    });
}

// fault: T10
#[test]
fn a_wait_for_a_lock_ends_at_its_deadline_and_blocks_nobody() {
    on_one_thread(async {
        let options = SqliteOptions::new().busy_timeout(Duration::from_millis(150));
        let driver = SqliteDriver::memory().unwrap().with_options(options).unwrap();
        let mut holder = connect(&driver);
        holder.run("create table t (a)").unwrap();
        holder.run("begin immediate").unwrap();
        let waiting = Shelf::new(connect(&driver));
        let (wait, ended) = running(&waiting, |connection| {
            let error = connection.run("insert into t values (2)").unwrap_err();
            assert!(error.is_busy(), "{error}");
            Err(error)
        });
        let ticks = Cell::new(0);
        let others = async {
            loop {
                sleep(Duration::from_millis(5)).await;
                ticks.set(ticks.get() + 1);
            }
        };
        tokio::select! {
            result = wait => assert!(result.is_err()),
            () = others => {}
        }
        assert_eq!(ended.get(), Some(ErrorKind::Operational));
        // A thread that is blocked has none. How many there are is the machine's.
        assert!(ticks.get() > 1, "the thread was blocked: {} ticks", ticks.get());
    });
}
