//! Sinks: one that keeps what it gets, one that panics.

use std::sync::Arc;

use aludel_core::dbapi::{Columns, RawRow, RowSink};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};

/// What a cell is kept as.
pub trait Keep: Sized + Send {
    /// Makes an owned cell.
    ///
    /// # Errors
    ///
    /// The cell has no such form.
    fn keep(cell: ValueRef<'_>) -> Result<Self>;
}

impl Keep for Value {
    fn keep(cell: ValueRef<'_>) -> Result<Self> {
        cell.to_value()
    }
}

/// A cell that owns what it has, also in the form of the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A value that the driver has decoded.
    Plain(Value),
    /// The server's number for the type, and the bytes that it sent.
    Wire(u32, Vec<u8>),
}

impl Cell {
    /// A cell in the form of the wire that is a text.
    #[must_use]
    pub fn text(type_id: u32, text: &str) -> Self {
        Self::Wire(type_id, text.into())
    }
}

impl Keep for Cell {
    fn keep(cell: ValueRef<'_>) -> Result<Self> {
        Ok(match cell {
            ValueRef::Wire(wire) => Self::Wire(wire.ty.id(), wire.bytes.to_vec()),
            plain => Self::Plain(plain.to_value()?),
        })
    }
}

/// A sink that keeps every row, and fails at the row with a given number.
#[derive(Debug)]
pub struct Kept<C> {
    /// The columns, once they were announced.
    pub columns: Option<Arc<Columns>>,
    /// The rows so far.
    pub rows: Vec<Vec<C>>,
    /// How many rows it takes before it fails.
    pub fail_at: Option<usize>,
}

/// The sink for cells of any form.
pub type Rows = Kept<Cell>;

/// The sink for cells that are values.
pub type Values = Kept<Value>;

impl<C> Default for Kept<C> {
    fn default() -> Self {
        Self { columns: None, rows: Vec::new(), fail_at: None }
    }
}

impl<C> Kept<C> {
    /// A sink that fails at the row with this number.
    #[must_use]
    pub fn failing_at(row: usize) -> Self {
        Self { fail_at: Some(row), ..Self::default() }
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().flat_map(|columns| columns.names()).collect()
    }
}

impl Rows {
    /// The rows, all of whose cells are values.
    ///
    /// # Panics
    ///
    /// A cell is in the form of the wire.
    #[track_caller]
    #[must_use]
    pub fn values(self) -> Vec<Vec<Value>> {
        let plain = |cell| match cell {
            Cell::Plain(value) => value,
            Cell::Wire(type_id, _) => panic!("a cell of type {type_id} in the form of the wire"),
        };
        self.rows.into_iter().map(|row| row.into_iter().map(plain).collect()).collect()
    }
}

impl<C: Keep> RowSink for Kept<C> {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        assert!(self.columns.is_none(), "columns() was called twice");
        assert!(self.rows.is_empty(), "columns() was called after a row");
        self.columns = Some(Arc::clone(columns));
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if self.fail_at == Some(self.rows.len()) {
            return Err(Error::new(ErrorKind::Decode, "the sink had enough"));
        }
        let cells = (0..row.len()).map(|index| C::keep(row.get(index)?));
        self.rows.push(cells.collect::<Result<_>>()?);
        Ok(())
    }
}

/// A sink that panics at its first row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panicking;

impl RowSink for Panicking {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &dyn RawRow) -> Result<()> {
        panic!("on purpose")
    }
}
