//! Calls of mysql_async, and what it says of a connection.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, Column, Conn, QueryResult, Row, TextProtocol, Value as Cell};
use tokio::time::timeout;

use crate::answer::not_drained;
use crate::error::{Failure, unreadable};
use crate::transaction::Status;

/// The protocol in which an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Binary,
}

/// Waits for mysql_async, whose panics over a message of the server become errors.
#[inline]
pub(crate) async fn catch_panic<T>(
    exchange: impl Future<Output = mysql_async::Result<T>>,
) -> Result<T, Failure> {
    match AssertUnwindSafe(exchange).catch_unwind().await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(Failure::Broken(unreadable())),
    }
}

/// The next row of the answer that a connection is reading, or none behind the last of its set.
#[inline]
pub(crate) async fn next_row(conn: &mut Conn, form: Form) -> Result<Option<Row>, Failure> {
    // Pinned where it is made: it is large, and would be copied on its way to the one who polls it.
    let reading = pin!(async {
        match form {
            Form::Text => QueryResult::<TextProtocol>::new(conn).next().await,
            Form::Binary => QueryResult::<BinaryProtocol>::new(conn).next().await,
        }
    });
    catch_panic(reading).await
}

/// The columns of the set that a connection is reading: empty if the set has no rows, none behind the
/// last set.
pub(crate) fn columns(conn: &mut Conn) -> Option<Arc<[Column]>> {
    // The form makes no difference to this.
    QueryResult::<BinaryProtocol>::new(conn).columns()
}

/// Sends constant statements of the driver in one message, and gives the row that the last returns.
pub(crate) async fn query_last_row(conn: &mut Conn, sql: String) -> Result<Vec<Cell>, Failure> {
    catch_panic(async { conn.query_iter(sql).await.map(drop) }).await?;
    let mut answer = Vec::new();
    while columns(conn).is_some() {
        while let Some(row) = next_row(conn, Form::Text).await? {
            // `unwrap` panics if a cell was taken out of the row, and none was.
            answer = Row::unwrap(row);
        }
    }
    // The failure of a statement behind the first is kept with the connection.
    drain(conn, Form::Text).await?;
    Ok(answer)
}

/// Reads an answer to its end.
#[inline]
pub(crate) async fn drain(conn: &mut Conn, form: Form) -> Result<(), Failure> {
    let reading = pin!(async {
        match form {
            Form::Text => QueryResult::<TextProtocol>::new(conn).drop_result().await,
            Form::Binary => QueryResult::<BinaryProtocol>::new(conn).drop_result().await,
        }
    });
    catch_panic(reading).await
}

/// Reads the rest of an abandoned answer, unless that takes too long.
pub(crate) async fn drain_within(
    conn: &mut Conn,
    form: Form,
    budget: Duration,
) -> Result<(), Failure> {
    timeout(budget, drain(conn, form)).await.unwrap_or_else(|_| Err(not_drained(budget)))
}

/// What an answer said of the session.
pub(crate) fn status(conn: &Conn) -> Option<Status> {
    let flags = conn.last_ok_packet()?.status_flags();
    Some(Status {
        in_transaction: flags.contains(StatusFlags::SERVER_STATUS_IN_TRANS),
        autocommit: flags.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT),
    })
}
