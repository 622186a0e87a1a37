//! Rows: [`RawRow`] as the driver has it, [`FromRow`] for types made of one, [`Row`] for those who
//! do not know the columns beforehand.

mod buffer;
mod columns;
mod from_row;

pub use buffer::{ColumnIndex, Row, RowBuffer};
pub use columns::Columns;
pub use from_row::{Fetch, FromRow, Rows, TypedRows};

use crate::error::{Error, ErrorKind, Result};
use crate::value::{FromValue, ValueRef};

/// A row in the driver's form, borrowed while it is pushed.
pub trait RawRow {
    /// The number of cells.
    fn len(&self) -> usize;

    /// Whether there are no cells.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell at a position, which the caller knows to be smaller than [`len`](Self::len).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the driver cannot make sense of the bytes, such as text that is
    /// not UTF-8.
    fn get(&self, index: usize) -> Result<ValueRef<'_>>;
}

impl dyn RawRow + '_ {
    /// The cell at a position as a Rust type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`] if the row is shorter, [`ErrorKind::Decode`] if the cell holds
    /// something else.
    #[inline]
    pub fn read<T: FromValue>(&self, index: usize) -> Result<T> {
        if index >= self.len() {
            return Err(too_short(index, self.len()));
        }
        self.get(index).and_then(T::from_value).map_err(|error| at_column(error, index))
    }
}

#[cold]
#[inline(never)]
fn too_short(index: usize, len: usize) -> Error {
    Error::new(
        ErrorKind::NoSuchColumn,
        format!("column number {} was asked for, but the row has {len}", index + 1),
    )
}

#[cold]
#[inline(never)]
fn at_column(error: Error, index: usize) -> Error {
    error.context(&format!("column number {}", index + 1))
}
