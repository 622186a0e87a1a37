//! Where a driver pushes rows.

use std::sync::Arc;

use crate::error::Result;
use crate::row::{Columns, RawRow};

/// After how many rows that were there at once an async driver lets others of its thread run. What a server has sent
/// ahead may be read without waiting for anything, however much it is.
pub const ROWS_OF_A_TURN: usize = 1_024;

/// Takes what a statement returns.
pub trait RowSink: Send {
    /// Called once, before the first row, if the statement returns rows; not called otherwise.
    ///
    /// # Errors
    ///
    /// Any; it ends the statement.
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()>;

    /// Called for each row. It MUST NOT wait for anything.
    ///
    /// # Errors
    ///
    /// Any; it ends the statement.
    fn row(&mut self, row: &dyn RawRow) -> Result<()>;

    /// Called by [`execute_many`](super::Connection::execute_many) alone, if the statement returns
    /// rows: the rows that follow belong to the set of parameters with this index. Every set that
    /// was executed is announced, in order, also one without rows.
    ///
    /// # Errors
    ///
    /// Any; it ends the statement.
    fn begin_set(&mut self, index: usize) -> Result<()> {
        let _ = index;
        Ok(())
    }
}

/// The sink that ignores rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRows;

impl RowSink for NoRows {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &dyn RawRow) -> Result<()> {
        Ok(())
    }
}
