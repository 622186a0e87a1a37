//! Transactions: options, autocommit, the isolation level, and what a release does.

use aludel_core::dbapi::{IsolationLevel, Released, TransactionMode, TransactionOptions};
use aludel_core::error::ErrorKind;

use super::{Levels, Subject};
use crate::blocking;

const PLAIN: TransactionOptions = TransactionOptions::DEFAULT;

/// [`Connection::release`](aludel_core::dbapi::Connection::release) ends what is open.
pub fn release_rolls_back(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.begin(&PLAIN).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    let mut connection = blocking::give_back(connection);
    assert_eq!(table.count(), 0);
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
}

/// [`Connection::release`](aludel_core::dbapi::Connection::release) keeps what was committed, and costs nothing then.
pub fn release_keeps_what_was_committed(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    table.add(&mut *connection);
    assert_eq!(connection.release(), Released::Clean);
    assert_eq!(table.count(), 1);
    assert!(connection.is_usable());
}

/// [`TransactionOptions`] hold for one transaction.
pub fn options_of_a_transaction_are_its_own(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.begin(&PLAIN).unwrap();
    let own = table.level(&mut *connection);
    connection.commit().unwrap();
    let options = PLAIN.isolation_level(subject.other_level).read_only(true);
    for commit in [true, false] {
        connection.begin(&options).unwrap();
        let other = table.level(&mut *connection);
        if other.is_some() {
            assert_eq!(other.as_deref(), Some(subject.other_level.as_str()));
            assert_ne!(other, own);
        }
        blocking::execute(&mut *connection, &table.insert_sql()).expect_err("it is read-only");
        // An aborted transaction cannot be committed.
        let _ = if commit { connection.commit() } else { Ok(()) };
        connection.rollback().unwrap();
        connection.begin(&PLAIN).unwrap();
        assert_eq!(table.level(&mut *connection), own);
        connection.rollback().unwrap();
        table.add(&mut *connection);
    }
    // Also if it is ended by a release.
    connection.begin(&options).unwrap();
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
    let mut connection = blocking::give_back(connection);
    table.add(&mut *connection);
    assert_eq!(table.count(), 3);
    // And one that no statement was run in leaves nothing behind.
    connection.begin(&options).unwrap();
    connection.commit().unwrap();
    table.add(&mut *connection);
}

/// [`NotSupported`](ErrorKind::NotSupported) for options.
pub fn options_that_a_database_lacks_are_refused(subject: &Subject) {
    let mut connection = subject.connect();
    let mode = connection.begin(&PLAIN.mode(TransactionMode::Immediate));
    let has_modes = mode.is_ok();
    if let Err(error) = mode {
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    }
    connection.rollback().unwrap();
    match connection.begin(&PLAIN.deferrable(true)) {
        Ok(()) => assert!(!has_modes, "no database has both"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}"),
    }
    connection.rollback().unwrap();
    let none = PLAIN.isolation_level(IsolationLevel::Autocommit);
    assert_eq!(connection.begin(&none).unwrap_err().kind(), ErrorKind::Argument);
    if has_modes {
        for level in [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead] {
            let error = connection.begin(&PLAIN.isolation_level(level)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported);
            let error = connection.set_isolation_level(Some(level)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported);
        }
    }
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
}

/// [`Connection::begin`](aludel_core::dbapi::Connection::begin) in a transaction.
pub fn a_transaction_in_a_transaction_is_refused(subject: &Subject) {
    let mut connection = subject.connect();
    connection.begin(&PLAIN).unwrap();
    assert_eq!(connection.begin(&PLAIN).unwrap_err().kind(), ErrorKind::InvalidRequest);
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
    assert_eq!(connection.begin(&PLAIN).unwrap_err().kind(), ErrorKind::InvalidRequest);
    connection.commit().unwrap();
}

/// [`IsolationLevel::Autocommit`] of a session, and the way back.
pub fn autocommit_commits_each_statement(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.set_isolation_level(Some(IsolationLevel::Autocommit)).unwrap();
    for rows in 1..=2 {
        blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
        assert_eq!(table.count(), rows);
    }
    // There is nothing to roll back.
    connection.rollback().unwrap();
    connection.commit().unwrap();
    assert_eq!(table.count(), 2);
    connection.set_isolation_level(None).unwrap();
    connection.begin(&PLAIN).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    connection.rollback().unwrap();
    assert_eq!(table.count(), 2);
    table.add(&mut *connection);
    assert_eq!(table.count(), 3);
}

/// A level outlives [`Connection::release`](aludel_core::dbapi::Connection::release), and autocommit makes it cost nothing.
pub fn autocommit_outlives_a_release(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.set_isolation_level(Some(IsolationLevel::Autocommit)).unwrap();
    for rows in 1..=3 {
        blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
        assert_eq!(connection.release(), Released::Clean, "nothing is open");
        assert_eq!(table.count(), rows);
    }
}

/// [`Connection::begin`](aludel_core::dbapi::Connection::begin) in a session of [`IsolationLevel::Autocommit`].
pub fn a_transaction_in_autocommit_is_one(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.set_isolation_level(Some(IsolationLevel::Autocommit)).unwrap();
    connection.begin(&PLAIN).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    assert_eq!(table.count(), 0);
    connection.rollback().unwrap();
    connection.begin(&PLAIN.isolation_level(subject.other_level)).unwrap();
    if !matches!(subject.levels, Levels::One) {
        let level = table.level(&mut *connection);
        assert_eq!(level.as_deref(), Some(subject.other_level.as_str()));
    }
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    connection.commit().unwrap();
    assert_eq!(table.count(), 1);
    connection.begin(&PLAIN).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    let mut connection = blocking::give_back(connection);
    assert_eq!(table.count(), 1);
    // Its end is the end of transactions.
    connection.set_isolation_level(Some(IsolationLevel::Autocommit)).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    assert_eq!(table.count(), 2);
}

/// [`Connection::set_isolation_level`](aludel_core::dbapi::Connection::set_isolation_level).
pub fn the_isolation_level_is_kept_until_it_is_set_anew(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.begin(&PLAIN).unwrap();
    let own = table.level(&mut *connection);
    connection.rollback().unwrap();
    connection.set_isolation_level(Some(subject.other_level)).unwrap();
    let mut connection = blocking::give_back(connection);
    for _ in 0..2 {
        connection.begin(&PLAIN).unwrap();
        let other = table.level(&mut *connection);
        if other.is_some() {
            assert_eq!(other.as_deref(), Some(subject.other_level.as_str()));
        }
        connection.commit().unwrap();
    }
    connection.set_isolation_level(None).unwrap();
    connection.begin(&PLAIN).unwrap();
    assert_eq!(table.level(&mut *connection), own);
    connection.commit().unwrap();
}

/// [`Connection::set_isolation_level`](aludel_core::dbapi::Connection::set_isolation_level) in a transaction.
pub fn a_level_is_not_set_in_a_transaction(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    connection.begin(&PLAIN).unwrap();
    blocking::execute(&mut *connection, &table.insert_sql()).unwrap();
    let error = connection.set_isolation_level(Some(IsolationLevel::Autocommit)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    connection.rollback().unwrap();
    assert_eq!(table.count(), 0);
}
