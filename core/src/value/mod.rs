//! The values that programs and drivers exchange: [`Value`] is bound into a statement, [`ValueRef`] is
//! borrowed from a row.
//!
//! Rows stay in the driver's form until a cell is read ([`FromValue`]), so that reading allocates
//! nothing by itself. A value of a type without a variant is a [`Wire`]: the bytes that the driver
//! received, and which type of which database they are.

mod from_value;
mod into_value;
mod wire;

use crate::error::{Error, ErrorKind, Result};

pub use from_value::FromValue;
pub use wire::{Wire, WireFormat, WireType};

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
    /// A value of any other type, as the driver received it.
    Wire(Wire<'a>),
}

/// How to read what has no decoder.
const CAST: &str = "; cast it in the statement, for instance to text";

impl<'a> ValueRef<'a> {
    /// What this is, as error messages say it.
    #[must_use]
    pub fn type_name(&self) -> &'a str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Wire(wire) => wire.ty.name(),
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
                    format!("{}, and `Value` has no variant for it{CAST}", wire.ty.described()),
                ));
            }
        })
    }

    /// The error for a cell that is to be read as the Rust type `wanted` and holds something else.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn mismatch(&self, wanted: &str) -> Error {
        let message = match self {
            Self::Null => {
                format!("the cell is NULL, and {wanted} has no NULL; read it as Option<{wanted}>")
            }
            Self::Wire(wire) => {
                format!("{}, which cannot be read as {wanted}{CAST}", wire.ty.described())
            }
            other => {
                format!("the cell holds {}, which cannot be read as {wanted}", other.type_name())
            }
        };
        Error::new(ErrorKind::Decode, message)
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
