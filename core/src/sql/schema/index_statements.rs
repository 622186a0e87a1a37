//! CREATE INDEX and DROP INDEX.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Literals, Params, SqlDialect, SqlWriter, Template,
};
use super::create_table::{write_columns, write_constraint_name, write_table_name};
use super::{Index, IndexOwner, Table};
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// CREATE INDEX.
///
/// ```
/// use aludel::sql::schema::CreateIndex;
/// use aludel::{Column, MetaData, Table, types};
///
/// let metadata = MetaData::new();
/// let name = Column::new("name", types::String(40)).index();
/// let tags = Table::new("tags", &metadata, [name])?;
/// assert_eq!(
///     CreateIndex::new(&tags, &tags.indexes()[0]).to_string(),
///     "CREATE INDEX ix_tags_name ON tags (name)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateIndex {
    table: Table,
    index: Index,
}

/// DROP INDEX.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropIndex {
    table: Table,
    index: Index,
}

impl CreateIndex {
    /// Creates an index of the table, one of [`Table::indexes`].
    pub fn new(table: &Table, index: &Index) -> Self {
        Self { table: table.clone(), index: index.clone() }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.sql(if self.index.is_unique() { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
        let own_schema = to.dialect().index_owner() == IndexOwner::OwnSchema;
        if let (true, Some(schema)) = (own_schema, self.table.schema()) {
            to.name(schema);
            to.sql(".");
        }
        write_constraint_name(self.index.constraint_name(), to)?;
        to.sql(" ON ");
        if own_schema {
            to.name(self.table.name());
        } else {
            write_table_name(self.table.full_name(), to);
        }
        to.sql(" ");
        write_columns(self.index.columns(), to);
        Ok(())
    }
}

impl DropIndex {
    /// Drops an index of the table, one of [`Table::indexes`].
    pub fn new(table: &Table, index: &Index) -> Self {
        Self { table: table.clone(), index: index.clone() }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.sql("DROP INDEX ");
        let of_table = to.dialect().index_owner() == IndexOwner::Table;
        if let (false, Some(schema)) = (of_table, self.table.schema()) {
            to.name(schema);
            to.sql(".");
        }
        write_constraint_name(self.index.constraint_name(), to)?;
        if of_table {
            to.sql(" ON ");
            write_table_name(self.table.full_name(), to);
        }
        Ok(())
    }
}

macro_rules! statements {
    ($($ty:ident $mark:literal),*) => {$(
        impl Executable for $ty {
            type Row = Row;
        }

        impl ClauseElement for $ty {
            fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
                key.mark($mark);
                // A definition is never kept in the cache, so its key may cost what its text costs.
                key.name(&self.to_string().into());
            }

            fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
                let mut writer = SqlWriter::new(dialect);
                self.write(&mut writer)?;
                writer.finish(StatementKind::Ddl)
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let sql = SqlWriter::try_display(|to| self.write(to));
                f.write_str(&sql.map_err(|_| fmt::Error)?)
            }
        }
    )*};
}
statements!(CreateIndex b'x', DropIndex b'y');
