//! What IN compares with.

use super::tree::ValueType;
use super::{
    ComparedWith, Executable, Expression, ListItem, NotNull, Nullability, Nullable, Select,
    Selection,
};
use crate::value::Value;

/// What `in_` and `not_in` take: a list of values, or a statement that selects one column.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be compared with a list of `{Self}`",
    note = "give an array, a `Vec` or another iterator of values of the column's own type, or a \
            statement that selects one column"
)]
pub trait InOperand<V> {
    /// Whether the comparison can be NULL though the column is not.
    type Null: Nullability;

    /// As what it is.
    fn in_operand(self) -> InSet;
}

/// A list, or the rows of a statement, for `in_`.
#[derive(Debug)]
pub struct InSet(Set);

#[derive(Debug)]
enum Set {
    Values(Box<[Value]>),
    Select(Expression),
}

impl InSet {
    pub(super) fn select(select: Expression) -> Self {
        Self(Set::Select(select))
    }

    /// `of IN …`, or `of NOT IN …`.
    pub(super) fn compared(self, of: Expression, ty: ValueType, negated: bool) -> Expression {
        match self.0 {
            Set::Values(values) => of.list(values, ty, negated),
            Set::Select(select) => of.in_select(select, negated),
        }
    }
}

impl<V, I> InOperand<V> for I
where
    I: IntoIterator,
    I::Item: ListItem<V>,
{
    type Null = NotNull;

    fn in_operand(self) -> InSet {
        InSet(Set::Values(self.into_iter().map(Into::into).collect()))
    }
}

impl<V, S: Selection> InOperand<V> for Select<S>
where
    Self: Executable,
    S::Item: ComparedWith<V>,
{
    type Null = Nullable;

    fn in_operand(self) -> InSet {
        InSet::select(self.value())
    }
}
