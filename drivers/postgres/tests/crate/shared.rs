//! What the tests of the blocking driver share.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Connection, Driver, ExecutionOptions, NoRows, Outcome, Released, StatementKind,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::{BlockingConnection, BlockingDriver, PostgresDriver};

use crate::support::proxy::Proxy;
use crate::support::{Rows, raw, server, statement};

/// A driver for the live server, or `None` after saying that the test is skipped.
pub(crate) fn driver() -> Option<BlockingDriver> {
    server().map(|config| BlockingDriver::new(PostgresDriver::new(config)))
}

pub(crate) fn connect(driver: &BlockingDriver) -> Box<dyn Connection> {
    driver.connect(Instant::now() + Duration::from_secs(10)).unwrap()
}

/// A proxy in front of the live server, on a runtime that goes with it, and a driver through it.
pub(crate) fn proxied(config: &Config) -> (tokio::runtime::Runtime, Proxy, BlockingDriver) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (proxy, through) = runtime.block_on(Proxy::start(config));
    (runtime, proxy, BlockingDriver::new(PostgresDriver::new(through)))
}

pub(crate) fn run(connection: &mut dyn Connection, sql: &str) -> Result<Outcome> {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
}

pub(crate) fn query(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let mut rows = Rows::default();
    connection.execute(
        &statement(sql, StatementKind::Select),
        params,
        &ExecutionOptions::DEFAULT,
        &mut rows,
    )?;
    Ok(rows.values())
}

pub(crate) fn scalar(connection: &mut dyn Connection, sql: &str, params: &[Value]) -> Value {
    let mut rows = query(connection, sql, params).unwrap();
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0).remove(0)
}

/// A query whose right answer nobody can guess.
pub(crate) fn assert_right_answers(connection: &mut dyn Connection) {
    static NONCE: AtomicI64 = AtomicI64::new(7);
    for _ in 0..4 {
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed);
        let answer = scalar(connection, "select $1 * 3", &[Value::Int(nonce)]);
        assert_eq!(answer, Value::Int(nonce * 3));
    }
}

/// The process id of the session on the server.
pub(crate) fn backend(connection: &mut dyn Connection) -> Value {
    scalar(connection, "select pg_backend_pid()", &[])
}

/// Asks another session to end one, and waits until it is gone.
pub(crate) fn terminate(other: &mut dyn Connection, pid: &Value) {
    let kill = "select pg_terminate_backend($1::int, 5000)";
    assert_eq!(scalar(other, kill, std::slice::from_ref(pid)), Value::Bool(true));
}

/// What another session sees of this one, as soon as it is what is expected.
pub(crate) fn await_state(other: &mut dyn Connection, pid: &Value, expected: Option<&str>) {
    let sql = "select (select state from pg_stat_activity where pid = $1)";
    let expected = expected.map_or(Value::Null, Value::from);
    let since = Instant::now();
    loop {
        let found = scalar(other, sql, std::slice::from_ref(pid));
        if found == expected {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(5), "{found:?} instead of {expected:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn recovered(connection: Box<dyn Connection>) -> Option<Box<dyn Connection>> {
    let (send, receive) = mpsc::channel();
    connection.recover(Box::new(move |back| send.send(back).unwrap()));
    receive.recv_timeout(Duration::from_secs(20)).expect("home is called once")
}

/// What the pool does with a connection that is given back.
pub(crate) fn given_back(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    match connection.release() {
        Released::Clean => connection,
        Released::Dirty => recovered(connection).expect("a clean connection"),
    }
}

pub(crate) fn native(connection: &mut dyn Connection) -> &mut BlockingConnection {
    connection.downcast_mut().unwrap()
}
