//! What a table has besides columns and constraints, in one database.

use super::super::{IntoSql, Name, RawSql};

/// What SQLite does with a row that violates a constraint, where the constraint says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictResolution {
    /// The transaction ends.
    Rollback,
    /// The statement fails, and what it has done is undone: as without a clause.
    Abort,
    /// The statement fails, and what it has done stays.
    Fail,
    /// The row is left out.
    Ignore,
    /// The row that was there is deleted.
    Replace,
}

impl ConflictResolution {
    /// The clause, with a blank in front.
    ///
    /// ```
    /// use aludel::sql::schema::ConflictResolution;
    ///
    /// assert_eq!(ConflictResolution::Ignore.conflict_sql(), " ON CONFLICT IGNORE");
    /// ```
    #[must_use]
    pub const fn conflict_sql(self) -> &'static str {
        match self {
            Self::Rollback => " ON CONFLICT ROLLBACK",
            Self::Abort => " ON CONFLICT ABORT",
            Self::Fail => " ON CONFLICT FAIL",
            Self::Ignore => " ON CONFLICT IGNORE",
            Self::Replace => " ON CONFLICT REPLACE",
        }
    }
}

/// Options of a table, each for the database in its name; others create the table without it. They
/// are SQLAlchemy's arguments of `Table`.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CreateTable, TableOptions};
/// use aludel::{Column, MetaData, Table, types};
///
/// let table = Table::builder("t")
///     .column(Column::new("a", types::Integer))
///     .options(TableOptions::new().mysql_engine("InnoDB").sqlite_strict())
///     .build(&MetaData::new())?;
/// assert_eq!(
///     CreateTable::new(&table).compile(&MySql::new())?.sql(),
///     "CREATE TABLE t (\n\ta INTEGER\n) ENGINE=`InnoDB`"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "options do nothing until a table has them"]
pub struct TableOptions {
    pub(crate) mysql_engine: Option<Name>,
    pub(crate) mysql_charset: Option<Name>,
    pub(crate) mysql_collate: Option<Name>,
    pub(crate) mysql_row_format: Option<Name>,
    pub(crate) mysql_auto_increment: Option<u64>,
    pub(crate) sqlite_autoincrement: bool,
    pub(crate) sqlite_without_rowid: bool,
    pub(crate) sqlite_strict: bool,
    pub(crate) postgresql_inherits: Vec<Name>,
    pub(crate) postgresql_partition_by: Option<RawSql>,
    pub(crate) postgresql_with: Option<RawSql>,
    pub(crate) postgresql_tablespace: Option<Name>,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, name: impl Into<Name>) -> Self {
            self.$name = Some(name.into());
            self
        }
    )*};
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self) -> Self {
            self.$name = true;
            self
        }
    )*};
}

impl TableOptions {
    /// None.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new())
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    names! {
        /// MySQL and MariaDB: the storage engine.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().mysql_engine("InnoDB"))
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
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        mysql_engine
        /// MySQL and MariaDB: the character set of text.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().mysql_charset("utf8mb4"))
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&MySql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n) CHARSET=utf8mb4"
        /// );
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        mysql_charset
        /// MySQL and MariaDB: the collation of text.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().mysql_collate("utf8mb4_bin"))
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&MySql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n) COLLATE=utf8mb4_bin"
        /// );
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        mysql_collate
        /// MySQL and MariaDB: how rows are stored.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().mysql_row_format("DYNAMIC"))
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&MySql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n) ROW_FORMAT=`DYNAMIC`"
        /// );
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        mysql_row_format
        /// PostgreSQL: the tablespace.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().postgresql_tablespace("fast"))
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n) TABLESPACE fast"
        /// );
        /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        postgresql_tablespace
    }

    flags! {
        /// SQLite: the values of the key are never used again, even if the rows are deleted.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("id", types::Integer).primary_key()])
        ///     .options(TableOptions::new().sqlite_autoincrement())
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid SERIAL NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&MySql::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid INTEGER AUTO_INCREMENT NOT NULL,\n\
        ///      \tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid INTEGER NOT NULL CONSTRAINT pk_x PRIMARY KEY \
        ///      AUTOINCREMENT\n)"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        sqlite_autoincrement
        /// SQLite: rows are stored by the primary key (WITHOUT ROWID).
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("id", types::Integer).primary_key()])
        ///     .options(TableOptions::new().sqlite_without_rowid())
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid SERIAL NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&MySql::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid INTEGER AUTO_INCREMENT NOT NULL,\n\
        ///      \tCONSTRAINT pk_x PRIMARY KEY (id)\n)"
        /// );
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\tid INTEGER NOT NULL,\n\tCONSTRAINT pk_x PRIMARY KEY (id)\n\
        ///      ) WITHOUT ROWID"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        sqlite_without_rowid
        /// SQLite: values have the types of their columns (STRICT).
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, TableOptions};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let x = Table::builder("x")
        ///     .columns([Column::new("a", types::Integer)])
        ///     .options(TableOptions::new().sqlite_strict())
        ///     .build(&MetaData::new())?;
        /// let statement = CreateTable::new(&x);
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n)"
        /// );
        /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
        /// assert_eq!(
        ///     statement.compile(&Sqlite::new())?.sql(),
        ///     "CREATE TABLE x (\n\ta INTEGER\n) STRICT"
        /// );
        /// # Ok::<(), aludel::Error>(())
        /// ```
        sqlite_strict
    }

    /// MySQL and MariaDB: the first value of the key.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new().mysql_auto_increment(1000))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) AUTO_INCREMENT=1000"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn mysql_auto_increment(mut self, first: u64) -> Self {
        self.mysql_auto_increment = Some(first);
        self
    }

    /// PostgreSQL: the tables whose columns it has too (INHERITS).
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new().postgresql_inherits(["t"]))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) INHERITS (t)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn postgresql_inherits<N: Into<Name>>(
        mut self,
        tables: impl IntoIterator<Item = N>,
    ) -> Self {
        self.postgresql_inherits.extend(tables.into_iter().map(Into::into));
        self
    }

    /// PostgreSQL: by what it is partitioned, such as `RANGE (day)`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new().postgresql_partition_by("RANGE (a)"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) PARTITION BY RANGE (a)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn postgresql_partition_by(mut self, sql: impl IntoSql) -> Self {
        self.postgresql_partition_by = Some(sql.into_sql());
        self
    }

    /// PostgreSQL: storage parameters, such as `fillfactor = 70`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateTable, TableOptions};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .options(TableOptions::new().postgresql_with("fillfactor = 70"))
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta INTEGER\n) WITH (fillfactor = 70)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn postgresql_with(mut self, sql: impl IntoSql) -> Self {
        self.postgresql_with = Some(sql.into_sql());
        self
    }
}
