//! Values of types that have no variant of their own.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Other, Value};
use crate::error::{Error, ErrorKind, Result};

/// A value of a type without a variant in [`ValueRef`](super::ValueRef), as the driver received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire<'a> {
    /// Which type of which database, and how it is written.
    pub ty: &'a WireType,
    /// The value.
    pub bytes: &'a [u8],
}

/// A type of a database. Two are equal if their databases, numbers, names and formats are.
#[derive(Clone)]
pub struct WireType {
    database: &'static str,
    id: u32,
    name: Cow<'static, str>,
    format: WireFormat,
    decoder: Option<Arc<dyn WireDecoder>>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireFormat {
    /// In the binary form of the database's protocol.
    Binary,
    /// As text, in the way in which the database prints it.
    Text,
}

/// What a driver knows of a type whose values are decoded only when they are read: arrays, ranges,
/// composite types.
pub trait WireDecoder: Send + Sync + 'static {
    /// The value of these bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if they are none of the type.
    fn decode(&self, bytes: &[u8]) -> Result<Value>;
}

impl WireType {
    /// The type with the number `id` in the database whose dialect has the name `database`
    /// (PostgreSQL: the OID; MySQL: the type's byte).
    pub const fn new(
        database: &'static str,
        id: u32,
        name: &'static str,
        format: WireFormat,
    ) -> Self {
        Self { database, id, name: Cow::Borrowed(name), format, decoder: None }
    }

    /// The same for a type whose name is known at run time only.
    #[must_use]
    pub fn named(database: &'static str, id: u32, name: String, format: WireFormat) -> Self {
        Self { database, id, name: Cow::Owned(name), format, decoder: None }
    }

    /// The same type, whose values are decoded by this.
    #[must_use]
    pub fn with_decoder(self, decoder: Arc<dyn WireDecoder>) -> Self {
        Self { decoder: Some(decoder), ..self }
    }

    /// The name of the dialect of its database.
    #[must_use]
    pub fn database(&self) -> &'static str {
        self.database
    }

    /// Its number in the database. Those of different databases have nothing in common.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Its name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its values are written.
    #[must_use]
    pub fn format(&self) -> WireFormat {
        self.format
    }

    /// The beginning of a message about a cell of this type.
    pub(super) fn described(&self) -> String {
        format!("the cell has the {} type {:?}", self.database, &*self.name)
    }
}

impl Wire<'_> {
    /// The value, decoded by what the driver knows of the type. Without that, what is written as text
    /// is an [`Other`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the type has no decoder, or the bytes are none of the type.
    pub fn decode(&self) -> Result<Value> {
        match &self.ty.decoder {
            Some(decoder) => decoder
                .decode(self.bytes)
                .map_err(|error| error.with_kind(ErrorKind::Decode).context(&self.ty.described())),
            None => match (self.ty.format, std::str::from_utf8(self.bytes)) {
                (WireFormat::Text, Ok(text)) => Ok(Other::text(self.ty.name(), text).into()),
                _ => Err(self.undecoded("a value")),
            },
        }
    }

    /// Whether there is a decoder.
    pub(super) fn is_decoded(&self) -> bool {
        self.ty.decoder.is_some()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn undecoded(&self, wanted: &str) -> Error {
        Error::new(
            ErrorKind::Decode,
            format!(
                "{}, which cannot be read as {wanted}; cast it in the statement, for instance to text",
                self.ty.described()
            ),
        )
    }
}

impl PartialEq for WireType {
    fn eq(&self, other: &Self) -> bool {
        (self.database, self.id, &self.name, self.format)
            == (other.database, other.id, &other.name, other.format)
    }
}

impl Eq for WireType {}

impl fmt::Debug for WireType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireType")
            .field("database", &self.database)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
