//! Values of types that have no variant of their own.

use std::borrow::Cow;

/// A value of a type without a variant in [`ValueRef`](super::ValueRef), as the driver received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire<'a> {
    /// Which type of which database, and how it is written.
    pub ty: &'a WireType,
    /// The value.
    pub bytes: &'a [u8],
}

/// A type of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireType {
    database: &'static str,
    id: u32,
    name: Cow<'static, str>,
    format: WireFormat,
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

impl WireType {
    /// The type with the number `id` in the database whose dialect has the name `database`
    /// (PostgreSQL: the OID; MySQL: the type's byte).
    pub const fn new(
        database: &'static str,
        id: u32,
        name: &'static str,
        format: WireFormat,
    ) -> Self {
        Self { database, id, name: Cow::Borrowed(name), format }
    }

    /// The same for a type whose name is known at run time only.
    #[must_use]
    pub fn named(database: &'static str, id: u32, name: String, format: WireFormat) -> Self {
        Self { database, id, name: Cow::Owned(name), format }
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
