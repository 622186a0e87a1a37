//! Values as rows have them.

use super::{
    Array, BitsRef, Date, DateTime, Interval, NumericRef, Other, RawJson, Time, TimeTz, Timestamp,
    Uuid, Value, Wire,
};
use crate::error::{Error, ErrorKind, Result};

/// A value as a driver's row has it, borrowed from the row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// SQL NULL.
    Null,
    /// A truth value, where the database has such a type.
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// An integer above those of an `i64`.
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A decimal number.
    Numeric(NumericRef<'a>),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A time of day with an offset from UTC.
    TimeTz(TimeTz),
    /// A day and a time of day, without a place on earth.
    DateTime(DateTime),
    /// A day and a time of day of a database that keeps instants so too, in UTC. The type that it is
    /// read as decides which of the two it is; as a [`Value`] it is a [`DateTime`].
    DateTimeOrUtc(DateTime),
    /// An instant.
    Timestamp(Timestamp),
    /// A length of time.
    Interval(Interval),
    /// A UUID.
    Uuid(Uuid),
    /// JSON, as text.
    Json(&'a str),
    /// A string of bits.
    Bits(BitsRef<'a>),
    /// An array that is a value of the program.
    Array(&'a Array),
    /// A value of the program that was of another type of the database.
    Other(&'a Other),
    /// A value of the program that no database can have, and why.
    Refused(&'a str),
    /// A value of any other type, as the driver received it.
    Wire(Wire<'a>),
}

impl<'a> ValueRef<'a> {
    /// What this is, as error messages say it.
    #[must_use]
    pub fn type_name(&self) -> &'a str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::UInt(_) => "an integer beyond i64",
            Self::Float(_) => "a float",
            Self::Numeric(_) => "a decimal number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time of day",
            Self::TimeTz(_) => "a time of day with an offset",
            Self::DateTime(_) | Self::DateTimeOrUtc(_) => "a date with a time",
            Self::Timestamp(_) => "an instant",
            Self::Interval(_) => "an interval",
            Self::Uuid(_) => "a UUID",
            Self::Json(_) => "JSON",
            Self::Bits(_) => "a string of bits",
            Self::Array(_) => "an array",
            Self::Other(other) => other.type_name(),
            Self::Refused(_) => "a value that no database can have",
            Self::Wire(wire) => wire.ty.name(),
        }
    }

    /// A copy that owns its data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] for a type that the driver cannot decode, or bytes that are not what
    /// their type says.
    pub fn to_value(&self) -> Result<Value> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::UInt(value) => Value::from(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Numeric(value) => Value::Decimal(
                value.to_decimal().map_err(|error| error.with_kind(ErrorKind::Decode))?,
            ),
            Self::Text(value) => Value::Text((*value).into()),
            Self::Bytes(value) => Value::Bytes((*value).into()),
            Self::Date(value) => Value::Date(*value),
            Self::Time(value) => Value::Time(*value),
            Self::TimeTz(value) => Value::TimeTz(*value),
            Self::DateTime(value) | Self::DateTimeOrUtc(value) => Value::DateTime(*value),
            Self::Timestamp(value) => Value::Timestamp(*value),
            Self::Interval(value) => Value::Interval(*value),
            Self::Uuid(value) => Value::Uuid(*value),
            Self::Json(value) => Value::Json(RawJson::from_database(value)),
            Self::Bits(value) => Value::Bits(value.to_bit_string().into()),
            Self::Array(value) => Value::Array((*value).clone().into()),
            Self::Other(value) => Value::Other((*value).clone().into()),
            Self::Refused(why) => Value::Refused((*why).into()),
            Self::Wire(wire) => return wire.decode(),
        })
    }

    /// The error for a cell that is to be read as the Rust type `wanted` and holds something else.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn mismatch(&self, wanted: &str) -> Error {
        let message = match self {
            Self::Null => {
                format!(
                    "the cell is NULL, and {wanted} has no NULL; read it as Option<{wanted}> (an aggregate such as \
                     max or sum of no rows is NULL)"
                )
            }
            Self::Wire(wire) => return wire.undecoded(wanted),
            other => {
                format!("the cell holds {}, which cannot be read as {wanted}", other.type_name())
            }
        };
        Error::new(ErrorKind::Decode, message)
    }
}
