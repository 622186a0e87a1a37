//! Where the values of a statement come from, and putting them in their places.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use super::Held;
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
    /// All of them, if each is used once and in the order of the tree.
    runs: Vec<Run>,
    /// Whether they are the values of the rows in their order.
    are_cells: bool,
    /// What values must fit, by their places.
    held: Vec<(usize, Arc<Held>)>,
    names: NameMap<()>,
}

impl Sources {
    pub(super) fn new(
        sources: Vec<Source>,
        held: Vec<(usize, Arc<Held>)>,
        repeats: bool,
        expanding: &[Name],
    ) -> Self {
        let mut last = Vec::new();
        if repeats {
            let mut seen = HashSet::new();
            last.extend(sources.iter().rev().map(|source| seen.insert(source)));
            last.reverse();
        }
        let runs = runs_of(&sources).unwrap_or_default();
        let cell = |(index, source): (usize, &Source)| *source == Source::Cell(index);
        let are_cells = sources.iter().enumerate().all(cell);
        let mut names = NameMap::new();
        for source in &sources {
            if let Source::Named(name) = source {
                names.set(name.clone(), ());
            }
        }
        expanding.iter().for_each(|name| names.set(name.clone(), ()));
        Self { sources, last, runs, are_cells, held, names }
    }

    /// What values must fit, by their places.
    pub(crate) fn held(&self) -> &[(usize, Arc<Held>)] {
        &self.held
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

/// So many values, which follow those that came before.
#[derive(Debug, Clone, Copy)]
enum Run {
    Literals(usize),
    Listed(usize),
}

/// Runs are moved, and what is left is moved up, so they must not be many.
const MOST_RUNS: usize = 8;

/// The sources as runs, unless their order is another or a value is used twice.
fn runs_of(sources: &[Source]) -> Option<Vec<Run>> {
    let (mut literals, mut listed) = (0, 0);
    let mut runs = Vec::new();
    for source in sources {
        match (source, runs.last_mut()) {
            (Source::Literal(number), last) if *number == literals => {
                literals += 1;
                match last {
                    Some(Run::Literals(len)) => *len += 1,
                    _ => runs.push(Run::Literals(1)),
                }
            }
            (Source::Listed(number), last) if *number == listed => {
                listed += 1;
                match last {
                    Some(Run::Listed(len)) => *len += 1,
                    _ => runs.push(Run::Listed(1)),
                }
            }
            _ => return None,
        }
    }
    (runs.len() <= MOST_RUNS).then_some(runs)
}

/// Moves the values of runs.
fn moved(runs: &[Run], literals: &mut Literals, mut to: Vec<Value>) -> Vec<Value> {
    if let [Run::Literals(len)] = runs
        && *len == literals.values.len()
    {
        std::mem::swap(&mut literals.values, &mut to);
        return to;
    }
    let total = |run: &Run| match run {
        Run::Literals(len) | Run::Listed(len) => *len,
    };
    to.reserve(runs.iter().map(total).sum());
    for run in runs {
        let (from, len) = match run {
            Run::Literals(len) => (&mut literals.values, *len),
            Run::Listed(len) => (&mut literals.listed, *len),
        };
        if len == from.len() {
            to.append(from);
        } else {
            to.extend(from.drain(..len));
        }
    }
    to
}

/// The values for the sources of a statement, in this empty vector or in another; they are taken from the
/// literals.
///
/// # Errors
///
/// [`ErrorKind::Argument`], naming a bind that has no value; [`ErrorKind::Data`], naming a column that
/// does not hold its value exactly.
pub(crate) fn bound_values(
    sources: &Sources,
    literals: &mut Literals,
    params: &[&Params],
    spare: Vec<Value>,
) -> Result<Vec<Value>> {
    let values = values_of(sources, literals, params, spare)?;
    check_held(&sources.held, &values)?;
    Ok(values)
}

/// Checks that values fit, by their places.
#[inline]
pub(crate) fn check_held(held: &[(usize, Arc<Held>)], values: &[Value]) -> Result<()> {
    held.iter().try_for_each(|(place, held)| held.check(&values[*place]))
}

fn values_of(
    sources: &Sources,
    literals: &mut Literals,
    params: &[&Params],
    mut values: Vec<Value>,
) -> Result<Vec<Value>> {
    if !sources.runs.is_empty() {
        return Ok(moved(&sources.runs, literals, values));
    }
    if sources.are_cells && sources.len() == literals.cells.len() {
        return Ok(std::mem::take(&mut literals.cells));
    }
    let last = |place: usize| sources.last.get(place).copied().unwrap_or(true);
    // Not collected: what collects results does not know how many there will be.
    values.reserve_exact(sources.len());
    for (place, source) in sources.iter().enumerate() {
        values.push(match source {
            Source::Literal(index) => take(&mut literals.values[*index], last(place)),
            Source::Listed(index) => take(&mut literals.listed[*index], last(place)),
            Source::Cell(index) => take(&mut literals.cells[*index], last(place)),
            Source::Named(name) => {
                let given = params.iter().find_map(|params| params.get_near(place, name));
                match given {
                    Some(given) => given.clone(),
                    None => default_at(place, sources, literals, &values)
                        .ok_or_else(|| missing(name, params))?,
                }
            }
        });
    }
    Ok(values)
}

/// The value of a bind that was not given one: what is made for it is made once, wherever it stands.
#[cold]
fn default_at(
    place: usize,
    sources: &Sources,
    literals: &Literals,
    values: &[Value],
) -> Option<Value> {
    let source = &sources[place];
    let before = sources[..place].iter().position(|known| known == source);
    match (before, source) {
        (Some(before), _) => values.get(before).cloned(),
        (None, Source::Named(name)) => literals.default_of(name),
        (None, _) => None,
    }
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

#[cfg(test)]
mod tests {
    use super::{Literals, Source, Sources, Value, bound_values};

    /// Literals 0 and up, and the values 10 and up of a list.
    fn literals() -> Literals {
        Literals {
            values: (0..4).map(Value::from).collect(),
            lists: vec![3],
            listed: (10..13).map(Value::from).collect(),
            ..Literals::default()
        }
    }

    #[test]
    fn values_come_in_the_order_of_their_sources() {
        use Source::{Listed, Literal};
        let orders: [&[(Source, i64)]; 5] = [
            &[(Literal(0), 0), (Literal(1), 1), (Literal(2), 2), (Literal(3), 3)],
            &[(Literal(0), 0), (Listed(0), 10), (Listed(1), 11), (Listed(2), 12), (Literal(1), 1)],
            &[(Listed(0), 10), (Literal(0), 0), (Listed(1), 11), (Literal(1), 1), (Listed(2), 12)],
            &[(Literal(1), 1), (Literal(0), 0), (Listed(2), 12)],
            // Once more than are moved together.
            &[
                (Literal(0), 0),
                (Listed(0), 10),
                (Literal(0), 0),
                (Listed(0), 10),
                (Literal(3), 3),
                (Literal(3), 3),
            ],
        ];
        for order in orders {
            let (sources, expected): (Vec<_>, Vec<_>) = order.iter().cloned().unzip();
            let sources = Sources::new(sources, Vec::new(), true, &[]);
            let expected: Vec<Value> = expected.into_iter().map(Value::from).collect();
            // Also into a vector of an earlier statement, and several times.
            let mut spare = Vec::new();
            for _ in 0..2 {
                let found = bound_values(&sources, &mut literals(), &[], spare).expect("values");
                assert_eq!(found, expected);
                spare = found;
                spare.clear();
            }
        }
    }
}
