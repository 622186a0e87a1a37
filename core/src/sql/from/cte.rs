//! Common table expressions: queries that stand before the statement, under a name.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{FromClause, FromKind, NamedColumn, ResultColumns, Subquery, name_of};
use crate::error::Result;
use crate::sql::select::{CompoundParts, QueryParts, SelectParts, SetOperator};
use crate::sql::tree::{ColumnKinds, MAX_DEPTH, TOO_DEEP, Visitor};
use crate::sql::{
    AnyColumn, Expr, Expression, Feature, Name, Query, SameRow, Selection, SqlWriter,
};

/// A query that stands before the statement and that the statement selects from by its name:
/// `WITH x AS (SELECT …)`. Cheap to clone.
///
/// It stands in front of the whole statement, wherever in it it is named.
///
/// ```
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     boss_id: Option<i64>,
/// }
///
/// let x = select((User::c.id, User::c.boss_id)).cte("x");
/// let (boss, other) = (x.alias("boss"), x.alias("other"));
/// let ((id, _), (_, of)) = (boss.columns(), other.columns());
/// assert_eq!(
///     select(id.clone()).where_(id.eq(of)).to_string(),
///     "WITH x AS (SELECT users.id, users.boss_id FROM users) \
///      SELECT boss.id FROM x AS boss, x AS other WHERE boss.id = other.boss_id"
/// );
/// ```
pub struct Cte<I> {
    parts: Arc<CteParts>,
    item: PhantomData<fn() -> I>,
}

#[derive(Debug)]
pub(in crate::sql) struct CteParts {
    /// Which one it is: what it was before its recursive parts were added has the same.
    id: Arc<CteName>,
    /// How many recursive parts were added.
    level: usize,
    query: QueryParts,
    names: Arc<[Name]>,
    kinds: ColumnKinds,
    materialized: Option<Materialized>,
    pub(super) depth: u16,
}

#[derive(Debug)]
struct CteName(Option<Name>);

/// Whether the database computes it once, and not where it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Materialized {
    Yes = 1,
    No = 2,
}

impl CteParts {
    /// The query, and the names of its columns.
    pub(super) fn query_and_kinds(&self) -> (&QueryParts, &Arc<[Name]>, &ColumnKinds) {
        (&self.query, &self.names, &self.kinds)
    }

    pub(super) fn name(&self) -> Option<&Name> {
        self.id.0.as_ref()
    }

    pub(in crate::sql) fn identity(&self) -> usize {
        Arc::as_ptr(&self.id).addr()
    }

    pub(in crate::sql) fn given_name(&self) -> Option<&str> {
        self.name().map(|name| &**name)
    }

    pub(in crate::sql) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.id, &other.id)
    }

    /// Whether it has more of the query than the other, which is the same one.
    pub(in crate::sql) fn restates(&self, other: &Self) -> bool {
        self.level > other.level
    }

    pub(in crate::sql) fn is_recursive(&self) -> bool {
        self.level > 0
    }

    pub(in crate::sql) fn query(&self) -> &QueryParts {
        &self.query
    }

    pub(super) fn describe<'t>(self: &'t Arc<Self>, to: &mut impl Visitor<'t>) {
        if !to.enters(Arc::as_ptr(self).addr()) {
            return;
        }
        if to.enters(self.identity()) {
            name_of(self.name(), to);
        }
        to.number(self.level);
        to.number(self.materialized.map_or(0, |materialized| usize::from(materialized as u8)));
        to.query(&self.query);
    }

    /// Writes it as it stands behind WITH.
    pub(in crate::sql) fn write(self: &Arc<Self>, to: &mut SqlWriter<'_>) {
        FromClause(FromKind::Cte(Arc::clone(self))).write_name(to);
        if self.is_recursive() || self.query.needs_names_behind(to) {
            to.sql(" (");
            to.separated(", ", &self.names, |name, to| to.name(name));
            to.sql(")");
        }
        to.sql(" AS ");
        if let Some(materialized) = self.materialized {
            to.require(Feature::MaterializedCte);
            to.sql(match materialized {
                Materialized::Yes => "MATERIALIZED ",
                Materialized::No => "NOT MATERIALIZED ",
            });
        }
        to.sql("(");
        match self.query.change() {
            Some(change) => change.write(to),
            None => self.query.write_in_from(&self.names, None, to),
        }
        to.sql(")");
    }
}

impl<I> Cte<I> {
    pub(in crate::sql) fn new(name: Option<Name>, query: QueryParts) -> Self {
        Self::of(CteParts {
            id: Arc::new(CteName(name)),
            level: 0,
            names: query.column_names().into(),
            kinds: ColumnKinds::default(),
            depth: query.depth(),
            query,
            materialized: None,
        })
    }

    fn of(mut parts: CteParts) -> Self {
        if parts.depth > MAX_DEPTH {
            // What is nested too deeply is given up; compiling the statement is an error.
            let refused = Expression::refused(parts.query.refusal().unwrap_or(TOO_DEEP));
            parts.query = QueryParts::Select(Arc::new(SelectParts::of(vec![refused])));
            parts.depth = MAX_DEPTH;
        }
        Self { parts: Arc::new(parts), item: PhantomData }
    }

    /// Adds a part that may select from this one itself: WITH RECURSIVE.
    ///
    /// ```
    /// use aludel::{create_engine, literal, select};
    ///
    /// let n = select(literal(1_i64).label("n")).cte("numbers");
    /// let next = select(n.columns() + 1).where_(n.columns().lt(4));
    /// let numbers = n.union_all(next);
    /// let statement = select(numbers.columns());
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "WITH RECURSIVE numbers (n) AS (SELECT :1 AS n UNION ALL SELECT numbers.n + :2 \
    ///      FROM numbers WHERE numbers.n < :3) SELECT numbers.n FROM numbers"
    /// );
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// assert_eq!(conn.scalars::<_, i64>(statement)?, [1, 2, 3, 4]);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn union_all<Q>(&self, query: Q) -> Self
    where
        Q: Query,
        Q::Item: SameRow<I>,
    {
        self.restated(SetOperator::UnionAll, query)
    }

    /// As [`union_all`](Self::union_all), without rows that were there already: what goes round in a
    /// circle ends.
    ///
    /// ```
    /// # use aludel::{literal, select};
    /// let n = select(literal(1).label("n")).untyped().cte("n");
    /// let next = select(n.c("n")? + 1).where_(n.c("n")?.lt(5)).untyped();
    /// let n = n.union(next);
    /// let statement = select(n.c("n")?);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "WITH RECURSIVE n (n) AS (SELECT :1 AS n UNION SELECT n.n + :2 FROM n WHERE n.n < \
    ///      :3) SELECT n.n FROM n"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn union<Q>(&self, query: Q) -> Self
    where
        Q: Query,
        Q::Item: SameRow<I>,
    {
        self.restated(SetOperator::Union, query)
    }

    fn restated(&self, operator: SetOperator, query: impl Query) -> Self {
        let added = QueryParts::of(query);
        let parts = CompoundParts::of(operator, self.parts.query.clone(), added);
        let query = QueryParts::Compound(Arc::new(parts));
        Self::of(CteParts {
            id: Arc::clone(&self.parts.id),
            level: self.parts.level + 1,
            names: Arc::clone(&self.parts.names),
            kinds: ColumnKinds::default(),
            depth: query.depth(),
            query,
            materialized: self.parts.materialized,
        })
    }

    /// The database computes it once, in PostgreSQL and SQLite.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let x = select(t.c("a")?).cte("x").materialized();
    /// let statement = select(x.c("a")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "WITH x AS MATERIALIZED (SELECT t.a FROM t) SELECT x.a FROM x"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "WITH x AS MATERIALIZED (SELECT t.a FROM t) SELECT x.a FROM x"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn materialized(&self) -> Self {
        self.with_materialized(Materialized::Yes)
    }

    /// The database computes it as part of each query that names it, in PostgreSQL and SQLite.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let x = select(t.c("a")?).cte("x").not_materialized();
    /// let statement = select(x.c("a")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "WITH x AS NOT MATERIALIZED (SELECT t.a FROM t) SELECT x.a FROM x"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "WITH x AS NOT MATERIALIZED (SELECT t.a FROM t) SELECT x.a FROM x"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn not_materialized(&self) -> Self {
        self.with_materialized(Materialized::No)
    }

    fn with_materialized(&self, materialized: Materialized) -> Self {
        let this = &self.parts;
        Self::of(CteParts {
            id: Arc::new(CteName(this.name().cloned())),
            level: this.level,
            query: this.query.clone(),
            names: Arc::clone(&this.names),
            kinds: ColumnKinds::default(),
            materialized: Some(materialized),
            depth: this.depth,
        })
    }

    fn object(&self) -> Subquery<I> {
        let names = Arc::clone(&self.parts.names);
        Subquery::of(self.into(), names, Some(self.parts.query.clone()))
    }

    /// The same under another name, to select from it twice.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let x = select(t.c("a")?).cte("x");
    /// let statement = select(x.alias("y").c("a")?);
    /// assert_eq!(statement.to_string(), "WITH x AS (SELECT t.a FROM t) SELECT y.a FROM x AS y");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn alias(&self, name: impl Into<Name>) -> Subquery<I> {
        self.object().alias(name)
    }

    /// The same under a name that each statement finds for itself.
    #[must_use]
    pub fn anon_alias(&self) -> Subquery<I> {
        self.object().anon_alias()
    }

    /// Its name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.parts.name()
    }

    /// One of its columns, as [`Subquery::c`].
    ///
    /// # Errors
    ///
    /// As [`Subquery::c`].
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        self.object().c(name)
    }

    /// The column that was selected as this column or under this label, as [`Subquery::column`].
    ///
    /// # Errors
    ///
    /// As [`Subquery::c`].
    pub fn column<C: NamedColumn>(&self, like: C) -> Result<Expr<C::Value>> {
        self.object().column(like)
    }

    /// All of its columns, as [`Subquery::columns`].
    #[must_use]
    pub fn columns(&self) -> I::Columns
    where
        I: ResultColumns,
    {
        Subquery::columns(&self.object())
    }
}

impl<I> Clone for Cte<I> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), item: PhantomData }
    }
}

impl<I> std::fmt::Debug for Cte<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cte").field("name", &self.parts.name()).finish_non_exhaustive()
    }
}

impl<I> From<&Cte<I>> for FromClause {
    fn from(cte: &Cte<I>) -> Self {
        Self(FromKind::Cte(Arc::clone(&cte.parts)))
    }
}

impl<I> From<Cte<I>> for FromClause {
    fn from(cte: Cte<I>) -> Self {
        Self(FromKind::Cte(cte.parts))
    }
}

/// All of its columns: `select(x.clone())`.
impl<I: ResultColumns> Selection for Cte<I> {
    type Row = I::Row;
    type Item = I;

    fn add_columns(self, columns: &mut Vec<Expression>) {
        self.object().columns_into(columns);
    }

    fn required(columns: &mut Vec<bool>) {
        I::required(columns);
    }
}

impl FromClause {
    /// The query that its rows are of, and the names of its columns.
    pub(in crate::sql) fn query(&self) -> Option<(&QueryParts, &[Name])> {
        match &self.0 {
            FromKind::Cte(parts) => Some((&parts.query, &parts.names)),
            FromKind::Subquery(parts) => Some((&parts.query, &parts.names)),
            FromKind::Alias(parts) => parts.of.query(),
            _ => None,
        }
    }

    /// The common table expression that it is.
    pub(in crate::sql) fn cte(&self) -> Option<&Arc<CteParts>> {
        match &self.0 {
            FromKind::Cte(parts) => Some(parts),
            _ => None,
        }
    }
}
