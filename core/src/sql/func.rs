//! SQL functions: `func::count()`, `func::lower(User::c.name)`, and any other by its name.

use super::{ColumnType, Dynamic, Expr, Expression, Name, TypedExpression};
use super::{Nullability, Operand};

/// `count(*)`: the number of rows.
pub fn count() -> Expr<i64> {
    Expr::new(Expression::function("count".into(), vec![Expression::star()]))
}

/// `count(of)`: the number of rows for which it is not NULL.
pub fn count_of<E: TypedExpression>(of: E) -> Expr<i64> {
    call("count", of)
}

/// `min(of)`: the smallest value; NULL if there is none.
pub fn min<E: TypedExpression>(of: E) -> Expr<Option<<E::Value as ColumnType>::Bare>> {
    call("min", of)
}

/// `max(of)`: the largest value; NULL if there is none.
///
/// ```
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let statement = select((func::count(), func::max(User::c.id)));
/// assert_eq!(statement.to_string(), "SELECT count(*), max(users.id) FROM users");
/// ```
pub fn max<E: TypedExpression>(of: E) -> Expr<Option<<E::Value as ColumnType>::Bare>> {
    call("max", of)
}

/// `lower(of)`: the text in lower case.
pub fn lower<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ColumnType<Bare = String>>,
{
    call("lower", of)
}

/// `upper(of)`: the text in upper case.
pub fn upper<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ColumnType<Bare = String>>,
{
    call("upper", of)
}

/// `coalesce(of, other)`: the first, or the second if the first is NULL.
pub fn coalesce<E, O>(of: E, other: O) -> Expr<<O::Null as Nullability>::Of<BareOf<E>>>
where
    E: TypedExpression,
    O: Operand<BareOf<E>>,
{
    let other = other.operand().with_type(E::Value::TYPE);
    let arguments = vec![of.expr().into_expression(), other];
    Expr::new(Expression::function("coalesce".into(), arguments))
}

/// The type of an expression's value without `Option`.
pub type BareOf<E> = <<E as TypedExpression>::Value as ColumnType>::Bare;

fn call<E: TypedExpression, V>(name: &'static str, of: E) -> Expr<V> {
    Expr::new(Expression::function(name.into(), vec![of.expr().into_expression()]))
}

/// A function by its name, with these arguments; the database finds what does not fit.
///
/// The name is written as it is: it stands in the program, or is made SQL by
/// [`RawSql`](super::RawSql).
pub fn function(
    name: impl super::IntoSql,
    arguments: impl IntoIterator<Item = Expression>,
) -> Expr<Dynamic> {
    let name = Name::from(name.into_sql());
    Expr::new(Expression::function(name, arguments.into_iter().collect()))
}
