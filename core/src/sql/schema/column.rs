//! A column as the schema has it.

use super::super::Name;
use super::super::types::{IntoType, Type};
use super::{
    ClientDefault, Computed, ConflictResolution, ForeignKey, Generated, Identity, IntoDdlExpression,
};

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
    pub(super) default: Option<ClientDefault>,
    pub(super) onupdate: Option<ClientDefault>,
    on_conflict_not_null: Option<ConflictResolution>,
    on_conflict_unique: Option<ConflictResolution>,
    comment: Option<Name>,
}

impl Column {
    /// A column that may be NULL.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).with_type(types::Text)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE TABLE x (\n\ta TEXT\n)");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta LONGTEXT\n)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta TEXT\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_type<K>(mut self, ty: impl IntoType<K>) -> Self {
        self.ty = ty.into_type();
        self
    }

    /// The same with a type of this length; see [`Type::with_length`].
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::String).with_length(40)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta VARCHAR(40)\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn with_length(mut self, length: u32) -> Self {
        self.ty = self.ty.with_length(length);
        self
    }

    /// Part of the primary key, so never NULL. An integer that is the whole key, and no foreign
    /// key, is counted by the database unless [`autoincrement`](Self::autoincrement) says
    /// otherwise.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).primary_key()])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta SERIAL NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (a)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER AUTO_INCREMENT NOT NULL,\n\tCONSTRAINT pk_x PRIMARY \
    ///      KEY (a)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (a)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self.nullable = false;
        self
    }

    /// Never NULL.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).not_null()])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER NOT NULL\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn not_null(self) -> Self {
        self.nullable(false)
    }

    /// Whether NULL is allowed. Default: yes, except in a primary key.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).nullable(false)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER NOT NULL\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable && !self.primary_key;
        self
    }

    /// No two rows have the same value: a [`UniqueConstraint`](super::UniqueConstraint) of this
    /// column.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).unique()])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Has an [`Index`](super::Index) of its own.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateIndex;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).index()])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX ix_x_a ON x (a)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn index(mut self) -> Self {
        self.index = true;
        self
    }

    /// The value is that of another column: `"table.column"`, `"schema.table.column"` or a
    /// [`ForeignKey`].
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// # let (t, u) = tables_of_examples()?;
    /// let x = Table::builder("x")
    ///     .columns([Column::new("t_id", types::Integer).foreign_key("t.id")])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\tt_id INTEGER,\n\tCONSTRAINT fk_x_t_id_t FOREIGN KEY (t_id) \
    ///      REFERENCES t (id)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn foreign_key(mut self, target: impl Into<ForeignKey>) -> Self {
        self.foreign_key = Some(target.into());
        self
    }

    /// Whether the database makes the values of this primary key by counting.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).primary_key().autoincrement(false)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (a)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Integer),
    ///         Column::new("twice", types::Integer).computed("a * 2"),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\ttwice INTEGER GENERATED ALWAYS AS (a * 2) \
    ///      STORED\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn computed(mut self, expression: impl IntoDdlExpression) -> Self {
        let expression = expression.into_ddl_expression();
        self.generated = Some(Generated::Computed(Computed { expression, persisted: true }));
        self
    }

    /// It is an expression over other columns, which the database computes when it is read.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([
    ///         Column::new("a", types::Integer),
    ///         Column::new("twice", types::Integer).computed_virtual("a * 2"),
    ///     ])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\ttwice INTEGER GENERATED ALWAYS AS (a * 2) \
    ///      VIRTUAL\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn computed_virtual(mut self, expression: impl IntoDdlExpression) -> Self {
        let expression = expression.into_ddl_expression();
        self.generated = Some(Generated::Computed(Computed { expression, persisted: false }));
        self
    }

    /// The database counts it, by the standard's GENERATED AS IDENTITY where it has that.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, Identity};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("id", types::BigInteger)
    ///         .primary_key()
    ///         .identity(Identity::new().start(5))])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\tid BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 5) NOT \
    ///      NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\tid BIGINT AUTO_INCREMENT NOT NULL,\n\tCONSTRAINT pk_x PRIMARY \
    ///      KEY (id)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\tid INTEGER NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn identity(mut self, identity: Identity) -> Self {
        self.generated = Some(Generated::Identity(identity));
        self.nullable = false;
        self
    }

    /// SQLite: what becomes of a row in which it is NULL and must not be. Other databases have only
    /// the error.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{ConflictResolution, CreateTable};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)
    ///         .not_null()
    ///         .sqlite_on_conflict_not_null(ConflictResolution::Fail)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER NOT NULL ON CONFLICT FAIL\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn sqlite_on_conflict_not_null(mut self, resolution: ConflictResolution) -> Self {
        self.on_conflict_not_null = Some(resolution);
        self
    }

    /// SQLite: what becomes of a row whose value there is already, where the column is
    /// [`unique`](Self::unique). Other databases have only the error.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{ConflictResolution, CreateTable};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)
    ///         .unique()
    ///         .sqlite_on_conflict_unique(ConflictResolution::Ignore)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a)\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT uq_x_a UNIQUE (a) ON CONFLICT IGNORE\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn sqlite_on_conflict_unique(mut self, resolution: ConflictResolution) -> Self {
        self.on_conflict_unique = Some(resolution);
        self
    }

    /// What the column is for, kept in the database where it keeps such text.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer).comment("a number")])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER COMMENT 'a number'\n)"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
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
