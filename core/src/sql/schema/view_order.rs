//! The order in which views are created: each after those that it reads.

use std::borrow::Cow;

use super::CreateView;
use crate::error::Result;
use crate::lex::{Token, tokens};
use crate::sql::{ClauseElement, SqlDialect};
use crate::topological::{Dependency, sort};

/// The views, each after those that its text names. Where the names go in a circle the order stays
/// as it is: a word that is no name of a view may be written like one.
///
/// # Errors
///
/// [`Compile`](crate::ErrorKind::Compile): one of them cannot be written for this database.
pub(crate) fn in_order(
    views: Vec<CreateView>,
    dialect: &dyn SqlDialect,
) -> Result<Vec<CreateView>> {
    if views.len() < 2 {
        return Ok(views);
    }
    let mut dependencies = Vec::new();
    for (after, view) in views.iter().enumerate() {
        let compiled = view.compile(dialect)?;
        let named: Vec<Cow<'_, str>> =
            tokens(compiled.sql(), dialect.lexical_rules()).filter_map(name).collect();
        let is_named = |other: &CreateView| {
            named.iter().any(|name| name.eq_ignore_ascii_case(other.name().name()))
        };
        let read = views.iter().enumerate().filter(|(before, other)| {
            *before != after && other.name() != view.name() && is_named(other)
        });
        dependencies.extend(read.map(|(before, _)| Dependency { before, after }));
    }
    let Ok(order) = sort(views.len(), &dependencies) else { return Ok(views) };
    let mut views: Vec<Option<CreateView>> = views.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|place| views[place].take()).collect())
}

/// The name that a piece of text may be.
fn name(token: Token<'_>) -> Option<Cow<'_, str>> {
    match token {
        Token::Word(word) => Some(word.into()),
        Token::Quoted(quoted) if !quoted.starts_with('\'') => {
            let mark = quoted.get(..1)?;
            let inner = quoted.get(1..quoted.len().checked_sub(1)?)?;
            Some(inner.replace(&mark.repeat(2), mark).into())
        }
        _ => None,
    }
}
