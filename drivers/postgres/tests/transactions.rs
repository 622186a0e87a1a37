//! Transactions: what they cost, and that their ends are reported as they were.

mod support;

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, ExecutionOptions, IsolationLevel, NoRows, Released,
    StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::PostgresDriver;
use aludel_testing::awaited::{execute, query, scalar};
use aludel_testing::proxy::{Cut, mentions, round_trips};
use aludel_testing::{settle_awaited, statement, unique};
use support::{assert_right_answers, await_state, backend, connect, proxied};

#[tokio::test]
async fn a_transactional_select_costs_one_round_trip() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let mut connection = connect(&PostgresDriver::new(through)).await;
    let select = statement("select $1 + 1", StatementKind::Select);
    let cycle = async |connection: &mut aludel_postgres::PostgresConnection| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let done = connection
            .execute(&select, &[Value::Int(1)], &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap();
        assert_eq!(done.rowcount, 1);
    };
    cycle(&mut connection).await;
    assert_eq!(connection.release(), Released::Clean);
    cycle(&mut connection).await;
    proxy.take_log();
    assert_eq!(connection.release(), Released::Clean);
    cycle(&mut connection).await;
    let log = proxy.take_log();
    assert_eq!(round_trips(&log), 1, "{log:?}");
    assert!(mentions(&log, "ROLLBACK") && mentions(&log, "BEGIN"));

    // A first use prepares, with BEGIN in the same message.
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    proxy.take_log();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    query(&mut connection, "select 2, $1", &[Value::Null]).await.unwrap();
    assert_eq!(round_trips(&proxy.take_log()), 2);
}

#[tokio::test]
async fn nothing_sent_costs_nothing() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let mut connection = connect(&PostgresDriver::new(through)).await;
    proxy.take_log();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.commit().await.unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.rollback().await.unwrap();
    connection.rollback().await.unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(connection.release(), Released::Clean);
    assert_eq!(proxy.take_log(), []);
    // Outside of a transaction a select leaves nothing to be ended, and the text of a BEGIN leaves its transaction.
    execute(&mut connection, "select 1").await.unwrap();
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    assert!(!mentions(&proxy.take_log(), "ROLLBACK"));
    execute(&mut connection, "/* mine */ BEGIN").await.unwrap();
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    assert!(mentions(&proxy.take_log(), "ROLLBACK"));
}

// fault: T04, T01
#[tokio::test]
async fn a_transaction_of_the_programs_own_does_not_reach_the_next_borrower() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let pid = backend(&mut connection).await;
    execute(&mut connection, "start transaction").await.unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    await_state(&mut other, pid, Some("idle in transaction")).await;
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    await_state(&mut other, pid, Some("idle")).await;

    connection.client().unwrap().batch_execute("begin; select 1").await.unwrap();
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    await_state(&mut other, pid, Some("idle")).await;

    // What it began by itself is committed by the driver's commit, or that would be a lie.
    execute(&mut connection, "create temporary table mine (a int)").await.unwrap();
    execute(&mut connection, "begin").await.unwrap();
    execute(&mut connection, "insert into mine values (1)").await.unwrap();
    connection.commit().await.unwrap();
    await_state(&mut other, pid, Some("idle")).await;
    // And what the client does is part of the transaction that was begun.
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.client().unwrap().batch_execute("insert into mine values (2)").await.unwrap();
    connection.rollback().await.unwrap();
    let count = scalar(&mut connection, "select count(*) from mine", &[]).await.unwrap();
    assert_eq!(count, Value::Int(1));
}

#[tokio::test]
async fn commit_and_rollback_do_what_they_say() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let table = unique("t");
    execute(&mut connection, &format!("create table {table} (id int)")).await.unwrap();
    let insert = format!("insert into {table} values (1)");
    let count = format!("select count(*) from {table}");
    for (commit, expected) in [(true, 1), (false, 1)] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut connection, &insert).await.unwrap();
        if commit {
            connection.commit().await.unwrap();
        } else {
            connection.rollback().await.unwrap();
        }
        assert_eq!(scalar(&mut other, &count, &[]).await.unwrap(), Value::Int(expected));
    }
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    execute(&mut connection, &insert).await.unwrap();
    assert_eq!(
        connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    assert_eq!(connection.release(), Released::Clean);
    connection.ping().await.unwrap();
    assert_eq!(scalar(&mut other, &count, &[]).await.unwrap(), Value::Int(1));
    execute(&mut connection, &format!("drop table {table}")).await.unwrap();
}

// fault: T06, D11
#[tokio::test]
async fn committing_an_aborted_transaction_is_an_error() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let table = unique("t");
    let pid = backend(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, &format!("create table {table} (id int)")).await.unwrap();
    execute(&mut connection, "select 1/0").await.unwrap_err();
    let broken = execute(&mut connection, "select 1").await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::PendingRollback);
    assert!(broken.message().contains("roll it back"), "{broken}");

    let error = connection.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    assert!(!error.is_disconnect());
    await_state(&mut other, pid, Some("idle")).await;
    assert!(connection.is_usable());
    assert_right_answers(&mut connection).await;
    let missing = execute(&mut connection, &format!("select * from {table}")).await.unwrap_err();
    assert!(missing.is_missing_table());
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(connection.release(), Released::Clean);
}

/// Two transactions that each read what the other writes: the second to commit learns of it there.
// fault: T08
#[tokio::test]
async fn a_commit_that_is_answered_by_a_rollback_says_so_and_may_be_run_again() {
    let driver = driver!();
    let (mut first, mut second) = (connect(&driver).await, connect(&driver).await);
    let table = unique("t");
    execute(&mut first, &format!("create table {table} (id int)")).await.unwrap();
    let serializable = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    for (id, connection) in [(1, &mut first), (2, &mut second)] {
        connection.begin(&serializable).unwrap();
        execute(connection, &format!("select count(*) from {table}")).await.unwrap();
        execute(connection, &format!("insert into {table} values ({id})")).await.unwrap();
    }
    first.commit().await.unwrap();
    let error = second.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
    assert_eq!(error.sqlstate(), Some("40001"));
    assert_right_answers(&mut second).await;
    let ids = query(&mut second, &format!("select id from {table}"), &[]).await.unwrap();
    assert_eq!(ids, [[Value::from(1)]]);
    second.rollback().await.unwrap();
    execute(&mut first, &format!("drop table {table}")).await.unwrap();
}

// fault: T15
#[tokio::test]
async fn a_deferred_constraint_fails_the_commit_and_leaves_a_clean_session() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let pid = backend(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(
        &mut connection,
        "create temporary table node (id int primary key, parent int constraint known references \
         node deferrable initially deferred)",
    )
    .await
    .unwrap();
    connection.commit().await.unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "insert into node values (1, 9)").await.unwrap();
    let error = connection.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.is_foreign_key_violation());
    assert_eq!(error.constraint(), Some("known"));
    assert_eq!(error.table(), Some("node"));
    await_state(&mut other, pid, Some("idle")).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        scalar(&mut connection, "select count(*) from node", &[]).await.unwrap(),
        Value::Int(0)
    );
    connection.commit().await.unwrap();
}

// fault: T07
// conforms: D7.04
#[tokio::test]
async fn a_lost_answer_to_commit_is_unknown_either_way() {
    let Some(config) = support::server() else { return };
    let mut other = connect(&PostgresDriver::new(config.clone())).await;
    let table = unique("t");
    execute(&mut other, &format!("create table {table} (id int)")).await.unwrap();
    for (cut, committed) in [(Cut::BeforeCommit, 0), (Cut::AfterCommit, 1)] {
        let (proxy, through) = proxied(&config);
        let mut connection = connect(&PostgresDriver::new(through)).await;
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut connection, &format!("insert into {table} values (1)")).await.unwrap();
        proxy.cut(cut);
        let error = connection.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
        assert!(error.is_disconnect());
        assert!(!connection.is_usable());
        assert!(connection.begin(&TransactionOptions::DEFAULT).unwrap_err().is_disconnect());
        assert_eq!(connection.release(), Released::Dirty);
        let count = scalar(&mut other, &format!("select count(*) from {table}"), &[]).await;
        assert_eq!(count.unwrap(), Value::Int(committed));
    }
    execute(&mut other, &format!("drop table {table}")).await.unwrap();
}

// fault: T12
#[tokio::test]
async fn a_commit_on_a_connection_that_was_ended_before_is_no_mystery() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let pid = backend(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    scalar(&mut other, "select pg_terminate_backend($1::int)", &[Value::Int(pid)]).await.unwrap();
    settle_awaited("the driver has heard of it", async || !connection.is_usable()).await;
    let error = connection.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert!(error.is_disconnect());
    assert_eq!(error.sqlstate(), Some("57P01"));
}

// fault: P25
// conforms: D7.05
#[tokio::test]
async fn an_owed_rollback_that_cannot_be_answered_is_a_disconnect() {
    let driver = driver!();
    let mut other = connect(&driver).await;
    let mut connection = driver.connect().await.unwrap();
    let pid = backend(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    assert_eq!(connection.release(), Released::Clean);
    await_state(&mut other, pid, Some("idle")).await;
    scalar(&mut other, "select pg_terminate_backend($1::int)", &[Value::Int(pid)]).await.unwrap();
    settle_awaited("the driver has heard of it", async || !connection.is_usable()).await;
    assert_eq!(connection.release(), Released::Dirty);
    let error = execute(&mut connection, "select 1").await.unwrap_err();
    assert!(error.is_disconnect(), "{error}");
    assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
    assert!(aludel_testing::awaited::recover(connection).await.is_none());
}
