//! The values of a statement, and the buffers that they are collected in.

use super::tree::BindDefault;
use super::{Name, Source};
use crate::value::Value;

/// What is longer is not kept for the next statement, and values of longer lists are not kept a second
/// time.
pub(super) const MOST_LISTED: usize = 256;

/// The values of a statement, in the order in which its tree is walked.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Literals {
    pub(crate) values: Vec<Value>,
    /// The lengths of the IN lists, whose values come one after the other in `listed`.
    pub(crate) lists: Vec<usize>,
    pub(crate) listed: Vec<Value>,
    /// What binds are that are not given a value.
    pub(super) defaults: Vec<(Name, BindDefault)>,
    /// How many rows of values an INSERT has, and the values, row by row.
    pub(crate) rows: usize,
    pub(crate) cells: Vec<Value>,
    /// Which of the values were made for this execution, and what makes them.
    pub(super) made: Vec<(Source, BindDefault)>,
    /// Nothing is executed yet, so nothing is made.
    pub(super) is_template: bool,
}

/// What makes a value, each time anew.
pub(crate) type Maker = Box<dyn Fn() -> Value + Send + Sync>;

/// How many values, lists, values of lists, and defaults there are.
pub(super) type Lens = (usize, usize, usize, usize);

/// As many values as most statements have, so that their list need not grow.
const FEW: usize = 8;

impl Literals {
    /// The values of a statement that is not executed now: those that are made for each execution are
    /// not.
    pub(crate) fn template() -> Self {
        Self { is_template: true, ..Self::default() }
    }

    /// Adds a value.
    #[inline]
    pub(super) fn push(&mut self, value: &Value) {
        if self.values.capacity() == 0 {
            self.values = Vec::with_capacity(FEW);
        }
        self.values.push(match value {
            Value::Int(number) => Value::Int(*number),
            value => value.clone(),
        });
    }

    /// Forgets all, and says whether what was allocated is small enough to be kept.
    pub(crate) fn clear(&mut self) -> bool {
        let Self { values, lists, listed, defaults, rows, cells, made, is_template } = self;
        (*rows, *is_template) = (0, false);
        // What most statements do not have was not allocated, and need not be looked at.
        let mut is_small = true;
        clear(values, &mut is_small);
        clear(lists, &mut is_small);
        clear(listed, &mut is_small);
        clear(defaults, &mut is_small);
        clear(cells, &mut is_small);
        clear(made, &mut is_small);
        is_small
    }

    pub(super) fn lens(&self) -> Lens {
        (self.values.len(), self.lists.len(), self.listed.len(), self.defaults.len())
    }

    /// Adds the value of a bind that is not given one. The first of a name counts.
    #[cold]
    pub(super) fn push_default(&mut self, name: &Name, default: &BindDefault) {
        self.defaults.push((name.clone(), default.clone()));
    }

    /// The value of a bind that was not given one.
    pub(super) fn default_of(&self, name: &str) -> Option<Value> {
        let default = self.defaults.iter().find(|(known, _)| **known == *name);
        default.map(|(_, default)| default.get())
    }

    /// What makes the value of a bind that was not given one, each time anew.
    pub(crate) fn maker(&self, name: &str) -> Option<Maker> {
        let (_, default) = self.defaults.iter().find(|(known, _)| **known == *name)?;
        Some(default.clone().into_maker())
    }

    /// Whether a bind that was not given a value has one all the same.
    pub(crate) fn has_default(&self, name: &str) -> bool {
        self.defaults.iter().any(|(known, _)| **known == *name)
    }

    /// Adds a value that is made now.
    pub(super) fn push_made(&mut self, make: &BindDefault) {
        self.made.push((Source::Literal(self.values.len()), make.clone()));
        self.push(&self.make(make));
    }

    fn make(&self, make: &BindDefault) -> Value {
        if self.is_template { Value::Null } else { make.get() }
    }

    /// Adds the rows of an INSERT, in which the values at these places are made now.
    pub(super) fn push_cells(
        &mut self,
        values: &[Value],
        rows: usize,
        made: &[(usize, BindDefault)],
    ) {
        self.rows = rows;
        self.cells.extend_from_slice(values);
        for (place, make) in made {
            self.cells[*place] = self.make(make);
            self.made.push((Source::Cell(*place), make.clone()));
        }
    }

    /// The same values for one more execution: what is made for each is made again.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        for (source, make) in &self.made {
            match source {
                Source::Literal(number) => again.values[*number] = make.get(),
                Source::Cell(number) => again.cells[*number] = make.get(),
                Source::Listed(_) | Source::Named(_) => {}
            }
        }
        again
    }

    /// What makes the value of this source for each execution, if it is made.
    pub(crate) fn maker_of(&self, source: &Source) -> Option<Maker> {
        let (_, make) = self.made.iter().find(|(made, _)| made == source)?;
        Some(make.clone().into_maker())
    }

    /// Adds the values of an IN list.
    pub(super) fn push_list(&mut self, values: &[Value]) {
        self.lists.push(values.len());
        self.listed.extend_from_slice(values);
    }
}

/// Empties a list, and notes if it is too large to be kept.
#[inline]
fn clear<T>(list: &mut Vec<T>, is_small: &mut bool) {
    if list.capacity() > 0 {
        list.clear();
        *is_small &= list.capacity() <= MOST_LISTED;
    }
}
