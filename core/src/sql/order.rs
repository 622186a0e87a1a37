//! ORDER BY.

use super::{AnyColumn, CacheKey, Col, Expression, Literals, Writer};

/// One term of ORDER BY: `User::c.name.desc()`.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub(super) by: Expression,
    pub(super) descending: bool,
}

impl Order {
    pub(super) fn key(&self, key: &mut CacheKey, literals: &mut Literals) {
        key.mark(u8::from(self.descending));
        self.by.key(key, literals);
    }

    pub(super) fn write(&self, to: &mut Writer<'_>) {
        self.by.write(to);
        if self.descending {
            to.sql(" DESC");
        }
    }
}

/// What `order_by` takes: a term, a column (ascending), or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in ORDER BY",
    note = "order by columns, by `column.asc()` or `column.desc()`, or by a tuple of them"
)]
pub trait OrderBy {
    /// Adds the terms.
    fn order_by(self, terms: &mut Vec<Order>);
}

impl OrderBy for Order {
    fn order_by(self, terms: &mut Vec<Self>) {
        terms.push(self);
    }
}

impl<T, V> OrderBy for Col<T, V> {
    fn order_by(self, terms: &mut Vec<Order>) {
        terms.push(Order { by: self.expression(), descending: false });
    }
}

impl OrderBy for AnyColumn {
    fn order_by(self, terms: &mut Vec<Order>) {
        terms.push(Order { by: self.expression(), descending: false });
    }
}

impl<O: OrderBy> OrderBy for Vec<O> {
    fn order_by(self, terms: &mut Vec<Order>) {
        self.into_iter().for_each(|term| term.order_by(terms));
    }
}

macro_rules! tuples {
    ($(($($term:ident $at:tt),+);)*) => {$(
        impl<$($term: OrderBy),+> OrderBy for ($($term,)+) {
            fn order_by(self, terms: &mut Vec<Order>) {
                $(self.$at.order_by(terms);)+
            }
        }
    )*};
}
tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
}
