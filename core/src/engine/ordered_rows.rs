//! Rows that an INSERT of many rows gives, which must be in the order of those that it inserts.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::dbapi::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Columns, RawRow};
use crate::sql::{RowOrder, Witness};
use crate::value::{Value, ValueRef};

/// Passes rows on, one by one, as long as their keys say that they are in order.
pub(super) struct OrderedRows<'s> {
    sink: &'s mut dyn RowSink,
    order: &'s RowOrder,
    /// The keys that were given, row by row.
    given: std::vec::IntoIter<Value>,
    rows: usize,
    /// The last key that the database has counted, and whether it counts up or down.
    last: Option<i128>,
    direction: Option<Ordering>,
}

impl<'s> OrderedRows<'s> {
    pub(super) fn new(sink: &'s mut dyn RowSink, order: &'s RowOrder, given: Vec<Value>) -> Self {
        Self { sink, order, given: given.into_iter(), rows: 0, last: None, direction: None }
    }

    /// All rows have come, of which there must be so many.
    pub(super) fn finish(self, rows: usize) -> Result<()> {
        if self.rows == rows {
            return Ok(());
        }
        Err(unknown_order(&format!("{rows} rows were inserted and {} came back", self.rows)))
    }

    fn check(&mut self, row: &dyn RawRow) -> Result<()> {
        for Witness { place, is_added, given } in &self.order.witnesses {
            let place = if *is_added { row.len().checked_sub(*place) } else { Some(*place) };
            let Some(place) = place.filter(|place| *place < row.len()) else {
                return Err(unknown_order("the key is not among the columns that came back"));
            };
            let key = row.get(place)?;
            let is_next = match given {
                None => self.counts(key),
                Some(_) => self.given.next().is_some_and(|given| is_same(key, &given)),
            };
            if !is_next {
                return Err(unknown_order("the keys of the rows are not in their order"));
            }
        }
        Ok(())
    }

    /// Whether a key is the next that the database counts.
    #[inline]
    fn counts(&mut self, key: ValueRef<'_>) -> bool {
        let Some(key) = integer(key) else { return false };
        let Some(last) = self.last.replace(key) else { return true };
        let step = key.cmp(&last);
        step.is_ne() && *self.direction.get_or_insert(step) == step
    }
}

impl RowSink for OrderedRows<'_> {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        match columns.len().checked_sub(self.order.added) {
            None | Some(0) => self.sink.columns(columns),
            Some(_) if self.order.added == 0 => self.sink.columns(columns),
            Some(len) => self.sink.columns(&Arc::new(columns.first(len))),
        }
    }

    #[inline]
    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.rows += 1;
        self.check(row)?;
        match self.order.added {
            0 => self.sink.row(row),
            added => self.sink.row(&Front { len: row.len() - added, row }),
        }
    }
}

/// The first cells of a row.
struct Front<'r> {
    row: &'r dyn RawRow,
    len: usize,
}

impl RawRow for Front<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        self.row.get(index)
    }

    fn error_at(&self, error: Error, index: usize) -> Error {
        self.row.error_at(error, index)
    }
}

fn integer(value: ValueRef<'_>) -> Option<i128> {
    match value {
        ValueRef::Int(value) => Some(value.into()),
        ValueRef::UInt(value) => Some(value.into()),
        _ => None,
    }
}

/// Whether a key came back as it was given; a UUID may come back as text.
fn is_same(key: ValueRef<'_>, given: &Value) -> bool {
    match (key, given) {
        (ValueRef::Text(text), Value::Uuid(uuid)) => text.eq_ignore_ascii_case(&uuid.to_string()),
        (ValueRef::Bytes(bytes), Value::Uuid(uuid)) => bytes == uuid.as_bytes(),
        _ => {
            key == given.as_ref()
                || integer(key).is_some_and(|key| Some(key) == integer(given.as_ref()))
        }
    }
}

#[cold]
fn unknown_order(why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "it is unknown which row that came back belongs to which set of parameters: {why}. The \
             database, or a trigger, has made the keys otherwise than by counting; roll back, and \
             execute with `insertmanyvalues_page_size(1)`, which sends each set by itself"
        ),
    )
}
