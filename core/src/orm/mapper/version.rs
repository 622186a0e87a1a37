//! Columns that say which state of a row an object is of.

use std::fmt;

use crate::value::Value;

/// What a mapped struct is besides its columns and relationships. `#[derive(Mapped)]` writes it.
#[derive(Debug, Clone, Copy)]
pub struct MapperOptions {
    pub(in crate::orm) version: Option<Version>,
    pub(in crate::orm) confirm_deleted_rows: bool,
}

impl MapperOptions {
    /// Nothing but the defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { version: None, confirm_deleted_rows: true }
    }

    /// The column that says which state of the row an object is of.
    #[must_use]
    pub const fn version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Rows that a DELETE does not find are not worth a warning.
    #[must_use]
    pub const fn without_confirmed_deletes(self) -> Self {
        Self { confirm_deleted_rows: false, ..self }
    }
}

impl Default for MapperOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The column that says which state of a row an object is of. `#[derive(Mapped)]` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    pub(in crate::orm) place: usize,
    pub(in crate::orm) kind: VersionKind,
}

impl Version {
    /// The column at this place.
    #[must_use]
    pub const fn new(place: usize, kind: VersionKind) -> Self {
        Self { place, kind }
    }
}

/// Who makes the versions of rows.
#[derive(Clone, Copy)]
pub enum VersionKind {
    /// The session, which counts from 1.
    Counter,
    /// A function of the program: the next version after this one, and the first one.
    By(fn(Option<&Value>) -> Value),
    /// The program sets them.
    Manual,
    /// The database.
    Server,
}

impl VersionKind {
    /// The version after this one, or the first one; `None` if the session does not make it.
    pub(in crate::orm) fn next(self, version: Option<&Value>) -> Option<Value> {
        match (self, version) {
            (Self::Counter, Some(Value::Int(version))) => Some(Value::Int(version.wrapping_add(1))),
            (Self::Counter, _) => Some(Value::Int(1)),
            (Self::By(next), version) => Some(next(version)),
            (Self::Manual | Self::Server, _) => None,
        }
    }
}

impl fmt::Debug for VersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "Counter",
            Self::By(_) => "By",
            Self::Manual => "Manual",
            Self::Server => "Server",
        })
    }
}
