//! How a table is described: columns, constraints, indexes.

use super::super::{IntoSql, Name, RawSql};
use super::table::Parts;
use super::{
    CheckConstraint, Column, Constraint, Index, MetaData, NamingConvention, PrimaryKey, Table,
    TableName, TableOptions, UniqueConstraint,
};
use crate::error::Result;

/// Describes a table; made by [`Table::builder`].
///
/// ```
/// use aludel::sql::schema::{CheckConstraint, Index, UniqueConstraint};
/// use aludel::{Column, MetaData, Table, types};
///
/// let metadata = MetaData::new();
/// let orders = Table::builder("shop.orders")
///     .column(Column::new("id", types::BigInteger).primary_key())
///     .column(Column::new("customer", types::BigInteger).not_null())
///     .column(Column::new("number", types::Integer).not_null())
///     .constraint(UniqueConstraint::new(["customer", "number"]))
///     .constraint(CheckConstraint::new("number > 0").named("positive_number"))
///     .index(Index::new(["number"]))
///     .build(&metadata)?;
/// assert_eq!(orders.constraints().len(), 3);
/// assert_eq!(orders.schema().map(|schema| &**schema), Some("shop"));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a table is described by `build`"]
pub struct TableBuilder {
    name: TableName,
    columns: Vec<Column>,
    constraints: Vec<Constraint>,
    indexes: Vec<Index>,
    comment: Option<Name>,
    options: TableOptions,
    prefixes: Vec<RawSql>,
    temporary: bool,
}

impl TableBuilder {
    pub(super) fn new(name: TableName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            options: TableOptions::default(),
            prefixes: Vec::new(),
            temporary: false,
        }
    }

    /// The schema that it is in, in place of the one in the name.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .schema("shop")
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE shop.x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn schema(mut self, schema: impl Into<Name>) -> Self {
        self.name = self.name.in_schema(schema);
        self
    }

    /// One more column.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x =
    ///     Table::builder("x").column(Column::new("a", types::Integer)).build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// More columns.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let columns = ["a", "b"].map(|name| Column::new(name, types::Integer));
    /// let x = Table::builder("x").columns(columns).build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER,\n\tb INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// One more constraint, besides those that columns say.
    ///
    /// ```
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .constraint(CheckConstraint::new("a > 0").named("positive"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "CREATE TABLE x (\n\ta INTEGER,\n\tCONSTRAINT ck_x_positive CHECK (a > 0)\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn constraint(mut self, constraint: impl Into<Constraint>) -> Self {
        self.constraints.push(constraint.into());
        self
    }

    /// One more index, besides those that columns say.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .index(Index::new(["a"]))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX ix_x_a ON x (a)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// What the table is for, kept in the database where it keeps such text.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .comment("numbers")
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) COMMENT 'numbers'"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn comment(mut self, text: impl Into<Name>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// What else it has in one database or another.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new().sqlite_strict().mysql_engine("InnoDB"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) ENGINE=`InnoDB`"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) STRICT"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn options(mut self, options: TableOptions) -> Self {
        self.options = options;
        self
    }

    /// A word between CREATE and TABLE, such as `UNLOGGED`.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .prefix("UNLOGGED")
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE UNLOGGED TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn prefix(mut self, prefix: impl IntoSql) -> Self {
        self.prefixes.push(prefix.into_sql());
        self
    }

    /// Only this connection has it, until it ends.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .temporary()
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TEMPORARY TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn temporary(mut self) -> Self {
        self.temporary = true;
        self
    }

    /// Checks the table and adds it to the metadata.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument): the metadata has a table of this name, a column or a
    /// constraint stands twice, a constraint names a column that the table does not have, there is
    /// no column, or a foreign key is not of the form `table.column`.
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
    pub fn build(self, metadata: &MetaData) -> Result<Table> {
        metadata.add_described(self.into_parts())
    }

    /// The table without a check; see [`Table::named_by`].
    pub(crate) fn unchecked(self) -> Table {
        Table::named_by(self.into_parts(), &NamingConvention::default())
    }

    pub(super) fn into_parts(self) -> Parts {
        let Self { name, mut columns, constraints: mut given, mut indexes, .. } = self;
        let is_key = |constraint: &Constraint| matches!(constraint, Constraint::PrimaryKey(_));
        let key = match given.iter().position(is_key) {
            Some(at) => {
                let key = given.remove(at);
                let in_key = |column: &Column| key.columns().contains(column.name());
                columns = columns
                    .into_iter()
                    .map(|column| if in_key(&column) { column.primary_key() } else { column })
                    .collect();
                Some(key)
            }
            None => {
                let key = columns.iter().filter(|column| column.is_primary_key());
                let key: Vec<&Name> = key.map(Column::name).collect();
                (!key.is_empty()).then(|| PrimaryKey::new(key).into())
            }
        };
        let mut constraints = Vec::from_iter(key);
        let unique = columns.iter().filter(|column| column.is_unique());
        constraints.extend(unique.map(|column| {
            let unique = UniqueConstraint::new([column.name()]);
            match column.conflict_of_unique() {
                Some(resolution) => unique.sqlite_on_conflict(resolution).into(),
                None => unique.into(),
            }
        }));
        constraints.extend(columns.iter().filter_map(|column| {
            let target = column.references()?;
            Some(target.constraint_of(column.name()).into())
        }));
        constraints.extend(columns.iter().filter_map(|column| {
            let of = column.column_type().label_type()?;
            Some(CheckConstraint::of_labels(column.name(), of).into())
        }));
        constraints.extend(given);
        let indexed = columns.iter().filter(|column| column.is_indexed());
        let mut all: Vec<_> = indexed.map(|column| Index::new([column.name()])).collect();
        all.append(&mut indexes);
        let Self { comment, options, prefixes, temporary, .. } = self;
        Parts { name, columns, constraints, indexes: all, comment, options, prefixes, temporary }
    }
}
