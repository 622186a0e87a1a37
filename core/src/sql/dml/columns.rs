//! Columns by name: where values go, and what rows are recognised by.

use super::super::{AnyColumn, Col, Dynamic, Name};

/// Columns of a table: one, a tuple, an array or a vector; `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name columns of `{T}`",
    note = "give a column such as `User::c.name`, or a tuple of columns of the same table"
)]
pub trait ColumnNames<T> {
    /// Adds their names.
    fn column_names(self, to: &mut Vec<Name>);
}

#[diagnostic::do_not_recommend]
impl<T> ColumnNames<T> for () {
    fn column_names(self, _: &mut Vec<Name>) {}
}

#[diagnostic::do_not_recommend]
impl<T, V> ColumnNames<T> for Col<T, V> {
    fn column_names(self, to: &mut Vec<Name>) {
        to.push(self.name().into());
    }
}

#[diagnostic::do_not_recommend]
impl ColumnNames<Dynamic> for AnyColumn {
    fn column_names(self, to: &mut Vec<Name>) {
        to.push(self.name);
    }
}

#[diagnostic::do_not_recommend]
impl<T, C: ColumnNames<T>> ColumnNames<T> for Vec<C> {
    fn column_names(self, to: &mut Vec<Name>) {
        self.into_iter().for_each(|column| column.column_names(to));
    }
}

#[diagnostic::do_not_recommend]
impl<T, C: ColumnNames<T>, const N: usize> ColumnNames<T> for [C; N] {
    fn column_names(self, to: &mut Vec<Name>) {
        self.into_iter().for_each(|column| column.column_names(to));
    }
}

macro_rules! column_names {
    ($($one:ident $at:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($one: ColumnNames<T>),+> ColumnNames<T> for ($($one,)+) {
            fn column_names(self, to: &mut Vec<Name>) {
                $(self.$at.column_names(to);)+
            }
        }
    };
}
tuples!(column_names);

/// The names.
pub(super) fn names<T>(columns: impl ColumnNames<T>) -> Vec<Name> {
    let mut names = Vec::new();
    columns.column_names(&mut names);
    names
}
