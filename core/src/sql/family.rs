//! Families of types: values of one family can be compared with each other.

/// Numbers, of any width.
#[derive(Debug, Clone, Copy)]
pub enum Numeric {}

/// Text.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// Truth values.
#[derive(Debug, Clone, Copy)]
pub enum Boolean {}

/// Bytes.
#[derive(Debug, Clone, Copy)]
pub enum Binary {}

/// Two families are the same one. `Left` and `Right` are the types of the columns or expressions that
/// meet: the compiler names them if the families differ.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Right}` cannot be compared with, or set to, one of type `{Left}`",
    label = "`{Left}` and `{Right}` are of two families",
    note = "numbers go with numbers, text with text, truth values with truth values, bytes with \
            bytes, and a type of your own with the types of its `Family`"
)]
pub trait SameAs<Family, Left, Right> {}

impl<Family, Left, Right> SameAs<Family, Left, Right> for Family {}

/// A family whose values can be a number of rows. `V` is the type of the expression, for the message.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` is not a number of rows",
    label = "`{V}` is no number"
)]
pub trait Counts<V> {}

impl<V> Counts<V> for Numeric {}
