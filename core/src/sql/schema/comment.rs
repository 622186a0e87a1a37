//! Comments on tables and columns, where they are statements of their own.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Literals, Name, Params, SqlDialect, SqlWriter, Template,
};
use super::names_sql::write_table_name;
use super::{Column, CommentPlace, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::statement::StatementKind;

/// Sets the comment of a table or of a column, for databases that do not read it in CREATE TABLE:
/// COMMENT ON. [`MetaData::create_all`](super::MetaData::create_all) executes it where it is needed.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::SetComment;
/// use aludel::{Column, MetaData, Table, types};
///
/// let metadata = MetaData::new();
/// let a = Column::new("a", types::Integer).comment("a number");
/// let table = Table::new("t", &metadata, [a])?;
/// let [set] = &SetComment::all_of(&table)[..] else { panic!("one comment") };
/// assert_eq!(set.compile(&PostgreSql::new())?.sql(), "COMMENT ON COLUMN t.a IS 'a number'");
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct SetComment {
    table: Table,
    column: Option<Name>,
    text: Name,
}

impl SetComment {
    /// The comments of a table and of its columns.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::SetComment;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Integer)])
    ///     .comment("numbers")
    ///     .build(&MetaData::new())?;
    /// let statement = SetComment::all_of(&x).remove(0);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "COMMENT ON TABLE x IS 'numbers'");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn all_of(table: &Table) -> Vec<Self> {
        let set = |column: Option<&Column>, text: &Name| Self {
            table: table.clone(),
            column: column.map(|column| column.name().clone()),
            text: text.clone(),
        };
        let of_table = table.comment_text().map(|text| set(None, text));
        let of_columns = table.columns().iter();
        let of_columns = of_columns
            .filter_map(|column| column.comment_text().map(|text| set(Some(column), text)));
        of_table.into_iter().chain(of_columns).collect()
    }

    fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql(if self.column.is_some() { "COMMENT ON COLUMN " } else { "COMMENT ON TABLE " });
        write_table_name(self.table.full_name(), to);
        if let Some(column) = &self.column {
            to.sql(".");
            to.name(column);
        }
        let mut quoted = String::new();
        to.dialect().quote_text(&self.text, &mut quoted);
        to.sql(" IS ");
        to.sql(&quoted);
    }
}

impl Executable for SetComment {
    type Row = Row;
}

impl ClauseElement for SetComment {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'z');
        // A definition is never kept in the cache, so its key may cost what its text costs.
        key.name(&self.to_string().into());
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        if dialect.comment_place() != CommentPlace::Statement {
            return Err(Error::new(
                ErrorKind::Compile,
                format!(
                    "{} has no COMMENT ON; a comment is a part of CREATE TABLE or there is none",
                    dialect.name()
                ),
            ));
        }
        let mut writer = SqlWriter::new(dialect);
        self.write(&mut writer);
        writer.finish(StatementKind::Ddl)
    }
}

impl fmt::Display for SetComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.write(to)))
    }
}
