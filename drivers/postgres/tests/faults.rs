//! Faults: statements given up, sinks that fail, sessions that cannot be saved.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::{PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, query, recover, scalar};
use aludel_testing::{BOUND, Rows, drop_when, raw, settle_awaited, statement, unique};
use support::{assert_right_answers, await_sleeping, await_state, backend, connect, proxied};
use tokio::time::{sleep, timeout};

// fault: P17
// conforms: D7.01
#[tokio::test]
async fn the_reason_of_a_disconnect_is_told() {
    let driver = driver!();
    let mut other = connect(&driver).await;
    let kill = "select pg_terminate_backend($1::int)";

    // While it is idle.
    let mut idle = connect(&driver).await;
    let pid = backend(&mut idle).await;
    scalar(&mut other, kill, &[Value::Int(pid)]).await.unwrap();
    settle_awaited("the driver has heard of it", async || !idle.is_usable()).await;
    for _ in 0..2 {
        let error = execute(&mut idle, "select 1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.is_disconnect());
        assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
        assert!(error.message().contains("administrator command"), "{error}");
    }

    // While it works: the statement hears it, and so do later calls.
    let mut busy = connect(&driver).await;
    let pid = backend(&mut busy).await;
    let (error, _) = tokio::join!(execute(&mut busy, "select pg_sleep(600)"), async {
        await_sleeping(&mut other, pid).await;
        scalar(&mut other, kill, &[Value::Int(pid)]).await.unwrap();
    });
    let error = error.unwrap_err();
    assert!(error.is_disconnect());
    assert_eq!(error.sqlstate(), Some("57P01"));
    assert_eq!(busy.release(), Released::Dirty);
    let later = busy.ping().await.unwrap_err();
    assert!(later.is_disconnect());
    assert_eq!(later.sqlstate(), Some("57P01"), "{later}");
    assert!(recover(busy).await.is_none());
}

// fault: D01, D06
#[tokio::test]
async fn a_dropped_query_is_stopped_and_the_session_comes_back_clean() {
    let driver = driver!();
    let mut other = connect(&driver).await;
    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    for round in 0..4 {
        if round % 2 == 0 {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        let slow = execute(&mut connection, "select 1111 + length(pg_sleep(600)::text)");
        assert!(drop_when(slow, await_sleeping(&mut other, pid)).await.is_none());
        assert!(!connection.is_usable());
        for result in [
            connection.begin(&TransactionOptions::DEFAULT),
            connection.ping().await,
            connection.commit().await,
            connection.rollback().await,
            execute(&mut connection, "select 1").await.map(|_| ()),
        ] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
        assert_eq!(connection.release(), Released::Dirty);
        connection = recover(connection).await.expect("it comes back");
        assert_eq!(backend(&mut connection).await, pid);
        await_state(&mut other, pid, Some("idle")).await;
        for _ in 0..5 {
            assert_right_answers(&mut connection).await;
            // Time for a cancel that comes late, of which nothing says whether it does.
            sleep(Duration::from_millis(2)).await;
        }
    }
}

// fault: D05
#[tokio::test]
async fn a_late_cancel_hits_nothing_else() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let driver = PostgresDriver::new(through);
    let mut connection = connect(&driver).await;
    for delay in [0, 20, 300] {
        proxy.delay_cancels(Some(Duration::from_millis(delay)));
        // By the time the cancel arrives this one is over.
        for attempt in 0.. {
            // A text that was not prepared before, so that it is sent.
            let sql = format!("select pg_sleep(0.03) -- {delay} {attempt}");
            let sent = settle_awaited("it is sent", async || proxy.has_sent(&sql));
            let short = execute(&mut connection, &sql);
            // On a loaded machine it may have ended before this looked.
            if drop_when(short, sent).await.is_none() {
                break;
            }
        }
        connection = recover(connection).await.expect("it comes back");
        for _ in 0..10 {
            execute(&mut connection, "select pg_sleep(0.01)").await.unwrap();
        }
        assert_right_answers(&mut connection).await;
    }
}

// fault: P16
#[tokio::test]
async fn a_server_that_fell_silent_is_given_up_within_the_budget() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let driver = PostgresDriver::new(through).with_recovery_budget(Duration::from_millis(300));
    let mut connection = connect(&driver).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    proxy.mute(true);
    assert!(timeout(Duration::from_millis(30), connection.ping()).await.is_err());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).await.is_none());
}

// fault: P25
#[tokio::test]
async fn what_cannot_be_recovered_is_given_up_within_the_budget() {
    let Some(config) = support::server() else { return };
    let mut other = connect(&PostgresDriver::new(config.clone())).await;
    let (proxy, through) = proxied(&config);
    let driver = PostgresDriver::new(through).with_recovery_budget(Duration::from_millis(300));
    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    proxy.delay_cancels(None);
    let slow = execute(&mut connection, "select pg_sleep(600)");
    assert!(drop_when(slow, await_sleeping(&mut other, pid)).await.is_none());
    assert!(recover(connection).await.is_none());
    scalar(&mut other, "select pg_terminate_backend($1::int)", &[Value::Int(pid)]).await.unwrap();
}

#[tokio::test]
async fn a_sink_that_fails_ends_its_statement_and_nothing_else() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for (fail_at, rows) in [(0, 1), (1, 3), (7, 4000)] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw(&format!("select generate_series(1, {rows})"));
        let mut sink = Rows { fail_at: Some(fail_at), ..Rows::default() };
        let error = connection
            .execute(&select, &[], &ExecutionOptions::DEFAULT, &mut sink)
            .await
            .unwrap_err();
        assert_eq!(error.message(), "the sink had enough");
        assert!(connection.is_usable());
        assert_right_answers(&mut connection).await;
        connection.commit().await.unwrap();
    }
    // Too much is left: the server is stopped instead.
    let select = raw("select generate_series(1, 100000000)");
    let mut sink = Rows { fail_at: Some(3), ..Rows::default() };
    let error =
        connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut sink).await.unwrap_err();
    assert_eq!(error.message(), "the sink had enough");
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    assert_right_answers(&mut connection).await;
}

// fault: D03
#[tokio::test]
async fn a_slow_rest_behind_a_failed_sink_is_not_waited_for() {
    let driver = driver!().with_recovery_budget(Duration::from_millis(300));
    let mut connection = connect(&driver).await;
    let slow = "select g, repeat('x', 20000), length(pg_sleep(0.05)::text) \
                from generate_series(1, 4000) g";
    let mut sink = Rows { fail_at: Some(1), ..Rows::default() };
    let (slow, options) = (raw(slow), ExecutionOptions::DEFAULT);
    let execution = connection.execute(&slow, &[], &options, &mut sink);
    let error = timeout(BOUND, execution).await.expect("it takes minutes").unwrap_err();
    assert_eq!(error.message(), "the sink had enough");
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    assert_right_answers(&mut connection).await;
}

#[tokio::test]
async fn copy_is_refused_with_the_way_out() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int)").await.unwrap();
    for sql in ["copy n from stdin", "copy (select 1) to stdout"] {
        let error = execute(&mut connection, sql).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        assert!(error.message().contains("COPY"), "{error}");
        assert_right_answers(&mut connection).await;
    }
    assert_eq!(connection.release(), Released::Clean);
}

// conforms: A28
#[tokio::test]
async fn close_says_goodbye_and_terminate_does_not_wait() {
    let driver = driver!();
    let mut other = connect(&driver).await;
    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    connection.close().await;
    await_state(&mut other, pid, None).await;

    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    connection.terminate();
    await_state(&mut other, pid, None).await;
}

// fault: D09
#[tokio::test]
async fn tiny_pieces_change_nothing() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    proxy.pass_in_steps(1);
    let mut connection = connect(&PostgresDriver::new(through)).await;
    for _ in 0..2 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let rows = query(&mut connection, "select g, 'x' from generate_series(1, 20) g", &[]).await;
        assert_eq!(rows.unwrap().len(), 20);
        let sets: Vec<_> = (0..70).map(|n| vec![Value::Int(n)]).collect();
        let select = statement("select $1", StatementKind::Dml);
        assert_eq!(
            connection
                .execute_many(&select, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
                .await
                .unwrap()
                .rowcount,
            70
        );
        connection.commit().await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut connection, "select 1").await.unwrap();
        assert_eq!(connection.release(), Released::Clean);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_works_on_a_runtime_with_threads() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for _ in 0..50 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        assert_right_answers(&mut connection).await;
        assert_eq!(connection.release(), Released::Clean);
    }
}

/// A transaction whose COMMIT waits for a call to end.
async fn slow_commit(connection: &mut PostgresConnection, table: &str, call: &str) {
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    for sql in [
        format!("create table {table} (a int)"),
        format!(
            "create function pg_temp.slowly() returns trigger language plpgsql as \
             'begin perform {call}; return null; end'"
        ),
        format!(
            "create constraint trigger late after insert on {table} deferrable initially deferred \
             for each row execute function pg_temp.slowly()"
        ),
        format!("insert into {table} values (1)"),
    ] {
        execute(connection, &sql).await.unwrap();
    }
}

/// Waits until a session waits for a lock of the program's.
async fn await_locked(other: &mut PostgresConnection, pid: i64) {
    let sql =
        "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'advisory')";
    let waits = async || scalar(other, sql, &[Value::Int(pid)]).await.unwrap() == Value::Bool(true);
    settle_awaited("it waits for the lock", waits).await;
}

/// The answer of a COMMIT that waits for a standby would be that it has committed without.
// fault: T07
#[tokio::test]
async fn a_dropped_commit_is_not_cancelled() {
    let Some(config) = support::server() else { return };
    let mut other = connect(&PostgresDriver::new(config.clone())).await;
    let (proxy, through) = proxied(&config);
    let driver = PostgresDriver::new(through).with_recovery_budget(BOUND);

    // Within the budget its answer is waited for, and the session is kept.
    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    let table = unique("slow");
    // Of no other session, in whatever test.
    let key = 4_101_000_000_000 + pid;
    execute(&mut other, &format!("select pg_advisory_lock({key})")).await.unwrap();
    slow_commit(&mut connection, &table, &format!("pg_advisory_xact_lock({key})")).await;
    let commit = connection.commit();
    assert!(drop_when(commit, await_locked(&mut other, pid)).await.is_none());
    assert_eq!(connection.release(), Released::Dirty);
    // It waits when the lock is released: the first of the two begins first.
    let unlock = format!("select pg_advisory_unlock({key})");
    let (recovered, unlocked) = tokio::join!(recover(connection), execute(&mut other, &unlock));
    unlocked.unwrap();
    let mut connection = recovered.expect("it comes back");
    assert_eq!(backend(&mut connection).await, pid);
    assert!(!proxy.has_cancelled());
    let count = format!("select count(*) from {table}");
    assert_eq!(scalar(&mut other, &count, &[]).await.unwrap(), Value::Int(1));
    execute(&mut other, &format!("drop table {table}")).await.unwrap();

    // Beyond it the session is given up, and nothing is cancelled either.
    let driver = driver.with_recovery_budget(Duration::from_millis(300));
    let mut connection = connect(&driver).await;
    let pid = backend(&mut connection).await;
    slow_commit(&mut connection, &unique("slow"), "pg_sleep(600)").await;
    let commit = connection.commit();
    assert!(drop_when(commit, await_sleeping(&mut other, pid)).await.is_none());
    assert!(recover(connection).await.is_none());
    assert!(!proxy.has_cancelled());
    support::terminate(&mut other, pid).await;
}
