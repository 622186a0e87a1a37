//! What the tests against a live server share: connecting, sinks, half-done futures, a proxy.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

pub(crate) mod proxy;

use std::future::poll_fn;
use std::io::Write;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::task::Poll;

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, Columns, ExecutionOptions, NoRows, Outcome, RawRow, RowSink,
    Statement, StatementKind,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::{PostgresConnection, PostgresDriver};

/// The URL of the live server, or `None` after saying that what needs it is skipped.
pub(crate) fn url() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var("ALUDEL_TEST_POSTGRES_URL").ok();
    if url.is_none() {
        SAID.call_once(|| {
            say("skipped: everything on the server, since ALUDEL_TEST_POSTGRES_URL is unset")
        });
    }
    url
}

/// Tells it even if the test passes: the harness keeps back only what the macros print.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The live server in the form of tokio-postgres.
pub(crate) fn server() -> Option<Config> {
    url().map(|url| url.parse().expect("ALUDEL_TEST_POSTGRES_URL does not parse"))
}

/// Ends the test unless there is a server; gives its driver.
#[macro_export]
macro_rules! driver {
    () => {
        match $crate::support::url() {
            Some(url) => aludel_postgres::PostgresDriver::from_url(&url.parse().unwrap()).unwrap(),
            None => return,
        }
    };
}

pub(crate) async fn connect(driver: &PostgresDriver) -> PostgresConnection {
    driver.connect().await.unwrap()
}

pub(crate) fn statement(sql: &str, kind: StatementKind) -> Statement {
    Statement::new(sql, kind).unwrap()
}

pub(crate) fn raw(sql: &str) -> Statement {
    statement(sql, StatementKind::Text)
}

/// A name that no other test uses.
pub(crate) fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A cell that owns what it holds, wire form included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Plain(Value),
    Wire(u32, Vec<u8>),
}

/// Collects everything; fails at the row with the given number.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Option<Arc<Columns>>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) fail_at: Option<usize>,
}

impl RowSink for Rows {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        assert!(self.columns.is_none(), "columns() was called twice");
        self.columns = Some(Arc::clone(columns));
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if self.fail_at == Some(self.rows.len()) {
            return Err(Error::new(ErrorKind::Decode, "the sink had enough"));
        }
        let cells = (0..row.len()).map(|index| {
            Ok(match row.get(index)? {
                ValueRef::Wire(wire) => Cell::Wire(wire.ty.id(), wire.bytes.to_vec()),
                plain => Cell::Plain(plain.to_value()?),
            })
        });
        let cells = cells.collect::<Result<_>>()?;
        self.rows.push(cells);
        Ok(())
    }
}

impl Rows {
    pub(crate) fn values(self) -> Vec<Vec<Value>> {
        let plain = |cell| match cell {
            Cell::Plain(value) => value,
            Cell::Wire(..) => panic!("a wire cell"),
        };
        self.rows.into_iter().map(|row| row.into_iter().map(plain).collect()).collect()
    }
}

pub(crate) async fn execute(connection: &mut PostgresConnection, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows).await
}

pub(crate) async fn query(
    connection: &mut PostgresConnection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let mut rows = Rows::default();
    connection
        .execute(
            &statement(sql, StatementKind::Select),
            params,
            &ExecutionOptions::DEFAULT,
            &mut rows,
        )
        .await?;
    Ok(rows.values())
}

pub(crate) async fn scalar(
    connection: &mut PostgresConnection,
    sql: &str,
    params: &[Value],
) -> Result<Value> {
    let mut rows = query(connection, sql, params).await?;
    assert_eq!(rows.len(), 1, "{sql}");
    Ok(rows.remove(0).remove(0))
}

/// A query whose right answer nobody can guess.
pub(crate) async fn assert_right_answers(connection: &mut PostgresConnection) {
    static NONCE: AtomicU64 = AtomicU64::new(7);
    for _ in 0..4 {
        let nonce = i64::try_from(NONCE.fetch_add(1, Ordering::Relaxed)).unwrap();
        let answer = scalar(connection, "select $1 * 3", &[Value::Int(nonce)]).await.unwrap();
        assert_eq!(answer, Value::Int(nonce * 3));
    }
}

/// Polls a future so many times, then drops it.
pub(crate) async fn drop_after_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(move |context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Asks another session to end the one with this process id, and waits until it is gone.
pub(crate) async fn terminate(other: &mut PostgresConnection, pid: i64) {
    let kill = "select pg_terminate_backend($1::int, 5000)";
    assert_eq!(scalar(other, kill, &[Value::Int(pid)]).await.unwrap(), Value::Bool(true));
}

pub(crate) async fn recover(connection: PostgresConnection) -> Option<PostgresConnection> {
    let (send, receive) = tokio::sync::oneshot::channel();
    connection.recover(Box::new(move |recovered| assert!(send.send(recovered).is_ok())));
    receive.await.unwrap()
}

/// The process id of the session on the server.
pub(crate) async fn backend(connection: &mut PostgresConnection) -> i64 {
    match scalar(connection, "select pg_backend_pid()", &[]).await.unwrap() {
        Value::Int(pid) => pid,
        other => panic!("{other:?}"),
    }
}

/// What another session sees this one do.
pub(crate) async fn state_of(other: &mut PostgresConnection, pid: i64) -> Option<String> {
    let sql = "select state from pg_stat_activity where pid = $1";
    let rows = query(other, sql, &[Value::Int(pid)]).await.unwrap();
    match rows.first().map(|row| &row[0]) {
        Some(Value::Text(state)) => Some(state.to_string()),
        _ => None,
    }
}

/// Another session sees that this one is idle outside of a transaction, at the latest after a
/// moment: an error is told before the server is ready again.
pub(crate) async fn assert_idle(other: &mut PostgresConnection, pid: i64) {
    for _ in 0..100 {
        if state_of(other, pid).await.as_deref() == Some("idle") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the session is not idle: {:?}", state_of(other, pid).await);
}

/// The driver's cursors that are open on the server.
pub(crate) async fn open_cursors(connection: &mut PostgresConnection) -> Value {
    let sql = "select count(*) from pg_cursors where name like 'aludel%'";
    scalar(connection, sql, &[]).await.unwrap()
}
