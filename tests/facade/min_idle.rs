//! Connections that are kept ready under several runtimes: where they are made, and what one runtime is to the others.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aludel::{
    AsyncEngine, Engine, EngineOptions, Error, ErrorKind, Hosted, Local, Result, Strategy,
    create_async_engine_with, event, pool,
};
use aludel_testing::BOUND;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::support::{Database, Fresh};
use crate::{options, spawned};

/// Declares tests of a body on databases whose sessions belong to a runtime.
macro_rules! on_servers {
    ($($body:ident),*) => {$(
        mod $body {
            #[test] fn postgres() { super::$body(crate::support::Database::Postgres); }
            #[test] fn mysql() { super::$body(crate::support::Database::MySql); }
        }
    )*};
}

fn ready(idle: usize) -> EngineOptions {
    options().pool_size(5).pool_min_idle(idle)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Counts the connections that are begun in the background. While the flag is set they fail.
fn begun(engine: &Engine) -> (Arc<AtomicUsize>, Arc<AtomicBool>) {
    let (tries, fails) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counting, failing) = (Arc::clone(&tries), Arc::clone(&fails));
    event::listen(engine, move |_: &mut pool::DoConnect<'_>| {
        if std::thread::current().name() != Some("aludel-background") {
            return Ok(());
        }
        counting.fetch_add(1, Ordering::SeqCst);
        if failing.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Operational, "the listener's reason"));
        }
        Ok(())
    });
    (tries, fails)
}

/// Waits until so many are in use and idle; the runtime around it runs meanwhile.
async fn settles<S: Strategy>(engine: &AsyncEngine<S>, in_use: usize, idle: usize) {
    let waited = tokio::time::timeout(BOUND, async {
        loop {
            let status = engine.sync_engine().pool().status();
            if (status.in_use, status.idle) == (in_use, idle) {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let status = || engine.sync_engine().pool().status();
    assert!(waited.await.is_ok(), "{in_use} and {idle}: {}", status());
}

/// Checkouts by turns on two hosts, each of which finds too few idle, do not shorten the pause after a failure.
fn a_pause_holds_for_every_host(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options = ready(1).host_threads(2);
    let engine: AsyncEngine<Hosted> =
        create_async_engine_with(fresh.url(), options).expect("an engine");
    // So that each checkout runs on the host of its connection.
    event::listen(engine.sync_engine(), |_: &mut pool::Checkout<'_>| Ok(()));
    let (tries, fails) = begun(engine.sync_engine());
    spawned(async move {
        // One that is ready would be given to the second, and bring it to its host.
        fails.store(true, Ordering::SeqCst);
        let since = Instant::now();
        let mut all = vec![engine.connect().await?, engine.connect().await?];
        let mut threads = Vec::new();
        for conn in &mut all {
            threads.push(conn.run_sync(|_| Ok::<_, Error>(std::thread::current().id())).await?);
        }
        assert_ne!(threads[0], threads[1], "two hosts");
        for _ in 0..10 {
            all.remove(0).close().await?;
            all.push(engine.connect().await?);
            // None is idle behind it, so one is to be made.
            sleep(Duration::from_millis(20)).await;
        }
        let tried = tries.load(Ordering::SeqCst);
        assert!(tried == 1 || since.elapsed() > Duration::from_secs(1), "{tried} times");
        fails.store(false, Ordering::SeqCst);
        // Nobody has to ask.
        settles(&engine, 2, 1).await;
        for conn in all {
            conn.close().await?;
        }
        engine.dispose().await
    });
}

/// Those that are ready are made on all hosts in turn, so that two that are used at the same time run at the same time.
fn ready_ones_are_spread_over_the_hosts(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    for idle in [1, 3] {
        let options = ready(idle).host_threads(2);
        let engine: AsyncEngine<Hosted> =
            create_async_engine_with(fresh.url(), options).expect("an engine");
        spawned(async move {
            let mut all = Vec::new();
            let mut threads = HashMap::<_, usize>::new();
            for _ in 0..=idle {
                all.push(engine.connect().await?);
                // At most as many as `pool_size` are made beforehand.
                settles(&engine, all.len(), idle.min(5 - all.len())).await;
            }
            for conn in &mut all {
                let thread = || Ok::<_, Error>(std::thread::current().id());
                let thread = conn.run_sync(move |_| thread()).await?;
                *threads.entry(thread).or_default() += 1;
            }
            let half = all.len() / 2;
            assert!(threads.len() == 2 && threads.values().all(|count| *count == half));
            for conn in all {
                conn.close().await?;
            }
            engine.dispose().await
        });
    }
}

/// Nothing is tried on a runtime that has ended; the next one has its connections without a pause.
fn a_runtime_that_has_ended_is_forgotten(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<Local>(ready(1)).expect("an engine");
    let (tries, _) = begun(engine.sync_engine());
    let (first, second) = (runtime(), runtime());
    let used: Result<()> = first.block_on(async {
        let conn = engine.connect().await?;
        settles(&engine, 1, 1).await;
        conn.close().await
    });
    used.expect("the first runtime");
    drop(first);
    let before = tries.load(Ordering::SeqCst);
    engine.sync_engine().pool().invalidate_all();
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(tries.load(Ordering::SeqCst), before, "no attempt");
    let used: Result<()> = second.block_on(async {
        let conn = engine.connect().await?;
        while tries.load(Ordering::SeqCst) < before + 1 {
            sleep(Duration::from_millis(5)).await;
        }
        conn.close().await?;
        engine.dispose().await
    });
    used.expect("the second runtime");
}

/// An attempt on a runtime that stands still ends in time, and those who use another one have theirs made.
fn a_runtime_that_nobody_drives_stops_nobody(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options = ready(1).pool_timeout(Duration::from_secs(2));
    let engine = fresh.async_engine::<Local>(options).expect("an engine");
    let (first, second) = (runtime(), runtime());
    let (tries, is_still) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (count, stands_still) = (Arc::clone(&tries), Arc::clone(&is_still));
    event::listen(engine.sync_engine(), move |_: &mut pool::DoConnect<'_>| {
        // The second is the one to be ready.
        if count.fetch_add(1, Ordering::SeqCst) == 1 {
            let since = Instant::now();
            while !stands_still.load(Ordering::SeqCst) && since.elapsed() < BOUND {
                std::thread::sleep(Duration::from_millis(1));
            }
            // It never wakes where nobody drives its timer.
            aludel::bridge::await_(sleep(Duration::from_millis(1)))?;
        }
        Ok(())
    });
    let one = first.block_on(async {
        let one = engine.connect().await?;
        while tries.load(Ordering::SeqCst) < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        Ok::<_, Error>(one)
    });
    let one = one.expect("the first runtime");
    is_still.store(true, Ordering::SeqCst);
    let used: Result<()> = second.block_on(async {
        let two = engine.connect().await?;
        settles(&engine, 2, 1).await;
        two.close().await
    });
    used.expect("the second runtime");
    let ended = first.block_on(one.close());
    ended.expect("the end");
    second.block_on(engine.dispose()).expect("a dispose");
}

on_servers![
    ready_ones_are_spread_over_the_hosts,
    a_pause_holds_for_every_host,
    a_runtime_that_has_ended_is_forgotten,
    a_runtime_that_nobody_drives_stops_nobody
];
