//! Giving a connection back: what was open is rolled back, what cannot be is recovered or terminated.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, ExecutionOptions, Released, TransactionOptions};
use aludel_core::error::ErrorKind;
use aludel_sqlite::{SqliteDriver, SqliteOptions};
use aludel_testing::blocking::recover;
use aludel_testing::{NEVER, Values, raw, within_bound};

use crate::support::{Short, connect, memory};

// fault: T01, T04
// conforms: D1.02, D1.21
#[test]
fn releasing_rolls_back_and_lets_go_of_the_lock() {
    let driver = SqliteDriver::memory().unwrap();
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    connection.run("create table t (a)").unwrap();
    other.run("pragma busy_timeout = 0").unwrap();
    for raw in [false, true] {
        if raw {
            connection.run("begin exclusive").unwrap();
        } else {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        connection.run("insert into t values (1)").unwrap();
        assert!(other.run("insert into t values (2)").unwrap_err().is_busy());
        assert_eq!(connection.release(), Released::Clean);
        assert!(connection.autocommit());
        other.run("delete from t").unwrap();
        assert_eq!(connection.int("select count(*) from t"), 0);
    }
}

#[test]
fn releasing_with_nothing_open_is_clean() {
    let mut connection = memory(&[]);
    assert_eq!(connection.release(), Released::Clean);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.commit().unwrap();
    assert_eq!(connection.release(), Released::Clean);
    assert!(connection.is_usable());
    connection.ping(Instant::now() + Duration::from_secs(5)).unwrap();
}

#[test]
fn the_next_borrower_does_not_inherit_a_lost_transaction() {
    let mut connection = memory(&["create table t (a unique)", "insert into t values (1)"]);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert or rollback into t values (1)").unwrap_err();
    assert_eq!(connection.run("select 1").unwrap_err().kind(), ErrorKind::PendingRollback);
    assert_eq!(connection.release(), Released::Clean);
    assert_eq!(connection.int("select 1"), 1);
    connection.commit().unwrap();
}

#[test]
fn releasing_does_not_wait_for_locks() {
    let options = SqliteOptions::new().busy_timeout(NEVER);
    let driver = SqliteDriver::memory().unwrap().with_options(options).unwrap();
    let (mut holder, mut connection) = (connect(&driver), connect(&driver));
    holder.run("create table t (a)").unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(connection.int("select count(*) from t"), 0);
    connection.run("insert into t values (1)").unwrap();
    assert_eq!(within_bound("release", || connection.release()), Released::Clean);
    holder.run("insert into t values (1)").unwrap();
}

#[test]
fn releasing_while_a_panic_is_under_way_works() {
    struct Back(Box<dyn Connection>, mpsc::Sender<Released>);
    impl Drop for Back {
        fn drop(&mut self) {
            self.1.send(self.0.release()).unwrap();
        }
    }
    let driver = SqliteDriver::memory().unwrap();
    connect(&driver).run("create table t (a)").unwrap();
    let (send, receive) = mpsc::channel();
    let mut back = Back(connect(&driver), send);
    let caught = catch_unwind(AssertUnwindSafe(move || {
        back.0.begin(&TransactionOptions::DEFAULT).unwrap();
        back.0.run("insert into t values (1)").unwrap();
        panic!("on purpose")
    }));
    assert!(caught.is_err());
    assert_eq!(receive.recv().unwrap(), Released::Clean);
    assert_eq!(connect(&driver).int("select count(*) from t"), 0);
}

#[test]
fn a_recovered_connection_is_returned_without_its_transaction() {
    let mut connection = memory(&["create table t (a)"]);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into t values (1)").unwrap();
    let mut connection = recover(connection).expect("nothing is wrong with it");
    assert!(connection.is_usable() && connection.autocommit());
    assert_eq!(connection.int("select count(*) from t"), 0);
}

#[test]
fn closing_and_terminating_roll_back() {
    for close in [true, false] {
        let driver = SqliteDriver::memory().unwrap();
        let (mut connection, mut other) = (connect(&driver), connect(&driver));
        connection.run("create table t (a)").unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.run("insert into t values (1)").unwrap();
        if close {
            connection.close();
        } else {
            connection.terminate();
        }
        if close {
            // The end of one that is terminated is not waited for.
            other.run("pragma busy_timeout = 0").unwrap();
        }
        assert_eq!(other.query("select a from t", &[]).unwrap().rows.len(), 0);
        other
            .execute(
                &raw("insert into t values (2)"),
                &[],
                &ExecutionOptions::DEFAULT,
                &mut Values::default(),
            )
            .unwrap();
    }
}
