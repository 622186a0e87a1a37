//! The wider of two types: what arithmetic gives, and what stands in one place where two values can.

use super::{
    AnyColumn, ArrayElement, BindParam, Col, ColumnType, ColumnValue, Dynamic, Expr, ExprType,
    Expression, Mapped, Nullability, Nullable, Operand,
};
use crate::value::{
    BitString, Date, DateTime, Decimal, Interval, Other, RawJson, Time, TimeTz, Timestamp, Uuid,
};

/// The type that holds the values of both `Self` and `R`: of two sorts of numbers the wider one, else the type
/// that both are.
///
/// A type of the program's own stays itself beside the plain types of its family, except beside floating-point and
/// decimal numbers, of which nobody knows that it holds them. Where it does, and beside other types of one's own, say so:
///
/// ```
/// use aludel::sql::{ColumnValue, Promote, family};
/// use aludel::{FromValue, Result, Value, ValueRef, types};
///
/// struct Metres(f64);
///
/// impl ColumnValue for Metres {
///     type Family = family::Numeric;
///     const TYPE: &'static types::Type = &types::Double;
///
///     fn from_value(value: ValueRef<'_>) -> Result<Self> {
///         <f64 as FromValue>::from_value(value).map(Metres)
///     }
///
///     fn to_value(&self) -> Value {
///         self.0.into()
///     }
/// }
///
/// impl Promote<f64> for Metres {
///     type To = Self;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{R}` have no type that holds both",
    note = "`.cast::<T>()` makes another type of one; for a type of your own implement `aludel::sql::Promote`"
)]
pub trait Promote<R> {
    /// The wider type.
    type To: ColumnType;
}

/// What may stand in the place of a value of the type `V`: the second argument of `coalesce`, another result of
/// CASE. The type of the whole is the wider of the two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in the place of a value of the type `{V}`",
    note = "give a value of the same type, a column or an expression of the same kind, or a `bindparam`; \
            `.cast::<T>()` makes another type of one"
)]
pub trait Alternative<V> {
    /// Whether it can be NULL.
    type Null: Nullability;

    /// The type of both.
    type Result: ExprType;

    /// As an expression.
    fn alternative(self) -> Expression;
}

macro_rules! promote {
    ($($left:ty: $($right:ty => $to:ty),*;)*) => {$($(
        impl $crate::sql::Promote<$right> for $left {
            type To = $to;
        }
    )*)*};
}

/// What numbers are beside a type of decimal numbers of another crate.
#[cfg(any(feature = "bigdecimal-04", feature = "rust_decimal-1"))]
macro_rules! beside_numbers {
    ($ty:ty) => {
        promote! {
            i8: $ty => $ty;
            i16: $ty => $ty;
            i32: $ty => $ty;
            i64: $ty => $ty;
            isize: $ty => $ty;
            u8: $ty => $ty;
            u16: $ty => $ty;
            u32: $ty => $ty;
            u64: $ty => $ty;
            usize: $ty => $ty;
            f32: $ty => f64;
            f64: $ty => f64;
            $crate::value::Decimal: $ty => $crate::value::Decimal;
            $ty: f32 => f64, f64 => f64, $crate::value::Decimal => $crate::value::Decimal;
        }
    };
}
#[cfg(any(feature = "bigdecimal-04", feature = "rust_decimal-1"))]
pub(in crate::sql) use {beside_numbers, promote};

promote! {
    i8: i8 => i8, i16 => i16, i32 => i32, i64 => i64, isize => i64, u8 => i16, u16 => i32,
        u32 => i64, u64 => Decimal, usize => Decimal, f32 => f64, f64 => f64, Decimal => Decimal;
    i16: i8 => i16, i16 => i16, i32 => i32, i64 => i64, isize => i64, u8 => i16, u16 => i32,
        u32 => i64, u64 => Decimal, usize => Decimal, f32 => f64, f64 => f64, Decimal => Decimal;
    i32: i8 => i32, i16 => i32, i32 => i32, i64 => i64, isize => i64, u8 => i32, u16 => i32,
        u32 => i64, u64 => Decimal, usize => Decimal, f32 => f64, f64 => f64, Decimal => Decimal;
    i64: i8 => i64, i16 => i64, i32 => i64, i64 => i64, isize => i64, u8 => i64, u16 => i64,
        u32 => i64, u64 => Decimal, usize => Decimal, f32 => f64, f64 => f64, Decimal => Decimal;
    isize: i8 => i64, i16 => i64, i32 => i64, i64 => i64, isize => isize, u8 => i64, u16 => i64,
        u32 => i64, u64 => Decimal, usize => Decimal, f32 => f64, f64 => f64, Decimal => Decimal;
    u8: i8 => i16, i16 => i16, i32 => i32, i64 => i64, isize => i64, u8 => u8, u16 => u16,
        u32 => u32, u64 => u64, usize => u64, f32 => f64, f64 => f64, Decimal => Decimal;
    u16: i8 => i32, i16 => i32, i32 => i32, i64 => i64, isize => i64, u8 => u16, u16 => u16,
        u32 => u32, u64 => u64, usize => u64, f32 => f64, f64 => f64, Decimal => Decimal;
    u32: i8 => i64, i16 => i64, i32 => i64, i64 => i64, isize => i64, u8 => u32, u16 => u32,
        u32 => u32, u64 => u64, usize => u64, f32 => f64, f64 => f64, Decimal => Decimal;
    u64: i8 => Decimal, i16 => Decimal, i32 => Decimal, i64 => Decimal, isize => Decimal,
        u8 => u64, u16 => u64, u32 => u64, u64 => u64, usize => u64, f32 => f64, f64 => f64,
        Decimal => Decimal;
    usize: i8 => Decimal, i16 => Decimal, i32 => Decimal, i64 => Decimal, isize => Decimal,
        u8 => u64, u16 => u64, u32 => u64, u64 => u64, usize => usize, f32 => f64, f64 => f64,
        Decimal => Decimal;
    f32: i8 => f64, i16 => f64, i32 => f64, i64 => f64, isize => f64, u8 => f64, u16 => f64,
        u32 => f64, u64 => f64, usize => f64, f32 => f32, f64 => f64, Decimal => f64;
    f64: i8 => f64, i16 => f64, i32 => f64, i64 => f64, isize => f64, u8 => f64, u16 => f64,
        u32 => f64, u64 => f64, usize => f64, f32 => f64, f64 => f64, Decimal => f64;
    Decimal: i8 => Decimal, i16 => Decimal, i32 => Decimal, i64 => Decimal, isize => Decimal,
        u8 => Decimal, u16 => Decimal, u32 => Decimal, u64 => Decimal, usize => Decimal,
        f32 => f64, f64 => f64, Decimal => Decimal;
}

/// Types that are as wide as they are, and own types that stand beside them.
macro_rules! of_one_width {
    ($($ty:ty),* $(,)?) => {$(
        impl Promote<$ty> for $ty {
            type To = Self;
        }

        /// It is read as what the database has.
        #[diagnostic::do_not_recommend]
        impl<T: ColumnValue<Family = <Self as ColumnType>::Family>> Promote<T> for $ty {
            type To = Self;
        }
    )*};
}
of_one_width!(
    bool,
    String,
    Vec<u8>,
    Date,
    Time,
    TimeTz,
    DateTime,
    Timestamp,
    Interval,
    Uuid,
    RawJson,
    BitString,
    Other,
);

impl<T: ArrayElement> Promote<Self> for Vec<T> {
    type To = Self;
}

/// A type of the program's own stays itself.
macro_rules! beside_own_types {
    ($($ty:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ColumnValue<Family = <$ty as ColumnType>::Family>> Promote<$ty> for T {
            type To = T;
        }
    )*};
}
beside_own_types!(
    i8,
    i16,
    i32,
    i64,
    isize,
    u8,
    u16,
    u32,
    u64,
    usize,
    bool,
    String,
    Vec<u8>,
    Date,
    Time,
    TimeTz,
    DateTime,
    Timestamp,
    Interval,
    Uuid,
    RawJson,
    BitString,
    Other,
);

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> Promote<T> for T {
    type To = T;
}

impl<T, V, U> Alternative<V> for Col<T, U>
where
    T: Mapped,
    V: ColumnType + Promote<U::Bare>,
    U: ColumnType,
{
    type Null = U::Null;
    type Result = V::To;

    fn alternative(self) -> Expression {
        self.expression()
    }
}

impl<V, U> Alternative<V> for Expr<U>
where
    V: ColumnType + Promote<U::Bare>,
    U: ColumnType,
{
    type Null = U::Null;
    type Result = V::To;

    fn alternative(self) -> Expression {
        self.into_expression()
    }
}

/// It is one of them: a value that is given later, or what the database knows alone.
macro_rules! without_a_type {
    ($($ty:ty),*) => {$(
        impl<V: ColumnType> Alternative<V> for $ty {
            type Null = Nullable;
            type Result = V;

            fn alternative(self) -> Expression {
                Operand::<V>::operand(self)
            }
        }
    )*};
}
without_a_type!(BindParam, AnyColumn, Expr<Dynamic>);

/// Beside what the compiler does not know it knows nothing of both.
#[diagnostic::do_not_recommend]
impl<O: Operand<Dynamic>> Alternative<Dynamic> for O {
    type Null = O::Null;
    type Result = Dynamic;

    fn alternative(self) -> Expression {
        self.operand()
    }
}
