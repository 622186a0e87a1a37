//! Short calls of a [`Connection`]. Its twin is [`awaited`](crate::awaited).

use std::sync::mpsc::channel;

use aludel_core::dbapi::{Connection, ExecutionOptions, NoRows, Outcome, Released, StatementKind};
use aludel_core::error::Result;
use aludel_core::value::Value;

use crate::{BOUND, Cell, Rows, nonce, raw, statement};

/// Runs a text without parameters.
///
/// # Errors
///
/// The database's refusal.
pub fn execute(connection: &mut dyn Connection, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
}

/// The cells that a query returns.
///
/// # Errors
///
/// The database's refusal.
pub fn cells(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Cell>>> {
    let mut rows = Rows::default();
    connection.execute(
        &statement(sql, StatementKind::Select),
        params,
        &ExecutionOptions::DEFAULT,
        &mut rows,
    )?;
    Ok(rows.rows)
}

/// The values that a query returns.
///
/// # Errors
///
/// The database's refusal.
pub fn query(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let rows = Rows { rows: cells(connection, sql, params)?, ..Rows::default() };
    Ok(rows.values())
}

/// The first value of the one row that a query returns.
///
/// # Errors
///
/// The database's refusal.
///
/// # Panics
///
/// There is not one row.
pub fn scalar(connection: &mut dyn Connection, sql: &str, params: &[Value]) -> Result<Value> {
    let mut rows = query(connection, sql, params)?;
    assert_eq!(rows.len(), 1, "{sql}");
    Ok(rows.remove(0).remove(0))
}

/// The integer that a query without parameters returns.
///
/// # Panics
///
/// There is an error, or something else than one integer.
#[track_caller]
pub fn int(connection: &mut dyn Connection, sql: &str) -> i64 {
    match scalar(connection, sql, &[]).unwrap() {
        Value::Int(value) => value,
        other => panic!("{sql}: {other:?}"),
    }
}

/// Runs queries whose right answers cannot be left over from before, prepared and as text.
///
/// # Panics
///
/// An answer is wrong.
#[track_caller]
pub fn assert_right_answers(connection: &mut dyn Connection, placeholder: &str) {
    for _ in 0..3 {
        let number = nonce();
        let triple = format!("select {placeholder} * 3");
        let answer = scalar(connection, &triple, &[Value::Int(number)]).unwrap();
        assert_eq!(answer, Value::Int(number * 3));
        assert_eq!(int(connection, &format!("select {number}")), number);
    }
}

/// Recovers a connection; `None` if it was given up.
///
/// # Panics
///
/// The callback was not called in time.
#[track_caller]
pub fn recover(connection: Box<dyn Connection>) -> Option<Box<dyn Connection>> {
    let (send, receive) = channel();
    connection.recover(Box::new(move |recovered| send.send(recovered).unwrap()));
    receive.recv_timeout(BOUND).expect("the callback of recover() was not called in time")
}

/// Returns a connection and takes it again, as a pool does.
///
/// # Panics
///
/// The connection was given up.
#[track_caller]
pub fn give_back(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    match connection.release() {
        Released::Clean => connection,
        Released::Dirty => recover(connection).expect("the connection was given up"),
    }
}
