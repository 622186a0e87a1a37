//! Values on their way in, rows on their way out.

use aludel_core::dbapi::RawRow;
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Date, DateTime, Time, Value, ValueRef};
use rusqlite::types::{ToSqlOutput, ValueRef as Raw};
use rusqlite::{Row, Statement, ToSql};

/// A value to be bound.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

/// Each kind of value has one form in SQLite, so that values compare as they are stored: text for all
/// that SQLite has no type for, with dates that sort as they follow each other, and the number of
/// microseconds for a length of time.
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
            other => return rare(other).map_err(refused),
        }))
    }
}

fn rare(value: &Value) -> Result<ToSqlOutput<'_>> {
    Ok(match value {
        Value::UInt(_) => {
            return Err(Error::new(
                ErrorKind::Data,
                "the integer is above 9223372036854775807, the largest in SQLite; bind it as Decimal or \
                 as text",
            ));
        }
        Value::Decimal(value) => borrowed(value.as_str()),
        Value::Json(value) => borrowed(value.get()),
        Value::Date(value) => ToSqlOutput::from(written(in_order(*value)?)),
        Value::Time(value) => ToSqlOutput::from(format!("{value:.6}")),
        Value::TimeTz(value) => ToSqlOutput::from(format!("{value:.6}")),
        Value::DateTime(value) => ToSqlOutput::from(moment(*value)?),
        Value::Timestamp(value) => ToSqlOutput::from(moment(value.to_utc())?),
        Value::Interval(value) => match value.as_micros() {
            Some(micros) => ToSqlOutput::from(micros),
            None => {
                return Err(Error::new(
                    ErrorKind::Data,
                    "the interval has months or days, and SQLite keeps microseconds only; bind the \
                     months and days as integers",
                ));
            }
        },
        Value::Uuid(value) => ToSqlOutput::from(value.to_string()),
        Value::Bits(value) => ToSqlOutput::from(value.to_string()),
        Value::Other(other) => match (other.as_text(), other.as_bytes()) {
            (Some(text), _) => borrowed(text),
            (None, bytes) => ToSqlOutput::Borrowed(Raw::Blob(bytes.unwrap_or_default())),
        },
        _ => return Err(unknown(value)),
    })
}

fn borrowed(text: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(Raw::Text(text.as_bytes()))
}

/// The date, if its text sorts among those of others and SQLite's own functions read it.
fn in_order(date: Date) -> Result<Date> {
    match date.ymd() {
        Some((0..=9999, ..)) => Ok(date),
        _ => Err(Error::new(
            ErrorKind::Data,
            "SQLite's dates are in the years 0 to 9999, and none is infinite; bind another one as text",
        )),
    }
}

/// `2024-02-29 13:05:00.250000`, always with six digits.
fn moment(moment: DateTime) -> Result<String> {
    let date = in_order(moment.date())?;
    let time = moment.time().unwrap_or(Time::MIDNIGHT);
    Ok(format!("{} {time:.6}", written(date)))
}

/// The year 0 is `0000`, which other databases call `0001 BC`.
fn written(date: Date) -> String {
    let (year, month, day) = date.ymd().unwrap_or_default();
    format!("{year:04}-{month:02}-{day:02}")
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
fn unknown(value: &Value) -> Error {
    let what = value.as_ref().type_name();
    Error::new(
        ErrorKind::NotSupported,
        format!("{what} cannot be bound: SQLite has no such type; bind it as text or as JSON"),
    )
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

    #[cold]
    fn error_at(&self, error: Error, index: usize) -> Error {
        let statement: &Statement<'_> = self.row.as_ref();
        let class = self.row.get_ref(index).map_or("", |value| match value {
            Raw::Null => "NULL",
            Raw::Integer(_) => "INTEGER",
            Raw::Real(_) => "REAL",
            Raw::Text(_) => "TEXT",
            Raw::Blob(_) => "BLOB",
        });
        match statement.column_name(index) {
            Ok(name) => error.context(&format!("column {name:?} ({class})")),
            Err(_) => error.context(&format!("column number {}", index + 1)),
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
