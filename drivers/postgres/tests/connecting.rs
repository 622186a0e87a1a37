//! Connecting: refusals that name the place and the mistake, and no secret.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::{Duration, Instant};

use aludel_core::dbapi::{AsyncConnection, AsyncDriver, TransactionOptions};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::tokio_postgres::config::{Host, SslMode};
use aludel_postgres::{PostgresDriver, TargetSessionAttrs};
use aludel_testing::awaited::{execute, scalar};
use aludel_testing::settle_awaited;
use support::connect;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECRET: &str = "correct-horse-battery";

async fn refusal(config: &Config) -> Error {
    let driver = PostgresDriver::new(config.clone());
    let error = driver.connect().await.unwrap_err();
    for shown in [format!("{driver:?}"), format!("{error}"), format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    error
}

// fault: P10, S07
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

    if cfg!(not(any(feature = "tls-rustls", feature = "tls-native"))) {
        config.host("127.0.0.1").ssl_mode(SslMode::Require);
        assert_eq!(refusal(&config).await.kind(), ErrorKind::NotSupported);
    }
}

// fault: P10, D28, S07
// conforms: A31
#[tokio::test]
async fn what_the_server_refuses() {
    let Some(good) = support::server() else { return };
    let mut config = good.clone();
    config.dbname("no_such_database");
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert_eq!(error.sqlstate(), Some("3D000"));
    assert!(error.message().contains("no_such_database"), "{error}");
    let port = good.get_ports()[0].to_string();
    assert!(error.message().contains(&port), "{error}");
    assert!(!error.is_disconnect());

    config.user("no_such_user").password(SECRET);
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("no_such_user"), "{error}");
}

// conforms: F40
#[tokio::test]
async fn one_of_several_hosts_is_enough() {
    let Some(good) = support::server() else { return };
    let Some(Host::Tcp(host)) = good.get_hosts().first() else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (port, name) = (good.get_ports()[0], good.get_dbname().unwrap_or_default());
    let user = good.get_user().unwrap_or_default();
    let password = String::from_utf8(good.get_password().unwrap_or_default().to_vec()).unwrap();
    let url = format!(
        "postgresql:///{name}?user={user}&password={password}&host=127.0.0.1,{host}&port={free},{port}\
         &application_name=aludel's%20test&options=-c%20statement_timeout%3D12345&sslmode=prefer"
    );
    let driver = PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
    let mut connection = connect(&driver).await;
    for (setting, value) in
        [("application_name", "aludel's test"), ("statement_timeout", "12345ms")]
    {
        let shown = scalar(&mut connection, &format!("show {setting}"), &[]).await.unwrap();
        assert_eq!(shown, Value::from(value));
    }
    connection.close().await;
}

// fault: P07
#[tokio::test]
async fn a_dropped_attempt_leaves_no_session() {
    let Some(mut config) = support::server() else { return };
    let mut watch = connect(&PostgresDriver::new(config.clone())).await;
    let name = aludel_testing::unique("dropped");
    let driver = PostgresDriver::new(config.application_name(&name).clone());
    let mut complete = Vec::new();
    for polls in 0..60 {
        if let Some(connected) = aludel_testing::drop_after_polls(driver.connect(), polls).await {
            complete.push(connected.unwrap());
        }
    }
    assert!(!complete.is_empty(), "none came to its end");
    let sql = "select count(*) from pg_stat_activity where application_name = $1";
    let complete = Value::Int(i64::try_from(complete.len()).unwrap());
    settle_awaited("no session stays behind", async || {
        scalar(&mut watch, sql, &[Value::from(name.as_str())]).await.unwrap() == complete
    })
    .await;
}

// fault: D28, S07
#[tokio::test]
async fn a_wrong_password() {
    let Some(good) = support::server() else { return };
    let mut config = good.clone();
    config.password(SECRET);
    if PostgresDriver::new(config.clone()).connect().await.is_ok() {
        aludel_testing::say("skipped: a wrong password, since the server asks this user for none");
        return;
    }
    let error = refusal(&config).await;
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert!(error.message().contains("password authentication failed"), "{error}");
    assert!(!error.is_disconnect());
}

// fault: P11
#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = deaf.local_addr().unwrap();
    let url = format!("postgresql://u:{SECRET}@{place}/d?connect_timeout=1");
    let driver = PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
    let start = Instant::now();
    let error = driver.connect().await.unwrap_err();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains(&place.to_string()), "{error}");
    assert!(!format!("{error} {error:?}").contains(SECRET));
}

// fault: S10
#[cfg(not(any(feature = "tls-rustls", feature = "tls-native")))]
#[tokio::test]
async fn tls_that_is_asked_for_is_refused_before_anything_is_sent() {
    let url = "postgresql://u:p@127.0.0.1:1/d?sslmode=verify-full".parse().unwrap();
    let error = PostgresDriver::from_url(&url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.message().contains("the library for TLS is not built in"), "{error}");
}

// fault: D10, S13
#[tokio::test]
async fn a_server_that_talks_nonsense_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    let url = format!("postgresql://u:{SECRET}@{place}/d").parse().unwrap();
    let driver = PostgresDriver::from_url(&url).unwrap();
    let replies: [&[u8]; 8] = [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"R\0\0\0\x03",
        b"R\0\0\0\x08\0\0\0\x63",
        b"R\0\0\0\x0a\0\0\0\x0aX\0",
        b"E\x7f\xff\xff\xffSFATAL\0",
        b"E\0\0\0\x06S\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for reply in replies {
        let (connected, ()) = tokio::join!(driver.connect(), async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut hello = [0; 256];
            assert!(socket.read(&mut hello).await.unwrap() > 0);
            socket.write_all(reply).await.unwrap();
        });
        let error = connected.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains(&place.to_string()), "{error}");
        assert!(!format!("{error:?}").contains(SECRET));
    }
}

/// As after a switchover, for a session that has become read-only.
// fault: P17
// conforms: F40
#[tokio::test]
async fn a_session_that_was_to_write_and_may_not_is_at_its_end() {
    let wanted = driver!().with_target_session_attrs(TargetSessionAttrs::ReadWrite);
    let read_only = "set default_transaction_read_only = on";
    let write = "create table never (a int)";

    let mut idle = connect(&wanted).await;
    idle.ping().await.unwrap();
    execute(&mut idle, read_only).await.unwrap();
    let error = idle.ping().await.unwrap_err();
    assert!(error.is_disconnect() && error.message().contains("read-write"), "{error}");
    assert!(!idle.is_usable());

    let mut busy = connect(&wanted).await;
    execute(&mut busy, read_only).await.unwrap();
    busy.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = execute(&mut busy, write).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("25006"), "{error}");
    assert!(error.is_disconnect() && !busy.is_usable(), "{error}");

    // Where the program asked for it, it is its own mistake.
    let mut reader = connect(&wanted).await;
    reader.begin(&TransactionOptions::new().read_only(true)).unwrap();
    let error = execute(&mut reader, write).await.unwrap_err();
    assert!(!error.is_disconnect() && reader.is_usable(), "{error}");
    reader.rollback().await.unwrap();

    let other = driver!().with_target_session_attrs(TargetSessionAttrs::Standby);
    let error = other.connect().await.unwrap_err();
    assert!(error.message().contains("no standby"), "{error}");
    connect(&driver!().with_target_session_attrs(TargetSessionAttrs::PreferStandby)).await;
}
