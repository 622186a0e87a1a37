//! The driver behind the synchronous door: in a blocking program, and inside somebody's runtime.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AdaptedDriver, Connection, Driver, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use support::{Rows, raw, statement};

fn driver() -> Option<AdaptedDriver<PostgresDriver>> {
    let url = support::url()?.parse().unwrap();
    Some(AdaptedDriver::for_threads(PostgresDriver::from_url(&url).unwrap()))
}

fn connect(driver: &dyn Driver) -> Box<dyn Connection> {
    driver.connect(Instant::now() + Duration::from_secs(5)).unwrap()
}

fn scalar(connection: &mut dyn Connection, sql: &str, params: &[Value]) -> Result<Value> {
    let mut rows = Rows::default();
    connection.execute(
        &statement(sql, StatementKind::Select),
        params,
        &ExecutionOptions::DEFAULT,
        &mut rows,
    )?;
    Ok(rows.values().remove(0).remove(0))
}

/// What another session sees of this one, as soon as it is what is expected.
fn await_state(other: &mut dyn Connection, pid: &Value, expected: Option<&str>) {
    let sql = "select (select state from pg_stat_activity where pid = $1)";
    let expected = expected.map_or(Value::Null, Value::from);
    let mut found = Value::Null;
    for _ in 0..200 {
        found = scalar(other, sql, std::slice::from_ref(pid)).unwrap();
        if found == expected {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{found:?} instead of {expected:?}");
}

fn work(driver: &dyn Driver) {
    let (mut connection, mut other) = (connect(driver), connect(driver));
    let (connection, other) = (connection.as_mut(), other.as_mut());
    let pid = scalar(connection, "select pg_backend_pid()", &[]).unwrap();
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
    await_state(other, &pid, Some("idle in transaction"));
    if driver.blocks_on_network() {
        connection.rollback().unwrap();
    }
    // Nobody waits for the answer, and yet it reaches the server.
    assert_eq!(connection.release(), Released::Clean);
    await_state(other, &pid, Some("idle"));
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
    let pid = scalar(connection.as_mut(), "select pg_backend_pid()", &[]).unwrap();
    let kill = "select pg_terminate_backend($1::int, 5000)";
    scalar(other.as_mut(), kill, std::slice::from_ref(&pid)).unwrap();
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
    let pid = scalar(connection.as_mut(), "select pg_backend_pid()", &[]).unwrap();
    drop(
        connection
            .open_cursor(
                &raw("select generate_series(1, 100000000)"),
                &[],
                &ExecutionOptions::DEFAULT,
            )
            .unwrap(),
    );
    let kill = "select pg_terminate_backend($1::int, 5000)";
    scalar(other.as_mut(), kill, &[pid]).unwrap();
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
        let pid = scalar(connection.as_mut(), "select pg_backend_pid()", &[]).unwrap();
        let endless = raw("select generate_series(1, 100000000)");
        let mut sink = Rows { fail_at: Some(1), ..Rows::default() };
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err();
        assert_eq!(connection.release(), Released::Dirty);
        match end {
            "recover" => {
                let (send, receive) = mpsc::channel();
                connection.recover(Box::new(move |back| send.send(back).unwrap()));
                // A thread in the background drives it in a blocking program.
                let mut back = receive.recv().unwrap().expect("a clean session");
                assert_eq!(scalar(back.as_mut(), "select pg_backend_pid()", &[]).unwrap(), pid);
                back.close();
            }
            "close" => connection.close(),
            "terminate" => connection.terminate(),
            _ => drop(connection),
        }
        await_state(other.as_mut(), &pid, None);
    }
}
