//! Creating and dropping the tables of a [`MetaData`], each only if need be.

use super::Connection;
use crate::error::Result;
use crate::sql::schema::{
    CommentPlace, CreateIndex, CreateTable, DropTable, MetaData, SetComment, TableName,
};

impl MetaData {
    /// Creates the tables that do not exist, with their indexes and comments, each after those that its foreign
    /// keys name. A table that exists is left as it is.
    ///
    /// # Errors
    ///
    /// A table makes no sense, or the database refuses.
    pub fn create_all(&self, connection: &mut Connection) -> Result<()> {
        for table in self.sorted_tables()? {
            if connection.has_table(table.full_name())? {
                continue;
            }
            connection.execute(CreateTable::new(&table))?;
            for index in table.indexes() {
                connection.execute(CreateIndex::new(&table, index))?;
            }
            if connection.engine().dialect().comment_place() == CommentPlace::Statement {
                for comment in SetComment::all_of(&table) {
                    connection.execute(comment)?;
                }
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
            if connection.has_table(table.full_name())? {
                connection.execute(DropTable::new(table))?;
            }
        }
        Ok(())
    }
}

impl Connection {
    /// Whether a table or a view of this name exists: `"table"` in the current schema, or
    /// `"schema.table"`; see [`TableName`].
    ///
    /// # Errors
    ///
    /// The database's refusal.
    pub fn has_table(&mut self, name: impl Into<TableName>) -> Result<bool> {
        let name = name.into();
        let statement = self.engine().dialect().has_table_statement(&name);
        Ok(self.execute(statement)?.first()?.is_some())
    }
}
