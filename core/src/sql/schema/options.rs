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
    pub fn new() -> Self {
        Self::default()
    }

    names! {
        /// MySQL and MariaDB: the storage engine.
        mysql_engine
        /// MySQL and MariaDB: the character set of text.
        mysql_charset
        /// MySQL and MariaDB: the collation of text.
        mysql_collate
        /// MySQL and MariaDB: how rows are stored.
        mysql_row_format
        /// PostgreSQL: the tablespace.
        postgresql_tablespace
    }

    flags! {
        /// SQLite: the values of the key are never used again, even if the rows are deleted.
        sqlite_autoincrement
        /// SQLite: rows are stored by the primary key (WITHOUT ROWID).
        sqlite_without_rowid
        /// SQLite: values have the types of their columns (STRICT).
        sqlite_strict
    }

    /// MySQL and MariaDB: the first value of the key.
    pub fn mysql_auto_increment(mut self, first: u64) -> Self {
        self.mysql_auto_increment = Some(first);
        self
    }

    /// PostgreSQL: the tables whose columns it has too (INHERITS).
    pub fn postgresql_inherits<N: Into<Name>>(
        mut self,
        tables: impl IntoIterator<Item = N>,
    ) -> Self {
        self.postgresql_inherits.extend(tables.into_iter().map(Into::into));
        self
    }

    /// PostgreSQL: by what it is partitioned, such as `RANGE (day)`.
    pub fn postgresql_partition_by(mut self, sql: impl IntoSql) -> Self {
        self.postgresql_partition_by = Some(sql.into_sql());
        self
    }

    /// PostgreSQL: storage parameters, such as `fillfactor = 70`.
    pub fn postgresql_with(mut self, sql: impl IntoSql) -> Self {
        self.postgresql_with = Some(sql.into_sql());
        self
    }
}
