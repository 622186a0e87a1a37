//! A column as the schema has it.

use super::super::Name;
use super::super::types::Type;

/// A column of a table: its name, its type, its constraints.
///
/// ```
/// use aludel::{Column, types};
///
/// let column = Column::new("parent_id", types::Integer).foreign_key("parents.id").not_null();
/// assert_eq!(column.name(), "parent_id");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a column does nothing until a table has it"]
pub struct Column {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) primary_key: bool,
    pub(crate) unique: bool,
    pub(crate) foreign_key: Option<Name>,
    /// `None`: if it is the only integer of the primary key and no foreign key.
    pub(crate) autoincrement: Option<bool>,
}

impl Column {
    /// A column that may be NULL.
    pub fn new(name: impl Into<Name>, ty: Type) -> Self {
        Self {
            name: name.into(),
            ty,
            nullable: true,
            primary_key: false,
            unique: false,
            foreign_key: None,
            autoincrement: None,
        }
    }

    /// Part of the primary key, so never NULL. An integer that is the whole key, and no foreign
    /// key, is counted by the database unless [`autoincrement`](Self::autoincrement) says
    /// otherwise.
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self.nullable = false;
        self
    }

    /// Never NULL.
    pub fn not_null(self) -> Self {
        self.nullable(false)
    }

    /// Whether NULL is allowed. Default: yes, except in a primary key.
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable && !self.primary_key;
        self
    }

    /// No two rows have the same value.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// The value is that of another column, given as `table.column`.
    pub fn foreign_key(mut self, target: impl Into<Name>) -> Self {
        self.foreign_key = Some(target.into());
        self
    }

    /// Whether the database makes the values of this primary key.
    pub fn autoincrement(mut self, autoincrement: bool) -> Self {
        self.autoincrement = Some(autoincrement);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The table and the column that a foreign key names.
    pub(crate) fn target(&self) -> Option<(&str, &str)> {
        self.foreign_key.as_ref().and_then(|target| target.rsplit_once('.'))
    }
}
