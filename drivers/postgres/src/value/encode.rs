//! Values on their way to the server, in the type that it asks for.

use std::error::Error as StdError;
use std::fmt;

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Array, Value};
use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{Format, IsNull, Kind as TypeKind, ToSql, Type};

use super::numeric;

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

    fn encode_format(&self, ty: &Type) -> Format {
        // What is refused is refused when it is written.
        if form(self.0, ty) == Some(Form::Text) { Format::Text } else { Format::Binary }
    }
}

/// How a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Binary,
    /// The server reads it.
    Text,
}

/// The type that a domain is over, or the type itself.
fn base(ty: &Type) -> &Type {
    match ty.kind() {
        TypeKind::Domain(of) => base(of),
        _ => ty,
    }
}

/// Whether a type is one of text. Most values that are text go to one: that is asked before what a type is over.
#[inline]
fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

/// How a value can be sent as a type, if it can.
fn form(value: &Value, ty: &Type) -> Option<Form> {
    if matches!(value, Value::Text(_)) && is_text(ty) {
        return Some(Form::Text);
    }
    let ty = base(ty);
    let binary = match value {
        Value::Null => true,
        Value::Bool(_) => *ty == Type::BOOL,
        Value::Int(_) => matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::INT2 | Type::NUMERIC | Type::OID | Type::XID
        ),
        Value::UInt(_) => {
            matches!(*ty, Type::NUMERIC | Type::INT8 | Type::INT4 | Type::INT2 | Type::OID)
        }
        Value::Float(_) => matches!(*ty, Type::FLOAT8 | Type::FLOAT4),
        Value::Decimal(_) => matches!(*ty, Type::NUMERIC | Type::FLOAT8 | Type::FLOAT4),
        Value::Text(_) => return is_read(ty).then_some(Form::Text),
        Value::Bytes(_) => *ty == Type::BYTEA,
        Value::Date(_) => *ty == Type::DATE,
        Value::Time(_) => *ty == Type::TIME,
        Value::TimeTz(_) => *ty == Type::TIMETZ,
        Value::DateTime(_) => *ty == Type::TIMESTAMP,
        Value::Timestamp(_) => *ty == Type::TIMESTAMPTZ,
        Value::Interval(_) => *ty == Type::INTERVAL,
        Value::Uuid(_) => *ty == Type::UUID,
        Value::Json(_) => {
            return (matches!(*ty, Type::JSON | Type::JSONB) || is_text(ty)).then_some(Form::Text);
        }
        Value::Bits(_) => matches!(*ty, Type::BIT | Type::VARBIT),
        Value::Array(array) => return form_of_array(array, ty, is_text(ty)),
        Value::Other(other) if other.as_text().is_some() => {
            return is_read(ty).then_some(Form::Text);
        }
        Value::Other(other) => other.type_name() == ty.name(),
        _ => false,
    };
    binary.then_some(Form::Binary)
}

/// Whether the server reads any text as this type. Where a number or bytes are wanted, text would be
/// a mistake of the program.
fn is_read(ty: &Type) -> bool {
    !matches!(
        *ty,
        Type::BOOL
            | Type::INT2
            | Type::INT4
            | Type::INT8
            | Type::OID
            | Type::FLOAT4
            | Type::FLOAT8
            | Type::BYTEA
    )
}

/// Arrays are sent as text, whose elements the server reads as it does values.
fn form_of_array(array: &Array, ty: &Type, is_text: bool) -> Option<Form> {
    let fits = match ty.kind() {
        TypeKind::Array(element) => {
            array.elements().iter().all(|value| form(value, element).is_some())
        }
        _ => is_text,
    };
    fits.then_some(Form::Text)
}

/// Writes a value in the type that the server asks for.
fn write(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match value {
        Value::Null => return Ok(IsNull::Yes),
        Value::Int(value) if *ty == Type::INT8 => out.put_i64(*value),
        Value::Text(text) if is_text(ty) || is_read(base(ty)) => put_text(text, out)?,
        _ => match form(value, ty) {
            None => return Err(mismatch(value, ty)),
            Some(Form::Text) => put_text(&value.to_text(), out)?,
            Some(Form::Binary) => write_binary(value, base(ty), out)?,
        },
    }
    Ok(IsNull::No)
}

fn put_text(text: &str, out: &mut BytesMut) -> Result<()> {
    if text.as_bytes().contains(&0) {
        return Err(Error::new(
            ErrorKind::Data,
            "text with the character NUL was bound, which PostgreSQL does not have; leave it out, or use \
             bytes",
        ));
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

fn write_binary(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<()> {
    match value {
        Value::Bool(value) => out.put_u8(u8::from(*value)),
        Value::Int(value) => write_integer(*value, ty, out)?,
        Value::UInt(value) if *ty == Type::NUMERIC => numeric::write(&(*value).into(), out)?,
        Value::UInt(_) => return Err(too_large(ty)),
        Value::Float(value) if *ty == Type::FLOAT4 => out.put_f32(narrow(*value, ty)?),
        Value::Float(value) => out.put_f64(*value),
        Value::Decimal(value) if *ty == Type::FLOAT8 => {
            out.put_f64(value.to_f64().ok_or_else(|| too_many_digits(ty))?);
        }
        Value::Decimal(value) if *ty == Type::FLOAT4 => {
            out.put_f32(value.to_f32().ok_or_else(|| too_many_digits(ty))?);
        }
        Value::Decimal(value) => numeric::write(value, out)?,
        Value::Bytes(value) => out.put_slice(value),
        Value::Date(value) => out.put_i32(value.days()),
        Value::Time(value) => out.put_i64(value.micros()),
        Value::TimeTz(value) => {
            out.put_i64(value.time().micros());
            // The server counts to the west.
            out.put_i32(-value.offset());
        }
        Value::DateTime(value) => out.put_i64(value.micros()),
        Value::Timestamp(value) => out.put_i64(value.micros()),
        Value::Interval(value) => {
            out.put_i64(value.micros());
            out.put_i32(value.days());
            out.put_i32(value.months());
        }
        Value::Uuid(value) => out.put_slice(value.as_bytes()),
        Value::Bits(value) => {
            out.put_u32(value.len());
            out.put_slice(value.as_bytes());
        }
        Value::Other(value) => out.put_slice(value.as_bytes().unwrap_or_default()),
        _ => return Err(mismatch(value, ty)),
    }
    Ok(())
}

fn write_integer(value: i64, ty: &Type, out: &mut BytesMut) -> Result<()> {
    let refused = |_| too_large(ty);
    match *ty {
        Type::INT8 => out.put_i64(value),
        Type::INT4 => out.put_i32(i32::try_from(value).map_err(refused)?),
        Type::INT2 => out.put_i16(i16::try_from(value).map_err(refused)?),
        Type::NUMERIC => numeric::write(&value.into(), out)?,
        _ => out.put_u32(u32::try_from(value).map_err(refused)?),
    }
    Ok(())
}

/// The nearest number of the precision that the type has, which is the server's own rule.
fn narrow(value: f64, ty: &Type) -> Result<f32> {
    #[allow(clippy::cast_possible_truncation, reason = "REAL has this precision")]
    let narrow = value as f32;
    let lost = narrow.is_infinite() && value.is_finite() || narrow == 0.0 && value != 0.0;
    if lost { Err(too_large(ty)) } else { Ok(narrow) }
}

#[cold]
fn too_large(ty: &Type) -> Error {
    let message = format!("the number that was bound does not fit the parameter's type {ty}");
    Error::new(ErrorKind::Data, message)
}

#[cold]
fn too_many_digits(ty: &Type) -> Error {
    let message = format!(
        "the decimal number that was bound has more digits than the parameter's type {ty}; cast the \
         parameter to numeric in the statement, or bind a float"
    );
    Error::new(ErrorKind::Data, message)
}

#[cold]
fn mismatch(value: &Value, ty: &Type) -> Error {
    if let Some(refusal) = value.refusal() {
        return refusal;
    }
    Error::new(
        ErrorKind::Data,
        format!(
            "{} was bound where the statement takes the type {ty}; bind a value of that type, or \
             cast the parameter in the statement",
            value.as_ref().type_name()
        ),
    )
}

#[cfg(test)]
mod tests {
    use aludel_core::value::Decimal;

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
    fn numbers_fit_or_are_refused() {
        assert_eq!(bound(&Value::Int(-2), &Type::INT2).unwrap(), (-2_i16).to_be_bytes());
        assert!(bound(&Value::Int(1 << 31), &Type::INT4).is_err());
        assert!(bound(&Value::Int(-1), &Type::OID).is_err());
        assert!(bound(&Value::UInt(u64::MAX), &Type::INT8).is_err());
        assert!(bound(&Value::Float(1e300), &Type::FLOAT4).is_err());
        assert!(bound(&Value::Float(1e-300), &Type::FLOAT4).is_err());
        assert!(bound(&Value::Float(f64::INFINITY), &Type::FLOAT4).is_ok());
        let long: Decimal = format!("0.{}", "1".repeat(16_384)).parse().unwrap();
        assert_eq!(bound(&long.into(), &Type::NUMERIC).unwrap_err().kind(), ErrorKind::Data);
    }

    #[test]
    fn a_domain_is_what_it_is_over() {
        let over = |of: Type| Type::new("d".into(), 99_999, TypeKind::Domain(of), "s".into());
        let twice = over(over(Type::INT4));
        assert_eq!(bound(&Value::Int(7), &twice).unwrap(), 7_i32.to_be_bytes());
        assert!(bound(&Value::from("7"), &twice).is_err());
        assert_eq!(bound(&Value::from("x"), &over(Type::TEXT)).unwrap(), b"x");
        let array = Type::new("_d".into(), 99_998, TypeKind::Array(twice), "s".into());
        let ints = Array::new([Value::Int(1), Value::Null]);
        assert_eq!(bound(&ints.into(), &array).unwrap(), b"{1,NULL}");
        assert!(bound(&Array::new([Value::from("x")]).into(), &array).is_err());
    }

    #[test]
    fn debug_of_a_bound_value_hides_it() {
        assert_eq!(format!("{:?}", Bound(&Value::from("secret"))), "text");
    }
}
