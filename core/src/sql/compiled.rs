//! A compiled statement: text with places, and where the value of each place comes from.

use std::fmt::Write as _;

use super::{Literals, Name, Params, Spelling};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// SELECT.
    Select,
    /// INSERT, UPDATE, DELETE.
    Modify,
    /// CREATE, DROP.
    Define,
    /// Text that the program wrote.
    Raw,
}

/// A statement written down for one database.
#[derive(Debug, Clone)]
pub struct Compiled {
    verb: Verb,
    parts: Vec<Part>,
}

/// A piece of a compiled statement.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Sql(String),
    Bind(Source),
    /// ` IN (…)`, as long as the list is at execution.
    List {
        number: usize,
        negated: bool,
    },
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The literal of this number, in the order of the tree.
    Literal(usize),
    /// The value of this number among those of all lists.
    Listed(usize),
    /// The parameter of this name.
    Named(Name),
}

/// The finished text and the source of each of its values.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
    pub(crate) sources: Vec<Source>,
}

impl Compiled {
    pub(super) fn new(verb: Verb, parts: Vec<Part>) -> Self {
        Self { verb, parts }
    }

    /// What it does.
    #[must_use]
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// Whether the text depends on how long its lists are.
    pub(crate) fn has_lists(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::List { .. }))
    }

    /// The named binds, each once, in order.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let Part::Bind(Source::Named(name)) = part
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
        names
    }

    /// Writes the text, for lists of these lengths.
    pub(crate) fn render(&self, spelling: &dyn Spelling, lists: &[usize]) -> Rendered {
        let mut to = Rendering { spelling, sql: String::new(), sources: Vec::new(), listed: 0 };
        for part in &self.parts {
            match part {
                Part::Sql(sql) => to.sql.push_str(sql),
                Part::Bind(source) => to.bind(source.clone()),
                Part::List { number, negated } => {
                    to.list(lists.get(*number).copied().unwrap_or(0), *negated);
                }
            }
        }
        Rendered { sql: to.sql, sources: to.sources }
    }

    /// The text as people read it: names in the place of named values.
    pub(super) fn shown(&self) -> String {
        let mut shown = String::new();
        let mut number = 0;
        for part in &self.parts {
            let _ = match part {
                Part::Sql(sql) => write!(shown, "{sql}"),
                Part::Bind(Source::Named(name)) => write!(shown, ":{name}"),
                Part::Bind(_) => {
                    number += 1;
                    write!(shown, ":{number}")
                }
                Part::List { negated: false, .. } => write!(shown, " IN (...)"),
                Part::List { negated: true, .. } => write!(shown, " NOT IN (...)"),
            };
        }
        shown
    }
}

struct Rendering<'s> {
    spelling: &'s dyn Spelling,
    sql: String,
    sources: Vec<Source>,
    listed: usize,
}

impl Rendering<'_> {
    fn bind(&mut self, source: Source) {
        // A name that stands twice is one value: `GROUP BY :x` must be the `:x` of the select.
        let known = match &source {
            Source::Named(_) if self.spelling.numbers_places() => {
                self.sources.iter().position(|known| *known == source)
            }
            _ => None,
        };
        let index = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        self.spelling.placeholder(index + 1, &mut self.sql);
    }

    /// An empty list compares with NULL, which has every type, and adds what makes it false.
    fn list(&mut self, len: usize, negated: bool) {
        self.sql.push_str(if negated { " NOT IN (" } else { " IN (" });
        for index in 0..len {
            if index > 0 {
                self.sql.push_str(", ");
            }
            self.bind(Source::Listed(self.listed + index));
        }
        self.listed += len;
        self.sql.push_str(match (len, negated) {
            (0, false) => "NULL) AND 1 != 1",
            (0, true) => "NULL) OR 1 = 1",
            _ => ")",
        });
    }
}

/// The values for the sources of a statement.
///
/// # Errors
///
/// [`ErrorKind::Argument`], naming a bind that has no value.
pub(crate) fn values(
    sources: &[Source],
    mut literals: Literals,
    params: &[&Params],
) -> Result<Vec<Value>> {
    let in_order = |(index, source): (usize, &Source)| *source == Source::Literal(index);
    if sources.len() == literals.values.len() && sources.iter().enumerate().all(in_order) {
        return Ok(literals.values);
    }
    let mut take = |source: &Source| match source {
        // Each literal has one place, so it can be moved there.
        Source::Literal(index) => Ok(std::mem::replace(&mut literals.values[*index], Value::Null)),
        Source::Listed(index) => Ok(std::mem::replace(&mut literals.listed[*index], Value::Null)),
        Source::Named(name) => params
            .iter()
            .find_map(|params| params.get(name))
            .cloned()
            .ok_or_else(|| missing(name, params)),
    };
    sources.iter().map(&mut take).collect()
}

#[cold]
fn missing(name: &str, params: &[&Params]) -> Error {
    let given: Vec<_> =
        params.iter().flat_map(|params| params.names()).map(|name| &**name).collect();
    let given = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
    Error::new(
        ErrorKind::Argument,
        format!("no value was given for the bind {name:?}; values were given for: {given}"),
    )
}

/// Whether every parameter is used by the statement.
///
/// # Errors
///
/// [`ErrorKind::Argument`], naming the parameter that is not.
pub(crate) fn check_names(sources: &[Source], params: &Params) -> Result<()> {
    let used = |name: &Name| {
        sources.iter().any(|source| matches!(source, Source::Named(used) if used == name))
    };
    match params.names().find(|name| !used(name)) {
        None => Ok(()),
        Some(name) => Err(unused(name, sources)),
    }
}

#[cold]
fn unused(name: &str, sources: &[Source]) -> Error {
    let known = sources.iter().filter_map(|source| match source {
        Source::Named(name) => Some(&**name),
        _ => None,
    });
    let known: Vec<_> = known.collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Error::new(
        ErrorKind::Argument,
        format!(
            "a value was given for {name:?}, which the statement has no bind for; it has: {known}"
        ),
    )
}
