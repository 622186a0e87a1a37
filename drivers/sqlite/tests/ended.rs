//! The threads of connections: one each, and none is left.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::fs;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, ExecutionOptions, NoRows, Statement, StatementKind,
    TransactionOptions,
};
use aludel_sqlite::{SqliteDriver, ThreadConnection, ThreadDriver};
use futures::executor::block_on;

/// The threads that there are of connections.
fn threads() -> usize {
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| name(task.unwrap()))
        .filter(|name| name.trim() == "aludel-sqlite")
        .count()
}

/// A thread ends a moment after its connection is closed.
fn settle(expected: usize, after: &str) {
    let since = Instant::now();
    while threads() != expected {
        assert!(since.elapsed() < Duration::from_secs(10), "{} threads {after}", threads());
        std::thread::sleep(Duration::from_millis(2));
    }
}

async fn open_transaction(driver: &ThreadDriver) -> ThreadConnection {
    let mut connection = driver.connect().await.unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let insert = Statement::new("insert into t values (1)", StatementKind::Text).unwrap();
    connection.execute(&insert, &[], &ExecutionOptions::DEFAULT, &mut NoRows).await.unwrap();
    connection
}

// fault: Q01
#[test]
fn however_a_connection_ends_its_thread_ends_and_its_transaction_is_rolled_back() {
    block_on(async {
        let driver = ThreadDriver::new(SqliteDriver::memory().unwrap());
        let mut first = driver.connect().await.unwrap();
        let statement = |sql: &str| Statement::new(sql, StatementKind::Text).unwrap();
        first
            .execute(&statement("create table t (a)"), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap();
        settle(1, "after connecting");
        for end in ["close", "terminate", "drop"] {
            let connection = open_transaction(&driver).await;
            settle(2, "while there are two");
            match end {
                "close" => connection.close().await,
                "terminate" => connection.terminate(),
                _ => drop(connection),
            }
            settle(1, end);
            // The lock is free again.
            let done = first
                .execute(&statement("delete from t"), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
                .await
                .unwrap();
            assert_eq!(done.rowcount, 0, "{end} committed");
        }
        // One that is busy is stopped.
        for terminate in [true, false] {
            let mut busy = driver.connect().await.unwrap();
            let endless = statement(
                "with recursive n(i) as (select 1 union all select i + 1 from n) \
                 select count(*) from n",
            );
            {
                let mut rows = NoRows;
                let mut query = std::pin::pin!(busy.execute(
                    &endless,
                    &[],
                    &ExecutionOptions::DEFAULT,
                    &mut rows
                ));
                assert!(futures::poll!(query.as_mut()).is_pending());
            }
            settle(2, "while one is busy");
            if terminate {
                busy.terminate();
            } else {
                drop(busy);
            }
            settle(1, "after the busy one");
        }
        drop(first);
        settle(0, "in the end");
    });
}
