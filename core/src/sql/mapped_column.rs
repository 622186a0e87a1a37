//! The column of a field of a mapped struct, step by step as the derive macro writes it.

use super::schema::{ClientDefault, Column, IntoDdlExpression};
use super::{Assign, ColumnType};
use crate::value::Value;

/// The column of a field of the type `V`.
#[doc(hidden)]
pub fn column_of<V: ColumnType>(name: &'static str) -> Column {
    Column::new(name, V::TYPE).nullable(V::NULLABLE)
}

macro_rules! made {
    ($($value:ident, $closure:ident, $sql:ident: $with:ident;)*) => {$(
        /// What a statement sets it to by itself: a value, or an expression of the language.
        #[doc(hidden)]
        pub fn $value<V: ColumnType, A: Assign<V::Bare>>(column: Column, made: A) -> Column {
            column.$with(ClientDefault::of_assigned(made.assigned()))
        }

        /// The same as what a closure gives, which is called for each row.
        #[doc(hidden)]
        pub fn $closure<V: ColumnType, F: DefaultOf<V::Bare>>(column: Column, made: F) -> Column {
            column.$with(ClientDefault::of_closure(move || made.make()))
        }

        /// The same as an expression in SQL.
        #[doc(hidden)]
        pub fn $sql<V: ColumnType, E: IntoDdlExpression>(column: Column, made: E) -> Column {
            column.$with(ClientDefault::of_expression(made.into_ddl_expression()))
        }
    )*};
}
made! {
    default_of_value, default_of_fn, default_of_sql: with_default;
    onupdate_of_value, onupdate_of_fn, onupdate_of_sql: with_onupdate;
}

/// A function that gives the value of a column of the type `V`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not give values of the type `{V}`",
    note = "give a function or a closure without arguments that returns a value of the field's type, such \
            as `default_fn = Uuid::new_v4`"
)]
pub trait DefaultOf<V>: Send + Sync + 'static {
    /// Gives one.
    fn make(&self) -> Value;
}

impl<V, F, W> DefaultOf<V> for F
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Assign<V> + Into<Value>,
{
    fn make(&self) -> Value {
        self().into()
    }
}
