//! A table: its name, its columns, its constraints, and the statements over it.

use std::sync::{Arc, OnceLock};

use super::super::dml::excluded_from;
use super::super::{
    Alias, AnyColumn, CacheKey, Delete, Dynamic, Insert, Name, RawSql, Select, SelectParts, Update,
};
use super::{
    CheckConstraint, Column, Constraint, ForeignKeyConstraint, Generated, Index, MetaData,
    NamingConvention, PrimaryKey, Slot, TableBuilder, TableName, TableOptions, UniqueConstraint,
};
use crate::error::{Error, ErrorKind, Result};

/// A table: described at run time, or the one of a mapped struct, `User::table()`. Cheap to clone.
///
/// ```
/// use aludel::{Column, MetaData, Table, types};
///
/// let metadata = MetaData::new();
/// let users = Table::new(
///     "users",
///     &metadata,
///     [Column::new("id", types::Integer).primary_key(), Column::new("name", types::String)],
/// )?;
/// let statement = users.select().where_(users.c("name")?.eq("sandy"));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT users.id, users.name FROM users WHERE users.name = :1"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table(Arc<Described>);

#[derive(Debug)]
struct Described {
    parts: Parts,
    listeners: Slot,
    /// What the key of a statement that sets its columns has of them.
    key_of_columns: OnceLock<CacheKey>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) name: TableName,
    pub(super) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) indexes: Vec<Index>,
    pub(super) comment: Option<Name>,
    pub(super) options: TableOptions,
    pub(super) prefixes: Vec<RawSql>,
    pub(super) temporary: bool,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.parts() == other.parts()
    }
}

impl Table {
    /// Describes a table by its columns and adds it to the metadata. The name is `"table"` or
    /// `"schema.table"`; see [`TableName`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`]: the metadata has a table of this name, a column stands twice, there
    /// is none, or a foreign key is not of the form `table.column`.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::new("shop.x", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE shop.x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(
        name: impl Into<TableName>,
        metadata: &MetaData,
        columns: impl IntoIterator<Item = Column>,
    ) -> Result<Self> {
        Self::builder(name).columns(columns).build(metadata)
    }

    /// Describes a table step by step: with constraints and indexes besides those of its columns.
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
    pub fn builder(name: impl Into<TableName>) -> TableBuilder {
        TableBuilder::new(name.into())
    }

    /// A table whose constraints have names by the convention. It is checked when it is added to
    /// metadata or created in the database.
    pub(super) fn named_by(mut parts: Parts, convention: &NamingConvention) -> Self {
        let table = parts.name.name().clone();
        for constraint in &mut parts.constraints {
            convention.name_constraint(&table, constraint);
        }
        for index in &mut parts.indexes {
            convention.name_index(&table, index);
        }
        let (listeners, key_of_columns) = (Slot::default(), OnceLock::new());
        Self(Arc::new(Described { parts, listeners, key_of_columns }))
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// The names and the types of its columns, which of them are its primary key, and which the database
    /// counts, for the key of a statement that sets some of them: tables of one name may have others.
    pub(in crate::sql) fn key_of_columns(&self) -> &[u8] {
        let written = self.0.key_of_columns.get_or_init(|| {
            let mut key = CacheKey::default();
            for column in self.columns() {
                key.name(column.name());
                key.full_type(column.column_type());
            }
            let primary = self.primary_key().map_or(&[][..], |primary| primary.columns());
            key.number(primary.len());
            primary.iter().for_each(|name| key.name(name));
            // It is the one column of the primary key, if any.
            key.number(usize::from(self.autoincrement_column().is_some()));
            key
        });
        written.as_bytes()
    }

    /// What the engine keeps with it.
    pub(crate) fn listeners(&self) -> &Slot {
        &self.0.listeners
    }

    /// Its name, without the schema.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.0.parts.name.name()
    }

    /// The schema that it is in; `None`: the connection's own.
    #[must_use]
    pub fn schema(&self) -> Option<&Name> {
        self.0.parts.name.schema()
    }

    /// Its name with the schema.
    #[must_use]
    pub fn full_name(&self) -> &TableName {
        &self.0.parts.name
    }

    /// Its columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.0.parts.columns
    }

    /// Its constraints: those that its columns say, and those of the table. The primary key is the
    /// first.
    #[must_use]
    pub fn constraints(&self) -> &[Constraint] {
        &self.0.parts.constraints
    }

    /// Its indexes: those that its columns say, and those of the table.
    pub fn indexes(&self) -> &[Index] {
        &self.0.parts.indexes
    }

    /// What it is for.
    #[must_use]
    pub fn comment_text(&self) -> Option<&Name> {
        self.0.parts.comment.as_ref()
    }

    /// What else it has in one database or another.
    pub fn options(&self) -> &TableOptions {
        &self.0.parts.options
    }

    /// Whether only the connection that creates it has it.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.parts.temporary
    }

    pub(super) fn prefixes(&self) -> &[RawSql] {
        &self.0.parts.prefixes
    }

    /// The columns that identify a row.
    #[must_use]
    pub fn primary_key(&self) -> Option<&PrimaryKey> {
        self.constraints().iter().find_map(|constraint| match constraint {
            Constraint::PrimaryKey(key) => Some(key),
            _ => None,
        })
    }

    /// Its foreign keys.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKeyConstraint> {
        self.constraints().iter().filter_map(|constraint| match constraint {
            Constraint::ForeignKey(key) => Some(key),
            _ => None,
        })
    }

    /// Its unique constraints.
    pub fn unique_constraints(&self) -> impl Iterator<Item = &UniqueConstraint> {
        self.constraints().iter().filter_map(|constraint| match constraint {
            Constraint::Unique(unique) => Some(unique),
            _ => None,
        })
    }

    /// Its CHECK constraints.
    pub fn check_constraints(&self) -> impl Iterator<Item = &CheckConstraint> {
        self.constraints().iter().filter_map(|constraint| match constraint {
            Constraint::Check(check) => Some(check),
            _ => None,
        })
    }

    /// The description of one of its columns.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns().iter().find(|column| **column.name() == *name)
    }

    /// One of its columns, for statements.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`], with the columns there are.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        match self.column(name) {
            Some(column) => Ok(self.any_column(column)),
            None => Err(self.no_column(name, ErrorKind::NoSuchColumn)),
        }
    }

    /// The error for a column that the table does not have.
    #[cold]
    pub(crate) fn no_column(&self, name: &str, kind: ErrorKind) -> Error {
        let known: Vec<_> = self.columns().iter().map(|column| &**column.name()).collect();
        Error::new(
            kind,
            format!(
                "the table {:?} has no column {name:?}; it has: {}",
                self.full_name().to_string(),
                known.join(", ")
            ),
        )
    }

    fn any_column(&self, column: &Column) -> AnyColumn {
        AnyColumn {
            of: self.into(),
            name: column.name().clone(),
            ty: Some(column.column_type().clone()),
        }
    }

    /// Selects all its columns.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = u.select();
    /// assert_eq!(statement.to_string(), "SELECT u.id, u.t_id FROM u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn select(&self) -> Select<Vec<AnyColumn>> {
        let columns = self.columns().iter().map(|column| self.any_column(column).expression());
        Select::new(SelectParts::of_table(self.into(), columns.collect()))
    }

    /// The table under another name, to select from it twice. Each call makes an alias of its own: keep
    /// it, and take its columns from it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let other = t.alias("other");
    /// let statement = select(other.c("a")?);
    /// assert_eq!(statement.to_string(), "SELECT other.a FROM t AS other");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn alias(&self, name: impl Into<Name>) -> Alias {
        Alias::new(self, Some(name.into()))
    }

    /// The table under a name that each statement finds for itself: `users_1`.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let other = t.anon_alias();
    /// let statement = select(other.c("a")?);
    /// assert_eq!(statement.to_string(), "SELECT t_1.a FROM t AS t_1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn anon_alias(&self) -> Alias {
        Alias::new(self, None)
    }

    /// All its columns, in order.
    pub(in crate::sql) fn all_columns(&self) -> impl Iterator<Item = AnyColumn> {
        self.columns().iter().map(|column| self.any_column(column))
    }

    /// Inserts into it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.insert().values(t.c("a")?.set(5));
    /// assert_eq!(statement.to_string(), "INSERT INTO t (a) VALUES (:1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn insert(&self) -> Insert<Dynamic> {
        Insert::into_table(self.clone())
    }

    /// Updates its rows.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().values(t.c("a")?.set(5)).where_(t.c("id")?.eq(1));
    /// assert_eq!(statement.to_string(), "UPDATE t SET a = :1 WHERE t.id = :2");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn update(&self) -> Update<Dynamic> {
        Update::of_table(self.clone())
    }

    /// Deletes its rows.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.delete().where_(t.c("id")?.eq(1));
    /// assert_eq!(statement.to_string(), "DELETE FROM t WHERE t.id = :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn delete(&self) -> Delete<Dynamic> {
        Delete::from_table(self.clone())
    }

    /// The row that could not be inserted, in what an upsert sets instead: see
    /// [`excluded`](crate::sql::excluded).
    #[must_use]
    pub fn excluded(&self) -> Alias {
        excluded_from(self)
    }

    /// The column whose values the database makes by counting: the only integer of the primary key,
    /// unless it is a foreign key, has a value made otherwise, or says
    /// [`autoincrement(false)`](Column::autoincrement).
    #[must_use]
    pub fn autoincrement_column(&self) -> Option<&Column> {
        let [only] = self.primary_key()?.columns() else { return None };
        let column = self.column(only)?;
        let names_another = || self.foreign_keys().any(|key| key.columns().contains(only));
        let natural = || match column.generated() {
            None => column.column_type().is_integer() && !names_another(),
            Some(Generated::Identity(_)) => true,
            Some(_) => false,
        };
        column.autoincrement_setting().unwrap_or_else(natural).then_some(column)
    }

    /// Whether the database makes the value of the column if a statement does not set it.
    #[must_use]
    pub fn is_generated(&self, column: &Column) -> bool {
        column.generated().is_some()
            || self.autoincrement_column().is_some_and(|counted| counted.name() == column.name())
    }
}
