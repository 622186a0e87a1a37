//! A checkout that makes a connection while its server is slow to answer: the first that comes serves, and
//! the late one becomes idle. By each driver of a server, blocking and under every strategy that it serves,
//! behind a proxy that holds the answers to new connections back.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aludel::pool::{Connect, DoConnect, ResetOnReturn};
use aludel::{
    AsyncEngine, Engine, EngineOptions, ErrorKind, Hosted, Local, Result, Strategy, Threaded,
    bridge, create_async_engine_on, create_engine_with, event, text,
};
use aludel_testing::proxy::{Proxy, SERVER_DRIVERS, behind_a_proxy};
use aludel_testing::{NEVER, drop_when, settle, settle_awaited};
use futures::channel::oneshot;

/// A body's server, and how often connect listeners were called.
#[derive(Clone)]
struct Slow {
    proxy: Proxy,
    heard: Arc<AtomicUsize>,
}

impl Slow {
    fn listen(proxy: Proxy, engine: &Engine) -> Self {
        let heard = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&heard);
        event::listen(engine, move |_: &mut Connect<'_>| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        Self { proxy, heard }
    }

    fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

fn options() -> EngineOptions {
    EngineOptions::new().pool_size(2).max_overflow(0).pool_timeout(NEVER)
}

/// Waits in a greenlet as on a thread.
fn wait_until(what: &str, mut so: impl FnMut() -> bool) -> Result<()> {
    for _ in 0..6000 {
        if so() {
            return Ok(());
        }
        bridge::sleep(Duration::from_millis(5))?;
    }
    panic!("not in time: {what}");
}

/// Runs a body on a blocking engine and within every strategy.
fn everywhere(options: EngineOptions, body: fn(&Engine, &Slow) -> Result<()>) {
    fn on<S: Strategy>(
        (variable, scheme): (&'static str, &str),
        options: EngineOptions,
        body: fn(&Engine, &Slow) -> Result<()>,
    ) {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { return };
        let engine = create_async_engine_on::<S>(&url, options).unwrap();
        let slow = Slow::listen(proxy, engine.sync_engine());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let run = engine.run_sync(move |engine| body(engine, &slow)).await;
            run.unwrap_or_else(|error| panic!("{scheme} {}: {error}", std::any::type_name::<S>()));
            engine.dispose().await.unwrap();
        });
    }
    for (variable, scheme) in SERVER_DRIVERS {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let engine = create_engine_with(&url, options.clone()).unwrap();
        let slow = Slow::listen(proxy, &engine);
        body(&engine, &slow).unwrap_or_else(|error| panic!("{scheme}: {error}"));
        engine.dispose();
        let driver = (variable, scheme);
        on::<Threaded>(driver, options.clone(), body);
        if !scheme.contains('+') {
            on::<Local>(driver, options.clone(), body);
            on::<Hosted>(driver, options.clone(), body);
        }
    }
}

/// Runs an async body within every strategy.
macro_rules! awaited {
    ($options:expr, $body:ident) => {
        for (variable, scheme) in SERVER_DRIVERS {
            if !scheme.contains('+') {
                awaited!(Local, variable, scheme, $options, $body);
                awaited!(Hosted, variable, scheme, $options, $body);
            }
            awaited!(Threaded, variable, scheme, $options, $body);
        }
    };
    ($strategy:ty, $variable:ident, $scheme:ident, $options:expr, $body:ident) => {
        if let Some((url, proxy)) = behind_a_proxy($variable, $scheme) {
            let engine = create_async_engine_on::<$strategy>(&url, $options).unwrap();
            let slow = Slow::listen(proxy, engine.sync_engine());
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let ended = $body(&engine, &slow, $scheme.contains('+')).await;
                ended.unwrap_or_else(|error| {
                    panic!("{} {}: {error}", $scheme, stringify!($strategy))
                });
                engine.dispose().await.unwrap();
            });
        }
    };
}

/// Gives a connection back when another one is being made.
fn return_when_one_is_made(slow: &Slow, held: aludel::Connection) -> thread::JoinHandle<()> {
    let proxy = slow.proxy.clone();
    thread::spawn(move || {
        settle("a connection is being made", || proxy.held() == 1);
        drop(held);
    })
}

fn numbers(engine: &Engine) -> (usize, usize, usize) {
    let status = engine.pool().status();
    (status.in_use, status.idle, status.waiting)
}

fn first_serves(engine: &Engine, slow: &Slow) -> Result<()> {
    let mut first = engine.connect()?;
    first.execute(text("select 1"))?;
    slow.proxy.hold_new(true);
    let returning = return_when_one_is_made(slow, first);
    let mut second = engine.connect()?;
    returning.join().unwrap();
    assert_eq!(second.scalar(text("select 2"))?, Some(2_i64));
    // The other one is still on its way, and has its place.
    assert_eq!((slow.proxy.held(), slow.heard(), numbers(engine)), (1, 1, (2, 0, 0)));
    slow.proxy.hold_new(false);
    wait_until("the late one is idle", || numbers(engine) == (1, 1, 0))?;
    assert_eq!(slow.heard(), 1, "its listeners are due when it is lent");
    let mut late = engine.connect()?;
    assert_eq!((slow.heard(), numbers(engine)), (2, (2, 0, 0)));
    assert_eq!(late.scalar(text("select 3"))?, Some(3_i64));
    drop((second, late));
    wait_until("both are idle", || numbers(engine) == (0, 2, 0))?;
    drop((engine.connect()?, engine.connect()?));
    assert_eq!(slow.heard(), 2);
    Ok(())
}

#[test]
fn the_first_that_comes_serves_and_the_late_one_becomes_idle() {
    everywhere(options(), first_serves);
}

fn late_fails(engine: &Engine, slow: &Slow) -> Result<()> {
    let first = engine.connect()?;
    slow.proxy.hold_new(true);
    let returning = return_when_one_is_made(slow, first);
    let second = engine.connect()?;
    returning.join().unwrap();
    drop(second);
    // One that was idle, and the attempt.
    let kept = engine.connect()?;
    let waiting = engine.clone();
    slow.proxy.disconnect();
    slow.proxy.hold_new(false);
    wait_until("its place is free", || numbers(&waiting) == (1, 0, 0))?;
    drop(kept);
    // It was cut as well; both places make a connection.
    let (mut one, mut two) = (engine.connect()?, engine.connect()?);
    assert_eq!(one.scalar(text("select 1"))?, Some(1_i64));
    assert_eq!(two.scalar(text("select 2"))?, Some(2_i64));
    Ok(())
}

#[test]
fn a_late_one_that_fails_gives_its_place_back() {
    everywhere(options(), late_fails);
}

fn ends_at_its_deadline(engine: &Engine, slow: &Slow) -> Result<()> {
    let first = engine.connect()?;
    slow.proxy.hold_new(true);
    // Nobody gives a connection back.
    let error = engine.connect().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    wait_until("its place is free", || numbers(engine) == (1, 0, 0))?;
    slow.proxy.hold_new(false);
    wait_until("none is held", || slow.proxy.held() == 0)?;
    slow.proxy.hold_new(true);
    let returning = return_when_one_is_made(slow, first);
    let second = engine.connect()?;
    returning.join().unwrap();
    wait_until("the late one was given up", || numbers(engine) == (1, 0, 0))?;
    drop(second);
    slow.proxy.hold_new(false);
    Ok(())
}

#[test]
fn a_late_one_is_given_up_at_the_deadline_of_its_checkout() {
    everywhere(options().pool_timeout(Duration::from_secs(1)), ends_at_its_deadline);
}

fn disposed_of(engine: &Engine, slow: &Slow) -> Result<()> {
    let pool = engine.pool().clone();
    let first = engine.connect()?;
    slow.proxy.hold_new(true);
    let returning = return_when_one_is_made(slow, first);
    let second = engine.connect()?;
    returning.join().unwrap();
    engine.dispose();
    assert_eq!(pool.status().in_use, 1, "the attempt has no place any more");
    drop(second);
    assert_eq!((pool.status().in_use, pool.status().idle), (0, 0));
    // Whoever is making one when the pool is disposed of is notified at once.
    let (ending, proxy) = (engine.clone(), slow.proxy.clone());
    let disposing = thread::spawn(move || {
        settle("both are being made", || proxy.held() == 2);
        ending.dispose();
    });
    let error = engine.connect().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceClosed, "{error}");
    disposing.join().unwrap();
    assert_eq!(slow.proxy.held(), 2);
    slow.proxy.hold_new(false);
    wait_until("nothing is left of them", || slow.proxy.held() == 0)?;
    let mut third = engine.connect()?;
    assert_eq!(third.scalar(text("select 3"))?, Some(3_i64));
    Ok(())
}

#[test]
fn disposing_of_the_pool_waits_for_no_connection_that_is_made() {
    everywhere(options(), disposed_of);
}

async fn serves_tasks<S: Strategy>(engine: &AsyncEngine<S>, slow: &Slow, _: bool) -> Result<()> {
    let pool = engine.sync_engine().pool().clone();
    let mut first = engine.connect().await?;
    first.execute(text("select 1")).await?;
    slow.proxy.hold_new(true);
    let mut second = Box::pin(engine.connect());
    let made = settle_awaited("it is being made", async || slow.proxy.held() == 1);
    assert!(drop_when(&mut second, made).await.is_none());
    // Who comes later waits behind it.
    let mut third = Box::pin(engine.connect());
    let queued = settle_awaited("it waits", async || pool.status().waiting == 1);
    assert!(drop_when(&mut third, queued).await.is_none());
    first.close().await?;
    let mut second = second.await?;
    assert_eq!(second.scalar(text("select 2")).await?, Some(2_i64));
    assert_eq!((slow.proxy.held(), slow.heard(), pool.status().waiting), (1, 1, 1));
    // What comes late is that of the next.
    slow.proxy.hold_new(false);
    let mut third = third.await?;
    assert_eq!(third.scalar(text("select 3")).await?, Some(3_i64));
    assert_eq!(slow.heard(), 2);
    second.close().await?;
    third.close().await
}

#[test]
fn tasks_are_served_in_their_order_also_by_the_late_one() {
    awaited!(options(), serves_tasks);
}

async fn dropped<S: Strategy>(engine: &AsyncEngine<S>, slow: &Slow, blocks: bool) -> Result<()> {
    let pool = engine.sync_engine().pool().clone();
    let first = engine.connect().await?;
    slow.proxy.hold_new(true);
    let second = engine.connect();
    let made = settle_awaited("it is being made", async || slow.proxy.held() == 1);
    assert!(drop_when(second, made).await.is_none());
    if blocks {
        // Nothing ends it; it is idle when it is there.
        slow.proxy.hold_new(false);
        settle_awaited("it is idle", async || pool.status().idle == 1).await;
    } else {
        settle_awaited("its place is free", async || pool.status().in_use == 1).await;
        slow.proxy.hold_new(false);
    }
    assert_eq!(slow.heard(), 1);
    let mut second = engine.connect().await?;
    assert_eq!((slow.heard(), pool.status().in_use), (2, 2));
    assert_eq!(second.scalar(text("select 2")).await?, Some(2_i64));
    second.close().await?;
    first.close().await
}

#[test]
fn a_checkout_that_is_dropped_while_it_makes_a_connection_leaves_no_place_behind() {
    awaited!(options(), dropped);
}

fn comes_back_in_a_listener(engine: &Engine, slow: &Slow) -> Result<()> {
    let held = Mutex::new(Some(engine.connect()?));
    let listener = event::listen(engine, move |_: &mut DoConnect<'_>| {
        drop(held.lock().unwrap().take());
        Ok(())
    });
    slow.proxy.hold_new(true);
    let mut conn = engine.connect()?;
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    assert_eq!((slow.proxy.held(), numbers(engine)), (0, (1, 0, 0)), "another one was begun");
    slow.proxy.hold_new(false);
    event::remove(engine, &listener)
}

#[test]
fn nothing_is_begun_where_one_came_back_in_a_listener() {
    everywhere(options(), comes_back_in_a_listener);
}

fn disposed_of_in_a_listener(engine: &Engine, slow: &Slow) -> Result<()> {
    let (ending, pool) = (engine.clone(), engine.pool().clone());
    let listener = event::listen(engine, move |_: &mut DoConnect<'_>| {
        ending.dispose();
        Ok(())
    });
    slow.proxy.hold_new(true);
    slow.proxy.take_log();
    let error = engine.connect().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceClosed, "{error}");
    assert_eq!((pool.status().in_use, slow.proxy.held()), (0, 0));
    event::remove(engine, &listener)?;
    slow.proxy.hold_new(false);
    assert_eq!(slow.proxy.take_log().len(), 0, "a connection was begun");
    let mut conn = engine.connect()?;
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

#[test]
fn nothing_is_begun_for_a_pool_that_was_disposed_of_in_a_listener() {
    everywhere(options(), disposed_of_in_a_listener);
}

async fn waits_behind_a_listener<S: Strategy>(
    engine: &AsyncEngine<S>,
    _: &Slow,
    _: bool,
) -> Result<()> {
    let pool = engine.sync_engine().pool().clone();
    let first = engine.connect().await?;
    let (open, gate) = oneshot::channel::<()>();
    let (gate, asked) = (Mutex::new(Some(gate)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    event::listen(engine.sync_engine(), move |_: &mut DoConnect<'_>| {
        let gate = gate.lock().unwrap().take();
        counted.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = gate {
            bridge::sync::await_or_park(gate)?.unwrap();
        }
        Ok(())
    });
    let mut second = Box::pin(engine.connect());
    let listening = settle_awaited("its listener runs", async || asked.load(Ordering::SeqCst) == 1);
    assert!(drop_when(&mut second, listening).await.is_none());
    let mut third = Box::pin(engine.connect());
    let queued = settle_awaited("it waits", async || pool.status().waiting == 1);
    assert!(drop_when(&mut third, queued).await.is_none());
    first.close().await?;
    // The one whose listener runs cannot use it.
    let mut third = third.await?;
    assert_eq!(third.scalar(text("select 3")).await?, Some(3_i64));
    open.send(()).unwrap();
    let mut second = second.await?;
    assert_eq!(second.scalar(text("select 2")).await?, Some(2_i64));
    assert_eq!((asked.load(Ordering::SeqCst), pool.status().in_use), (1, 2));
    second.close().await?;
    third.close().await
}

#[test]
fn who_waits_is_served_while_the_listener_of_another_one_runs() {
    awaited!(options().pool_timeout(Duration::from_secs(10)), waits_behind_a_listener);
}

fn looked_at_before_listeners(engine: &Engine, slow: &Slow) -> Result<()> {
    event::listen(engine, |e: &mut Connect<'_>| e.dbapi_connection.run("select 1"));
    let answering = slow.proxy.clone();
    event::listen(engine, move |_: &mut DoConnect<'_>| {
        answering.mute(false);
        Ok(())
    });
    // Each use ends with a reset, so that the listeners are due for the next one.
    drop(engine.connect()?);
    wait_until("it is idle", || numbers(engine) == (0, 1, 0))?;
    drop(engine.connect()?);
    wait_until("it is idle again", || numbers(engine) == (0, 1, 0))?;
    assert_eq!(slow.heard(), 2);
    // The end of its session shows, or its server says nothing any more.
    for (heard, silent) in [(3, false), (4, true)] {
        if silent {
            slow.proxy.mute(true)
        } else {
            slow.proxy.disconnect()
        }
        let mut conn = engine.connect()?;
        assert_eq!(conn.scalar(text("select 2"))?, Some(2_i64));
        drop(conn);
        wait_until("the other one is idle", || numbers(engine) == (0, 1, 0))?;
        // Those of the new one, and of no other.
        assert_eq!(slow.heard(), heard);
    }
    Ok(())
}

#[test]
fn a_session_is_looked_at_and_pinged_before_connect_listeners_use_it() {
    let options = options().pool_reset_on_return(ResetOnReturn::Full);
    let options = options.pool_pre_ping_after(Duration::ZERO);
    everywhere(options.pool_timeout(Duration::from_secs(4)), looked_at_before_listeners);
}

#[test]
fn a_late_one_on_a_runtime_that_nobody_drives_gives_its_place_back() {
    for (variable, scheme) in SERVER_DRIVERS.into_iter().filter(|(_, scheme)| !scheme.contains('+'))
    {
        let Some((url, proxy)) = behind_a_proxy(variable, scheme) else { continue };
        let options = options().pool_timeout(Duration::from_secs(1));
        let engine = create_async_engine_on::<Local>(&url, options).unwrap();
        let pool = engine.sync_engine().pool().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let served = runtime.block_on(async {
            let first = engine.connect().await.unwrap();
            proxy.hold_new(true);
            let mut second = Box::pin(engine.connect());
            let made = settle_awaited("it is being made", async || proxy.held() == 1);
            assert!(drop_when(&mut second, made).await.is_none());
            first.close().await.unwrap();
            second.await.unwrap()
        });
        assert_eq!(pool.status().in_use, 2, "{scheme}");
        // The runtime of the attempt is there, and stands still.
        settle("its place is free", || pool.status().in_use == 1);
        proxy.hold_new(false);
        runtime.block_on(async {
            served.close().await.unwrap();
            engine.dispose().await.unwrap();
        });
        assert_eq!(pool.status().in_use, 0, "{scheme}");
    }
}
