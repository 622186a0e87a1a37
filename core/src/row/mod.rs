//! Rows: [`RawRow`] as the driver has it, [`FromRow`] for types made of one, [`Row`] for those who
//! do not know the columns beforehand.

mod buffer;
mod columns;
mod decoded;
mod from_row;
mod named;

#[cfg(feature = "derive")]
pub use aludel_derive::FromRow;
pub use buffer::{ColumnIndex, Row, RowBuffer};
pub use columns::Columns;
pub use from_row::{Fetch, FromRow, Rows, TypedRows};
pub use named::{FromNamedRow, NamedRow, NamedRows, Picked};
#[doc(hidden)]
pub use named::{
    find_column, find_column_or_none, find_nested, read_column, read_column_or_default, read_nested,
};

use crate::error::{Error, ErrorKind, Result};
use crate::value::ValueRef;

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

    /// Says in an error at which column it came up.
    #[cold]
    fn error_at(&self, error: Error, index: usize) -> Error {
        error.context(&format!("column number {}", index + 1))
    }
}

impl dyn RawRow + '_ {
    /// What stands at a position, as a Rust type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`] if the row is shorter, [`ErrorKind::Decode`] if the cell holds
    /// something else.
    #[inline]
    pub fn read<T: FromRow>(&self, index: usize) -> Result<T> {
        T::from_row(self, index)
    }

    #[inline]
    fn cell(&self, index: usize) -> Result<ValueRef<'_>> {
        if index >= self.len() {
            return Err(too_short(index, self.len()));
        }
        self.get(index).map_err(|error| self.error_at(error, index))
    }
}

/// One value as what a type is made of that takes one cell.
///
/// # Errors
///
/// [`ErrorKind::Decode`] if the value is something else.
pub fn read_value<T: FromRow>(value: ValueRef<'_>) -> Result<T> {
    T::from_row(&Single(value), 0)
}

/// A row of one cell, which has no name worth telling.
struct Single<'a>(ValueRef<'a>);

impl RawRow for Single<'_> {
    fn len(&self) -> usize {
        1
    }

    fn get(&self, _: usize) -> Result<ValueRef<'_>> {
        Ok(self.0)
    }

    fn error_at(&self, error: Error, _: usize) -> Error {
        error
    }
}

#[cold]
#[inline(never)]
fn too_short(index: usize, len: usize) -> Error {
    Error::new(
        ErrorKind::NoSuchColumn,
        format!(
            "column number {} was asked for, but the row has {len}; the struct or tuple and the \
             statement do not match",
            index + 1
        ),
    )
}
