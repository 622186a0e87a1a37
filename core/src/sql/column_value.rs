//! Column types of the program's own.

use super::types::Type;
use super::{
    Arithmetic, Assign, Auto, ColumnType, Dynamic, Expr, Expression, ListItem, NotNull, Operand,
    TypedExpression,
};
use crate::error::Result;
use crate::value::{FromElement, FromValue, Value, ValueRef};

/// A Rust type of the program's own as the type of a column: which type it has in the database, and
/// how a value becomes one of the database's and back.
///
/// It is all that such a type needs: fields of mapped structs, `Option` and `Auto` of it, comparisons,
/// assignments, parameters and results follow from it.
///
/// ```
/// use aludel::sql::{ColumnValue, family};
/// use aludel::{Auto, FromValue, Mapped, Result, Value, ValueRef, insert, select, types};
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Email(String);
///
/// impl ColumnValue for Email {
///     type Family = family::Text;
///     const TYPE: &'static types::Type = &types::String(254);
///
///     fn from_value(value: ValueRef<'_>) -> Result<Self> {
///         <String as FromValue>::from_value(value).map(Email)
///     }
///
///     fn to_value(&self) -> Value {
///         self.0.as_str().into()
///     }
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     #[aludel(unique)]
///     email: Email,
///     other: Option<Email>,
/// }
///
/// let sandy = Email("sandy@example.org".into());
/// let statement = select(User::c.email).where_(User::c.email.eq(sandy.clone()));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT users.email FROM users WHERE users.email = :1"
/// );
/// let statement = insert::<User>().values((User::c.email.set(sandy), User::c.other.set(None)));
/// assert_eq!(statement.to_string(), "INSERT INTO users (email, other) VALUES (:1, :2)");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    note = "implement `aludel::sql::ColumnValue` for it"
)]
pub trait ColumnValue: Sized + Send + 'static {
    /// Columns of one [family](super::family) can be compared with each other.
    type Family;

    /// The type in the database.
    const TYPE: &'static Type;

    /// Reads a value of the database, which is not NULL.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) if the value is none of this type.
    fn from_value(value: ValueRef<'_>) -> Result<Self>;

    /// The value, to be sent.
    fn to_value(&self) -> Value;
}

impl<T: ColumnValue> FromValue for T {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Null => Err(value.mismatch(std::any::type_name::<T>())),
            value => <T as ColumnValue>::from_value(value),
        }
    }
}

impl<T: ColumnValue> FromElement for T {
    fn from_element(element: ValueRef<'_>) -> Result<Self> {
        <T as FromValue>::from_value(element)
    }
}

impl<T: ColumnValue> From<T> for Value {
    fn from(value: T) -> Self {
        value.to_value()
    }
}

impl<T: ColumnValue> ColumnType for T {
    type Bare = T;
    type Family = T::Family;
    type Null = NotNull;
    type Output = T;
    const TYPE: &'static Type = T::TYPE;

    fn to_value(&self) -> Value {
        <T as ColumnValue>::to_value(self)
    }
}

impl<T: ColumnValue> Operand<T> for T {
    type Null = NotNull;

    fn operand(self) -> Expression {
        Expression::literal(self.to_value())
    }
}

impl<T: ColumnValue> Operand<Dynamic> for T {
    type Null = NotNull;

    fn operand(self) -> Expression {
        Expression::literal(self.to_value())
    }
}

impl<T: ColumnValue> ListItem<T> for T {}

impl<T: ColumnValue> Arithmetic<T> for T {
    type Result = T;
}

impl<T: ColumnValue> TypedExpression for T {
    type Value = T;

    fn expr(self) -> Expr<T> {
        Expr::new(Expression::literal(self.to_value()))
    }
}

impl<T: ColumnValue> ListItem<Dynamic> for T {}

macro_rules! assign {
    ($($column:ty),*) => {$(
        impl<T: ColumnValue> Assign<$column> for T {
            fn assigned(self) -> Expression {
                Expression::literal(self.to_value())
            }
        }
    )*};
}
assign!(T, Option<T>, Auto<T>, Dynamic);
