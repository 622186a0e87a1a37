//! CREATE SCHEMA and DROP SCHEMA.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Name, Params, SqlDialect, SqlWriter,
    Template,
};
use super::names_sql::write_name;
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// CREATE SCHEMA; in MySQL and MariaDB it creates a database, which is a schema there.
///
/// ```
/// use aludel::sql::schema::{CreateSchema, DropSchema};
///
/// let create = CreateSchema::new("shop").if_not_exists();
/// assert_eq!(create.to_string(), "CREATE SCHEMA IF NOT EXISTS shop");
/// assert_eq!(DropSchema::new("shop").cascade().to_string(), "DROP SCHEMA shop CASCADE");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateSchema {
    name: Name,
    if_not_exists: bool,
}

/// DROP SCHEMA.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropSchema {
    name: Name,
    if_exists: bool,
    cascade: bool,
}

impl CreateSchema {
    /// Creates the schema.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateSchema;
    /// let statement = CreateSchema::new("shop");
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE SCHEMA shop");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE SCHEMA shop");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), if_not_exists: false }
    }

    /// Does nothing if there is a schema of this name already.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateSchema;
    /// let statement = CreateSchema::new("shop").if_not_exists();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE SCHEMA IF NOT EXISTS shop"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE SCHEMA IF NOT EXISTS shop");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::Schemas);
        to.sql("CREATE SCHEMA ");
        to.sql(if self.if_not_exists { "IF NOT EXISTS " } else { "" });
        write_name(&self.name, to)
    }
}

impl DropSchema {
    /// Drops the schema.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropSchema;
    /// let statement = DropSchema::new("shop");
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP SCHEMA shop");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "DROP SCHEMA shop");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), if_exists: false, cascade: false }
    }

    /// Does nothing if there is no such schema.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropSchema;
    /// let statement = DropSchema::new("shop").if_exists();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP SCHEMA IF EXISTS shop");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "DROP SCHEMA IF EXISTS shop");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    /// Drops what is in it too, which MySQL and MariaDB do without the word.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::DropSchema;
    /// let statement = DropSchema::new("shop").cascade();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP SCHEMA shop CASCADE");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn cascade(self) -> Self {
        Self { cascade: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::Schemas);
        to.sql("DROP SCHEMA ");
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        write_name(&self.name, to)?;
        if self.cascade {
            to.require(Feature::DropCascade);
            to.sql(" CASCADE");
        }
        Ok(())
    }
}

super::definition_statements!(CreateSchema b'A', DropSchema b'B');
