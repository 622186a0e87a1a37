//! Column types of the program's own.

use super::types::Type;
use super::{
    Alternative, Arithmetic, Assign, Auto, ColumnType, Dynamic, Expr, Expression, ListItem,
    NotNull, Operand, TypedExpression,
};
use crate::error::Result;
use crate::value::{FromElement, FromValue, Value, ValueRef};

/// A Rust type of the program's own as the type of a column: which type it has in the database, and
/// how a value becomes one of the database's and back.
///
/// It is all that such a type needs: fields of mapped structs, `Option` and `Auto` of it, comparisons,
/// assignments, parameters and results follow from it. `#[derive(ColumnValue)]` writes it for newtypes
/// and enums:
///
/// ```
/// use aludel::{ColumnValue, ErrorKind, create_engine, params, text, types};
///
/// #[derive(Debug, Clone, PartialEq, ColumnValue)]
/// #[aludel(type = types::String(254))]
/// struct Email(String);
///
/// /// Text: one of the labels `glad` and `so_so`.
/// #[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
/// #[aludel(rename_all = "snake_case")]
/// enum Mood {
///     Glad,
///     SoSo,
/// }
///
/// /// The numbers 1 and 5.
/// #[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
/// #[aludel(repr = i16)]
/// enum Level {
///     Low = 1,
///     High = 5,
/// }
///
/// assert_eq!(<Mood as ColumnValue>::TYPE, &types::Enum("mood", ["glad", "so_so"]));
/// assert_eq!(<Level as ColumnValue>::TYPE, &types::SmallInteger);
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let statement = text("select :email, :mood, :level")
///     .params(params! { email: Email("a@b".into()), mood: Mood::SoSo, level: Level::High });
/// let row = conn.execute(statement)?.one()?;
/// assert_eq!(row.get::<Email>(0)?, Email("a@b".into()));
/// assert_eq!(row.get::<Mood>(1)?, Mood::SoSo);
/// assert_eq!(row.get::<Level>(2)?, Level::High);
/// let error = row.get::<Mood>(0).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Decode);
/// assert!(error.message().ends_with("no label of Mood; the labels are: glad, so_so"));
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// | attribute | of | says |
/// | --- | --- | --- |
/// | `type = types::String(40)` | both | the type of the column, if it is not that of the field, or one of labels |
/// | `name = "mood"` | enums | the name of the type in the database, if it is not the enum's in `snake_case` |
/// | `rename_all = "snake_case"` | enums | how labels are made of the names of variants; the cases are those of [`FromNamedRow`](crate::row::FromNamedRow) |
/// | `rename = "label"` | a variant | its label |
/// | `native` | enums | a type of the database, where it has enums; else text with a CHECK |
/// | `repr = i16` | enums | the variants are their numbers, in a column of this type of integers |
///
/// The database orders labels as text, those of a native enum as they follow each other. The struct may have parameters, and fields of `PhantomData`
/// besides its one field.
///
/// # Conversions of one's own
///
/// What is SQLAlchemy's `TypeDecorator` is the trait: `TYPE` and `Family` say which type of column it is,
/// `to_value` makes a value on its way to the database, and `from_value` one on its way back, by what
/// [`FromValue`] of another type reads. Where a value cannot be converted, `to_value` gives
/// [`Value::Refused`] with the reason, and the statement fails before it is sent. A type with a spelling of its
/// own in a database is [`types::Custom`](super::types::Custom).
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

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> Operand<T> for T {
    type Null = NotNull;

    fn operand(self) -> Expression {
        Expression::literal(self.to_value())
    }
}

#[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> Alternative<T> for T {
    type Null = NotNull;
    type Result = T;

    fn alternative(self) -> Expression {
        Expression::literal(self.to_value())
    }
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
        #[diagnostic::do_not_recommend]
        impl<T: ColumnValue> Assign<$column> for T {
            fn assigned(self) -> Expression {
                Expression::literal(self.to_value())
            }
        }
    )*};
}
assign!(T, Option<T>, Auto<T>, Dynamic);
