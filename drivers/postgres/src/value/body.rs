//! Rows as the server sends them.

use std::cell::Cell;

use aludel_core::dbapi::{RawRow, errors};
use aludel_core::error::{Error, Result};
use aludel_core::value::ValueRef;
use tokio_postgres::Column;

use super::{Decoder, at_column};

/// The body of a row's message with the decoders of its statement.
pub(crate) struct BodyRow<'a> {
    /// The cells, each behind its length.
    cells: &'a [u8],
    decoders: &'a [Decoder],
    columns: &'a [Column],
    /// A cell, and where it begins: most are read in order.
    next: Cell<(usize, usize)>,
}

impl<'a> BodyRow<'a> {
    /// # Errors
    ///
    /// It has not as many cells as the statement has columns.
    pub(crate) fn new(
        body: &'a [u8],
        decoders: &'a [Decoder],
        columns: &'a [Column],
    ) -> Result<Self> {
        match body.split_first_chunk() {
            Some((count, cells)) if usize::from(u16::from_be_bytes(*count)) == decoders.len() => {
                Ok(Self { cells, decoders, columns, next: Cell::new((0, 0)) })
            }
            _ => Err(malformed()),
        }
    }

    /// The bytes of a cell, and where the next one begins. `None` is NULL.
    fn cell(&self, at: usize) -> Option<(Option<&'a [u8]>, usize)> {
        let (length, rest) = self.cells.get(at..)?.split_first_chunk()?;
        let begin = at + length.len();
        match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => Some((Some(rest.get(..length)?), begin + length)),
            Err(_) => Some((None, begin)),
        }
    }
}

impl RawRow for BodyRow<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.decoders.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let (mut next, mut at) = self.next.get();
        if next > index {
            (next, at) = (0, 0);
        }
        loop {
            let Some((cell, behind)) = self.cell(at) else { return Err(malformed()) };
            at = behind;
            next += 1;
            if next > index {
                self.next.set((next, at));
                return match cell {
                    Some(bytes) => self.decoders[index].read(bytes),
                    None => Ok(ValueRef::Null),
                };
            }
        }
    }

    #[cold]
    fn error_at(&self, error: Error, index: usize) -> Error {
        at_column(self.columns, error, index)
    }
}

#[cold]
fn malformed() -> Error {
    errors::protocol_violation("PostgreSQL", "a row that does not hold what its statement returns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_in_any_order_and_within_their_row() {
        let decoders = [Decoder::Text, Decoder::Int8, Decoder::Text];
        let body = b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\x01c";
        let row = BodyRow::new(body, &decoders, &[]).unwrap();
        for index in [0, 1, 2, 2, 0, 2, 1] {
            let expected = [ValueRef::Text("ab"), ValueRef::Null, ValueRef::Text("c")][index];
            assert_eq!(row.get(index).unwrap(), expected);
        }
        for cut in 0..body.len() {
            let read = BodyRow::new(&body[..cut], &decoders, &[])
                .and_then(|row| row.get(2).map(|value| value == ValueRef::Text("c")));
            assert!(read.is_err(), "after {cut} bytes");
        }
        assert!(BodyRow::new(body, &decoders[..2], &[]).is_err());
    }
}
