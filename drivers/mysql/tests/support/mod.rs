//! What the tests against a live server share: both drivers behind one door, sinks, half-done
//! futures, a proxy, a server that lies.

#![allow(dead_code, unused_macros, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

pub(crate) mod proxy;
pub(crate) mod rogue;

use std::fmt;
use std::future::poll_fn;
use std::io::Write;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Once};
use std::task::Poll;
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{
    AdaptedConnection, AdaptedDriver, Columns, Connection, Driver, ExecutionOptions, NoRows,
    Outcome, RawRow, RowSink, Statement, StatementKind,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};
use aludel_mysql::{BlockingConnection, BlockingDriver, MysqlConnection, MysqlDriver};

/// The URL of the live server, or `None` after saying that what needs it is skipped.
pub(crate) fn url() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var("ALUDEL_TEST_MYSQL_URL").ok();
    if url.is_none() {
        SAID.call_once(|| {
            say("skipped: everything on the server, since ALUDEL_TEST_MYSQL_URL is unset")
        });
    }
    url
}

/// Tells it even if the test passes: the harness keeps back only what the macros print.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The parts of a URL.
pub(crate) fn parts(url: &str) -> Url {
    url.parse().unwrap()
}

/// Which of the two drivers a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Async,
    Blocking,
}

/// A driver and where it connects to.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) budget: Option<Duration>,
}

impl Db {
    /// The live server by one of the drivers.
    pub(crate) fn live(kind: Kind) -> Option<Self> {
        Some(Self::at(kind, url()?))
    }

    pub(crate) fn at(kind: Kind, url: String) -> Self {
        Self { kind, url, budget: None }
    }

    /// The same with a connection option.
    pub(crate) fn with(&self, option: &str) -> Self {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        Self { url: format!("{}{mark}{option}", self.url), ..self.clone() }
    }

    /// The same with a budget for recovery.
    pub(crate) fn with_recovery_budget(&self, budget: Duration) -> Self {
        Self { budget: Some(budget), ..self.clone() }
    }

    pub(crate) fn driver(&self) -> Result<Box<dyn Driver>> {
        let url = self.url.parse()?;
        Ok(match self.kind {
            Kind::Async => {
                let mut driver = MysqlDriver::from_url(&url)?;
                if let Some(budget) = self.budget {
                    driver = driver.with_recovery_budget(budget);
                }
                Box::new(AdaptedDriver::for_threads(driver))
            }
            Kind::Blocking => {
                let mut driver = BlockingDriver::from_url(&url)?;
                if let Some(budget) = self.budget {
                    driver = driver.with_recovery_budget(budget);
                }
                Box::new(driver)
            }
        })
    }

    pub(crate) fn try_connect(&self) -> Result<Box<dyn Connection>> {
        self.driver()?.connect(Instant::now() + Duration::from_secs(10))
    }

    pub(crate) fn connect(&self) -> Box<dyn Connection> {
        self.try_connect().unwrap()
    }
}

/// Makes two tests of each body, one over each driver.
#[macro_export]
macro_rules! both {
    ($($name:ident)*) => {
        mod over_mysql_async {
            $(#[test] fn $name() {
                if let Some(db) = $crate::support::Db::live($crate::support::Kind::Async) {
                    super::$name(&db);
                }
            })*
        }

        mod over_mysql {
            $(#[test] fn $name() {
                if let Some(db) = $crate::support::Db::live($crate::support::Kind::Blocking) {
                    super::$name(&db);
                }
            })*
        }
    };
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

/// A table that is dropped at the end, also when the test fails.
pub(crate) struct Table {
    pub(crate) name: String,
    connection: Box<dyn Connection>,
}

impl Table {
    pub(crate) fn new(db: &Db, columns: &str) -> Self {
        let mut connection = db.connect();
        let name = unique("t");
        execute(
            &mut *connection,
            &format!("create table {name} ({columns}) engine = innodb charset = utf8mb4"),
        )
        .unwrap();
        Self { name, connection }
    }

    pub(crate) fn count(&mut self) -> i64 {
        let sql = format!("select count(*) from {self}");
        let count = int(&mut *self.connection, &sql);
        self.connection.rollback().unwrap();
        count
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // A transaction that a failed test left open may still hold the table.
        let _ = execute(&mut *self.connection, "set lock_wait_timeout = 2");
        let _ = execute(&mut *self.connection, &format!("drop table {}", self.name));
    }
}

/// A cell that owns what it holds, wire form included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Plain(Value),
    Wire(u32, String),
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
                ValueRef::Wire(wire) => {
                    Cell::Wire(wire.ty.id(), String::from_utf8_lossy(wire.bytes).into_owned())
                }
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

pub(crate) fn execute(connection: &mut dyn Connection, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
}

pub(crate) fn cells(
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

pub(crate) fn query(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let rows = Rows { rows: cells(connection, sql, params)?, ..Rows::default() };
    Ok(rows.values())
}

pub(crate) fn scalar(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Value> {
    let mut rows = query(connection, sql, params)?;
    assert_eq!(rows.len(), 1, "{sql}");
    Ok(rows.remove(0).remove(0))
}

/// The integer that a query without parameters returns.
#[track_caller]
pub(crate) fn int(connection: &mut dyn Connection, sql: &str) -> i64 {
    match scalar(connection, sql, &[]).unwrap() {
        Value::Int(value) => value,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn nonce() -> i64 {
    static NONCE: AtomicU64 = AtomicU64::new(7);
    i64::try_from(NONCE.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// Queries whose right answers nobody can guess: prepared, as text, in portions.
#[track_caller]
pub(crate) fn assert_right_answers(connection: &mut dyn Connection) {
    for _ in 0..3 {
        let nonce = nonce();
        let answer = scalar(connection, "select ? * 3", &[Value::Int(nonce)]).unwrap();
        assert_eq!(answer, Value::Int(nonce * 3));
        assert_eq!(int(connection, &format!("select {nonce}")), nonce);
    }
}

/// The number of the session on the server.
pub(crate) fn session(connection: &mut dyn Connection) -> i64 {
    int(connection, "select connection_id()")
}

/// Whether a session is there, and what it runs.
pub(crate) fn doing(other: &mut dyn Connection, id: i64) -> Option<String> {
    let sql = "select coalesce(info, '') from information_schema.processlist where id = ?";
    let rows = query(other, sql, &[Value::Int(id)]).unwrap();
    match rows.first().map(|row| &row[0]) {
        Some(Value::Text(text)) => Some(text.to_string()),
        None => None,
        other => panic!("{other:?}"),
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn settle(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(10), "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends a session from another one and waits until it is gone.
pub(crate) fn kill(other: &mut dyn Connection, id: i64) {
    execute(other, &format!("kill {id}")).unwrap();
    settle("a killed session is gone", || doing(other, id).is_none());
}

pub(crate) fn recover(connection: Box<dyn Connection>) -> Option<Box<dyn Connection>> {
    let (send, receive) = channel();
    connection.recover(Box::new(move |recovered| send.send(recovered).unwrap()));
    receive.recv_timeout(Duration::from_secs(20)).expect("it was never delivered")
}

/// Gives a connection back and takes it again, as a pool does.
#[track_caller]
pub(crate) fn give_back(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    use aludel_core::dbapi::Released;
    match connection.release() {
        Released::Clean => connection,
        Released::Dirty => recover(connection).expect("it comes back"),
    }
}

/// Has the server forget all that the session was set to.
pub(crate) fn reset(connection: &mut dyn Connection) {
    if let Some(connection) = connection.downcast_mut::<BlockingConnection>() {
        connection.client().unwrap().reset().unwrap();
        return;
    }
    let adapted = connection.downcast_mut::<AdaptedConnection<MysqlConnection>>().unwrap();
    adapted
        .run_async(async |connection: &mut MysqlConnection| {
            connection
                .client()
                .await?
                .reset()
                .await
                .map(drop)
                .map_err(|error| Error::new(ErrorKind::Interface, error.to_string()))
        })
        .unwrap();
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
