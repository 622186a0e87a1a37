//! Futures that are dropped: the thread stops, and the connection is returned clean.

use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, AsyncDriver, ExecutionOptions, NoRows, Released, TransactionMode,
    TransactionOptions,
};
use aludel_core::error::{ErrorKind, Result};
use aludel_core::value::Value;
use aludel_sqlite::{SqliteDriver, SqliteOptions, ThreadConnection, ThreadDriver};
use aludel_testing::{Values, raw};
use tokio::time::timeout;

use crate::awaited::{
    ENDLESS, ENDLESS_COUNTED, assert_right_answers, counting, cut_at_work, database,
    drop_after_polls, given_back, int, on_one_thread, recovered, run,
};

/// A transaction of everything that a connection does, in the end without a change.
async fn work(connection: &mut ThreadConnection) -> Result<()> {
    let fill = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000) \
                insert into t select i from n";
    connection.begin(&TransactionOptions::DEFAULT)?;
    run(connection, fill).await?;
    let sets: Vec<_> = (0..500).map(|n| vec![Value::Int(n)]).collect();
    connection
        .execute_many(
            &raw("insert into t values (?)"),
            &sets,
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )
        .await?;
    let mut cursor =
        connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).await?;
    let mut kept = Values::default();
    while cursor.fetch(5000, &mut kept).await? {}
    assert_eq!(kept.rows.len(), 30_500);
    cursor.close().await?;
    connection
        .execute(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
        .await?;
    run(connection, "delete from t").await?;
    connection.commit().await
}

/// The connection, and any other one, finds nothing of the work.
async fn assert_nothing_left(driver: &ThreadDriver, connection: &mut ThreadConnection, at: &str) {
    assert!(connection.is_usable(), "{at}");
    assert_right_answers(connection).await;
    assert_eq!(int(connection, "select count(*) from t", &[]).await, 0, "{at}");
    let mut other = driver.connect().await.unwrap();
    run(&mut other, "pragma busy_timeout = 0").await.unwrap();
    run(&mut other, "delete from t").await.unwrap_or_else(|error| panic!("{at}: {error}"));
}

// fault: D01, D03, D04, T02
#[test]
fn every_poll_after_which_a_future_can_be_dropped_leaves_a_usable_connection() {
    on_one_thread(async {
        let (driver, mut connection) = database(&["create table t (a)"]).await;
        for polls in 0.. {
            let completed = drop_after_polls(work(&mut connection), polls).await;
            connection = given_back(connection).await;
            assert_nothing_left(&driver, &mut connection, &format!("{polls} polls")).await;
            if let Some(result) = completed {
                result.unwrap();
                assert!(polls > 10, "only {polls} points were tried");
                return;
            }
        }
    });
}

// fault: D01, T02
#[test]
fn every_moment_at_which_a_future_can_be_dropped_leaves_a_usable_connection() {
    on_one_thread(async {
        let (driver, mut connection) = database(&["create table t (a)"]).await;
        let mut cut = 0;
        for step in 0..60 {
            let after = Duration::from_micros(step * 700);
            cut += u32::from(timeout(after, work(&mut connection)).await.is_err());
            connection = given_back(connection).await;
            assert_nothing_left(&driver, &mut connection, &format!("after {after:?}")).await;
        }
        assert!(cut > 5, "{cut} were cut");
    });
}

// fault: D01, D06, B18
#[test]
fn dropping_the_future_ends_the_query_soon() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&[]).await;
        let made = counting(&mut connection).await;
        for _ in 0..3 {
            let endless = run(&mut connection, ENDLESS_COUNTED);
            assert!(cut_at_work(&made, endless).await.is_none());
            let refused = run(&mut connection, "select 1").await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
            assert!(refused.message().contains("take another"), "{refused}");
            assert_eq!(connection.release(), Released::Dirty);
            // The query would never end by itself.
            connection = recovered(connection).await.expect("SQLite stops at a boundary");
            assert_right_answers(&mut connection).await;
        }
    });
}

// fault: T02
#[test]
fn a_transaction_that_was_cut_is_rolled_back_and_the_memory_database_stays() {
    on_one_thread(async {
        let (_driver, mut connection) =
            database(&["create table t (a)", "insert into t values (1)"]).await;
        let made = counting(&mut connection).await;
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        run(&mut connection, "insert into t values (2)").await.unwrap();
        assert!(cut_at_work(&made, run(&mut connection, ENDLESS_COUNTED)).await.is_none());
        let mut connection = given_back(connection).await;
        assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 1);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        run(&mut connection, "insert into t values (3)").await.unwrap();
        connection.commit().await.unwrap();
        assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 2);
    });
}

// fault: T10, T02
#[test]
fn dropping_the_future_ends_a_wait_for_a_lock() {
    on_one_thread(async {
        let (driver, mut holder) = database(&["create table t (a)"]).await;
        run(&mut holder, "begin immediate").await.unwrap();
        let mut waiting = driver.connect().await.unwrap();
        // The wait itself would last longer than this test may.
        run(&mut waiting, "pragma busy_timeout = 600000").await.unwrap();
        let wait = run(&mut waiting, "insert into t values (1)");
        // SQLite does not say that it waits: it has begun to, unless the thread was late, and then it is
        // stopped before.
        assert!(timeout(Duration::from_millis(30), wait).await.is_err());
        let mut waiting = given_back(waiting).await;
        holder.rollback().await.unwrap();
        assert_eq!(int(&mut waiting, "select count(*) from t", &[]).await, 0);
        run(&mut waiting, "insert into t values (1)").await.unwrap();
    });
}

// fault: T10
#[test]
fn a_begin_that_finds_the_database_busy_is_reported_by_the_statement_and_repeated() {
    on_one_thread(async {
        let options =
            SqliteOptions::new().begin(TransactionMode::Immediate).busy_timeout(Duration::ZERO);
        let database = SqliteDriver::memory().unwrap().with_options(options).unwrap();
        let driver = ThreadDriver::new(database);
        let mut holder = driver.connect().await.unwrap();
        run(&mut holder, "create table t (a)").await.unwrap();
        holder.begin(&TransactionOptions::DEFAULT).unwrap();
        run(&mut holder, "insert into t values (1)").await.unwrap();
        let mut connection = driver.connect().await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let many = raw("insert into t values (?)");
        for error in [
            run(&mut connection, "select 1").await.unwrap_err(),
            connection
                .open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT)
                .await
                .map(drop)
                .unwrap_err(),
            connection
                .execute_many(
                    &many,
                    &[vec![Value::Int(3)]],
                    &ExecutionOptions::DEFAULT,
                    &mut NoRows,
                )
                .await
                .unwrap_err(),
        ] {
            assert!(error.is_busy(), "{error}");
        }
        holder.rollback().await.unwrap();
        // Nothing runs outside the transaction that was asked for.
        run(&mut connection, "insert into t values (2)").await.unwrap();
        connection.rollback().await.unwrap();
        assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 0);
    });
}

#[test]
fn a_connection_whose_future_is_dropped_before_the_first_poll_is_clean() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&[]).await;
        drop(run(&mut connection, ENDLESS));
        assert!(connection.is_usable());
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        drop(run(&mut connection, ENDLESS));
        assert_right_answers(&mut connection).await;
        assert_eq!(connection.release(), Released::Clean);
    });
}

// fault: P07
#[test]
fn connecting_can_be_given_up() {
    on_one_thread(async {
        let driver = ThreadDriver::new(SqliteDriver::memory().unwrap());
        for polls in 0..3 {
            drop_after_polls(driver.connect(), polls).await;
        }
        assert_right_answers(&mut driver.connect().await.unwrap()).await;
    });
}

// fault: D03
#[test]
fn a_fetch_that_was_cut_ends_its_cursor() {
    on_one_thread(async {
        let (driver, mut connection) =
            database(&["create table t (a)", "insert into t values (1), (2)"]).await;
        let made = counting(&mut connection).await;
        let slow = format!("select a from t where a < 2 or a = ({ENDLESS_COUNTED})");
        {
            let mut cursor =
                connection.open_cursor(&raw(&slow), &[], &ExecutionOptions::DEFAULT).await.unwrap();
            let mut kept = Values::default();
            assert!(cursor.fetch(1, &mut kept).await.unwrap());
            assert!(cut_at_work(&made, cursor.fetch(1, &mut kept)).await.is_none());
        }
        assert!(!connection.is_usable());
        let mut connection = given_back(connection).await;
        assert_right_answers(&mut connection).await;
        let mut other = driver.connect().await.unwrap();
        run(&mut other, "pragma busy_timeout = 0").await.unwrap();
        run(&mut other, "delete from t").await.unwrap();
    });
}

// fault: D12
#[test]
fn a_forgotten_cursor_is_ended_by_the_next_job() {
    on_one_thread(async {
        let (driver, mut connection) =
            database(&["create table t (a)", "insert into t values (1), (2)"]).await;
        std::mem::forget(
            connection
                .open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT)
                .await
                .unwrap(),
        );
        assert_right_answers(&mut connection).await;
        let mut other = driver.connect().await.unwrap();
        run(&mut other, "pragma busy_timeout = 0").await.unwrap();
        run(&mut other, "delete from t").await.unwrap();
    });
}

// conforms: D4.20
#[test]
fn a_sink_that_has_enough_stops_the_thread_and_not_the_transaction() {
    on_one_thread(async {
        let (_driver, mut connection) = database(&["create table t (a)"]).await;
        let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n)";
        for (kind, sql) in [
            (aludel_core::dbapi::StatementKind::Select, format!("{numbers} select i from n")),
            (aludel_core::dbapi::StatementKind::Text, format!("{numbers} select i from n")),
        ] {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            run(&mut connection, "insert into t values (1)").await.unwrap();
            let endless = aludel_core::dbapi::Statement::new(sql, kind).unwrap();
            let mut sink = Values { fail_at: Some(10), ..Values::default() };
            let error = connection
                .execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut sink)
                .await
                .unwrap_err();
            assert_eq!(error.message(), "the sink had enough");
            assert_eq!(int(&mut connection, "select count(*) from t", &[]).await, 1);
            connection.rollback().await.unwrap();
            assert_right_answers(&mut connection).await;
        }
    });
}
