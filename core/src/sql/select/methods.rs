//! What every kind of query can become: a subquery, a common table expression, a value, a part of a
//! set operation.

use super::compound::{CompoundSelect, SetOperator};
use super::query::{Query, QueryParts};
use super::textual::TextualSelect;
use super::values::Values;
use super::{RowOf, Select, Selection};
use crate::row::Row;
use crate::sql::from::{Cte, ResultColumns, Subquery};
use crate::sql::{ColumnType, Dynamic, Expr, Expression, Name, Untyped};
use crate::value::Value;

/// Whether a query has a row: `EXISTS (SELECT …)`. It can name columns of the statement that it
/// stands in.
///
/// ```
/// use aludel::{Auto, Mapped, exists, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "pets")]
/// struct Pet {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     owner_id: i64,
/// }
///
/// let pets = select(Pet::c.id).where_(Pet::c.owner_id.eq(User::c.id));
/// assert_eq!(
///     select(User::c.id).where_(exists(pets)).to_string(),
///     "SELECT users.id FROM users WHERE EXISTS (SELECT pets.id FROM pets WHERE pets.owner_id = users.id)"
/// );
/// ```
pub fn exists(query: impl Query) -> Expr<bool> {
    Expr::new(Expression::exists(query.into_query()))
}

/// What one row of a query that is a value is: the value of its one column.
#[diagnostic::on_unimplemented(
    message = "a query of `{Self}` is not one value",
    note = "select one column: `select(func::max(User::c.age)).scalar_subquery()`"
)]
pub trait ScalarItem {
    /// The type of the expression.
    type Value;
}

impl<V: ColumnType> ScalarItem for V {
    type Value = Option<V::Bare>;
}

impl ScalarItem for Value {
    type Value = Dynamic;
}

impl ScalarItem for Row {
    type Value = Dynamic;
}

/// The rows of both sides of a set operation, which are of one type.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` cannot stand beside rows of `{I}`",
    note = "both queries of a set operation give rows of one type; `nullable(…)` around a column makes \
            its type an `Option`, `untyped()` leaves the types to the database"
)]
pub trait SameRow<I> {}

impl<I> SameRow<I> for I {}

/// A query as a value, which must have one column.
pub(in crate::sql) fn scalar(query: QueryParts) -> Expression {
    match query.width() {
        None | Some(1) => Expression::query(query),
        Some(_) => Expression::refused(
            "a query that is a value has several columns; select the one that it is",
        ),
    }
}

/// As [`scalar`], of a query of any kind.
pub(in crate::sql) fn one_column(query: impl Query) -> Expression {
    scalar(QueryParts::of(query))
}

macro_rules! query_methods {
    ([$($generics:tt)*] $of:ty, $item:ty, $set:ty) => {
        impl<$($generics)*> $of {
            /// The same query with its rows as [`Row`], whose columns are found by name or place and
            /// read as any type.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select((t.c("a")?, t.c("b")?)).untyped();
            /// assert_eq!(statement.to_string(), "SELECT t.a, t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn untyped(self) -> Untyped<Self> {
                Untyped::new(self)
            }

            /// Makes it a FROM object of other statements, under a name.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let x = select(t.c("a")?).subquery("x");
            /// let statement = select(x.c("a")?);
            /// assert_eq!(statement.to_string(), "SELECT x.a FROM (SELECT t.a FROM t) AS x");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn subquery(self, name: impl Into<Name>) -> Subquery<$item> {
                Subquery::new(Some(name.into()), self.query())
            }

            /// Makes it a FROM object of other statements, under a name that each of them finds for
            /// itself: `anon_1`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let x = select(t.c("a")?).anon_subquery();
            /// let statement = select(x.c("a")?);
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT anon_1.a FROM (SELECT t.a FROM t) AS anon_1"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn anon_subquery(self) -> Subquery<$item> {
                Subquery::new(None, self.query())
            }

            /// Makes it a common table expression, under a name: see [`Cte`].
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let x = select(t.c("a")?).cte("x");
            /// let statement = select(x.c("a")?);
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "WITH x AS (SELECT t.a FROM t) SELECT x.a FROM x"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn cte(self, name: impl Into<Name>) -> Cte<$item> {
                Cte::new(Some(name.into()), self.query())
            }

            /// Makes it a common table expression, under a name that each statement finds for itself.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let x = select(t.c("a")?).anon_cte();
            /// let statement = select(x.c("a")?);
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "WITH anon_1 AS (SELECT t.a FROM t) SELECT anon_1.a FROM anon_1"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn anon_cte(self) -> Cte<$item> {
                Cte::new(None, self.query())
            }

            /// Whether it has a row: `EXISTS (SELECT …)`. It can name columns of the statement that it
            /// stands in.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?)
            ///     .where_(select(u.c("id")?)
            ///     .where_(u.c("t_id")?.eq(t.c("a")?)).exists());
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT t.a FROM t WHERE EXISTS (SELECT u.id FROM u WHERE u.t_id = t.a)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn exists(self) -> Expr<bool> {
                Expr::new(Expression::exists(Expression::query(self.query())))
            }

            /// Makes it a value: that of the one column of its one row, or NULL if there is no row. It can
            /// name columns of the statement that it stands in.
            ///
            /// ```
            /// use aludel::{Auto, Mapped, func, select};
            ///
            /// #[derive(Mapped)]
            /// #[aludel(table = "users")]
            /// struct User {
            ///     #[aludel(primary_key)]
            ///     id: Auto<i64>,
            ///     age: i32,
            /// }
            ///
            /// let oldest = select(func::max(User::c.age)).scalar_subquery();
            /// let statement = select(User::c.id).where_(User::c.age.eq(oldest));
            /// assert!(statement.to_string().ends_with("= (SELECT max(users.age) FROM users)"));
            /// ```
            pub fn scalar_subquery<V>(self) -> Expr<V::Value>
            where
                Self: Query<Item = V>,
                V: ScalarItem,
            {
                Expr::new(scalar(self.query()))
            }

            /// The rows of this query and of another, each once: UNION.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).union(select(t.c("b")?));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t UNION SELECT t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn union<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::Union, self.query(), QueryParts::of(other))
            }

            /// The rows of this query and of another: UNION ALL.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).union_all(select(t.c("b")?));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t UNION ALL SELECT t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn union_all<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::UnionAll, self.query(), QueryParts::of(other))
            }

            /// The rows that both have, each once: INTERSECT.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).intersect(select(t.c("b")?));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t INTERSECT SELECT t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn intersect<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::Intersect, self.query(), QueryParts::of(other))
            }

            /// The rows that both have, as often as both have them: INTERSECT ALL.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).intersect_all(select(t.c("b")?));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t INTERSECT ALL SELECT t.b FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t INTERSECT ALL SELECT t.b FROM t"
            /// );
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn intersect_all<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::IntersectAll, self.query(), QueryParts::of(other))
            }

            /// The rows that the other does not have, each once: EXCEPT.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).except_(select(t.c("b")?));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t EXCEPT SELECT t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn except_<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::Except, self.query(), QueryParts::of(other))
            }

            /// The rows, each less often by as often as the other has it: EXCEPT ALL.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).except_all(select(t.c("b")?));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t EXCEPT ALL SELECT t.b FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t EXCEPT ALL SELECT t.b FROM t"
            /// );
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn except_all<O>(self, other: O) -> CompoundSelect<$set>
            where
                O: Query,
                O::Item: SameRow<$item>,
            {
                CompoundSelect::new(SetOperator::ExceptAll, self.query(), QueryParts::of(other))
            }
        }
    };
}
query_methods!([S: Selection] Select<S>, S::Item, S);
query_methods!([S: Selection] CompoundSelect<S>, S::Item, S);
query_methods!([I: ResultColumns] TextualSelect<I>, I, RowOf<I>);
query_methods!([I: ResultColumns] Values<I>, I, RowOf<I>);
query_methods!([Q: Query] Untyped<Q>, Row, RowOf<Row>);

impl<Q: Query> Untyped<Q> {
    fn query(self) -> QueryParts {
        QueryParts::of(self.into_inner())
    }
}

impl<Q: Query> Query for Untyped<Q> {
    type Item = Row;

    fn into_query(self) -> Expression {
        self.into_inner().into_query()
    }
}
