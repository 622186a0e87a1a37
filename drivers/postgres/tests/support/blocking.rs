//! The blocking driver, and sessions of it: the twins of what stands beside this file.

use std::time::Instant;

use aludel_core::dbapi::{Connection, Driver};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::{BlockingConnection, BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{execute, int, query, scalar};
use aludel_testing::proxy::Proxy;
use aludel_testing::{BOUND, settle, terminate_sql};

/// A driver for the live server, or `None` after saying that the test is skipped.
pub(crate) fn driver() -> Option<BlockingDriver> {
    super::server().map(|config| BlockingDriver::new(PostgresDriver::new(config)))
}

/// A proxy in front of the live server, and a driver through it.
pub(crate) fn proxied(config: &Config) -> (Proxy, BlockingDriver) {
    let (proxy, through) = super::proxied(config);
    (proxy, BlockingDriver::new(PostgresDriver::new(through)))
}

pub(crate) fn connect(driver: &dyn Driver) -> Box<dyn Connection> {
    driver.connect(Instant::now() + BOUND).unwrap()
}

/// Queries whose right answers cannot be left over from before.
#[track_caller]
pub(crate) fn assert_right_answers(connection: &mut dyn Connection) {
    aludel_testing::blocking::assert_right_answers(connection, "$1");
}

/// The process id of the session on the server.
#[track_caller]
pub(crate) fn backend(connection: &mut dyn Connection) -> i64 {
    int(connection, "select pg_backend_pid()")
}

/// Asks another session to end the one with this process id, and waits until it is gone.
#[track_caller]
pub(crate) fn terminate(other: &mut dyn Connection, pid: i64) {
    execute(other, &terminate_sql(pid)).unwrap();
}

/// What another session sees this one do; `None` if it is gone.
pub(crate) fn state_of(other: &mut dyn Connection, pid: i64) -> Option<String> {
    let sql = "select state from pg_stat_activity where pid = $1";
    let rows = query(other, sql, &[Value::Int(pid)]).unwrap();
    match rows.first().map(|row| &row[0]) {
        Some(Value::Text(state)) => Some(state.to_string()),
        _ => None,
    }
}

/// Waits until another session sees this one in a state; `None` is gone.
#[track_caller]
pub(crate) fn await_state(other: &mut dyn Connection, pid: i64, expected: Option<&str>) {
    let what = format!("the session is in the state {expected:?}");
    settle(&what, || state_of(other, pid).as_deref() == expected);
}

/// Waits until another session sees that this one executes `pg_sleep`.
#[track_caller]
pub(crate) fn await_sleeping(other: &mut dyn Connection, pid: i64) {
    let sql =
        "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')";
    let sleeps = || scalar(other, sql, &[Value::Int(pid)]).unwrap() == Value::Bool(true);
    settle("the server sleeps", sleeps);
}

/// The driver's cursors that are open on the server.
pub(crate) fn open_cursors(connection: &mut dyn Connection) -> Value {
    let sql = "select count(*) from pg_cursors where name like 'aludel%'";
    scalar(connection, sql, &[]).unwrap()
}

pub(crate) fn native(connection: &mut dyn Connection) -> &mut BlockingConnection {
    connection.downcast_mut().unwrap()
}
