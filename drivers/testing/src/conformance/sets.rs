//! Executions for many sets of parameters.

use std::sync::Arc;

use aludel_core::dbapi::{
    Columns, ExecutionOptions, NoRows, RawRow, RowSink, StatementKind, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;

use super::Subject;
use crate::{blocking, statement};

/// Keeps which set each row belongs to.
#[derive(Debug, Default)]
struct BySet {
    columns: usize,
    sets: Vec<(usize, Vec<Value>)>,
    /// The set whose first row it refuses.
    refuses: Option<usize>,
}

impl RowSink for BySet {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        assert!(self.columns == 0 && self.sets.is_empty(), "the columns come once, and first");
        self.columns = columns.len();
        Ok(())
    }

    fn begin_set(&mut self, index: usize) -> Result<()> {
        assert_eq!(index, self.sets.len(), "every set is announced, in order");
        self.sets.push((index, Vec::new()));
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        let (index, values) = self.sets.last_mut().expect("no set was announced");
        if self.refuses == Some(*index) {
            return Err(Error::new(ErrorKind::Decode, "the sink had enough"));
        }
        values.push(row.get(0)?.to_value()?);
        Ok(())
    }
}

const OPTIONS: &ExecutionOptions = &ExecutionOptions::DEFAULT;

fn numbers(count: i64) -> Vec<Vec<Value>> {
    (0..count).map(|number| vec![Value::Int(number)]).collect()
}

/// [`RowSink::begin_set`], for queries and, where there is one, INSERT … RETURNING.
pub fn rows_of_many_sets_say_whose_they_are(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    // Some sets have two rows, some none.
    let place = subject.placeholder;
    let query = statement(
        &format!(
            "select b from (select {place} as a) x, (select 1 as b union all select 2) y \
             where a % 3 > 0 order by b"
        ),
        StatementKind::Select,
    );
    for begun in [true, false] {
        if begun {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        let mut sink = BySet::default();
        let done = connection.execute_many(&query, &numbers(300), OPTIONS, &mut sink).unwrap();
        assert_eq!((done.rowcount, sink.columns, sink.sets.len()), (400, 1, 300));
        for (index, values) in &sink.sets {
            let expected: &[Value] =
                if index % 3 == 0 { &[] } else { &[Value::Int(1), Value::Int(2)] };
            assert_eq!(values, expected, "set {index}");
        }
        connection.commit().unwrap();
    }
    if subject.returning {
        let insert = format!("insert into {} values ({place}) returning a * 2", table.name);
        let insert = statement(&insert, StatementKind::Dml);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let mut sink = BySet::default();
        let done = connection.execute_many(&insert, &numbers(3000), OPTIONS, &mut sink).unwrap();
        assert_eq!(done.rowcount, 3000);
        for (index, values) in &sink.sets {
            assert_eq!(values, &[Value::Int(i64::try_from(*index).unwrap() * 2)]);
        }
        connection.commit().unwrap();
        assert_eq!((sink.sets.len(), table.count()), (3000, 3000));
    }
    blocking::assert_right_answers(&mut *connection, subject.placeholder);
}

/// [`RowSink::columns`] and [`RowSink::begin_set`] are for statements that return rows.
pub fn sets_without_rows_announce_nothing(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    let insert = format!("insert into {} values ({})", table.name, subject.placeholder);
    let insert = statement(&insert, StatementKind::Dml);
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let mut sink = BySet::default();
    let done = connection.execute_many(&insert, &numbers(20), OPTIONS, &mut sink).unwrap();
    assert_eq!((done.rowcount, sink.columns, sink.sets.len()), (20, 0, 0));
    let none = connection.execute_many(&insert, &[], OPTIONS, &mut NoRows).unwrap();
    assert_eq!(none.rowcount, 0);
    connection.commit().unwrap();
    assert_eq!(table.count(), 20);
}

/// A sink that fails in the middle of the sets.
pub fn a_sink_that_fails_ends_the_sets(subject: &Subject) {
    let mut connection = subject.connect();
    let query = format!("select {}", subject.placeholder);
    let query = statement(&query, StatementKind::Select);
    for refuses in [0, 1, 49] {
        for begun in [true, false] {
            if begun {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let mut sink = BySet { refuses: Some(refuses), ..BySet::default() };
            let outcome = connection.execute_many(&query, &numbers(50), OPTIONS, &mut sink);
            let error = outcome.expect_err("the sink had enough");
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.message().contains("the sink had enough"), "{error}");
            assert_eq!(sink.sets.len(), refuses + 1, "no set behind it is announced");
            assert!(connection.is_usable());
            blocking::assert_right_answers(&mut *connection, subject.placeholder);
            connection.commit().unwrap();
        }
    }
}

/// The failure of a set.
pub fn a_set_that_is_refused_is_named(subject: &Subject) {
    let table = subject.table();
    let mut connection = subject.connect();
    let insert = format!("insert into {} values ({})", table.name, subject.placeholder);
    let insert = statement(&insert, StatementKind::Dml);
    let mut sets = numbers(5);
    sets[3].push(Value::Int(1));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let outcome = connection.execute_many(&insert, &sets, OPTIONS, &mut NoRows);
    let error = outcome.expect_err("one value too many");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains('4'), "{error}");
    connection.rollback().unwrap();
    assert_eq!(table.count(), 0);
}
