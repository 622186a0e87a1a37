//! EXPLAIN: how the database would execute a statement.

use std::fmt;

use super::{
    CacheKey, ClauseElement, Executable, Feature, Literals, Params, SqlDialect, SqlWriter, Template,
};
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// How the database would execute a statement: [`explain`].
#[derive(Debug, Clone)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Explain<E> {
    statement: E,
    analyze: bool,
}

/// How the database would execute a statement: a statement whose rows are the database's own account
/// of it, in a form that depends on the database.
///
/// ```
/// use aludel::dialect::{postgresql::PostgreSql, sqlite::Sqlite};
/// use aludel::sql::{ClauseElement, explain};
/// use aludel::{literal, select};
///
/// let statement = explain(select(literal(1_i64)));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "EXPLAIN SELECT $1");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "EXPLAIN QUERY PLAN SELECT ?1");
/// let executed = statement.analyze();
/// assert_eq!(executed.compile(&PostgreSql::new())?.sql(), "EXPLAIN ANALYZE SELECT $1");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn explain<E: Executable>(statement: E) -> Explain<E> {
    Explain { statement, analyze: false }
}

impl<E> Explain<E> {
    /// Executes the statement, and says what that took. A statement that changes rows changes them. SQLite
    /// explains only; MySQL executes only what changes nothing.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, explain, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = explain(t.select()).analyze();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "EXPLAIN ANALYZE SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "EXPLAIN ANALYZE SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "ANALYZE SELECT t.id, t.a, t.b, t.s, t.doc, t.tags FROM t"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn analyze(self) -> Self {
        Self { analyze: true, ..self }
    }
}

/// Readable SQL.
impl<E: fmt::Display> fmt::Display for Explain<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let analyze = if self.analyze { "ANALYZE " } else { "" };
        write!(f, "EXPLAIN {analyze}{}", self.statement)
    }
}

impl<E: ClauseElement> ClauseElement for Explain<E> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        key.mark(b'X');
        key.mark(u8::from(self.analyze));
        self.statement.cache_key(key, literals, names);
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        let explained = self.statement.compile_with(dialect, names)?;
        let mut needs = SqlWriter::new(dialect);
        if self.analyze {
            needs.require(Feature::ExplainAnalyze);
        }
        if self.analyze && explained.kind() == StatementKind::Dml {
            needs.require(Feature::ExplainAnalyzeChanges);
        }
        needs.finish(StatementKind::Text)?;
        Ok(explained.behind(dialect.explain_sql(self.analyze)))
    }

    fn params(&self) -> &Params {
        self.statement.params()
    }

    fn check_prepare(&self) -> Result<()> {
        self.statement.check_prepare()
    }
}

impl<E: Executable> Executable for Explain<E> {
    type Row = Row;
}
