//! The sweeps: drop the future of each operation after its k-th poll, or at its k-th wake-up before
//! the poll that would follow, for every k, and use the same connection again.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use aludel::{
    AsyncConnection, AsyncEngine, ErrorKind, ExecutionOptions, Hosted, Local, Result, Strategy,
    Threaded, insert, params, select, text,
};
use futures::TryStreamExt;
use futures::future::Either;

use crate::gate::Gate;
use crate::support::drop_after::after;
use crate::support::drop_when_woken::when_woken;
use crate::support::{Database, Fresh};
use crate::{User, everywhere, look_at_the_server, options, settle, users};

/// The operations that are swept.
#[derive(Debug, Clone, Copy)]
enum Scenario {
    Connect,
    Execute,
    ExecuteMany,
    InsertMany,
    Stream,
    Begin,
    Savepoint,
    Commit,
    Rollback,
    RunSync,
    EngineBegin,
    EngineRunSync,
}

const ALL: [Scenario; 12] = [
    Scenario::Connect,
    Scenario::Execute,
    Scenario::ExecuteMany,
    Scenario::InsertMany,
    Scenario::Stream,
    Scenario::Begin,
    Scenario::Savepoint,
    Scenario::Commit,
    Scenario::Rollback,
    Scenario::RunSync,
    Scenario::EngineBegin,
    Scenario::EngineRunSync,
];

/// The moments at which futures are dropped.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Right after a poll.
    Polled,
    /// Right after a wake-up, whose poll would come next: something has ended elsewhere.
    Woken,
}

impl Moment {
    /// Drops a future at the n-th of its moments. The first poll has no wake-up of its own.
    async fn drop_at<F: Future>(self, n: u32, future: F) -> Option<F::Output> {
        match self {
            Self::Polled => after(n, future).await,
            Self::Woken => when_woken(n, future).await,
        }
    }

    /// The same with a call that cannot end before its first poll has: it is held where the core runs
    /// until then, and until it is dropped if that comes first.
    async fn drop_held_at<F: Future>(self, n: u32, gate: &Gate, future: F) -> Option<F::Output> {
        gate.close();
        let mut future = pin!(future);
        let goes_on = n > 1 || matches!(self, Self::Woken);
        let held = poll_fn(|cx| {
            let polled = future.as_mut().poll(cx);
            if goes_on {
                gate.open();
            }
            polled
        });
        let outcome = self.drop_at(n, held).await;
        gate.open();
        outcome
    }
}

async fn perform<S: Strategy>(
    scenario: Scenario,
    conn: &mut AsyncConnection<S>,
    nonce: i64,
) -> Result<()> {
    match scenario {
        Scenario::Connect => {
            let mut other = conn.engine().connect().await?;
            let found = other.scalar(text("select :n").bind("n", nonce)).await?;
            assert_eq!(found, Some(nonce));
            other.close().await
        }
        Scenario::Execute => {
            let found = conn.scalar(text("select :n").bind("n", nonce)).await?;
            assert_eq!(found, Some(nonce));
            Ok(())
        }
        // One call of the driver for all of them, or four.
        Scenario::ExecuteMany | Scenario::InsertMany => {
            let sets = (0..40).map(|n| params! { name: format!("many {nonce} {n}") });
            let rows = if matches!(scenario, Scenario::InsertMany) { 10 } else { 1 };
            let options = ExecutionOptions::new().insertmanyvalues_page_size(rows);
            conn.execute_many(insert::<User>().execution_options(options), sets).await?;
            Ok(())
        }
        Scenario::Stream => {
            let mut stream = conn.stream(select(User::c.name)).await?;
            let mut rows = 0;
            while stream.try_next().await?.is_some() {
                rows += 1;
            }
            assert_eq!(rows, ROWS);
            Ok(())
        }
        Scenario::Begin => conn.begin().await?.rollback().await,
        Scenario::Savepoint => {
            let mut sp = conn.begin_nested().await?;
            let found = sp.scalar(text("select :n").bind("n", nonce)).await?;
            assert_eq!(found, Some(nonce));
            sp.commit().await
        }
        Scenario::Commit => {
            let row = insert::<User>().values(User::c.name.set(format!("commit {nonce}")));
            conn.execute(row).await?;
            conn.commit().await?;
            let row = format!("commit {nonce}");
            conn.execute(text("delete from users where name = :name").bind("name", row)).await?;
            conn.commit().await
        }
        Scenario::Rollback => {
            let row = insert::<User>().values(User::c.name.set(format!("undone {nonce}")));
            conn.execute(row).await?;
            conn.rollback().await
        }
        Scenario::RunSync => conn.run_sync(move |conn| everything_open(conn, nonce)).await,
        Scenario::EngineBegin => {
            let row = insert::<User>().values(User::c.name.set(format!("commit {nonce}")));
            let engine = conn.engine().clone();
            engine.begin(async |conn| conn.execute(row).await.map(drop)).await
        }
        Scenario::EngineRunSync => {
            let engine = conn.engine().clone();
            engine.run_sync(move |engine| everything_open(&mut engine.connect()?, nonce)).await
        }
    }
}

/// An open transaction, an open savepoint and a half-read stream, all at once.
fn everything_open(conn: &mut aludel::Connection, nonce: i64) -> Result<()> {
    conn.execute(insert::<User>().values(User::c.name.set(format!("open {nonce}"))))?;
    let mut sp = conn.begin_nested()?;
    sp.execute(insert::<User>().values(User::c.name.set(format!("nested {nonce}"))))?;
    let mut stream = sp.stream(select(User::c.name))?.yield_per(100);
    let mut read = 0;
    while read < 250 {
        let Some(row) = stream.next() else { break };
        row?;
        read += 1;
    }
    drop(stream);
    let found = sp.scalar(text("select :n").bind("n", nonce))?;
    assert_eq!(found, Some(nonce));
    sp.rollback()?;
    conn.rollback()
}

const ROWS: usize = 700;

async fn fill<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    users(engine, &[]).await?;
    let mut conn = engine.connect().await?;
    let sets = (0..ROWS).map(|n| params! { name: format!("row {n}") });
    conn.execute_many(insert::<User>(), sets).await?;
    conn.commit().await?;
    conn.close().await
}

/// The connection works again, and every answer is its own.
async fn prove<S: Strategy>(conn: &mut AsyncConnection<S>, nonce: i64) -> Result<()> {
    match conn.rollback().await {
        // A commit was cut, which the rollback says once.
        Err(error) if error.kind() == ErrorKind::CommitUnknown => conn.rollback().await?,
        rolled_back => rolled_back?,
    }
    for n in 0..3 {
        let wanted = nonce * 10 + n;
        assert_eq!(conn.scalar(text("select :n").bind("n", wanted)).await?, Some(wanted));
    }
    let rest =
        "select count(*) from users where name not like 'row %' and name not like 'commit %'";
    assert_eq!(conn.scalar(text(rest)).await?, Some(0_i64), "something was not rolled back");
    conn.rollback().await
}

/// How many calls were dropped in their middle, of those that were held there.
async fn sweep<S: Strategy>(
    engine: &AsyncEngine<S>,
    scenario: Scenario,
    moment: Moment,
) -> Result<u32> {
    let gate = Gate::of(engine.sync_engine());
    fill(engine).await?;
    let mut conn = engine.connect().await?;
    let mut cut = 0;
    let mut nonce = 0;
    for k in 0..2000 {
        let mut completed = 0;
        // The paths with and without an open transaction differ. What is not held is dropped wherever it
        // is by then, also in the middle of an exchange, and may have ended before.
        for (open, held) in [(false, false), (true, false), (false, true), (true, true)] {
            nonce += 1;
            if open && !matches!(scenario, Scenario::Begin) {
                conn.execute(text("select 1")).await?;
            }
            let call = perform(scenario, &mut conn, nonce);
            let outcome = if held {
                moment.drop_held_at(k, &gate, call).await
            } else {
                moment.drop_at(k, call).await
            };
            prove(&mut conn, nonce).await?;
            match outcome {
                Some(outcome) => {
                    outcome?;
                    completed += 1;
                }
                None => cut += u32::from(held && k > 0),
            }
        }
        if completed == 4 {
            conn.close().await?;
            settle(engine).await;
            return Ok(cut);
        }
    }
    panic!("{scenario:?} did not complete");
}

fn run<S: Strategy>(database: Database) {
    swept::<S>(database, Moment::Polled);
}

fn run_woken<S: Strategy>(database: Database) {
    swept::<S>(database, Moment::Woken);
}

fn swept<S: Strategy>(database: Database, moment: Moment) {
    for scenario in ALL {
        let Some(fresh) = Fresh::new(database) else { return };
        let engine = fresh.async_engine::<S>(options()).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cut = runtime.block_on(async {
            let swept =
                tokio::time::timeout(Duration::from_secs(240), sweep(&engine, scenario, moment));
            swept.await.expect("a sweep ends").expect("a sweep")
        });
        println!("{scenario:?}: {cut} calls were dropped in their middle");
        // One without and one with an open transaction: the first moment is before the end of both.
        assert!(cut >= 2, "{scenario:?} was cut {cut} times");
        look_at_the_server(&runtime, &fresh, &engine, &format!("{scenario:?}"));
    }
}

// fault: B04, B05, D01, D04, T02, T03, P05, P07
// conforms: A27, B65
everywhere![run];

// fault: B04, B05, B32, D01, T02, T03, P05, P07
everywhere![run_woken];

/// In how many moments of its first four milliseconds an operation is dropped.
const MOMENTS: u64 = 100;

/// Drops each operation after so many microseconds: where the core runs on another thread, that cuts
/// it between the polls of its future too.
async fn sweep_times<S: Strategy>(engine: &AsyncEngine<S>, scenario: Scenario) -> Result<u32> {
    fill(engine).await?;
    let mut conn = engine.connect().await?;
    let mut cut = 0;
    for k in 0..MOMENTS {
        let nonce = 100_000 + i64::try_from(k).unwrap_or_default();
        let until = std::time::Instant::now() + Duration::from_micros(k * 4000 / MOMENTS);
        let moment = poll_fn(|cx| {
            if until <= std::time::Instant::now() {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        let outcome = tokio::select! {
            biased;
            outcome = perform(scenario, &mut conn, nonce) => Some(outcome),
            () = moment => None,
        };
        prove(&mut conn, nonce).await?;
        match outcome {
            Some(outcome) => outcome?,
            None => cut += 1,
        }
    }
    conn.close().await?;
    settle(engine).await;
    Ok(cut)
}

fn run_times<S: Strategy>(database: Database) {
    for scenario in ALL {
        let Some(fresh) = Fresh::new(database) else { return };
        let engine = fresh.async_engine::<S>(options()).expect("an engine");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cut = runtime.block_on(async {
            let swept =
                tokio::time::timeout(Duration::from_secs(240), sweep_times(&engine, scenario));
            swept.await.expect("a sweep ends").expect("a sweep")
        });
        println!("{scenario:?}: {cut} of {MOMENTS} calls were dropped in their middle");
        // BEGIN goes with the first statement, and there is none.
        let waits = database.is_remote() && !matches!(scenario, Scenario::Begin);
        assert!(cut > 0 || !waits, "{scenario:?} was never cut");
        look_at_the_server(&runtime, &fresh, &engine, &format!("{scenario:?}"));
    }
}

// fault: B04, B05, D01, T02, T03, P05, P07
#[test]
fn dropped_at_any_moment_of_a_host() {
    for database in Database::under::<Hosted>() {
        run_times::<Hosted>(*database);
    }
}

// fault: B04, B05, D01, T02, T03, P05, P07
#[test]
fn dropped_at_any_moment_of_a_thread() {
    for database in Database::under::<Threaded>() {
        run_times::<Threaded>(*database);
    }
}

pub(crate) fn slow(database: Database) -> aludel::sql::Text {
    match database.server() {
        Database::Postgres => text("select count(*) from (select pg_sleep(60)) as s"),
        // Its value is asked for, or OceanBase would not call it.
        Database::MySql => text("select sum(s.n) from (select sleep(60) as n) as s"),
        _ => text(
            "with recursive c(x) as (select 1 union all select x + 1 from c) \
             select count(*) from c",
        ),
    }
}

async fn cut_short<S: Strategy>(engine: &AsyncEngine<S>, fresh: &Arc<Fresh>) -> Result<()> {
    users(engine, &["a"]).await?;
    let mut other = engine.connect().await?;
    other.execute(text("select 1")).await?;
    let mut conn = engine.connect().await?;
    for nonce in 0..5_i64 {
        conn.execute(text("update users set age = 1")).await?;
        let slow = fresh.cut_at_work(conn.execute(slow(fresh.database)));
        assert!(slow.await.is_none(), "the query takes a minute");
        let started = std::time::Instant::now();
        let error = conn.execute(text("select 1")).await.expect_err("the transaction is lost");
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        conn.rollback().await?;
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
        // Far below the minute that the query takes.
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
        let ages: Vec<Option<i32>> = conn.scalars(select(User::c.age)).await?;
        assert_eq!(ages, [None], "the update was rolled back");
        conn.rollback().await?;
        assert!(other.in_transaction() && !other.is_invalidated());
        assert_eq!(other.scalar(text("select :n").bind("n", nonce)).await?, Some(nonce));
    }
    other.commit().await?;
    other.close().await?;
    conn.close().await?;
    settle(engine).await;
    Ok(())
}

fn cut<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database).map(Arc::new) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(cut_short(&engine, &fresh)).expect("the body");
    // The server works on none of them any more.
    look_at_the_server(&runtime, &fresh, &engine, "queries that take a minute");
}

// fault: D06
// conforms: D4.20
everywhere![cut];

/// How many refusals a cancelled greenlet may ignore before it is unwound, as the bridge documents.
const REFUSALS: u32 = 100;

fn swallow<S: Strategy>(database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let engine = fresh.async_engine::<S>(options()).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut conn = engine.connect().await.expect("a connection");
        let (begin, begun) = futures::channel::oneshot::channel();
        let refused = Arc::new(AtomicU32::new(0));
        let ignored = Arc::clone(&refused);
        let endless = Box::pin(conn.run_sync(move |conn| -> Result<()> {
            let mut begin = Some(begin);
            loop {
                let _ = conn.execute(text("select 1"));
                let _ = conn.rollback();
                if let Some(begin) = begin.take() {
                    let _ = begin.send(());
                }
                if aludel::bridge::sleep(Duration::from_millis(1)).is_err() {
                    ignored.fetch_add(1, Ordering::SeqCst);
                }
            }
        }));
        match futures::future::select(endless, begun).await {
            Either::Left(_) => unreachable!("it is endless"),
            Either::Right((begun, endless)) => {
                begun.expect("it has begun");
                drop(endless);
            }
        }
        // The next call waits until that code has been unwound.
        conn.rollback().await.expect("a rollback");
        let refused = refused.load(Ordering::SeqCst);
        assert!((1..=REFUSALS).contains(&refused), "it went on through {refused} refusals");
        assert_eq!(conn.scalar(text("select 1")).await.expect("a query"), Some(1_i64));
        conn.close().await.expect("a close");
        settle(&engine).await;
    });
}

// fault: B06, B07
#[test]
fn code_that_swallows_cancellation_is_ended() {
    for database in Database::under::<Local>() {
        swallow::<Local>(*database);
        swallow::<Hosted>(*database);
    }
    for database in Database::under::<Threaded>() {
        swallow::<Threaded>(*database);
    }
}

/// Gives the connection, or the right to one, to a checkout that is dropped before it finds out.
async fn too_late(give_back: bool) {
    let fresh = Fresh::new(Database::Sqlite).expect("a database");
    let options = options().pool_size(1).max_overflow(0);
    let engine = fresh.async_engine::<Local>(options).expect("an engine");
    for _ in 0..3 {
        let mut held = engine.connect().await.expect("the only connection");
        let mut waiting = Box::pin(engine.connect());
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        if !give_back {
            held.invalidate().await.expect("the session is given up");
        }
        drop(held);
        drop(waiting);
        let next = tokio::time::timeout(Duration::from_secs(2), engine.connect()).await;
        let mut next = next.expect("nobody has the connection").expect("a connection");
        assert_eq!(next.scalar(text("select 1")).await.expect("a query"), Some(1_i64));
        next.close().await.expect("a close");
    }
    settle(&engine).await;
}

// fault: P07
#[tokio::test]
async fn what_a_dropped_checkout_was_given_goes_to_the_next() {
    too_late(true).await;
    too_late(false).await;
}
