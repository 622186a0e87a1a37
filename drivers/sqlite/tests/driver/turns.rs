//! The queue of those who write to one database: whose turn is over lets the next one write.

use std::time::Duration;

use aludel_core::dbapi::{Connection, ExecutionOptions};
use aludel_sqlite::{SqliteDriver, SqliteOptions};
use aludel_testing::{Values, raw, within_bound};

use crate::support::{Folder, Short, connect};

/// A file with a table. Who waits for a lock of it waits longer than any test.
fn file(folder: &Folder) -> SqliteDriver {
    let options = SqliteOptions::new().busy_timeout(Duration::from_secs(600));
    let driver = SqliteDriver::file(folder.path("t.db")).unwrap().with_options(options).unwrap();
    connect(&driver).run("create table t (a unique)").unwrap();
    driver
}

#[track_caller]
fn runs_at_once(connection: &mut dyn Connection, sql: &str) {
    within_bound(sql, || connection.run(sql).unwrap());
}

// fault: T10
#[test]
fn a_cursor_outside_of_a_transaction_gives_its_turn_back() {
    let folder = Folder::new();
    let file = file(&folder);
    let (mut one, mut other) = (connect(&file), connect(&file));
    let options = ExecutionOptions::DEFAULT;
    let insert = raw("insert into t values (1), (2), (3) returning a");
    let mut cursor = one.open_cursor(&insert, &[], &options).unwrap();
    assert!(!cursor.fetch(9, &mut Values::default()).unwrap());
    runs_at_once(&mut *other, "insert into t values (4)");
    drop(cursor);
    // It is left at its first row, when it still has the lock.
    let insert = raw("insert into t values (5), (6) returning a");
    let mut cursor = one.open_cursor(&insert, &[], &options).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    cursor.close().unwrap();
    runs_at_once(&mut *other, "insert into t values (7)");
    let insert = raw("insert into t values (8), (9) returning a");
    drop(one.open_cursor(&insert, &[], &options).unwrap());
    runs_at_once(&mut *other, "insert into t values (10)");
    // It fails before it has a row.
    let insert = raw("insert into t values (1) returning a");
    assert!(one.open_cursor(&insert, &[], &options).is_err());
    runs_at_once(&mut *other, "insert into t values (11)");
    assert_eq!(other.int("select count(*) from t where a in (1, 2, 3, 4, 5, 6, 7, 10, 11)"), 9);
}

// fault: T10
#[test]
fn a_commit_by_a_cursor_gives_the_turn_back() {
    let folder = Folder::new();
    let file = file(&folder);
    let (mut one, mut other) = (connect(&file), connect(&file));
    one.run("begin").unwrap();
    one.run("insert into t values (1)").unwrap();
    one.open_cursor(&raw("commit"), &[], &ExecutionOptions::DEFAULT).unwrap().close().unwrap();
    runs_at_once(&mut *other, "insert into t values (2)");
    assert_eq!(one.int("select count(*) from t"), 2);
}
