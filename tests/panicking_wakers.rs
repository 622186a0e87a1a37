//! Wakers that panic: an executor's fault, which ends no thread of the library's, no connection and no other
//! task.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aludel::{
    AsyncEngine, EngineOptions, Hosted, Local, RawSql, Result, Strategy, Threaded,
    create_async_engine_on, text,
};
use aludel_testing::server_url;
use futures::StreamExt as _;

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        // Without the words of a hook.
        std::panic::resume_unwind(Box::new("on purpose"));
    }
}

/// Polls some times with a waker that panics, then to the end.
async fn badly<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..5 {
        if let Poll::Ready(output) = poll_badly(future.as_mut()) {
            return output;
        }
        // Whoever wakes does so meanwhile.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    future.await
}

fn poll_badly<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::new(Panics));
    let mut context = Context::from_waker(&waker);
    catch_unwind(AssertUnwindSafe(|| future.poll(&mut context))).unwrap_or(Poll::Pending)
}

/// Numbers up to so many, which SQLite counts for some time.
fn numbers(most: i64, what: &str) -> RawSql {
    RawSql::new(format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {most}) select {what} from n"
    ))
}

async fn body<S: Strategy>(engine: &AsyncEngine<S>) -> Result<()> {
    // MariaDB counts no further.
    let most = if engine.name() == "sqlite" { 200_000 } else { 900 };
    let mut conn = badly(engine.connect()).await?;
    for _ in 0..3 {
        assert_eq!(badly(conn.scalar(text("select 1"))).await?, Some(1_i64));
        assert_eq!(badly(conn.scalar(text(numbers(most, "count(*)")))).await?, Some(most));
        let mut rows = badly(conn.stream(text(numbers(most, "i")))).await?;
        for _ in 0..3 {
            assert!(badly(rows.next()).await.is_some());
        }
        badly(rows.close()).await?;
        badly(conn.commit()).await?;
    }
    // Of those who wait for a connection, one does not wake.
    let mut waits = Box::pin(engine.connect());
    assert!(poll_badly(waits.as_mut()).is_pending());
    conn.close().await?;
    let mut conn = waits.await?;
    assert_eq!(conn.scalar(text("select 2")).await?, Some(2_i64));
    // A call that is cut, and the one that waits for its end.
    {
        let mut cut = Box::pin(conn.scalar::<_, i64>(text(numbers(most, "count(*)"))));
        let _ = poll_badly(cut.as_mut());
    }
    badly(conn.rollback()).await?;
    assert_eq!(conn.scalar(text("select 3")).await?, Some(3_i64));
    conn.close().await
}

fn on<S: Strategy>(url: &str) {
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = create_async_engine_on::<S>(url, options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ended = tokio::time::timeout(Duration::from_secs(20), body(&engine)).await;
        let what = std::any::type_name::<S>();
        ended
            .unwrap_or_else(|_| panic!("{url} {what}: it hangs"))
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        engine.dispose().await.unwrap();
    });
}

#[test]
fn sqlite_under_local() {
    on::<Local>("sqlite://");
}

#[test]
fn sqlite_under_hosted() {
    on::<Hosted>("sqlite://");
}

#[test]
fn sqlite_under_threaded() {
    on::<Threaded>("sqlite://");
}

#[test]
fn sqlite_on_threads() {
    on::<Local>("sqlite+thread://");
    on::<Hosted>("sqlite+thread://");
    on::<Threaded>("sqlite+thread://");
}

#[test]
fn postgresql() {
    let Some(url) = server_url("ALUDEL_TEST_POSTGRES_URL") else { return };
    // Under `Local` it is tokio that wakes whoever connects, on the runtime's own thread.
    on::<Hosted>(&url);
    on::<Threaded>(&url);
    on::<Threaded>(&url.replacen("postgresql://", "postgresql+postgres://", 1));
}

#[test]
fn mysql() {
    let Some(url) = server_url("ALUDEL_TEST_MYSQL_URL") else { return };
    // As above.
    on::<Hosted>(&url);
    on::<Threaded>(&url);
    on::<Threaded>(&url.replacen("mysql://", "mysql+mysql://", 1));
}

/// The next writer of the queue does not wake. Who has ended the turn is committed, and learns it.
#[test]
fn writers_of_sqlite_that_wait_for_their_turn() {
    async fn body<S: Strategy>(scheme: &str) -> Result<()> {
        let file = std::env::temp_dir().join(format!("{}.db", aludel_testing::unique("waker")));
        let url = format!("{scheme}:///{}?begin=immediate&journal_mode=wal", file.display());
        let engine = create_async_engine_on::<S>(&url, EngineOptions::new())?;
        let (mut a, mut b, mut c) =
            (engine.connect().await?, engine.connect().await?, engine.connect().await?);
        a.execute(text("create table t (n integer)")).await?;
        {
            // Two wait, and the first one is cut when it is its turn: its end wakes the second.
            let mut first = Box::pin(b.execute(text("insert into t values (1)")));
            let mut second = Box::pin(c.execute(text("insert into t values (2)")));
            for _ in 0..3 {
                assert!(poll_badly(first.as_mut()).is_pending());
                assert!(poll_badly(second.as_mut()).is_pending());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            a.commit().await?;
            drop(first);
            b.rollback().await?;
            second.await?;
        }
        c.commit().await?;
        assert_eq!(a.scalar(text("select sum(n) from t")).await?, Some(2_i64));
        for conn in [a, b, c] {
            conn.close().await?;
        }
        engine.dispose().await?;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
        Ok(())
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let within = Duration::from_secs(20);
    runtime.block_on(async {
        tokio::time::timeout(within, body::<Local>("sqlite")).await.unwrap().unwrap();
        tokio::time::timeout(within, body::<Hosted>("sqlite")).await.unwrap().unwrap();
        tokio::time::timeout(within, body::<Threaded>("sqlite")).await.unwrap().unwrap();
        tokio::time::timeout(within, body::<Threaded>("sqlite+thread")).await.unwrap().unwrap();
    });
}
