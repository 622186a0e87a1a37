//! Types of the standard library and of other crates as columns.
//!
//! Each is a [`ColumnValue`](super::ColumnValue) over one of the types of [`value`](crate::value), so that
//! drivers know none of them. What a plain type has and the other has not (infinity, 24:00:00, months of an
//! interval, digits) is a [`Decode`](crate::ErrorKind::Decode) error; what no plain type has (a leap second) a
//! [`Data`](crate::ErrorKind::Data) error when the value is sent. Parts finer than microseconds are cut off,
//! towards the past.

#[cfg(feature = "bigdecimal-04")]
mod bigdecimal_04;
#[cfg(any(feature = "chrono-04", feature = "jiff-02", feature = "jiff-1", feature = "time-03"))]
mod calendar;
#[cfg(feature = "chrono-04")]
mod chrono_04;
#[cfg(feature = "ipnet-2")]
mod ipnet_2;
#[cfg(any(feature = "jiff-02", feature = "jiff-1"))]
mod jiff;
#[cfg(feature = "rust_decimal-1")]
mod rust_decimal_1;
#[cfg(feature = "serde-1")]
mod serde_1;
#[cfg(feature = "serde_json-1")]
mod serde_json_1;
mod standard;
#[cfg(feature = "time-03")]
mod time_03;
#[cfg(feature = "uuid-1")]
mod uuid_1;

#[cfg(feature = "serde_json-1")]
pub use serde_json_1::Json;
pub use standard::INET;

use std::any::type_name;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{FromValue, Interval, Timestamp, Value, ValueRef};

/// Types over a plain one: how that becomes the type, and how the type becomes that.
macro_rules! over_plain {
    ($($ty:ty: $plain:ty, $family:ident, $column:expr, $read:expr, $write:expr;)*) => {$(
        impl $crate::sql::ColumnValue for $ty {
            type Family = $crate::sql::family::$family;
            const TYPE: &'static $crate::sql::types::Type = &$column;

            fn from_value(value: $crate::value::ValueRef<'_>) -> $crate::error::Result<Self> {
                $crate::sql::crates::read::<$plain, Self>(value, $read)
            }

            fn to_value(&self) -> $crate::value::Value {
                $crate::sql::crates::written::<$plain>($write(self))
            }
        }
    )*};
}
use over_plain;

/// Reads a plain value and makes another of it.
fn read<P: FromValue, T>(value: ValueRef<'_>, convert: impl FnOnce(P) -> Result<T>) -> Result<T> {
    P::from_value(value).and_then(convert).map_err(|error| undecodable(error, type_name::<T>()))
}

#[cold]
#[inline(never)]
fn undecodable(error: Error, wanted: &str) -> Error {
    error.with_kind(ErrorKind::Decode).context(&format!("reading it as {wanted}"))
}

/// The plain value, or why there is none.
fn written<P: Into<Value>>(plain: Result<P>) -> Value {
    match plain {
        Ok(value) => value.into(),
        Err(why) => Value::Refused(why.message().into()),
    }
}

/// The error for a value that the other side does not have.
#[cold]
fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Data, why)
}

/// The microseconds of an interval that is a length of time.
fn length(interval: Interval) -> Result<i64> {
    interval.as_micros().ok_or_else(|| {
        refused(
            "the interval has months or days, which have no fixed length; read it as \
             aludel::value::Interval",
        )
    })
}

/// The microseconds of an instant since 1970.
fn unix_micros(instant: Timestamp) -> Result<i64> {
    instant.unix_micros().ok_or_else(|| infinite("instant", "Timestamp"))
}

#[cold]
fn infinite(what: &str, plain: &str) -> Error {
    refused(&format!("the {what} is infinite; read it as aludel::value::{plain}"))
}
