//! What can be selected, and what its rows become.

use super::{AnyColumn, Col, Expression, Typed};
use crate::row::{Fetch, Row};

/// What `select` takes: a column, a tuple of columns, or `T::c` for whole structs. Columns of
/// tables that are described at run time come as a vector or an array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    note = "select a column (`User::c.name`), a tuple of columns, or a whole struct (`User::c`)"
)]
pub trait Selection {
    /// What a row becomes.
    type Row: Fetch;

    /// Adds the columns.
    fn columns(self, columns: &mut Vec<Expression>);
}

impl<T, V: Typed> Selection for Col<T, V> {
    type Row = (V::Output,);

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }
}

impl Selection for AnyColumn {
    type Row = Row;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.push(self.expression());
    }
}

impl Selection for Vec<AnyColumn> {
    type Row = Row;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.extend(self.into_iter().map(AnyColumn::expression));
    }
}

impl<const N: usize> Selection for [AnyColumn; N] {
    type Row = Row;

    fn columns(self, columns: &mut Vec<Expression>) {
        columns.extend(self.into_iter().map(AnyColumn::expression));
    }
}

macro_rules! tuples {
    ($(($($table:ident $value:ident $at:tt),+);)*) => {$(
        impl<$($table, $value: Typed),+> Selection for ($(Col<$table, $value>,)+) {
            type Row = ($($value::Output,)+);

            fn columns(self, columns: &mut Vec<Expression>) {
                columns.extend([$(self.$at.expression()),+]);
            }
        }
    )*};
}
tuples! {
    (TA A 0);
    (TA A 0, TB B 1);
    (TA A 0, TB B 1, TC C 2);
    (TA A 0, TB B 1, TC C 2, TD D 3);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6, TH H 7);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6, TH H 7, TI I 8);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6, TH H 7, TI I 8, TJ J 9);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6, TH H 7, TI I 8, TJ J 9, TK K 10);
    (TA A 0, TB B 1, TC C 2, TD D 3, TE E 4, TF F 5, TG G 6, TH H 7, TI I 8, TJ J 9, TK K 10,
        TL L 11);
}
