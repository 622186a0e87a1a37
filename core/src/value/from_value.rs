//! Rust types that a cell can be read as.

use super::{
    Array, BitString, Date, DateTime, Decimal, Interval, Other, RawJson, Time, TimeTz, Timestamp,
    Uuid, Value, ValueRef, Wire,
};
use crate::error::{Error, ErrorKind, Result};

/// A Rust type that a cell can be read as. What may be NULL is read as an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type that a value of a cell has",
    note = "it is read as bool, integers, f32, f64, String, Vec<u8>, the types of `aludel::value` and types \
            with `ColumnValue`; an `Option` stands around such a type, and so around a newtype, not in it"
)]
pub trait FromValue: Sized {
    /// Reads the cell.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the cell holds something else, naming both.
    fn from_value(value: ValueRef<'_>) -> Result<Self>;
}

#[cold]
#[inline(never)]
fn out_of_range(wanted: &str, cure: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("the cell holds an integer that does not fit into {wanted}; read it as {cure}"),
    )
}

macro_rules! integers {
    ($($ty:ident),*) => {$(
        impl FromValue for $ty {
            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self> {
                match value {
                    ValueRef::Int(found) => {
                        Self::try_from(found).map_err(|_| out_of_range(stringify!($ty), "i64"))
                    }
                    other => rare_integer(other, stringify!($ty)),
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// What is an integer for another type of the database: beyond `i64`, a decimal number without digits
/// behind the point, bits.
#[cold]
#[inline(never)]
fn rare_integer<T: TryFrom<i128>>(value: ValueRef<'_>, wanted: &str) -> Result<T> {
    let (integer, cure) = match value {
        ValueRef::UInt(found) => (i128::from(found), "u64"),
        ValueRef::Numeric(found) => match found.to_integer() {
            Some(integer) => (integer, "Decimal"),
            None if found.scale() == 0 => return Err(out_of_range(wanted, "Decimal")),
            None => return Err(value.mismatch(wanted).with_cure("read it as Decimal")),
        },
        ValueRef::Bits(bits) => match bits.to_u64() {
            Some(integer) => (integer.into(), "u64"),
            None => return Err(out_of_range(wanted, "BitString")),
        },
        other => return Err(other.mismatch(wanted)),
    };
    T::try_from(integer).map_err(|_| out_of_range(wanted, cure))
}

impl FromValue for bool {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bool(found) => Ok(found),
            // SQLite and MySQL keep truth values as integers.
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            ValueRef::Int(_) => Err(out_of_range("bool", "i64")),
            ValueRef::Bits(bits) if bits.len() == 1 => Ok(bits.to_u64() == Some(1)),
            other => Err(other.mismatch("bool")),
        }
    }
}

impl FromValue for f64 {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        /// Beyond this an `f64` no longer holds every integer.
        const EXACT: i64 = 1 << 53;
        match value {
            ValueRef::Float(found) => Ok(found),
            // SQLite gives back an integer where a REAL column was not declared.
            #[expect(clippy::cast_precision_loss, reason = "the range is checked to be exact")]
            ValueRef::Int(found) if (-EXACT..=EXACT).contains(&found) => Ok(found as Self),
            ValueRef::Int(_) => Err(out_of_range("f64", "i64")),
            ValueRef::Numeric(_) => Err(value
                .mismatch("f64")
                .with_cure("read it as Decimal, or cast it to double precision in the statement")),
            other => Err(other.mismatch("f64")),
        }
    }
}

impl FromValue for f32 {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        let wide = f64::from_value(value)?;
        #[expect(clippy::cast_possible_truncation, reason = "compared with the original below")]
        let narrow = wide as Self;
        if f64::from(narrow) == wide || wide.is_nan() {
            return Ok(narrow);
        }
        Err(Error::new(
            ErrorKind::Decode,
            "the cell holds a float that does not fit exactly into f32; read it as f64",
        ))
    }
}

impl FromValue for String {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Text(found) | ValueRef::Json(found) => Ok(found.to_owned()),
            other => rare_text(other),
        }
    }
}

/// The text that a database prints of a value of a type which is not known here.
#[cold]
#[inline(never)]
fn rare_text(value: ValueRef<'_>) -> Result<String> {
    let text = match value {
        ValueRef::Other(other) => other.as_text().map(str::to_owned),
        ValueRef::Wire(wire) => match wire.decode()? {
            Value::Other(other) => other.as_text().map(str::to_owned),
            _ => None,
        },
        _ => None,
    };
    text.ok_or_else(|| value.mismatch("String").with_cure("cast it to text in the statement"))
}

impl FromValue for Vec<u8> {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bytes(found) => Ok(found.to_vec()),
            other => Err(other.mismatch("Vec<u8>")),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.to_value()
    }
}

/// Types with a variant. Text is parsed, because a database without such a type keeps it as text.
macro_rules! variants {
    ($($ty:ident {
        $($pattern:pat $(if $guard:expr)? => $found:expr,)*
    })*) => {$(
        impl FromValue for $ty {
            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self> {
                match value {
                    $($pattern $(if $guard)? => $found.map_err(|error| undecodable(error, stringify!($ty))),)*
                    ValueRef::Wire(wire) => Err(odd_date(wire, stringify!($ty))),
                    other => Err(other.mismatch(stringify!($ty))),
                }
            }
        }
    )*};
}
variants! {
    Decimal {
        ValueRef::Numeric(found) => found.to_decimal(),
        ValueRef::Int(found) => Result::Ok(Self::from(found)),
        ValueRef::UInt(found) => Result::Ok(Self::from(found)),
        ValueRef::Text(found) => found.parse(),
    }
    Date {
        ValueRef::Date(found) => Result::Ok(found),
        ValueRef::Text(found) => found.parse(),
    }
    Time {
        ValueRef::Time(found) => Result::Ok(found),
        ValueRef::Text(found) => found.parse(),
    }
    TimeTz {
        ValueRef::TimeTz(found) => Result::Ok(found),
        ValueRef::Text(found) => found.parse(),
    }
    DateTime {
        ValueRef::DateTime(found) | ValueRef::DateTimeOrUtc(found) => Result::Ok(found),
        ValueRef::Text(found) => found.parse(),
    }
    Timestamp {
        ValueRef::Timestamp(found) => Result::Ok(found),
        ValueRef::DateTimeOrUtc(found) => Result::Ok(found.in_utc()),
        ValueRef::Text(found) => Self::parse_utc(found),
    }
    Interval {
        ValueRef::Interval(found) => Result::Ok(found),
        // What MySQL calls TIME is both, and SQLite keeps microseconds.
        ValueRef::Time(found) => Result::Ok(Self::from_micros(found.micros())),
        ValueRef::Int(found) => Result::Ok(Self::from_micros(found)),
        ValueRef::Text(found) => found.parse(),
    }
    Uuid {
        ValueRef::Uuid(found) => Result::Ok(found),
        ValueRef::Text(found) => found.parse(),
        ValueRef::Bytes(found) => uuid_of(found),
    }
    RawJson {
        ValueRef::Json(found) => Result::Ok(Self::from_database(found)),
        ValueRef::Text(found) => found.parse(),
    }
    BitString {
        ValueRef::Bits(found) => Result::Ok(found.to_bit_string()),
        ValueRef::Text(found) => found.parse(),
    }
}

fn uuid_of(bytes: &[u8]) -> Result<Uuid> {
    bytes.try_into().map(Uuid::from_bytes).map_err(|_| {
        Error::new(ErrorKind::Decode, "the cell holds bytes, but not the 16 of a UUID")
    })
}

#[cold]
#[inline(never)]
fn undecodable(error: Error, wanted: &str) -> Error {
    error.with_kind(ErrorKind::Decode).context(&format!("reading it as {wanted}"))
}

/// MySQL has dates that are none: `0000-00-00`, and those whose month or day is 0.
#[cold]
#[inline(never)]
fn odd_date(wire: Wire<'_>, wanted: &str) -> Error {
    let text = std::str::from_utf8(wire.bytes).unwrap_or_default();
    if !matches!(wire.ty.name(), "DATE" | "DATETIME" | "TIMESTAMP") {
        return wire.undecoded(wanted);
    }
    let what = if text.starts_with("0000-00-00") {
        "the date 0000-00-00, which is none"
    } else {
        "a date whose month or day is 00, as 2024-00-00"
    };
    Error::new(
        ErrorKind::Decode,
        format!("the cell holds {what} and cannot be read as {wanted}; read it as Other"),
    )
}

impl FromValue for Array {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Array(found) => Ok(found.clone()),
            ValueRef::Wire(wire) if wire.is_decoded() => match wire.decode()? {
                Value::Array(found) => Ok(*found),
                _ => Err(wire.undecoded("an array")),
            },
            other => Err(other.mismatch("an array")),
        }
    }
}

impl FromValue for Other {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Other(found) => Ok(found.clone()),
            ValueRef::Wire(wire) => match wire.decode()? {
                Value::Other(found) => Ok(*found),
                _ => Err(wire.undecoded("Other")),
            },
            other => Err(other.mismatch("Other")),
        }
    }
}
