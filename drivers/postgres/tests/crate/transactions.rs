//! Transactions: their ends are reported as they were.

use aludel_core::dbapi::{IsolationLevel, Released, TransactionOptions};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, give_back, query, recover, scalar};
use aludel_testing::proxy::{Cut, mentions, round_trips};
use aludel_testing::unique;

use crate::support::blocking::{
    assert_right_answers, await_state, backend, connect, driver, native, proxied,
};
use crate::support::server;

// conforms: A31
#[test]
fn what_is_committed_stays_and_what_is_rolled_back_does_not() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let (connection, other) = (&mut *connection, &mut *other);
    let table = unique("t");
    execute(connection, &format!("create table {table} (id int)")).unwrap();
    let insert = format!("insert into {table} values (1)");
    let count = format!("select count(*) from {table}");
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    execute(connection, &insert).unwrap();
    assert_eq!(scalar(other, &count, &[]).unwrap(), Value::Int(0));
    connection.commit().unwrap();
    assert_eq!(scalar(other, &count, &[]).unwrap(), Value::Int(1));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(connection, &insert).unwrap();
    connection.rollback().unwrap();
    assert_eq!(scalar(other, &count, &[]).unwrap(), Value::Int(1));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.commit().unwrap();
    connection.rollback().unwrap();
    execute(connection, &format!("drop table {table}")).unwrap();
}

// fault: P25, T04
// conforms: D1.21
#[test]
fn a_transaction_that_is_left_open_is_rolled_back_in_the_background() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    for begin in ["", "begin"] {
        if begin.is_empty() {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        } else {
            execute(&mut *connection, begin).unwrap();
        }
        execute(&mut *connection, "create temporary table left_open (a int)").unwrap();
        await_state(&mut *other, pid, Some("idle in transaction"));
        assert_eq!(connection.release(), Released::Dirty);
        connection = recover(connection).expect("nothing is wrong with it");
        await_state(&mut *other, pid, Some("idle"));
        assert_eq!(connection.release(), Released::Clean);
        assert_eq!(backend(&mut *connection), pid);
        assert!(query(&mut *connection, "select * from left_open", &[]).is_err());
        assert_right_answers(&mut *connection);
    }
    // One that was only noted is none.
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(connection.release(), Released::Clean);
}

// fault: T06, D11
#[test]
fn committing_an_aborted_transaction_is_an_error() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let table = unique("t");
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, &format!("create table {table} (id int)")).unwrap();
    execute(&mut *connection, "select 1/0").unwrap_err();
    let broken = execute(&mut *connection, "select 1").unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::PendingRollback);
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    assert!(!error.is_disconnect() && connection.is_usable());
    assert_right_answers(&mut *connection);
    assert!(
        execute(&mut *connection, &format!("select * from {table}"))
            .unwrap_err()
            .is_missing_table()
    );
    assert_eq!(connection.release(), Released::Clean);
}

// fault: T06
#[test]
fn committing_what_the_programs_own_words_have_ended_is_an_error() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    execute(&mut *connection, "rollback").unwrap();
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    assert!(error.message().contains("nothing was committed"), "{error}");
    assert_right_answers(&mut *connection);
    assert_eq!(connection.release(), Released::Clean);
}

// fault: T08
#[test]
fn a_commit_that_is_answered_by_a_rollback_says_so_and_may_be_run_again() {
    let Some(driver) = driver() else { return };
    let (mut first, mut second) = (connect(&driver), connect(&driver));
    let table = unique("t");
    execute(&mut *first, &format!("create table {table} (id int)")).unwrap();
    let serializable = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
    for (id, connection) in [(1, &mut first), (2, &mut second)] {
        connection.begin(&serializable).unwrap();
        execute(&mut **connection, &format!("select count(*) from {table}")).unwrap();
        execute(&mut **connection, &format!("insert into {table} values ({id})")).unwrap();
    }
    first.commit().unwrap();
    let error = second.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
    assert_right_answers(&mut *second);
    let ids = query(&mut *second, &format!("select id from {table}"), &[]).unwrap();
    assert_eq!(ids, [[Value::from(1)]]);
    second.rollback().unwrap();
    execute(&mut *first, &format!("drop table {table}")).unwrap();
}

// fault: T15
#[test]
fn a_deferred_constraint_fails_the_commit_and_leaves_a_clean_session() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    execute(
        &mut *connection,
        "create temporary table node (id int primary key, parent int constraint known references \
         node deferrable initially deferred)",
    )
    .unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "insert into node values (1, 9)").unwrap();
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.is_foreign_key_violation());
    assert_eq!((error.constraint(), error.table()), (Some("known"), Some("node")));
    await_state(&mut *other, pid, Some("idle"));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(scalar(&mut *connection, "select count(*) from node", &[]).unwrap(), Value::Int(0));
    connection.commit().unwrap();
}

// fault: T07
// conforms: D7.04
#[test]
fn a_lost_answer_to_commit_is_unknown_either_way() {
    let (Some(config), Some(direct)) = (server(), driver()) else { return };
    let mut other = connect(&direct);
    let table = unique("t");
    execute(&mut *other, &format!("create table {table} (id int)")).unwrap();
    for (cut, committed) in [(Cut::BeforeCommit, 0), (Cut::AfterCommit, 1)] {
        let (proxy, driver) = proxied(&config);
        let mut connection = connect(&driver);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
        proxy.cut(cut);
        let error = connection.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
        assert!(error.is_disconnect());
        assert!(!connection.is_usable());
        assert!(connection.begin(&TransactionOptions::DEFAULT).unwrap_err().is_disconnect());
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).is_none());
        let count = scalar(&mut *other, &format!("select count(*) from {table}"), &[]).unwrap();
        assert_eq!(count, Value::Int(committed));
    }
    execute(&mut *other, &format!("drop table {table}")).unwrap();
}

#[test]
fn a_transactional_select_costs_two_round_trips() {
    let Some(config) = server() else { return };
    let (proxy, driver) = proxied(&config);
    let mut connection = connect(&driver);
    assert_right_answers(&mut *connection);
    proxy.take_log();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    scalar(&mut *connection, "select $1 * 3", &[Value::Int(1)]).unwrap();
    let log = proxy.take_log();
    assert!(mentions(&log, "BEGIN"), "{log:?}");
    assert_eq!(round_trips(&log), 2, "{log:?}");
    drop(give_back(connection));
}

#[test]
fn the_crates_own_client_takes_part() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let client = native(&mut *connection).client().unwrap();
    client.batch_execute("create temporary table by_client (a int)").unwrap();
    connection.rollback().unwrap();
    assert!(
        query(&mut *connection, "select * from by_client", &[]).unwrap_err().is_missing_table()
    );
    native(&mut *connection).client().unwrap().batch_execute("begin").unwrap();
    assert_eq!(connection.release(), Released::Dirty);
    assert_right_answers(&mut *recover(connection).unwrap());
}
