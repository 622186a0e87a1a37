//! The tree of a SELECT.

use std::collections::HashSet;
use std::sync::Arc;

use super::for_session::Annotation;
use super::group::{self, same_as};
use super::hints::Hint;
use super::label_style::LabelStyle;
use super::lock::RowLock;
use super::names::names_of;
use crate::sql::from::{FromClause, JoinStep, describe_foreign_keys};
use crate::sql::key::KeptKey;
use crate::sql::tree::{Visitor, forget_plain};
use crate::sql::{Expression, Name, Params};

/// What a SELECT consists of.
#[derive(Debug, Clone, Default)]
pub(in crate::sql) struct SelectParts {
    pub(in crate::sql) columns: Vec<Expression>,
    /// What is selected from even if no column names it.
    pub(super) from: Vec<FromClause>,
    pub(super) joins: Vec<JoinStep>,
    pub(super) conditions: Vec<Expression>,
    pub(super) orders: Vec<Expression>,
    pub(super) limit: Option<Expression>,
    pub(super) offset: Option<Expression>,
    /// What most statements do not have.
    pub(super) more: Option<Box<More>>,
    pub(super) params: Params,
    pub(super) kept_key: KeptKey,
}

/// Most columns have nothing to free, as the children of a node.
impl Drop for SelectParts {
    #[inline]
    fn drop(&mut self) {
        forget_plain(&mut self.columns);
    }
}

/// The rarer clauses of a SELECT.
#[derive(Debug, Clone, Default)]
pub(in crate::sql) struct More {
    pub(super) distinct: Distinct,
    pub(super) groups: Vec<Expression>,
    pub(super) having: Vec<Expression>,
    pub(super) fetch: Option<Fetch>,
    pub(super) lock: Option<RowLock>,
    pub(super) correlate: Correlate,
    /// Common table expressions that nothing in the statement names.
    pub(super) ctes: Vec<FromClause>,
    pub(super) hints: Vec<Hint>,
    pub(super) label_style: LabelStyle,
    /// What a session is told with it.
    pub(super) annotation: Option<Annotation>,
}

/// Which rows that are alike are left out.
#[derive(Debug, Clone, Default)]
pub(in crate::sql) enum Distinct {
    #[default]
    No,
    Rows,
    /// Those alike in these expressions.
    On(Vec<Expression>),
}

/// FETCH FIRST, where it is not LIMIT.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Fetch {
    pub(in crate::sql) rows: Expression,
    pub(in crate::sql) percent: bool,
    pub(in crate::sql) ties: bool,
}

/// Which objects of the statements around it a statement does not select from itself.
#[derive(Debug, Clone, Default)]
pub(in crate::sql) enum Correlate {
    /// All, unless nothing is left.
    #[default]
    Auto,
    Only(Vec<FromClause>),
    Except(Vec<FromClause>),
}

/// A statement in a statement needs more of the stack than an expression in an expression.
pub(super) const LEVELS: u16 = 10;

const NOT_ITS_OWN: &str = "a value was given for a bind that the statement does not have, or only in \
     what it selects from; give it by `params` to the statement in which the bind stands";

impl SelectParts {
    #[inline]
    pub(in crate::sql) fn of(columns: Vec<Expression>) -> Self {
        Self {
            columns,
            from: Vec::new(),
            joins: Vec::new(),
            conditions: Vec::new(),
            orders: Vec::new(),
            limit: None,
            offset: None,
            more: None,
            params: Params::default(),
            kept_key: KeptKey::default(),
        }
    }

    pub(in crate::sql) fn of_table(from: FromClause, columns: Vec<Expression>) -> Self {
        let mut this = Self::of(columns);
        this.from.push(from);
        this
    }

    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// Whether it has LIMIT, OFFSET or FETCH.
    pub(super) fn is_limited(&self) -> bool {
        let fetches = || self.more.as_ref().is_some_and(|more| more.fetch.is_some());
        self.limit.is_some() || self.offset.is_some() || fetches()
    }

    /// Selects more.
    pub(super) fn add_columns(&mut self, added: &[Expression]) {
        self.columns.extend_from_slice(added);
        self.kept_key.forget();
    }

    /// Whether it has DISTINCT or GROUP BY.
    pub(super) fn puts_rows_together(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.has_groups())
    }

    /// The expressions that are part of it, besides conditions of joins.
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let more = self.more.iter().flat_map(|more| more.expressions());
        let bounds = self.limit.iter().chain(&self.offset);
        self.columns.iter().chain(&self.conditions).chain(&self.orders).chain(bounds).chain(more)
    }

    /// How deep its expressions and FROM objects are nested, and some more.
    pub(in crate::sql) fn depth(&self) -> u16 {
        let froms = self.from.iter().map(FromClause::depth);
        let joins = self.joins.iter().map(JoinStep::depth);
        let ctes = self.more.iter().flat_map(|more| &more.ctes).map(FromClause::depth);
        let expressions = self.expressions().map(Expression::depth);
        let deepest = froms.chain(joins).chain(ctes).chain(expressions).max();
        deepest.unwrap_or(0).saturating_add(LEVELS)
    }

    /// Describes it and all below it.
    pub(in crate::sql) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.node(b'S', self.columns.len());
        self.columns.iter().for_each(|column| column.walk(to));
        // Which clauses it has, as one number: most have few.
        let Self { from, joins, conditions, orders, limit, offset, more, .. } = self;
        to.number(
            usize::from(!from.is_empty())
                | usize::from(!joins.is_empty()) << 1
                | usize::from(!conditions.is_empty()) << 2
                | usize::from(!orders.is_empty()) << 3
                | usize::from(limit.is_some()) << 4
                | usize::from(offset.is_some()) << 5
                | usize::from(more.is_some()) << 6,
        );
        if !from.is_empty() {
            to.number(from.len());
            from.iter().for_each(|from| to.from(from));
        }
        if !joins.is_empty() {
            to.number(joins.len());
            joins.iter().for_each(|step| step.describe(to));
            if joins.iter().any(|step| step.on.is_inferred()) {
                let named = self.columns.iter().chain(conditions);
                describe_foreign_keys(from, joins, named, to);
            }
        }
        for list in [conditions, orders] {
            if !list.is_empty() {
                to.number(list.len());
                list.iter().for_each(|expression| expression.walk(to));
            }
        }
        for bound in [limit, offset] {
            bound.iter().for_each(|rows| rows.walk(to));
        }
        if let Some(more) = more {
            more.walk(to);
            self.walk_repeated(more, to);
        }
    }

    /// Describes which terms are columns that are selected, with the same values: they are written
    /// otherwise than those with values of their own.
    fn walk_repeated<'t>(&'t self, more: &'t More, to: &mut impl Visitor<'t>) {
        if !more.has_groups() {
            return;
        }
        for term in more.groups.iter().chain(more.distinct_on()).chain(&self.orders) {
            to.number(same_as(term, &self.columns).map_or(0, |place| place + 1));
        }
    }

    /// With the values that were given for its binds in their place, for a statement that becomes
    /// part of another.
    pub(super) fn bound(mut this: Arc<Self>) -> Arc<Self> {
        if this.params.is_empty() {
            return this;
        }
        let parts = Arc::make_mut(&mut this);
        let params = std::mem::take(&mut parts.params);
        let mut used = HashSet::new();
        parts.give(&params, &mut used);
        if params.names().any(|name| !used.contains(name)) {
            // Its name could be one of the statement around it, which would then give its value.
            parts.conditions.push(Expression::refused(NOT_ITS_OWN));
        }
        this
    }

    /// Replaces the binds that have a value here, also in statements that are values of it. What it
    /// selects from stays as it is: others may name it.
    pub(in crate::sql) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        let joins = self.joins.iter_mut().filter_map(|step| step.on.given_mut());
        let expressions = self.columns.iter_mut().chain(&mut self.conditions);
        let bounds = self.limit.iter_mut().chain(&mut self.offset);
        let more = self.more.iter_mut().flat_map(|more| more.expressions_mut());
        let all = expressions.chain(joins).chain(&mut self.orders).chain(bounds).chain(more);
        all.for_each(|expression| expression.give(params, used));
        self.kept_key.forget();
    }

    /// Why it cannot be compiled, if one of its expressions says so.
    pub(in crate::sql) fn refusal(&self) -> Option<&'static str> {
        let joins = self.joins.iter().filter_map(|step| step.on.given());
        self.expressions().chain(joins).find_map(Expression::refusal)
    }

    /// The names of its columns where others select from it.
    pub(in crate::sql) fn column_names(&self) -> Vec<Name> {
        let style = self.more.as_ref().map_or(LabelStyle::default(), |more| more.label_style);
        names_of(&self.columns, style)
    }
}

impl More {
    pub(super) fn distinct_on(&self) -> &[Expression] {
        match &self.distinct {
            Distinct::On(terms) => terms,
            _ => &[],
        }
    }

    /// Whether a term must be one of the columns: rows are put together.
    pub(super) fn has_groups(&self) -> bool {
        !self.groups.is_empty() || !matches!(self.distinct, Distinct::No)
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let fetch = self.fetch.iter().map(|fetch| &fetch.rows);
        self.groups.iter().chain(&self.having).chain(self.distinct_on()).chain(fetch)
    }

    fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        let fetch = self.fetch.iter_mut().map(|fetch| &mut fetch.rows);
        let distinct = match &mut self.distinct {
            Distinct::On(terms) => &mut terms[..],
            _ => &mut [],
        };
        self.groups.iter_mut().chain(&mut self.having).chain(distinct).chain(fetch)
    }

    fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.annotation.is_some()));
        to.number(match &self.distinct {
            Distinct::No => 0,
            Distinct::Rows => 1,
            Distinct::On(_) => 2,
        });
        for list in [self.distinct_on(), &self.groups, &self.having] {
            to.number(list.len());
            list.iter().for_each(|expression| expression.walk(to));
        }
        to.number(usize::from(self.fetch.is_some()));
        if let Some(fetch) = &self.fetch {
            to.number(usize::from(fetch.percent) + 2 * usize::from(fetch.ties));
            fetch.rows.walk(to);
        }
        to.number(usize::from(self.lock.is_some()));
        self.lock.iter().for_each(|lock| lock.describe(to));
        let (tag, correlated): (usize, &[FromClause]) = match &self.correlate {
            Correlate::Auto => (0, &[]),
            Correlate::Only(list) => (1, list),
            Correlate::Except(list) => (2, list),
        };
        to.number(tag);
        for list in [correlated, &self.ctes] {
            to.number(list.len());
            list.iter().for_each(|from| to.from(from));
        }
        to.number(self.hints.len());
        self.hints.iter().for_each(|hint| hint.describe(to));
        to.number(usize::from(self.label_style as u8));
    }

    /// The terms of GROUP BY, each with its place among the columns if it is one of them.
    pub(super) fn grouped<'t>(
        &'t self,
        columns: &'t [Expression],
    ) -> impl Iterator<Item = (&'t Expression, Option<usize>)> {
        self.groups.iter().map(|term| (term, group::same_as(term, columns)))
    }
}
