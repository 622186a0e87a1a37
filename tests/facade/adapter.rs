//! The adapter of async drivers, seen from synchronous code inside a call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aludel::bridge::{Options, greenlet_spawn_with};
use aludel::dbapi::AdaptedConnection;
use aludel::postgres::PostgresConnection;
use aludel::{
    AsyncConnection, AsyncEngine, EngineOptions, Error, ErrorKind, Local, Result, Strategy, event,
    pool, text,
};
use aludel_testing::{BOUND, drop_when, settle_awaited};

use crate::support::{Database, Fresh};
use crate::{Hosted, Threaded, whole};

type Adapted = AdaptedConnection<PostgresConnection>;

fn wrong_driver() -> Error {
    Error::new(ErrorKind::Internal, "the connection is not the adapted one")
}

async fn native<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Connect<'_>| {
        let adapted = e.dbapi_connection.downcast_mut::<Adapted>().ok_or_else(wrong_driver)?;
        let answer = adapted.run_async(async |connection: &mut PostgresConnection| {
            let rows = connection.client()?.simple_query("select 'by the client itself'").await;
            let rows = rows.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
            Ok(format!("{rows:?}"))
        })?;
        into.lock().unwrap().push(answer);
        Ok(())
    });
    let mut conn = engine.connect().await?;
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    conn.close().await?;
    let heard = heard.lock().unwrap();
    assert!(heard.len() == 1 && heard[0].contains("by the client itself"), "{heard:?}");
    Ok(())
}

// conforms: A29, A30
#[test]
fn run_async_in_a_listener() {
    crate::local(Database::Postgres, native::<Local>);
    crate::hosted(Database::Postgres, native::<Hosted>);
    crate::threaded(Database::Postgres, native::<Threaded>);
}

/// Runs synchronous code that must wait at least once.
async fn waits<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    greenlet_spawn_with(Options::new().require_await(true), f).await
}

// conforms: A23
#[test]
fn every_call_of_the_driver_waits() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let options = EngineOptions::new();
    let engine = fresh.async_engine::<Local>(options).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let body = async |engine: AsyncEngine<Local>| {
        let sync = engine.sync_engine().clone();
        let mut conn = waits(move || sync.connect()).await?;
        conn = waits(move || conn.execute(text("select 1")).map(|_| conn)).await?;
        conn = waits(move || conn.commit().map(|()| conn)).await?;
        conn = waits(move || conn.execute(text("select 1")).map(|_| conn)).await?;
        conn = waits(move || conn.rollback().map(|()| conn)).await?;
        conn = waits(move || {
            let mut stream = conn.stream(text("select generate_series(1, 3)"))?;
            assert_eq!(stream.fetchmany(3)?.len(), 3);
            stream.close()?;
            Ok(conn)
        })
        .await?;
        waits(move || conn.close()).await
    };
    runtime.expect("a runtime").block_on(whole(engine, body)).expect("the body");
}

/// Code that used the driver's client was dropped in the middle: the next borrower must not wait.
async fn cut<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    event::listen(engine.sync_engine(), |e: &mut pool::Checkout<'_>| {
        let adapted = e.dbapi_connection.downcast_mut::<Adapted>().ok_or_else(wrong_driver)?;
        adapted.run_async(async |connection: &mut PostgresConnection| {
            let sleep = "select pg_sleep(current_setting('aludel.sleep', true)::float)";
            let slept = connection.client()?.simple_query(sleep).await;
            slept.map(drop).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
        })
    });
    let mut conn = engine.connect().await?;
    let mut other = engine.connect().await?;
    conn.execute(text("set aludel.sleep = '30'")).await?;
    conn.commit().await?;
    let pid: Option<i32> = conn.scalar(text("select pg_backend_pid()")).await?;
    conn.close().await?;
    let pid = pid.expect("a process");
    let reached = async { until(&mut other, pid, true).await.expect("the server's list") };
    assert!(drop_when(engine.connect(), reached).await.is_none(), "the listener sleeps");
    until(&mut other, pid, false).await?;
    other.close().await
}

/// Waits until the server executes a statement of a session, or none.
async fn until<S: Strategy>(other: &mut AsyncConnection<S>, pid: i32, works: bool) -> Result<()> {
    let sql = "select count(*) from pg_stat_activity where state = 'active' and pid = :pid";
    let started = std::time::Instant::now();
    while other.scalar(text(sql).bind("pid", pid)).await? != Some(i64::from(works)) {
        assert!(started.elapsed() < BOUND, "it works, or not: {works}");
        other.rollback().await?;
    }
    other.rollback().await
}

// fault: P05
#[test]
fn run_async_that_is_dropped_is_stopped() {
    crate::local(Database::Postgres, cut::<Local>);
    crate::hosted(Database::Postgres, cut::<Hosted>);
    crate::threaded(Database::Postgres, cut::<Threaded>);
}

/// The same where no tokio says that others run on the thread.
// fault: B18
#[test]
fn a_blocking_engine_inside_a_greenlet_of_another_executor_lets_others_run() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let engine = fresh.engine(EngineOptions::new()).expect("an engine");
    smol::block_on(async {
        let asked = engine.clone();
        let asleep =
            waits(move || asked.connect()?.execute(text("select pg_sleep(0.3)")).map(drop));
        let mut ticks = 0;
        let ticking = async {
            loop {
                smol::Timer::after(std::time::Duration::from_millis(1)).await;
                ticks += 1;
            }
        };
        futures::select! {
            done = std::pin::pin!(futures::FutureExt::fuse(asleep)) => done.expect("the statement"),
            () = std::pin::pin!(futures::FutureExt::fuse(ticking)) => {}
        }
        assert!(ticks > 20, "the other task ran {ticks} times");
    });
}

/// A blocking engine's connection moves to a thread of its own inside tokio, and a greenlet that waits
/// for it is suspended as for any other.
// fault: B18
#[test]
fn a_blocking_engine_inside_a_greenlet_lets_others_run() {
    let Some(fresh) = Fresh::new(Database::Postgres).map(Arc::new) else { return };
    let engine = fresh.engine(EngineOptions::new()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let asked = engine.clone();
        let asleep =
            waits(move || asked.connect()?.execute(text("select pg_sleep(0.3)")).map(drop));
        let mut ticks = 0;
        let ticking = async {
            loop {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                ticks += 1;
            }
        };
        tokio::select! {
            done = asleep => done.expect("the statement"),
            () = ticking => {}
        }
        assert!(ticks > 20, "the other task ran {ticks} times");
        // Dropped in the middle, its connection is recovered by that thread.
        let asked = engine.clone();
        let cut = waits(move || asked.connect()?.execute(text("select pg_sleep(60)")).map(drop));
        assert!(fresh.cut_at_work(cut).await.is_none(), "the statement takes a minute");
        let given_back = async || engine.pool().status().in_use == 0;
        settle_awaited("the connection is given back", given_back).await;
    });
}

/// A connection that is dropped there is checked in on a thread that may wait, so that listeners may.
// fault: B18, P23
#[test]
fn what_a_blocking_engine_drops_inside_a_runtime_is_checked_in() {
    for database in [Database::Postgres, Database::MySql, Database::SqliteThread] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = fresh.engine(options).expect("an engine");
        let mut conn = engine.connect().expect("a connection");
        conn.execute(text("create table kept (a integer)")).expect("a table");
        conn.commit().expect("a commit");
        conn.close().expect("a close");
        let heard = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&heard);
        event::listen(&engine, move |e: &mut pool::Checkin<'_>| {
            e.dbapi_connection.execute("select 1")?;
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            for times in 1..4 {
                let mut conn = engine.connect().expect("a connection");
                conn.execute(text("insert into kept values (1)")).expect("a row");
                drop(conn);
                let given_back = async || engine.pool().status().in_use == 0;
                settle_awaited("the connection is given back", given_back).await;
                assert_eq!(heard.load(Ordering::Relaxed), times, "{database:?}");
                assert_eq!(engine.pool().status().idle, 1, "{database:?}");
            }
        });
    }
}
