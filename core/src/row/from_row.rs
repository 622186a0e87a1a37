//! Types that are made of rows, and the buffers that collect them.

use std::fmt;
use std::sync::Arc;

use super::decoded::Decoded;
use super::{Columns, RawRow, Row, RowBuffer};
use crate::error::Result;
use crate::value::{FromValue, ValueRef};

/// A type made of some cells of a row, by position.
///
/// A [`FromValue`] type is made of one cell, an `Option` of what it may be, and a tuple of what its
/// places are made of, one behind the other, up to 16. `#[derive(Mapped)]` writes it for structs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of the cells of a row",
    note = "read a type that has `FromValue`, an `Option` of one, a tuple of such, or a struct with \
            `#[derive(Mapped)]`"
)]
pub trait FromRow: Sized + Send + 'static {
    /// How many cells it takes.
    const WIDTH: usize;

    /// What it is where it is not NULL: `T` of an `Option<T>`, and else the type itself.
    type NotNull;

    /// The value, or `None` if it is NULL.
    fn not_null(self) -> Option<Self::NotNull>;

    /// Reads the cells from position `start` on.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) or [`NoSuchColumn`](crate::ErrorKind::NoSuchColumn),
    /// naming the column.
    fn from_row(row: &dyn RawRow, start: usize) -> Result<Self>;

    /// Reads the cells from position `start` on; `None` if all of them are NULL.
    ///
    /// # Errors
    ///
    /// As [`from_row`](Self::from_row).
    fn from_nullable(row: &dyn RawRow, start: usize) -> Result<Option<Self>> {
        for index in start..start + Self::WIDTH {
            if row.cell(index)? != ValueRef::Null {
                return Self::from_row(row, start).map(Some);
            }
        }
        Ok(None)
    }
}

impl<T: FromValue + Send + 'static> FromRow for T {
    const WIDTH: usize = 1;

    type NotNull = T;

    #[inline]
    fn not_null(self) -> Option<T> {
        Some(self)
    }

    #[inline]
    fn from_row(row: &dyn RawRow, start: usize) -> Result<Self> {
        T::from_value(row.cell(start)?).map_err(|error| row.error_at(error, start))
    }

    #[inline]
    fn from_nullable(row: &dyn RawRow, start: usize) -> Result<Option<Self>> {
        match row.cell(start)? {
            ValueRef::Null => Ok(None),
            cell => T::from_value(cell).map(Some).map_err(|error| row.error_at(error, start)),
        }
    }
}

/// NULL is `None`; what takes several cells is `None` if all of them are NULL.
impl<T: FromRow> FromRow for Option<T> {
    const WIDTH: usize = T::WIDTH;

    type NotNull = T::NotNull;

    #[inline]
    fn not_null(self) -> Option<T::NotNull> {
        self.and_then(T::not_null)
    }

    #[inline]
    fn from_row(row: &dyn RawRow, start: usize) -> Result<Self> {
        T::from_nullable(row, start)
    }
}

macro_rules! from_row {
    ($($place:ident $at:tt),+) => {
        impl<$($place: FromRow),+> FromRow for ($($place,)+) {
            const WIDTH: usize = 0 $(+ $place::WIDTH)+;

            type NotNull = Self;

            #[inline]
            fn not_null(self) -> Option<Self> {
                Some(self)
            }

            #[inline]
            #[expect(unused_assignments, reason = "behind the last place nothing is read")]
            fn from_row(row: &dyn RawRow, mut start: usize) -> Result<Self> {
                Ok(($({
                    let place = $place::from_row(row, start)?;
                    start += $place::WIDTH;
                    place
                },)+))
            }
        }
    };
}
tuples!(from_row);

/// What a statement's rows become: a [`FromRow`] type, or the untyped [`Row`].
pub trait Fetch: Sized + Send + 'static {
    /// What collects them.
    type Rows: Rows<Item = Self>;
}

impl<T: FromRow> Fetch for T {
    type Rows = TypedRows<T>;
}

impl Fetch for Row {
    type Rows = RowBuffer;
}

/// Collects rows as they are pushed, and gives them back in order.
pub trait Rows: Default + Send + 'static {
    /// What one row becomes.
    type Item;

    /// Takes note of the columns.
    ///
    /// # Errors
    ///
    /// What the rows become is not made of these columns.
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()>;

    /// Takes one row.
    ///
    /// # Errors
    ///
    /// The row cannot be decoded.
    fn push(&mut self, row: &dyn RawRow) -> Result<()>;

    /// The number of rows not yet taken.
    fn len(&self) -> usize;

    /// Whether none is left.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the next row.
    fn next(&mut self) -> Option<Self::Item>;

    /// Takes all that are left.
    fn all(&mut self) -> Vec<Self::Item> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

/// Decoded rows. A single one needs no memory beside the result.
pub struct TypedRows<T>(Decoded<T>);

impl<T: FromRow> fmt::Debug for TypedRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedRows").field("len", &self.len()).finish()
    }
}

impl<T> Default for TypedRows<T> {
    fn default() -> Self {
        Self(Decoded::default())
    }
}

impl<T: FromRow> Rows for TypedRows<T> {
    type Item = T;

    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn push(&mut self, row: &dyn RawRow) -> Result<()> {
        self.0.push(T::from_row(row, 0)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }

    fn all(&mut self) -> Vec<T> {
        self.0.all()
    }
}
