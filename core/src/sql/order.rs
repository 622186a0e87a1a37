//! ORDER BY.

use super::{AnyColumn, Col, Expr, Expression, Label, Mapped};

/// One term of ORDER BY: `User::c.name.desc()`.
#[derive(Debug, Clone)]
#[must_use = "a term does nothing until a statement has it"]
pub struct OrderTerm {
    by: Expression,
    descending: bool,
    nulls: Option<Nulls>,
}

/// Where NULL stands in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

impl OrderTerm {
    pub(super) fn new(by: Expression, descending: bool) -> Self {
        Self { by, descending, nulls: None }
    }

    /// NULL before all values. Without this, where NULL stands depends on the database.
    pub fn nulls_first(self) -> Self {
        Self { nulls: Some(Nulls::First), ..self }
    }

    /// NULL after all values. Without this, where NULL stands depends on the database.
    pub fn nulls_last(self) -> Self {
        Self { nulls: Some(Nulls::Last), ..self }
    }

    /// As a node of the tree.
    pub(super) fn into_expression(self) -> Expression {
        self.by.ordered(self.descending, self.nulls)
    }
}

/// What `order_by` takes: a term, a column or an expression (ascending), or a tuple or vector of
/// such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in ORDER BY",
    note = "order by columns, by `column.asc()` or `column.desc()`, or by a tuple of them"
)]
pub trait OrderBy {
    /// Adds the terms.
    fn order_by(self, terms: &mut Vec<OrderTerm>);
}

impl OrderBy for OrderTerm {
    fn order_by(self, terms: &mut Vec<Self>) {
        terms.push(self);
    }
}

impl<T: Mapped, V> OrderBy for Col<T, V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.expression(), false));
    }
}

impl<V> OrderBy for Expr<V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.into_expression(), false));
    }
}

impl<V> OrderBy for Label<V> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.into_expression(), false));
    }
}

impl OrderBy for AnyColumn {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        terms.push(OrderTerm::new(self.expression(), false));
    }
}

impl<O: OrderBy> OrderBy for Vec<O> {
    fn order_by(self, terms: &mut Vec<OrderTerm>) {
        self.into_iter().for_each(|term| term.order_by(terms));
    }
}

macro_rules! order_by {
    ($($term:ident $at:tt),+) => {
        impl<$($term: OrderBy),+> OrderBy for ($($term,)+) {
            fn order_by(self, terms: &mut Vec<OrderTerm>) {
                $(self.$at.order_by(terms);)+
            }
        }
    };
}
tuples!(order_by);
