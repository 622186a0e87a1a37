//! How far numbers are spread: standard deviations and variances.

use super::aggregate::{Averaged, kind, of_floats};
use super::known;
use crate::sql::types::TypeKind;
use crate::sql::{Expr, ExprType, KnownFunction, TypedExpression};

macro_rules! deviations {
    ($($(#[$doc:meta])* $function:ident $known:ident;)*) => {$(
        $(#[$doc])*
        pub fn $function<E>(of: E) -> Expr<Option<f64>>
        where
            E: TypedExpression<Value: ExprType<Bare: Averaged>>,
        {
            let is_float = matches!(kind::<E>(), Some(TypeKind::Float | TypeKind::Double));
            let function = KnownFunction::$known;
            Expr::new(if is_float { known(function, of) } else { of_floats(function, of) })
        }
    )*};
}
deviations! {
    /// The standard deviation of all rows; NULL of none. It is a floating-point number on every database and of
    /// every sort of number. SQLite has none.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::stddev_pop(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT CAST(stddev_pop(t.a) AS DOUBLE PRECISION) FROM t"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT stddev_pop(t.a + 0e0) FROM t");
    /// let error = statement.compile(&Sqlite::new()).unwrap_err();
    /// assert!(error.message().starts_with("sqlite does not have stddev"), "{error}");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    stddev_pop StddevPop;
    /// The standard deviation, of which the rows are a sample; NULL of fewer than two. See [`stddev_pop`].
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::stddev_samp(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT CAST(stddev_samp(t.a) AS DOUBLE PRECISION) FROM t"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT stddev_samp(t.a + 0e0) FROM t");
    /// let error = statement.compile(&Sqlite::new()).unwrap_err();
    /// assert!(error.message().starts_with("sqlite does not have stddev"), "{error}");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    stddev_samp StddevSamp;
    /// The variance of all rows; NULL of none. See [`stddev_pop`].
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::var_pop(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT CAST(var_pop(t.a) AS DOUBLE PRECISION) FROM t"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT var_pop(t.a + 0e0) FROM t");
    /// let error = statement.compile(&Sqlite::new()).unwrap_err();
    /// assert!(error.message().starts_with("sqlite does not have stddev"), "{error}");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    var_pop VarPop;
    /// The variance, of which the rows are a sample; NULL of fewer than two. See [`stddev_pop`].
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::var_samp(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT CAST(var_samp(t.a) AS DOUBLE PRECISION) FROM t"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT var_samp(t.a + 0e0) FROM t");
    /// let error = statement.compile(&Sqlite::new()).unwrap_err();
    /// assert!(error.message().starts_with("sqlite does not have stddev"), "{error}");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    var_samp VarSamp;
}
