//! Definitions as text.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, IntoSql, Literals, Params, RawSql, SqlDialect, SqlWriter,
    Template,
};
use super::{DdlIf, Table};
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// A definition as text, for what the library has no words for: [`ddl`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Ddl {
    sql: RawSql,
    execute_if: DdlIf,
}

/// A definition as text. Nothing in it is read: a colon is a colon. As a listener of the events of
/// a table it has the table's name in place of `%(table)s`, its schema in place of `%(schema)s`, and
/// both in place of `%(fullname)s`, quoted where they must be.
///
/// ```
/// use aludel::event;
/// use aludel::engine::AfterCreateEvent;
/// use aludel::sql::schema::ddl;
/// use aludel::{Column, MetaData, Table, create_engine, text, types};
///
/// let metadata = MetaData::new();
/// let users = Table::new("users", &metadata, [Column::new("name", types::Text)])?;
/// let first = ddl("INSERT INTO %(fullname)s VALUES ('first: 100%')").execute_if("sqlite");
/// event::listen::<AfterCreateEvent>(&users, first);
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// metadata.create_all(&mut conn)?;
/// let name: String = conn.execute(text("select name from users"))?.one()?.get(0)?;
/// assert_eq!(name, "first: 100%");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn ddl(sql: impl IntoSql) -> Ddl {
    Ddl { sql: sql.into_sql(), execute_if: DdlIf::default() }
}

impl Ddl {
    /// For which databases it is executed when it listens to an event. A connection that is asked
    /// to execute it does so.
    ///
    /// ```
    /// # use aludel::sql::schema::ddl;
    /// let statement = ddl("ALTER TABLE t ENABLE ROW LEVEL SECURITY").execute_if("postgresql");
    /// assert_eq!(statement.to_string(), "ALTER TABLE t ENABLE ROW LEVEL SECURITY");
    /// ```
    pub fn execute_if(self, of: impl Into<DdlIf>) -> Self {
        Self { execute_if: of.into(), ..self }
    }

    /// Whether it is executed in this database when it listens to an event.
    #[must_use]
    pub fn is_for(&self, dialect: &dyn SqlDialect) -> bool {
        self.execute_if.holds(dialect)
    }

    /// The same for a table whose event it listens to.
    pub fn of_table(&self, table: &Table, dialect: &dyn SqlDialect) -> Self {
        let quoted = |name: &str| {
            let mut quoted = String::new();
            dialect.quote(name, &mut quoted);
            quoted
        };
        let name = quoted(table.name());
        let schema = dialect.translated(table.schema().map(|schema| &**schema));
        let schema = schema.map(quoted).unwrap_or_default();
        let full = if schema.is_empty() { name.clone() } else { format!("{schema}.{name}") };
        let sql = self.sql.as_str();
        let sql = sql.replace("%(table)s", &name).replace("%(schema)s", &schema);
        let sql = RawSql::new(sql.replace("%(fullname)s", &full));
        Self { sql, execute_if: self.execute_if.clone() }
    }
}

impl Executable for Ddl {
    type Row = Row;
}

impl ClauseElement for Ddl {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'3');
        key.name(&self.to_string().into());
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, _: &Params) -> Result<Template> {
        let mut writer = SqlWriter::new(dialect);
        writer.sql(self.sql.as_str());
        writer.finish(StatementKind::Ddl)
    }
}

impl fmt::Display for Ddl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql.as_str())
    }
}
