//! What stands for the type of a column.

use super::Type;

/// What [`Column::new`](crate::sql::schema::Column::new) takes as a type: a [`Type`], or one of the
/// functions that make one, which without a call stands for the type without parameters.
///
/// `Kind` tells the implementations apart and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a column",
    note = "give one of `aludel::types`, such as `types::Integer`, `types::String(50)` or \
            `types::Numeric(10, 2)`"
)]
pub trait IntoType<Kind> {
    /// The type.
    fn into_type(self) -> Type;
}

impl IntoType<Type> for Type {
    fn into_type(self) -> Type {
        self
    }
}

impl IntoType<Type> for &Type {
    fn into_type(self) -> Type {
        self.clone()
    }
}

impl<F: FnOnce(u32) -> Type> IntoType<(u32,)> for F {
    fn into_type(self) -> Type {
        self(1).without_parameters()
    }
}

impl<F: FnOnce(u16, u16) -> Type> IntoType<(u16, u16)> for F {
    fn into_type(self) -> Type {
        self(1, 0).without_parameters()
    }
}
