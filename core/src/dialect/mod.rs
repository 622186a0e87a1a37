//! Dialects: what differs from database to database, and has nothing to do with the driver.

#[cfg(test)]
mod definitions;
pub mod mysql;
pub mod postgresql;
pub mod sqlite;

use std::fmt;

use crate::error::Result;
use crate::sql::schema::TableName;
use crate::sql::{SqlDialect, Text};

/// One database's variant of SQL.
pub trait Dialect: SqlDialect + fmt::Debug {
    /// Its name, as URLs have it.
    fn name(&self) -> &'static str;

    /// A statement that returns a row if the table exists, in the current schema if its name has
    /// none.
    fn has_table_statement(&self, name: &TableName) -> Text;

    /// Sets a savepoint.
    ///
    /// # Errors
    ///
    /// [`NotSupported`](crate::ErrorKind::NotSupported) where there are none.
    fn savepoint(&self, name: &str) -> Result<String> {
        Ok(format!("SAVEPOINT {name}"))
    }

    /// Lets a savepoint go and keeps what came after it.
    ///
    /// # Errors
    ///
    /// As [`savepoint`](Self::savepoint).
    fn release_savepoint(&self, name: &str) -> Result<String> {
        Ok(format!("RELEASE SAVEPOINT {name}"))
    }

    /// Undoes what came after a savepoint.
    ///
    /// # Errors
    ///
    /// As [`savepoint`](Self::savepoint).
    fn rollback_to_savepoint(&self, name: &str) -> Result<String> {
        Ok(format!("ROLLBACK TO SAVEPOINT {name}"))
    }
}
