//! What the tests of awaited connections share.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::Poll;

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, ExecutionOptions, NoRows, Outcome, Released,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use aludel_sqlite::rusqlite::functions::FunctionFlags;
use aludel_sqlite::{SqliteConnection, SqliteDriver, ThreadConnection, ThreadDriver};
use aludel_testing::{Values, drop_when, raw, settle_awaited};
use tokio::sync::oneshot;

/// A query that takes hours unless it is stopped.
pub(crate) const ENDLESS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n) \
                                  select count(*) from n";

/// The same, and each step is counted by [`counting`].
pub(crate) const ENDLESS_COUNTED: &str = "with recursive n(i) as (select 1 union all \
                                          select i + 1 from n) select sum(made(i)) from n";

/// Counts the calls of `made(i)`, which the connection has from now on: how far SQLite is, as other
/// threads see it.
pub(crate) async fn counting(connection: &mut ThreadConnection) -> Arc<AtomicU64> {
    let made = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&made);
    let install = move |connection: &mut SqliteConnection| {
        let raw = connection.rusqlite();
        raw.create_scalar_function("made", 1, FunctionFlags::SQLITE_UTF8, move |context| {
            counted.fetch_add(1, Ordering::Relaxed);
            context.get::<i64>(0)
        })
    };
    connection.call(install).await.unwrap().unwrap();
    made
}

/// Drops a future as soon as SQLite has counted since.
pub(crate) async fn cut_at_work<F: Future>(made: &AtomicU64, future: F) -> Option<F::Output> {
    made.store(0, Ordering::Relaxed);
    let works = settle_awaited("SQLite works", async || made.load(Ordering::Relaxed) > 0);
    drop_when(future, works).await
}

/// Runs on a current-thread runtime, where whatever blocks stops everybody.
pub(crate) fn on_one_thread<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// A memory database, and a connection after some statements.
pub(crate) async fn database(setup: &[&str]) -> (ThreadDriver, ThreadConnection) {
    let driver = ThreadDriver::new(SqliteDriver::memory().unwrap());
    let mut connection = driver.connect().await.unwrap();
    for sql in setup {
        run(&mut connection, sql).await.unwrap();
    }
    (driver, connection)
}

pub(crate) async fn run(connection: &mut ThreadConnection, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows).await
}

pub(crate) async fn int(connection: &mut ThreadConnection, sql: &str, params: &[Value]) -> i64 {
    let mut kept = Values::default();
    connection.execute(&raw(sql), params, &ExecutionOptions::DEFAULT, &mut kept).await.unwrap();
    match kept.rows[..] {
        [ref row] => match row[..] {
            [Value::Int(value)] => value,
            ref other => panic!("no integer: {other:?}"),
        },
        ref other => panic!("{} rows", other.len()),
    }
}

/// A query whose right answer cannot be guessed.
pub(crate) async fn assert_right_answers(connection: &mut ThreadConnection) {
    static NONCE: AtomicI64 = AtomicI64::new(7);
    for _ in 0..4 {
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed);
        assert_eq!(int(connection, "select ? * 3", &[Value::Int(nonce)]).await, nonce * 3);
    }
}

/// What the pool does with a connection that is given back.
pub(crate) async fn given_back(mut connection: ThreadConnection) -> ThreadConnection {
    match connection.release() {
        Released::Clean => connection,
        Released::Dirty => recovered(connection).await.expect("a clean connection"),
    }
}

pub(crate) async fn recovered(connection: ThreadConnection) -> Option<ThreadConnection> {
    let (send, receive) = oneshot::channel();
    connection.recover(Box::new(move |recovered| assert!(send.send(recovered).is_ok())));
    receive.await.unwrap()
}

/// Polls a future so many times, then drops it.
pub(crate) async fn drop_after_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(move |context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
