//! Statements, their rows and cursors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{execute, query, recover, scalar};
use aludel_testing::{Panicking, Rows, raw, statement, unique, within_bound};

use crate::support::blocking::{
    assert_right_answers, await_state, backend, connect, driver, native, open_cursors,
};

#[test]
fn values_go_and_come_back() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Float(-0.5),
        Value::from("text with 'quotes' and \u{fc}"),
        Value::Bytes([0, 255].into()),
    ];
    let sql = "select $1::text, $2, $3, $4, $5::text, $6";
    let rows = query(&mut *connection, sql, &values).unwrap();
    assert_eq!(rows, [values]);
    let mismatch = query(&mut *connection, "select $1::int", &[Value::from("x")]).unwrap_err();
    assert_eq!(mismatch.kind(), ErrorKind::Data, "{mismatch}");
    let few = query(&mut *connection, "select $1, $2", &[Value::Int(1)]).unwrap_err();
    assert_eq!(few.kind(), ErrorKind::Argument, "{few}");
    let many = vec![Value::Null; 65_536];
    assert_eq!(query(&mut *connection, "select 1", &many).unwrap_err().kind(), ErrorKind::Argument);
    assert_right_answers(&mut *connection);
}

// conforms: D4.04
#[test]
fn many_sets_run_in_order_up_to_the_first_failure() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    execute(&mut *connection, "create temporary table n (a bigint primary key, b text)").unwrap();
    let insert = statement("insert into n values ($1, $2)", StatementKind::Dml);
    // Of several kinds, so prepared more than once.
    let sets: Vec<_> = (0..50)
        .map(|n| vec![Value::Int(n), if n % 3 == 0 { Value::Null } else { Value::from("b") }])
        .collect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        50
    );
    connection.commit().unwrap();
    let sets: Vec<_> = [60, 61, 7, 62].map(|n| vec![Value::Int(n), Value::Null]).into();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert!(error.message().contains("parameter set number 3"), "{error}");
    assert_eq!(error.constraint(), Some("n_pkey"));
    connection.rollback().unwrap();
    assert_eq!(scalar(&mut *connection, "select count(*) from n", &[]).unwrap(), Value::Int(50));
    assert_eq!(
        connection
            .execute_many(&insert, &[], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        0
    );
}

// fault: D13
#[test]
fn a_statement_that_is_out_of_date_is_prepared_anew_or_told() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let table = unique("t");
    execute(&mut *other, &format!("create table {table} (a int)")).unwrap();
    execute(&mut *other, &format!("insert into {table} values (1)")).unwrap();
    let select = format!("select * from {table}");
    let width =
        |connection: &mut dyn Connection| query(connection, &select, &[]).map(|rows| rows[0].len());
    let add = |other: &mut dyn Connection, name: &str| {
        execute(other, &format!("alter table {table} add {name} int")).unwrap();
    };
    assert_eq!(width(&mut *connection).unwrap(), 1);
    add(&mut *other, "b");
    assert_eq!(width(&mut *connection).unwrap(), 2);
    add(&mut *other, "c");
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(width(&mut *connection).unwrap(), 3, "first in its transaction");
    connection.commit().unwrap();
    add(&mut *other, "d");
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    let error = width(&mut *connection).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.is_retryable(), "{error}");
    connection.rollback().unwrap();
    assert_eq!(width(&mut *connection).unwrap(), 4);
    // Forgotten by the server behind the driver's back, and before its eyes.
    native(&mut *connection).client().unwrap().batch_execute("deallocate all").unwrap();
    connection.rollback().unwrap();
    assert_eq!(width(&mut *connection).unwrap(), 4);
    execute(&mut *connection, "discard all").unwrap();
    connection.rollback().unwrap();
    assert_eq!(width(&mut *connection).unwrap(), 4);
    execute(&mut *other, &format!("drop table {table}")).unwrap();
}

// fault: D01, D02
#[test]
fn after_a_statement_timeout_the_answers_are_right() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    execute(&mut *connection, "set statement_timeout = 60").unwrap();
    for _ in 0..3 {
        let error =
            execute(&mut *connection, "select 1111 + length(pg_sleep(5)::text)").unwrap_err();
        assert_eq!(error.sqlstate(), Some("57014"), "{error}");
        assert!(connection.is_usable() && !error.is_disconnect());
        assert_right_answers(&mut *connection);
    }
}

const ENDLESS: &str = "select generate_series(1, 100000000)";

// fault: D03, D06
// conforms: D4.20
#[test]
fn a_sink_that_has_enough_of_few_rows_costs_nothing_and_of_many_the_connection() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let few = raw("select generate_series(1, 3000)");
    let mut sink = Rows { fail_at: Some(5), ..Rows::default() };
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection.execute(&few, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err().kind(),
        ErrorKind::Decode
    );
    assert!(connection.is_usable());
    assert_right_answers(&mut *connection);
    connection.rollback().unwrap();
    let pid = backend(&mut *connection);
    let mut sink = Rows { fail_at: Some(5), ..Rows::default() };
    let error =
        connection.execute(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!connection.is_usable());
    assert_eq!(
        execute(&mut *connection, "select 1").unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none(), "a cancel that comes late would hit the next");
    await_state(&mut *other, pid, None);
}

// fault: D03
#[test]
fn a_slow_rest_behind_a_failed_sink_is_not_waited_for() {
    let Some(config) = crate::support::server() else { return };
    let server = PostgresDriver::new(config).with_recovery_budget(Duration::from_millis(300));
    let mut connection = connect(&BlockingDriver::new(server));
    let slow = "select g, repeat('x', 20000), length(pg_sleep(0.05)::text) \
                from generate_series(1, 4000) g";
    let mut sink = Rows { fail_at: Some(1), ..Rows::default() };
    let error = within_bound("a statement whose sink failed", || {
        connection.execute(&raw(slow), &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!connection.is_usable());
}

#[test]
fn a_sink_that_panics_leaves_a_connection_that_nobody_uses() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    let endless = raw(ENDLESS);
    let call = AssertUnwindSafe(|| {
        connection.execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut Panicking)
    });
    assert!(catch_unwind(call).is_err());
    assert!(!connection.is_usable());
    drop(recover(connection));
    await_state(&mut *other, pid, None);
}

/// How many cursors of the driver are open on the server.
// fault: D07
#[test]
fn portions_of_any_size_give_every_row_once_in_a_transaction_and_outside() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    execute(&mut *connection, "create temporary table made (a int)").unwrap();
    for transaction in [true, false] {
        for (sql, kind) in [
            ("select i, 'row ' || i from generate_series(1, $1) i", StatementKind::Select),
            (
                "insert into made select generate_series(1, $1) returning a, 'row ' || a",
                StatementKind::Dml,
            ),
        ] {
            for portions in [&[1][..], &[2, 3], &[7], &[512], &[usize::MAX]] {
                if transaction {
                    connection.begin(&TransactionOptions::DEFAULT).unwrap();
                }
                let mut rows = Rows::default();
                let statement = statement(sql, kind);
                let mut cursor = connection
                    .open_cursor(&statement, &[Value::Int(7)], &ExecutionOptions::DEFAULT)
                    .unwrap();
                assert_eq!(cursor.columns().names().count(), 2);
                assert!(cursor.fetch(0, &mut rows).unwrap());
                let mut sizes = portions.iter().cycle();
                while cursor.fetch(*sizes.next().unwrap(), &mut rows).unwrap() {}
                assert!(!cursor.fetch(1, &mut rows).unwrap());
                cursor.close().unwrap();
                let expected: Vec<_> =
                    (1..=7).map(|i| vec![Value::Int(i), Value::from(format!("row {i}"))]).collect();
                assert_eq!(rows.rows.len(), 7, "{sql} in {portions:?}");
                assert_eq!(rows.values(), expected, "{sql} in {portions:?}");
                assert_right_answers(&mut *connection);
                assert_eq!(open_cursors(&mut *connection), Value::Int(0));
                connection.rollback().unwrap();
            }
        }
    }
}

// fault: D07, D03
#[test]
fn a_cursor_that_is_dropped_or_fails_leaves_nothing_open() {
    let Some(driver) = driver() else { return };
    let mut connection = connect(&driver);
    let many = statement("select generate_series(1, 1000000)", StatementKind::Select);
    for transaction in [true, false] {
        for fails in [true, false] {
            if transaction {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let mut cursor =
                connection.open_cursor(&many, &[], &ExecutionOptions::DEFAULT).unwrap();
            assert!(cursor.fetch(10, &mut NoRows).unwrap());
            if fails {
                let mut sink = Rows { fail_at: Some(3), ..Rows::default() };
                assert_eq!(cursor.fetch(10, &mut sink).unwrap_err().kind(), ErrorKind::Decode);
                assert!(!cursor.fetch(10, &mut NoRows).unwrap(), "rows would be missing");
            }
            drop(cursor);
            assert!(connection.is_usable());
            assert_right_answers(&mut *connection);
            assert_eq!(open_cursors(&mut *connection), Value::Int(0));
            connection.rollback().unwrap();
            assert_eq!(connection.release(), Released::Clean);
        }
    }
}
