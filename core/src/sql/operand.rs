//! Which Rust types are columns, and which values may stand beside them.

use super::nullability::{NotNull, Nullability, Nullable};
use super::types::{self, Type};
use super::{
    Alternative, AnyColumn, Arithmetic, Auto, BindParam, Col, Expr, Expression, Mapped,
    TypedExpression, family,
};
use crate::row::FromRow;
use crate::value::{
    BitString, Date, DateTime, Decimal, FromValue, Interval, Other, RawJson, Time, TimeTz,
    Timestamp, Uuid, Value,
};

/// A Rust type that the field of a mapped struct, and so a column, may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    note = "columns are bool, integers, f32, f64, String, Vec<u8>, the types of `aludel::value` such \
            as Decimal, Date and Uuid, Vec of them, and Option or Auto of them; for a type of your \
            own implement `aludel::sql::ColumnValue`"
)]
pub trait ColumnType: FromRow {
    /// The type without `Option` and `Auto`.
    type Bare: ColumnType;
    /// Types of one family can be compared with each other: see [`family`].
    type Family;
    /// Whether the value can be NULL.
    type Null: Nullability;
    /// What a select of the column gives.
    type Output: FromRow;
    /// The type in the database.
    const TYPE: &'static Type;
    /// Whether NULL is allowed.
    const NULLABLE: bool = false;
    /// Whether the database can make the value: `Auto` has it.
    const GENERATED: bool = false;

    /// The value, to be bound.
    fn to_value(&self) -> Value;

    /// Whether it has no value yet, because the database makes it: an `Auto` that is unset.
    fn is_unset(&self) -> bool {
        false
    }
}

/// The type of columns whose type is not known to the compiler.
#[derive(Debug, Clone, Copy)]
pub enum Dynamic {}

/// A value or an expression that may stand beside a column of the type `V`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with `{Self}`",
    note = "compare it with a value of its own type, a column of the same kind or a `bindparam`; \
            for NULL there are `is_null()` and `is_not_null()`"
)]
pub trait Operand<V> {
    /// Whether it can be NULL.
    type Null: Nullability;

    /// As an expression.
    fn operand(self) -> Expression;
}

/// A value of a column of the type `V`, and no expression: what an IN list consists of.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with a list of `{Self}`"
)]
pub trait ListItem<V>: Into<Value> {}

/// A value that a column of the type `V` may be set to.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be set to `{Self}`",
    note = "set it to a value of its own type, an expression or a `bindparam`; only a column that \
            is an `Option` can be set to `None`"
)]
pub trait Assign<V> {
    /// As an expression.
    fn assigned(self) -> Expression;
}

/// Values of one type: which Rust types hold them.
macro_rules! values {
    ($($column:ty: $value:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl Operand<$column> for $value {
            type Null = NotNull;

            fn operand(self) -> Expression {
                Expression::literal(self.into())
            }
        }
        impl ListItem<$column> for $value {}
        #[diagnostic::do_not_recommend]
        impl Arithmetic<$column> for $value {
            type Result = $column;
        }
        #[diagnostic::do_not_recommend]
        impl Alternative<$column> for $value {
            type Null = NotNull;
            type Result = $column;

            fn alternative(self) -> Expression {
                Expression::literal(self.into())
            }
        }
        impl TypedExpression for $value {
            type Value = $column;

            fn expr(self) -> Expr<$column> {
                Expr::new(Expression::literal(self.into()))
            }
        }
        values!(@assign $value: $column, Option<$column>, Auto<$column>);
        values!(@dynamic $value, $column);
    )*};
    (@assign $value:ty: $($column:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Assign<$column> for $value {
            fn assigned(self) -> Expression {
                Expression::literal(self.into())
            }
        }
    )*};
    (@dynamic $value:ty, $column:ty) => {
        #[diagnostic::do_not_recommend]
        impl Operand<Dynamic> for $value {
            type Null = NotNull;

            fn operand(self) -> Expression {
                Expression::literal(self.into())
            }
        }
        impl ListItem<Dynamic> for $value {}
        #[diagnostic::do_not_recommend]
        impl Assign<Dynamic> for $value {
            fn assigned(self) -> Expression {
                Expression::literal(self.into())
            }
        }
    };
}
values! {
    bool: bool,
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    isize: isize,
    usize: usize,
    f32: f32,
    f64: f64,
    String: String,
    String: &str,
    String: &String,
    Vec<u8>: Vec<u8>,
    Vec<u8>: &[u8],
    Decimal: Decimal,
    Date: Date,
    Time: Time,
    TimeTz: TimeTz,
    DateTime: DateTime,
    Timestamp: Timestamp,
    Interval: Interval,
    Uuid: Uuid,
    RawJson: RawJson,
    BitString: BitString,
    Other: Other,
}

/// NULL is compared by IS NULL.
#[diagnostic::do_not_recommend]
impl Operand<Dynamic> for Value {
    type Null = Nullable;

    fn operand(self) -> Expression {
        Expression::literal(self)
    }
}

impl TypedExpression for Value {
    type Value = Dynamic;

    fn expr(self) -> Expr<Dynamic> {
        Expr::new(Expression::literal(self))
    }
}

impl ListItem<Dynamic> for Value {}

#[diagnostic::do_not_recommend]
impl Assign<Dynamic> for Value {
    fn assigned(self) -> Expression {
        Expression::literal(self)
    }
}

#[diagnostic::do_not_recommend]
impl<X: Into<Value>> Assign<Option<X>> for Option<X> {
    fn assigned(self) -> Expression {
        Expression::literal(self.into())
    }
}

/// NULL may be bound.
impl<V> Operand<V> for BindParam {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<V> Assign<V> for BindParam {
    fn assigned(self) -> Expression {
        self.into_expression()
    }
}

impl<T, V, U> Operand<V> for Col<T, U>
where
    T: Mapped,
    V: ColumnType,
    U: ColumnType,
    U::Family: family::SameAs<V::Family, U, V>,
{
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.expression()
    }
}

impl<V, U> Operand<V> for Expr<U>
where
    V: ColumnType,
    U: ColumnType,
    U::Family: family::SameAs<V::Family, U, V>,
{
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T, V, U> Assign<V> for Col<T, U>
where
    T: Mapped,
    V: ColumnType,
    U: ColumnType<Family = V::Family>,
{
    fn assigned(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped, U: ColumnType> Assign<Dynamic> for Col<T, U> {
    fn assigned(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl Assign<Dynamic> for AnyColumn {
    fn assigned(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<V: ColumnType> Assign<V> for AnyColumn {
    fn assigned(self) -> Expression {
        self.expression()
    }
}

/// What is assigned must be of the same family, as what is compared; NULL is found by the database.
#[diagnostic::do_not_recommend]
impl<V, U> Assign<V> for Expr<U>
where
    V: ColumnType,
    U: ColumnType,
    U::Family: family::SameAs<V::Family, U, V>,
{
    fn assigned(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped, U: ColumnType> Operand<Dynamic> for Col<T, U> {
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<U: ColumnType> Operand<Dynamic> for Expr<U> {
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<U: ColumnType> Assign<Dynamic> for Expr<U> {
    fn assigned(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl Operand<Dynamic> for Expr<Dynamic> {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl Assign<Dynamic> for Expr<Dynamic> {
    fn assigned(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl Operand<Dynamic> for AnyColumn {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.expression()
    }
}

/// What has no type for the compiler may stand beside all that has one; the database finds what
/// does not fit.
impl<V: ColumnType> Operand<V> for AnyColumn {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<V: ColumnType> Operand<V> for Expr<Dynamic> {
    type Null = Nullable;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<V: ColumnType> Assign<V> for Expr<Dynamic> {
    fn assigned(self) -> Expression {
        self.into_expression()
    }
}

macro_rules! column_types {
    ($($ty:ty: $family:ident, $column:ident;)*) => {$(
        impl ColumnType for $ty {
            type Bare = Self;
            type Family = family::$family;
            type Null = NotNull;
            type Output = Self;
            const TYPE: &'static Type = &types::$column;

            #[inline]
            fn to_value(&self) -> Value {
                self.clone().into()
            }
        }
    )*};
}
column_types! {
    bool: Boolean, Boolean;
    i8: Numeric, SmallInteger;
    i16: Numeric, SmallInteger;
    i32: Numeric, Integer;
    i64: Numeric, BigInteger;
    u8: Numeric, SmallInteger;
    u16: Numeric, Integer;
    u32: Numeric, BigInteger;
    u64: Numeric, UnsignedBigInteger;
    isize: Numeric, BigInteger;
    usize: Numeric, UnsignedBigInteger;
    f32: Numeric, Double;
    f64: Numeric, Double;
    String: Text, UnboundedString;
    Vec<u8>: Binary, LargeBinary;
    Decimal: Numeric, AnyNumeric;
    Date: Date, Date;
    Time: Time, Time;
    TimeTz: TimeTz, TimeWithTimeZone;
    DateTime: DateTime, DateTime;
    Timestamp: Timestamp, Timestamp;
    Interval: Interval, Interval;
    Uuid: Uuid, Uuid;
    RawJson: Json, Json;
    BitString: Bits, VarBit;
    Other: Other, AnyOther;
}

impl<V: ColumnType> ColumnType for Option<V> {
    type Bare = V::Bare;
    type Family = V::Family;
    type Null = Nullable;
    type Output = Option<V::Output>;
    const TYPE: &'static Type = V::TYPE;
    const NULLABLE: bool = true;
    const GENERATED: bool = V::GENERATED;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, V::to_value)
    }

    fn is_unset(&self) -> bool {
        self.as_ref().is_some_and(V::is_unset)
    }
}

impl<V: ColumnType + FromValue> ColumnType for Auto<V> {
    type Bare = V::Bare;
    type Family = V::Family;
    type Null = V::Null;
    type Output = V::Output;
    const TYPE: &'static Type = V::TYPE;
    const NULLABLE: bool = V::NULLABLE;
    const GENERATED: bool = true;

    fn to_value(&self) -> Value {
        self.get().map_or(Value::Null, V::to_value)
    }

    fn is_unset(&self) -> bool {
        self.get().is_none_or(V::is_unset)
    }
}
