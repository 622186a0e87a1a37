//! What a program sets in a session is not the next borrower's.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, IsolationLevel, Released};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, int, query, recover};
use aludel_testing::unique;
use support::{Db, parts, reset, session};

both! {
    settings_are_put_back
    what_connect_listeners_set_is_put_back
    a_reset_is_put_right
    the_database_is_put_back_whatever_its_name
    statements_run_in_the_database_that_is_chosen
    a_database_where_none_was_configured_costs_the_connection
}

/// All that the driver depends on.
fn settings(connection: &mut dyn Connection) -> Vec<Value> {
    let sql = "select @@autocommit, @@character_set_client, @@character_set_connection, \
               @@character_set_results, @@collation_connection, @@time_zone, @@sql_mode, \
               @@tx_isolation, @@tx_read_only, database()";
    let row = query(connection, sql, &[]).unwrap().remove(0);
    connection.rollback().unwrap();
    row
}

/// Gives a connection back, as a pool does, and takes it again.
#[track_caller]
fn borrow_again(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    let id = session(&mut *connection);
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).expect("it comes back");
    assert_eq!(session(&mut *connection), id);
    connection.rollback().unwrap();
    connection
}

// fault: P26, T01
fn settings_are_put_back(db: &Db) {
    let other = unique("other");
    let mut connection = db.connect();
    execute(&mut *connection, &format!("create database {other}")).unwrap();
    let before = settings(&mut *connection);
    for words in [
        "set names latin1",
        "/*!50000 SET character_set_results = NULL */",
        "set time_zone = '+05:00'",
        "set sql_mode = ''",
        "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
        "set session autocommit = 1",
        "set session transaction isolation level serializable",
        "set session transaction read only",
        "set session tx_isolation = 'READ-UNCOMMITTED'",
        "begin not atomic set time_zone = '+05:00'; end",
        &format!("use {other}"),
    ] {
        execute(&mut *connection, words).unwrap();
        connection.commit().unwrap();
        assert_ne!(settings(&mut *connection), before, "{words}");
        connection = borrow_again(connection);
        assert_eq!(settings(&mut *connection), before, "{words}");
        // What was put back is not put back again.
        assert_eq!(connection.release(), Released::Clean);
    }
    execute(&mut *connection, &format!("drop database {other}")).unwrap();
}

// fault: P26
fn what_connect_listeners_set_is_put_back(db: &Db) {
    let mut connection = db.connect();
    for words in [
        "set session transaction isolation level serializable",
        "set session transaction read only",
        "set sql_mode = 'STRICT_ALL_TABLES'",
        // The driver needs its own.
        "set time_zone = '+05:00'",
    ] {
        execute(&mut *connection, words).unwrap();
    }
    connection.keep_settings(Instant::now() + Duration::from_secs(5)).unwrap();
    connection.rollback().unwrap();
    let kept = settings(&mut *connection);
    for value in ["SERIALIZABLE", "STRICT_ALL_TABLES", "+00:00"] {
        assert!(kept.contains(&Value::from(value)), "{kept:?}");
    }
    for words in [
        "set session transaction isolation level read committed, read write",
        "set sql_mode = 'STRICT_TRANS_TABLES'",
    ] {
        execute(&mut *connection, words).unwrap();
        connection.rollback().unwrap();
        assert_ne!(settings(&mut *connection), kept, "{words}");
        connection = borrow_again(connection);
        assert_eq!(settings(&mut *connection), kept, "{words}");
    }
    connection.set_isolation_level(Some(IsolationLevel::ReadCommitted)).unwrap();
    assert!(settings(&mut *connection).contains(&Value::from("READ-COMMITTED")));
    connection.set_isolation_level(None).unwrap();
    assert_eq!(settings(&mut *connection), kept);
}

// fault: T01
fn a_reset_is_put_right(db: &Db) {
    let mut connection = db.with("sql_mode=STRICT_ALL_TABLES").connect();
    let before = settings(&mut *connection);
    assert!(before.contains(&Value::from("STRICT_ALL_TABLES")));
    reset(&mut *connection);
    assert_ne!(settings(&mut *connection), before);
    let mut connection = borrow_again(connection);
    assert_eq!(settings(&mut *connection), before);
}

fn the_database_is_put_back_whatever_its_name(db: &Db) {
    let name = unique("odd ` ü");
    let mut admin = db.connect();
    let quoted = format!("`{}`", name.replace('`', "``"));
    execute(&mut *admin, &format!("create database {quoted}")).unwrap();
    let (place, _) = db.url.rsplit_once('/').unwrap();
    let path: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut connection = Db::at(db.kind, format!("{place}/{path}")).connect();
    assert_eq!(settings(&mut *connection).pop(), Some(Value::from(name.as_str())));
    execute(&mut *connection, "use information_schema").unwrap();
    execute(&mut *connection, "set names latin1").unwrap();
    let mut connection = borrow_again(connection);
    assert_eq!(settings(&mut *connection).pop(), Some(Value::from(name.as_str())));
    execute(&mut *admin, &format!("drop database {quoted}")).unwrap();
}

/// A prepared statement runs in the database of which it was prepared.
// fault: T01
fn statements_run_in_the_database_that_is_chosen(db: &Db) {
    let names = [unique("one"), unique("two")];
    let mut connection = db.connect();
    for (n, name) in (1..).zip(&names) {
        execute(&mut *connection, &format!("create database {name}")).unwrap();
        execute(&mut *connection, &format!("create table {name}.t (a int)")).unwrap();
        execute(&mut *connection, &format!("insert into {name}.t values ({n})")).unwrap();
    }
    connection.commit().unwrap();
    let (place, _) = db.url.rsplit_once('/').unwrap();
    let mut connection = Db::at(db.kind, format!("{place}/{}", names[0])).connect();
    let read = |connection: &mut dyn Connection| {
        let by_params = query(connection, "select a * ? from t", &[Value::Int(1)]).unwrap();
        let by_text = int(connection, "select a from t");
        assert_eq!(by_params, [[Value::Int(by_text)]]);
        by_text
    };
    for _ in 0..2 {
        assert_eq!(read(&mut *connection), 1);
        for (at, expected) in [(1, 2), (0, 1), (1, 2)] {
            execute(&mut *connection, &format!("use {}", names[at])).unwrap();
            assert_eq!(read(&mut *connection), expected);
        }
        connection = borrow_again(connection);
    }
    for name in names {
        execute(&mut *connection, &format!("drop database {name}")).unwrap();
    }
}

fn a_database_where_none_was_configured_costs_the_connection(db: &Db) {
    let url = parts(&db.url);
    let none = format!(
        "mysql://{}:{}@{}:{}",
        url.username().unwrap(),
        url.password().unwrap().reveal(),
        url.host().unwrap(),
        url.port().unwrap()
    );
    let mut connection = Db::at(db.kind, none).connect();
    execute(&mut *connection, "set names latin1").unwrap();
    let mut connection = borrow_again(connection);
    execute(&mut *connection, "use information_schema").unwrap();
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}
