//! Columns and what they are set to.

use std::marker::PhantomData;

use super::{Expression, Name};

/// A column and what it is set to: `User::c.name.set("sandy")`.
#[derive(Debug)]
pub struct Assignment<T> {
    pub(super) column: Name,
    pub(super) value: Expression,
    table: PhantomData<fn() -> T>,
}

impl<T> Assignment<T> {
    pub(super) fn new(column: Name, value: Expression) -> Self {
        Self { column, value, table: PhantomData }
    }
}

/// What `values` takes: an assignment to a column of the table, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not set columns of `{T}`",
    note = "give `column.set(value)` of columns of the same table, or a tuple of such"
)]
pub trait Assignments<T> {
    /// Adds them.
    fn assignments(self, to: &mut Vec<Assignment<T>>);
}

impl<T> Assignments<T> for Assignment<T> {
    fn assignments(self, to: &mut Vec<Self>) {
        to.push(self);
    }
}

impl<T> Assignments<T> for Vec<Assignment<T>> {
    fn assignments(self, to: &mut Self) {
        to.extend(self);
    }
}

impl<T, const N: usize> Assignments<T> for [Assignment<T>; N] {
    fn assignments(self, to: &mut Vec<Assignment<T>>) {
        to.extend(self);
    }
}

macro_rules! assignments {
    ($($one:ident $at:tt),+) => {
        impl<T, $($one: Assignments<T>),+> Assignments<T> for ($($one,)+) {
            fn assignments(self, to: &mut Vec<Assignment<T>>) {
                $(self.$at.assignments(to);)+
            }
        }
    };
}
tuples!(assignments);
