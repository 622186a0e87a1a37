//! Transactions: what SQLite itself says about them, and when it ended one by itself.

use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, TransactionMode, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_sqlite::{SqliteDriver, SqliteOptions};
use aludel_testing::{Values, raw};

use crate::support::{Folder, Short, connect, memory};

const TABLE: &[&str] = &["create table t (a integer primary key)", "insert into t values (1)"];

// conforms: D1.05
#[test]
fn ending_no_transaction_does_nothing() {
    let mut connection = memory(TABLE);
    connection.rollback().unwrap();
    connection.commit().unwrap();
    assert!(connection.autocommit());
}

#[test]
fn what_was_committed_stays_and_what_was_rolled_back_does_not() {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    for (end, expected) in [(true, 1), (false, 1)] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        assert!(!connection.autocommit());
        connection.run("insert into t values (1)").unwrap();
        if end {
            connection.commit().unwrap();
        } else {
            connection.rollback().unwrap();
        }
        assert!(connection.autocommit());
        assert_eq!(connect(&driver).int("select count(*) from t"), expected);
    }
}

// conforms: D1.07
#[test]
fn a_second_begin_is_refused_and_the_first_stays() {
    let mut connection = memory(TABLE);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into t values (2)").unwrap();
    assert_eq!(
        connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    connection.commit().unwrap();
    assert_eq!(connection.int("select count(*) from t"), 2);
}

// fault: T04
#[test]
fn transactions_of_raw_sql_are_noticed() {
    let mut connection = memory(TABLE);
    connection.run("begin").unwrap();
    connection.run("insert into t values (2)").unwrap();
    connection.rollback().unwrap();
    connection.run("savepoint s").unwrap();
    connection.run("insert into t values (3)").unwrap();
    connection.commit().unwrap();
    assert_eq!(connection.int("select sum(a) from t"), 4);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("commit").unwrap();
    connection.rollback().unwrap();
    assert_eq!(connection.int("select sum(a) from t"), 4);
}

// conforms: D1.20
#[test]
fn a_statement_that_fails_leaves_the_transaction_open() {
    let mut connection = memory(TABLE);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into t values (2)").unwrap();
    assert!(connection.run("insert into t values (2)").unwrap_err().is_unique_violation());
    assert!(connection.run("selec").unwrap_err().is_syntax_error());
    connection.run("insert into t values (3)").unwrap();
    connection.commit().unwrap();
    assert_eq!(connection.int("select count(*) from t"), 3);
}

#[test]
fn begin_takes_the_lock_it_was_told_to() {
    for (begin, refuses_writers) in [
        (TransactionMode::Deferred, false),
        (TransactionMode::Immediate, true),
        (TransactionMode::Exclusive, true),
    ] {
        let driver = SqliteDriver::memory().unwrap();
        connect(&driver).run("create table t (a)").unwrap();
        let driver = driver.with_options(SqliteOptions::new().begin(begin)).unwrap();
        let (mut first, mut second) = (connect(&driver), connect(&driver));
        second.run("pragma busy_timeout = 0").unwrap();
        first.begin(&TransactionOptions::DEFAULT).unwrap();
        // On a thread of its own, BEGIN goes with the first statement.
        first.run("select 1").unwrap();
        let written = second.run("insert into t values (1)");
        assert_eq!(written.is_err_and(|error| error.is_busy()), refuses_writers, "{begin:?}");
    }
}

/// Everything that makes SQLite end a transaction by itself.
fn lost_by(connection: &mut dyn Connection, sql: &str) -> ErrorKind {
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into t values (50)").unwrap();
    let error = connection.run(sql).unwrap_err();
    assert!(connection.autocommit(), "{sql} left the transaction open: {error}");
    error.kind()
}

// fault: T19, T06
#[test]
fn after_a_rollback_of_its_own_nothing_runs_outside_a_transaction() {
    let mut connection = memory(TABLE);
    let sql = "insert or rollback into t values (1)";
    assert_eq!(lost_by(&mut *connection, sql), ErrorKind::Integrity);
    for _ in 0..2 {
        let refused = connection.run("insert into t values (60)").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PendingRollback);
        assert!(refused.message().contains("call rollback()"), "{refused}");
    }
    let insert = raw("insert into t values (?)");
    let many = connection
        .execute_many(&insert, &[vec![Value::Int(61)]], &ExecutionOptions::DEFAULT, &mut NoRows)
        .unwrap_err();
    assert_eq!(many.kind(), ErrorKind::PendingRollback);
    let opened = connection
        .open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT)
        .map(drop)
        .unwrap_err();
    assert_eq!(opened.kind(), ErrorKind::PendingRollback);
    assert_eq!(
        connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
        ErrorKind::PendingRollback
    );
    assert_eq!(
        connection.ping(Instant::now() + Duration::from_secs(5)).unwrap_err().kind(),
        ErrorKind::PendingRollback
    );
    connection.rollback().unwrap();
    assert_eq!(connection.int("select count(*) from t"), 1, "something ran by itself");
}

// fault: T06
#[test]
fn a_commit_of_what_sqlite_rolled_back_is_an_error_once() {
    let mut connection = memory(TABLE);
    lost_by(&mut *connection, "insert or rollback into t values (1)");
    let error = connection.commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    connection.commit().unwrap();
    connection.run("insert into t values (2)").unwrap();
    assert_eq!(connection.int("select group_concat(a) = '1,2' from t"), 1);
}

// fault: T19
#[test]
fn a_trigger_that_rolls_back_is_noticed_by_every_call() {
    let mut connection = memory(TABLE);
    connection
        .run(
            "create trigger no before insert on t when new.a > 100 \
             begin select raise(rollback, 'too large'); end",
        )
        .unwrap();
    let insert = raw("insert into t values (?) returning a");
    for call in 0..3 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.run("insert into t values (9)").unwrap();
        let params = vec![Value::Int(101)];
        let error = match call {
            0 => connection
                .execute(&insert, &params, &ExecutionOptions::DEFAULT, &mut Values::default())
                .unwrap_err(),
            1 => connection
                .execute_many(
                    &insert,
                    &[vec![Value::Int(10)], params],
                    &ExecutionOptions::DEFAULT,
                    &mut NoRows,
                )
                .unwrap_err(),
            _ => connection
                .open_cursor(&insert, &params, &ExecutionOptions::DEFAULT)
                .map(drop)
                .unwrap_err(),
        };
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(!error.message().contains("too large"), "{error}");
        assert_eq!(error.unredacted(), Some("too large"));
        let next = connection.run("insert into t values (11)").unwrap_err();
        assert_eq!(next.kind(), ErrorKind::PendingRollback, "call {call}");
        connection.rollback().unwrap();
        assert_eq!(connection.int("select count(*) from t"), 1);
    }
}

// fault: T19
#[test]
fn a_full_database_is_typed_and_its_rollback_noticed() {
    let folder = Folder::new();
    for driver in
        [SqliteDriver::memory().unwrap(), SqliteDriver::file(folder.path("t.db")).unwrap()]
    {
        let mut connection = connect(&driver);
        connection.run("create table t (a)").unwrap();
        connection.run("pragma max_page_count = 20").unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.run("insert into t values (1)").unwrap();
        let error = connection.run("insert into t values (zeroblob(1000000))").unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("13")));
        assert!(error.message().contains("no space left"), "{error}");
        if connection.autocommit() {
            let next = connection.run("insert into t values (2)").unwrap_err();
            assert_eq!(next.kind(), ErrorKind::PendingRollback);
        }
        connection.rollback().unwrap();
        assert_eq!(connection.int("select count(*) from t"), 0);
        connection.run("insert into t values (2)").unwrap();
    }
}

// fault: T15
// conforms: D1.17
#[test]
fn a_deferred_constraint_fails_the_commit_and_the_transaction_stays() {
    let mut connection = memory(&[
        "create table parent (id integer primary key)",
        "create table child (id integer references parent deferrable initially deferred)",
    ]);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into child values (7)").unwrap();
    let error = connection.commit().unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    assert!(!connection.autocommit());
    connection.run("insert into parent values (7)").unwrap();
    connection.commit().unwrap();
    assert_eq!(connection.int("select count(*) from child"), 1);
}

#[test]
fn a_cursor_that_fails_inside_a_transaction_leaves_it_open() {
    let mut connection = memory(TABLE);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.run("insert into t values (2)").unwrap();
    let mut cursor =
        connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    drop(cursor);
    assert!(!connection.autocommit(), "dropping a cursor ended the transaction");
    connection.commit().unwrap();
    assert_eq!(connection.int("select count(*) from t"), 2);
}

// fault: T13
#[test]
fn savepoints_nest_deeply() {
    let mut connection = memory(TABLE);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    for depth in 0..1000 {
        connection.run(&format!("savepoint \"s\"\"{depth}\"")).unwrap();
    }
    connection.run("insert into t values (2)").unwrap();
    for depth in (0..1000).rev() {
        connection.run(&format!("release \"s\"\"{depth}\"")).unwrap();
    }
    connection.commit().unwrap();
    assert_eq!(connection.int("select count(*) from t"), 2);
    assert!(connection.autocommit());
}
