//! Short calls of an [`AsyncConnection`]. Its twin is [`blocking`](crate::blocking).

use std::sync::mpsc::channel;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, NoRows, Outcome, Released, StatementKind,
};
use aludel_core::error::Result;
use aludel_core::value::Value;

use crate::{Cell, Rows, nonce, raw, settle_awaited, statement};

/// Runs a text without parameters.
///
/// # Errors
///
/// The database's refusal.
pub async fn execute<C: AsyncConnection>(connection: &mut C, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows).await
}

/// The cells that a query returns.
///
/// # Errors
///
/// The database's refusal.
pub async fn cells<C: AsyncConnection>(
    connection: &mut C,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Cell>>> {
    let mut rows = Rows::default();
    connection
        .execute(
            &statement(sql, StatementKind::Select),
            params,
            &ExecutionOptions::DEFAULT,
            &mut rows,
        )
        .await?;
    Ok(rows.rows)
}

/// The values that a query returns.
///
/// # Errors
///
/// The database's refusal.
pub async fn query<C: AsyncConnection>(
    connection: &mut C,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let rows = Rows { rows: cells(connection, sql, params).await?, ..Rows::default() };
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
pub async fn scalar<C: AsyncConnection>(
    connection: &mut C,
    sql: &str,
    params: &[Value],
) -> Result<Value> {
    let mut rows = query(connection, sql, params).await?;
    assert_eq!(rows.len(), 1, "{sql}");
    Ok(rows.remove(0).remove(0))
}

/// The integer that a query without parameters returns.
///
/// # Panics
///
/// There is an error, or something else than one integer.
pub async fn int<C: AsyncConnection>(connection: &mut C, sql: &str) -> i64 {
    match scalar(connection, sql, &[]).await.unwrap() {
        Value::Int(value) => value,
        other => panic!("{sql}: {other:?}"),
    }
}

/// Runs queries whose right answers cannot be left over from before, prepared and as text.
///
/// # Panics
///
/// An answer is wrong.
pub async fn assert_right_answers<C: AsyncConnection>(connection: &mut C, placeholder: &str) {
    for _ in 0..3 {
        let number = nonce();
        let triple = format!("select {placeholder} * 3");
        let answer = scalar(connection, &triple, &[Value::Int(number)]).await.unwrap();
        assert_eq!(answer, Value::Int(number * 3));
        assert_eq!(int(connection, &format!("select {number}")).await, number);
    }
}

/// Recovers a connection; `None` if it was given up.
///
/// # Panics
///
/// The callback was not called in time.
pub async fn recover<C: AsyncConnection>(connection: C) -> Option<C> {
    let (send, receive) = channel();
    connection.recover(Box::new(move |recovered| send.send(recovered).unwrap()));
    let mut recovered = None;
    settle_awaited("the callback of recover() is called", async || {
        recovered = receive.try_recv().ok();
        recovered.is_some()
    })
    .await;
    recovered.flatten()
}

/// Returns a connection and takes it again, as a pool does.
///
/// # Panics
///
/// The connection was given up.
pub async fn give_back<C: AsyncConnection>(mut connection: C) -> C {
    match connection.release() {
        Released::Clean => connection,
        Released::Dirty => recover(connection).await.expect("the connection was given up"),
    }
}
