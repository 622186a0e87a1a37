//! Prepared statements, kept by text, for both drivers.

use std::borrow::Cow;
use std::sync::Arc;

use aludel_core::dbapi::{
    ExecutionOptions, PreparedStatements, Statement, StatementHandle, errors, unknown_handle,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use hashlink::LruCache;
use mysql_common::named_params::ParsedNamedParams;

use crate::value::Layout;

/// The protocol counts parameters in 16 bits.
const MAX_PARAMS: usize = 65_535;

/// Refuses what the protocol cannot carry.
pub(crate) fn check_count(params: &[Value]) -> Result<()> {
    if params.len() <= MAX_PARAMS {
        return Ok(());
    }
    Err(errors::too_many_parameters("MySQL", MAX_PARAMS, params.len()))
}

#[cold]
pub(crate) fn wrong_count(wanted: usize, found: usize) -> Error {
    errors::wrong_parameter_count(wanted, found)
}

/// The text as both drivers pass it on unchanged, if there is one.
///
/// They take `:name` for a parameter of their own making. They also mistake some places for such
/// that are none (behind a single `-` they overlook that a literal begins), but they do not look
/// into comments, and a comment that ends in two stars is one that they do not see the end of.
pub(crate) fn preparable(sql: &str) -> Option<Cow<'_, str>> {
    if !sql.contains(':') && !sql.contains("-'") && !sql.contains("-\"") {
        return Some(Cow::Borrowed(sql));
    }
    let unchanged = |sql: &str| {
        ParsedNamedParams::parse(sql.as_bytes()).is_ok_and(|parsed| parsed.params().is_empty())
    };
    if unchanged(sql) {
        return Some(Cow::Borrowed(sql));
    }
    let hidden = format!("/* **/ {sql}");
    unchanged(&hidden).then_some(Cow::Owned(hidden))
}

#[cold]
pub(crate) fn unpreparable() -> Error {
    Error::new(
        ErrorKind::NotSupported,
        "the statement has parameters, a colon before a word, and a comment, which the driver cannot \
         send together; leave the comment out",
    )
}

/// How a text is sent. `S` is the driver's own form of a prepared statement.
#[derive(Debug)]
pub(crate) enum Plan<S> {
    /// As a prepared statement.
    Prepared(Arc<Prepared<S>>),
    /// As text, because the server cannot prepare it.
    Text,
}

impl<S> Clone for Plan<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Prepared(prepared) => Self::Prepared(Arc::clone(prepared)),
            Self::Text => Self::Text,
        }
    }
}

/// Where a plan is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// In the cache.
    Cached,
    /// For the handle.
    Held(StatementHandle),
    /// Nowhere: what was prepared is closed after its execution.
    Once,
}

impl Keep {
    pub(crate) fn of(options: &ExecutionOptions) -> Self {
        if options.cache_statement { Self::Cached } else { Self::Once }
    }
}

/// The statement of a handle, with its plan if one was made. No plan is held and cached at once.
struct Held<S> {
    statement: Statement,
    plan: Option<Plan<S>>,
}

/// A statement as the server knows it, with what it returned when it was prepared.
#[derive(Debug)]
pub(crate) struct Prepared<S> {
    pub(crate) statement: S,
    pub(crate) params: usize,
    pub(crate) layout: Arc<Layout>,
}

impl<S: Clone> Prepared<S> {
    /// The same statement, which returned something else this time.
    pub(crate) fn with_layout(&self, layout: &Arc<Layout>) -> Arc<Self> {
        Arc::new(Self {
            statement: self.statement.clone(),
            params: self.params,
            layout: Arc::clone(layout),
        })
    }
}

/// The statements of one connection, by text; the text used least recently is thrown out first, and
/// must then be closed on the server.
pub(crate) struct StatementCache<S> {
    plans: LruCache<Statement, Plan<S>>,
    held: PreparedStatements<Held<S>>,
}

impl<S> StatementCache<S> {
    /// A cache for so many texts; none is kept if it is 0.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { plans: LruCache::new(capacity), held: PreparedStatements::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.plans.iter().filter(|(_, plan)| matches!(plan, Plan::Prepared(_))).count()
    }

    pub(crate) fn get(&mut self, statement: &Statement) -> Option<Plan<S>> {
        self.plans.get(statement).cloned()
    }

    /// Keeps a plan, and gives what is to be closed for it, which is the plan itself if none is kept.
    pub(crate) fn put(&mut self, statement: &Statement, plan: Plan<S>) -> Option<Plan<S>> {
        if self.plans.capacity() == 0 {
            return Some(plan);
        }
        let full = self.plans.len() == self.plans.capacity();
        let thrown_out = if full { self.plans.remove_lru() } else { None };
        self.plans.insert(statement.clone(), plan);
        thrown_out.map(|(_, plan)| plan)
    }

    /// Forgets a plan, which must then be closed on the server.
    pub(crate) fn remove(&mut self, statement: &Statement) -> Option<Plan<S>> {
        self.plans.remove(statement)
    }

    /// Forgets all plans, which must then be closed on the server.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Plan<S>> + '_ {
        let held = self.held.iter_mut().filter_map(|held| held.plan.take());
        self.plans.drain().map(|(_, plan)| plan).chain(held)
    }

    /// Keeps a statement for a handle.
    pub(crate) fn hold(&mut self, statement: &Statement) -> StatementHandle {
        self.held.insert(Held { statement: statement.clone(), plan: None })
    }

    pub(crate) fn is_held(&self, handle: StatementHandle) -> bool {
        self.held.get(handle).is_some()
    }

    pub(crate) fn held_statement(&self, handle: StatementHandle) -> Result<Statement> {
        self.held.get(handle).map(|held| held.statement.clone()).ok_or_else(unknown_handle)
    }

    /// The plan of a handle, if there is a handle and one was made.
    pub(crate) fn held_plan(&self, keep: Keep) -> Option<Plan<S>> {
        match keep {
            Keep::Held(handle) => self.held.get(handle)?.plan.clone(),
            Keep::Cached | Keep::Once => None,
        }
    }

    /// Notes the plan of a handle as an execution has left it.
    pub(crate) fn hold_plan(&mut self, keep: Keep, plan: Option<Plan<S>>) {
        if let Keep::Held(handle) = keep
            && let Some(held) = self.held.get_mut(handle)
        {
            held.plan = plan;
        }
    }

    /// Forgets the statement of a handle, whose plan must then be closed on the server.
    pub(crate) fn release_held(&mut self, handle: StatementHandle) -> Option<Plan<S>> {
        self.held.remove(handle)?.plan
    }

    /// Notes what a statement returned this time, which is not what it returned before.
    pub(crate) fn relayout(&mut self, statement: &Statement, layout: &Arc<Layout>)
    where
        S: Clone,
    {
        if let Some(Plan::Prepared(prepared)) = self.plans.get_mut(statement) {
            *prepared = prepared.with_layout(layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::dbapi::StatementKind;

    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Text).unwrap()
    }

    #[test]
    fn the_least_recently_used_is_thrown_out() {
        let mut cache = StatementCache::<u8>::new(2);
        for sql in ["a", "b"] {
            assert!(cache.put(&statement(sql), Plan::Text).is_none());
        }
        assert!(cache.get(&statement("a")).is_some());
        assert!(cache.put(&statement("c"), Plan::Text).is_some());
        assert!(cache.get(&statement("b")).is_none());
        assert!(cache.get(&statement("a")).is_some());
        assert!(StatementCache::<u8>::new(0).put(&statement("a"), Plan::Text).is_some());
    }

    #[test]
    fn texts_that_the_drivers_would_change_are_hidden_from_them() {
        let same = |sql: &str| preparable(sql).is_some_and(|found| found == sql);
        assert!(same("select ? - 1"));
        assert!(same("select 'a:b', `c:d`, @a := 1 -- :e"));
        for sql in ["select ?, 1-'a:b'", "select 1-'?'':a'", "select :name", "a: begin end"] {
            let found = preparable(sql).unwrap();
            assert!(found.ends_with(sql), "{found}");
            let parsed = ParsedNamedParams::parse(found.as_bytes()).unwrap();
            assert_eq!(parsed.query(), found.as_bytes());
        }
        assert_eq!(preparable("select /* comment */ 1-'a:b'"), None);
    }
}
