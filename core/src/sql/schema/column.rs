//! A column as the schema has it.

use super::super::Name;
use super::super::types::{IntoType, Type};
use super::{
    ClientDefault, Computed, ConflictResolution, ForeignKey, Generated, Identity, IntoDdlExpression,
};
use crate::value::Value;

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
    default: Option<ClientDefault>,
    onupdate: Option<ClientDefault>,
    on_conflict_not_null: Option<ConflictResolution>,
    on_conflict_unique: Option<ConflictResolution>,
    comment: Option<Name>,
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
            default: None,
            onupdate: None,
            on_conflict_not_null: None,
            on_conflict_unique: None,
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

    /// The database sets it to an expression if a statement does not set it: SQL, or an expression of
    /// the language, of which a value is one.
    ///
    /// ```
    /// use aludel::{Column, literal, types};
    ///
    /// let column = Column::new("created_at", types::DateTime).server_default("CURRENT_TIMESTAMP");
    /// assert_eq!(column.server_default_sql(), Some("CURRENT_TIMESTAMP"));
    /// let column = Column::new("n", types::Text).server_default(literal("it's".to_owned()));
    /// assert_eq!(column.server_default_sql(), Some("'it''s'"));
    /// ```
    pub fn server_default(mut self, expression: impl IntoDdlExpression) -> Self {
        self.generated = Some(Generated::Default(expression.into_ddl_expression()));
        self
    }

    /// The database always sets it to an expression over other columns, and stores it.
    pub fn computed(mut self, expression: impl IntoDdlExpression) -> Self {
        let expression = expression.into_ddl_expression();
        self.generated = Some(Generated::Computed(Computed { expression, persisted: true }));
        self
    }

    /// It is an expression over other columns, which the database computes when it is read.
    pub fn computed_virtual(mut self, expression: impl IntoDdlExpression) -> Self {
        let expression = expression.into_ddl_expression();
        self.generated = Some(Generated::Computed(Computed { expression, persisted: false }));
        self
    }

    /// The database counts it, by the standard's GENERATED AS IDENTITY where it has that.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.generated = Some(Generated::Identity(identity));
        self.nullable = false;
        self
    }

    /// What an INSERT sets it to if the program does not: a value that is always the same.
    ///
    /// ```
    /// use aludel::{Column, Value, types};
    ///
    /// let column = Column::new("state", types::String(10)).default("new");
    /// let default = column.client_default().expect("a default");
    /// assert_eq!(default.value(), Some(Value::from("new")));
    /// ```
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(ClientDefault::of_value(value.into()));
        self
    }

    /// What an INSERT sets it to if the program does not: what a closure gives, which is called for
    /// each row.
    pub fn default_fn<V: Into<Value>>(
        mut self,
        make: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        self.default = Some(ClientDefault::of_closure(move || make().into()));
        self
    }

    /// What an INSERT sets it to if the program does not: an expression, which becomes a part of the
    /// statement.
    pub fn default_expression(mut self, expression: impl IntoDdlExpression) -> Self {
        self.default = Some(ClientDefault::of_expression(expression.into_ddl_expression()));
        self
    }

    pub(in crate::sql) fn with_default(self, default: ClientDefault) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(in crate::sql) fn with_onupdate(self, onupdate: ClientDefault) -> Self {
        Self { onupdate: Some(onupdate), ..self }
    }

    /// What an UPDATE that does not set it sets it to: a value that is always the same.
    pub fn onupdate(mut self, value: impl Into<Value>) -> Self {
        self.onupdate = Some(ClientDefault::of_value(value.into()));
        self
    }

    /// What an UPDATE that does not set it sets it to: what a closure gives, which is called for each
    /// execution.
    pub fn onupdate_fn<V: Into<Value>>(
        mut self,
        make: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        self.onupdate = Some(ClientDefault::of_closure(move || make().into()));
        self
    }

    /// What an UPDATE that does not set it sets it to: an expression, which becomes a part of the
    /// statement.
    pub fn onupdate_expression(mut self, expression: impl IntoDdlExpression) -> Self {
        self.onupdate = Some(ClientDefault::of_expression(expression.into_ddl_expression()));
        self
    }

    /// SQLite: what becomes of a row in which it is NULL and must not be. Other databases have only
    /// the error.
    pub fn sqlite_on_conflict_not_null(mut self, resolution: ConflictResolution) -> Self {
        self.on_conflict_not_null = Some(resolution);
        self
    }

    /// SQLite: what becomes of a row whose value there is already, where the column is
    /// [`unique`](Self::unique). Other databases have only the error.
    pub fn sqlite_on_conflict_unique(mut self, resolution: ConflictResolution) -> Self {
        self.on_conflict_unique = Some(resolution);
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
            Some(Generated::Computed(computed)) => Some(computed.expression.as_str()),
            _ => None,
        }
    }

    /// What an INSERT sets it to if the program does not.
    #[must_use]
    pub fn client_default(&self) -> Option<&ClientDefault> {
        self.default.as_ref()
    }

    /// What an UPDATE sets it to if the program does not.
    #[must_use]
    pub fn client_onupdate(&self) -> Option<&ClientDefault> {
        self.onupdate.as_ref()
    }

    pub(super) fn conflict_of_not_null(&self) -> Option<ConflictResolution> {
        self.on_conflict_not_null
    }

    pub(super) fn conflict_of_unique(&self) -> Option<ConflictResolution> {
        self.on_conflict_unique
    }

    /// What it is for.
    #[must_use]
    pub fn comment_text(&self) -> Option<&Name> {
        self.comment.as_ref()
    }
}
