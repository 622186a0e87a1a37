//! Structs that are tables.

use std::fmt;

use super::schema::Column;
use super::selection::Selection;
use crate::error::Result;
use crate::row::FromRow;
use crate::value::{FromValue, Value, ValueRef};

/// A struct whose fields are the columns of a table. `#[derive(Mapped)]` implements it.
///
/// ```
/// use aludel::{Auto, Mapped};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     #[aludel(unique, length = 40)]
///     name: String,
///     #[aludel(column = "born_in", foreign_key = "places.id")]
///     birthplace: Option<i64>,
/// }
///
/// assert_eq!(User::TABLE, "users");
/// assert_eq!(User::c.birthplace.name(), "born_in");
/// ```
///
/// Attributes of the struct: `table = "name"`. Attributes of a field: `primary_key`, `unique`,
/// `foreign_key = "table.column"`, `column = "name"` if it is not the field's, and `length = n`
/// for text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not mapped to a table",
    note = "add `#[derive(Mapped)]` and `#[aludel(table = \"…\")]` to the struct"
)]
pub trait Mapped: FromRow {
    /// The name of the table.
    const TABLE: &'static str;
    /// The names of the columns, in the order of the fields.
    const COLUMNS: &'static [&'static str];
    /// The type of `Self::c`.
    type Columns: Selection<Row = Self> + Copy;

    /// The columns as the schema has them.
    fn columns() -> Vec<Column>;
}

/// A value that the database makes: the integer primary key of a new row.
///
/// ```
/// use aludel::Auto;
///
/// assert_eq!(Auto::<i64>::unset().get(), None);
/// assert_eq!(Auto::from(5_i64).get(), Some(&5));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Auto<T>(Option<T>);

impl<T> Auto<T> {
    /// No value yet.
    #[must_use]
    pub const fn unset() -> Self {
        Self(None)
    }

    /// The value, if the database has made it.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The value, if the database has made it.
    #[must_use]
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> Default for Auto<T> {
    fn default() -> Self {
        Self::unset()
    }
}

impl<T> From<T> for Auto<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T: fmt::Debug> fmt::Debug for Auto<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => fmt::Debug::fmt(value, f),
            None => f.write_str("unset"),
        }
    }
}

impl<T: FromValue> FromValue for Auto<T> {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        T::from_value(value).map(Self::from)
    }
}

impl<T: Into<Value>> From<Auto<T>> for Value {
    fn from(value: Auto<T>) -> Self {
        value.0.into()
    }
}
