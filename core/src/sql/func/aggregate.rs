//! Aggregates.

use super::{BareOf, Characters, NullableOf, known};
use crate::sql::aggregate::terms;
use crate::sql::tree::{Adaptation, CallParts, Called};
use crate::sql::types::TypeKind;
use crate::sql::{
    Arguments, ArrayElement, ColumnType, ColumnValue, Dynamic, Expr, ExprType, Expression, IntoSql,
    KnownFunction, Name, Nullable, OrderBy, TypedExpression, family,
};
use crate::value::Decimal;

/// A number of which there are sums.
#[diagnostic::on_unimplemented(
    message = "there is no sum of `{Self}`",
    note = "sum numbers; `.cast::<i64>()` makes an integer of another value"
)]
pub trait Summed: ExprType {
    /// The type of a sum.
    type Sum: ExprType;
}

/// A number of which there are means.
#[diagnostic::on_unimplemented(
    message = "there is no mean of `{Self}`",
    note = "average numbers; `.cast::<f64>()` makes a number of another value"
)]
pub trait Averaged: ExprType {
    /// The type of a mean.
    type Mean: ExprType;
}

macro_rules! numbers {
    ($($of:ty: $sum:ty, $mean:ty;)*) => {$(
        impl Summed for $of {
            type Sum = $sum;
        }
        impl Averaged for $of {
            type Mean = $mean;
        }
    )*};
}
numbers! {
    i8: i64, f64;
    i16: i64, f64;
    i32: i64, f64;
    i64: i64, f64;
    isize: i64, f64;
    u8: i64, f64;
    u16: i64, f64;
    u32: i64, f64;
    u64: Decimal, f64;
    usize: Decimal, f64;
    f32: f64, f64;
    f64: f64, f64;
    Decimal: Decimal, Decimal;
    Dynamic: Dynamic, Dynamic;
}

/// A number of another crate, or of the program's own, stays itself.
#[diagnostic::do_not_recommend]
impl<T: ColumnValue<Family = family::Numeric>> Summed for T {
    type Sum = T;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue<Family = family::Numeric>> Averaged for T {
    type Mean = T;
}

/// An expression whose values are summed. (A type that were derived from [`Summed`] itself would be a
/// second error where there is no sum.)
pub trait SumOperand: TypedExpression {
    /// The type of the sum.
    type Sum;
}

impl<E: TypedExpression<Value: ExprType<Bare: Summed>>> SumOperand for E {
    type Sum = <<BareOf<E> as Summed>::Sum as ExprType>::With<Nullable>;
}

/// An expression of whose values there is a mean.
pub trait MeanOperand: TypedExpression {
    /// The type of the mean.
    type Mean;
}

impl<E: TypedExpression<Value: ExprType<Bare: Averaged>>> MeanOperand for E {
    type Mean = <<BareOf<E> as Averaged>::Mean as ExprType>::With<Nullable>;
}

/// The type of the sum of an expression's values.
pub type SumOf<E> = <E as SumOperand>::Sum;

/// The type of the mean of an expression's values.
pub type MeanOf<E> = <E as MeanOperand>::Mean;

pub(super) fn kind<E: TypedExpression>() -> Option<TypeKind> {
    <E::Value as ExprType>::DATABASE_TYPE.map(crate::sql::types::Type::kind)
}

fn is_integer<E: TypedExpression>() -> bool {
    matches!(
        kind::<E>(),
        Some(
            TypeKind::SmallInteger
                | TypeKind::Integer
                | TypeKind::BigInteger
                | TypeKind::UnsignedBigInteger
        )
    )
}

/// `count(*)`: the number of rows.
///
/// ```
/// # use aludel::{func, select};
/// let statement = select(func::count());
/// assert_eq!(statement.to_string(), "SELECT count(*)");
/// ```
pub fn count() -> Expr<i64> {
    Expr::new(Expression::known(KnownFunction::Count, vec![Expression::star()]))
}

/// `count(of)`: the number of rows for which it is not NULL. `.distinct()` counts different values.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::count_of(t.c("a")?));
/// assert_eq!(statement.to_string(), "SELECT count(t.a) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn count_of<E: TypedExpression>(of: E) -> Expr<i64> {
    Expr::new(known(KnownFunction::Count, of))
}

/// `min(of)`: the smallest value; NULL if there is none.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::min(t.c("a")?));
/// assert_eq!(statement.to_string(), "SELECT min(t.a) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn min<E: TypedExpression>(of: E) -> Expr<NullableOf<E>> {
    Expr::new(known(KnownFunction::Min, of))
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
    Expr::new(known(KnownFunction::Max, of))
}

/// `sum(of)`; NULL of no rows. The type is the same on every database, and the sum is exact: see
/// [the table](crate::sql::func).
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, create_engine, func, select, text};
///
/// #[derive(Mapped)]
/// #[aludel(table = "sales")]
/// struct Sale {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     amount: i32,
/// }
///
/// let statement = select((func::sum(Sale::c.id), func::sum(Sale::c.amount)));
/// // The sum of what has 64 bits is a NUMERIC there.
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CAST(sum(sales.id) AS BIGINT), sum(sales.amount) FROM sales"
/// );
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT sum(sales.id), sum(sales.amount) FROM sales"
/// );
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// conn.execute(text("create table sales (id integer primary key, amount int)"))?;
/// let sums: (Option<i64>, Option<i64>) = conn.execute(statement)?.one()?;
/// assert_eq!(sums, (None, None));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn sum<E: SumOperand>(of: E) -> Expr<SumOf<E>> {
    let sum = known(KnownFunction::Sum, of);
    let is_wide = kind::<E>() == Some(TypeKind::BigInteger);
    Expr::new(if is_wide { sum.adapted(Adaptation::IntegerSum) } else { sum })
}

/// `avg(of)`: the mean; NULL of no rows. Of integers it is a floating-point number on every database,
/// though some would give a decimal number of few digits.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::{func, literal, select};
///
/// let statement = select(func::avg(literal(1)));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT CAST(avg($1) AS DOUBLE PRECISION)"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT avg(? + 0e0)");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn avg<E: MeanOperand>(of: E) -> Expr<MeanOf<E>> {
    let function = KnownFunction::Avg;
    Expr::new(if is_integer::<E>() { of_floats(function, of) } else { known(function, of) })
}

/// An aggregate of numbers that is computed and given as a floating-point number.
pub(super) fn of_floats<E: TypedExpression>(function: KnownFunction, of: E) -> Expression {
    let of = of.expr().into_expression().adapted(Adaptation::FloatArgument);
    Expression::known(function, vec![of]).adapted(Adaptation::FloatResult)
}

/// Whether all of the values are true; NULL of no rows.
///
/// ```
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{func, literal, select};
///
/// let statement = select(func::bool_and(literal(true)));
/// assert_eq!(statement.to_string(), "SELECT bool_and(:1)");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT min(?1)");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn bool_and<E>(of: E) -> Expr<Option<bool>>
where
    E: TypedExpression<Value: ColumnType<Bare = bool>>,
{
    Expr::new(known(KnownFunction::BoolAnd, of))
}

/// Whether one of the values is true; NULL of no rows.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::bool_or(t.c("a")?.gt(1)));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT bool_or(t.a > $1) FROM t");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT max(t.a > ?) FROM t");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT max(t.a > ?1) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn bool_or<E>(of: E) -> Expr<Option<bool>>
where
    E: TypedExpression<Value: ColumnType<Bare = bool>>,
{
    Expr::new(known(KnownFunction::BoolOr, of))
}

/// The texts one after the other, with a separator between them; NULL of no rows. What is NULL is left
/// out. The order is that of [`order_by`](Expr::order_by), else any.
///
/// The separator is a part of the statement, so it stands in the program or is made SQL by
/// [`RawSql`](crate::sql::RawSql). MySQL and MariaDB cut what is longer than their setting
/// `group_concat_max_len`.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Text)])?;
/// let statement = select(func::aggregate_strings(t.c("a")?, ", "));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT string_agg(t.a, ', ') FROM t");
/// assert_eq!(
///     statement.compile(&MySql::new())?.sql(),
///     "SELECT group_concat(t.a SEPARATOR ', ') FROM t"
/// );
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT group_concat(t.a, ', ') FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn aggregate_strings<E>(of: E, separator: impl IntoSql) -> Expr<Option<String>>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    let parts = CallParts {
        called: Called::Known(KnownFunction::AggregateStrings),
        distinct: false,
        separator: Some(Name::from(separator.into_sql())),
        arguments: vec![of.expr().into_expression()],
        order: Vec::new(),
        within: Vec::new(),
        filter: None,
    };
    Expr::new(parts.into_expression())
}

/// The values as an array; NULL of no rows. PostgreSQL has it.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::sql::ClauseElement;
/// use aludel::{func, literal, select};
///
/// let statement = select(func::array_agg(literal(1)));
/// assert_eq!(statement.to_string(), "SELECT array_agg(:1)");
/// let error = statement.compile(&MySql::new()).unwrap_err();
/// assert!(error.message().starts_with("mysql does not have array_agg"), "{error}");
/// ```
pub fn array_agg<E: TypedExpression<Value: Aggregated>>(
    of: E,
) -> Expr<<E::Value as Aggregated>::Array> {
    Expr::new(known(KnownFunction::ArrayAgg, of))
}

/// The type of the values of an array.
#[diagnostic::on_unimplemented(message = "there are no arrays of `{Self}`")]
pub trait Aggregated: ExprType {
    /// The type of the array.
    type Array;
}

impl<V: ArrayElement + ColumnType> Aggregated for V {
    type Array = Option<Vec<V>>;
}

impl Aggregated for Dynamic {
    type Array = Self;
}

/// Which of the expressions of GROUPING SETS, ROLLUP or CUBE a row is not grouped by, as the bits of a
/// number: the last of them is the lowest. PostgreSQL and MySQL have it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, cube, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select((func::grouping(t.c("a")?), func::count())).group_by(cube(t.c("a")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT grouping(t.a), count(*) FROM t GROUP BY CUBE(t.a)"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn grouping(of: impl Arguments) -> Expr<i64> {
    Expr::new(Expression::known(KnownFunction::Grouping, of.arguments()))
}

/// An aggregate that needs an order: `func::percentile_cont(0.5).within_group(User::c.age)`.
#[derive(Debug, Clone)]
#[must_use = "it is an expression once it has an order: `.within_group(…)`"]
pub struct OrderedSet<M> {
    function: Expression,
    result: std::marker::PhantomData<fn() -> M>,
}

/// An [`OrderedSet`] whose result is a floating-point number.
#[derive(Debug, Clone, Copy)]
pub enum Interpolated {}

/// An [`OrderedSet`] whose result is one of the values.
#[derive(Debug, Clone, Copy)]
pub enum Chosen {}

impl<M> OrderedSet<M> {
    fn new(function: KnownFunction, arguments: Vec<Expression>) -> Self {
        Self { function: Expression::known(function, arguments), result: std::marker::PhantomData }
    }

    fn ordered(self, by: impl OrderBy) -> Expression {
        let terms = terms(by);
        match self.function.into_call() {
            Ok(mut call) => {
                call.within = terms;
                call.into_expression()
            }
            Err(function) => function,
        }
    }
}

impl OrderedSet<Interpolated> {
    /// The aggregate over the values in this order.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::percentile_cont(0.5).within_group(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT percentile_cont($1) WITHIN GROUP (ORDER BY t.a) FROM t"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn within_group<O: OrderBy>(self, by: O) -> Expr<Option<f64>> {
        Expr::new(self.ordered(by))
    }
}

impl OrderedSet<Chosen> {
    /// The aggregate over the values in this order. The type is that of the term; an order that goes
    /// down is given by [`within_group_by`](Self::within_group_by).
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::percentile_disc(0.5).within_group(t.c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT percentile_disc($1) WITHIN GROUP (ORDER BY t.a) FROM t"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn within_group<E: TypedExpression>(self, by: E) -> Expr<NullableOf<E>> {
        Expr::new(self.ordered(by.expr()))
    }

    /// The aggregate over the values in this order, whose type the compiler does not know.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::mode().within_group_by(t.c("a")?.desc()));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT mode() WITHIN GROUP (ORDER BY t.a DESC) FROM t"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn within_group_by(self, by: impl OrderBy) -> Expr<Dynamic> {
        Expr::new(self.ordered(by))
    }
}

/// The value at this fraction of the values in an order, between two of them if need be. PostgreSQL has
/// it.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{Column, MetaData, Table, func, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let statement = select((
///     func::percentile_cont(0.5).within_group(t.c("a")?),
///     func::mode().within_group_by(t.c("a")?.desc()),
/// ));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT percentile_cont($1) WITHIN GROUP (ORDER BY t.a), \
///      mode() WITHIN GROUP (ORDER BY t.a DESC) FROM t"
/// );
/// let error = statement.compile(&Sqlite::new()).unwrap_err();
/// assert!(error.message().starts_with("sqlite does not have WITHIN GROUP"), "{error}");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn percentile_cont(fraction: f64) -> OrderedSet<Interpolated> {
    OrderedSet::new(KnownFunction::PercentileCont, vec![self::fraction(fraction)])
}

/// The first of the values in an order that is at or behind this fraction of them. PostgreSQL has it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::percentile_disc(0.25).within_group(t.c("a")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT percentile_disc($1) WITHIN GROUP (ORDER BY t.a) FROM t"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn percentile_disc(fraction: f64) -> OrderedSet<Chosen> {
    OrderedSet::new(KnownFunction::PercentileDisc, vec![self::fraction(fraction)])
}

fn fraction(fraction: f64) -> Expression {
    Expression::literal(fraction.into()).with_type(f64::TYPE)
}

/// The value that is there most often, the first in an order of those. PostgreSQL has it.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::mode().within_group(t.c("a")?));
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT mode() WITHIN GROUP (ORDER BY t.a) FROM t"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn mode() -> OrderedSet<Chosen> {
    OrderedSet::new(KnownFunction::Mode, Vec::new())
}
