//! Statements that stay open: every row once, and no lock left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aludel_core::dbapi::ExecutionOptions;
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_sqlite::SqliteDriver;
use aludel_testing::{Panicking, Values, raw};

use crate::kind::settle;
use crate::support::{Folder, Short, after_panic, connect, memory};

const NUMBERS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n \
                       where i < ?) select i, 'row ' || i from n";

// It would fail if making `Rows` stepped or reset the statement, or forgetting them did.
#[test]
fn portions_of_any_size_give_every_row_exactly_once() {
    let mut connection = memory(&[]);
    for rows in [1, 2, 5, 6, 7] {
        for portions in [vec![1], vec![2], vec![3], vec![1, 2, 3], vec![6], vec![7], vec![100]] {
            let mut kept = Values::default();
            let mut cursor = connection
                .open_cursor(&raw(NUMBERS), &[Value::Int(rows)], &ExecutionOptions::DEFAULT)
                .unwrap();
            let mut sizes = portions.iter().cycle();
            loop {
                let before = kept.rows.len();
                let size = *sizes.next().unwrap();
                let more = cursor.fetch(size, &mut kept).unwrap();
                assert!(kept.rows.len() - before <= size);
                if !more {
                    break;
                }
                assert_eq!(kept.rows.len() - before, size, "a short portion before the end");
            }
            assert!(!cursor.fetch(1, &mut kept).unwrap(), "the statement started again");
            cursor.close().unwrap();
            let expected: Vec<_> =
                (1..=rows).map(|i| vec![Value::Int(i), Value::from(format!("row {i}"))]).collect();
            assert_eq!(kept.rows, expected, "{rows} rows in portions of {portions:?}");
        }
    }
}

#[test]
fn a_cursor_knows_its_columns_before_the_first_fetch() {
    let mut connection = memory(&["create table t (a, b)", "insert into t values (1, 2)"]);
    assert_eq!(connection.query("select * from t", &[]).unwrap().names(), ["a", "b"]);
    connection.run("alter table t add column c default 'new'").unwrap();
    let mut cursor =
        connection.open_cursor(&raw("select * from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    assert_eq!(cursor.columns().names().collect::<Vec<_>>(), ["a", "b", "c"]);
    let mut kept = Values::default();
    assert!(cursor.fetch(0, &mut kept).unwrap());
    assert!(!cursor.fetch(9, &mut kept).unwrap());
    assert_eq!(kept.rows, [vec![Value::Int(1), Value::Int(2), Value::from("new")]]);
    drop(cursor);
    let empty = connection
        .open_cursor(&raw("select a from t where a > 5"), &[], &ExecutionOptions::DEFAULT)
        .unwrap();
    assert_eq!(empty.columns().names().collect::<Vec<_>>(), ["a"]);
}

// fault: D12
#[test]
fn a_cursor_dropped_half_way_leaves_no_read_lock() {
    let folder = Folder::new();
    for driver in
        [SqliteDriver::memory().unwrap(), SqliteDriver::file(folder.path("t.db")).unwrap()]
    {
        let (mut reader, mut writer) = (connect(&driver), connect(&driver));
        reader.run("create table t (a)").unwrap();
        reader.run("insert into t values (1), (2), (3)").unwrap();
        writer.run("pragma busy_timeout = 0").unwrap();
        for close in [true, false] {
            let mut cursor = reader
                .open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT)
                .unwrap();
            assert!(cursor.fetch(1, &mut Values::default()).unwrap());
            let busy = writer.run("update t set a = a + 1").unwrap_err();
            assert!(busy.is_busy(), "the reader holds no lock, so the test proves nothing: {busy}");
            if close {
                cursor.close().unwrap();
            } else {
                drop(cursor);
                settle(&mut *reader);
            }
            writer.run("update t set a = a + 1").unwrap();
            assert!(reader.is_usable());
            assert_eq!(reader.query("select a from t", &[]).unwrap().rows.len(), 3);
        }
    }
}

// fault: D12
#[test]
fn the_write_ahead_log_can_be_checkpointed_after_a_partial_read() {
    let folder = Folder::new();
    let driver = SqliteDriver::file(folder.path("wal.db")).unwrap();
    let (mut reader, mut writer) = (connect(&driver), connect(&driver));
    writer.run("pragma journal_mode = wal").unwrap();
    writer.run("create table t (a)").unwrap();
    writer.run("insert into t values (1), (2), (3)").unwrap();
    let mut cursor =
        reader.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    drop(cursor);
    settle(&mut *reader);
    writer.run("insert into t values (4)").unwrap();
    let checkpoint = writer.query("pragma wal_checkpoint(truncate)", &[]).unwrap();
    assert_eq!(checkpoint.rows[0][0], Value::Int(0), "the checkpoint was blocked");
}

#[test]
fn a_cursor_that_failed_says_so_and_frees_the_connection() {
    let mut connection = memory(&["create table t (a)", "insert into t values (1), (2), (3)"]);
    let mut cursor =
        connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    let mut sink = Values { fail_at: Some(1), ..Values::default() };
    assert_eq!(cursor.fetch(3, &mut sink).unwrap_err().message(), "the sink had enough");
    let again = cursor.fetch(3, &mut Values::default()).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::ResourceClosed);
    drop(cursor);
    assert_eq!(connection.int("select count(*) from t"), 3);
}

#[test]
fn a_panic_in_the_sink_does_not_start_the_statement_over() {
    let mut connection = memory(&["create table t (a)", "insert into t values (1), (2), (3)"]);
    let mut cursor =
        connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    let mut kept = Values::default();
    assert!(cursor.fetch(1, &mut kept).unwrap());
    assert!(catch_unwind(AssertUnwindSafe(|| cursor.fetch(1, &mut Panicking))).is_err());
    assert!(cursor.fetch(1, &mut kept).is_err());
    assert_eq!(kept.rows, [[Value::Int(1)]]);
    drop(cursor);
    assert_eq!(after_panic(connection).int("select count(*) from t"), 3);
}

#[test]
fn errors_of_a_cursor_come_from_the_step_that_makes_them() {
    let mut connection = memory(&["create table t (a)", "insert into t values (1), (2)"]);
    let sql = "select case a when 2 then abs(-9223372036854775807 - 1) else a end from t";
    let mut cursor = connection.open_cursor(&raw(sql), &[], &ExecutionOptions::DEFAULT).unwrap();
    let mut kept = Values::default();
    let error = cursor.fetch(5, &mut kept).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert_eq!(kept.rows, [[Value::Int(1)]]);
}

// fault: D12
#[test]
fn a_statement_that_writes_is_committed_when_its_cursor_closes_or_it_says_why_not() {
    let folder = Folder::new();
    let driver = SqliteDriver::file(folder.path("t.db")).unwrap();
    let (mut writer, mut reader) = (connect(&driver), connect(&driver));
    writer.run("create table t (a)").unwrap();
    writer.run("insert into t values (0)").unwrap();
    writer.run("pragma busy_timeout = 0").unwrap();
    let insert = raw("insert into t values (1), (2), (3) returning a");
    let mut cursor = writer.open_cursor(&insert, &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    cursor.close().unwrap();
    assert_eq!(reader.int("select count(*) from t"), 4);
    let mut reading =
        reader.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(reading.fetch(1, &mut Values::default()).unwrap());
    let mut cursor = writer.open_cursor(&insert, &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut Values::default()).unwrap());
    let error = cursor.close().unwrap_err();
    assert!(error.is_busy(), "{error}");
    drop(reading);
    assert_eq!(reader.int("select count(*) from t"), 4);
}
