//! Handles of prepared statements.

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, StatementHandle, StatementKind, TransactionOptions,
};
use aludel_core::error::{ErrorKind, Result};
use aludel_core::value::Value;

use super::Subject;
use crate::{Values, blocking, raw, statement};

fn run(
    connection: &mut dyn Connection,
    handle: StatementHandle,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let mut rows = Values::default();
    let options = ExecutionOptions::DEFAULT;
    connection.execute_prepared(handle, params, &options, &mut rows)?;
    Ok(rows.rows)
}

/// [`Connection::execute_prepared`] beside [`Connection::execute`].
pub fn a_handle_runs_its_statement(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    let place = subject.placeholder;
    let double = statement(&format!("select {place} * 2"), StatementKind::Select);
    let insert = format!("insert into {} values ({place})", table.name);
    let insert = statement(&insert, StatementKind::Dml);
    let doubling = connection.prepare(&double, &ExecutionOptions::DEFAULT).unwrap();
    let inserting = connection.prepare(&insert, &ExecutionOptions::DEFAULT).unwrap();
    // The same text twice is two handles.
    let again = connection.prepare(&double, &ExecutionOptions::DEFAULT).unwrap();
    connection.close_prepared(again);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    for number in 1..=5 {
        let params = [Value::Int(number)];
        assert_eq!(run(&mut *connection, doubling, &params).unwrap(), [[Value::Int(number * 2)]]);
        assert!(run(&mut *connection, inserting, &params).unwrap().is_empty());
        let mut rows = Values::default();
        connection.execute(&double, &params, &ExecutionOptions::DEFAULT, &mut rows).unwrap();
        assert_eq!(rows.rows, [[Value::Int(number * 2)]]);
    }
    let error = run(&mut *connection, doubling, &[]).expect_err("a value too few");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    connection.commit().unwrap();
    assert_eq!(table.count(), 5);
}

/// Handles that a connection does not know.
pub fn a_handle_is_of_one_connection_and_ends_with_its_close(subject: &Subject) {
    let (mut one, mut other) = (subject.connect(), subject.connect());
    let handle = one.prepare(&raw("select 1"), &ExecutionOptions::DEFAULT).unwrap();
    let others = other.prepare(&raw("select 2"), &ExecutionOptions::DEFAULT).unwrap();
    assert!(one.is_prepared(handle) && !one.is_prepared(others) && !other.is_prepared(handle));
    let error = run(&mut *other, handle, &[]).expect_err("it is of another connection");
    assert_eq!(error.kind(), ErrorKind::ResourceClosed, "{error}");
    // That costs nothing but the call.
    assert!(other.is_usable());
    assert_eq!(run(&mut *other, others, &[]).unwrap(), [[Value::Int(2)]]);
    one.close_prepared(others);
    one.close_prepared(handle);
    one.close_prepared(handle);
    assert!(!one.is_prepared(handle));
    // Its slot is another's now.
    let next = one.prepare(&raw("select 3"), &ExecutionOptions::DEFAULT).unwrap();
    let error = run(&mut *one, handle, &[]).expect_err("it was closed");
    assert_eq!(error.kind(), ErrorKind::ResourceClosed, "{error}");
    assert_eq!(run(&mut *one, next, &[]).unwrap(), [[Value::Int(3)]]);
}

/// A handle is valid as long as the connection is.
pub fn a_handle_outlives_a_release(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    let handle = connection.prepare(&raw(&table.insert_sql()), &ExecutionOptions::DEFAULT).unwrap();
    for _ in 0..3 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        assert!(connection.is_prepared(handle));
        run(&mut *connection, handle, &[]).unwrap();
        // It rolls back.
        connection = blocking::give_back(connection);
    }
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    run(&mut *connection, handle, &[]).unwrap();
    connection.commit().unwrap();
    assert_eq!(table.count(), 1);
}

/// The driver prepares anew what the database has thrown away.
pub fn a_handle_outlives_a_change_of_its_table(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    table.add(&mut *connection);
    let select = statement(&format!("select * from {}", table.name), StatementKind::Select);
    let handle = connection.prepare(&select, &ExecutionOptions::DEFAULT).unwrap();
    assert_eq!(run(&mut *connection, handle, &[]).unwrap(), [[Value::Int(1)]]);
    connection.rollback().unwrap();
    for column in ["b", "c"] {
        let alter = format!("alter table {} add column {column} integer default 7", table.name);
        blocking::execute(&mut *connection, &alter).unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let row = run(&mut *connection, handle, &[]).unwrap().remove(0);
        assert_eq!(row.last(), Some(&Value::Int(7)), "{row:?}");
        connection.commit().unwrap();
    }
}

/// Values of other kinds than those of the first time.
pub fn a_handle_takes_values_of_any_kind(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    let place = subject.placeholder;
    let select = format!("select count(*) from {} where a = {place}", table.name);
    let handle = connection
        .prepare(&statement(&select, StatementKind::Select), &ExecutionOptions::DEFAULT)
        .unwrap();
    table.add(&mut *connection);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    for (value, count) in [
        (Value::Int(1), 1),
        (Value::Null, 0),
        (Value::Float(1.0), 1),
        (Value::Float(1.5), 0),
        (Value::Int(2), 0),
    ] {
        let rows = run(&mut *connection, handle, std::slice::from_ref(&value)).unwrap();
        assert_eq!(rows, [[Value::Int(count)]], "{value:?}");
    }
    connection.commit().unwrap();
}

/// A statement that the database refuses, by `prepare` or by the first execution.
pub fn a_statement_that_is_refused_leaves_no_handle(subject: &Subject) {
    let mut connection = subject.connect();
    let wrong = statement("select from from", StatementKind::Select);
    let outcome = match connection.prepare(&wrong, &ExecutionOptions::DEFAULT) {
        Ok(handle) => connection
            .execute_prepared(handle, &[], &ExecutionOptions::DEFAULT, &mut NoRows)
            .map(drop),
        Err(error) => Err(error),
    };
    assert_eq!(outcome.expect_err("it is no SQL").kind(), ErrorKind::Programming);
    connection.rollback().unwrap();
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
}
