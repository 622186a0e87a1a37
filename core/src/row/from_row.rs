//! Types that are made of rows, and the buffers that collect them.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::Arc;

use super::{Columns, RawRow, Row, RowBuffer};
use crate::error::Result;
use crate::value::FromValue;

/// A type made of the cells of one row, by position. Tuples have it; `#[derive(Mapped)]` writes it
/// for structs.
pub trait FromRow: Sized + Send + 'static {
    /// How many cells it takes.
    const WIDTH: usize;

    /// Reads the cells from position `start` on.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) or [`NoSuchColumn`](crate::ErrorKind::NoSuchColumn),
    /// naming the column.
    fn from_row(row: &dyn RawRow, start: usize) -> Result<Self>;
}

macro_rules! tuples {
    ($(($($ty:ident $at:tt),+) $width:literal;)*) => {$(
        impl<$($ty: FromValue + Send + 'static),+> FromRow for ($($ty,)+) {
            const WIDTH: usize = $width;

            #[inline]
            fn from_row(row: &dyn RawRow, start: usize) -> Result<Self> {
                Ok(($(row.read::<$ty>(start + $at)?,)+))
            }
        }
    )*};
}
tuples! {
    (A 0) 1;
    (A 0, B 1) 2;
    (A 0, B 1, C 2) 3;
    (A 0, B 1, C 2, D 3) 4;
    (A 0, B 1, C 2, D 3, E 4) 5;
    (A 0, B 1, C 2, D 3, E 4, F 5) 6;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6) 7;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7) 8;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) 9;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9) 10;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10) 11;
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11) 12;
}

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
    fn columns(&mut self, columns: &Arc<Columns>);

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

enum Decoded<T> {
    None,
    One(T),
    Many(VecDeque<T>),
}

impl<T> Decoded<T> {
    fn take(&mut self) -> Self {
        mem::replace(self, Self::None)
    }

    /// Makes room for more than the one there may be, and adds another.
    fn grow(&mut self, row: T) {
        let mut rows = match self.take() {
            Self::None => return *self = Self::One(row),
            Self::One(first) => {
                let mut rows = VecDeque::with_capacity(8);
                rows.push_back(first);
                rows
            }
            Self::Many(rows) => rows,
        };
        rows.push_back(row);
        *self = Self::Many(rows);
    }
}

impl<T: FromRow> fmt::Debug for TypedRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedRows").field("len", &self.len()).finish()
    }
}

impl<T> Default for TypedRows<T> {
    fn default() -> Self {
        Self(Decoded::None)
    }
}

impl<T: FromRow> Rows for TypedRows<T> {
    type Item = T;

    fn columns(&mut self, _: &Arc<Columns>) {}

    #[inline]
    fn push(&mut self, row: &dyn RawRow) -> Result<()> {
        let row = T::from_row(row, 0)?;
        match &mut self.0 {
            Decoded::Many(rows) => rows.push_back(row),
            few => few.grow(row),
        }
        Ok(())
    }

    fn len(&self) -> usize {
        match &self.0 {
            Decoded::None => 0,
            Decoded::One(_) => 1,
            Decoded::Many(rows) => rows.len(),
        }
    }

    fn next(&mut self) -> Option<T> {
        if let Decoded::Many(rows) = &mut self.0 {
            return rows.pop_front();
        }
        match self.0.take() {
            Decoded::One(row) => Some(row),
            _ => None,
        }
    }

    fn all(&mut self) -> Vec<T> {
        match self.0.take() {
            Decoded::None => Vec::new(),
            Decoded::One(row) => vec![row],
            // A deque whose front was never taken turns into a vector without moving anything.
            Decoded::Many(rows) => rows.into(),
        }
    }
}
