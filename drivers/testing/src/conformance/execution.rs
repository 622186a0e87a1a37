//! One statement: its sink, its cursor, its options.

use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, ParamType, Released, StatementKind, TransactionOptions,
    Version,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;

use super::Subject;
use crate::{BOUND, Rows, Values, blocking, raw, statement};

/// Three rows, as every database writes them.
const THREE: &str = "select 1 union all select 2 union all select 3";

const SOON: Duration = Duration::from_millis(100);

/// A time-out is no bound on how long the driver takes to notice it, but it is far from `slow`.
const NOTICED: Duration = Duration::from_secs(15);

/// [`Connection::server`].
pub fn the_server_is_known(subject: &Subject) {
    let connection = subject.connect();
    let server = connection.server();
    assert!(subject.products.contains(server.product()), "{server}");
    assert!(server.version() > Version::default(), "{server}");
    assert_eq!(Version::parse(server.version_text()), server.version());
}

/// The first promise of [`Connection::execute`].
pub fn a_sink_that_fails_ends_its_statement_only(subject: &Subject) {
    let mut connection = subject.connect();
    for row in 0..3 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let mut sink = Values::failing_at(row);
        let select = statement(THREE, StatementKind::Select);
        let error = connection
            .execute(&select, &[], &ExecutionOptions::DEFAULT, &mut sink)
            .expect_err("the sink had enough");
        assert_eq!((error.kind(), sink.rows.len()), (ErrorKind::Decode, row));
        assert!(connection.is_usable());
        blocking::assert_right_answers(&mut *connection, subject.placeholder);
        connection.commit().unwrap();
    }
    assert_eq!(connection.release(), Released::Clean);
}

/// The promise of [`Cursor`](aludel_core::dbapi::Cursor).
pub fn a_dropped_cursor_leaves_the_connection_usable(subject: &Subject) {
    let mut connection = subject.connect();
    let select = statement(THREE, StatementKind::Select);
    for read in [0, 1, 3] {
        for begun in [true, false] {
            if begun {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let mut rows = Rows::default();
            let options = ExecutionOptions::DEFAULT;
            let mut cursor = connection.open_cursor(&select, &[], &options).unwrap();
            cursor.fetch(read, &mut rows).unwrap();
            assert_eq!(rows.rows.len(), read);
            drop(cursor);
            assert!(connection.is_usable(), "{read}, {begun}");
            blocking::assert_right_answers(&mut *connection, subject.placeholder);
            connection.commit().unwrap();
        }
    }
    drop(connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).unwrap());
    let mut connection = blocking::give_back(connection);
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
}

/// [`ExecutionOptions::portion`], and portions of another size.
pub fn a_cursor_is_read_in_portions(subject: &Subject) {
    let mut connection = subject.connect();
    let select = statement(THREE, StatementKind::Select);
    for portion in [1, 2, 3, 4] {
        for fetched in [portion, 2] {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            let options = ExecutionOptions::new().portion(portion);
            let mut cursor = connection.open_cursor(&select, &[], &options).unwrap();
            assert_eq!(cursor.columns().len(), 1);
            let mut sizes = Vec::new();
            let mut more = true;
            while more {
                let mut rows = Values::default();
                more = cursor.fetch(fetched, &mut rows).unwrap();
                sizes.push(rows.rows.len());
            }
            assert_eq!(sizes.iter().sum::<usize>(), 3, "{sizes:?}");
            assert!(sizes.iter().all(|size| *size <= fetched), "{sizes:?}");
            assert!(!cursor.fetch(fetched, &mut NoRows).unwrap(), "it is over");
            cursor.close().unwrap();
            connection.commit().unwrap();
        }
    }
}

/// [`ExecutionOptions::cache_statement`].
pub fn a_statement_that_is_not_cached_runs_all_the_same(subject: &Subject) {
    let mut connection = subject.connect();
    let uncached = ExecutionOptions::new().cache_statement(false);
    let double = raw(&format!("select {} * 2", subject.placeholder));
    for (round, options) in
        [uncached.clone(), ExecutionOptions::DEFAULT, uncached].iter().enumerate()
    {
        let mut rows = Values::default();
        connection.execute(&double, &[Value::Int(4)], options, &mut rows).unwrap();
        assert_eq!(rows.rows, [[Value::Int(8)]], "{round}");
        let mut rows = Values::default();
        let mut cursor = connection.open_cursor(&double, &[Value::Int(5)], options).unwrap();
        cursor.fetch(9, &mut rows).unwrap();
        cursor.close().unwrap();
        assert_eq!(rows.rows, [[Value::Int(10)]], "{round}");
    }
}

/// [`ExecutionOptions::timeout`] of an execution, by text and by handle.
pub fn a_time_out_ends_the_statement(subject: &Subject) {
    let slow = raw(subject.slow);
    let options = ExecutionOptions::new().timeout(SOON);
    for by_handle in [false, true] {
        let mut connection = subject.connect();
        // A statement in time knows nothing of it.
        let long = ExecutionOptions::new().timeout(BOUND);
        connection.execute(&raw("select 1"), &[], &long, &mut NoRows).unwrap();
        connection.rollback().unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let started = Instant::now();
        let outcome = if by_handle {
            let handle = connection.prepare(&slow, &ExecutionOptions::DEFAULT).unwrap();
            connection.execute_prepared(handle, &[], &options, &mut NoRows)
        } else {
            connection.execute(&slow, &[], &options, &mut NoRows)
        };
        let error = outcome.expect_err("it takes longer");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(started.elapsed() < NOTICED, "{:?}", started.elapsed());
        recovered_or_gone(connection, subject);
    }
}

/// [`ExecutionOptions::timeout`] of a cursor: it holds for opening it and for each portion.
pub fn a_time_out_ends_a_portion_of_a_cursor(subject: &Subject) {
    let mut connection = subject.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let options = ExecutionOptions::new().timeout(SOON);
    let select = statement(subject.slow, StatementKind::Select);
    let started = Instant::now();
    let outcome = match connection.open_cursor(&select, &[], &options) {
        Ok(mut cursor) => cursor.fetch(1, &mut NoRows).map(drop),
        Err(error) => Err(error),
    };
    let error = outcome.expect_err("it takes longer");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(started.elapsed() < NOTICED, "{:?}", started.elapsed());
    recovered_or_gone(connection, subject);
}

/// What a time-out leaves: a connection that can be recovered, or one that is given up.
fn recovered_or_gone(mut connection: Box<dyn Connection>, subject: &Subject) {
    let connection = match connection.release() {
        Released::Clean => Some(connection),
        Released::Dirty => blocking::recover(connection),
    };
    if let Some(mut connection) = connection {
        blocking::assert_right_answers(&mut *connection, subject.placeholder);
    }
}

/// [`Statement::param_types`](aludel_core::dbapi::Statement::param_types).
pub fn types_of_parameters_change_no_value(subject: &Subject) {
    let mut connection = subject.connect();
    let mut answer = |ty: ParamType, sql: &str, value: Value| {
        let sql = sql.replace("{}", subject.placeholder);
        let typed = raw(&sql).with_param_types([ty]);
        let mut rows = Values::default();
        connection.execute(&typed, &[value], &ExecutionOptions::DEFAULT, &mut rows).unwrap();
        rows.rows.remove(0).remove(0)
    };
    assert_eq!(answer(ParamType::BigInteger, "select {} * 2", Value::Int(4)), Value::Int(8));
    assert_eq!(answer(ParamType::Integer, "select {} * 2", Value::Int(4)), Value::Int(8));
    assert_eq!(answer(ParamType::Unspecified, "select {} * 2", Value::Int(4)), Value::Int(8));
    assert_eq!(answer(ParamType::Double, "select {}", Value::Float(0.5)), Value::Float(0.5));
    assert_eq!(answer(ParamType::Text, "select {}", Value::from("a")), Value::from("a"));
    assert_eq!(answer(ParamType::Integer, "select {}", Value::Null), Value::Null);
}
