//! Where the values of a statement come from, and putting them in their places.

use std::collections::HashSet;
use std::ops::Deref;

use crate::error::{Error, ErrorKind, Result};
use crate::sql::name::NameMap;
use crate::sql::{Literals, Name, Params};
use crate::value::Value;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The literal of this number, in the order of the tree.
    Literal(usize),
    /// The value of this number among those of all lists.
    Listed(usize),
    /// The value of this number among those of the rows of an INSERT.
    Cell(usize),
    /// The parameter of this name.
    Named(Name),
}

/// The sources of all values of a statement, in the order of its placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    /// Whether this is the last use of each, so that the value can be moved there; empty if all are
    /// used once.
    last: Vec<bool>,
    /// Whether they are the literals in the order of the tree.
    in_order: bool,
    /// Whether they are the values of the rows in their order.
    are_cells: bool,
    names: NameMap<()>,
}

impl Sources {
    pub(super) fn new(sources: Vec<Source>, repeats: bool) -> Self {
        let mut last = Vec::new();
        if repeats {
            let mut seen = HashSet::new();
            last.extend(sources.iter().rev().map(|source| seen.insert(source)));
            last.reverse();
        }
        let in_order = |(index, source): (usize, &Source)| *source == Source::Literal(index);
        let in_order = sources.iter().enumerate().all(in_order);
        let cell = |(index, source): (usize, &Source)| *source == Source::Cell(index);
        let are_cells = sources.iter().enumerate().all(cell);
        let mut names = NameMap::new();
        for source in &sources {
            if let Source::Named(name) = source {
                names.set(name.clone(), ());
            }
        }
        Self { sources, last, in_order, are_cells, names }
    }
}

impl Deref for Sources {
    type Target = [Source];

    fn deref(&self) -> &[Source] {
        &self.sources
    }
}

impl IntoIterator for Sources {
    type Item = Source;
    type IntoIter = std::vec::IntoIter<Source>;

    fn into_iter(self) -> Self::IntoIter {
        self.sources.into_iter()
    }
}

/// The values for the sources of a statement.
///
/// # Errors
///
/// [`ErrorKind::Argument`], naming a bind that has no value.
pub(crate) fn bound_values(
    sources: &Sources,
    mut literals: Literals,
    params: &[&Params],
) -> Result<Vec<Value>> {
    if sources.in_order && sources.len() == literals.values.len() {
        return Ok(literals.values);
    }
    if sources.are_cells && sources.len() == literals.cells.len() {
        return Ok(literals.cells);
    }
    let last = |place: usize| sources.last.get(place).copied().unwrap_or(true);
    // Not collected: what collects results does not know how many there will be.
    let mut values = Vec::with_capacity(sources.len());
    for (place, source) in sources.iter().enumerate() {
        values.push(match source {
            Source::Literal(index) => take(&mut literals.values[*index], last(place)),
            Source::Listed(index) => take(&mut literals.listed[*index], last(place)),
            Source::Cell(index) => take(&mut literals.cells[*index], last(place)),
            Source::Named(name) => {
                let given = params.iter().find_map(|params| params.get_near(place, name));
                given
                    .cloned()
                    .or_else(|| literals.default_of(name))
                    .ok_or_else(|| missing(name, params))?
            }
        });
    }
    Ok(values)
}

/// Whether every bind has a value.
///
/// # Errors
///
/// [`ErrorKind::Argument`], naming the bind that has none.
pub(crate) fn check_given(
    sources: &Sources,
    literals: &Literals,
    params: &[&Params],
) -> Result<()> {
    let is_given = |name: &&Name| {
        params.iter().any(|params| params.get(name).is_some()) || literals.has_default(name)
    };
    match sources.names.names().find(|name| !is_given(name)) {
        None => Ok(()),
        Some(name) => Err(missing(name, params)),
    }
}

/// Moves a value at its last use, and copies it before.
fn take(value: &mut Value, last: bool) -> Value {
    if last { std::mem::replace(value, Value::Null) } else { value.clone() }
}

#[cold]
pub(super) fn missing(name: &str, params: &[&Params]) -> Error {
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
pub(crate) fn check_names(sources: &Sources, params: &Params) -> Result<()> {
    match params.names().find(|name| !sources.names.contains(name)) {
        None => Ok(()),
        Some(name) => Err(unused(name, sources)),
    }
}

#[cold]
fn unused(name: &str, sources: &Sources) -> Error {
    let known: Vec<_> = sources.names.names().map(|name| &**name).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Error::new(
        ErrorKind::Argument,
        format!(
            "a value was given for {name:?}, which the statement has no bind for; it has: {known}"
        ),
    )
}
