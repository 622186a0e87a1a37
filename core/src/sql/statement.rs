//! Statements: what all of them have in common.

use std::fmt;
use std::marker::PhantomData;

use super::schema::Table;
use super::{CacheKey, Compiled, Literals, Params, SessionSelect, SqlDialect, Template, sealed};
use crate::error::Result;
use crate::row::{Fetch, NamedRow, Row};
use crate::statement::ExecutionOptions;

/// A statement: a select, an insert, text, and the statements of the schema. There are no others.
///
/// Two halves: what the cache is asked with, and the compilation for when the cache has nothing.
/// Both are derived from one description of the tree, so a literal has one number in both.
pub trait ClauseElement: sealed::Sealed {
    /// The statement without its type: what is not generic is compiled once, and not for each statement
    /// of a program.
    #[doc(hidden)]
    fn as_element(&self) -> &dyn ClauseElement;

    /// Writes down the structure, without values, and collects the values. `names` are the
    /// parameters that will be given at execution.
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params);

    /// Compiles it for the cache. `names` are the parameters that will be given at execution.
    ///
    /// # Errors
    ///
    /// [`Compile`](crate::ErrorKind::Compile) or [`Argument`](crate::ErrorKind::Argument): it
    /// cannot be written for this database.
    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template>;

    /// The values that it has for its named binds.
    fn params(&self) -> &Params {
        Params::none()
    }

    /// Checks that it can be compiled ahead of its values.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument): it takes from the values what it would write.
    fn check_prepare(&self) -> Result<()> {
        Ok(())
    }

    /// The options that it is executed with, if it was given any.
    fn own_options(&self) -> Option<&ExecutionOptions> {
        None
    }

    /// The same as a session changes it before it runs it; `None` if it is no SELECT of this kind.
    #[doc(hidden)]
    fn for_session(&self) -> Option<SessionSelect> {
        None
    }

    /// The table of which it changes rows that are there, and whether it deletes them: what a session has of it is
    /// not what the database has then.
    #[doc(hidden)]
    fn changed(&self) -> Option<(&Table, bool)> {
        None
    }

    /// Compiles it for a database, to look at: no connection is needed. See [`Compiled`].
    ///
    /// # Errors
    ///
    /// As [`compile_with`](Self::compile_with).
    fn compile(&self, dialect: &dyn SqlDialect) -> Result<Compiled> {
        Compiled::new(self.as_element(), dialect)
    }

    /// Its text with the values in it, for a script or to look at: nothing is bound. The text is
    /// right whatever mode the server reads quotes and backslashes in.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Text)])?;
    /// let statement = t.select().where_(t.c("a")?.in_(["it's", "a\\b"]));
    /// assert_eq!(
    ///     statement.literal_sql(&PostgreSql::new())?,
    ///     r"SELECT t.a FROM t WHERE (t.a IN ('it''s', E'a\\b'))"
    /// );
    /// assert_eq!(
    ///     statement.literal_sql(&MySql::new())?,
    ///     r"SELECT t.a FROM t WHERE (t.a IN ('it''s', concat('a', left('\\', 1), 'b')))"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`compile`](Self::compile), and [`Compile`](crate::ErrorKind::Compile) for a value that
    /// the database has no text for; [`Argument`](crate::ErrorKind::Argument) for a bind without a
    /// value.
    fn literal_sql(&self, dialect: &dyn SqlDialect) -> Result<String> {
        Compiled::with_values(self.as_element(), dialect)
    }
}

/// A statement that a connection can execute, with the type of its rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statement",
    label = "expected a statement such as `select(…)`, `insert::<T>()` or `text(\"…\")`",
    note = "text is made a statement by `text(\"select …\")`"
)]
pub trait Executable: ClauseElement + Clone + Send + Sync {
    /// What its rows become.
    type Row: Fetch;

    /// The same statement with its rows as [`Row`], whose columns are found by name or place and
    /// read as any type.
    ///
    /// ```
    /// use aludel::sql::Executable;
    /// use aludel::{create_engine, literal, select};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let statement = select((literal(40_i64).label("n"), literal(true)));
    /// let row = conn.execute(statement.untyped())?.one()?;
    /// assert_eq!(row.get::<i64>("n")?, 40);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    fn untyped(self) -> Untyped<Self>
    where
        Self: Sized,
    {
        Untyped(self)
    }

    /// The same statement with its rows as a struct that has `#[derive(FromRow)]`: see
    /// [`FromNamedRow`](crate::row::FromNamedRow).
    ///
    /// ```
    /// use aludel::sql::Executable;
    /// use aludel::{FromRow, create_engine, literal, select};
    ///
    /// #[derive(Debug, PartialEq, FromRow)]
    /// struct Point {
    ///     x: i64,
    ///     y: i64,
    /// }
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let statement = select((literal(2_i64).label("y"), literal(1_i64).label("x")));
    /// let point = conn.execute(statement.into_rows::<Point>())?.one()?;
    /// assert_eq!(point, Point { x: 1, y: 2 });
    /// # Ok::<(), aludel::Error>(())
    /// ```
    fn into_rows<T: NamedRow>(self) -> IntoRows<Self, T>
    where
        Self: Sized,
    {
        IntoRows { statement: self, row: PhantomData }
    }
}

/// A statement with its rows as a struct: [`Executable::into_rows`].
#[must_use = "a statement does nothing until a connection executes it"]
pub struct IntoRows<E, T> {
    statement: E,
    row: PhantomData<fn() -> T>,
}

impl<E: Clone, T> Clone for IntoRows<E, T> {
    fn clone(&self) -> Self {
        Self { statement: self.statement.clone(), row: PhantomData }
    }
}

impl<E: fmt::Debug, T> fmt::Debug for IntoRows<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoRows").field(&self.statement).finish()
    }
}

impl<E: ClauseElement, T> ClauseElement for IntoRows<E, T> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        self.statement.cache_key(key, literals, names);
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        self.statement.compile_with(dialect, names)
    }

    fn params(&self) -> &Params {
        self.statement.params()
    }

    fn check_prepare(&self) -> Result<()> {
        self.statement.check_prepare()
    }

    fn own_options(&self) -> Option<&ExecutionOptions> {
        self.statement.own_options()
    }

    fn for_session(&self) -> Option<SessionSelect> {
        self.statement.for_session()
    }

    fn changed(&self) -> Option<(&Table, bool)> {
        self.statement.changed()
    }
}

impl<E: Executable, T: Fetch> Executable for IntoRows<E, T> {
    type Row = T;
}

/// A statement with its rows as [`Row`]: [`Executable::untyped`].
#[derive(Debug, Clone)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Untyped<E>(E);

impl<E> Untyped<E> {
    pub(super) fn new(of: E) -> Self {
        Self(of)
    }

    pub(super) fn into_inner(self) -> E {
        self.0
    }
}

impl<E: ClauseElement> ClauseElement for Untyped<E> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        self.0.cache_key(key, literals, names);
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        self.0.compile_with(dialect, names)
    }

    fn params(&self) -> &Params {
        self.0.params()
    }

    fn check_prepare(&self) -> Result<()> {
        self.0.check_prepare()
    }

    fn own_options(&self) -> Option<&ExecutionOptions> {
        self.0.own_options()
    }

    fn for_session(&self) -> Option<SessionSelect> {
        self.0.for_session()
    }

    fn changed(&self) -> Option<(&Table, bool)> {
        self.0.changed()
    }
}

impl<E: Executable> Executable for Untyped<E> {
    type Row = Row;
}

impl<E: ClauseElement + ?Sized> ClauseElement for &E {
    fn as_element(&self) -> &dyn ClauseElement {
        (**self).as_element()
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        (**self).cache_key(key, literals, names);
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        (**self).compile_with(dialect, names)
    }

    fn params(&self) -> &Params {
        (**self).params()
    }

    fn check_prepare(&self) -> Result<()> {
        (**self).check_prepare()
    }

    fn own_options(&self) -> Option<&ExecutionOptions> {
        (**self).own_options()
    }

    fn for_session(&self) -> Option<SessionSelect> {
        (**self).for_session()
    }

    fn changed(&self) -> Option<(&Table, bool)> {
        (**self).changed()
    }
}

/// Readable SQL.
impl<E: fmt::Display> fmt::Display for Untyped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Readable SQL.
impl<E: fmt::Display, T> fmt::Display for IntoRows<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statement.fmt(f)
    }
}

impl<E: Executable> Executable for &E {
    type Row = E::Row;
}
