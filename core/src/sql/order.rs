//! ORDER BY.

use super::tree::{Kind, Visitor};
use super::{AnyColumn, Col, Expr, Expression, Label, Mapped, SqlWriter};

/// One term of ORDER BY: `User::c.name.desc()`.
#[derive(Debug, Clone)]
pub struct OrderTerm {
    pub(super) by: Expression,
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
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self { nulls: Some(Nulls::First), ..self }
    }

    /// NULL after all values. Without this, where NULL stands depends on the database.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self { nulls: Some(Nulls::Last), ..self }
    }

    /// What is sorted by.
    #[must_use]
    pub fn expression(&self) -> &Expression {
        &self.by
    }

    /// Whether larger values come first.
    #[must_use]
    pub fn is_descending(&self) -> bool {
        self.descending
    }

    /// Where NULL stands, if the term says so.
    #[must_use]
    pub fn nulls(&self) -> Option<Nulls> {
        self.nulls
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.descending));
        to.number(match self.nulls {
            None => 0,
            Some(Nulls::First) => 1,
            Some(Nulls::Last) => 2,
        });
        self.by.walk(to);
    }

    /// Writes what is sorted by, and the direction.
    pub(super) fn write_by(&self, to: &mut SqlWriter<'_>) {
        match &self.by.kind {
            Kind::Label(name) => to.name(name),
            _ => self.by.write(to),
        }
        if self.descending {
            to.sql(" DESC");
        }
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
