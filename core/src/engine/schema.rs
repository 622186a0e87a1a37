//! Making and dropping the tables of a [`MetaData`], each only if need be.

use super::Connection;
use crate::error::Result;
use crate::sql::schema::{MetaData, Table};

impl MetaData {
    /// Makes the tables that do not exist, each behind those that its foreign keys name.
    ///
    /// # Errors
    ///
    /// A table makes no sense, or the database refuses.
    pub fn create_all(&self, connection: &mut Connection) -> Result<()> {
        for table in self.sorted_tables()? {
            if !connection.has_table(table.name())? {
                connection.execute(table.create())?;
            }
        }
        Ok(())
    }

    /// Drops the tables that exist, in the opposite order.
    ///
    /// # Errors
    ///
    /// As [`create_all`](Self::create_all).
    pub fn drop_all(&self, connection: &mut Connection) -> Result<()> {
        for table in self.sorted_tables()?.iter().rev() {
            if connection.has_table(table.name())? {
                connection.execute(Table::drop(table))?;
            }
        }
        Ok(())
    }
}

impl Connection {
    /// Whether a table or a view of this name exists in the current schema.
    ///
    /// # Errors
    ///
    /// The database's refusal.
    pub fn has_table(&mut self, name: &str) -> Result<bool> {
        let found = self.execute(self.engine().dialect().has_table(name))?.first()?;
        Ok(found.is_some())
    }
}
