//! CREATE TABLE and DROP TABLE.

use std::fmt;

use super::super::types::Type;
use super::super::{
    CacheKey, ClauseElement, Executable, Literals, Name, Params, SqlDialect, SqlWriter, Template,
};
use super::naming::shortened;
use super::{
    Column, CommentPlace, Constraint, ConstraintName, ForeignKeyConstraint, Generated, Table,
    TableName, listed,
};
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
    pub fn new(table: &Table) -> Self {
        Self { table: table.clone(), if_not_exists: false }
    }

    /// Does nothing if there is a table of this name already, whatever its columns.
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        let table = &self.table;
        to.sql("CREATE TABLE ");
        to.sql(if self.if_not_exists { "IF NOT EXISTS " } else { "" });
        write_table_name(table.full_name(), to);
        to.sql(" (");
        for (index, column) in table.columns().iter().enumerate() {
            to.sql(if index > 0 { ",\n\t" } else { "\n\t" });
            write_column(table, column, to).map_err(|error| in_column(error, table, column))?;
        }
        for constraint in table.constraints() {
            to.sql(",\n\t");
            write_constraint(table, constraint, to)?;
        }
        to.sql("\n)");
        if let Some(text) = table.comment_text() {
            write_comment(text, to);
        }
        Ok(())
    }
}

impl DropTable {
    /// Drops the table.
    pub fn new(table: &Table) -> Self {
        Self { table: table.clone(), if_exists: false }
    }

    /// Does nothing if there is no such table.
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql("DROP TABLE ");
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        write_table_name(self.table.full_name(), to);
    }
}

/// Writes a name that the program gave.
fn write_name(name: &str, to: &mut SqlWriter<'_>) -> Result<()> {
    check_length(name, to.dialect())?;
    to.name(name);
    Ok(())
}

fn check_length(name: &str, dialect: &dyn SqlDialect) -> Result<()> {
    let most = dialect.longest_name();
    if dialect.name_length(name) <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Compile,
        format!("the name {name:?} is longer than the {most} that this database has; shorten it"),
    ))
}

/// Writes the name of a constraint or an index: one that was made may be cut.
pub(super) fn write_constraint_name(name: &ConstraintName, to: &mut SqlWriter<'_>) -> Result<()> {
    match name {
        ConstraintName::Convention => Ok(()),
        ConstraintName::Given(name) => write_name(name, to),
        ConstraintName::Made(name) => {
            let dialect = to.dialect();
            let most = dialect.longest_name();
            to.name(&shortened(name, most, |name| dialect.name_length(name)));
            Ok(())
        }
    }
}

pub(super) fn write_table_name(name: &TableName, to: &mut SqlWriter<'_>) {
    if let Some(schema) = name.schema() {
        to.name(schema);
        to.sql(".");
    }
    to.name(name.name());
}

/// Writes a comment, if CREATE TABLE has it.
fn write_comment(text: &str, to: &mut SqlWriter<'_>) {
    if to.dialect().comment_place() == CommentPlace::CreateTable {
        let mut quoted = String::new();
        to.dialect().quote_text(text, &mut quoted);
        to.sql(" COMMENT ");
        to.sql(&quoted);
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

fn write_column(table: &Table, column: &Column, to: &mut SqlWriter<'_>) -> Result<()> {
    let dialect = to.dialect();
    write_name(column.name(), to)?;
    to.sql(" ");
    let ty = column.column_type();
    let counted = table.autoincrement_column().is_some_and(|one| one.name() == column.name());
    let identity = match column.generated() {
        Some(Generated::Identity(identity)) => Some((identity, dialect.identity_sql(identity))),
        _ => None,
    };
    match &identity {
        Some((_, Some(identity))) => {
            to.sql(&dialect.type_sql(ty)?);
            to.sql(identity);
        }
        Some((_, None)) if !counted => {
            return Err(Error::new(
                ErrorKind::Compile,
                "this database counts only an integer that is the whole primary key; make the \
                 identity column that, or set its values",
            ));
        }
        _ if counted => to.sql(&dialect.autoincrement_sql(ty)?),
        _ => to.sql(&dialect.type_sql(ty)?),
    }
    if let Type::String { collation: Some(collation), .. }
    | Type::Text { collation: Some(collation) } = ty
    {
        to.sql(" COLLATE ");
        to.name(collation);
    }
    let mut not_null = !column.is_nullable();
    match column.generated() {
        Some(Generated::Default(sql)) => {
            to.sql(" DEFAULT (");
            to.sql(sql.as_str());
            to.sql(")");
        }
        Some(Generated::Computed(sql)) => {
            to.sql(" GENERATED ALWAYS AS (");
            to.sql(sql.as_str());
            to.sql(") STORED");
            not_null &= dialect.has_not_null_computed();
        }
        _ => {}
    }
    to.sql(if not_null { " NOT NULL" } else { "" });
    if let Some(text) = column.comment_text() {
        write_comment(text, to);
    }
    Ok(())
}

fn write_constraint(table: &Table, constraint: &Constraint, to: &mut SqlWriter<'_>) -> Result<()> {
    to.dialect().check_constraint(constraint)?;
    let name = constraint.constraint_name();
    if name.get().is_some() {
        to.sql("CONSTRAINT ");
        write_constraint_name(name, to)?;
        to.sql(" ");
    }
    match constraint {
        Constraint::PrimaryKey(key) => {
            to.sql("PRIMARY KEY ");
            write_columns(key.columns(), to);
        }
        Constraint::Unique(unique) => {
            to.sql("UNIQUE ");
            write_columns(unique.columns(), to);
            to.sql(unique.deferral().deferrable_sql());
        }
        Constraint::Check(check) => {
            to.sql("CHECK (");
            to.sql(&check.condition_for(to.dialect()));
            to.sql(")");
        }
        Constraint::ForeignKey(key) => write_foreign_key(table, key, to)?,
    }
    Ok(())
}

pub(super) fn write_columns(columns: &[Name], to: &mut SqlWriter<'_>) {
    to.sql("(");
    to.separated(", ", columns, |column, to| to.name(column));
    to.sql(")");
}

fn write_foreign_key(
    table: &Table,
    key: &ForeignKeyConstraint,
    to: &mut SqlWriter<'_>,
) -> Result<()> {
    let dialect = to.dialect();
    to.sql("FOREIGN KEY ");
    write_columns(key.columns(), to);
    to.sql(" REFERENCES ");
    let referred = key.referred_table();
    if dialect.references_schemas() {
        write_table_name(referred, to);
    } else if referred.schema() == table.schema() {
        to.name(referred.name());
    } else {
        return Err(Error::new(
            ErrorKind::Compile,
            format!(
                "the foreign key of {} goes to {:?}, and this database has foreign keys within one \
                 schema only; put both tables into one",
                listed(key.columns()),
                referred.to_string()
            ),
        ));
    }
    to.sql(" ");
    write_columns(key.referred_columns(), to);
    for (event, action) in [("DELETE", key.delete_action()), ("UPDATE", key.update_action())] {
        if let Some(action) = action {
            to.sql(" ON ");
            to.sql(event);
            to.sql(" ");
            to.sql(action.action_sql());
        }
    }
    to.sql(key.deferral().deferrable_sql());
    Ok(())
}

/// Whether the database can make the keys and indexes of the table.
fn check_key_lengths(table: &Table) -> Result<()> {
    let keys = table.constraints().iter().filter(|one| !matches!(one, Constraint::Check(_)));
    let in_keys = keys.map(Constraint::columns);
    let in_indexes = table.indexes().iter().map(|index| index.columns());
    let mut names = in_keys.chain(in_indexes).flatten();
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
