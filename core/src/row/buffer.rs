//! Untyped rows, copied into a few large blocks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::{Columns, FromRow, RawRow, Rows};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{
    BitsRef, Date, DateTime, Interval, NumericGroups, NumericRef, NumericSign, Time, TimeTz,
    Timestamp, Uuid, Value, ValueRef, Wire, WireType,
};

/// A block is closed when it holds this many bytes, so that reading row by row keeps no more than
/// that alive.
const BLOCK_BYTES: usize = 64 * 1024;

/// A row whose columns are known at run time only. Cheap to clone; it shares its block.
#[derive(Clone)]
pub struct Row {
    block: Arc<Block>,
    /// Position of the first cell within the block.
    first: usize,
}

impl Row {
    /// The columns, shared by all rows of a result.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.block.columns
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.block.columns.len()
    }

    /// Whether the row has no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell at a position (`usize`) or of a name (`&str`), as a Rust type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`] for an unknown column, [`ErrorKind::InvalidRequest`] for a name
    /// that stands twice, [`ErrorKind::Decode`] if the cell holds something else.
    pub fn get<T: FromRow>(&self, column: impl ColumnIndex) -> Result<T> {
        T::from_row(self, column.index(self.columns())?)
    }

    /// The cells in the order of the columns.
    pub fn values(&self) -> impl ExactSizeIterator<Item = ValueRef<'_>> {
        (0..self.len()).map(|index| self.cell(index))
    }

    fn cell(&self, index: usize) -> ValueRef<'_> {
        self.block.cell(self.first + index)
    }
}

impl RawRow for Row {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        Ok(self.cell(index))
    }

    fn error_at(&self, error: Error, index: usize) -> Error {
        // By the words of SQLite, whose columns have no types.
        let class = match self.cell(index) {
            ValueRef::Null => "NULL",
            ValueRef::Int(_) => "INTEGER",
            ValueRef::Float(_) => "REAL",
            ValueRef::Text(_) => "TEXT",
            ValueRef::Bytes(_) => "BLOB",
            _ => "",
        };
        error.context(&self.columns().described_with(index, class))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.values().eq(other.values())
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Prints as a tuple: `(1, 'some name', NULL)`.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, value) in self.values().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match value {
                ValueRef::Null => f.write_str("NULL")?,
                ValueRef::Bool(value) => write!(f, "{value}")?,
                ValueRef::Int(value) => write!(f, "{value}")?,
                ValueRef::Float(value) => write!(f, "{value:?}")?,
                ValueRef::Text(value) => write!(f, "'{value}'")?,
                ValueRef::Bytes(value) => write!(f, "<{} bytes>", value.len())?,
                ValueRef::UInt(value) => write!(f, "{value}")?,
                ValueRef::Numeric(value) => write!(f, "{value}")?,
                other => match other.to_value() {
                    Ok(value) => write!(f, "'{}'", value.to_text())?,
                    Err(_) => write!(f, "<{}>", other.type_name())?,
                },
            }
        }
        f.write_str(if self.len() == 1 { ",)" } else { ")" })
    }
}

/// What names a column of a [`Row`]: its position or its name.
pub trait ColumnIndex {
    /// The position.
    ///
    /// # Errors
    ///
    /// As [`Columns::index_of`].
    fn index(&self, columns: &Columns) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn index(&self, columns: &Columns) -> Result<usize> {
        if *self < columns.len() {
            return Ok(*self);
        }
        Err(Error::new(
            ErrorKind::NoSuchColumn,
            format!(
                "there is no column at position {self}; the row has {}, counted from 0",
                columns.len()
            ),
        ))
    }
}

impl ColumnIndex for &str {
    fn index(&self, columns: &Columns) -> Result<usize> {
        columns.index_of(self)
    }
}

#[derive(Debug, Clone, Copy)]
enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text {
        start: usize,
        len: usize,
    },
    Bytes {
        start: usize,
        len: usize,
    },
    UInt(u64),
    NumericText {
        start: usize,
        len: usize,
    },
    NumericGroups {
        start: usize,
        len: u32,
        weight: i16,
        scale: u16,
        sign: NumericSign,
    },
    Date(Date),
    Time(Time),
    TimeTz(TimeTz),
    DateTime(DateTime),
    DateTimeOrUtc(DateTime),
    Timestamp(Timestamp),
    Interval(Interval),
    Uuid(Uuid),
    Json {
        start: usize,
        len: usize,
    },
    Bits {
        start: usize,
        len: u32,
        skip: u8,
    },
    /// A place in the values of the block.
    Value(usize),
    /// `ty` is a place in the types of the block.
    Wire {
        ty: u32,
        start: usize,
        len: usize,
    },
}

#[derive(Debug, Default)]
struct Block {
    columns: Arc<Columns>,
    cells: Vec<Cell>,
    text: String,
    bytes: Vec<u8>,
    /// The types of its cells that have no variant, each once.
    types: Vec<WireType>,
    /// Its cells that were values already.
    values: Vec<Value>,
}

impl Block {
    fn cell(&self, at: usize) -> ValueRef<'_> {
        match self.cells[at] {
            Cell::Null => ValueRef::Null,
            Cell::Bool(value) => ValueRef::Bool(value),
            Cell::Int(value) => ValueRef::Int(value),
            Cell::Float(value) => ValueRef::Float(value),
            Cell::Text { start, len } => ValueRef::Text(&self.text[start..start + len]),
            Cell::Bytes { start, len } => ValueRef::Bytes(&self.bytes[start..start + len]),
            Cell::UInt(value) => ValueRef::UInt(value),
            Cell::NumericText { start, len } => {
                ValueRef::Numeric(NumericRef::Text(&self.text[start..start + len]))
            }
            Cell::NumericGroups { start, len, weight, scale, sign } => {
                let groups = &self.bytes[start..start + len as usize];
                let groups = NumericGroups::checked(sign, weight, scale, groups);
                ValueRef::Numeric(NumericRef::Groups(groups))
            }
            Cell::Date(value) => ValueRef::Date(value),
            Cell::Time(value) => ValueRef::Time(value),
            Cell::TimeTz(value) => ValueRef::TimeTz(value),
            Cell::DateTime(value) => ValueRef::DateTime(value),
            Cell::DateTimeOrUtc(value) => ValueRef::DateTimeOrUtc(value),
            Cell::Timestamp(value) => ValueRef::Timestamp(value),
            Cell::Interval(value) => ValueRef::Interval(value),
            Cell::Uuid(value) => ValueRef::Uuid(value),
            Cell::Json { start, len } => ValueRef::Json(&self.text[start..start + len]),
            Cell::Bits { start, len, skip } => {
                let bytes = (len as usize + usize::from(skip)).div_ceil(8);
                let bytes = &self.bytes[start..start + bytes];
                ValueRef::Bits(BitsRef::from_parts(bytes, skip, len))
            }
            Cell::Value(place) => self.values[place].as_ref(),
            Cell::Wire { ty, start, len } => ValueRef::Wire(Wire {
                ty: &self.types[ty as usize],
                bytes: &self.bytes[start..start + len],
            }),
        }
    }

    fn push(&mut self, value: ValueRef<'_>) {
        let cell = match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Bool(value) => Cell::Bool(value),
            ValueRef::Int(value) => Cell::Int(value),
            ValueRef::Float(value) => Cell::Float(value),
            ValueRef::Text(value) => {
                Cell::Text { start: self.append_text(value), len: value.len() }
            }
            ValueRef::Bytes(value) => {
                let (start, len) = self.append(value);
                Cell::Bytes { start, len }
            }
            ValueRef::UInt(value) => Cell::UInt(value),
            ValueRef::Numeric(NumericRef::Text(value)) => {
                Cell::NumericText { start: self.append_text(value), len: value.len() }
            }
            ValueRef::Numeric(NumericRef::Groups(groups)) => self.groups(groups),
            ValueRef::Date(value) => Cell::Date(value),
            ValueRef::Time(value) => Cell::Time(value),
            ValueRef::TimeTz(value) => Cell::TimeTz(value),
            ValueRef::DateTime(value) => Cell::DateTime(value),
            ValueRef::DateTimeOrUtc(value) => Cell::DateTimeOrUtc(value),
            ValueRef::Timestamp(value) => Cell::Timestamp(value),
            ValueRef::Interval(value) => Cell::Interval(value),
            ValueRef::Uuid(value) => Cell::Uuid(value),
            ValueRef::Json(value) => {
                Cell::Json { start: self.append_text(value), len: value.len() }
            }
            ValueRef::Bits(value) => {
                let (bytes, skip) = value.as_parts();
                let (start, _) = self.append(bytes);
                Cell::Bits { start, len: value.len(), skip }
            }
            ValueRef::Array(value) => self.value(Value::Array(value.clone().into())),
            ValueRef::Other(value) => self.value(Value::Other(value.clone().into())),
            ValueRef::Refused(why) => self.value(Value::Refused(why.into())),
            ValueRef::Wire(Wire { ty, bytes }) => {
                let (start, len) = self.append(bytes);
                Cell::Wire { ty: self.place_of(ty), start, len }
            }
        };
        self.cells.push(cell);
    }

    fn groups(&mut self, groups: NumericGroups<'_>) -> Cell {
        let (start, len) = self.append(groups.as_bytes());
        Cell::NumericGroups {
            start,
            len: u32::try_from(len).expect("a number has fewer digits"),
            weight: groups.weight(),
            scale: groups.scale(),
            sign: groups.sign(),
        }
    }

    fn value(&mut self, value: Value) -> Cell {
        self.values.push(value);
        Cell::Value(self.values.len() - 1)
    }

    fn append_text(&mut self, text: &str) -> usize {
        let start = self.text.len();
        self.text.push_str(text);
        start
    }

    fn place_of(&mut self, ty: &WireType) -> u32 {
        let known = self.types.iter().position(|known| known == ty);
        let place = known.unwrap_or_else(|| {
            self.types.push(ty.clone());
            self.types.len() - 1
        });
        u32::try_from(place).expect("a row has fewer columns, and each has one type")
    }

    fn append(&mut self, bytes: &[u8]) -> (usize, usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (start, bytes.len())
    }

    fn size(&self) -> usize {
        let cells = self.cells.len() + self.values.len();
        self.text.len() + self.bytes.len() + cells * size_of::<Cell>()
    }
}

/// Collects untyped rows.
#[derive(Debug, Default)]
pub struct RowBuffer {
    open: Block,
    closed: VecDeque<Arc<Block>>,
    /// Rows in the open block and in the closed ones, less those taken.
    len: usize,
    /// The next cell of the first closed block.
    next: usize,
}

impl RowBuffer {
    /// Whether there is a block to which nothing is added any more: a good moment to hand the rows
    /// on, for a driver that sends them from one thread to another.
    #[must_use]
    pub fn has_full_block(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Sets the columns of the rows that follow.
    pub fn set_columns(&mut self, columns: &Arc<Columns>) {
        self.open.columns = Arc::clone(columns);
    }

    /// Hands on all rows, in order. After an error the rest is gone too.
    ///
    /// # Errors
    ///
    /// The first that it gets.
    pub fn hand_on(mut self, mut each: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        self.close_block();
        let mut first = self.next;
        for block in self.closed {
            let mut row = Row { first, block };
            while row.first < row.block.cells.len() {
                each(&row)?;
                row.first += row.len();
            }
            first = 0;
        }
        Ok(())
    }

    fn close_block(&mut self) {
        let columns = Arc::clone(&self.open.columns);
        let block = std::mem::replace(&mut self.open, Block { columns, ..Block::default() });
        self.closed.push_back(Arc::new(block));
    }
}

impl Rows for RowBuffer {
    type Item = Row;

    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        self.set_columns(columns);
        Ok(())
    }

    fn push(&mut self, row: &dyn RawRow) -> Result<()> {
        let before = self.open.cells.len();
        for index in 0..row.len() {
            match row.get(index) {
                Ok(value) => self.open.push(value),
                Err(error) => {
                    self.open.cells.truncate(before);
                    return Err(error.context(&format!("column number {}", index + 1)));
                }
            }
        }
        self.len += 1;
        if self.open.size() >= BLOCK_BYTES {
            self.close_block();
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.len
    }

    fn next(&mut self) -> Option<Row> {
        if self.len == 0 {
            return None;
        }
        if self.closed.is_empty() {
            self.close_block();
        }
        let block = Arc::clone(self.closed.front()?);
        let row = Row { first: self.next, block };
        self.next += row.len();
        self.len -= 1;
        if self.next >= row.block.cells.len() {
            self.closed.pop_front();
            self.next = 0;
        }
        Some(row)
    }
}
