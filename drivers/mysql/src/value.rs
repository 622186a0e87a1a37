//! Values on their way to the server, and cells on their way back.
//!
//! A type that is no integer, float, text or bytes travels as [`ValueRef::Wire`]: its number in the
//! protocol, and its text as the server writes it, whichever protocol it came by.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use aludel_core::dbapi::{Columns, RawRow, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef, Wire};

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Row, Value as Cell};

use crate::wire_type::wire_type;

/// The number of the character set `binary`, whose columns hold bytes.
const BINARY: u16 = 63;

/// How many digits a second has behind its point, if the type does not say.
const NOT_FIXED: u8 = 31;

/// The values in the protocol's form. A boolean is 0 or 1.
pub(crate) fn encode(params: &[Value]) -> Result<Vec<Cell>> {
    let mut cells = Vec::with_capacity(params.len());
    for (index, value) in params.iter().enumerate() {
        let cell = encode_one(value);
        cells.push(cell.map_err(|error| error.context(&format!("parameter {}", index + 1)))?);
    }
    Ok(cells)
}

#[inline]
fn encode_one(value: &Value) -> Result<Cell> {
    Ok(match value {
        Value::Null => Cell::NULL,
        Value::Bool(value) => Cell::Int((*value).into()),
        Value::Int(value) => Cell::Int(*value),
        Value::Float(value) if value.is_finite() => Cell::Double(*value),
        Value::Float(_) => {
            return Err(Error::new(
                ErrorKind::Data,
                "NaN and infinity cannot be stored: MySQL's floats have neither; bind NULL if that is \
                 meant",
            ));
        }
        Value::Text(value) => Cell::Bytes(value.as_bytes().into()),
        Value::Bytes(value) => Cell::Bytes(value.to_vec()),
        other => {
            let what = other.as_ref().type_name();
            return Err(Error::new(
                ErrorKind::NotSupported,
                format!("{what} cannot be bound by this driver; bind it as text"),
            ));
        }
    })
}

/// How the cells of one column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoder {
    Int,
    Float,
    Text,
    Bytes,
    /// A date, with so many digits behind the seconds' point if it has a time.
    Temporal(ColumnType, u8),
    Wire(ColumnType),
}

impl Decoder {
    fn of(column: &Column) -> Self {
        use ColumnType as T;
        match column.column_type() {
            T::MYSQL_TYPE_TINY
            | T::MYSQL_TYPE_SHORT
            | T::MYSQL_TYPE_LONG
            | T::MYSQL_TYPE_INT24
            | T::MYSQL_TYPE_LONGLONG
            | T::MYSQL_TYPE_YEAR => Self::Int,
            T::MYSQL_TYPE_FLOAT | T::MYSQL_TYPE_DOUBLE => Self::Float,
            ty @ (T::MYSQL_TYPE_DATE
            | T::MYSQL_TYPE_TIME
            | T::MYSQL_TYPE_DATETIME
            | T::MYSQL_TYPE_TIMESTAMP) => Self::Temporal(ty, column.decimals()),
            T::MYSQL_TYPE_JSON | T::MYSQL_TYPE_ENUM | T::MYSQL_TYPE_SET => Self::Text,
            T::MYSQL_TYPE_VARCHAR
            | T::MYSQL_TYPE_VAR_STRING
            | T::MYSQL_TYPE_STRING
            | T::MYSQL_TYPE_TINY_BLOB
            | T::MYSQL_TYPE_MEDIUM_BLOB
            | T::MYSQL_TYPE_LONG_BLOB
            | T::MYSQL_TYPE_BLOB
            | T::MYSQL_TYPE_NULL => {
                if column.character_set() == BINARY {
                    Self::Bytes
                } else {
                    Self::Text
                }
            }
            other => Self::Wire(other),
        }
    }

    /// Whether a cell of it may have no bytes of its own to lend.
    fn needs_text(self, column: &Column) -> bool {
        match self {
            Self::Temporal(..) => true,
            Self::Int => {
                column.column_type() == ColumnType::MYSQL_TYPE_LONGLONG
                    && column.flags().contains(ColumnFlags::UNSIGNED_FLAG)
            }
            _ => false,
        }
    }
}

/// What is the same for all rows of a result: the names and how cells are read.
#[derive(Debug)]
pub(crate) struct Layout {
    source: Arc<[Column]>,
    pub(crate) columns: Arc<Columns>,
    decoders: Box<[Decoder]>,
    needs_text: bool,
}

impl Layout {
    pub(crate) fn of(source: Arc<[Column]>) -> Self {
        let decoders: Box<[_]> = source.iter().map(Decoder::of).collect();
        let needs_text =
            decoders.iter().zip(&*source).any(|(decoder, column)| decoder.needs_text(column));
        let columns = Columns::new(source.iter().map(|column| column.name_str().into_owned()));
        Self { source, columns: Arc::new(columns), decoders, needs_text }
    }

    /// The layout of an answer with these columns: the known one of the prepared statement, unless
    /// its tables have changed since, which the second answer says.
    #[inline]
    pub(crate) fn of_answer(columns: &[Column], known: Option<&Arc<Self>>) -> (Arc<Self>, bool) {
        match known {
            Some(known) if known.fits(columns) => (Arc::clone(known), false),
            known => (Arc::new(Self::of(columns.into())), known.is_some()),
        }
    }

    /// Whether rows with these columns can be read by it. MariaDB sends the columns only when they
    /// have changed; then both are one slice.
    #[inline]
    fn fits(&self, columns: &[Column]) -> bool {
        std::ptr::eq(&*self.source, columns)
            || self.source.len() == columns.len()
                && self.source.iter().zip(columns).all(|(this, that)| {
                    this.column_type() == that.column_type()
                        && this.character_set() == that.character_set()
                        && this.flags() == that.flags()
                        && this.decimals() == that.decimals()
                        && this.name_ref() == that.name_ref()
                })
    }
}

/// The texts of the cells of one row that have none of their own, kept for the next row's.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    cells: Vec<Range<usize>>,
}

impl Texts {
    /// A row that can lend all of its cells.
    pub(crate) fn row<'a>(&'a mut self, row: &'a Row, layout: &'a Layout) -> MyRow<'a> {
        if layout.needs_text {
            self.text.clear();
            self.cells.clear();
            for (index, decoder) in layout.decoders.iter().enumerate() {
                let start = self.text.len();
                if let Some(cell) = row.as_ref(index) {
                    // Writing to a string cannot fail.
                    let _ = write_cell(cell, *decoder, &mut self.text);
                }
                self.cells.push(start..self.text.len());
            }
        }
        MyRow { row, layout, texts: self }
    }

    fn bytes(&self, index: usize) -> &[u8] {
        self.cells.get(index).map_or(&[], |range| &self.text.as_bytes()[range.clone()])
    }
}

/// As the server writes it in its text protocol.
fn write_cell(cell: &Cell, decoder: Decoder, to: &mut String) -> std::fmt::Result {
    match (cell, decoder) {
        (Cell::UInt(value), _) if i64::try_from(*value).is_err() => write!(to, "{value}"),
        (Cell::Date(year, month, day, ..), Decoder::Temporal(ColumnType::MYSQL_TYPE_DATE, _)) => {
            write!(to, "{year:04}-{month:02}-{day:02}")
        }
        (
            Cell::Date(year, month, day, hour, minute, second, micros),
            Decoder::Temporal(_, digits),
        ) => {
            write!(to, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")?;
            write_fraction(*micros, digits, to)
        }
        (
            Cell::Time(negative, days, hour, minute, second, micros),
            Decoder::Temporal(_, digits),
        ) => {
            let sign = if *negative { "-" } else { "" };
            let hours = u64::from(*days) * 24 + u64::from(*hour);
            write!(to, "{sign}{hours:02}:{minute:02}:{second:02}")?;
            write_fraction(*micros, digits, to)
        }
        _ => Ok(()),
    }
}

fn write_fraction(micros: u32, digits: u8, to: &mut String) -> std::fmt::Result {
    let digits = match digits {
        0 => return Ok(()),
        1..=6 => usize::from(digits),
        NOT_FIXED.. if micros == 0 => return Ok(()),
        _ => 6,
    };
    let all = format!("{micros:06}");
    write!(to, ".{}", &all[..digits.min(all.len())])
}

/// A row with the layout of its result.
pub(crate) struct MyRow<'a> {
    row: &'a Row,
    layout: &'a Layout,
    texts: &'a Texts,
}

impl RawRow for MyRow<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.layout.decoders.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let (Some(cell), Some(decoder)) = (self.row.as_ref(index), self.layout.decoders.get(index))
        else {
            return Err(missing(index, self.len()));
        };
        Ok(match (cell, *decoder) {
            (Cell::NULL, _) => ValueRef::Null,
            (Cell::Int(value), Decoder::Int) => ValueRef::Int(*value),
            (Cell::UInt(value), Decoder::Int) => match i64::try_from(*value) {
                Ok(value) => ValueRef::Int(value),
                Err(_) => wire(ColumnType::MYSQL_TYPE_LONGLONG, self.texts.bytes(index)),
            },
            (Cell::Float(value), Decoder::Float) => ValueRef::Float((*value).into()),
            (Cell::Double(value), Decoder::Float) => ValueRef::Float(*value),
            (Cell::Bytes(bytes), Decoder::Text) => {
                ValueRef::Text(std::str::from_utf8(bytes).map_err(not_utf8)?)
            }
            (Cell::Bytes(bytes), Decoder::Bytes) => ValueRef::Bytes(bytes),
            (Cell::Bytes(bytes), Decoder::Wire(ty) | Decoder::Temporal(ty, _)) => wire(ty, bytes),
            (Cell::Date(..) | Cell::Time(..), Decoder::Temporal(ty, _)) => {
                wire(ty, self.texts.bytes(index))
            }
            // The text protocol writes numbers down.
            (Cell::Bytes(bytes), Decoder::Int) => match number::<i64>(bytes) {
                Some(value) => ValueRef::Int(value),
                None if number::<u64>(bytes).is_some() => {
                    wire(ColumnType::MYSQL_TYPE_LONGLONG, bytes)
                }
                None => return Err(unreadable("an integer")),
            },
            (Cell::Bytes(bytes), Decoder::Float) => {
                ValueRef::Float(number(bytes).ok_or_else(|| unreadable("a float"))?)
            }
            _ => return Err(unreadable("the column's type")),
        })
    }
}

fn wire(ty: ColumnType, bytes: &[u8]) -> ValueRef<'_> {
    ValueRef::Wire(Wire { ty: wire_type(ty), bytes })
}

fn number<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cold]
#[inline(never)]
fn missing(index: usize, columns: usize) -> Error {
    errors::no_column_at(index, columns)
}

#[cold]
#[inline(never)]
fn unreadable(wanted: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the server sent what does not read as {wanted}; please report it with the column's type"
        ),
    )
}

#[cold]
#[inline(never)]
fn not_utf8(error: std::str::Utf8Error) -> Error {
    errors::text_not_utf8(error, "cast it to BINARY to get the bytes")
}

#[cfg(test)]
mod tests {
    use mysql_common::row::new_row;

    use super::*;

    fn read(ty: ColumnType, decimals: u8, cell: Cell) -> Result<Value> {
        let column = Column::new(ty)
            .with_decimals(decimals)
            .with_flags(ColumnFlags::UNSIGNED_FLAG)
            .with_character_set(45);
        let columns: Arc<[Column]> = Arc::new([column]);
        let layout = Layout::of(Arc::clone(&columns));
        let row = new_row(vec![cell], columns);
        let mut texts = Texts::default();
        let row = texts.row(&row, &layout);
        match row.get(0)? {
            ValueRef::Wire(wire) => {
                assert_eq!((wire.ty.database(), wire.ty.id()), ("mysql", ty as u32));
                Ok(Value::from(std::str::from_utf8(wire.bytes).unwrap()))
            }
            plain => plain.to_value(),
        }
    }

    #[test]
    fn times_are_written_as_the_server_writes_them() {
        let date = |micros| Cell::Date(2024, 2, 29, 1, 2, 3, micros);
        for (ty, decimals, cell, expected) in [
            (ColumnType::MYSQL_TYPE_DATE, 0, date(0), "2024-02-29"),
            (ColumnType::MYSQL_TYPE_DATETIME, 0, date(0), "2024-02-29 01:02:03"),
            (ColumnType::MYSQL_TYPE_TIMESTAMP, 3, date(4_000), "2024-02-29 01:02:03.004"),
            (ColumnType::MYSQL_TYPE_DATETIME, 39, date(5), "2024-02-29 01:02:03.000005"),
            (ColumnType::MYSQL_TYPE_DATETIME, 31, date(0), "2024-02-29 01:02:03"),
            (ColumnType::MYSQL_TYPE_DATE, 0, Cell::Date(0, 0, 0, 0, 0, 0, 0), "0000-00-00"),
            (ColumnType::MYSQL_TYPE_TIME, 0, Cell::Time(true, 34, 22, 59, 59, 0), "-838:59:59"),
            (ColumnType::MYSQL_TYPE_TIME, 2, Cell::Time(false, 0, 1, 2, 3, 40_000), "01:02:03.04"),
        ] {
            assert_eq!(read(ty, decimals, cell).unwrap(), Value::from(expected));
        }
    }

    // fault: D16
    #[test]
    fn numbers_beyond_i64_keep_their_value() {
        let ty = ColumnType::MYSQL_TYPE_LONGLONG;
        assert_eq!(read(ty, 0, Cell::UInt(u64::MAX)).unwrap(), Value::from(u64::MAX.to_string()));
        let text = Cell::Bytes(b"18446744073709551615".to_vec());
        assert_eq!(read(ty, 0, text).unwrap(), Value::from("18446744073709551615"));
        assert_eq!(read(ty, 0, Cell::Bytes(b"-7".to_vec())).unwrap(), Value::Int(-7));
        assert!(read(ty, 0, Cell::Bytes(b"seven".to_vec())).is_err());
    }

    #[test]
    fn a_cell_that_does_not_match_its_column_is_an_error() {
        let error = read(ColumnType::MYSQL_TYPE_DOUBLE, 0, Cell::Int(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let error = read(ColumnType::MYSQL_TYPE_BLOB, 0, Cell::Bytes(vec![0xff])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("UTF-8"), "{error}");
    }

    #[test]
    fn what_has_no_place_is_refused_before_it_is_sent() {
        let params = [Value::Int(1), Value::Float(f64::NAN)];
        let error = encode(&params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().starts_with("parameter 2: NaN"), "{error}");
    }
}
