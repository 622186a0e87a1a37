//! Arithmetic: `+`, `-`, `*`, `/`, `%`, and which type the result has.

use std::ops;

use super::tree::{NumberKind, Op, Quotient};
use super::types::{self, Type, TypeKind};
use super::{
    AnyColumn, BindParam, Col, ColumnType, Combined, Dynamic, Expr, Expression, Mapped,
    Nullability, Operand, Promote, TypedExpression, family,
};
use crate::value::Decimal;

/// A number beside a number of the type `V`, and the type that the result has: the wider of the two.
#[diagnostic::on_unimplemented(
    message = "there is no arithmetic of `{V}` and `{Self}`",
    note = "give a number of the same type, a column or an expression of numbers, or a `bindparam`; \
            `.cast::<T>()` makes another type of one"
)]
pub trait Arithmetic<V>: Operand<V> {
    /// The type of the result.
    type Result: ColumnType;

    /// Whether the compiler knows the type of what stands there.
    const IS_TYPED: bool = true;
}

/// A number that can be divided.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be divided")]
pub trait Dividend: ColumnType {
    /// The type of a fraction: of integers too it is one.
    type Fraction: ColumnType;

    /// What `/` gives.
    const FRACTION: Quotient;

    /// What `floordiv` gives.
    const WHOLE: Quotient;
}

/// An integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    note = "`.cast::<i64>()` makes an integer of a number"
)]
pub trait IntegerType: Dividend {}

macro_rules! dividends {
    ($($ty:ty => $fraction:ty, $of:ident, $whole:ident;)*) => {$(
        impl Dividend for $ty {
            type Fraction = $fraction;
            const FRACTION: Quotient = Quotient::$of;
            const WHOLE: Quotient = Quotient::$whole;
        }
    )*};
}
dividends! {
    i8 => f64, Float, Truncated;
    i16 => f64, Float, Truncated;
    i32 => f64, Float, Truncated;
    i64 => f64, Float, Truncated;
    u8 => f64, Float, Truncated;
    u16 => f64, Float, Truncated;
    u32 => f64, Float, Truncated;
    isize => f64, Float, Truncated;
    // Of 64 bits without a sign they are not integers in every database.
    u64 => f64, Float, ExactFloor;
    usize => f64, Float, ExactFloor;
    Decimal => Decimal, Exact, ExactFloor;
    f32 => f64, Float, Floor;
    f64 => f64, Float, Floor;
}
#[cfg(feature = "rust_decimal-1")]
dividends! {
    rust_decimal::Decimal => Self, Exact, ExactFloor;
}
#[cfg(feature = "bigdecimal-04")]
dividends! {
    bigdecimal::BigDecimal => Self, Exact, ExactFloor;
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl IntegerType for $ty {}
    )*};
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32);

impl<V: ColumnType> Arithmetic<V> for BindParam {
    type Result = V;
}

impl<V: ColumnType> Arithmetic<V> for AnyColumn {
    type Result = V;
    const IS_TYPED: bool = false;
}

impl<V: ColumnType> Arithmetic<V> for Expr<Dynamic> {
    type Result = V;
    const IS_TYPED: bool = false;
}

impl<T, V, U> Arithmetic<V> for Col<T, U>
where
    T: Mapped,
    V: ColumnType + Promote<U::Bare>,
    U: ColumnType<Family: family::SameAs<V::Family, U, V>>,
{
    type Result = V::To;
}

impl<V, U> Arithmetic<V> for Expr<U>
where
    V: ColumnType + Promote<U::Bare>,
    U: ColumnType<Family: family::SameAs<V::Family, U, V>>,
{
    type Result = V::To;
}

/// What a division of a number of this type by another gives, where the compiler does not know it.
pub(super) fn quotient(ty: Option<&Type>, by: &Expression, whole: bool) -> Quotient {
    let is_integer = ty.is_some_and(|ty| {
        matches!(
            ty.kind(),
            TypeKind::SmallInteger
                | TypeKind::Integer
                | TypeKind::BigInteger
                | TypeKind::UnsignedBigInteger
        )
    });
    let (own, other) = (ty.map(Type::kind), by.kind_of_divisor());
    match (own, whole) {
        (Some(TypeKind::Float | TypeKind::Double), true) => Quotient::Floor,
        (Some(TypeKind::Float | TypeKind::Double), false) => Quotient::Float,
        _ if is_integer && other == NumberKind::Decimal => match whole {
            true => Quotient::ExactFloor,
            false => Quotient::Exact,
        },
        _ if other == NumberKind::Float && whole => Quotient::Floor,
        (Some(TypeKind::UnsignedBigInteger | TypeKind::Numeric), true) => Quotient::ExactFloor,
        (_, true) if is_integer && by.is_for_integer() => Quotient::Truncated,
        (_, false) if is_integer => Quotient::Float,
        (_, true) => Quotient::AnyFloor,
        (_, false) => Quotient::Exact,
    }
}

/// `+`, `-`, `*`: the result has the wider of the two types, and can be NULL if one of the two can.
macro_rules! arithmetic {
    ($($of:ident $method:ident $op:ident),*) => {$(
        impl<V, O> ops::$of<O> for Expr<V>
        where
            V: ColumnType<Family = family::Numeric>,
            O: Arithmetic<V::Bare>,
        {
            type Output = Expr<Combined<V::Null, O::Null, O::Result>>;

            fn $method(self, other: O) -> Self::Output {
                let other = other.operand().with_type(V::TYPE);
                Expr::new(self.into_expression().binary(Op::$op, other))
            }
        }

        impl<T, V, O> ops::$of<O> for Col<T, V>
        where
            T: Mapped,
            V: ColumnType<Family = family::Numeric>,
            O: Arithmetic<V::Bare>,
        {
            type Output = Expr<Combined<V::Null, O::Null, O::Result>>;

            fn $method(self, other: O) -> Self::Output {
                ops::$of::$method(self.expr(), other)
            }
        }
    )*};
}
arithmetic!(Add add Add, Sub sub Subtract, Mul mul Multiply);

/// The second operand beside a column of this type. The value of a remainder has its own type if it is a float: what is
/// compiled for an integer is not for it.
fn beside(op: Op, other: Expression, ty: Option<Type>) -> Expression {
    match (op, other.kind_of_divisor()) {
        (Op::Modulo, NumberKind::Float) => other.with_type(Some(types::Double)),
        _ => other.with_type(ty),
    }
}

/// `+`, `-`, `*`, `%`, where the compiler does not know the type.
macro_rules! dynamic_arithmetic {
    ($($of:ident $method:ident $op:ident),*) => {$(
        impl<O: Operand<Dynamic>> ops::$of<O> for Expr<Dynamic> {
            type Output = Self;

            fn $method(self, other: O) -> Self {
                let other = beside(Op::$op, other.operand(), None);
                Self::new(self.into_expression().binary(Op::$op, other))
            }
        }

        impl<O: Operand<Dynamic>> ops::$of<O> for AnyColumn {
            type Output = Expr<Dynamic>;

            fn $method(self, other: O) -> Expr<Dynamic> {
                let other = beside(Op::$op, other.operand(), self.ty.clone());
                Expr::new(self.expression().binary(Op::$op, other))
            }
        }
    )*};
}
dynamic_arithmetic!(Add add Add, Sub sub Subtract, Mul mul Multiply, Rem rem Modulo);

/// `/` is the fraction on every database, also of integers.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{create_engine, literal, select};
///
/// let statement = select(literal(7) / 2);
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT ?1 / (?2 + 0.0)");
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT $1 / CAST($2 AS DOUBLE PRECISION)"
/// );
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT ? / (? + 0e0)");
/// let half: Option<f64> = create_engine("sqlite://")?.connect()?.scalar(statement)?;
/// assert_eq!(half, Some(3.5));
/// # Ok::<(), aludel::Error>(())
/// ```
impl<V, O> ops::Div<O> for Expr<V>
where
    V: ColumnType<Family = family::Numeric>,
    O: Arithmetic<V::Bare, Result: Dividend>,
{
    type Output = Expr<Combined<V::Null, O::Null, <O::Result as Dividend>::Fraction>>;

    fn div(self, by: O) -> Self::Output {
        let by = by.operand().with_type(V::TYPE);
        Expr::new(self.into_expression().division(O::Result::FRACTION, by))
    }
}

impl<T, V, O> ops::Div<O> for Col<T, V>
where
    T: Mapped,
    V: ColumnType<Family = family::Numeric>,
    O: Arithmetic<V::Bare, Result: Dividend>,
{
    type Output = Expr<Combined<V::Null, O::Null, <O::Result as Dividend>::Fraction>>;

    fn div(self, by: O) -> Self::Output {
        self.expr() / by
    }
}

impl<O: Operand<Dynamic>> ops::Div<O> for Expr<Dynamic> {
    type Output = Self;

    fn div(self, by: O) -> Self {
        let (of, by) = (self.into_expression(), by.operand());
        let quotient = quotient(of.known_number(), &by, false);
        Self::new(of.division(quotient, by))
    }
}

impl<O: Operand<Dynamic>> ops::Div<O> for AnyColumn {
    type Output = Expr<Dynamic>;

    fn div(self, by: O) -> Expr<Dynamic> {
        let (by, ty) = (by.operand(), self.ty.clone());
        let of = self.expression();
        let quotient = quotient(ty.as_ref().or_else(|| of.known_number()), &by, false);
        Expr::new(of.division(quotient, by.with_type(ty)))
    }
}

/// `%` is the remainder, with the sign of the dividend on every database. Where the compiler does not know the
/// types, it takes decimal numbers too; of floating-point numbers MySQL alone has one, and the dialects of the
/// others refuse it.
impl<V, O> ops::Rem<O> for Expr<V>
where
    V: ColumnType<Family = family::Numeric>,
    O: Arithmetic<V::Bare, Result: IntegerType>,
{
    type Output = Expr<Combined<V::Null, O::Null, O::Result>>;

    fn rem(self, by: O) -> Self::Output {
        let by = by.operand().with_type(V::TYPE);
        Expr::new(self.into_expression().binary(Op::Modulo, by))
    }
}

impl<T, V, O> ops::Rem<O> for Col<T, V>
where
    T: Mapped,
    V: ColumnType<Family = family::Numeric>,
    O: Arithmetic<V::Bare, Result: IntegerType>,
{
    type Output = Expr<Combined<V::Null, O::Null, O::Result>>;

    fn rem(self, by: O) -> Self::Output {
        self.expr() % by
    }
}

impl<V: ColumnType<Family = family::Numeric>> ops::Neg for Expr<V> {
    type Output = Expr<<V::Null as Nullability>::Of<V::Bare>>;

    fn neg(self) -> Self::Output {
        Expr::new(self.into_expression().negate())
    }
}

impl<T: Mapped, V: ColumnType<Family = family::Numeric>> ops::Neg for Col<T, V> {
    type Output = Expr<<V::Null as Nullability>::Of<V::Bare>>;

    fn neg(self) -> Self::Output {
        -self.expr()
    }
}

impl ops::Neg for Expr<Dynamic> {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(self.into_expression().negate())
    }
}

impl ops::Neg for AnyColumn {
    type Output = Expr<Dynamic>;

    fn neg(self) -> Expr<Dynamic> {
        Expr::new(self.expression().negate())
    }
}
