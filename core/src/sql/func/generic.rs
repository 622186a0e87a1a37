//! Functions by their name.

use crate::sql::{Arguments, Dynamic, Expr, ExprType, Expression, IntoSql, Name};

/// A function by its name, with these arguments; the database finds what does not fit.
///
/// The name is written as it is: it stands in the program, or is made SQL by
/// [`RawSql`](crate::sql::RawSql). What the compiler knows of the result is said by
/// [`returning`](Expr::returning).
///
/// ```
/// use aludel::{create_engine, func, literal, select};
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let hex = func::call("hex", literal("ab")).returning::<String>();
/// let text: Option<String> = conn.scalar(select(hex))?;
/// assert_eq!(text.as_deref(), Some("6162"));
/// // Full-text search, by functions and an operator of PostgreSQL:
/// let found = func::call("to_tsvector", ("english", "fat cats"))
///     .op::<bool>("@@", func::call("to_tsquery", ("english", "cat")));
/// assert_eq!(
///     select(found).to_string(),
///     "SELECT to_tsvector(:1, :2) @@ to_tsquery(:3, :4)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn call(name: impl IntoSql, arguments: impl Arguments) -> Expr<Dynamic> {
    Expr::new(Expression::function(Name::from(name.into_sql()), arguments.arguments()))
}

/// As [`call`], with arguments that are a list.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::function("f", [t.c("a")?.expr().into_expression()]));
/// assert_eq!(statement.to_string(), "SELECT f(t.a) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn function(
    name: impl IntoSql,
    arguments: impl IntoIterator<Item = Expression>,
) -> Expr<Dynamic> {
    let name = Name::from(name.into_sql());
    Expr::new(Expression::function(name, arguments.into_iter().collect()))
}

impl Expr<Dynamic> {
    /// The same, of which the program knows the type: nothing changes in the database, and what is read
    /// is checked.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::call("f", t.c("a")?).returning::<i64>());
    /// assert_eq!(statement.to_string(), "SELECT f(t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn returning<V: ExprType>(self) -> Expr<V> {
        Expr::new(self.into_expression().with_type(V::DATABASE_TYPE))
    }
}
