//! Sessions that end, and servers that cannot be reached.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Driver, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::tokio_postgres::config::SslMode;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{execute, give_back, recover};
use aludel_testing::{NEVER, raw, statement};

use crate::support::blocking::{
    assert_right_answers, await_sleeping, await_state, backend, connect, driver, proxied, terminate,
};
use crate::support::server;

#[track_caller]
fn assert_ended(error: &Error, state: &str) {
    assert!(error.is_disconnect(), "{state}: {error}");
    assert_eq!(error.sqlstate(), Some("57P01"), "{state}: {error}");
    assert!(error.message().contains("administrator command"), "{state}: {error}");
}

// fault: P17, T12
// conforms: D7.01, D7.02, D7.03
#[test]
fn a_session_that_was_ended_between_two_calls_tells_why() {
    let Some(driver) = driver() else { return };
    let mut other = connect(&driver);
    for state in ["execute", "many", "open", "rollback", "ping"] {
        let mut connection = connect(&driver);
        let pid = backend(&mut *connection);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, "select 1").unwrap();
        terminate(&mut *other, pid);
        for _ in 0..2 {
            let error = match state {
                "execute" => execute(&mut *connection, "select 1").unwrap_err(),
                "many" => {
                    let sets = [vec![Value::Int(1)], vec![Value::Int(2)]];
                    let select = statement("select $1", StatementKind::Dml);
                    connection
                        .execute_many(&select, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
                        .unwrap_err()
                }
                "open" => connection
                    .open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT)
                    .map(drop)
                    .unwrap_err(),
                "rollback" => connection.rollback().unwrap_err(),
                _ => connection.ping(Instant::now() + Duration::from_secs(5)).unwrap_err(),
            };
            assert_eq!(error.kind(), ErrorKind::Operational, "{state}: {error}");
            assert_ended(&error, state);
        }
        assert!(!connection.is_usable(), "{state}");
        assert_ended(&connection.begin(&TransactionOptions::DEFAULT).unwrap_err(), state);
        assert_eq!(connection.release(), Released::Dirty, "{state}");
        assert!(recover(connection).is_none(), "{state}");
    }
}

// fault: T07, T12
#[test]
fn a_commit_that_finds_the_session_ended_is_unknown_and_later_ones_are_not() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    terminate(&mut *other, pid);
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
    assert_ended(&error, "the first");
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert_ended(&error, "the second");
}

// fault: P17, P20
#[test]
fn a_session_that_is_ended_while_a_call_waits_is_a_disconnect() {
    let Some(driver) = driver() else { return };
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    let pid = backend(&mut *connection);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let killer = thread::spawn(move || {
        await_sleeping(&mut *other, pid);
        terminate(&mut *other, pid);
    });
    let error = execute(&mut *connection, "select pg_sleep(600)").unwrap_err();
    killer.join().unwrap();
    // The crate forgets the reason if the socket's end arrives together with it.
    assert!(error.is_disconnect(), "{error}");
    assert!(execute(&mut *connection, "select 1").unwrap_err().is_disconnect());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

// fault: P20, D08
#[test]
fn a_socket_that_breaks_is_a_disconnect() {
    let Some(config) = server() else { return };
    let (proxy, driver) = proxied(&config);
    let mut connection = connect(&driver);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    proxy.disconnect();
    let error = execute(&mut *connection, "select 1").unwrap_err();
    assert!(error.is_disconnect(), "{error}");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

// fault: P16, D02
#[test]
fn a_server_that_gives_no_sign_of_life_in_time_is_left() {
    let Some(config) = server() else { return };
    let (proxy, driver) = proxied(&config);
    let mut connection = connect(&driver);
    assert_right_answers(&mut *connection);
    connection.ping(Instant::now() + Duration::from_secs(5)).unwrap();
    proxy.mute(true);
    // No answer ever comes: that it returns is that it gave up.
    let error = connection.ping(Instant::now() + Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

// fault: P25
#[test]
fn a_rollback_that_is_not_answered_is_not_waited_for_beyond_its_budget() {
    let Some(config) = server() else { return };
    let (proxy, through) = crate::support::proxied(&config);
    let server = PostgresDriver::new(through).with_recovery_budget(Duration::from_millis(150));
    let mut connection = connect(&BlockingDriver::new(server));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    proxy.mute(true);
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

// fault: P20
#[test]
fn however_a_connection_ends_its_session_does() {
    let Some(driver) = driver() else { return };
    let mut other = connect(&driver);
    for end in ["close", "terminate", "drop"] {
        for open in [true, false] {
            let mut connection = connect(&driver);
            let pid = backend(&mut *connection);
            if open {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
                execute(&mut *connection, "select 1").unwrap();
            }
            match end {
                "close" => connection.close(),
                "terminate" => connection.terminate(),
                _ => drop(connection),
            }
            await_state(&mut *other, pid, None);
        }
    }
}

const SECRET: &str = "correct-horse-battery";

fn refusal(config: &Config) -> Error {
    let driver = BlockingDriver::new(PostgresDriver::new(config.clone()));
    let error = driver.connect(Instant::now() + Duration::from_secs(20)).unwrap_err();
    for shown in [format!("{driver:?}"), format!("{error}"), format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    error
}

// fault: P10, S07
#[test]
fn refusals_name_the_place_and_no_secret() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = Config::new();
    config.user("nobody").password(SECRET).host("127.0.0.1").port(free.port());
    let error = refusal(&config);
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains(&free.to_string()), "{error}");
    assert!(error.message().contains("refused"), "{error}");
    if cfg!(not(any(feature = "tls-rustls", feature = "tls-native"))) {
        config.ssl_mode(SslMode::Require);
        assert_eq!(refusal(&config).kind(), ErrorKind::NotSupported);
    }
    let Some(mut good) = server() else { return };
    good.dbname("no_such_database");
    let error = refusal(&good);
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("3D000")));
}

// fault: P11
#[test]
fn a_deaf_server_is_given_up_at_the_deadline() {
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Config::new();
    config.user("nobody").host("127.0.0.1").port(deaf.local_addr().unwrap().port());
    let driver = BlockingDriver::new(PostgresDriver::new(config.clone()));
    let error = driver.connect(Instant::now() + Duration::from_millis(120)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    // The configured limit holds for the handshake too.
    config.connect_timeout(Duration::from_millis(100));
    let driver = BlockingDriver::new(PostgresDriver::new(config));
    let error = driver.connect(Instant::now() + NEVER).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
}

// fault: P11
#[test]
fn of_several_hosts_the_first_that_answers_is_taken() {
    let Some(good) = server() else { return };
    let refuses = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = refuses.local_addr().unwrap().port();
    thread::spawn(move || {
        let Ok((mut socket, _)) = refuses.accept() else { return };
        let mut greeting = [0; 8];
        let _ = socket.read(&mut greeting);
        let _ = socket.write_all(b"go away");
    });
    let mut both = Config::new();
    both.host("127.0.0.1").port(port).host("127.0.0.1").port(good.get_ports()[0]);
    both.user(good.get_user().unwrap()).dbname(good.get_dbname().unwrap());
    if let Some(password) = good.get_password() {
        both.password(password);
    }
    let connection = connect(&BlockingDriver::new(PostgresDriver::new(both)));
    assert_right_answers(&mut *give_back(connection));
}
