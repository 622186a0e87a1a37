//! What a statement answers, in the form in which answers are recorded.

use aludel::sql::{ClauseElement, Executable};
use aludel::{Connection, CursorResult, RawSql, Result, Row, Value};

/// The answer to a statement.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) rowcount: u64,
}

/// A statement whose type does not matter.
pub(crate) trait Statement {
    /// Runs it.
    fn run(&self, conn: &mut Connection) -> Result<Answer>;

    /// Its text with the values in it.
    fn literal_sql(&self, conn: &mut Connection) -> Result<String>;
}

impl<E: Executable> Statement for E {
    fn run(&self, conn: &mut Connection) -> Result<Answer> {
        of_result(conn.execute(self.untyped())?)
    }

    fn literal_sql(&self, conn: &mut Connection) -> Result<String> {
        ClauseElement::literal_sql(self, conn.engine().dialect())
    }
}

/// Runs text.
pub(crate) fn of_text(conn: &mut Connection, sql: String) -> Result<Answer> {
    of_result(conn.exec_driver_sql(RawSql::new(sql), ())?)
}

fn of_result(mut result: CursorResult<Row>) -> Result<Answer> {
    let columns = result.columns().names().map(str::to_owned).collect();
    let rowcount = result.rowcount();
    let values = |row: Row| (0..row.len()).map(|place| row.get::<Value>(place)).collect();
    if !result.returns_rows() {
        return Ok(Answer { columns, rows: Vec::new(), rowcount });
    }
    let rows = result.all()?.into_iter().map(values).collect::<Result<_>>()?;
    Ok(Answer { columns, rows, rowcount })
}
