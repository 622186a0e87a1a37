//! Which rows an UPDATE or DELETE is about.

use super::super::from::{FromClause, FromList, Sources};
use super::super::select::Correlate;
use super::super::tree::Visitor;
use super::super::{Expression, Feature, LimitClause, OrderBy, OrderTerm, SqlWriter};
use super::statement::walk_all;
use crate::error::Result;

/// Which rows a statement is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Other tables that are named, whether the conditions name them or not.
    pub(super) from: Vec<FromClause>,
    pub(super) conditions: Vec<Expression>,
    pub(super) orders: Vec<Expression>,
    pub(super) limit: Option<Expression>,
}

impl Scope {
    pub(super) fn order_by(&mut self, by: impl OrderBy) {
        let mut terms = Vec::new();
        by.order_by(&mut terms);
        self.orders.extend(terms.into_iter().map(OrderTerm::into_expression));
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.conditions.iter().chain(&self.orders).chain(&self.limit)
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(self.from.len());
        self.from.iter().for_each(|from| to.from(from));
        walk_all(self.conditions.iter(), to);
        walk_all(self.orders.iter(), to);
        walk_all(self.limit.as_slice().iter(), to);
    }

    /// The tables that are named besides the one that the statement changes.
    pub(super) fn others<'t>(
        &'t self,
        given: &'t [FromClause],
        table: &FromClause,
        more: impl Iterator<Item = &'t Expression>,
    ) -> Result<FromList<'t>> {
        let named = self.conditions.iter().chain(more);
        let mut list = FromList::derive(Sources {
            given,
            expressions: named,
            joins: &[],
            enclosing: &[],
            correlate: &Correlate::Auto,
        })?;
        list.remove(table);
        Ok(list)
    }

    pub(super) fn write_conditions(&self, to: &mut SqlWriter<'_>) {
        match &*self.conditions {
            [] => {}
            [only] => {
                to.sql(" WHERE ");
                only.write(to);
            }
            several => {
                to.sql(" WHERE ");
                to.separated(" AND ", several, Expression::write_conjunct);
            }
        }
    }

    /// Writes ORDER BY and LIMIT, which no database has where tables are joined.
    pub(super) fn write_bounds(&self, joined: bool, to: &mut SqlWriter<'_>) {
        if self.orders.is_empty() && self.limit.is_none() {
            return;
        }
        if joined {
            to.refuse(
                "ORDER BY and LIMIT in a statement that changes joined tables",
                "choose the rows by a subquery of their keys",
            );
        }
        to.require(Feature::DmlLimit);
        if !self.orders.is_empty() {
            to.sql(" ORDER BY ");
            to.separated(", ", &self.orders, Expression::write);
        }
        if let Some(limit) = &self.limit {
            to.dialect().write_limit(&LimitClause::new(Some(limit), None), to);
        }
    }
}
