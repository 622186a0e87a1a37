//! A column as the schema has it.

use super::super::types::{IntoType, Type};
use super::super::{IntoSql, Name, RawSql};
use super::ForeignKey;

/// A column of a table: its name, its type, its constraints.
///
/// ```
/// use aludel::{Column, types};
///
/// let column = Column::new("parent_id", types::Integer).foreign_key("parents.id").not_null();
/// assert_eq!(&**column.name(), "parent_id");
/// assert!(!column.is_nullable());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a column does nothing until a table has it"]
pub struct Column {
    name: Name,
    ty: Type,
    nullable: bool,
    primary_key: bool,
    unique: bool,
    index: bool,
    foreign_key: Option<ForeignKey>,
    /// `None`: if it is the only integer of the primary key and no foreign key.
    autoincrement: Option<bool>,
    generated: Option<Generated>,
    comment: Option<Name>,
}

/// How the database makes the value of a column that a statement does not set, besides counting:
/// see [`Table::autoincrement_column`](super::Table::autoincrement_column).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Generated {
    /// DEFAULT: the value of an expression when the row is inserted.
    Default(RawSql),
    /// GENERATED ALWAYS AS: always the value of an expression over other columns.
    Computed(RawSql),
    /// GENERATED AS IDENTITY: counted by the standard's means.
    Identity(Identity),
}

/// How an identity column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Identity {
    /// Whether a statement may not set the value itself.
    pub always: bool,
    /// The first value.
    pub start: Option<i64>,
    /// What is added for the next.
    pub increment: Option<i64>,
}

impl Identity {
    /// Counts from 1 by 1; a statement may set the value itself.
    #[must_use]
    pub const fn new() -> Self {
        Self { always: false, start: None, increment: None }
    }

    /// A statement may not set the value itself.
    #[must_use]
    pub const fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// The first value.
    #[must_use]
    pub const fn start(self, start: i64) -> Self {
        Self { start: Some(start), ..self }
    }

    /// What is added for the next.
    #[must_use]
    pub const fn increment(self, increment: i64) -> Self {
        Self { increment: Some(increment), ..self }
    }
}

impl Column {
    /// A column that may be NULL.
    pub fn new<K>(name: impl Into<Name>, ty: impl IntoType<K>) -> Self {
        Self::of_type(name.into(), ty.into_type())
    }

    fn of_type(name: Name, ty: Type) -> Self {
        Self {
            name,
            ty,
            nullable: true,
            primary_key: false,
            unique: false,
            index: false,
            foreign_key: None,
            autoincrement: None,
            generated: None,
            comment: None,
        }
    }

    /// The same with another type.
    pub fn with_type<K>(mut self, ty: impl IntoType<K>) -> Self {
        self.ty = ty.into_type();
        self
    }

    /// The same with a type of this length; see [`Type::with_length`].
    pub fn with_length(mut self, length: u32) -> Self {
        self.ty = self.ty.with_length(length);
        self
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

    /// No two rows have the same value: a [`UniqueConstraint`](super::UniqueConstraint) of this
    /// column.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Has an [`Index`](super::Index) of its own.
    pub fn index(mut self) -> Self {
        self.index = true;
        self
    }

    /// The value is that of another column: `"table.column"`, `"schema.table.column"` or a
    /// [`ForeignKey`].
    pub fn foreign_key(mut self, target: impl Into<ForeignKey>) -> Self {
        self.foreign_key = Some(target.into());
        self
    }

    /// Whether the database makes the values of this primary key by counting.
    pub fn autoincrement(mut self, autoincrement: bool) -> Self {
        self.autoincrement = Some(autoincrement);
        self
    }

    /// The database sets it to an expression of SQL if a statement does not set it.
    ///
    /// ```
    /// use aludel::{Column, types};
    ///
    /// let column = Column::new("created_at", types::DateTime).server_default("CURRENT_TIMESTAMP");
    /// assert_eq!(column.server_default_sql(), Some("CURRENT_TIMESTAMP"));
    /// ```
    pub fn server_default(mut self, expression: impl IntoSql) -> Self {
        self.generated = Some(Generated::Default(expression.into_sql()));
        self
    }

    /// The database always sets it to an expression of SQL over other columns, and stores it.
    pub fn computed(mut self, expression: impl IntoSql) -> Self {
        self.generated = Some(Generated::Computed(expression.into_sql()));
        self
    }

    /// The database counts it, by the standard's GENERATED AS IDENTITY where it has that.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.generated = Some(Generated::Identity(identity));
        self.nullable = false;
        self
    }

    /// What the column is for, kept in the database where it keeps such text.
    pub fn comment(mut self, text: impl Into<Name>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its type.
    #[must_use]
    pub fn column_type(&self) -> &Type {
        &self.ty
    }

    /// Whether it may be NULL.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether it is part of the primary key.
    #[must_use]
    pub fn is_primary_key(&self) -> bool {
        self.primary_key
    }

    /// Whether it says [`unique`](Self::unique). A constraint over several columns is the table's.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Whether it says [`index`](Self::index).
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.index
    }

    /// The column that its values are in. A foreign key of several columns is the table's.
    #[must_use]
    pub fn references(&self) -> Option<&ForeignKey> {
        self.foreign_key.as_ref()
    }

    /// What [`autoincrement`](Self::autoincrement) was set to; `None`: as the table decides, see
    /// [`Table::autoincrement_column`](super::Table::autoincrement_column).
    #[must_use]
    pub fn autoincrement_setting(&self) -> Option<bool> {
        self.autoincrement
    }

    /// How the database makes its value, besides counting.
    #[must_use]
    pub fn generated(&self) -> Option<&Generated> {
        self.generated.as_ref()
    }

    /// The expression of [`server_default`](Self::server_default).
    #[must_use]
    pub fn server_default_sql(&self) -> Option<&str> {
        match &self.generated {
            Some(Generated::Default(sql)) => Some(sql.as_str()),
            _ => None,
        }
    }

    /// The expression of [`computed`](Self::computed).
    #[must_use]
    pub fn computed_sql(&self) -> Option<&str> {
        match &self.generated {
            Some(Generated::Computed(sql)) => Some(sql.as_str()),
            _ => None,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn comment_text(&self) -> Option<&Name> {
        self.comment.as_ref()
    }
}
