//! Prepared statements, kept by text, for both drivers.

use std::borrow::Cow;
use std::sync::Arc;

use aludel_core::dbapi::Statement;
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
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "the statement binds {} parameters, but MySQL takes at most {MAX_PARAMS}; split it",
            params.len()
        ),
    ))
}

#[cold]
pub(crate) fn wrong_count(wanted: usize, found: usize) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("the statement takes {wanted} parameters, but {found} were given"),
    )
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

/// A statement as the server knows it, with what it returned when it was prepared.
#[derive(Debug)]
pub(crate) struct Prepared<S> {
    pub(crate) statement: S,
    pub(crate) params: usize,
    pub(crate) layout: Arc<Layout>,
}

/// The statements of one connection, by text; the text used least recently is thrown out first, and
/// must then be closed on the server.
pub(crate) struct StatementCache<S> {
    plans: LruCache<Statement, Plan<S>>,
}

impl<S> StatementCache<S> {
    /// A cache for so many texts; none is kept if it is 0.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { plans: LruCache::new(capacity) }
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
        self.plans.drain().map(|(_, plan)| plan)
    }

    /// Notes what a statement returned this time, which is not what it returned before.
    pub(crate) fn relayout(&mut self, statement: &Statement, layout: &Arc<Layout>)
    where
        S: Clone,
    {
        if let Some(Plan::Prepared(prepared)) = self.plans.get_mut(statement) {
            *prepared = Arc::new(Prepared {
                statement: prepared.statement.clone(),
                params: prepared.params,
                layout: Arc::clone(layout),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::dbapi::StatementKind;

    use super::*;

    fn statement(sql: &str) -> Statement {
        Statement::new(sql, StatementKind::Raw).unwrap()
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
