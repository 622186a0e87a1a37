//! Who moves a connection's bytes: the statement that is awaited, and its task at any other time.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::mem::forget;
use std::pin::pin;
use std::time::Duration;

use aludel_core::dbapi::{AsyncConnection, ExecutionOptions, NoRows};
use aludel_core::value::Value;
use aludel_testing::awaited::{execute, query, recover};
use aludel_testing::{raw, settle_awaited};
use futures::FutureExt;
use support::{assert_right_answers, await_sleeping, backend, connect, terminate};

const SLEEP: &str = "select pg_sleep(30)";

/// A statement has been awaited to its end, and nothing is awaited after it: what the server says then
/// is heard all the same.
#[tokio::test]
async fn the_task_moves_bytes_again_when_a_statement_has_ended() {
    let driver = driver!();
    let (mut other, mut connection) = (connect(&driver).await, connect(&driver).await);
    let pid = backend(&mut connection).await;
    assert!(connection.is_usable());
    terminate(&mut other, pid).await;
    settle_awaited("the end of the session is noticed", async || !connection.is_usable()).await;
}

/// The client's own calls are moved by the task, before and after statements.
#[tokio::test]
async fn the_client_is_served_between_two_statements() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for n in 0..3_i64 {
        let row = connection.client().unwrap().query_one("select 7", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 7);
        let found = query(&mut connection, "select $1", &[Value::Int(n)]).await.unwrap();
        assert_eq!(found, [[Value::Int(n)]]);
    }
}

/// A future that is polled by one caller and then awaited by another wakes the second one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_wakes_who_awaits_it_last() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for _ in 0..20 {
        let mut running = pin!(execute(&mut connection, "select pg_sleep(0.01)"));
        // With a waker that wakes nobody.
        assert!(running.as_mut().now_or_never().is_none());
        let answered = tokio::time::timeout(Duration::from_secs(10), running).await;
        answered.expect("nobody was woken").unwrap();
    }
    assert_right_answers(&mut connection).await;
}

/// Neither dropped nor forgotten statements keep the bytes from the task.
#[tokio::test]
async fn a_statement_that_was_forgotten_is_recovered_from() {
    let driver = driver!();
    let mut other = connect(&driver).await;
    for is_forgotten in [true, false] {
        let mut connection = connect(&driver).await;
        let pid = backend(&mut connection).await;
        let (sleep, options, mut sink) = (raw(SLEEP), ExecutionOptions::DEFAULT, NoRows);
        let mut running = Box::pin(connection.execute(&sleep, &[], &options, &mut sink));
        tokio::select! {
            _ = &mut running => unreachable!("it sleeps for long"),
            () = await_sleeping(&mut other, pid) => {}
        }
        if is_forgotten {
            forget(running)
        } else {
            drop(running)
        }
        assert!(!connection.is_usable());
        let mut recovered = recover(connection).await.expect("it can be recovered");
        assert_eq!(backend(&mut recovered).await, pid);
        assert_right_answers(&mut recovered).await;
    }
}
