//! The datum that crosses the driver's door: [`Value`] owned on its way in, [`ValueRef`] borrowed
//! on its way out.
//!
//! Rows stay in the driver's form until a cell is asked for (`FromValue`), so the hot path boxes
//! nothing. A type that is none of the plain ones travels as [`ValueRef::Wire`]: the driver's own
//! bytes and the number of the type, decoded by whoever knows that type.

use crate::error::{Error, ErrorKind, Result};

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
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
}

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
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Any other type, in the form the driver received it.
    Wire(Wire<'a>),
}

/// The bytes of a type the door has no variant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire<'a> {
    /// The database's number for the type (PostgreSQL: the OID).
    pub type_id: u32,
    /// The value in the database's binary form.
    pub bytes: &'a [u8],
}

impl ValueRef<'_> {
    /// The word for what this is, as error messages use it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Wire(_) => "a type without a decoder",
        }
    }

    /// A copy that owns its data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] for a type that has no variant of [`Value`].
    pub fn to_value(&self) -> Result<Value> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text((*value).into()),
            Self::Bytes(value) => Value::Bytes((*value).into()),
            Self::Wire(wire) => {
                return Err(Error::new(
                    ErrorKind::NotSupported,
                    format!(
                        "the column has the database type number {}, which Aludel cannot decode \
                         yet; cast it in the statement, for instance to text",
                        wire.type_id
                    ),
                ));
            }
        })
    }
}

impl Value {
    /// The same value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Bool(*value),
            Self::Int(value) => ValueRef::Int(*value),
            Self::Float(value) => ValueRef::Float(*value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Bytes(value) => ValueRef::Bytes(value),
        }
    }
}

/// A Rust type that a cell can be read as.
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
fn mismatch(wanted: &str, found: ValueRef<'_>) -> Error {
    let cure = match found {
        ValueRef::Null => format!("; read it as Option<{wanted}>"),
        _ => String::new(),
    };
    Error::new(
        ErrorKind::Decode,
        format!("a {wanted} was asked for, but the column holds {}{cure}", found.type_name()),
    )
}

#[cold]
#[inline(never)]
fn out_of_range(wanted: &str, found: i64) -> Error {
    Error::new(ErrorKind::Decode, format!("the integer {found} does not fit into {wanted}"))
}

macro_rules! integers {
    ($($ty:ident),*) => {$(
        impl FromValue for $ty {
            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self> {
                match value {
                    ValueRef::Int(found) => {
                        Self::try_from(found).map_err(|_| out_of_range(stringify!($ty), found))
                    }
                    other => Err(mismatch(stringify!($ty), other)),
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! widening {
    ($($ty:ident),*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::Int(i64::from(value))
            }
        }
    )*};
}
widening!(i8, i16, i32, i64, u8, u16, u32);

impl FromValue for bool {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bool(found) => Ok(found),
            // SQLite and MySQL keep truth values as integers.
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            ValueRef::Int(found) => Err(out_of_range("bool", found)),
            other => Err(mismatch("bool", other)),
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
            ValueRef::Int(found) => Err(out_of_range("f64", found)),
            other => Err(mismatch("f64", other)),
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
            format!("the float {wide} does not fit exactly into f32; read it as f64"),
        ))
    }
}

impl FromValue for String {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Text(found) => Ok(found.to_owned()),
            other => Err(mismatch("String", other)),
        }
    }
}

impl FromValue for Vec<u8> {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bytes(found) => Ok(found.to_vec()),
            other => Err(mismatch("Vec<u8>", other)),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        value.to_value()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::Float(f64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into_boxed_str())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.as_str().into())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value.into_boxed_slice())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
