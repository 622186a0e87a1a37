//! Calls of functions.

use super::super::{Expression, Kind, Over};
use crate::sql::SqlWriter;
use crate::sql::compile::{CallClause, OverClause};

impl Expression {
    /// Whether it is `*`.
    pub(in crate::sql) fn is_star(&self) -> bool {
        matches!(self.kind, Kind::Star)
    }

    /// The call that it is, for the dialect.
    pub(crate) fn call(&self) -> Option<CallClause<'_>> {
        let Kind::Call(call) = &self.kind else { return None };
        let (arguments, rest) = self.children.split_at(call.arguments);
        let (order, rest) = rest.split_at(call.order);
        let (within, filter) = rest.split_at(call.within);
        Some(CallClause {
            called: &call.called,
            distinct: call.distinct,
            arguments,
            order,
            within,
            filter: filter.first(),
            separator: call.separator.as_deref(),
        })
    }

    /// The function and its window, for the dialect.
    pub(in crate::sql) fn over_clause<'t>(&'t self, over: &'t Over) -> OverClause<'t> {
        let (function, terms) = self.children.split_at(1);
        let (partitions, order) = terms.split_at(over.partitions);
        let name = over.name.as_ref().map(|window| &window.name);
        OverClause::new(&function[0], partitions, order, over.frame, name)
    }

    pub(super) fn write_call(&self, to: &mut SqlWriter<'_>) {
        let dialect = to.dialect();
        match &self.kind {
            Kind::Over(over) => dialect.write_over(&self.over_clause(over), to),
            Kind::Adapted(adaptation) => dialect.write_adapted(*adaptation, self.child(0), to),
            _ => {
                if let Some(call) = self.call() {
                    dialect.write_call(&call, to);
                }
            }
        }
    }
}
