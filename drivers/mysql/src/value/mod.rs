//! Values on their way to the server, and cells on their way back.
//!
//! Both protocols give the same values. A date that is none (`0000-00-00`) travels as
//! [`ValueRef::Wire`]: its number in the protocol, and its text as the server writes it.

mod encode;
mod temporal;

use std::ops::Range;
use std::sync::Arc;

use aludel_core::dbapi::{Columns, RawRow, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{BitsRef, NumericRef, ValueRef, Wire};
use mysql_async::consts::ColumnType;
use mysql_async::{Column, Row, Value as Cell};

pub(crate) use encode::encode;

use crate::wire_type::wire_type;

/// The number of the character set `binary`, whose columns hold bytes.
const BINARY: u16 = 63;

/// How the cells of one column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoder {
    Int,
    Float,
    Decimal,
    Text,
    Json,
    Bytes,
    /// So many bits.
    Bits(u32),
    /// A date, a time, or both.
    Temporal(ColumnType),
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
            T::MYSQL_TYPE_DECIMAL | T::MYSQL_TYPE_NEWDECIMAL => Self::Decimal,
            ty @ (T::MYSQL_TYPE_DATE
            | T::MYSQL_TYPE_TIME
            | T::MYSQL_TYPE_DATETIME
            | T::MYSQL_TYPE_TIMESTAMP) => Self::Temporal(ty),
            T::MYSQL_TYPE_BIT => Self::Bits(column.column_length()),
            T::MYSQL_TYPE_JSON => Self::Json,
            T::MYSQL_TYPE_ENUM | T::MYSQL_TYPE_SET => Self::Text,
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
}

/// What is the same for all rows of a result: the names and how cells are read.
#[derive(Debug)]
pub(crate) struct Layout {
    source: Arc<[Column]>,
    pub(crate) columns: Arc<Columns>,
    decoders: Box<[Decoder]>,
    /// Whether there may be dates that are none.
    has_dates: bool,
}

impl Layout {
    pub(crate) fn of(source: Arc<[Column]>) -> Self {
        let decoders: Box<[_]> = source.iter().map(Decoder::of).collect();
        let has_dates = decoders.iter().any(|decoder| matches!(decoder, Decoder::Temporal(_)));
        let types = source.iter().map(|column| wire_type(column.column_type()).name());
        let columns = Columns::new(source.iter().map(|column| column.name_str().into_owned()))
            .with_types(types);
        Self { source, columns: Arc::new(columns), decoders, has_dates }
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

/// The texts of the dates of one row that are none, kept for the next row's.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    cells: Vec<(usize, Range<usize>)>,
}

impl Texts {
    /// A row that can lend all of its cells.
    #[inline]
    pub(crate) fn row<'a>(&'a mut self, row: &'a Row, layout: &'a Layout) -> MyRow<'a> {
        if layout.has_dates {
            self.write_odd_dates(row, layout);
        }
        MyRow { row, layout, texts: self }
    }

    fn write_odd_dates(&mut self, row: &Row, layout: &Layout) {
        self.text.clear();
        self.cells.clear();
        for index in 0..layout.decoders.len() {
            if let Some(Cell::Date(year, month, day, hour, minute, second, micros)) =
                row.as_ref(index)
                && (*month == 0 || *day == 0)
            {
                let start = self.text.len();
                self.text.push_str(&format!("{year:04}-{month:02}-{day:02}"));
                if layout.decoders[index] != Decoder::Temporal(ColumnType::MYSQL_TYPE_DATE) {
                    self.text.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
                    if *micros > 0 {
                        self.text.push_str(&format!(".{micros:06}"));
                    }
                }
                self.cells.push((index, start..self.text.len()));
            }
        }
    }

    fn bytes(&self, index: usize) -> &[u8] {
        let found = self.cells.iter().find(|(at, _)| *at == index);
        found.map_or(&[], |(_, range)| &self.text.as_bytes()[range.clone()])
    }
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
            (Cell::UInt(value), Decoder::Int) => unsigned(*value),
            (Cell::Float(value), Decoder::Float) => ValueRef::Float((*value).into()),
            (Cell::Double(value), Decoder::Float) => ValueRef::Float(*value),
            (Cell::Bytes(bytes), Decoder::Text) => ValueRef::Text(text(bytes)?),
            (Cell::Bytes(bytes), Decoder::Bytes) => ValueRef::Bytes(bytes),
            (Cell::Bytes(bytes), Decoder::Decimal) => {
                ValueRef::Numeric(NumericRef::Text(text(bytes)?))
            }
            (Cell::Bytes(bytes), Decoder::Json) => ValueRef::Json(text(bytes)?),
            (Cell::Bytes(bytes), Decoder::Bits(len)) => ValueRef::Bits(BitsRef::last(bytes, len)),
            (Cell::Bytes(bytes), Decoder::Wire(ty)) => wire(ty, bytes),
            (Cell::Date(..) | Cell::Time(..), Decoder::Temporal(ty)) => {
                temporal::read(cell, ty).unwrap_or_else(|| wire(ty, self.texts.bytes(index)))
            }
            // The text protocol writes all down.
            (Cell::Bytes(bytes), Decoder::Temporal(ty)) => {
                temporal::parse(text(bytes)?, ty).unwrap_or_else(|| wire(ty, bytes))
            }
            (Cell::Bytes(bytes), Decoder::Int) => match number::<i64>(bytes) {
                Some(value) => ValueRef::Int(value),
                None => unsigned(number(bytes).ok_or_else(|| unreadable("an integer"))?),
            },
            (Cell::Bytes(bytes), Decoder::Float) => {
                ValueRef::Float(number(bytes).ok_or_else(|| unreadable("a float"))?)
            }
            _ => return Err(unreadable("the column's type")),
        })
    }

    #[cold]
    fn error_at(&self, error: Error, index: usize) -> Error {
        error.context(&self.layout.columns.described(index))
    }
}

fn unsigned<'a>(value: u64) -> ValueRef<'a> {
    i64::try_from(value).map_or(ValueRef::UInt(value), ValueRef::Int)
}

#[inline]
fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(not_utf8)
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
    use aludel_core::value::{Date, Interval, Other, Time, Value};
    use mysql_async::consts::ColumnFlags;
    use mysql_common::row::new_row;

    use super::*;

    fn read(ty: ColumnType, cell: Cell) -> Result<Value> {
        let column = Column::new(ty)
            .with_flags(ColumnFlags::UNSIGNED_FLAG)
            .with_column_length(9)
            .with_character_set(45);
        let columns: Arc<[Column]> = Arc::new([column]);
        let layout = Layout::of(Arc::clone(&columns));
        let row = new_row(vec![cell], columns);
        let mut texts = Texts::default();
        texts.row(&row, &layout).get(0)?.to_value()
    }

    #[test]
    fn both_protocols_give_the_same_dates_and_times() {
        use ColumnType as T;
        let date = |micros| Cell::Date(2024, 2, 29, 1, 2, 3, micros);
        let moment = |text: &str| Value::DateTime(text.parse().unwrap());
        let text = |ty: &str, text: &str| Value::from(Other::text(ty, text));
        let longest = -(838 * 3600 + 59 * 60 + 59) * 1_000_000;
        for (ty, cell, written, expected) in [
            (T::MYSQL_TYPE_DATE, date(0), "2024-02-29", Date::new(2024, 2, 29).unwrap().into()),
            (T::MYSQL_TYPE_DATETIME, date(0), "2024-02-29 01:02:03", moment("2024-02-29 01:02:03")),
            (
                T::MYSQL_TYPE_TIMESTAMP,
                date(4_000),
                "2024-02-29 01:02:03.004000",
                Value::Timestamp("2024-02-29 01:02:03.004Z".parse().unwrap()),
            ),
            (
                T::MYSQL_TYPE_DATE,
                Cell::Date(0, 0, 0, 0, 0, 0, 0),
                "0000-00-00",
                text("DATE", "0000-00-00"),
            ),
            (
                T::MYSQL_TYPE_DATETIME,
                Cell::Date(2024, 0, 1, 2, 3, 4, 0),
                "2024-00-01 02:03:04",
                text("DATETIME", "2024-00-01 02:03:04"),
            ),
            (
                T::MYSQL_TYPE_TIME,
                Cell::Time(true, 34, 22, 59, 59, 0),
                "-838:59:59",
                Interval::from_micros(longest).into(),
            ),
            (
                T::MYSQL_TYPE_TIME,
                Cell::Time(false, 0, 1, 2, 3, 40_000),
                "01:02:03.04",
                Time::new(1, 2, 3, 40_000).unwrap().into(),
            ),
        ] {
            assert_eq!(read(ty, cell).unwrap(), expected);
            assert_eq!(read(ty, Cell::Bytes(written.into())).unwrap(), expected, "{written}");
        }
    }

    // fault: D16
    #[test]
    fn numbers_beyond_i64_keep_their_value() {
        let ty = ColumnType::MYSQL_TYPE_LONGLONG;
        assert_eq!(read(ty, Cell::UInt(u64::MAX)).unwrap(), Value::UInt(u64::MAX));
        let text = Cell::Bytes(b"18446744073709551615".to_vec());
        assert_eq!(read(ty, text).unwrap(), Value::UInt(u64::MAX));
        assert_eq!(read(ty, Cell::UInt(7)).unwrap(), Value::Int(7));
        assert_eq!(read(ty, Cell::Bytes(b"-7".to_vec())).unwrap(), Value::Int(-7));
        assert!(read(ty, Cell::Bytes(b"seven".to_vec())).is_err());
        let bits = read(ColumnType::MYSQL_TYPE_BIT, Cell::Bytes(vec![1, 5])).unwrap();
        assert_eq!(bits.to_text(), "100000101");
    }

    #[test]
    fn a_cell_that_does_not_match_its_column_is_an_error() {
        let error = read(ColumnType::MYSQL_TYPE_DOUBLE, Cell::Int(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let error = read(ColumnType::MYSQL_TYPE_BLOB, Cell::Bytes(vec![0xff])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("UTF-8"), "{error}");
    }
}
