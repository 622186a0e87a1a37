//! Connecting: refusals that name the place and the mistake, and no secret.

#![allow(clippy::unwrap_used, reason = "a failure in a helper fails its test")]

mod support;

use aludel_core::dbapi::{AsyncConnection, AsyncDriver};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::tokio_postgres::config::{Host, SslMode};
use aludel_postgres::{Parts, PostgresDriver};
use support::{connect, execute, scalar};

const SECRET: &str = "correct-horse-battery";

async fn refusal(config: &Config) -> Error {
    let driver = PostgresDriver::new(config.clone());
    let error = driver.connect().await.unwrap_err();
    for shown in [format!("{driver:?}"), format!("{error}"), format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    error
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_host() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = Config::new();
    config.user("nobody").password(SECRET).host("127.0.0.1").port(free.port());
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains(&free.to_string()), "{error}");
    assert!(error.message().contains("refused"), "{error}");

    let mut config = Config::new();
    config.user("nobody").password(SECRET).host("no-such-host.invalid").port(5432);
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("no-such-host.invalid:5432"), "{error}");

    config.host("127.0.0.1").ssl_mode(SslMode::Require);
    assert_eq!(refusal(&config).await.kind(), ErrorKind::NotSupported);
}

#[tokio::test]
async fn what_the_server_refuses() {
    let Some(good) = support::server() else { return };
    let mut config = good.clone();
    config.password(SECRET).dbname("no_such_database");
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert_eq!(error.sqlstate(), Some("3D000"));
    assert!(error.message().contains("no_such_database"), "{error}");
    let port = good.get_ports()[0].to_string();
    assert!(error.message().contains(&port), "{error}");
    assert!(!error.is_disconnect());

    config.user("no_such_user");
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("no_such_user"), "{error}");
}

#[tokio::test]
async fn one_of_several_hosts_is_enough() {
    let Some(good) = support::server() else { return };
    let Some(Host::Tcp(host)) = good.get_hosts().first() else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hosts = format!("127.0.0.1,{host}");
    let ports = format!("{free},{}", good.get_ports()[0]);
    let password = good.get_password().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    let parts = Parts {
        host: Some(&hosts),
        user: good.get_user(),
        dbname: good.get_dbname(),
        password: password.as_deref(),
        options: &[
            ("port", &ports),
            ("application_name", "aludel's test"),
            ("options", "-c statement_timeout=12345"),
        ],
        ..Parts::default()
    };
    let driver = PostgresDriver::from_parts(&parts).unwrap();
    let mut connection = connect(&driver).await;
    for (setting, value) in
        [("application_name", "aludel's test"), ("statement_timeout", "12345ms")]
    {
        let shown = scalar(&mut connection, &format!("show {setting}"), &[]).await.unwrap();
        assert_eq!(shown, Value::from(value));
    }
    connection.close().await;
}

#[tokio::test]
async fn a_dropped_attempt_leaves_no_session() {
    let driver = driver!();
    let mut watch = connect(&driver).await;
    for polls in 0..12 {
        drop(support::drop_after_polls(driver.connect(), polls).await);
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let sql = "select count(*) from pg_stat_activity where state is null and backend_type = \
               'client backend'";
    assert_eq!(scalar(&mut watch, sql, &[]).await.unwrap(), Value::Int(0));
}

/// Needs the right to create roles and a server that asks this role for its password.
#[tokio::test]
async fn a_wrong_password() {
    let Some(good) = support::server() else { return };
    let mut admin = connect(&PostgresDriver::new(good.clone())).await;
    let Ok(name) = std::env::var("ALUDEL_TEST_POSTGRES_SCRAM_DB") else { return };
    execute(&mut admin, "drop role if exists scrammed").await.unwrap();
    execute(&mut admin, "create role scrammed login password 'right'").await.unwrap();
    let mut config = good.clone();
    config.dbname(name).user("scrammed").password("right");
    connect(&PostgresDriver::new(config.clone())).await.close().await;
    config.password(SECRET);
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert!(error.message().contains("password authentication failed"), "{error}");
    execute(&mut admin, "drop role scrammed").await.unwrap();
}
