//! The pool's queue as tasks see it: in order, with deadlines, disposed of, and with listeners that
//! use the pool.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use aludel::dbapi::{Statement, StatementKind};
use aludel::pool::Pool;
use aludel::{
    AsyncEngine, EngineOptions, Error, ErrorKind, Local, Result, Strategy, event, pool, text,
};
use futures::future::join_all;
use tokio::sync::Barrier;

use crate::support::drop_after::after;
use crate::support::{Database, Fresh};
use crate::{everywhere, settle};

fn on<S: Strategy, F: Future<Output = Result<()>>>(
    database: Database,
    options: EngineOptions,
    body: impl FnOnce(AsyncEngine<S>) -> F,
) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<S>(options).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        body(engine.clone()).await.expect("the body");
        settle(&engine).await;
        engine.dispose().await.expect("a dispose");
    });
}

/// Polls a checkout until it has its place in the queue, the one after so many others.
async fn queued(pool: &Pool, before: usize, checkout: &mut (impl Future + Unpin)) {
    while pool.status().waiting <= before {
        assert!(futures::poll!(&mut *checkout).is_pending(), "there is none");
        tokio::task::yield_now().await;
    }
}

/// Who asks first is served first.
fn nobody_overtakes<S: Strategy>(database: Database) {
    // Under `Threaded` each of those who wait has a thread.
    let many = if S::BLOCKS { 100 } else { 1000 };
    let options = EngineOptions::new().pool_size(2).max_overflow(0);
    on::<S, _>(database, options, |engine| async move {
        let held = [engine.connect().await?, engine.connect().await?];
        let order = Arc::new(Mutex::new(Vec::new()));
        let pool = engine.sync_engine().pool().clone();
        let mut waiters = Vec::new();
        for n in 0..many {
            let (engine, order) = (engine.clone(), Arc::clone(&order));
            let mut waiter = Box::pin(async move {
                let mut conn = engine.connect().await?;
                order.lock().unwrap().push(n);
                conn.scalar::<_, i64>(text("select 1")).await?;
                conn.close().await
            });
            // Its place in the queue is taken before the next one asks.
            queued(&pool, n, &mut waiter).await;
            waiters.push(waiter);
        }
        for conn in held {
            conn.close().await?;
        }
        join_all(waiters).await.into_iter().collect::<Result<Vec<()>>>()?;
        let order = order.lock().unwrap();
        assert_eq!(order.len(), many);
        // Two are served at a time, so one may be two places early. A thread that has its connection
        // may be late to say so, as long as the system lets others run, who share the other one.
        for (place, n) in order.iter().enumerate() {
            let late = place > n + 2 && !S::BLOCKS;
            assert!(*n <= place + 2 && !late, "{n} was served at {place}");
        }
        Ok(())
    });
}

// fault: P02
everywhere![nobody_overtakes];

/// A connection that is there is handed out in place, and so it is given back: nothing hops to
/// another thread, and a task that is polled once has it.
fn what_is_there_is_taken_at_once<S: Strategy>(database: Database) {
    on::<S, _>(database, EngineOptions::new(), |engine| async move {
        engine.connect().await?.close().await?;
        settle(&engine).await;
        for _ in 0..3 {
            let mut connecting = std::pin::pin!(engine.connect());
            let conn = match futures::poll!(connecting.as_mut()) {
                Poll::Ready(conn) => conn?,
                // A driver that blocks is used on its thread only.
                Poll::Pending if S::BLOCKS => connecting.await?,
                Poll::Pending => panic!("it waits for what is there"),
            };
            let mut closing = std::pin::pin!(conn.close());
            match futures::poll!(closing.as_mut()) {
                Poll::Ready(closed) => closed?,
                // The thread of the connection gives it back.
                Poll::Pending if S::BLOCKS => closing.await?,
                Poll::Pending => panic!("it waits for nothing"),
            }
        }
        Ok(())
    });
}

everywhere![what_is_there_is_taken_at_once];

/// A connection that was waited for is pinged, and has time to answer.
fn a_long_wait_costs_no_connection<S: Strategy>(database: Database) {
    let options = EngineOptions::new()
        .pool_size(1)
        .max_overflow(0)
        .pool_timeout(Duration::from_secs(8))
        .pool_pre_ping_after(Duration::ZERO);
    on::<S, _>(database, options, |engine| async move {
        let made = Arc::new(Mutex::new(0));
        let count = Arc::clone(&made);
        event::listen(engine.sync_engine(), move |_: &mut pool::Connect<'_>| {
            *count.lock().unwrap() += 1;
            Ok(())
        });
        let held = engine.connect().await?;
        let (waited, gave) = futures::join!(engine.connect(), async {
            // Longer than half of the time-out, which a deadline counted from the wait would have used.
            tokio::time::sleep(Duration::from_millis(4200)).await;
            held.close().await
        });
        gave?;
        waited?.close().await?;
        assert_eq!(*made.lock().unwrap(), 1, "the same one serves both");
        Ok(())
    });
}

everywhere![a_long_wait_costs_no_connection];

/// As many tasks as connections: each has one, and wants another.
fn nested_checkouts_end<S: Strategy>(database: Database) {
    const TASKS: usize = 8;
    let patience = Duration::from_millis(1500);
    let options = EngineOptions::new().pool_size(TASKS).max_overflow(0).pool_timeout(patience);
    on::<S, _>(database, options, |engine| async move {
        // `keep`: whether they hold the first until all have an answer, or give it back at their own
        // answer, and with it serve another.
        for keep in [true, false] {
            let (all_have_one, all_are_answered) = (Barrier::new(TASKS), Barrier::new(TASKS));
            let task = async || {
                let first = engine.connect().await?;
                all_have_one.wait().await;
                let started = Instant::now();
                let second = engine.connect().await;
                let waited = started.elapsed();
                if keep {
                    all_are_answered.wait().await;
                }
                first.close().await?;
                let refused = match second {
                    Ok(second) => second.close().await.map(|()| None)?,
                    Err(error) => Some(error),
                };
                Ok::<_, Error>((refused, waited))
            };
            let answers = futures::future::try_join_all((0..TASKS).map(|_| task())).await?;
            // All at their deadlines, and not one after the other, which would take twice as long.
            let late = patience * u32::try_from(TASKS).expect("a small number") / 2;
            let mut refused = 0;
            for (error, waited) in answers {
                assert!(waited < late, "answered after {waited:?}");
                let Some(error) = error else { continue };
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::Timeout);
                assert!(waited >= patience, "answered after {waited:?}");
                assert!(!keep || error.message().contains("8 in use"), "{error}");
            }
            assert!(refused == TASKS || (!keep && refused > 0), "{refused} were refused");
            settle(&engine).await;
        }
        engine.connect().await?.close().await
    });
}

// fault: P09
everywhere![nested_checkouts_end];

/// A checkout that waits when the pool is disposed of is refused at once. Connections that are checked
/// out go on, and are closed at their checkin.
fn disposing_refuses_who_waits<S: Strategy>(database: Database) {
    let patience = Duration::from_secs(60);
    let options = EngineOptions::new().pool_size(2).max_overflow(0).pool_timeout(patience);
    on::<S, _>(database, options, |engine| async move {
        let mut held = [engine.connect().await?, engine.connect().await?];
        let old = engine.sync_engine().pool();
        let mut waiters = Vec::new();
        for n in 0..10 {
            let mut waiter = Box::pin(engine.connect());
            queued(&old, n, &mut waiter).await;
            waiters.push(waiter);
        }
        let started = Instant::now();
        engine.dispose().await?;
        for outcome in join_all(waiters).await {
            assert_disposed(&outcome.map(drop).expect_err("there is no pool any more"));
        }
        assert!(started.elapsed() < patience / 4, "answered after {:?}", started.elapsed());
        assert_eq!((old.status().in_use, old.status().waiting), (2, 0));
        for conn in &mut held {
            assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
        }
        // Meanwhile the engine has another pool.
        let mut other = engine.connect().await?;
        assert_eq!(other.scalar(text("select 2")).await?, Some(2_i64));
        other.close().await?;
        for conn in held {
            conn.close().await?;
        }
        assert_eq!((old.status().in_use, old.status().idle), (0, 0));
        let late = engine.run_sync(move |_| old.checkout_within(Duration::ZERO).map(drop)).await;
        assert_disposed(&late.expect_err("it is closed"));
        Ok(())
    });
}

fn assert_disposed(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::ResourceClosed, "{error}");
    assert!(error.message().contains("the pool was disposed of"), "{error}");
}

// fault: P22
everywhere![disposing_refuses_who_waits];

/// The same for the threads of a blocking program.
// fault: P22
#[test]
fn disposing_refuses_threads_that_wait() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let patience = Duration::from_secs(60);
        let options = EngineOptions::new().pool_size(1).max_overflow(0).pool_timeout(patience);
        let engine = fresh.engine(options).expect("an engine");
        let held = engine.connect().expect("the only connection");
        let old = engine.pool();
        let wait = || engine.connect().map(drop);
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..4).map(|_| scope.spawn(wait)).collect();
            let started = Instant::now();
            while old.status().waiting < waiters.len() && started.elapsed() < patience / 4 {
                std::thread::sleep(Duration::from_millis(1));
            }
            engine.dispose();
            for waiter in waiters {
                let outcome = waiter.join().expect("no panic");
                assert_disposed(&outcome.expect_err("there is no pool any more"));
            }
            assert!(started.elapsed() < patience / 2, "answered after {:?}", started.elapsed());
        });
        held.close().expect("a close");
        assert_eq!((old.status().in_use, old.status().idle), (0, 0));
    }
}

/// A checkout that finds an idle connection, or no time to wait for one, does not wait: one poll is
/// all it takes.
fn what_need_not_wait_is_one_poll(database: Database) {
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    on::<Local, _>(database, options, |engine| async move {
        engine.connect().await?.close().await?;
        let idle = futures::poll!(std::pin::pin!(engine.connect()));
        let Poll::Ready(held) = idle else { panic!("there was an idle one") };
        let pool = engine.sync_engine().pool();
        let no_time = engine.run_sync(move |_| pool.checkout_within(Duration::ZERO).map(drop));
        let Poll::Ready(refused) = futures::poll!(std::pin::pin!(no_time)) else {
            panic!("there was no time to wait")
        };
        assert_eq!(refused.expect_err("it is lent").kind(), ErrorKind::Timeout);
        held?.close().await
    });
}

// conforms: A21
#[test]
fn a_checkout_without_waiting_does_not_suspend() {
    Database::ALL.into_iter().for_each(what_need_not_wait_is_one_poll);
}

/// A listener of the pool takes a connection from the same pool.
fn listeners_use_the_pool<S: Strategy>(database: Database) {
    let options = EngineOptions::new().pool_size(3).max_overflow(0);
    on::<S, _>(database, options, |engine| async move {
        let inner = Arc::new(Mutex::new(false));
        let pool = engine.sync_engine().pool().clone();
        event::listen(engine.sync_engine(), move |_: &mut pool::Checkout<'_>| {
            if std::mem::replace(&mut *inner.lock().unwrap(), true) {
                return Ok(());
            }
            let outcome = pool.checkout().map(drop);
            *inner.lock().unwrap() = false;
            outcome
        });
        for nonce in 0..10_i64 {
            let mut conn = engine.connect().await?;
            assert_eq!(conn.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
            conn.close().await?;
        }
        Ok(())
    });
}

// fault: P24
everywhere![listeners_use_the_pool];

/// A checkout that is dropped while its listeners and its pre-ping talk to the server.
fn dropped_within_listeners<S: Strategy>(database: Database) {
    let options = EngineOptions::new()
        .pool_size(2)
        .max_overflow(0)
        .pool_pre_ping_after(Duration::ZERO)
        .pool_timeout(Duration::from_secs(20));
    on::<S, _>(database, options, |engine| async move {
        let sql = || Statement::new("select 1", StatementKind::Text).unwrap();
        let (first, second) = (sql(), sql());
        event::listen(engine.sync_engine(), move |e: &mut pool::Connect<'_>| {
            e.dbapi_connection.execute_statement(&first, &[]).map(drop)
        });
        event::listen(engine.sync_engine(), move |e: &mut pool::Checkout<'_>| {
            e.dbapi_connection.execute_statement(&second, &[]).map(drop)
        });
        for polls in 0..40 {
            if let Some(conn) = after(polls, engine.connect()).await {
                conn?.close().await?;
            }
            settle(&engine).await;
            let mut conn = engine.connect().await?;
            let nonce = i64::from(polls);
            assert_eq!(conn.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
            conn.close().await?;
        }
        Ok(())
    });
}

// fault: P08, P25
everywhere![dropped_within_listeners];

/// A checkout that is dropped within its connect listener leaves no connection behind on which the
/// listener has not come to its end.
fn nobody_gets_what_is_not_ready<S: Strategy>(database: Database) {
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    on::<S, _>(database, options, |engine| async move {
        event::listen(engine.sync_engine(), |e: &mut pool::Connect<'_>| {
            for _ in 0..5 {
                e.dbapi_connection.execute("select 1")?;
            }
            e.dbapi_connection.run("create temporary table ready (a integer)")
        });
        for step in 0..80_u32 {
            engine.sync_engine().pool().invalidate_all();
            // By polls where the code runs in them, by the clock where it runs beside them.
            if step % 2 == 0 {
                drop(after(step / 2, engine.connect()).await);
            } else {
                let moment = Duration::from_micros(u64::from(step) * 60);
                let until = Instant::now() + moment;
                let mut connect = Box::pin(engine.connect());
                while Instant::now() < until && futures::poll!(&mut connect).is_pending() {
                    tokio::task::yield_now().await;
                }
            }
            let mut conn = engine.connect().await?;
            conn.execute(text("select * from ready")).await?;
            conn.close().await?;
        }
        Ok(())
    });
}

// fault: P08, P23
everywhere![nobody_gets_what_is_not_ready];
