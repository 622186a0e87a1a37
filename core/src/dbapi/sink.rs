//! Where a driver pushes rows.

use std::sync::Arc;

use crate::error::Result;
use crate::row::{Columns, RawRow};

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
}

/// The sink for statements whose rows nobody wants.
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
