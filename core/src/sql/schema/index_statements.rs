//! CREATE INDEX and DROP INDEX.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Nulls, Params, SqlDialect, SqlWriter,
    Template,
};
use super::index::IndexedBy;
use super::names_sql::{write_columns, write_constraint_name, write_table_name};
use super::{Index, IndexElement, IndexOwner, Table};
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
    if_not_exists: bool,
    concurrently: bool,
}

/// DROP INDEX.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropIndex {
    table: Table,
    index: Index,
    if_exists: bool,
    concurrently: bool,
}

impl CreateIndex {
    /// Creates an index of the table, one of [`Table::indexes`].
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX ix_x_b ON x (b)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table, index: &Index) -> Self {
        Self {
            table: table.clone(),
            index: index.clone(),
            if_not_exists: false,
            concurrently: false,
        }
    }

    /// Does nothing if there is an index of this name already, whatever it is over.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]).if_not_exists();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX IF NOT EXISTS ix_x_b ON x (b)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "CREATE INDEX IF NOT EXISTS ix_x_b ON x (b)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE INDEX IF NOT EXISTS ix_x_b ON x (b)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    /// Without a lock that keeps others from writing to the table: PostgreSQL's CONCURRENTLY, which
    /// needs a connection whose isolation level is
    /// [`Autocommit`](crate::dbapi::IsolationLevel::Autocommit).
    ///
    /// ```
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::sql::schema::CreateIndex;
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let name = Column::new("name", types::String(40)).index();
    /// let tags = Table::new("tags", &MetaData::new(), [name])?;
    /// let index = CreateIndex::new(&tags, &tags.indexes()[0]).concurrently();
    /// assert_eq!(
    ///     index.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX CONCURRENTLY ix_tags_name ON tags (name)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn concurrently(self) -> Self {
        Self { concurrently: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.sql("CREATE ");
        if let Some(kind) = &self.index.kind {
            to.require(Feature::IndexKinds);
            to.sql(kind.as_str());
            to.sql(" ");
        }
        to.sql(if self.index.is_unique() { "UNIQUE INDEX " } else { "INDEX " });
        write_concurrently(self.concurrently, to);
        if self.if_not_exists {
            to.require(Feature::IndexIfExists);
            to.sql("IF NOT EXISTS ");
        }
        let own_schema = to.dialect().index_owner() == IndexOwner::OwnSchema;
        if own_schema {
            to.schema(self.table.schema().map(|schema| &**schema));
        }
        write_constraint_name(self.index.constraint_name(), to)?;
        to.sql(" ON ");
        if own_schema {
            to.name(self.table.name());
        } else {
            write_table_name(self.table.full_name(), to);
        }
        let method_first = to.dialect().index_method_first();
        if method_first {
            self.write_method(to);
        }
        to.sql(" (");
        for (index, element) in self.index.elements().iter().enumerate() {
            to.sql(if index > 0 { ", " } else { "" });
            write_element(element, to)?;
        }
        to.sql(")");
        if !method_first {
            self.write_method(to);
        }
        if !self.index.include.is_empty() {
            to.require(Feature::IndexInclude);
            to.sql(" INCLUDE ");
            write_columns(&self.index.include, to);
        }
        if let Some(condition) = &self.index.condition {
            to.require(Feature::PartialIndexes);
            to.sql(" WHERE ");
            condition.write(to)?;
        }
        Ok(())
    }

    fn write_method(&self, to: &mut SqlWriter<'_>) {
        if let Some(method) = &self.index.method {
            to.require(Feature::IndexMethods);
            to.sql(" USING ");
            to.sql(method.as_str());
        }
    }
}

impl DropIndex {
    /// Drops an index of the table, one of [`Table::indexes`].
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = DropIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP INDEX ix_x_b");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "DROP INDEX ix_x_b ON x");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "DROP INDEX ix_x_b");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table, index: &Index) -> Self {
        Self { table: table.clone(), index: index.clone(), if_exists: false, concurrently: false }
    }

    /// Does nothing if there is no such index.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = DropIndex::new(&x, &x.indexes()[0]).if_exists();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP INDEX IF EXISTS ix_x_b");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "DROP INDEX IF EXISTS ix_x_b ON x");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "DROP INDEX IF EXISTS ix_x_b");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    /// Without a lock that keeps others from writing to the table: PostgreSQL's CONCURRENTLY, which
    /// needs a connection whose isolation level is
    /// [`Autocommit`](crate::dbapi::IsolationLevel::Autocommit).
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = DropIndex::new(&x, &x.indexes()[0]).concurrently();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP INDEX CONCURRENTLY ix_x_b");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn concurrently(self) -> Self {
        Self { concurrently: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.sql("DROP INDEX ");
        write_concurrently(self.concurrently, to);
        if self.if_exists {
            to.require(Feature::IndexIfExists);
            to.sql("IF EXISTS ");
        }
        let of_table = to.dialect().index_owner() == IndexOwner::Table;
        if !of_table {
            to.schema(self.table.schema().map(|schema| &**schema));
        }
        write_constraint_name(self.index.constraint_name(), to)?;
        if of_table {
            to.sql(" ON ");
            write_table_name(self.table.full_name(), to);
        }
        Ok(())
    }
}

fn write_concurrently(concurrently: bool, to: &mut SqlWriter<'_>) {
    if concurrently {
        to.require(Feature::ConcurrentIndexes);
        to.sql("CONCURRENTLY ");
    }
}

fn write_element(element: &IndexElement, to: &mut SqlWriter<'_>) -> Result<()> {
    match &element.of {
        IndexedBy::Column(name) => to.name(name),
        IndexedBy::Expression(expression) => {
            to.require(Feature::ExpressionIndexes);
            to.sql("(");
            expression.write(to)?;
            to.sql(")");
        }
    }
    if let Some(length) = element.length {
        to.require(Feature::IndexPrefixes);
        to.sql(&format!("({length})"));
    }
    if let Some(class) = &element.operator_class {
        to.require(Feature::OperatorClasses);
        to.sql(" ");
        to.sql(class.as_str());
    }
    to.sql(if element.descending { " DESC" } else { "" });
    if let Some(nulls) = element.nulls {
        to.require(Feature::IndexNulls);
        to.sql(if nulls == Nulls::First { " NULLS FIRST" } else { " NULLS LAST" });
    }
    Ok(())
}

super::definition_statements!(CreateIndex b'x', DropIndex b'y');
