//! What IN compares with.

use super::select::one_column;
use super::tree::{ListOf, ValueType};
use super::{
    ComparedWith, CompoundSelect, ExpandingBind, Expression, ListItem, NotNull, Nullability,
    Nullable, Query, ResultColumns, Select, Selection, TextualSelect, Untyped, Values,
};
use crate::row::Row;

/// What `in_` and `not_in` take: a list of values, a bind that stands for one
/// ([`expanding`](super::BindParam::expanding)), or a statement that selects one column.
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
    List(ListOf),
    Select(Expression),
}

impl InSet {
    pub(super) fn select(select: Expression) -> Self {
        Self(Set::Select(select))
    }

    /// `of IN …`, or `of NOT IN …`.
    pub(super) fn compared(self, of: Expression, ty: ValueType, negated: bool) -> Expression {
        match self.0 {
            Set::List(list) => of.list(list, ty, negated),
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
        let values = self.into_iter().map(Into::into).collect();
        InSet(Set::List(ListOf::Values(values)))
    }
}

/// The values are given at execution.
impl<V> InOperand<V> for ExpandingBind {
    type Null = NotNull;

    fn in_operand(self) -> InSet {
        InSet(Set::List(self.into_list()))
    }
}

/// Each kind of query by itself: another type could be an iterator one day.
macro_rules! queries {
    ($([$($generics:tt)*] $of:ty, $item:ty;)*) => {$(
        impl<V, $($generics)*> InOperand<V> for $of
        where
            $item: ComparedWith<V>,
        {
            type Null = Nullable;

            fn in_operand(self) -> InSet {
                InSet::select(one_column(self))
            }
        }
    )*};
}
queries! {
    [S: Selection] Select<S>, S::Item;
    [S: Selection] CompoundSelect<S>, S::Item;
    [I: ResultColumns] TextualSelect<I>, I;
    [I: ResultColumns] Values<I>, I;
    [Q: Query] Untyped<Q>, Row;
}
