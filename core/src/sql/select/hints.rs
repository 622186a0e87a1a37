//! Text that a SELECT has besides its clauses: prefixes, suffixes, hints.

use super::Select;
use crate::error::{Error, ErrorKind};
use crate::sql::from::FromClause;
use crate::sql::tree::Visitor;
use crate::sql::{IntoSql, Name, SqlWriter};

/// A text, and where it stands.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Hint {
    pub(super) place: Place,
    /// The dialect that it is for; `None`: all of them.
    pub(super) dialect: Option<&'static str>,
    pub(super) sql: Name,
    /// The object of FROM that it is for.
    pub(super) of: Option<FromClause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Place {
    /// Behind SELECT.
    Prefix,
    /// At the end.
    Suffix,
    /// In front of the statement, in a comment.
    Comment,
    /// Behind an object of FROM.
    Table,
}

impl Hint {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.place as u8));
        to.number(usize::from(self.dialect.is_some()));
        to.number(self.dialect.map_or(0, |dialect| dialect.as_ptr().addr()));
        to.name(&self.sql);
        to.number(usize::from(self.of.is_some()));
        self.of.iter().for_each(|of| to.from(of));
    }

    fn is_at(&self, place: Place, to: &SqlWriter<'_>) -> bool {
        self.place == place && self.dialect.is_none_or(|name| name == to.dialect().name())
    }
}

impl<S> Select<S> {
    /// Writes SQL behind the word SELECT.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).prefix_with("ALL");
    /// assert_eq!(statement.to_string(), "SELECT ALL t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn prefix_with(self, sql: impl IntoSql) -> Self {
        self.hinted(Place::Prefix, None, sql)
    }

    /// Writes SQL behind the word SELECT, for this dialect alone.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).prefix_with_for("mysql", "SQL_NO_CACHE");
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT SQL_NO_CACHE t.a FROM t");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn prefix_with_for(self, dialect: &'static str, sql: impl IntoSql) -> Self {
        self.hinted(Place::Prefix, Some(dialect), sql)
    }

    /// Writes SQL at the end.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).suffix_with("/* end */");
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t /* end */");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn suffix_with(self, sql: impl IntoSql) -> Self {
        self.hinted(Place::Suffix, None, sql)
    }

    /// Writes SQL at the end, for this dialect alone.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).suffix_with_for("mysql", "PROCEDURE ANALYSE()");
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a FROM t");
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t PROCEDURE ANALYSE()"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn suffix_with_for(self, dialect: &'static str, sql: impl IntoSql) -> Self {
        self.hinted(Place::Suffix, Some(dialect), sql)
    }

    /// Writes a comment in front of it, which the server's log shows. A comment that differs each time
    /// is a statement of its own each time.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).comment("the list of users");
    /// assert_eq!(statement.to_string(), "/* the list of users */ SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn comment(mut self, text: impl Into<Name>) -> Self {
        let hint = Hint { place: Place::Comment, dialect: None, sql: text.into(), of: None };
        self.parts().more().hints.push(hint);
        self
    }

    /// Writes SQL behind a table or an alias in FROM, for this dialect alone: how it reads the table.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Auto, Mapped, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// let users = select(User::c.id).with_hint(User::entity(), "mysql", "USE INDEX (PRIMARY)");
    /// let sql = users.compile(&MySql::new())?.sql().to_owned();
    /// assert_eq!(sql, "SELECT users.id FROM users USE INDEX (PRIMARY)");
    /// assert_eq!(users.compile(&PostgreSql::new())?.sql(), "SELECT users.id FROM users");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// MariaDB is `"mariadb"`: what both read is given twice. A hint for a table that is not selected
    /// from is an error when the statement is compiled.
    pub fn with_hint(
        mut self,
        of: impl Into<FromClause>,
        dialect: &'static str,
        sql: impl IntoSql,
    ) -> Self {
        let (sql, of) = (sql.into_sql().into(), Some(of.into()));
        let hint = Hint { place: Place::Table, dialect: Some(dialect), sql, of };
        self.parts().more().hints.push(hint);
        self
    }

    fn hinted(mut self, place: Place, dialect: Option<&'static str>, sql: impl IntoSql) -> Self {
        let sql = sql.into_sql().into();
        self.parts().more().hints.push(Hint { place, dialect, sql, of: None });
        self
    }
}

/// Those that stand behind objects of FROM, of which the statement selects from these.
pub(super) fn table_hints(
    hints: &[Hint],
    leaves: &[&FromClause],
    to: &mut SqlWriter<'_>,
) -> Vec<(FromClause, Name)> {
    let mut found = Vec::new();
    for hint in hints {
        let Some(of) = &hint.of else { continue };
        if !leaves.iter().any(|leaf| leaf.is(of)) {
            to.fail(not_selected_from(of));
        }
        if hint.is_at(Place::Table, to) {
            found.push((of.clone(), hint.sql.clone()));
        }
    }
    found
}

#[cold]
fn not_selected_from(of: &FromClause) -> Error {
    let of = of.shown_name();
    Error::new(
        ErrorKind::Compile,
        format!("a hint is for {of}, which the statement does not select from; name what it joins"),
    )
}

/// Writes those that stand behind SELECT.
pub(super) fn write_prefixes(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Prefix, to) {
            to.sql(&hint.sql);
            to.sql(" ");
        }
    }
}

/// Writes those that stand at the end.
pub(super) fn write_suffixes(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Suffix, to) {
            to.sql(" ");
            to.sql(&hint.sql);
        }
    }
}

/// Writes those that stand in front.
pub(super) fn write_comments(hints: &[Hint], to: &mut SqlWriter<'_>) {
    for hint in hints {
        if hint.is_at(Place::Comment, to) {
            to.sql("/* ");
            // Neither ends the comment nor begins one inside it.
            to.sql(&hint.sql.replace("*/", "* /").replace("/*", "/ *"));
            to.sql(" */ ");
        }
    }
}
