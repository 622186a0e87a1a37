//! How statements are sent, for both drivers: prepared, or as text.

use std::borrow::Cow;
use std::sync::Arc;

use aludel_core::dbapi::{ExecutionOptions, StatementHandle, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use mysql_async::{Column, Value as Cell};
use mysql_common::named_params::ParsedNamedParams;

use crate::error::Failure;
use crate::session::Session;
use crate::value::Layout;

/// The protocol counts parameters in 16 bits.
pub(crate) const MAX_PARAMS: usize = 65_535;

/// Refuses what the protocol cannot carry.
pub(crate) fn check_count(params: &[Value]) -> Result<()> {
    if params.len() <= MAX_PARAMS {
        return Ok(());
    }
    Err(errors::too_many_parameters("MySQL", MAX_PARAMS, params.len()))
}

/// The text as both clients send it unchanged, if there is one.
///
/// They take `:name` for a parameter of a kind of their own. They also see parameters in some places
/// that have none (behind a single `-` they overlook that a literal begins), but they do not look into
/// comments, and they do not see the end of a comment that ends in two stars. Only their own parser can
/// say what they will do to a text, so it is asked, and not [`aludel_core::lex`].
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

/// How a text is sent. `S` is the client's own form of a prepared statement.
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

/// What is to be done before a statement can be sent.
pub(crate) enum LookUp<'s, S> {
    /// Nothing: there is a plan.
    Planned(Plan<S>),
    /// This text is to be prepared, and the outcome given to `StatementCache::keep_prepared`.
    Prepare(Cow<'s, str>),
}

/// One execution, checked and ready to be sent.
pub(crate) enum Execution<S> {
    Text,
    Prepared(Arc<Prepared<S>>, Vec<Cell>),
}

impl<S> Execution<S> {
    /// Checks the values against the plan. `more` are those before the program's own, of what is prepared.
    #[inline]
    pub(crate) fn new(
        session: &Session,
        plan: &Plan<S>,
        values: Vec<Cell>,
        more: usize,
    ) -> Result<Self, Failure> {
        let wanted = match plan {
            Plan::Text => more,
            Plan::Prepared(prepared) => prepared.params,
        };
        if values.len() != wanted {
            let (wanted, found) = (wanted.saturating_sub(more), values.len().saturating_sub(more));
            return Err(errors::wrong_parameter_count(wanted, found).into());
        }
        match plan {
            Plan::Text => Ok(Self::Text),
            Plan::Prepared(prepared) => {
                session.check_values(&values)?;
                Ok(Self::Prepared(Arc::clone(prepared), values))
            }
        }
    }

    /// How the rows were read when the statement was prepared.
    pub(crate) fn layout(&self) -> Option<&Arc<Layout>> {
        match self {
            Self::Text => None,
            Self::Prepared(prepared, _) => Some(&prepared.layout),
        }
    }
}

/// A statement as the server knows it, with what it returned when it was prepared.
#[derive(Debug)]
pub(crate) struct Prepared<S> {
    pub(crate) statement: S,
    params: usize,
    layout: Arc<Layout>,
}

impl<S> Prepared<S> {
    pub(crate) fn new(statement: S, params: u16, columns: Arc<[Column]>) -> Self {
        Self { statement, params: params.into(), layout: Arc::new(Layout::of(columns)) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_the_drivers_would_change_are_protected_from_them() {
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
