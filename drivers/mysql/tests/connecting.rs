//! Connecting: refusals that name the place and the mistake, and no secret.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, Driver, ExecutionOptions, TransactionOptions};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, int, scalar};
use aludel_testing::{drop_after_polls, settle, within_bound};
use support::rogue::Rogue;
use support::{Db, Kind, assert_right_answers, parts, session};

const SECRET: &str = "correct-horse-battery";

both! {
    what_the_server_refuses
    the_session_is_set_up
    modes_that_change_the_language_are_refused
    by_the_servers_socket
    compressed
    close_disconnects_and_terminate_does_not_wait
    too_many_connections
}

/// Nothing that shows the driver or its error shows the password.
#[track_caller]
fn refusal(db: &Db) -> Error {
    let driver = db.driver().unwrap();
    let error = driver.connect(Instant::now() + Duration::from_secs(10)).unwrap_err();
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    let mut shown = format!("{driver:?} {error} {error:?}");
    while let Some(error) = source {
        shown.push_str(&format!("{error} {error:?}"));
        source = error.source();
    }
    assert!(!shown.contains(SECRET), "{shown}");
    error
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

// fault: P10, S07
#[test]
fn a_closed_port_an_unknown_host_and_a_missing_socket() {
    for kind in [Kind::Async, Kind::Blocking] {
        let port = free_port();
        let error = refusal(&Db::at(kind, format!("mysql://nobody:{SECRET}@127.0.0.1:{port}/d")));
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains(&format!("127.0.0.1:{port}")), "{error}");
        assert!(error.message().contains("refused"), "{error}");
        assert!(!error.is_disconnect());

        let error = refusal(&Db::at(kind, format!("mysql://u:{SECRET}@no-such-host.invalid/d")));
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("no-such-host.invalid:3306"), "{error}");

        let url = format!("mysql://u:{SECRET}@localhost/d?socket=/no/such/mysqld.sock");
        let error = refusal(&Db::at(kind, url));
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("/no/such/mysqld.sock"), "{error}");
        assert!(error.message().contains("is this its socket?"), "{error}");
    }
}

// fault: P10, D28, S07
// conforms: A31
fn what_the_server_refuses(db: &Db) {
    let url = parts(&db.url);
    let (host, port) = (url.host().unwrap(), url.port().unwrap());
    let wrong = Db::at(db.kind, format!("mysql://aludel:{SECRET}@{host}:{port}/aludel"));
    let error = refusal(&wrong);
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("28000")));
    assert!(error.message().contains("Access denied for user 'aludel'"), "{error}");
    assert!(error.message().contains(&port.to_string()), "{error}");
    assert!(!error.is_disconnect());

    let password = url.password().unwrap().reveal();
    let missing = format!("mysql://aludel:{password}@{host}:{port}/no_such_database");
    let error = refusal(&Db::at(db.kind, missing));
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("42000")));
    assert!(error.message().contains("no_such_database"), "{error}");
}

fn the_session_is_set_up(db: &Db) {
    let mut connection = db.connect();
    for (variable, value) in [
        ("@@character_set_client", "utf8mb4"),
        ("@@character_set_connection", "utf8mb4"),
        ("@@character_set_results", "utf8mb4"),
        ("@@time_zone", "+00:00"),
    ] {
        let found = scalar(&mut *connection, &format!("select {variable}"), &[]).unwrap();
        assert_eq!(found, Value::from(value), "{variable}");
    }
    assert_eq!(int(&mut *connection, "select @@autocommit"), 0);
    for mode in ["STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"] {
        let found = int(&mut *connection, &format!("select find_in_set('{mode}', @@sql_mode) > 0"));
        assert_eq!(found, 1, "{mode}");
    }
    let mut lax = db.with("sql_mode=NO_ENGINE_SUBSTITUTION").connect();
    let mode = scalar(&mut *lax, "select @@sql_mode", &[]).unwrap();
    assert_eq!(mode, Value::from("NO_ENGINE_SUBSTITUTION"));
}

// fault: S04
fn modes_that_change_the_language_are_refused(db: &Db) {
    for mode in ["ANSI", "ANSI_QUOTES,STRICT_ALL_TABLES", "NO_BACKSLASH_ESCAPES"] {
        let error = refusal(&db.with(&format!("sql_mode={mode}")));
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
        assert!(error.message().contains("sql_mode"), "{error}");
    }
    let error = refusal(&db.with("sql_mode=NO_SUCH_MODE"));
    assert!(error.message().contains("NO_SUCH_MODE"), "{error}");
}

fn by_the_servers_socket(db: &Db) {
    let mut connection = db.connect();
    let Value::Text(path) = scalar(&mut *connection, "select @@socket", &[]).unwrap() else {
        panic!("a path");
    };
    if !std::path::Path::new(&*path).exists() {
        assert!(parts(&db.url).host() != Some("127.0.0.1"), "the server has a socket");
        return;
    }
    // The address of the URL is not used, and nothing listens there.
    let url = parts(&db.url);
    let url = format!(
        "mysql://{}:{}@127.0.0.1:{}/{}?socket={path}",
        url.username().unwrap(),
        url.password().unwrap().reveal(),
        free_port(),
        url.database().unwrap()
    );
    let by_socket = Db::at(db.kind, url);
    let mut connection = by_socket.connect();
    assert_right_answers(&mut *connection);
    assert!(format!("{connection:?}").contains(&*path));
    drop(
        connection
            .open_cursor(
                &aludel_testing::raw("select seq from seq_1_to_100000000"),
                &[],
                &ExecutionOptions::DEFAULT,
            )
            .unwrap(),
    );
    connection.terminate();
}

fn compressed(db: &Db) {
    let mut connection = db.with("compress=true").connect();
    let long = "x".repeat(100_000);
    let answer = scalar(&mut *connection, "select ?", &[Value::from(long.as_str())]).unwrap();
    assert_eq!(answer, Value::from(long));
    assert_right_answers(&mut *connection);
}

// conforms: A28
fn close_disconnects_and_terminate_does_not_wait(db: &Db) {
    type End = fn(Box<dyn Connection>);
    let mut other = db.connect();
    let ends: [(&str, End); 3] = [
        ("close", |connection| connection.close()),
        ("terminate", |connection| connection.terminate()),
        ("drop", |connection| drop(connection)),
    ];
    for (how, end) in ends {
        for reading in [false, true] {
            let mut connection = db.connect();
            let id = session(&mut *connection);
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            execute(&mut *connection, "select 1").unwrap();
            if reading {
                // What is left of its rows is not read.
                let endless = aludel_testing::raw("select seq from seq_1_to_1000000000");
                drop(connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).unwrap());
            }
            within_bound(how, || end(connection));
            settle(&format!("the session is over after {how} {reading}"), || {
                support::doing(&mut *other, id).is_none()
            });
        }
    }
}

// fault: P18
fn too_many_connections(db: &Db) {
    let mut admin = db.connect();
    let user = aludel_testing::unique("few");
    execute(
        &mut *admin,
        &format!("create user {user} identified by '{SECRET}' with max_user_connections 1"),
    )
    .unwrap();
    let url = parts(&db.url);
    let few = Db::at(
        db.kind,
        format!("mysql://{user}:{SECRET}@{}:{}", url.host().unwrap(), url.port().unwrap()),
    );
    let connection = few.connect();
    let error = refusal(&few);
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert!(error.message().contains("max_user_connections"), "{error}");
    connection.close();
    execute(&mut *admin, &format!("drop user {user}")).unwrap();
}

// fault: P11, D29
#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    for kind in [Kind::Async, Kind::Blocking] {
        let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = deaf.local_addr().unwrap();
        let db = Db::at(kind, format!("mysql://u:{SECRET}@{place}/d"));
        let start = Instant::now();
        let error = refusal(&db.with("connect_timeout=0.5"));
        assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
        // Not the pool's patience, which is longer.
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains(&place.to_string()), "{error}");
        assert!(error.message().contains("timed out"), "{error}");

        // Without an option the pool's patience counts.
        let driver = db.driver().unwrap();
        let start = Instant::now();
        let error = driver.connect(start + Duration::from_millis(300)).unwrap_err();
        assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
}

// fault: P11, D29
#[test]
fn a_server_that_answers_slowly_is_given_up_in_time() {
    for kind in [Kind::Async, Kind::Blocking] {
        let db = Rogue::start_slow().db(kind);
        let start = Instant::now();
        let error = refusal(&db.with("connect_timeout=0.5"));
        assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
        // Not the pool's patience, which is longer.
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("timed out"), "{error}");

        let driver = db.driver().unwrap();
        let start = Instant::now();
        let error = driver.connect(start + Duration::from_millis(300)).unwrap_err();
        assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
}

// fault: P07
#[tokio::test]
async fn a_dropped_attempt_leaves_no_session() {
    use aludel_core::dbapi::AsyncDriver;
    let Some(db) = Db::live(Kind::Async) else { return };
    let driver = aludel_mysql::MysqlDriver::from_url(&parts(&db.url)).unwrap();
    let mut ids = Vec::new();
    for polls in 0..12 {
        if let Some(connection) = drop_after_polls(driver.connect(), polls).await {
            ids.push(connection.unwrap());
        }
    }
    assert!(!ids.is_empty(), "it never came to its end");
    drop(ids);
    tokio::task::spawn_blocking(move || {
        let mut watch = db.connect();
        // Those of other tests that run meanwhile come and go.
        settle("no session stays behind", || {
            let sql = "select count(*) from information_schema.processlist where \
                       (command = 'Connect' or user = 'unauthenticated user') and time > 0";
            int(&mut *watch, sql) == 0
        });
    })
    .await
    .unwrap();
}

// fault: D10, S13
#[test]
fn a_server_that_talks_nonsense_is_an_error() {
    let replies: [&[u8]; 9] = [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0\0\0\0",
        b"\x01\0\0\0\x0a",
        b"\x05\0\0\0\x0a5.5\0",
        b"\xff\xff\xff\0",
        b"\x17\0\0\0\xff\x10\x04Too many connections",
        b"\x4a\0\0\x05\x0a8.0.0\0\x07\0\0\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for kind in [Kind::Async, Kind::Blocking] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap();
        let db = Db::at(kind, format!("mysql://u:{SECRET}@{place}/d")).with("connect_timeout=2");
        for reply in replies {
            let server = thread::spawn({
                let listener = listener.try_clone().unwrap();
                move || {
                    let (mut socket, _) = listener.accept().unwrap();
                    socket.write_all(reply).unwrap();
                    socket.shutdown(std::net::Shutdown::Write).unwrap();
                    let _ = socket.read(&mut [0; 256]);
                }
            });
            let error = refusal(&db);
            assert_eq!(error.kind(), ErrorKind::Operational, "{kind:?} {reply:?}: {error}");
            assert!(error.message().contains(&place.to_string()), "{error}");
            server.join().unwrap();
        }
    }
}

// fault: S10
#[cfg(not(feature = "tls-rustls"))]
#[test]
fn tls_that_is_asked_for_is_refused_before_anything_is_sent() {
    for kind in [Kind::Async, Kind::Blocking] {
        let db = Db::at(kind, "mysql://u:p@127.0.0.1:1/d?ssl-mode=verify_identity".to_owned());
        let error = db.driver().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        assert!(error.message().contains("the library for TLS is not built in"), "{error}");
    }
}

#[test]
fn what_the_drivers_say_of_themselves() {
    let url = "mysql://u:p@h/d".to_owned();
    let driver = |kind| Db::at(kind, url.clone()).driver().unwrap();
    let (by_async, by_blocking): (Box<dyn Driver>, Box<dyn Driver>) =
        (driver(Kind::Async), driver(Kind::Blocking));
    assert_eq!((by_async.name(), by_async.blocks_on_network()), ("mysql_async", false));
    assert_eq!((by_blocking.name(), by_blocking.blocks_on_network()), ("mysql", true));
    let timeouts = Db::at(Kind::Async, url.clone()).with("read_timeout=3");
    let error = timeouts.driver().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("read_timeout"), "{error}");
    assert!(error.message().contains("mysql+mysql://"), "{error}");
    assert!(Db::at(Kind::Blocking, url).with("read_timeout=3").driver().is_ok());
}
