//! The types that the value of an expression may have.

use super::types::Type;
use super::{ColumnType, Dynamic, Nullability, Nullable, family};

/// The type of an expression's value: that of a column, or [`Dynamic`], which the compiler does not
/// know.
pub trait ExprType {
    /// The type without `Option` and `Auto`.
    type Bare: ExprType;

    /// Whether the value can be NULL.
    type Null: Nullability;

    /// The same type, as it is if `N` says whether the value can be NULL.
    type With<N: Nullability>;

    /// The type in the database, if it is known.
    const DATABASE_TYPE: Option<&'static Type>;
}

impl<V: ColumnType> ExprType for V {
    type Bare = V::Bare;
    type Null = V::Null;
    type With<N: Nullability> = N::Of<V::Bare>;
    const DATABASE_TYPE: Option<&'static Type> = Some(V::TYPE);
}

impl ExprType for Dynamic {
    type Bare = Self;
    type Null = Nullable;
    type With<N: Nullability> = Self;
    const DATABASE_TYPE: Option<&'static Type> = None;
}

/// Text, or what the compiler does not know.
#[diagnostic::on_unimplemented(message = "`{Self}` is not the type of text")]
pub trait TextType: ExprType {}

impl<V: ColumnType<Bare = String>> TextType for V {}

impl TextType for Dynamic {}

/// What a statement selects that stands beside an expression of the type `V`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with a statement that selects `{Self}`",
    note = "select one column of the same kind"
)]
pub trait ComparedWith<V> {}

impl<V: ColumnType, U: ColumnType<Family: family::SameAs<V::Family, U, V>>> ComparedWith<V> for U {}

impl<U: ColumnType> ComparedWith<Dynamic> for U {}

/// The database finds what does not fit.
impl<V> ComparedWith<V> for crate::value::Value {}

impl<V> ComparedWith<V> for crate::row::Row {}
