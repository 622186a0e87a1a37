//! Arrays as columns.

use super::types::{self, Type};
use super::{
    Assign, Auto, ColumnType, ColumnValue, Dynamic, Expr, Expression, ListItem, NotNull, Operand,
    TypedExpression, family,
};
use crate::value::{
    BitString, Date, DateTime, Decimal, FromElement, Interval, RawJson, Time, TimeTz, Timestamp,
    Uuid, Value,
};

/// A Rust type that the elements of an array may have, where the column is a `Vec` of it.
///
/// PostgreSQL has arrays. `Vec<u8>` is bytes, everywhere.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "posts")]
/// struct Post {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     tags: Vec<String>,
///     marks: Option<Vec<Option<i32>>>,
/// }
///
/// let statement = select(Post::c.id).where_(Post::c.tags.eq(vec!["a".to_owned(), "b".to_owned()]));
/// let compiled = statement.compile(&PostgreSql::new())?;
/// assert_eq!(compiled.sql(), "SELECT posts.id FROM posts WHERE posts.tags = $1");
/// assert_eq!(compiled.params()[0].value().map(|value| value.to_text()).as_deref(), Some("{a,b}"));
/// # Ok::<(), aludel::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an array's elements",
    note = "elements are bool, integers but u8, f32, f64, String, Vec<u8>, the types of \
            `aludel::value`, types with `ColumnValue`, and Option of them"
)]
pub trait ArrayElement: FromElement + Into<Value> + Clone + Send + 'static {
    /// The family of the elements.
    type Family;

    /// The type of the elements in the database.
    const ELEMENT: &'static Type;
}

macro_rules! elements {
    ($($ty:ty),* $(,)?) => {$(
        impl ArrayElement for $ty {
            type Family = <Self as ColumnType>::Family;
            const ELEMENT: &'static Type = <Self as ColumnType>::TYPE;
        }
    )*};
}
elements! {
    bool, i8, i16, i32, i64, isize, u16, u32, u64, usize, f32, f64, String, Vec<u8>, Decimal, Date,
    Time, TimeTz, DateTime, Timestamp, Interval, Uuid, RawJson, BitString,
}

impl<T: ArrayElement> ArrayElement for Option<T> {
    type Family = T::Family;
    const ELEMENT: &'static Type = T::ELEMENT;
}

impl<T: ColumnValue + Clone> ArrayElement for T {
    type Family = T::Family;
    const ELEMENT: &'static Type = T::TYPE;
}

impl<T: ArrayElement> ColumnType for Vec<T> {
    type Bare = Self;
    type Family = family::Array<T::Family>;
    type Null = NotNull;
    type Output = Self;
    const TYPE: &'static Type = &Type::Array(types::Shared::Static(T::ELEMENT));

    fn to_value(&self) -> Value {
        self.clone().into()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement> Operand<Self> for Vec<T> {
    type Null = NotNull;

    fn operand(self) -> Expression {
        Expression::literal(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement> Operand<Dynamic> for Vec<T> {
    type Null = NotNull;

    fn operand(self) -> Expression {
        Expression::literal(self.into())
    }
}

impl<T: ArrayElement> ListItem<Self> for Vec<T> {}

impl<T: ArrayElement> TypedExpression for Vec<T> {
    type Value = Self;

    fn expr(self) -> Expr<Self> {
        Expr::new(Expression::literal(self.into()))
    }
}

impl<T: ArrayElement> ListItem<Dynamic> for Vec<T> {}

macro_rules! assign {
    ($($column:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ArrayElement> Assign<$column> for Vec<T> {
            fn assigned(self) -> Expression {
                Expression::literal(self.into())
            }
        }
    )*};
}
assign!(Self, Option<Self>, Auto<Self>, Dynamic);
