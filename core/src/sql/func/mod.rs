//! SQL functions: `func::count()`, `func::lower(User::c.name)`, and any other by its name:
//! `func::call("name", (…))`.
//!
//! What is here has one type on all databases, and one meaning; the text is what each of them needs. A
//! function that is called by its name is written as it is.
//!
//! | function | type of the result |
//! | --- | --- |
//! | `count`, `row_number`, `rank`, `dense_rank`, `ntile` | `i64` |
//! | `sum` of integers | `Option<i64>`, or an error if the sum is none; of `u64` `Option<Decimal>` |
//! | `sum` of `f32`, `f64` | `Option<f64>` |
//! | `sum` and `avg` of `Decimal` | `Option<Decimal>` |
//! | `avg` of other numbers | `Option<f64>` |
//! | `stddev_pop`, `stddev_samp`, `var_pop`, `var_samp` of any numbers | `Option<f64>` |
//! | `min`, `max`, `first_value`, `lag` and the like | that of the argument, and it can be NULL |
//! | `percent_rank`, `cume_dist`, `random` | `f64` |
//!
//! SQLite has decimal numbers as text: their sums and means are those of functions that the driver gives it,
//! and are exact.

mod aggregate;
mod array;
mod deviation;
mod generic;
mod json;
mod number;
mod text;
mod time;
mod window;

use super::tree::KnownFunction;
use super::{
    Alternative, DateField, Expr, ExprType, Expression, Nullable, Operand, TypedExpression,
};

pub use aggregate::{
    Aggregated, Chosen, Interpolated, MeanOf, MeanOperand, OrderedSet, SumOf, SumOperand, mode,
    percentile_cont, percentile_disc,
};
pub use aggregate::{
    Averaged, Summed, aggregate_strings, array_agg, avg, bool_and, bool_or, count, count_of,
    grouping, max, min, sum,
};
pub use array::unnest;
pub use deviation::{stddev_pop, stddev_samp, var_pop, var_samp};
pub use generic::{call, function};
pub use json::{json_agg, json_object_agg};
pub use number::{Fraction, Number, abs, ceil, floor, greatest, least, random, round};
pub use text::{
    Characters, Joined, char_length, length, lower, ltrim, octet_length, replace, rtrim, substr,
    trim, upper,
};
pub use time::{current_date, current_time, current_timestamp, now};
pub use window::{
    Either, Shifted, cume_dist, dense_rank, first_value, lag, last_value, lead, nth_value, ntile,
    percent_rank, rank, row_number,
};

/// `coalesce(of, other)`: the first, or the second if the first is NULL.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::coalesce(t.c("a")?, 0));
/// assert_eq!(statement.to_string(), "SELECT coalesce(t.a, :1) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn coalesce<E, O>(of: E, other: O) -> Expr<<O::Result as ExprType>::With<O::Null>>
where
    E: TypedExpression,
    O: Alternative<BareOf<E>>,
{
    Expr::new(two("coalesce", of, other.alternative()))
}

/// `nullif(of, other)`: NULL where the two are equal, and else the first.
///
/// ```
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// // No error where `a` is 0.
/// let statement = select(t.c("a")? / func::nullif(t.c("a")?, 0));
/// assert!(statement.to_string().contains("nullif(t.a, :1)"));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn nullif<E, O>(of: E, other: O) -> Expr<NullableOf<E>>
where
    E: TypedExpression,
    O: Operand<BareOf<E>>,
{
    Expr::new(two("nullif", of, other.operand()))
}

fn two<E: TypedExpression>(name: &'static str, of: E, other: Expression) -> Expression {
    let ty = <E::Value as ExprType>::DATABASE_TYPE;
    let arguments = vec![of.expr().into_expression().with_type(ty), other.with_type(ty)];
    Expression::function(name.into(), arguments)
}

/// A field of a date or a time, as an integer on every database.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::{ClauseElement, DateField};
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("at", types::DateTime)])?;
/// let statement = select(func::extract(DateField::Year, t.c("at")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CAST(EXTRACT(year FROM t.at) AS INTEGER) FROM t"
/// );
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT CAST(strftime('%Y', t.at) AS INTEGER) FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn extract<E: TypedExpression>(
    field: DateField,
    of: E,
) -> Expr<<i64 as ExprType>::With<<E::Value as ExprType>::Null>> {
    Expr::new(of.expr().into_expression().extract(field))
}

/// The type of an expression's value without `Option`.
pub type BareOf<E> = <<E as TypedExpression>::Value as ExprType>::Bare;

/// The type of an expression's value, which can be NULL.
pub type NullableOf<E> = <BareOf<E> as ExprType>::With<Nullable>;

/// A function of one argument that has one name everywhere.
fn unary<E: TypedExpression, V>(name: &'static str, of: E) -> Expr<V> {
    Expr::new(Expression::function(name.into(), vec![of.expr().into_expression()]))
}

/// A function of one argument.
fn known<E: TypedExpression>(function: KnownFunction, of: E) -> Expression {
    Expression::known(function, vec![of.expr().into_expression()])
}
