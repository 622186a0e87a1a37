//! Where aggregates and functions over windows can stand, and what can stand beside them: what servers must
//! refuse, or some of them answer with a value of any row.

use super::group::{bare, is_same, unordered};
use super::parts::{Distinct, SelectParts};
use crate::error::{Error, ErrorKind};
use crate::sql::Expression;
use crate::sql::from::FromList;
use crate::sql::tree::{Called, Kind};

const AGGREGATE_IN_CONDITION: &str = "an aggregate stands in WHERE, where rows are not put together yet; \
     put the condition into `having`, or aggregate in a subquery";
const WINDOW_IN_CONDITION: &str = "a function over a window stands in WHERE, GROUP BY or HAVING, where there \
     are no windows yet; compute it in a subquery, and name its column in the condition";
const NESTED: &str = "an aggregate stands in an aggregate; compute the inner one in a subquery";
const IN_CHANGE: &str = "an aggregate or a function over a window stands in an UPDATE or DELETE, which goes \
     from row to row; compute it in a scalar subquery";
const TIES: &str = "`fetch_with_ties` gives the rows that are sorted like the last, and the statement has no \
     `order_by`; sort the rows, or use `limit`";

impl SelectParts {
    /// Checks what the statement has of aggregates and windows. `is_outermost`: no statement stands around
    /// it, whose aggregates could be meant.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`], saying what stands where it cannot.
    pub(super) fn check_grouping(
        &self,
        from: &FromList<'_>,
        is_outermost: bool,
    ) -> Result<(), Error> {
        let having = self.more.iter().flat_map(|more| &more.having);
        let groups = self.more.iter().flat_map(|more| &more.groups);
        if is_outermost && self.conditions.iter().any(Expression::has_aggregate) {
            return Err(refused(AGGREGATE_IN_CONDITION));
        }
        if self.conditions.iter().chain(having.clone()).chain(groups).any(Expression::has_window) {
            return Err(refused(WINDOW_IN_CONDITION));
        }
        let terms = || self.columns.iter().chain(having.clone()).chain(&self.orders);
        if terms().any(nests_aggregates) {
            return Err(refused(NESTED));
        }
        if let Some(more) = &self.more
            && more.fetch.as_ref().is_some_and(|fetch| fetch.ties)
            && self.orders.is_empty()
        {
            return Err(refused(TIES));
        }
        self.check_one_row(from)?;
        self.check_distinct_order()
    }

    /// Without GROUP BY an aggregate, or HAVING, makes one row of all, beside which no row has a column.
    fn check_one_row(&self, from: &FromList<'_>) -> Result<(), Error> {
        let more = self.more.as_ref();
        if more.is_some_and(|more| !more.groups.is_empty()) {
            return Ok(());
        }
        let having = || more.iter().flat_map(|more| &more.having);
        let makes_one = having().next().is_some()
            || self.columns.iter().chain(&self.orders).any(|term| aggregates(term, from));
        let terms = self.columns.iter().chain(having()).chain(&self.orders);
        match makes_one.then(|| { terms }.find_map(|term| bare_column(term, from))).flatten() {
            None => Ok(()),
            Some(column) => Err(beside_aggregate(&column)),
        }
    }

    /// Rows that are put together have no order by what is different in them.
    fn check_distinct_order(&self) -> Result<(), Error> {
        let follows =
            |term: &&Expression| self.is_selected(term) || self.follows_from_selected(term);
        match !self.is_distinct() || self.orders.iter().all(|term| follows(&term)) {
            true => Ok(()),
            false => Err(refused(
                "DISTINCT rows are sorted by something that is not selected: several values of it may belong \
                 to one row; select it too, or group the rows and sort by an aggregate",
            )),
        }
    }

    /// Whether the rows are DISTINCT and sorted by what is not selected itself, but computed from it.
    pub(super) fn sorts_distinct_by_expression(&self) -> bool {
        self.is_distinct() && !self.orders.iter().all(|term| self.is_selected(term))
    }

    fn is_distinct(&self) -> bool {
        self.more.as_ref().is_some_and(|more| matches!(more.distinct, Distinct::Rows))
    }

    /// Whether a term of ORDER BY is one of the columns, as far as can be seen.
    fn is_selected(&self, term: &Expression) -> bool {
        let by = unordered(term);
        let name = by.label_name();
        let is_label =
            || name.is_some() && self.columns.iter().any(|column| column.label_name() == name);
        matches!(bare(term).kind, Kind::ResultName(_) | Kind::Fragment(_))
            || is_label()
            || self.columns.iter().any(|column| {
                matches!(bare(column).kind, Kind::Star | Kind::Fragment(_)) || is_same(by, column)
            })
    }

    /// Whether an expression has one value for all rows that are put into one: its columns are selected, and
    /// it is computed from nothing else.
    fn follows_from_selected(&self, of: &Expression) -> bool {
        match &of.kind {
            Kind::MappedColumn { .. } | Kind::Column(_) => {
                self.columns.iter().any(|column| is_same(of, column))
            }
            // What a label stands for is written in its place.
            _ if of.gives_one_value() => {
                of.children.iter().all(|child| self.follows_from_selected(child))
            }
            _ => false,
        }
    }
}

/// Checks the expressions of an UPDATE or DELETE.
///
/// # Errors
///
/// [`ErrorKind::Compile`]: one of them has an aggregate or a window.
pub(in crate::sql) fn check_change<'t>(
    mut expressions: impl Iterator<Item = &'t Expression>,
) -> Result<(), Error> {
    match expressions.any(|of| of.has_aggregate() || of.has_window()) {
        true => Err(refused(IN_CHANGE)),
        false => Ok(()),
    }
}

/// Whether it makes one row of several of these objects: an aggregate, which may stand inside of a window's
/// function. One that names only columns of a statement around this one is an aggregate there.
fn aggregates(term: &Expression, from: &FromList<'_>) -> bool {
    match &term.kind {
        Kind::Over(_) => {
            let function =
                term.children.iter().take(1).flat_map(|function| function.children.iter());
            let mut parts = function.chain(term.children.iter().skip(1));
            parts.any(|part| aggregates(part, from))
        }
        Kind::Call(call) if call.is_aggregate() => !from.names_only_others(term),
        _ => term.children.iter().any(|child| aggregates(child, from)),
    }
}

fn nests_aggregates(term: &Expression) -> bool {
    match &term.kind {
        // `sum(sum(x)) OVER (…)` is a sum over the rows of groups.
        Kind::Over(_) => {
            let function =
                term.children.iter().take(1).flat_map(|function| function.children.iter());
            function.chain(term.children.iter().skip(1)).any(nests_aggregates)
        }
        Kind::Call(call) if call.is_aggregate() => {
            term.children.iter().any(Expression::has_aggregate)
        }
        _ => term.children.iter().any(nests_aggregates),
    }
}

/// The name of a column of these objects that stands outside of aggregates. What a function of the
/// program's own makes of its arguments is not known.
fn bare_column(term: &Expression, from: &FromList<'_>) -> Option<String> {
    match &term.kind {
        Kind::MappedColumn { name, .. } => from.names_one_of(term).then(|| (*name).to_owned()),
        Kind::Column(column) => from.names_one_of(term).then(|| column.name.to_string()),
        Kind::Call(call) if call.is_aggregate() || matches!(call.called, Called::Named(_)) => None,
        Kind::Query(_) | Kind::Fragment(_) => None,
        Kind::Over(_) => {
            let function =
                term.children.iter().take(1).flat_map(|function| function.children.iter());
            let mut parts = function.chain(term.children.iter().skip(1));
            parts.find_map(|part| bare_column(part, from))
        }
        _ => term.children.iter().find_map(|child| bare_column(child, from)),
    }
}

#[cold]
fn refused(message: &'static str) -> Error {
    Error::new(ErrorKind::Compile, message)
}

#[cold]
fn beside_aggregate(column: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the column {column:?} stands beside an aggregate or HAVING without GROUP BY, which make one row \
             of all rows: group by it, or put it into an aggregate"
        ),
    )
}
