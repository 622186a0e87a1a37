//! Locks that another connection holds: how long they are waited for, and what is said at the end.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AdaptedDriver, Connection, Driver, ExecutionOptions, TransactionMode, TransactionOptions, Waits,
};
use aludel_core::error::{Error, ErrorKind};
use aludel_sqlite::{SqliteDriver, SqliteOptions, ThreadDriver};
use aludel_testing::{BOUND, Values, raw, within_bound};

use crate::support::{Folder, Short, connect};

/// A file and a memory database, each with a table.
fn databases(folder: &Folder, options: &SqliteOptions) -> Vec<SqliteDriver> {
    let drivers = [SqliteDriver::memory(), SqliteDriver::file(folder.path("t.db"))];
    let with_table = |driver: SqliteDriver| {
        let driver = driver.with_options(options.clone()).unwrap();
        connect(&driver).run("create table t (a)").unwrap();
        driver
    };
    drivers.map(|driver| with_table(driver.unwrap())).into()
}

fn timeout(milliseconds: u64) -> SqliteOptions {
    SqliteOptions::new().busy_timeout(Duration::from_millis(milliseconds))
}

fn holding_the_lock(driver: &SqliteDriver) -> Box<dyn Connection> {
    let mut connection = connect(driver);
    connection.run("begin immediate").unwrap();
    connection.run("insert into t values (1)").unwrap();
    connection
}

#[track_caller]
fn assert_busy(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
    assert!(error.is_busy() && error.is_retryable() && !error.is_disconnect(), "{error}");
}

// fault: T10
#[test]
fn a_lock_is_waited_for_until_the_deadline() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(120)) {
        let holder = holding_the_lock(&driver);
        let mut waiting = connect(&driver);
        let since = Instant::now();
        let error = waiting.run("insert into t values (2)").unwrap_err();
        let waited = since.elapsed();
        assert_busy(&error);
        assert!(error.message().contains("waited 120 ms"), "{error}");
        assert!(waited >= Duration::from_millis(115), "gave up after {waited:?}");
        drop(holder);
        waiting.run("insert into t values (2)").unwrap();
    }
}

/// Whether a statement waited for the lock that another thread gives up meanwhile.
fn takes_over(driver: &SqliteDriver) -> bool {
    let mut waiting = connect(driver);
    let before = waiting.int("select count(*) from t");
    let mut holder = holding_the_lock(driver);
    let (begin, begun) = mpsc::channel();
    let thread = thread::spawn(move || {
        begun.recv().unwrap();
        thread::sleep(Duration::from_millis(40));
        let since = Instant::now();
        holder.commit().unwrap();
        since
    });
    begin.send(()).unwrap();
    let since = Instant::now();
    waiting.run("insert into t values (2)").unwrap();
    let released = thread.join().unwrap();
    assert_eq!(waiting.int("select count(*) from t"), before + 2);
    since < released
}

// fault: T10
#[test]
fn a_lock_that_is_let_go_is_taken() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(30_000)) {
        // SQLite does not say that it waits. A statement that began after the release proves nothing,
        // and there is another.
        assert!((0..100).any(|_| takes_over(&driver)), "no statement waited");
    }
}

/// A statement is prepared with the schema, which nobody can read while another connection has the file
/// for itself.
#[test]
fn a_time_out_ends_a_preparation_that_waits() {
    let folder = Folder::new();
    let options = timeout(60_000);
    let driver = SqliteDriver::file(folder.path("t.db")).unwrap().with_options(options).unwrap();
    connect(&driver).run("create table t (a)").unwrap();
    let mut waiting: Vec<Box<dyn Connection>> = vec![
        connect(&driver),
        AdaptedDriver::new(ThreadDriver::new(driver.clone()), Waits::OnThreads)
            .connect(Instant::now() + BOUND)
            .unwrap(),
    ];
    let mut holder = connect(&driver);
    holder.run("begin exclusive").unwrap();
    let limit = Duration::from_millis(50);
    for waiting in &mut waiting {
        let since = Instant::now();
        let options = ExecutionOptions::new().timeout(limit);
        let error = waiting.prepare(&raw("select a from t"), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!((limit..BOUND).contains(&since.elapsed()), "{:?}", since.elapsed());
    }
    holder.commit().unwrap();
}

#[test]
fn no_timeout_means_no_waiting() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(0)) {
        let _holder = holding_the_lock(&driver);
        let error = connect(&driver).run("insert into t values (2)").unwrap_err();
        assert_busy(&error);
        assert!(error.message().contains("waited 0 ms"), "{error}");
    }
}

// fault: T10
#[test]
fn a_reader_that_becomes_a_writer_too_late_is_told_at_once() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(600_000)) {
        let mut reader = connect(&driver);
        reader.begin(&TransactionOptions::DEFAULT).unwrap();
        assert_eq!(reader.int("select count(*) from t"), 0);
        let _holder = holding_the_lock(&driver);
        let write = || reader.run("insert into t values (2)").unwrap_err();
        let error = within_bound("a write that would wait for a deadlock", write);
        assert_busy(&error);
        assert!(error.message().contains("begin=immediate"), "{error}");
        // The transaction is still there, so it is rolled back and run again.
        assert!(!reader.autocommit());
        reader.rollback().unwrap();
    }
}

// fault: T10
#[test]
fn a_snapshot_that_is_too_old_to_write_says_so() {
    let folder = Folder::new();
    let driver = SqliteDriver::file(folder.path("wal.db")).unwrap();
    let (mut reader, mut writer) = (connect(&driver), connect(&driver));
    writer.run("pragma journal_mode = wal").unwrap();
    writer.run("create table t (a)").unwrap();
    reader.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(reader.int("select count(*) from t"), 0);
    writer.run("insert into t values (1)").unwrap();
    let error = reader.run("insert into t values (2)").unwrap_err();
    assert_busy(&error);
    assert_eq!(error.sqlstate(), Some("517"));
    assert!(error.message().contains("another connection has written since"), "{error}");
    assert_eq!(error.message().matches("begin=immediate").count(), 1, "{error}");
    reader.rollback().unwrap();
    reader.run("insert into t values (2)").unwrap();
}

// fault: T10
#[test]
fn transactions_that_begin_immediate_wait_for_each_other() {
    let folder = Folder::new();
    let driver = SqliteDriver::file(folder.path("t.db")).unwrap();
    let driver =
        driver.with_options(SqliteOptions::new().begin(TransactionMode::Immediate)).unwrap();
    connect(&driver).run("create table t (a)").unwrap();
    connect(&driver).run("insert into t values (0)").unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut connection = connect(&driver);
                for _ in 0..10 {
                    connection.begin(&TransactionOptions::DEFAULT).unwrap();
                    let now = connection.int("select a from t");
                    connection.run(&format!("update t set a = {}", now + 1)).unwrap();
                    connection.commit().unwrap();
                }
            });
        }
    });
    assert_eq!(connect(&driver).int("select a from t"), 30);
}

// fault: T10
#[test]
fn a_commit_that_readers_keep_out_can_be_tried_again() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(30)) {
        connect(&driver).run("insert into t values (1), (2), (3)").unwrap();
        let (mut reader, mut writer) = (connect(&driver), connect(&driver));
        writer.begin(&TransactionOptions::DEFAULT).unwrap();
        writer.run("insert into t values (4)").unwrap();
        let select = raw("select a from t");
        let Ok(mut cursor) = reader.open_cursor(&select, &[], &ExecutionOptions::DEFAULT) else {
            // Nothing can be read from a memory database beside a writer.
            writer.commit().unwrap();
            continue;
        };
        assert!(cursor.fetch(1, &mut Values::default()).unwrap());
        let error = writer.commit().unwrap_err();
        assert_busy(&error);
        assert!(error.message().contains("waited 30 ms"), "{error}");
        drop(cursor);
        assert!(!writer.autocommit(), "the transaction is gone");
        writer.commit().unwrap();
        assert_eq!(reader.int("select count(*) from t"), 4);
    }
}

#[test]
fn waiting_anew_begins_with_a_full_budget() {
    let folder = Folder::new();
    for driver in databases(&folder, &timeout(60)) {
        let _holder = holding_the_lock(&driver);
        let mut waiting = connect(&driver);
        for _ in 0..3 {
            let since = Instant::now();
            assert_busy(&waiting.run("insert into t values (2)").unwrap_err());
            assert!(since.elapsed() >= Duration::from_millis(55), "{:?}", since.elapsed());
        }
    }
}
