//! What the tests of the two drivers for PostgreSQL share: here for the async one, for the blocking one
//! in [`blocking`].

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

pub(crate) mod blocking;

use aludel_core::dbapi::AsyncDriver;
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::tokio_postgres::config::Host;
use aludel_postgres::{PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, int, query, scalar};
use aludel_testing::proxy::Proxy;
use aludel_testing::{settle_awaited, terminate_sql};

/// The URL of the live server, or `None` after saying that what needs it is skipped.
pub(crate) fn url() -> Option<String> {
    aludel_testing::server_url("ALUDEL_TEST_POSTGRES_URL")
}

/// The live server in the form of tokio-postgres.
pub(crate) fn server() -> Option<Config> {
    url().map(|url| url.parse().expect("ALUDEL_TEST_POSTGRES_URL does not parse"))
}

/// A proxy in front of the server of a configuration, and the configuration that goes through it.
pub(crate) fn proxied(config: &Config) -> (Proxy, Config) {
    let Some(Host::Tcp(host)) = config.get_hosts().first() else { panic!("a TCP host") };
    let proxy = Proxy::start(host, config.get_ports().first().copied().unwrap_or(5432));
    let mut through = Config::new();
    through.host("127.0.0.1").port(proxy.address().port());
    through.user(config.get_user().unwrap()).dbname(config.get_dbname().unwrap());
    if let Some(password) = config.get_password() {
        through.password(password);
    }
    (proxy, through)
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

/// Queries whose right answers cannot be left over from before.
pub(crate) async fn assert_right_answers(connection: &mut PostgresConnection) {
    aludel_testing::awaited::assert_right_answers(connection, "$1").await;
}

/// The process id of the session on the server.
pub(crate) async fn backend(connection: &mut PostgresConnection) -> i64 {
    int(connection, "select pg_backend_pid()").await
}

/// Asks another session to end the one with this process id, and waits until it is gone.
pub(crate) async fn terminate(other: &mut PostgresConnection, pid: i64) {
    execute(other, &terminate_sql(pid)).await.unwrap();
}

/// What another session sees this one do; `None` if it is gone.
pub(crate) async fn state_of(other: &mut PostgresConnection, pid: i64) -> Option<String> {
    let sql = "select state from pg_stat_activity where pid = $1";
    let rows = query(other, sql, &[Value::Int(pid)]).await.unwrap();
    match rows.first().map(|row| &row[0]) {
        Some(Value::Text(state)) => Some(state.to_string()),
        _ => None,
    }
}

/// Waits until another session sees this one in a state; `None` is gone.
pub(crate) async fn await_state(other: &mut PostgresConnection, pid: i64, expected: Option<&str>) {
    let what = format!("the session is in the state {expected:?}");
    settle_awaited(&what, async || state_of(other, pid).await.as_deref() == expected).await;
}

/// Waits until another session sees that this one executes `pg_sleep`.
pub(crate) async fn await_sleeping(other: &mut PostgresConnection, pid: i64) {
    let sql =
        "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')";
    let sleeps =
        async || scalar(other, sql, &[Value::Int(pid)]).await.unwrap() == Value::Bool(true);
    settle_awaited("the server sleeps", sleeps).await;
}

/// The driver's cursors that are open on the server.
pub(crate) async fn open_cursors(connection: &mut PostgresConnection) -> Value {
    let sql = "select count(*) from pg_cursors where name like 'aludel%'";
    scalar(connection, sql, &[]).await.unwrap()
}
