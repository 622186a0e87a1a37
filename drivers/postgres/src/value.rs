//! Values on their way to the server, cells on their way back.

use std::error::Error as StdError;
use std::fmt;

use aludel_core::dbapi::{RawRow, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef, Wire, WireFormat, WireType};
use bytes::{BufMut, BytesMut};
use tokio_postgres::Row;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind as TypeKind, ToSql, Type};

/// A value to be bound. Its `Debug` keeps the value to itself, because tokio-postgres logs it.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().type_name())
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(write(self.0, ty, out)?)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        // Text goes as text whatever its type: the server reads a uuid or a date from it.
        if matches!(self.0, Value::Text(_)) { Format::Text } else { Format::Binary }
    }
}

/// Writes a value in the type that was declared for it; only text meets inferred types.
fn write(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match (value, ty) {
        (Value::Null, _) => return Ok(IsNull::Yes),
        (Value::Bool(value), &Type::BOOL) => out.put_u8(u8::from(*value)),
        (Value::Int(value), &Type::INT8) => out.put_i64(*value),
        (Value::Int(value), &Type::INT4) => {
            out.put_i32(i32::try_from(*value).map_err(|_| too_large(ty))?);
        }
        (Value::Int(value), &Type::INT2) => {
            out.put_i16(i16::try_from(*value).map_err(|_| too_large(ty))?);
        }
        (Value::Float(value), &Type::FLOAT8) => out.put_f64(*value),
        (Value::Float(value), &Type::FLOAT4) => {
            #[allow(clippy::cast_possible_truncation, reason = "REAL has this precision")]
            out.put_f32(*value as f32);
        }
        (
            Value::Text(_),
            &(Type::BOOL
            | Type::INT2
            | Type::INT4
            | Type::INT8
            | Type::OID
            | Type::FLOAT4
            | Type::FLOAT8
            | Type::BYTEA),
        ) => return Err(mismatch(value, ty)),
        (Value::Text(value), _) => out.put_slice(value.as_bytes()),
        (Value::Bytes(value), &Type::BYTEA) => out.put_slice(value),
        _ => return Err(mismatch(value, ty)),
    }
    Ok(IsNull::No)
}

#[cold]
fn too_large(ty: &Type) -> Error {
    let message = format!("the integer that was bound does not fit the parameter's type {ty}");
    Error::new(ErrorKind::Data, message)
}

#[cold]
fn mismatch(value: &Value, ty: &Type) -> Error {
    Error::new(
        ErrorKind::Data,
        format!(
            "{} was bound where the statement takes the type {ty}; bind a value of that type, or \
             cast the parameter in the statement",
            value.as_ref().type_name()
        ),
    )
}

/// How the cells of one column are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoder {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    Bytes,
    Wire(WireType),
}

impl Decoder {
    /// The decoder for a type. An enum reads as text: its number differs between databases, so
    /// the number could not be decoded.
    pub(crate) fn of(ty: &Type) -> Self {
        match *ty {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => Self::Text,
            Type::BYTEA => Self::Bytes,
            _ if matches!(ty.kind(), TypeKind::Enum(_)) => Self::Text,
            _ => Self::Wire(WireType::named(
                "postgresql",
                ty.oid(),
                ty.name().to_owned(),
                WireFormat::Binary,
            )),
        }
    }

    #[inline]
    fn read<'a>(&'a self, bytes: &'a [u8]) -> Result<ValueRef<'a>> {
        Ok(match self {
            Self::Bool => ValueRef::Bool(exactly::<1>(bytes)? != [0]),
            Self::Int2 => ValueRef::Int(i16::from_be_bytes(exactly(bytes)?).into()),
            Self::Int4 => ValueRef::Int(i32::from_be_bytes(exactly(bytes)?).into()),
            Self::Int8 => ValueRef::Int(i64::from_be_bytes(exactly(bytes)?)),
            Self::Float4 => ValueRef::Float(f32::from_be_bytes(exactly(bytes)?).into()),
            Self::Float8 => ValueRef::Float(f64::from_be_bytes(exactly(bytes)?)),
            Self::Text => ValueRef::Text(std::str::from_utf8(bytes).map_err(not_utf8)?),
            Self::Bytes => ValueRef::Bytes(bytes),
            Self::Wire(ty) => ValueRef::Wire(Wire { ty, bytes }),
        })
    }
}

#[inline]
fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| wrong_length(N, bytes.len()))
}

#[cold]
#[inline(never)]
fn wrong_length(wanted: usize, found: usize) -> Error {
    errors::protocol_violation(
        "for PostgreSQL",
        &format!("{found} bytes for a value of {wanted} bytes"),
    )
    .with_kind(ErrorKind::Decode)
}

#[cold]
#[inline(never)]
fn not_utf8(error: std::str::Utf8Error) -> Error {
    errors::text_not_utf8(error, "cast it to bytea to get the bytes")
}

/// The bytes of a cell, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row of tokio-postgres with the decoders of its statement.
pub(crate) struct PgRow<'a> {
    pub(crate) row: &'a Row,
    pub(crate) decoders: &'a [Decoder],
}

impl RawRow for PgRow<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.decoders.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let raw: Option<Raw<'_>> = self.row.try_get(index).map_err(unreadable)?;
        match raw {
            Some(Raw(bytes)) => self.decoders[index].read(bytes),
            None => Ok(ValueRef::Null),
        }
    }
}

#[cold]
#[inline(never)]
fn unreadable(error: tokio_postgres::Error) -> Error {
    Error::new(ErrorKind::Decode, error.to_string()).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(value: &Value, ty: &Type) -> Result<Vec<u8>> {
        let mut out = BytesMut::new();
        write(value, ty, &mut out).map(|_| out.to_vec())
    }

    #[test]
    fn a_mismatch_names_both_and_no_value() {
        let error = bound(&Value::from("secret"), &Type::INT4).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().contains("text") && error.message().contains("int4"), "{error}");
        assert!(!error.message().contains("secret"));
        assert_eq!(bound(&Value::Int(-2), &Type::INT8).unwrap(), (-2_i64).to_be_bytes());
        assert!(bound(&Value::Int(1), &Type::TEXT).is_err());
        assert!(bound(&Value::Bool(true), &Type::TEXT).is_err());
        assert!(bound(&Value::Bytes([1].into()), &Type::TEXT).is_err());
    }

    #[test]
    fn debug_of_a_bound_value_hides_it() {
        assert_eq!(format!("{:?}", Bound(&Value::from("secret"))), "text");
    }

    #[test]
    fn cells_of_the_wrong_length_are_errors() {
        assert_eq!(Decoder::Int4.read(&[0; 3]).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(Decoder::Bool.read(&[]).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(Decoder::Text.read(&[0xff]).unwrap_err().kind(), ErrorKind::Decode);
    }
}
