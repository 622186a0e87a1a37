//! Functions that need a window.

use super::number::integer;
use super::{BareOf, NullableOf};
use crate::sql::types::Type;
use crate::sql::{
    Alternative, Expr, ExprType, Expression, KnownFunction, Nullability, TypedExpression,
    WindowFunction,
};

macro_rules! ranks {
    ($($(#[$doc:meta])* $function:ident $known:ident -> $ty:ty;)*) => {$(
        $(#[$doc])*
        pub fn $function() -> WindowFunction<$ty> {
            WindowFunction::new(Expression::known(KnownFunction::$known, Vec::new()))
        }
    )*};
}
ranks! {
    /// The number of the row in its partition, from 1.
    ///
    /// ```
    /// use aludel::sql::window;
    /// use aludel::{Column, MetaData, Table, func, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let number = func::row_number().over(window().order_by(t.c("a")?.desc()));
    /// let statement = select(number.label("n"));
    /// assert_eq!(statement.to_string(), "SELECT row_number() OVER (ORDER BY t.a DESC) AS n FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    row_number RowNumber -> i64;
    /// One more than the number of rows before it in the order: equal rows have equal ranks, and gaps
    /// follow them.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::rank().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT rank() OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    rank Rank -> i64;
    /// The rank without gaps.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::dense_rank().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT dense_rank() OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    dense_rank DenseRank -> i64;
    /// The rank as a part of all, from 0 to 1.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::percent_rank().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT percent_rank() OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    percent_rank PercentRank -> f64;
    /// The part of the rows that are not behind it in the order, above 0 and up to 1.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::cume_dist().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT cume_dist() OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    cume_dist CumeDist -> f64;
}

/// The number of the part in which the row is, if the rows are dealt out to so many parts.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples, window};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::ntile(4).over(window().order_by(t.c("a")?)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT ntile(CAST($1 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT ntile(?) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT ntile(?1) OVER (ORDER BY t.a) FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn ntile(parts: u32) -> WindowFunction<i64> {
    WindowFunction::new(Expression::known(KnownFunction::Ntile, vec![integer(parts.into())]))
}

macro_rules! values {
    ($($(#[$doc:meta])* $function:ident $known:ident;)*) => {$(
        $(#[$doc])*
        pub fn $function<E: TypedExpression>(of: E) -> WindowFunction<NullableOf<E>> {
            let arguments = vec![of.expr().into_expression()];
            WindowFunction::new(Expression::known(KnownFunction::$known, arguments))
        }
    )*};
}
values! {
    /// The value in the first row of the frame; NULL if the frame is empty.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::first_value(t.c("b")?).over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT first_value(t.b) OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    first_value FirstValue;
    /// The value in the last row of the frame. Without a frame of its own, a window with an order ends
    /// with the row itself.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::last_value(t.c("b")?).over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT last_value(t.b) OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    last_value LastValue;
}

/// The value in a row of the frame, counted from 1; NULL if there is no such row.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples, window};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::nth_value(t.c("a")?, 2).over(window().order_by(t.c("a")?)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT nth_value(t.a, CAST($1 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT nth_value(t.a, ?) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT nth_value(t.a, ?1) OVER (ORDER BY t.a) FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn nth_value<E: TypedExpression>(of: E, row: u32) -> WindowFunction<NullableOf<E>> {
    let arguments = vec![of.expr().into_expression(), integer(row.into())];
    WindowFunction::new(Expression::known(KnownFunction::NthValue, arguments))
}

/// The value in the row that is so many before this one; NULL if there is none, unless
/// [`or`](Shifted::or) says what then.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, window};
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let by_a = window().order_by(t.c("a")?);
/// let statement = select(func::lag(t.c("a")?, 1).or(0).over(by_a));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT lag(t.a, CAST($1 AS INTEGER), CAST($2 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
/// );
/// // MariaDB has no third argument.
/// assert_eq!(
///     statement.compile(&MySql::mariadb())?.sql(),
///     "SELECT CASE WHEN lag(1, ?) OVER (ORDER BY t.a) IS NULL THEN ? \
///      ELSE lag(t.a, ?) OVER (ORDER BY t.a) END FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn lag<E: TypedExpression>(of: E, rows: u32) -> Shifted<E::Value> {
    Shifted::new(KnownFunction::Lag, of, rows)
}

/// The value in the row that is so many behind this one; NULL if there is none, unless
/// [`or`](Shifted::or) says what then.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples, window};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::lead(t.c("a")?, 1).over(window().order_by(t.c("a")?)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT lead(t.a, CAST($1 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT lead(t.a, ?) OVER (ORDER BY t.a) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT lead(t.a, ?1) OVER (ORDER BY t.a) FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn lead<E: TypedExpression>(of: E, rows: u32) -> Shifted<E::Value> {
    Shifted::new(KnownFunction::Lead, of, rows)
}

/// A value of the type `V` or what stands for it, in the wider of the two types; it can be NULL if one of them can.
pub type Either<V, O> = <<O as Alternative<<V as ExprType>::Bare>>::Result as ExprType>::With<
    <<V as ExprType>::Null as Nullability>::Or<<O as Alternative<<V as ExprType>::Bare>>::Null>,
>;

/// The value in another row: [`lag`] and [`lead`] give one.
#[derive(Debug, Clone)]
#[must_use = "a window function is an expression once it has a window: `.over(window())`"]
pub struct Shifted<V> {
    function: KnownFunction,
    of: Expr<V>,
    rows: Expression,
}

impl<V: ExprType> Shifted<V> {
    fn new<E: TypedExpression<Value = V>>(function: KnownFunction, of: E, rows: u32) -> Self {
        Self { function, of: of.expr(), rows: integer(rows.into()) }
    }

    /// What the value is if there is no such row.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::lag(t.c("a")?, 1).or(0).over(window().order_by(t.c("a")?)));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT lag(t.a, CAST($1 AS INTEGER), CAST($2 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT lag(t.a, ?, ?) OVER (ORDER BY t.a) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT lag(t.a, ?1, ?2) OVER (ORDER BY t.a) FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn or<O>(self, default: O) -> WindowFunction<Either<V, O>>
    where
        O: Alternative<BareOf<Expr<V>>>,
    {
        let of = self.of.into_expression();
        let both = <O::Result as ExprType>::DATABASE_TYPE;
        let kind = both.map(Type::kind).or(of.column_kind());
        let default = default.alternative().with_type(V::DATABASE_TYPE).narrow_as(kind);
        let arguments = vec![of, self.rows, default];
        WindowFunction::new(Expression::known(self.function, arguments))
    }

    /// The function over this window.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::lead(t.c("b")?, 2).over(window().order_by(t.c("a")?)));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT lead(t.b, CAST($1 AS INTEGER)) OVER (ORDER BY t.a) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT lead(t.b, ?) OVER (ORDER BY t.a) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT lead(t.b, ?1) OVER (ORDER BY t.a) FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn over(self, window: crate::sql::Window) -> Expr<NullableOf<Expr<V>>> {
        let arguments = vec![self.of.into_expression(), self.rows];
        WindowFunction::new(Expression::known(self.function, arguments)).over(window)
    }
}
