//! Values on their way to the server, cells on their way back.

mod array;
mod body;
mod decoder;
mod encode;
mod float_text;
mod input;
mod nested;
mod network;
mod numeric;

use std::error::Error as StdError;

use aludel_core::dbapi::RawRow;
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::ValueRef;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Column, Row};

pub(crate) use body::BodyRow;
pub(crate) use decoder::Decoder;
pub(crate) use encode::Bound;

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

    #[cold]
    fn error_at(&self, error: Error, index: usize) -> Error {
        at_column(self.row.columns(), error, index)
    }
}

/// Says in an error at which column it came up.
#[cold]
fn at_column(columns: &[Column], error: Error, index: usize) -> Error {
    match columns.get(index) {
        Some(column) => {
            error.context(&format!("column {:?} ({})", column.name(), column.type_().name()))
        }
        None => error.context(&format!("column number {}", index + 1)),
    }
}

#[cold]
#[inline(never)]
fn unreadable(error: tokio_postgres::Error) -> Error {
    Error::new(ErrorKind::Decode, error.to_string()).with_source(error)
}
