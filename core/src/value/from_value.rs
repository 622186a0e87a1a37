//! Rust types that a cell can be read as.

use super::{Value, ValueRef};
use crate::error::{Error, ErrorKind, Result};

/// A Rust type that a cell can be read as. What may be NULL is read as an `Option` of it.
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
                    other => Err(other.mismatch(stringify!($ty))),
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl FromValue for bool {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bool(found) => Ok(found),
            // SQLite and MySQL keep truth values as integers.
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            ValueRef::Int(_) => Err(out_of_range("bool", "i64")),
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
            ValueRef::Text(found) => Ok(found.to_owned()),
            other => Err(other.mismatch("String")),
        }
    }
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
