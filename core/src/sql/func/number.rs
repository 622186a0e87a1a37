//! Functions of numbers, and the smaller and larger of two values.

use super::{BareOf, known, unary};
use crate::sql::{
    Alternative, ColumnType, ColumnValue, Dynamic, Expr, ExprType, Expression, KnownFunction,
    Nullability, TypedExpression, family,
};
use crate::value::Decimal;

/// A number, or what the compiler does not know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a number",
    note = "`.cast::<f64>()` makes a number of another value"
)]
pub trait Number: ExprType {}

/// A number with a fraction, or what the compiler does not know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a number with a fraction",
    note = "`.cast::<f64>()` makes one of an integer, which has no fraction to round"
)]
pub trait Fraction: Number {}

macro_rules! numbers {
    ($of:ident: $($ty:ty),*) => {$(
        impl $of for $ty {}
    )*};
}
numbers!(Number: i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64, Decimal, Dynamic);
numbers!(Fraction: f32, f64, Decimal, Dynamic);

impl<T: ColumnValue<Family = family::Numeric>> Number for T {}

impl<T: ColumnValue<Family = family::Numeric>> Fraction for T {}

/// The number without its sign. The smallest integer of its type has none, and is an error.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::abs(t.c("a")?));
/// assert_eq!(statement.to_string(), "SELECT abs(t.a) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn abs<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Number>>,
{
    unary("abs", of)
}

/// The nearest whole number. Of a half, each database and each type goes another way: MySQL and
/// PostgreSQL take the even one of two for floating-point numbers, and the one away from zero for
/// decimal numbers, SQLite always the latter.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::round(t.c("a")?.cast::<f64>()));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT round(CAST(t.a AS DOUBLE PRECISION)) FROM t"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT round((t.a + 0e0)) FROM t");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT round(CAST(t.a AS REAL)) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn round<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Fraction>>,
{
    unary("round", of)
}

/// The largest whole number that is not above it.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::{create_engine, func, literal, select};
///
/// let statement = select((func::floor(literal(-1.5)), func::ceil(literal(-1.5))));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT floor($1), ceil($2)");
/// // SQLite has none of them unless it was built so: it gets what gives the same.
/// let whole: (f64, f64) = create_engine("sqlite://")?.connect()?.execute(statement)?.one()?;
/// assert_eq!(whole, (-2.0, -1.0));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn floor<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Fraction>>,
{
    Expr::new(known(KnownFunction::Floor, of))
}

/// The smallest whole number that is not below it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::ceil(t.c("a")?.cast::<f64>()));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT ceil(CAST(t.a AS DOUBLE PRECISION)) FROM t"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT ceil((t.a + 0e0)) FROM t");
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT CASE WHEN abs(CAST(t.a AS REAL)) < 9007199254740992 THEN (CAST(CAST(t.a AS \
///      REAL) AS INTEGER) + (CAST(t.a AS REAL) > CAST(CAST(t.a AS REAL) AS INTEGER))) * 1.0 \
///      ELSE CAST(t.a AS REAL) END FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn ceil<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Fraction>>,
{
    Expr::new(known(KnownFunction::Ceil, of))
}

/// A number from 0, which it can be, to 1, which it cannot.
///
/// ```
/// use aludel::{create_engine, func, select};
///
/// let number: Option<f64> = create_engine("sqlite://")?.connect()?.scalar(select(func::random()))?;
/// assert!(number.is_some_and(|number| (0.0..1.0).contains(&number)));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn random() -> Expr<f64> {
    Expr::new(Expression::known(KnownFunction::Random, Vec::new()))
}

/// What a function of two values gives that is NULL if one of them is.
type BothOf<E, O> = <<O as Alternative<BareOf<E>>>::Result as ExprType>::With<
    <<<E as TypedExpression>::Value as ExprType>::Null as Nullability>::Or<
        <O as Alternative<BareOf<E>>>::Null,
    >,
>;

/// The larger of two values; NULL if one of them is.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = select(func::greatest(t.c("a")?, 0));
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT greatest(t.a, ?) FROM t");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT max(t.a, ?1) FROM t");
/// // PostgreSQL leaves NULL out of account.
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CASE WHEN t.a IS NOT NULL AND $1 IS NOT NULL THEN greatest(t.a, $1) END FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn greatest<E, O>(of: E, other: O) -> Expr<BothOf<E, O>>
where
    E: TypedExpression,
    O: Alternative<BareOf<E>>,
{
    extreme(KnownFunction::Greatest, of, other)
}

/// The smaller of two values; NULL if one of them is.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::least(t.c("a")?, t.c("b")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CASE WHEN t.a IS NOT NULL AND t.b IS NOT NULL THEN least(t.a, t.b) END FROM t"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT least(t.a, t.b) FROM t");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT min(t.a, t.b) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn least<E, O>(of: E, other: O) -> Expr<BothOf<E, O>>
where
    E: TypedExpression,
    O: Alternative<BareOf<E>>,
{
    extreme(KnownFunction::Least, of, other)
}

fn extreme<E, O>(function: KnownFunction, of: E, other: O) -> Expr<BothOf<E, O>>
where
    E: TypedExpression,
    O: Alternative<BareOf<E>>,
{
    let of = of.expr().into_expression();
    let ty = <E::Value as ExprType>::DATABASE_TYPE;
    let (of, other) = (of.with_type(ty), other.alternative().with_type(ty));
    Expr::new(Expression::known(function, vec![of, other]))
}

/// An integer that is bound, and of 32 bits for functions that take no wider one.
pub(super) fn integer(value: i64) -> Expression {
    Expression::literal(value.into()).with_type(i32::TYPE).narrow()
}
