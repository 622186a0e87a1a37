//! The tree of a SELECT, and its SQL.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::sql::from::{FromClause, FromList, JoinStep};
use crate::sql::key::KeptKey;
use crate::sql::tree::Visitor;
use crate::sql::{Expression, LimitClause, Name, Params, SqlWriter};

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
    pub(super) params: Params,
    pub(super) kept_key: KeptKey,
}

/// A statement in a statement needs more of the stack than an expression in an expression.
const LEVELS: u16 = 10;

const NOT_ITS_OWN: &str = "a value was given for a bind that the statement does not have, or only in \
     what it selects from; give it by `params` to the statement in which the bind stands";

impl SelectParts {
    pub(in crate::sql) fn of(columns: Vec<Expression>) -> Self {
        Self { columns, ..Self::default() }
    }

    pub(in crate::sql) fn of_table(from: FromClause, columns: Vec<Expression>) -> Self {
        Self { columns, from: vec![from], ..Self::default() }
    }

    /// How deep its expressions and FROM objects are nested, and some more.
    pub(in crate::sql) fn depth(&self) -> u16 {
        let froms = self.from.iter().map(FromClause::depth);
        let joins = self.joins.iter().map(|step| step.right.depth().max(step.on.depth()));
        let expressions = self.columns.iter().chain(&self.conditions).map(Expression::depth);
        let orders = self.orders.iter().map(Expression::depth);
        let bounds = self.limit.iter().chain(&self.offset).map(Expression::depth);
        let deepest = froms.chain(joins).chain(expressions).chain(orders).chain(bounds).max();
        deepest.unwrap_or(0).saturating_add(LEVELS)
    }

    /// Describes it and all below it.
    pub(in crate::sql) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.node(b'S', self.columns.len());
        self.columns.iter().for_each(|column| column.walk(to));
        to.number(self.from.len());
        self.from.iter().for_each(|from| to.from(from));
        to.number(self.joins.len());
        for step in &self.joins {
            to.number(usize::from(step.kind as u8));
            to.from(&step.right);
            step.on.walk(to);
        }
        to.number(self.conditions.len());
        self.conditions.iter().for_each(|condition| condition.walk(to));
        to.number(self.orders.len());
        self.orders.iter().for_each(|term| term.walk(to));
        for bound in [&self.limit, &self.offset] {
            to.number(usize::from(bound.is_some()));
            bound.iter().for_each(|rows| rows.walk(to));
        }
    }

    /// Writes it as a statement.
    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        self.write_within(to, &[]);
    }

    /// Writes it as a value: what it selects from leaves out what the statement around it selects
    /// from already, so that it can refer to the row there.
    pub(in crate::sql) fn write_value(&self, to: &mut SqlWriter<'_>) {
        let enclosing = to.visible().to_vec();
        self.write_within(to, &enclosing);
    }

    /// Writes it as a FROM object, which sees nothing of the statement around it.
    pub(in crate::sql) fn write_in_from(&self, to: &mut SqlWriter<'_>) {
        self.write_within(to, &[]);
    }

    fn write_within(&self, to: &mut SqlWriter<'_>, enclosing: &[FromClause]) {
        if self.columns.is_empty() {
            to.fail(Error::new(
                ErrorKind::Compile,
                "a SELECT needs at least one column; the selection is empty",
            ));
        }
        let expressions = self.columns.iter().chain(&self.conditions);
        let from = match FromList::derive(&self.from, expressions, &self.joins, enclosing) {
            Ok(from) => from,
            Err(error) => return to.fail(error),
        };
        let visible = from.leaves().into_iter().chain(enclosing).cloned().collect();
        let outer = to.enter(visible);
        to.sql("SELECT ");
        to.columns(&self.columns);
        from.write(to);
        if !self.conditions.is_empty() {
            to.sql(" WHERE ");
            match &*self.conditions {
                [only] => only.write(to),
                several => to.separated(" AND ", several, Expression::write_conjunct),
            }
        }
        let dialect = to.dialect();
        if !self.orders.is_empty() {
            to.sql(" ORDER BY ");
            to.separated(", ", &self.orders, Expression::write);
        }
        let limit = LimitClause::new(self.limit.as_ref(), self.offset.as_ref());
        if limit.limit.is_some() || limit.offset.is_some() {
            dialect.write_limit(&limit, to);
        }
        to.leave(outer);
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
        let joins = self.joins.iter_mut().map(|step| &mut step.on);
        let expressions = self.columns.iter_mut().chain(&mut self.conditions);
        let bounds = self.limit.iter_mut().chain(&mut self.offset);
        for expression in expressions.chain(joins).chain(&mut self.orders).chain(bounds) {
            expression.give(params, used);
        }
        self.kept_key = KeptKey::default();
    }

    /// Why it cannot be compiled, if one of its expressions says so.
    pub(in crate::sql) fn refusal(&self) -> Option<&'static str> {
        let joins = self.joins.iter().map(|step| &step.on);
        let bounds = self.limit.iter().chain(&self.offset);
        let all = self.columns.iter().chain(&self.conditions).chain(joins).chain(&self.orders);
        all.chain(bounds).find_map(Expression::refusal)
    }
}
