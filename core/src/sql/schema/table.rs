//! A table: its name, its columns, the statements over it.

use std::sync::Arc;

use super::super::{AnyColumn, Dynamic, Insert, Name, Select};
use super::{Column, CreateTable, DropTable, MetaData};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;

/// A table that is described at run time. Cheap to clone.
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
#[derive(Debug, Clone, PartialEq)]
pub struct Table(Arc<Parts>);

#[derive(Debug, PartialEq)]
struct Parts {
    name: Name,
    columns: Vec<Column>,
}

impl Table {
    /// Describes a table and adds it to the metadata.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`]: the metadata has a table of this name, a column stands twice, there
    /// is none, or a foreign key is not of the form `table.column`.
    pub fn new(
        name: impl Into<Name>,
        metadata: &MetaData,
        columns: impl IntoIterator<Item = Column>,
    ) -> Result<Self> {
        let table = Self::unchecked(name.into(), columns.into_iter().collect());
        table.check()?;
        metadata.add(table.clone())?;
        Ok(table)
    }

    /// A table that is checked when it is made in the database.
    pub(super) fn unchecked(name: Name, columns: Vec<Column>) -> Self {
        Self(Arc::new(Parts { name, columns }))
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: String| {
            Err(Error::new(ErrorKind::Argument, format!("the table {:?}: {what}", &**self.name())))
        };
        if self.name().is_empty() {
            return wrong("a table needs a name".to_owned());
        }
        if self.name().contains('.') {
            return wrong("a name has no dot; schemas are not supported yet".to_owned());
        }
        if self.columns().is_empty() {
            return wrong("a table needs at least one column".to_owned());
        }
        for (index, column) in self.columns().iter().enumerate() {
            let name = column.name();
            if name.is_empty() {
                return wrong(format!("column number {} has no name", index + 1));
            }
            if self.columns()[..index].iter().any(|before| before.name() == name) {
                return wrong(format!("it has the column {name:?} twice"));
            }
            if let (Some(target), None) = (&column.foreign_key, column.target()) {
                return wrong(format!(
                    "the foreign key of {name:?} is {target:?}; write it as \"table.column\""
                ));
            }
            let only_key = column.primary_key
                && self.columns().iter().filter(|column| column.primary_key).count() == 1;
            if column.autoincrement == Some(true) && !(only_key && column.ty.is_integer()) {
                return wrong(format!(
                    "the database can make the values of {name:?} only if it is an integer and \
                     the whole primary key"
                ));
            }
        }
        Ok(())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Its columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// One of its columns.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`], with the columns there are.
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        match self.columns().iter().find(|column| column.name() == name) {
            Some(column) => Ok(self.column(column)),
            None => {
                let known: Vec<_> = self.columns().iter().map(Column::name).collect();
                Err(Error::new(
                    ErrorKind::NoSuchColumn,
                    format!(
                        "the table {:?} has no column {name:?}; it has: {}",
                        &**self.name(),
                        known.join(", ")
                    ),
                ))
            }
        }
    }

    fn column(&self, column: &Column) -> AnyColumn {
        AnyColumn { table: self.name().clone(), name: column.name.clone(), ty: column.ty }
    }

    /// Selects all its columns.
    pub fn select(&self) -> Select<Row> {
        let columns = self.columns().iter().map(|column| self.column(column).expression());
        Select::of_table(self.name().clone(), columns.collect())
    }

    /// Inserts into it.
    pub fn insert(&self) -> Insert<Dynamic> {
        Insert::into_table(self.clone())
    }

    /// The CREATE TABLE of it.
    pub fn create(&self) -> CreateTable {
        CreateTable(self.clone())
    }

    /// The DROP TABLE of it.
    pub fn drop(&self) -> DropTable {
        DropTable(self.clone())
    }

    /// The column whose values the database makes.
    pub(super) fn autoincrement(&self) -> Option<&Column> {
        let mut key = self.columns().iter().filter(|column| column.primary_key);
        let (first, None) = (key.next()?, key.next()) else { return None };
        let natural = first.ty.is_integer() && first.foreign_key.is_none();
        first.autoincrement.unwrap_or(natural).then_some(first)
    }
}
