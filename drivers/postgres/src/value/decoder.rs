//! How the cells of a column are read, by its type.

use std::fmt;
use std::sync::Arc;

use aludel_core::error::{Error, Result};
use aludel_core::value::{
    Array, BitsRef, Date, DateTime, Interval, NumericRef, Other, Time, TimeTz, Timestamp, Uuid,
    Value, ValueRef, Wire, WireDecoder, WireFormat, WireType,
};
use tokio_postgres::types::{Kind as TypeKind, Type};

use super::float_text::{float4, float8};
use super::input::{Input, exactly, impossible, not_utf8};
use super::{array, nested, network, numeric};

/// How the cells of one column are read.
#[derive(Debug, Clone)]
pub(crate) enum Decoder {
    Bool,
    Int2,
    Int4,
    Int8,
    /// What the server counts objects by.
    Oid,
    Float4,
    Float8,
    Text,
    /// The type `"char"`: one byte.
    Char,
    /// Text behind a byte that is the version of its form.
    VersionedText,
    Bytes,
    Numeric,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    Json,
    JsonB,
    Bits,
    /// What a function returns that returns nothing.
    Void,
    /// All others: decoded when they are read, if that is known.
    Rare(WireType, Option<Arc<Rare>>),
}

/// What is known of a type whose values are decoded when they are read.
#[derive(Debug)]
pub(crate) enum Rare {
    Array(Decoder),
    /// As text, printed so.
    Printed {
        name: Box<str>,
        as_text: Printer,
    },
}

/// How the value of a type is printed.
pub(crate) enum Printer {
    Plain(fn(&[u8]) -> Result<String>),
    Range(Decoder),
    Multirange(Decoder),
    Composite(Vec<Decoder>),
    /// A composite value whose fields are known by its bytes only.
    Record,
}

impl Decoder {
    /// The decoder for a type.
    pub(crate) fn of(ty: &Type) -> Self {
        match *ty {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::OID
            | Type::XID
            | Type::CID
            | Type::REGCLASS
            | Type::REGTYPE
            | Type::REGPROC
            | Type::REGPROCEDURE
            | Type::REGOPER
            | Type::REGOPERATOR
            | Type::REGROLE
            | Type::REGNAMESPACE
            | Type::REGCONFIG
            | Type::REGDICTIONARY
            | Type::REGCOLLATION => Self::Oid,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::TEXT
            | Type::VARCHAR
            | Type::BPCHAR
            | Type::NAME
            | Type::UNKNOWN
            | Type::XML
            | Type::CSTRING
            | Type::REFCURSOR => Self::Text,
            Type::CHAR => Self::Char,
            Type::JSONPATH => Self::VersionedText,
            Type::BYTEA => Self::Bytes,
            Type::NUMERIC => Self::Numeric,
            Type::DATE => Self::Date,
            Type::TIME => Self::Time,
            Type::TIMETZ => Self::TimeTz,
            Type::TIMESTAMP => Self::Timestamp,
            Type::TIMESTAMPTZ => Self::TimestampTz,
            Type::INTERVAL => Self::Interval,
            Type::UUID => Self::Uuid,
            Type::JSON => Self::Json,
            Type::JSONB => Self::JsonB,
            Type::BIT | Type::VARBIT => Self::Bits,
            Type::VOID => Self::Void,
            _ => Self::of_rare(ty),
        }
    }

    /// Types that come with extensions or are made by programs have other numbers in each database.
    fn of_rare(ty: &Type) -> Self {
        let printed = |as_text| {
            let rare = Rare::Printed { name: ty.name().into(), as_text };
            Self::rare(ty, Some(rare))
        };
        match ty.kind() {
            // No array to the client crate.
            _ if *ty == Type::RECORD_ARRAY => {
                Self::rare(ty, Some(Rare::Array(Self::of(&Type::RECORD))))
            }
            TypeKind::Enum(_) => Self::Text,
            TypeKind::Domain(base) => Self::of(base),
            TypeKind::Array(element) => Self::rare(ty, Some(Rare::Array(Self::of(element)))),
            TypeKind::Range(bound) => printed(Printer::Range(Self::of(bound))),
            TypeKind::Multirange(range) => match range.kind() {
                TypeKind::Range(bound) => printed(Printer::Multirange(Self::of(bound))),
                _ => printed(Printer::Multirange(Self::of(range))),
            },
            TypeKind::Composite(fields) => {
                let fields = fields.iter().map(|field| Self::of(field.type_())).collect();
                printed(Printer::Composite(fields))
            }
            _ => match Self::printer(ty) {
                Some(printer) => printed(printer),
                None => match ty.name() {
                    "citext" => Self::Text,
                    "ltree" | "lquery" | "ltxtquery" => Self::VersionedText,
                    _ => Self::rare(ty, None),
                },
            },
        }
    }

    fn printer(ty: &Type) -> Option<Printer> {
        Some(Printer::Plain(match *ty {
            Type::RECORD => return Some(Printer::Record),
            Type::INET | Type::CIDR => network::inet,
            Type::MACADDR | Type::MACADDR8 => |bytes| Ok(network::mac_address(bytes)),
            Type::PG_LSN => network::log_position,
            Type::TID => network::row_position,
            Type::POINT => network::point,
            Type::BOX => network::rectangle,
            Type::LSEG => network::line_segment,
            Type::PATH => network::path,
            Type::POLYGON => network::polygon,
            Type::LINE => network::line,
            Type::CIRCLE => network::circle,
            Type::TS_VECTOR => nested::text_search,
            _ if ty.name() == "hstore" => nested::hstore,
            _ => return None,
        }))
    }

    fn rare(ty: &Type, rare: Option<Rare>) -> Self {
        let wire =
            WireType::named("postgresql", ty.oid(), ty.name().to_owned(), WireFormat::Binary);
        match rare.map(Arc::new) {
            Some(rare) => Self::Rare(wire.with_decoder(Arc::clone(&rare) as _), Some(rare)),
            None => Self::Rare(wire, None),
        }
    }

    #[inline]
    pub(crate) fn read<'a>(&'a self, bytes: &'a [u8]) -> Result<ValueRef<'a>> {
        Ok(match self {
            Self::Bool => ValueRef::Bool(exactly::<1>(bytes)? != [0]),
            Self::Int2 => ValueRef::Int(i16::from_be_bytes(exactly(bytes)?).into()),
            Self::Int4 => ValueRef::Int(i32::from_be_bytes(exactly(bytes)?).into()),
            Self::Int8 => ValueRef::Int(i64::from_be_bytes(exactly(bytes)?)),
            Self::Float4 => ValueRef::Float(f32::from_be_bytes(exactly(bytes)?).into()),
            Self::Float8 => ValueRef::Float(f64::from_be_bytes(exactly(bytes)?)),
            Self::Text => ValueRef::Text(text(bytes)?),
            Self::Bytes => ValueRef::Bytes(bytes),
            Self::Numeric => ValueRef::Numeric(NumericRef::Groups(numeric::read(bytes)?)),
            Self::Date => ValueRef::Date(Date::from_days(i32::from_be_bytes(exactly(bytes)?))),
            Self::Timestamp => ValueRef::DateTime(DateTime::from_micros(micros(bytes)?)),
            Self::TimestampTz => ValueRef::Timestamp(Timestamp::from_micros(micros(bytes)?)),
            Self::Uuid => ValueRef::Uuid(Uuid::from_bytes(exactly(bytes)?)),
            Self::Rare(ty, _) => ValueRef::Wire(Wire { ty, bytes }),
            _ => return self.read_other(bytes),
        })
    }

    /// What is read less often.
    fn read_other<'a>(&self, bytes: &'a [u8]) -> Result<ValueRef<'a>> {
        Ok(match self {
            Self::Oid => ValueRef::Int(u32::from_be_bytes(exactly(bytes)?).into()),
            Self::Char => ValueRef::Text(match bytes {
                [0] => "",
                [byte] if !byte.is_ascii() => text(&OCTAL[usize::from(byte & 0x7f)])?,
                bytes => text(bytes)?,
            }),
            Self::VersionedText => ValueRef::Text(versioned(bytes)?),
            Self::Json => ValueRef::Json(text(bytes)?),
            Self::JsonB => ValueRef::Json(versioned(bytes)?),
            Self::Time => ValueRef::Time(Time::from_micros(micros(bytes)?).map_err(no_time)?),
            Self::TimeTz => {
                let mut input = Input::new(bytes);
                let (micros, west) = (input.i64()?, input.i32()?);
                let time = Time::from_micros(micros).map_err(no_time)?;
                ValueRef::TimeTz(TimeTz::new(time, west.saturating_neg()).map_err(no_time)?)
            }
            Self::Interval => {
                let mut input = Input::new(bytes);
                let (micros, days, months) = (input.i64()?, input.i32()?, input.i32()?);
                ValueRef::Interval(Interval::new(months, days, micros))
            }
            Self::Bits => {
                let mut input = Input::new(bytes);
                let len = input.u32()?;
                let bits = BitsRef::first(input.rest(), len);
                if bits.len() != len {
                    return Err(impossible("a string of bits that ends too early"));
                }
                ValueRef::Bits(bits)
            }
            _ => ValueRef::Null,
        })
    }

    /// The value as the server prints it, instants in UTC.
    fn print(&self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Float4 => Ok(float4(f32::from_be_bytes(exactly(bytes)?))),
            Self::Float8 => Ok(float8(f64::from_be_bytes(exactly(bytes)?))),
            Self::Rare(_, Some(rare)) => rare.print(bytes),
            _ => Ok(self.read(bytes)?.to_value()?.to_text()),
        }
    }
}

/// How the server prints the bytes from 128 on, of which a `"char"` can be one: `\200`.
static OCTAL: [[u8; 4]; 128] = {
    let mut printed = [[b'\\', b'2', b'0', b'0']; 128];
    let mut index = 0;
    let mut byte = 0_u8;
    while index < printed.len() {
        printed[index] = [b'\\', b'2' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)];
        index += 1;
        byte += 1;
    }
    printed
};

#[inline]
fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(not_utf8)
}

#[inline]
fn micros(bytes: &[u8]) -> Result<i64> {
    Ok(i64::from_be_bytes(exactly(bytes)?))
}

fn versioned(bytes: &[u8]) -> Result<&str> {
    match bytes.split_first() {
        Some((1, rest)) => text(rest),
        _ => Err(impossible("a value in an unknown version of its form")),
    }
}

#[cold]
fn no_time(error: Error) -> Error {
    impossible(error.message())
}

impl Rare {
    fn print(&self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Array(element) => {
                let print = |bytes: &[u8]| element.print(bytes).map(Value::from);
                array::read(bytes, print).map(|array: Array| array.to_string())
            }
            Self::Printed { as_text, .. } => as_text.print(bytes),
        }
    }
}

impl WireDecoder for Rare {
    fn decode(&self, bytes: &[u8]) -> Result<Value> {
        match self {
            Self::Array(element) => {
                array::read(bytes, |bytes| element.read(bytes)?.to_value()).map(Value::from)
            }
            Self::Printed { name, as_text } => {
                Ok(Other::text(name.clone(), as_text.print(bytes)?).into())
            }
        }
    }
}

impl Printer {
    fn print(&self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Plain(print) => print(bytes),
            Self::Range(bound) => nested::range(bytes, &|bytes| bound.print(bytes)),
            Self::Multirange(bound) => nested::multirange(bytes, &|bytes| bound.print(bytes)),
            Self::Composite(fields) => nested::composite(bytes, |place, _, bytes| {
                let field = fields.get(place);
                field.ok_or_else(|| impossible("a row with too many fields"))?.print(bytes)
            }),
            Self::Record => nested::composite(bytes, |_, oid, bytes| {
                let ty = Type::from_oid(oid).unwrap_or_else(|| unnamed(oid));
                Decoder::of(&ty).print(bytes)
            }),
        }
    }
}

/// A type of an extension or of the program, which a record names by its number only.
fn unnamed(oid: u32) -> Type {
    Type::new(format!("type {oid}"), oid, TypeKind::Simple, String::new())
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Range(_) => "Range",
            Self::Multirange(_) => "Multirange",
            Self::Composite(_) => "Composite",
            Self::Record => "Record",
        })
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::error::ErrorKind;

    use super::*;

    #[test]
    fn cells_of_the_wrong_length_are_errors() {
        for (decoder, bytes) in [
            (Decoder::Int4, &[0; 3][..]),
            (Decoder::Bool, &[]),
            (Decoder::Text, &[0xff]),
            (Decoder::Numeric, &[0, 1, 0, 0, 0, 0, 0, 0]),
            (Decoder::Numeric, &[0, 0, 0, 0, 1, 0, 0, 0]),
            (Decoder::Numeric, &[0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10]),
            (Decoder::Date, &[0; 8]),
            (Decoder::Time, &[0xff; 8]),
            (Decoder::TimeTz, &[0; 8]),
            (Decoder::Interval, &[0; 15]),
            (Decoder::Uuid, &[0; 15]),
            (Decoder::JsonB, b"\x02{}"),
            (Decoder::JsonB, b""),
            (Decoder::Bits, &[0, 0, 0, 9, 0]),
        ] {
            let error = decoder.read(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{decoder:?}");
        }
        let arrays = Decoder::of(&Type::INT4_ARRAY);
        for bytes in [&[0; 11][..], &[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 23], &[0, 0, 0, 1]] {
            let error = arrays.read(bytes).unwrap().to_value().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.message().contains("_int4"), "{error}");
        }
    }
}
