//! Values on their way in, rows on their way out.

use aludel_core::dbapi::RawRow;
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};
use rusqlite::types::{ToSqlOutput, ValueRef as Raw};
use rusqlite::{Row, ToSql};

/// A value to be bound.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl ToSql for Bound<'_> {
    #[inline]
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => Raw::Null,
            Value::Bool(value) => Raw::Integer(i64::from(*value)),
            Value::Int(value) => Raw::Integer(*value),
            Value::Float(value) if value.is_nan() => return Err(refused(nan())),
            Value::Float(value) => Raw::Real(*value),
            Value::Text(value) => Raw::Text(value.as_bytes()),
            Value::Bytes(value) => Raw::Blob(value),
            _ => return Err(refused(unknown())),
        }))
    }
}

fn refused(error: Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

#[cold]
fn nan() -> Error {
    Error::new(
        ErrorKind::Data,
        "NaN cannot be stored in SQLite, which would make it NULL; bind NULL if that is meant",
    )
}

#[cold]
fn unknown() -> Error {
    Error::new(ErrorKind::NotSupported, "SQLite has no such type of value; bind it as text")
}

/// A row that a statement stands on.
pub(crate) struct RowView<'r> {
    row: &'r Row<'r>,
    len: usize,
}

impl<'r> RowView<'r> {
    #[inline]
    pub(crate) fn new(row: &'r Row<'r>, len: usize) -> Self {
        Self { row, len }
    }
}

impl RawRow for RowView<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        match self.row.get_ref(index) {
            Ok(Raw::Text(text)) => checked(text),
            Ok(Raw::Integer(value)) => Ok(ValueRef::Int(value)),
            Ok(Raw::Null) => Ok(ValueRef::Null),
            Ok(Raw::Real(value)) => Ok(ValueRef::Float(value)),
            Ok(Raw::Blob(bytes)) => Ok(ValueRef::Bytes(bytes)),
            Err(error) => Err(crate::error::translate(error)),
        }
    }
}

#[inline]
fn checked(text: &[u8]) -> Result<ValueRef<'_>> {
    match std::str::from_utf8(text) {
        Ok(text) => Ok(ValueRef::Text(text)),
        Err(error) => Err(not_utf8(error)),
    }
}

#[cold]
fn not_utf8(error: std::str::Utf8Error) -> Error {
    let message = format!(
        "the text is not valid UTF-8 from byte {} on; select it as `cast(... as blob)` to get the \
         bytes",
        error.valid_up_to()
    );
    Error::new(ErrorKind::Decode, message).with_source(error)
}

/// A row that was copied, or made up.
pub(crate) struct OwnedRow(Vec<Cell>);

enum Cell {
    Null,
    Int(i64),
    Float(f64),
    /// Not checked yet.
    Text(Box<[u8]>),
    Bytes(Box<[u8]>),
}

impl OwnedRow {
    pub(crate) fn copy(row: &Row<'_>, len: usize) -> rusqlite::Result<Self> {
        let cell = |index| {
            Ok(match row.get_ref(index)? {
                Raw::Null => Cell::Null,
                Raw::Integer(value) => Cell::Int(value),
                Raw::Real(value) => Cell::Float(value),
                Raw::Text(text) => Cell::Text(text.into()),
                Raw::Blob(bytes) => Cell::Bytes(bytes.into()),
            })
        };
        (0..len).map(cell).collect::<rusqlite::Result<_>>().map(Self)
    }
}

impl From<i64> for OwnedRow {
    fn from(value: i64) -> Self {
        Self(vec![Cell::Int(value)])
    }
}

impl RawRow for OwnedRow {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        match &self.0[index] {
            Cell::Null => Ok(ValueRef::Null),
            Cell::Int(value) => Ok(ValueRef::Int(*value)),
            Cell::Float(value) => Ok(ValueRef::Float(*value)),
            Cell::Text(text) => checked(text),
            Cell::Bytes(bytes) => Ok(ValueRef::Bytes(bytes)),
        }
    }
}
