//! The journal mode: it is changed while others write, by a statement and by an option.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, Driver};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_sqlite::{JournalMode, SqliteDriver, SqliteOptions};

use crate::support::{Folder, Short, connect};

fn journal_mode(connection: &mut dyn Connection) -> String {
    match connection.query("pragma journal_mode", &[]).unwrap().rows[..] {
        [ref row] => match row[..] {
            [Value::Text(ref mode)] => mode.to_string(),
            ref other => panic!("no text: {other:?}"),
        },
        ref other => panic!("{} rows", other.len()),
    }
}

fn writing(driver: &SqliteDriver) -> Box<dyn Connection> {
    let mut holder = connect(driver);
    holder.run("begin immediate").unwrap();
    holder.run("insert into t values (1)").unwrap();
    holder
}

// fault: T10
#[test]
fn a_change_of_the_journal_mode_waits_for_a_writer() {
    let folder = Folder::new();
    let file = SqliteDriver::file(folder.path("t.db")).unwrap();
    connect(&file).run("create table t (a)").unwrap();
    let mut holder = writing(&file);
    let mut waiting = connect(&file);
    let begun = Barrier::new(2);
    thread::scope(|scope| {
        let changing = scope.spawn(|| {
            begun.wait();
            waiting.run("PRAGMA main.journal_mode = wal").unwrap()
        });
        begun.wait();
        thread::sleep(Duration::from_millis(40));
        assert!(!changing.is_finished(), "it waits");
        holder.commit().unwrap();
    });
    assert_eq!(journal_mode(&mut *connect(&file)), "wal");
}

// fault: T10
#[test]
fn and_not_longer_than_for_other_locks() {
    let folder = Folder::new();
    let options = SqliteOptions::new().busy_timeout(Duration::from_millis(60));
    let file = SqliteDriver::file(folder.path("t.db")).unwrap().with_options(options).unwrap();
    connect(&file).run("create table t (a)").unwrap();
    let _holder = writing(&file);
    let since = Instant::now();
    let error = connect(&file).run("pragma journal_mode = wal").unwrap_err();
    assert!(error.is_busy() && error.message().contains("waited 60 ms"), "{error}");
    assert!(since.elapsed() >= Duration::from_millis(55));
    // A program may still ask not to wait at all.
    let mut hasty = connect(&file);
    hasty.run("pragma busy_timeout = 0").unwrap();
    assert!(hasty.run("pragma journal_mode = wal").unwrap_err().is_busy());
}

// fault: T10
#[test]
fn first_connections_may_set_it_all_at_once() {
    for _ in 0..10 {
        let folder = Folder::new();
        let options = SqliteOptions::new().journal_mode(JournalMode::Wal);
        let file = SqliteDriver::file(folder.path("t.db")).unwrap().with_options(options).unwrap();
        let together = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    let mut connection = connect(&file);
                    connection.run("create table if not exists t (a)").unwrap();
                    connection.run("insert into t values (1)").unwrap();
                });
            }
        });
        let mut connection = connect(&file);
        assert_eq!(connection.int("select count(*) from t"), 8);
        assert_eq!(journal_mode(&mut *connection), "wal");
    }
}

#[test]
fn the_option_is_one_of_files() {
    let wal = "sqlite://?journal_mode=wal".parse().unwrap();
    let error = SqliteDriver::from_url(&wal).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("journal_mode"), "{error}");
    let folder = Folder::new();
    let path = folder.path("t.db");
    let url = |mode: &str| format!("sqlite:///{}?journal_mode={mode}", path.display());
    let error = SqliteDriver::from_url(&url("off").parse().unwrap()).unwrap_err();
    assert!(error.message().contains("truncate"), "{error}");
    for mode in ["wal", "delete", "truncate", "persist"] {
        let driver = SqliteDriver::from_url(&url(mode).parse().unwrap()).unwrap();
        let mut connection = driver.connect(Instant::now()).unwrap();
        assert_eq!(journal_mode(&mut *connection), mode);
    }
}
