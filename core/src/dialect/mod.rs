//! Dialects: what differs from database to database, and has nothing to do with the driver.

mod capabilities;
#[cfg(test)]
mod definition_texts;
#[cfg(test)]
mod definitions;
pub mod mysql;
pub mod postgresql;
mod preparation;
pub mod sqlite;
mod text_key;
mod unique_keys;

use std::fmt;
use std::sync::Arc;

pub use capabilities::Capabilities;
pub use preparation::Preparation;
pub use text_key::TextKey;
pub(crate) use unique_keys::written_table;
pub use unique_keys::{CatalogueQuery, UniqueKey};

use crate::dbapi::{SchemaTranslateMap, ServerInfo, Version};
use crate::error::Result;
use crate::sql::schema::TableName;
use crate::sql::{SqlDialect, Text};
use crate::value::Value;

/// Whether a version, of which `None` is the newest, is this one or a later one.
const fn since(version: Option<Version>, first: Version) -> bool {
    match version {
        Some(version) => version.is_at_least(first),
        None => true,
    }
}

/// One database's variant of SQL, in one version of it.
pub trait Dialect: SqlDialect + fmt::Debug {
    /// What the database can do.
    fn capabilities(&self) -> &Capabilities;

    /// The dialect of one server, whose product and version are known. An engine asks when it
    /// connects for the first time.
    fn for_server(&self, server: &ServerInfo) -> Arc<dyn Dialect>;

    /// The same, which writes other schemas in the place of those that tables have. The names of what is asked for
    /// in the catalogue are the other ones already.
    fn translating(&self, schemas: SchemaTranslateMap) -> Arc<dyn Dialect>;

    /// What the text of statements depends on, beside the names of schemas. A statement that was compiled for another key is not
    /// executed.
    #[inline]
    fn text_key(&self) -> TextKey {
        TextKey::new(self.name(), self.features(), self.version())
    }

    /// A statement that returns a row if the table exists, in the current schema if its name has
    /// none.
    fn has_table_statement(&self, name: &TableName) -> Text;

    /// A statement that returns a row if the enum type exists; `None` where an enum is no type of its
    /// own.
    fn has_enum_type_statement(&self, name: &TableName) -> Option<Text> {
        let _ = name;
        None
    }

    /// A statement that returns a row if the sequence exists; `None` where there are no sequences.
    fn has_sequence_statement(&self, name: &TableName) -> Option<Text> {
        let _ = name;
        None
    }

    /// What to ask the catalogue about a unique key that a row has violated; `None` where the message says
    /// all that is known.
    fn unique_key_query(&self, known: &UniqueKey) -> Option<CatalogueQuery> {
        let _ = known;
        None
    }

    /// Adds what the catalogue has answered to [`unique_key_query`](Self::unique_key_query).
    fn complete_unique_key(&self, known: &mut UniqueKey, rows: &[Vec<Option<String>>]) {
        let _ = (known, rows);
    }

    /// How a session prepares a statement of so many parameters without executing it.
    fn preparation(&self, sql: &str, parameters: usize) -> Preparation {
        Preparation::by(format!("EXPLAIN {sql}"), vec![Value::Null; parameters])
    }

    /// The text that sets a savepoint.
    ///
    /// # Errors
    ///
    /// [`NotSupported`](crate::ErrorKind::NotSupported) where there are none.
    fn savepoint_sql(&self, name: &str) -> Result<String> {
        Ok(format!("SAVEPOINT {name}"))
    }

    /// The text that releases a savepoint and keeps what came after it.
    ///
    /// # Errors
    ///
    /// As [`savepoint_sql`](Self::savepoint_sql).
    fn release_savepoint_sql(&self, name: &str) -> Result<String> {
        Ok(format!("RELEASE SAVEPOINT {name}"))
    }

    /// The text that undoes what came after a savepoint.
    ///
    /// # Errors
    ///
    /// As [`savepoint_sql`](Self::savepoint_sql).
    fn rollback_to_savepoint_sql(&self, name: &str) -> Result<String> {
        Ok(format!("ROLLBACK TO SAVEPOINT {name}"))
    }
}
