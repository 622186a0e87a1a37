//! The queue of those who write to one database: whose turn is over lets the next one write.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

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

// fault: T10
#[test]
fn what_needs_no_lock_of_the_database_waits_for_no_turn() {
    let folder = Folder::new();
    let file = file(&folder);
    let (mut holder, mut other) = (connect(&file), connect(&file));
    connect(&SqliteDriver::file(folder.path("b.db")).unwrap()).run("create table u (a)").unwrap();
    let attach = format!("attach '{}' as b", folder.path("b.db").display());
    for sql in ["create temp table x (a)", attach.as_str()] {
        other.run(sql).unwrap();
    }
    let options = ExecutionOptions::DEFAULT;
    let insert = raw("insert into x values (1)");
    let handle = other.prepare(&insert, &options).unwrap();
    holder.run("begin immediate").unwrap();
    holder.run("insert into t values (1)").unwrap();
    for sql in [
        "insert into x values (1)",
        "insert into b.u values (1)",
        "pragma journal_mode",
        "pragma wal_checkpoint",
        "pragma user_version",
        "pragma b.user_version = 3",
        "pragma foreign_keys = on",
    ] {
        runs_at_once(&mut *other, sql);
    }
    within_bound("other ways to run it", || {
        let mut values = Values::default();
        other.execute_prepared(handle, &[], &options, &mut values).unwrap();
        other.execute_many(&insert, &[vec![], vec![]], &options, &mut values).unwrap();
        other.open_cursor(&insert, &[], &options).unwrap().close().unwrap();
    });
    assert_eq!(other.int("select count(*) from x"), 5);
    holder.commit().unwrap();
}

// fault: T10
#[test]
fn a_transaction_of_temporary_tables_holds_nobody_up() {
    let folder = Folder::new();
    let file = file(&folder);
    let (mut one, mut other) = (connect(&file), connect(&file));
    one.run("create temp table x (a)").unwrap();
    one.run("begin").unwrap();
    one.run("insert into x values (1)").unwrap();
    runs_at_once(&mut *other, "insert into t values (1)");
    runs_at_once(&mut *one, "insert into t values (2)");
    one.commit().unwrap();
    assert_eq!(other.int("select count(*) from t"), 2);
}

/// A reader keeps the statement from its commit, once another writer has let it have its turn.
// fault: T10
#[test]
fn the_wait_for_the_turn_is_part_of_the_wait_for_locks() {
    let folder = Folder::new();
    let budget = Duration::from_secs(2);
    let options = SqliteOptions::new().busy_timeout(budget);
    let file = file(&folder).with_options(options).unwrap();
    connect(&file).run("insert into t values (1), (2)").unwrap();
    let (mut reader, mut holder, mut waiting) = (connect(&file), connect(&file), connect(&file));
    let select = raw("select a from t");
    let mut cursor = reader.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    holder.run("begin immediate").unwrap();
    let (begin, begun) = mpsc::channel();
    let thread = thread::spawn(move || {
        begun.recv().unwrap();
        thread::sleep(budget * 3 / 4);
        holder.rollback().unwrap();
        Instant::now()
    });
    begin.send(()).unwrap();
    let error = waiting.run("insert into t values (3)").unwrap_err();
    let after = thread.join().unwrap().elapsed();
    assert!(error.is_busy() && error.message().contains("waited 2000 ms"), "{error}");
    assert!(after < budget, "{after:?} for the lock alone");
}

/// A pragma that writes waits behind a transaction as a statement does, and does not fail at once.
// fault: T10
#[test]
fn a_pragma_that_writes_waits_for_its_turn() {
    let folder = Folder::new();
    let file = file(&folder);
    let mut holder = connect(&file);
    for sql in [
        "pragma user_version = 7",
        "pragma main.application_id(7)",
        "pragma wal_checkpoint(truncate)",
        "pragma journal_mode = truncate",
    ] {
        let mut other = connect(&file);
        holder.run("begin immediate").unwrap();
        holder.run("insert into t values (random())").unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| other.run(sql).unwrap());
            thread::sleep(Duration::from_millis(40));
            assert!(!waiting.is_finished(), "{sql}");
            holder.commit().unwrap();
        });
        // The turn is given back.
        runs_at_once(&mut *holder, "insert into t values (random())");
    }
    assert_eq!(holder.int("pragma user_version") + holder.int("pragma application_id"), 14);
}
