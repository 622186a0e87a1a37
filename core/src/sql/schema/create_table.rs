//! CREATE TABLE and DROP TABLE.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Name, Params, SqlDialect, SqlWriter,
    Template,
};
use super::column_sql::{write_column, write_comment};
use super::constraint_sql::write_constraint;
use super::names_sql::{check_length, write_table_name};
use super::{Column, Constraint, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::statement::StatementKind;

/// CREATE TABLE, with the constraints of the table and without its indexes, which
/// [`CreateIndex`](super::CreateIndex) creates.
///
/// ```
/// use aludel::sql::schema::CreateTable;
/// use aludel::{Column, MetaData, Table, types};
///
/// let metadata = MetaData::new();
/// let id = Column::new("id", types::Integer).primary_key();
/// let tags = Table::new("tags", &metadata, [id, Column::new("name", types::String(40)).unique()])?;
/// assert_eq!(
///     CreateTable::new(&tags).to_string(),
///     "CREATE TABLE tags (\n\
///      \tid INTEGER NOT NULL,\n\
///      \tname VARCHAR(40),\n\
///      \tCONSTRAINT pk_tags PRIMARY KEY (id),\n\
///      \tCONSTRAINT uq_tags_name UNIQUE (name)\n\
///      )"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateTable {
    table: Table,
    if_not_exists: bool,
    /// The names of foreign keys that are added later.
    added_later: Vec<Name>,
}

/// DROP TABLE.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropTable {
    table: Table,
    if_exists: bool,
}

impl CreateTable {
    /// Creates the table.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table) -> Self {
        Self { table: table.clone(), if_not_exists: false, added_later: Vec::new() }
    }

    /// Does nothing if there is a table of this name already, whatever its columns.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x).if_not_exists();
    /// assert_eq!(statement.to_string(), "CREATE TABLE IF NOT EXISTS x (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    /// Without these foreign keys of the table, by their names: [`AddConstraint`](super::AddConstraint)
    /// adds them when the other table is there.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::{CreateTable, ForeignKey};
    /// # use aludel::{Column, MetaData, Table, types};
    /// # let (t, u) = tables_of_examples()?;
    /// let x = Table::builder("x")
    ///     .columns([Column::new("t_id", types::Integer)
    ///         .foreign_key(ForeignKey::new("t.id").named("of_t"))])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x).without_foreign_keys(["of_t"]);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\tt_id INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn without_foreign_keys<N: Into<Name>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.added_later.extend(names.into_iter().map(Into::into));
        self
    }

    /// Whether a constraint is a part of it.
    fn has(&self, constraint: &Constraint, dialect: &dyn SqlDialect) -> bool {
        let counted = dialect.has_conflict_clauses()
            && self.table.options().sqlite_autoincrement
            && self.table.autoincrement_column().is_some();
        let later = match constraint {
            // It stands behind its column.
            Constraint::PrimaryKey(_) => counted,
            Constraint::ForeignKey(key) => {
                let named = key.name().is_some_and(|name| self.added_later.contains(name));
                named || (key.uses_alter() && dialect.has(Feature::AlterConstraints))
            }
            _ => false,
        };
        !later && constraint.condition_of_ddl().holds(dialect)
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        let table = &self.table;
        to.sql("CREATE ");
        for prefix in table.prefixes() {
            to.sql(prefix.as_str());
            to.sql(" ");
        }
        if table.is_temporary() {
            to.require(Feature::TemporaryTables);
            to.sql("TEMPORARY ");
        }
        to.sql("TABLE ");
        to.sql(if self.if_not_exists { "IF NOT EXISTS " } else { "" });
        write_table_name(table.full_name(), to);
        to.sql(" (");
        for (index, column) in table.columns().iter().enumerate() {
            to.sql(if index > 0 { ",\n\t" } else { "\n\t" });
            write_column(table, column, to).map_err(|error| in_column(error, table, column))?;
        }
        let dialect = to.dialect();
        for constraint in table.constraints().iter().filter(|one| self.has(one, dialect)) {
            to.sql(",\n\t");
            write_constraint(table, constraint, to)?;
        }
        to.sql("\n)");
        let mut options = String::new();
        dialect.write_table_options(table, &mut options);
        to.sql(&options);
        if let Some(text) = table.comment_text() {
            write_comment(text, to);
        }
        Ok(())
    }
}

impl DropTable {
    /// Drops the table.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::DropTable;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = DropTable::new(&t);
    /// assert_eq!(statement.to_string(), "DROP TABLE t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(table: &Table) -> Self {
        Self { table: table.clone(), if_exists: false }
    }

    /// Does nothing if there is no such table.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::sql::schema::DropTable;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = DropTable::new(&t).if_exists();
    /// assert_eq!(statement.to_string(), "DROP TABLE IF EXISTS t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql("DROP TABLE ");
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        write_table_name(self.table.full_name(), to);
    }
}

#[cold]
fn in_column(error: Error, table: &Table, column: &Column) -> Error {
    error.context(&format!(
        "the column {:?} of the table {:?}",
        &**column.name(),
        table.full_name().to_string()
    ))
}

/// Whether the database can make the keys and indexes of the table.
fn check_key_lengths(table: &Table) -> Result<()> {
    let keys = table.constraints().iter().filter(|one| !matches!(one, Constraint::Check(_)));
    let in_keys = keys.flat_map(Constraint::columns);
    let in_indexes = table.indexes().iter().flat_map(|index| index.unlimited_columns());
    let mut names = in_keys.chain(in_indexes);
    let unbounded = names
        .find_map(|name| table.column(name).filter(|column| column.column_type().is_unbounded()));
    let Some(column) = unbounded else { return Ok(()) };
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "the column {:?} of the table {:?} is part of a key, so this database must know how \
             long its values can be: give it the type String(n) or Binary(n), in a mapped struct \
             by `#[aludel(length = n)]`",
            &**column.name(),
            table.full_name().to_string(),
        ),
    ))
}

impl Executable for CreateTable {
    type Row = Row;
}

impl ClauseElement for CreateTable {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'C');
        // A definition is never kept in the cache, so its key may cost what its text costs.
        key.name(&self.to_string().into());
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        self.table.check()?;
        check_length(self.table.name(), dialect)?;
        if dialect.requires_key_length() {
            check_key_lengths(&self.table)?;
        }
        let mut writer = SqlWriter::new(dialect);
        self.write(&mut writer)?;
        writer.finish(StatementKind::Ddl)
    }
}

impl Executable for DropTable {
    type Row = Row;
}

impl ClauseElement for DropTable {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'D');
        key.name(&self.to_string().into());
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        let mut writer = SqlWriter::new(dialect);
        self.write(&mut writer);
        writer.finish(StatementKind::Ddl)
    }
}

impl fmt::Display for CreateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SqlWriter::try_display(|to| self.write(to)) {
            Ok(sql) => f.write_str(&sql),
            Err(error) => write!(f, "CREATE TABLE {} ({error})", self.table.full_name()),
        }
    }
}

impl fmt::Display for DropTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.write(to)))
    }
}
