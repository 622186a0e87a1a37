//! The driver behind the synchronous interface: in a blocking program, and inside somebody's runtime.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AdaptedDriver, Driver, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
    Waits,
};
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{recover, scalar};
use aludel_testing::{Rows, raw, statement};
use support::blocking::{await_state, backend, connect, terminate};

fn driver() -> Option<AdaptedDriver<PostgresDriver>> {
    let url = support::url()?.parse().unwrap();
    Some(AdaptedDriver::new(PostgresDriver::from_url(&url).unwrap(), Waits::OnThreads))
}

fn work(driver: &dyn Driver) {
    let (mut connection, mut other) = (connect(driver), connect(driver));
    let (connection, other) = (connection.as_mut(), other.as_mut());
    let pid = backend(connection);
    connection
        .execute(
            &raw("create temporary table n (a bigint primary key)"),
            &[],
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )
        .unwrap();
    let insert = statement("insert into n values ($1)", StatementKind::Dml);
    let sets: Vec<_> = (0..100).map(|n| vec![Value::Int(n)]).collect();

    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        100
    );
    connection.commit().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    connection.rollback().unwrap();

    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let select = statement("select a from n order by a", StatementKind::Select);
    let mut rows = Rows::default();
    let mut cursor = connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).unwrap();
    while cursor.fetch(30, &mut rows).unwrap() {}
    cursor.close().unwrap();
    assert_eq!(rows.values(), sets);
    await_state(other, pid, Some("idle in transaction"));
    if driver.blocks_on_network() {
        connection.rollback().unwrap();
    }
    // Nobody waits for the answer, and yet it reaches the server.
    assert_eq!(connection.release(), Released::Clean);
    await_state(other, pid, Some("idle"));
    assert_eq!(scalar(connection, "select $1 + 1", &[Value::Int(1)]).unwrap(), Value::Int(2));
}

// conforms: A30
#[test]
fn a_blocking_program_needs_no_runtime() {
    let Some(driver) = driver() else { return };
    work(&driver);
    let server = PostgresDriver::new(support::server().unwrap());
    work(&BlockingDriver::new(server));
}

#[tokio::test]
async fn a_blocking_program_inside_a_runtime_works_too() {
    let Some(driver) = driver() else { return };
    work(&driver);
}

// fault: P17, P19
#[test]
fn a_session_that_ended_while_nobody_looked_tells_why() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(connection.as_mut());
    terminate(other.as_mut(), pid);
    let error = connection.ping(Instant::now() + Duration::from_secs(5)).unwrap_err();
    assert!(error.is_disconnect());
    assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
}

// fault: P17
#[test]
fn a_dropped_cursors_session_that_ended_is_told_outside_of_any_runtime() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(connection.as_mut());
    drop(
        connection
            .open_cursor(
                &raw("select generate_series(1, 100000000)"),
                &[],
                &ExecutionOptions::DEFAULT,
            )
            .unwrap(),
    );
    terminate(other.as_mut(), pid);
    for _ in 0..5 {
        assert_eq!(connection.release(), Released::Dirty);
        assert!(!connection.is_usable());
        let _ = connection.begin(&TransactionOptions::DEFAULT).unwrap_err();
    }
}

#[test]
fn what_is_dirty_or_not_wanted_any_more_leaves_the_server() {
    let Some(driver) = driver() else { return };
    let mut other = connect(&driver);
    for end in ["recover", "close", "terminate", "drop"] {
        let mut connection = connect(&driver);
        let pid = backend(connection.as_mut());
        let endless = raw("select generate_series(1, 100000000)");
        let mut sink = Rows { fail_at: Some(1), ..Rows::default() };
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err();
        assert_eq!(connection.release(), Released::Dirty);
        match end {
            "recover" => {
                // A thread in the background drives it in a blocking program.
                let mut back = recover(connection).expect("a clean session");
                assert_eq!(backend(back.as_mut()), pid);
                back.close();
            }
            "close" => connection.close(),
            "terminate" => connection.terminate(),
            _ => drop(connection),
        }
        await_state(other.as_mut(), pid, None);
    }
}
