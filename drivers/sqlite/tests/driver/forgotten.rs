//! Cursors that are forgotten without being dropped.

use aludel_core::dbapi::{ExecutionOptions, Released};
use aludel_core::error::ErrorKind;
use aludel_sqlite::SqliteDriver;
use aludel_testing::blocking::recover;
use aludel_testing::raw;

use crate::support::{Short, connect};

// fault: D12
#[test]
fn a_forgotten_cursor_is_dirty_and_terminated() {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    connection.run("insert into t values (1), (2)").unwrap();
    std::mem::forget(
        connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap(),
    );
    assert!(!connection.is_usable());
    for answer in [connection.run("select 1").map(drop), connection.commit(), connection.rollback()]
    {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains("take another"), "{error}");
    }
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none(), "a statement that cannot be reset was called clean");
    assert_eq!(connect(&driver).int("select count(*) from t"), 2);
}
