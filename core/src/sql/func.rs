//! SQL functions: `func::count()`, `func::lower(User::c.name)`, and any other by its name.

use super::TypedExpression;
use super::{DateField, Dynamic, Expr, ExprType, Expression, Name, Nullable, Operand, TextType};

/// `count(*)`: the number of rows.
pub fn count() -> Expr<i64> {
    Expr::new(Expression::function("count".into(), vec![Expression::star()]))
}

/// `count(of)`: the number of rows for which it is not NULL.
pub fn count_of<E: TypedExpression>(of: E) -> Expr<i64> {
    call("count", of)
}

/// `min(of)`: the smallest value; NULL if there is none.
pub fn min<E: TypedExpression>(of: E) -> Expr<NullableOf<E>> {
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
pub fn max<E: TypedExpression>(of: E) -> Expr<NullableOf<E>> {
    call("max", of)
}

/// `lower(of)`: the text in lower case.
pub fn lower<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: TextType>,
{
    call("lower", of)
}

/// `upper(of)`: the text in upper case.
pub fn upper<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: TextType>,
{
    call("upper", of)
}

/// `coalesce(of, other)`: the first, or the second if the first is NULL.
pub fn coalesce<E, O>(of: E, other: O) -> Expr<<BareOf<E> as ExprType>::With<O::Null>>
where
    E: TypedExpression,
    O: Operand<BareOf<E>>,
{
    Expr::new(two("coalesce", of, other))
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
    Expr::new(two("nullif", of, other))
}

fn two<E, O>(name: &'static str, of: E, other: O) -> Expression
where
    E: TypedExpression,
    O: Operand<BareOf<E>>,
{
    let ty = <E::Value as ExprType>::DATABASE_TYPE;
    let arguments = vec![of.expr().into_expression().with_type(ty), other.operand().with_type(ty)];
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
