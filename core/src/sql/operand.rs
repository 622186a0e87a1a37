//! Which Rust types are columns, and which values may stand beside them.

use super::expression::Node;
use super::types::{self, Type};
use super::{AnyColumn, Auto, BindParam, Col, Expression, family};
use crate::value::{FromValue, Value};

/// A Rust type that the field of a mapped struct, and so a column, may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    note = "columns are bool, integers up to 64 bits, f32, f64, String, Vec<u8>, and Option or \
            Auto of them"
)]
pub trait Typed {
    /// The type without `Option` and `Auto`.
    type Bare: Typed;
    /// Types of one family can be compared with each other.
    type Family;
    /// What a select of the column gives.
    type Output: FromValue + Send + 'static;
    /// The type in the database.
    const TYPE: &'static Type;
    /// Whether NULL is allowed.
    const NULLABLE: bool = false;
    /// Whether the database can make the value: `Auto` has it.
    const GENERATED: bool = false;

    /// The value, to be bound.
    fn to_value(&self) -> Value;
}

/// The type of columns whose type is not known to the compiler.
#[derive(Debug, Clone, Copy)]
pub enum Dynamic {}

/// A value that may be compared with a column of the type `V`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with `{Self}`",
    note = "compare it with a value of its own type, a column of the same kind or a `bindparam`; \
            for NULL there are `is_null()` and `is_not_null()`"
)]
pub trait Operand<V> {
    /// As an expression.
    fn operand(self) -> Expression;
}

/// A value of a column of the type `V`, and no expression: what an IN list consists of.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with a list of `{Self}`"
)]
pub trait Plain<V>: Into<Value> {}

/// A value that a column of the type `V` may be set to.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be set to `{Self}`",
    note = "set it to a value of its own type or a `bindparam`; only a column that is an `Option` \
            can be set to `None`"
)]
pub trait Assign<V> {
    /// As an expression.
    fn assigned(self) -> Expression;
}

/// Values of one type: which Rust types hold them.
macro_rules! values {
    ($($column:ty: $value:ty),* $(,)?) => {$(
        impl Operand<$column> for $value {
            fn operand(self) -> Expression {
                Expression::literal(self.into())
            }
        }
        impl Plain<$column> for $value {}
        values!(@assign $value: $column, Option<$column>, Auto<$column>);
        values!(@dynamic $value, $column);
    )*};
    (@assign $value:ty: $($column:ty),*) => {$(
        impl Assign<$column> for $value {
            fn assigned(self) -> Expression {
                Expression::literal(self.into())
            }
        }
    )*};
    (@dynamic $value:ty, $column:ty) => {
        impl Operand<Dynamic> for $value {
            fn operand(self) -> Expression {
                Expression::literal(self.into())
            }
        }
        impl Plain<Dynamic> for $value {}
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
    f32: f32,
    f64: f64,
    String: String,
    String: &str,
    String: &String,
    Vec<u8>: Vec<u8>,
    Vec<u8>: &[u8],
}

impl Operand<Dynamic> for Value {
    fn operand(self) -> Expression {
        Expression::literal(self)
    }
}

impl Plain<Dynamic> for Value {}

impl Assign<Dynamic> for Value {
    fn assigned(self) -> Expression {
        Expression::literal(self)
    }
}

impl<X: Into<Value>> Assign<Option<X>> for Option<X> {
    fn assigned(self) -> Expression {
        Expression::literal(self.into())
    }
}

impl<V> Operand<V> for BindParam {
    fn operand(self) -> Expression {
        Expression(Node::Bind(self.0))
    }
}

impl<V> Assign<V> for BindParam {
    fn assigned(self) -> Expression {
        Expression(Node::Bind(self.0))
    }
}

impl<T, V, U> Operand<V> for Col<T, U>
where
    V: Typed,
    U: Typed<Family = V::Family>,
{
    fn operand(self) -> Expression {
        self.expression()
    }
}

impl Operand<Dynamic> for AnyColumn {
    fn operand(self) -> Expression {
        self.expression()
    }
}

macro_rules! typed {
    ($($ty:ty: $family:ty, $column:ident;)*) => {$(
        impl Typed for $ty {
            type Bare = Self;
            type Family = $family;
            type Output = Self;
            const TYPE: &'static Type = &types::$column;

            #[inline]
            fn to_value(&self) -> Value {
                self.clone().into()
            }
        }
    )*};
}
typed! {
    bool: family::Boolean, Boolean;
    i8: family::Numeric, SmallInteger;
    i16: family::Numeric, SmallInteger;
    i32: family::Numeric, Integer;
    i64: family::Numeric, BigInteger;
    u8: family::Numeric, SmallInteger;
    u16: family::Numeric, Integer;
    u32: family::Numeric, BigInteger;
    f32: family::Numeric, Double;
    f64: family::Numeric, Double;
    String: family::Text, UnboundedString;
    Vec<u8>: family::Binary, LargeBinary;
}

impl<V: Typed> Typed for Option<V> {
    type Bare = V::Bare;
    type Family = V::Family;
    type Output = Option<V::Output>;
    const TYPE: &'static Type = V::TYPE;
    const NULLABLE: bool = true;
    const GENERATED: bool = V::GENERATED;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, V::to_value)
    }
}

impl<V: Typed> Typed for Auto<V> {
    type Bare = V::Bare;
    type Family = V::Family;
    type Output = V::Output;
    const TYPE: &'static Type = V::TYPE;
    const NULLABLE: bool = V::NULLABLE;
    const GENERATED: bool = true;

    fn to_value(&self) -> Value {
        self.get().map_or(Value::Null, V::to_value)
    }
}
