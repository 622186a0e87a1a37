//! Time-outs of statements behind a network that has fallen silent, where no server can stop them.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::sync::mpsc;
use std::time::Duration;

use aludel::dbapi::ExecutionOptions;
use aludel::{Connection, EngineOptions, ErrorKind, Result, Url, create_engine_with, text};
use aludel_testing::proxy::Proxy;
use aludel_testing::server_url;

/// The drivers of servers.
const DRIVERS: [(&str, &str); 4] = [
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql"),
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql+postgres"),
    ("ALUDEL_TEST_MYSQL_URL", "mysql"),
    ("ALUDEL_TEST_MYSQL_URL", "mysql+mysql"),
];

fn execute(conn: &mut Connection) -> Result<()> {
    conn.execute(text("select 2")).map(drop)
}

/// Not prepared yet, so that the time-out has to end that.
fn execute_prepared(conn: &mut Connection) -> Result<()> {
    let prepared = conn.engine().prepare(&text("select 3"))?;
    conn.execute_prepared(&prepared, ()).map(drop)
}

fn ends_in_time(variable: &'static str, scheme: &str, run: fn(&mut Connection) -> Result<()>) {
    let Some(url) = server_url(variable) else { return };
    let parts: Url = url.parse().unwrap();
    let (host, port) = (parts.host().unwrap().to_owned(), parts.port().unwrap());
    let proxy = Proxy::start(&host, port);
    let (_, rest) = url.split_once("://").unwrap();
    let there = rest.replace(&format!("{host}:{port}"), &proxy.address().to_string());
    let engine = create_engine_with(&format!("{scheme}://{there}"), EngineOptions::new()).unwrap();
    let mut conn = engine.connect().unwrap();
    conn.execute(text("select 1")).unwrap();
    proxy.mute(true);
    let (send, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        conn.set_execution_options(ExecutionOptions::new().timeout(Duration::from_millis(50)));
        send.send(run(&mut conn)).unwrap();
        drop(conn);
    });
    let ended = ended.recv_timeout(Duration::from_secs(30));
    proxy.mute(false);
    proxy.disconnect();
    thread.join().unwrap();
    let error = ended.expect("it ends").expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{scheme}: {error}");
    engine.dispose();
}

#[test]
fn a_statement() {
    DRIVERS.iter().for_each(|(variable, scheme)| ends_in_time(variable, scheme, execute));
}

#[test]
fn a_prepared_statement_that_the_session_has_not_prepared_yet() {
    DRIVERS.iter().for_each(|(variable, scheme)| ends_in_time(variable, scheme, execute_prepared));
}
