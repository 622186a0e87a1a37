//! The pool's queue as tasks see it: in order, with deadlines, and with listeners that use the pool.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use aludel::dbapi::{Statement, StatementKind};
use aludel::{AsyncEngine, EngineOptions, ErrorKind, Result, Strategy, event, pool, text};
use futures::future::join_all;

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

/// Who asks first is served first.
fn nobody_overtakes<S: Strategy>(database: Database) {
    let options = EngineOptions::new().pool_size(2).max_overflow(0);
    on::<S, _>(database, options, |engine| async move {
        let held = [engine.connect().await?, engine.connect().await?];
        let order = Arc::new(Mutex::new(Vec::new()));
        let pool = engine.sync_engine().pool().clone();
        let mut waiters = Vec::new();
        for n in 0..40_usize {
            let (engine, order) = (engine.clone(), Arc::clone(&order));
            let mut waiter = Box::pin(async move {
                let mut conn = engine.connect().await?;
                order.lock().unwrap().push(n);
                conn.scalar::<_, i64>(text("select 1")).await?;
                conn.close().await
            });
            // Its place in the queue is taken before the next one asks.
            while pool.status().waiting <= n {
                assert!(futures::poll!(waiter.as_mut()).is_pending(), "there is none");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            waiters.push(waiter);
        }
        for conn in held {
            conn.close().await?;
        }
        join_all(waiters).await.into_iter().collect::<Result<Vec<()>>>()?;
        // Two are served at a time, so one may be two places early. A thread that has its connection
        // may be late to say so, as long as the system lets others run, who share the other one.
        for (place, n) in order.lock().unwrap().iter().enumerate() {
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
            let Poll::Ready(conn) = futures::poll!(connecting.as_mut()) else {
                panic!("it waits for what is there");
            };
            let mut closing = std::pin::pin!(conn?.close());
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

/// A connection that was waited for is asked for a sign of life, and has time to give it.
fn a_long_wait_costs_no_connection<S: Strategy>(database: Database) {
    let options = EngineOptions::new()
        .pool_size(1)
        .max_overflow(0)
        .pool_timeout(Duration::from_secs(4))
        .pre_ping_after(Duration::ZERO);
    on::<S, _>(database, options, |engine| async move {
        let made = Arc::new(Mutex::new(0));
        let count = Arc::clone(&made);
        event::listen(engine.sync_engine(), move |_: &mut pool::Connect<'_>| {
            *count.lock().unwrap() += 1;
            Ok(())
        });
        let held = engine.connect().await?;
        let (waited, gave) = futures::join!(engine.connect(), async {
            tokio::time::sleep(Duration::from_millis(2200)).await;
            held.close().await
        });
        gave?;
        waited?.close().await?;
        assert_eq!(*made.lock().unwrap(), 1, "the same one serves both");
        Ok(())
    });
}

everywhere![a_long_wait_costs_no_connection];

/// Each task holds one connection and asks for a second, when there is none left.
fn nested_checkouts_end<S: Strategy>(database: Database) {
    let options =
        EngineOptions::new().pool_size(3).max_overflow(0).pool_timeout(Duration::from_millis(1500));
    on::<S, _>(database, options, |engine| async move {
        let held = futures::future::try_join_all((0..3).map(|_| engine.connect())).await?;
        let refused = join_all((0..3).map(|_| engine.connect())).await;
        for outcome in refused {
            let error = outcome.map(drop).expect_err("all are held");
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert!(error.message().contains("3 in use"), "{error}");
        }
        for conn in held {
            conn.close().await?;
        }
        engine.connect().await?.close().await
    });
}

// fault: P09
everywhere![nested_checkouts_end];

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
        .pre_ping_after(Duration::ZERO)
        .pool_timeout(Duration::from_secs(20));
    on::<S, _>(database, options, |engine| async move {
        let sql = || Statement::new("select 1", StatementKind::Raw).unwrap();
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
