//! The execution of a statement whose rows are read from a cursor, portion by portion.

use std::sync::Arc;

use crate::dbapi::{Connection, ExecutionOptions, Outcome, RowSink, Statement};
use crate::error::Result;
use crate::row::{Columns, RawRow};
use crate::value::Value;

/// Runs a statement to its last row.
pub(super) fn execute(
    connection: &mut dyn Connection,
    statement: &Statement,
    values: &[Value],
    options: &ExecutionOptions,
    sink: &mut dyn RowSink,
) -> Result<Outcome> {
    let mut cursor = connection.open_cursor(statement, values, options)?;
    sink.columns(&cursor.columns())?;
    let mut counted = Counted { sink, rows: 0 };
    while cursor.fetch(options.portion, &mut counted)? {}
    let rows = counted.rows;
    cursor.close()?;
    Ok(Outcome::rows(rows))
}

/// Counts what it hands on.
struct Counted<'s> {
    sink: &'s mut dyn RowSink,
    rows: u64,
}

impl RowSink for Counted<'_> {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        // The sink has them, from the cursor.
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.rows += 1;
        self.sink.row(row)
    }
}
