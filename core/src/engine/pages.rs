//! Many rows by few statements: an INSERT that is executed for many sets of parameters is sent as
//! statements of many rows.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::param_types::row_param_type;
use crate::dbapi::{Statement, StatementKind};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::sql::{
    Literals, Maker, ParamSets, Params, ReturnedRows, RowOrder, RowSources, Source, Template,
    Witness, check_held,
};
use crate::value::Value;

/// Bytes of values in one statement beyond which no row is added: servers limit the size of a
/// statement, and what is sent is held in memory.
const MOST_BYTES: usize = 1 << 20;

/// An INSERT that can have many rows.
pub(super) struct RowPlan {
    template: Arc<Template>,
    pub(super) sources: RowSources,
    texts: Texts,
}

/// The statements of an INSERT for many rows, which are made one after the other.
pub(super) struct Pages {
    plan: Arc<RowPlan>,
    feed: Feed,
    /// The places in a row in which the rows of one statement must differ.
    distinct: Vec<usize>,
    /// What stands before the rows and behind them.
    before: Vec<Value>,
    after: Vec<Value>,
    /// Rows in one statement, at most.
    size: usize,
    /// The bytes of values in one statement.
    bytes: usize,
    /// The place of the next row among all.
    next: usize,
    /// A row that must not stand in the statement of those before it.
    held: Vec<Value>,
}

/// Where rows come from.
struct Feed {
    /// The values that were given for the rows, one behind the other.
    values: std::vec::IntoIter<Value>,
    /// How many of them each row was given.
    width: usize,
    /// How many rows are left.
    left: usize,
    /// What a row is made of, where that is not what was given.
    row: Option<Vec<Cell>>,
    /// The buffer for what such a row was given.
    given: Vec<Value>,
    /// Whether each row was given by a set of parameters.
    are_sets: bool,
}

/// Where a value of a row comes from.
enum Cell {
    /// It was given at this place, and whether it is used here last.
    Given { place: usize, last: bool },
    /// It is the same in each row.
    Shared(Value),
    /// It is made for each row.
    Made(Maker),
}

/// One of the statements.
pub(super) struct Page {
    pub(super) statement: Statement,
    pub(super) values: Vec<Value>,
    /// Whether a statement of this text comes often enough to be kept prepared.
    pub(super) again: bool,
    /// Its first row among all, counted from 0, and how many it has.
    pub(super) first: usize,
    pub(super) rows: usize,
}

/// The texts for the last numbers of rows.
#[derive(Default)]
struct Texts(Mutex<Vec<(usize, Statement)>>);

/// So many numbers of rows are remembered.
const MOST_KEPT: usize = 8;

impl Texts {
    /// The text for so many rows, and whether it was known.
    fn get(
        &self,
        template: &Template,
        rows: usize,
        dialect: &dyn Dialect,
    ) -> Result<(Statement, bool)> {
        let mut texts = self.0.lock();
        if let Some(at) = texts.iter().position(|(known, _)| *known == rows) {
            // The last is the one that was used last.
            let found = texts.remove(at);
            let statement = found.1.clone();
            texts.push(found);
            return Ok((statement, true));
        }
        let (sql, types) = template.render_rows(dialect, rows);
        let mut statement = Statement::new(sql, StatementKind::Dml)?;
        if dialect.capabilities().typed_parameters {
            let types = types.iter().map(|ty| row_param_type(ty, dialect.name()));
            statement = statement.with_param_types(types);
        }
        if texts.len() == MOST_KEPT {
            texts.remove(0);
        }
        texts.push((rows, statement.clone()));
        Ok((statement, false))
    }
}

impl RowPlan {
    pub(super) fn new(template: &Arc<Template>) -> Option<Arc<Self>> {
        let sources = template.row_sources()?;
        let template = Arc::clone(template);
        Some(Arc::new(Self { template, sources, texts: Texts::default() }))
    }
}

impl Pages {
    /// The statements for sets of parameters, of which each has the names of the first. The sets are
    /// given back if each needs a statement of its own.
    pub(super) fn of_sets(
        plan: &Arc<RowPlan>,
        literals: &Literals,
        own: &Params,
        sets: ParamSets,
        size: usize,
    ) -> Result<Self, ParamSets> {
        match Self::around_sets(plan, literals, own, &sets, size) {
            Some(mut this) => {
                this.feed.values = sets.into_values().into_iter();
                Ok(this)
            }
            None => Err(sets),
        }
    }

    fn around_sets(
        plan: &Arc<RowPlan>,
        literals: &Literals,
        own: &Params,
        sets: &ParamSets,
        size: usize,
    ) -> Option<Self> {
        let first = sets.first()?;
        let sources = &plan.sources;
        if lacks_a_key(sources, sets) {
            return None;
        }
        let shared = |source: &Source| value_of(source, literals, own);
        let mut row = Vec::with_capacity(sources.row.len());
        for (at, source) in sources.row.iter().enumerate() {
            row.push(match given_name(source, first) {
                Some(place) => Cell::Given { place, last: !sources.row[at + 1..].contains(source) },
                None => match (shared(source), source) {
                    (Some(value), _) => Cell::Shared(value),
                    (None, Source::Named(name)) => Cell::Made(literals.maker(name)?),
                    (None, _) => return None,
                },
            });
        }
        let in_order =
            |(at, cell): (usize, &Cell)| matches!(cell, Cell::Given { place, .. } if *place == at);
        let as_given = row.len() == first.len() && row.iter().enumerate().all(in_order);
        let outside = |sources: &[Source]| {
            let one = |source: &Source| match given_name(source, first) {
                // Each row would have its own.
                Some(_) => None,
                None => shared(source),
            };
            sources.iter().map(one).collect::<Option<Vec<_>>>()
        };
        Some(Self {
            plan: Arc::clone(plan),
            before: outside(&sources.before)?,
            after: outside(&sources.after)?,
            feed: Feed {
                values: Vec::new().into_iter(),
                width: first.len(),
                left: sets.len(),
                row: (!as_given).then_some(row),
                given: Vec::new(),
                are_sets: true,
            },
            distinct: distinct(sources)?,
            size,
            bytes: MOST_BYTES,
            next: 0,
            held: Vec::new(),
        })
    }

    /// The statements for rows of values.
    pub(super) fn of_cells(
        plan: &Arc<RowPlan>,
        literals: &mut Literals,
        own: &Params,
        dialect: &dyn Dialect,
    ) -> Option<Self> {
        let sources = &plan.sources;
        let outside = |sources: &[Source]| {
            sources.iter().map(|source| value_of(source, literals, own)).collect::<Option<Vec<_>>>()
        };
        let (before, after) = (outside(&sources.before)?, outside(&sources.after)?);
        let cells = std::mem::take(&mut literals.cells);
        let width = sources.row.len();
        let most = dialect.capabilities().max_parameters;
        let size = most.saturating_sub(before.len() + after.len()) / width.max(1);
        Some(Self {
            plan: Arc::clone(plan),
            before,
            after,
            feed: Feed {
                left: cells.len().checked_div(width).unwrap_or(0),
                values: cells.into_iter(),
                width,
                row: None,
                given: Vec::new(),
                are_sets: false,
            },
            distinct: distinct(sources)?,
            size: size.max(1),
            bytes: usize::MAX,
            next: 0,
            held: Vec::new(),
        })
    }

    /// How the order of the rows that the statements give is seen; `None` if they give none.
    pub(super) fn order(&self) -> Option<&RowOrder> {
        match (self.feed.are_sets, &self.plan.sources.returned) {
            (true, ReturnedRows::InOrder(order)) => Some(order),
            _ => None,
        }
    }

    /// The keys that the rows of a statement have, row by row, as far as they are given.
    pub(super) fn given_keys(&self, page: &Page) -> Vec<Value> {
        let witnesses = self.order().map_or(&[][..], |order| &*order.witnesses);
        let place = |witness: &Witness| {
            let given = witness.given.as_ref()?;
            self.plan.sources.row.iter().position(|source| source == given)
        };
        let places: Vec<usize> = witnesses.iter().filter_map(place).collect();
        if places.is_empty() {
            return Vec::new();
        }
        let rows = page.values[self.before.len()..].chunks_exact(self.width()).take(page.rows);
        rows.flat_map(|row| places.iter().map(|place| row[*place].clone())).collect()
    }

    /// How many rows are left.
    pub(super) fn left(&self) -> usize {
        usize::from(!self.held.is_empty()) + self.feed.left
    }

    /// The next statement, until there are no more rows.
    pub(super) fn next(&mut self, dialect: &dyn Dialect) -> Result<Option<Page>> {
        let most = self.left().min(self.size);
        if most == 0 {
            return Ok(None);
        }
        let (mut values, rows) = match self.as_given(most) {
            Some(given) => given,
            None => self.filled(most),
        };
        self.check(&values[self.before.len()..])?;
        values.extend_from_slice(&self.after);
        let first = self.next;
        self.next += rows;
        let (statement, known) = self.plan.texts.get(&self.plan.template, rows, dialect)?;
        let again = known || rows == self.size && self.left() >= rows;
        Ok(Some(Page { statement, values, again, first, rows }))
    }

    /// Checks that the columns hold the values of the next rows.
    fn check(&self, values: &[Value]) -> Result<()> {
        let RowSources { held, held_outside: [before, after], .. } = &self.plan.sources;
        if self.next == 0 {
            check_held(before, &self.before)?;
            check_held(after, &self.after)?;
        }
        if held.is_empty() {
            return Ok(());
        }
        let rows = values.chunks_exact(self.width()).enumerate();
        rows.into_iter().try_for_each(|(row, values)| {
            check_held(held, values).map_err(|error| {
                let number = self.next + row + 1;
                error.context(&match self.feed.are_sets {
                    true => format!("parameter set number {number}"),
                    false => format!("row number {number}"),
                })
            })
        })
    }

    fn width(&self) -> usize {
        self.feed.row.as_ref().map_or(self.feed.width, Vec::len)
    }

    /// The values before the rows and those of at most so many rows, and how many rows it were, if the
    /// rows are what was given: the vector itself, if all of it goes into one statement.
    fn as_given(&mut self, most: usize) -> Option<(Vec<Value>, usize)> {
        if self.feed.row.is_some() || !self.distinct.is_empty() {
            return None;
        }
        let rows = match self.bytes {
            usize::MAX => most,
            bytes => rows_within(self.feed.values.as_slice(), self.feed.width, most, bytes),
        };
        self.feed.left -= rows;
        if self.before.is_empty() && self.feed.left == 0 {
            return Some((std::mem::take(&mut self.feed.values).collect(), rows));
        }
        let mut values = self.with_room(rows);
        values.extend(self.feed.values.by_ref().take(rows * self.feed.width));
        Some((values, rows))
    }

    /// The values before the rows, with room for those of so many rows and for those behind them.
    fn with_room(&self, rows: usize) -> Vec<Value> {
        let outside = self.before.len() + self.after.len();
        let mut values = Vec::with_capacity(outside + rows * self.width());
        values.extend_from_slice(&self.before);
        values
    }

    /// The values before the rows and those of at most so many rows, and how many rows it were.
    fn filled(&mut self, most: usize) -> (Vec<Value>, usize) {
        let mut values = self.with_room(most);
        let mut seen = HashSet::new();
        let mut bytes = 0;
        for rows in 0..most {
            let start = values.len();
            if self.held.is_empty() {
                self.feed.push_row(&mut values);
            } else {
                values.append(&mut self.held);
            }
            let added = &values[start..];
            bytes += bytes_of(added);
            let repeats = !self.distinct.is_empty()
                && key(added, &self.distinct).is_some_and(|key| !seen.insert(key));
            if rows > 0 && (repeats || bytes > self.bytes) {
                self.held.extend(values.drain(start..));
                return (values, rows);
            }
        }
        (values, most)
    }
}

impl Feed {
    /// Adds the values of the next row, of which there is one.
    fn push_row(&mut self, values: &mut Vec<Value>) {
        self.left -= 1;
        let given = self.values.by_ref().take(self.width);
        let Some(row) = &self.row else {
            values.extend(given);
            return;
        };
        self.given.extend(given);
        for cell in row {
            values.push(match cell {
                Cell::Shared(value) => value.clone(),
                Cell::Made(make) => make(),
                Cell::Given { place, last: true } => {
                    std::mem::replace(&mut self.given[*place], Value::Null)
                }
                Cell::Given { place, last: false } => self.given[*place].clone(),
            });
        }
        self.given.clear();
    }
}

/// How many of at most so many rows have so many bytes, and one if the first has more.
fn rows_within(values: &[Value], width: usize, most: usize, bytes: usize) -> usize {
    // Rows without values have no bytes.
    if width == 0 || bytes_of(&values[..most * width]) <= bytes {
        return most;
    }
    let mut sum = 0;
    let rows = values.chunks_exact(width).take(most);
    let fit = rows.take_while(|row| {
        sum += bytes_of(row);
        sum <= bytes
    });
    fit.count().max(1)
}

/// Whether a set gives NULL for a key by which the rows that come back would be known: some databases
/// make a key then.
fn lacks_a_key(sources: &RowSources, sets: &ParamSets) -> bool {
    let ReturnedRows::InOrder(order) = &sources.returned else { return false };
    order.witnesses.iter().any(|witness| match &witness.given {
        Some(Source::Named(name)) => sets.values_of(0, name).any(|value| *value == Value::Null),
        _ => false,
    })
}

/// The places in a row in which the rows of one statement must differ.
fn distinct(sources: &RowSources) -> Option<Vec<usize>> {
    let place = |source| sources.row.iter().position(|known| known == source);
    sources.distinct.iter().map(place).collect()
}

/// The place of a name that a set gives.
fn given_name(source: &Source, first: &Params) -> Option<usize> {
    match source {
        Source::Named(name) => first.names().position(|given| given == name),
        _ => None,
    }
}

/// A value that is the same for all rows.
fn value_of(source: &Source, literals: &Literals, own: &Params) -> Option<Value> {
    match source {
        Source::Literal(index) => literals.values.get(*index).cloned(),
        Source::Listed(index) => literals.listed.get(*index).cloned(),
        Source::Named(name) => own.get(name).cloned(),
        Source::Cell(_) => None,
    }
}

/// What a row is recognised by; `None` if it is like no other, as NULL is.
fn key(row: &[Value], places: &[usize]) -> Option<String> {
    let mut key = String::new();
    for place in places {
        match &row[*place] {
            Value::Null => return None,
            value => key.push_str(&format!("{value:?},")),
        }
    }
    Some(key)
}

/// What values take when they are sent, roughly.
#[inline]
fn bytes_of(values: &[Value]) -> usize {
    let bytes = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Json(json) => json.get().len(),
        _ => 8,
    };
    values.iter().map(bytes).sum()
}

impl Page {
    /// Says in which sets an error came up.
    #[cold]
    pub(super) fn in_error(&self, error: Error) -> Error {
        in_sets(error, self.first, self.rows)
    }
}

/// Says in which sets an error came up: that at this place, or one of so many from there on.
#[cold]
pub(super) fn in_sets(error: Error, first: usize, sets: usize) -> Error {
    if error.is_disconnect() || error.is_cancelled() {
        return error;
    }
    let (first, last) = (first + 1, first + sets);
    error.context(&if first == last {
        format!("parameter set number {first}")
    } else {
        format!("one of the parameter sets number {first} to {last}")
    })
}
