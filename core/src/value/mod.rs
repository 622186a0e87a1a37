//! The values that programs and drivers exchange: [`Value`] is bound into a statement, [`ValueRef`] is
//! borrowed from a row.
//!
//! Rows stay in the driver's form until a cell is read ([`FromValue`]), so that reading allocates
//! nothing by itself. Each kind of value has a type of its own here, which holds all that databases
//! can: [`Decimal`], [`Date`], [`Time`], [`TimeTz`], [`DateTime`], [`Timestamp`], [`Interval`], [`Uuid`],
//! [`RawJson`], [`BitString`], [`Array`]. A value of a type without a variant is a [`Wire`]: the bytes
//! that the driver received, which type of which database they are, and how they are decoded.
//!
//! What is read is exact or an error: no value is rounded, cut or wrapped on its way.
//!
//! ```
//! use aludel::value::{Date, Decimal, Uuid};
//! use aludel::{create_engine, params, text};
//!
//! let mut conn = create_engine("sqlite://")?.connect()?;
//! let statement = text("select :price, :day, :id").params(params! {
//!     price: "1.10".parse::<Decimal>()?,
//!     day: Date::new(2024, 2, 29)?,
//!     id: Uuid::from_bytes([7; 16]),
//! });
//! let row = conn.execute(statement)?.one()?;
//! assert_eq!(row.get::<Decimal>(0)?.as_str(), "1.10");
//! assert_eq!(row.get::<Date>(1)?, Date::new(2024, 2, 29)?);
//! assert_eq!(row.get::<Uuid>(2)?, Uuid::from_bytes([7; 16]));
//! # Ok::<(), aludel::Error>(())
//! ```

mod array;
mod bits;
mod calendar;
mod date;
mod decimal;
mod from_element;
mod from_value;
mod interval;
mod into_value;
mod moment;
mod numeric;
mod other;
mod raw_json;
mod scan;
mod time;
mod uuid;
mod value_ref;
mod wire;

pub use array::{Array, Dimension};
pub use bits::{BitString, BitsRef};
pub use date::Date;
pub use decimal::Decimal;
pub use from_element::FromElement;
pub use from_value::FromValue;
pub use interval::Interval;
pub use moment::{DateTime, Timestamp};
pub use numeric::{NumericGroups, NumericRef, NumericSign};
pub use other::Other;
pub use raw_json::RawJson;
pub use time::{Time, TimeTz};
pub use uuid::Uuid;
pub use value_ref::ValueRef;
pub use wire::{Wire, WireDecoder, WireFormat, WireType};

/// A value to be bound into a statement.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// An integer above those of an `i64`. The conversions to `Value` make one of these only.
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A decimal number.
    Decimal(Decimal),
    /// Text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A time of day with an offset from UTC.
    TimeTz(TimeTz),
    /// A day and a time of day, without a place on earth.
    DateTime(DateTime),
    /// An instant.
    Timestamp(Timestamp),
    /// A length of time.
    Interval(Interval),
    /// A UUID.
    Uuid(Uuid),
    /// JSON, as text.
    Json(RawJson),
    /// A string of bits.
    Bits(Box<BitString>),
    /// An array.
    Array(Box<Array>),
    /// A value of another type of the database.
    Other(Box<Other>),
}

impl Value {
    /// The same value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Bool(*value),
            Self::Int(value) => ValueRef::Int(*value),
            Self::UInt(value) => ValueRef::UInt(*value),
            Self::Float(value) => ValueRef::Float(*value),
            Self::Decimal(value) => ValueRef::Numeric(NumericRef::Text(value.as_str())),
            Self::Text(value) => ValueRef::Text(value),
            Self::Bytes(value) => ValueRef::Bytes(value),
            Self::Date(value) => ValueRef::Date(*value),
            Self::Time(value) => ValueRef::Time(*value),
            Self::TimeTz(value) => ValueRef::TimeTz(*value),
            Self::DateTime(value) => ValueRef::DateTime(*value),
            Self::Timestamp(value) => ValueRef::Timestamp(*value),
            Self::Interval(value) => ValueRef::Interval(*value),
            Self::Uuid(value) => ValueRef::Uuid(*value),
            Self::Json(value) => ValueRef::Json(value.get()),
            Self::Bits(value) => ValueRef::Bits(value.as_ref().as_ref()),
            Self::Array(value) => ValueRef::Array(value),
            Self::Other(value) => ValueRef::Other(value),
        }
    }

    /// As PostgreSQL reads and prints the value: truth values are `t` and `f`, bytes `\x00ff`, arrays
    /// `{1,2}`. What the database prints of NULL is nothing.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => if *value { "t" } else { "f" }.to_owned(),
            Self::Int(value) => value.to_string(),
            Self::UInt(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}"),
            Self::Decimal(value) => value.to_string(),
            Self::Text(value) => value.to_string(),
            Self::Bytes(value) => {
                let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or('0');
                let digits = value.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
                "\\x".chars().chain(digits).collect()
            }
            Self::Date(value) => value.to_string(),
            Self::Time(value) => value.to_string(),
            Self::TimeTz(value) => value.to_string(),
            Self::DateTime(value) => value.to_string(),
            Self::Timestamp(value) => value.to_string(),
            Self::Interval(value) => value.to_string(),
            Self::Uuid(value) => value.to_string(),
            Self::Json(value) => value.get().to_owned(),
            Self::Bits(value) => value.to_string(),
            Self::Array(value) => value.to_string(),
            Self::Other(value) => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<ValueRef<'_>>(), 32);
    }

    #[test]
    fn values_there_and_back() {
        for value in [
            Value::Null,
            true.into(),
            1.into(),
            u64::MAX.into(),
            1.5.into(),
            "1.50".parse::<Decimal>().unwrap().into(),
            "x".into(),
            vec![0_u8].into(),
            vec![0_i32].into(),
            Date::from_days(1).into(),
            Time::MIDNIGHT.into(),
            TimeTz::new(Time::END_OF_DAY, 1).unwrap().into(),
            DateTime::from_micros(1).into(),
            Timestamp::from_micros(1).into(),
            Interval::new(1, 2, 3).into(),
            Uuid::from_bytes([1; 16]).into(),
            RawJson::new("{}").unwrap().into(),
            "101".parse::<BitString>().unwrap().into(),
            Array::new([1.into(), Value::Null]).into(),
            Other::text("inet", "::1").into(),
        ] {
            assert_eq!(value.as_ref().to_value().unwrap(), value);
        }
    }
}
