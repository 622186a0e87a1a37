//! What only `Threaded` can, and what it does otherwise: code that blocks, each connection's own
//! thread, a drop that is a request.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use aludel::{
    AsyncEngine, EngineOptions, Error, ErrorKind, Hosted, Result, Strategy, Threaded, event, pool,
    text,
};
use futures::StreamExt;

use crate::support::{Database, Fresh};
use crate::{options, settle, threaded};

fn everywhere<F>(body: fn(AsyncEngine<Threaded>) -> F)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    Database::ON_THREADS.into_iter().for_each(|database| threaded(database, body));
}

/// Eight calls block their threads, each until this task lets it go on, which it does when all have
/// begun: none can be in the way of another, nor of the task.
async fn blocking_code(engine: AsyncEngine<Threaded>) -> Result<()> {
    let (begin, mut begun) = futures::channel::mpsc::unbounded();
    let sleepers = (0..8_i64).map(|n| {
        let (engine, begin) = (engine.clone(), begin.clone());
        async move {
            let mut conn = engine.connect().await?;
            let found = conn.run_sync(move |conn| {
                let (go, wait) = std::sync::mpsc::channel::<()>();
                begin.unbounded_send(go).unwrap();
                wait.recv_timeout(Duration::from_secs(30)).expect("it is let go");
                conn.scalar(text("select :n").bind("n", n))
            });
            assert_eq!(found.await?, Some(n));
            conn.close().await
        }
    });
    let letting_go = async {
        let blocked: Vec<_> = begun.by_ref().take(8).collect().await;
        blocked.into_iter().for_each(|go| go.send(()).unwrap());
        Ok(())
    };
    futures::future::try_join(futures::future::try_join_all(sleepers), letting_go).await?;
    Ok(())
}

// fault: B18
// conforms: G01, G03, G05, G15
#[test]
fn code_in_run_sync_may_block() {
    everywhere(blocking_code);
}

/// Hears on which threads a connection is connected and given back; both run SQL.
fn listen(engine: &AsyncEngine<Threaded>) -> Arc<Mutex<Vec<ThreadId>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Connect<'_>| {
        e.dbapi_connection.execute("select 1")?;
        into.lock().unwrap().push(thread::current().id());
        Ok(())
    });
    let into = Arc::clone(&heard);
    event::listen(engine.sync_engine(), move |e: &mut pool::Checkin<'_>| {
        e.dbapi_connection.execute("select 1")?;
        into.lock().unwrap().push(thread::current().id());
        Ok(())
    });
    heard
}

async fn one_life(engine: AsyncEngine<Threaded>) -> Result<()> {
    let heard = listen(&engine);
    let of_engine = engine.run_sync(|_| Ok(thread::current().id())).await?;
    assert_eq!(heard.lock().unwrap().len(), 0);
    for dropped in [false, true] {
        // Made anew, so that the connect is heard too.
        engine.sync_engine().pool().invalidate_all();
        heard.lock().unwrap().clear();
        let mut conn = engine.connect().await?;
        let id = conn.run_sync(|_| Ok(thread::current().id())).await?;
        conn.execute(text("select 1")).await?;
        if dropped {
            drop(conn);
            settle(&engine).await;
        } else {
            conn.close().await?;
        }
        assert!(id != of_engine && id != thread::current().id());
        assert_eq!(*heard.lock().unwrap(), [id, id]);
        assert_eq!(engine.sync_engine().pool().status().idle, 1, "the listener's SQL worked");
    }
    Ok(())
}

// conforms: G02, G12, G13, G17, G25
#[test]
fn a_connection_lives_on_its_own_thread() {
    // A driver that blocks is rolled back elsewhere when its connection is dropped.
    Database::ALL.into_iter().for_each(|database| threaded(database, one_life));
}

/// Where the system lists the calling thread.
fn this_thread() -> PathBuf {
    let path = std::fs::canonicalize("/proc/thread-self").expect("the system lists it");
    assert!(path.is_dir());
    path
}

async fn threads_end(engine: AsyncEngine<Threaded>) -> Result<()> {
    let mut threads = Vec::new();
    for n in 0..20 {
        let mut conn = engine.connect().await?;
        threads.push(conn.run_sync(|_| Ok(this_thread())).await?);
        match n % 3 {
            0 => conn.close().await?,
            1 => drop(conn),
            // The call is on its way when the connection goes.
            _ => {
                let call = conn.run_sync(|_| {
                    thread::sleep(Duration::from_millis(5));
                    Ok(())
                });
                drop(tokio::time::timeout(Duration::from_millis(1), call).await);
                drop(conn);
            }
        }
    }
    let second = AsyncEngine::<Threaded>::new(engine.sync_engine().clone())?;
    threads.push(second.run_sync(|_| Ok(this_thread())).await?);
    drop(second);
    let started = Instant::now();
    while let Some(left) = threads.iter().find(|thread| thread.exists()) {
        assert!(started.elapsed() < Duration::from_secs(10), "{left:?} is left");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

// conforms: G24
#[test]
fn threads_end_with_their_connections() {
    everywhere(threads_end);
}

/// The drop gives the connection to its worker, and does not wait until it is checked in.
async fn drop_is_quick(engine: AsyncEngine<Threaded>) -> Result<()> {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    event::listen(engine.sync_engine(), move |_: &mut pool::Checkin<'_>| {
        wait.lock().unwrap().recv_timeout(Duration::from_secs(30)).expect("it is let go");
        Ok(())
    });
    let mut conn = engine.connect().await?;
    conn.execute(text("select 1")).await?;
    drop(conn);
    assert_eq!(engine.sync_engine().pool().status().in_use, 1);
    go.send(()).unwrap();
    settle(&engine).await;
    // The listener has not failed: the connection was kept.
    assert_eq!(engine.sync_engine().pool().status().idle, 1);
    Ok(())
}

// fault: P25
#[test]
fn dropping_a_connection_does_not_block() {
    everywhere(drop_is_quick);
}

/// Code that blocks goes on when its future is dropped, and the next call waits for its end.
async fn blocked(engine: AsyncEngine<Threaded>) -> Result<()> {
    let mut conn = engine.connect().await?;
    conn.execute(text("select 1")).await?;
    let (begin, begun) = futures::channel::oneshot::channel();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (end, ended) = std::sync::mpsc::channel();
    let call = Box::pin(conn.run_sync(move |conn| {
        let _ = begin.send(());
        wait.recv_timeout(Duration::from_secs(30)).expect("it is let go");
        let refused = conn.execute(text("select 1")).map(drop);
        end.send(refused.as_ref().err().map(Error::kind)).unwrap();
        refused
    }));
    match futures::future::select(call, begun).await {
        futures::future::Either::Left(_) => panic!("it is not let go"),
        futures::future::Either::Right((_, call)) => drop(call),
    }
    let mut rollback = Box::pin(conn.rollback());
    assert!(futures::poll!(rollback.as_mut()).is_pending(), "the code uses the connection");
    assert!(ended.try_recv().is_err(), "it blocks");
    go.send(()).unwrap();
    rollback.await?;
    assert_eq!(ended.try_recv().unwrap(), Some(ErrorKind::Cancelled));
    assert_eq!(conn.scalar(text("select 1")).await?, Some(1_i64));
    Ok(())
}

// fault: B04
#[test]
fn a_dropped_call_that_blocks_is_waited_for() {
    everywhere(blocked);
}

async fn until(state: impl Fn() -> bool) {
    let started = Instant::now();
    while !state() {
        assert!(started.elapsed() < Duration::from_secs(10), "it does not come to that");
        smol::Timer::after(Duration::from_millis(1)).await;
    }
}

/// A checkout that waits in the queue on its worker, and is dropped.
fn queue<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = fresh.async_engine::<S>(options).expect("an engine");
    smol::block_on(async {
        let held = engine.connect().await.expect("the only connection");
        let pool = engine.sync_engine().pool().clone();
        for _ in 0..5 {
            let waiting = Box::pin(engine.connect());
            let queued = Box::pin(until(|| pool.status().waiting == 1));
            let waiting = match futures::future::select(waiting, queued).await {
                futures::future::Either::Left(_) => panic!("there is none"),
                futures::future::Either::Right((_, waiting)) => waiting,
            };
            drop(waiting);
            until(|| pool.status().waiting == 0).await;
        }
        held.close().await.expect("a close");
        engine.connect().await.expect("the only connection").close().await.expect("a close");
    });
}

// fault: P05
#[test]
fn a_dropped_checkout_leaves_the_queue() {
    Database::ON_THREADS.into_iter().for_each(queue::<Threaded>);
}

/// An engine whose connections need a greenlet says so, instead of missing the runtime of one.
// fault: B16
#[test]
fn an_engine_for_greenlets_is_refused() {
    let Some(fresh) = Fresh::new(Database::Postgres) else { return };
    let hosted = fresh.async_engine::<Hosted>(options()).expect("an engine");
    let engine = AsyncEngine::<Threaded>::new(hosted.sync_engine().clone()).expect("an engine");
    let error = smol::block_on(engine.connect()).map(drop).expect_err("there is no greenlet");
    assert_eq!(error.kind(), ErrorKind::MissingGreenlet);
}

/// An engine that goes while async code runs, with idle connections in its pool.
#[test]
fn the_last_engine_may_be_dropped_in_async_code() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.async_engine::<Threaded>(options()).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let held: Vec<_> = futures::future::try_join_all((0..4).map(|_| engine.connect()))
                .await
                .expect("connections");
            drop(held);
            settle(&engine).await;
            assert_eq!(engine.sync_engine().pool().status().idle, 4);
            drop(engine);
        });
        let started = Instant::now();
        while !fresh.server_states().is_empty() {
            assert!(started.elapsed() < Duration::from_secs(10), "{:?}", fresh.server_states());
            thread::sleep(Duration::from_millis(10));
        }
    }
}
