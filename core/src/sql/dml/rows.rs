//! The rows that an INSERT is given, one behind the other.

use super::super::from::FromClause;
use super::super::schema::{Column, Table};
use super::super::tree::ValueType;
use super::super::{Expression, Mapped, Name};
use super::assignment::{Assigned, Entry};
use super::defaults::of_row;
use super::source::{Cells, Source};
use crate::value::Value;

const OTHER_TABLE: &str = "a row of an INSERT sets a column of another table; set columns of the table \
     that the statement inserts into";

/// The rows that an INSERT is given. Structs that set the same fields are values from the start; as
/// soon as one row is otherwise, each is what it sets.
#[derive(Debug)]
pub struct InsertedRows {
    table: FromClause,
    /// The fields that can be set, and those that the structs set.
    settable: Vec<usize>,
    set: Vec<usize>,
    plain: Cells,
    /// What each row sets, once there is a row that is no plain struct.
    entries: Vec<Vec<Entry>>,
}

impl InsertedRows {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            table: table.into(),
            settable: Vec::new(),
            set: Vec::new(),
            plain: Cells::default(),
            entries: Vec::new(),
        }
    }

    /// Adds a struct.
    pub(super) fn add_struct<T: Mapped>(&mut self, row: &T) {
        if self.entries.is_empty() {
            if self.plain.columns.is_empty() {
                self.settle::<T>(row);
            }
            if self.add_plain(row) {
                return;
            }
        }
        let mut entries = Vec::new();
        struct_entries(row, |column, value, ty| {
            let value = Expression::literal(value).with_type(ty);
            entries.push(Entry { of: None, column, value: Assigned::Value(value) });
        });
        self.add(entries);
    }

    /// The first struct says which fields are set.
    fn settle<T: Mapped>(&mut self, row: &T) {
        let columns = T::table().columns();
        self.settable = (0..columns.len()).filter(|at| is_settable(&columns[*at])).collect();
        let is_set = |at: &usize| T::ACCESSORS[*at].get_set(row).is_some();
        self.set = self.settable.iter().copied().filter(is_set).collect();
        let set = self.set.iter().map(|at| &columns[*at]);
        self.plain.columns = set.clone().map(|column| column.name().clone()).collect();
        self.plain.types = set.map(|column| column.column_type().into()).collect();
    }

    /// Adds the values of a struct, if it sets the fields that the first one has set.
    fn add_plain<T: Mapped>(&mut self, row: &T) -> bool {
        let before = self.plain.values.len();
        let mut wanted = self.set.iter().peekable();
        for at in &self.settable {
            match T::ACCESSORS[*at].get_set(row) {
                Some(value) if wanted.next_if_eq(&at).is_some() => self.plain.values.push(value),
                None if wanted.peek() != Some(&at) => {}
                _ => {
                    self.plain.values.truncate(before);
                    return false;
                }
            }
        }
        self.plain.values.len() > before
    }

    /// Adds what a row sets.
    pub(super) fn add(&mut self, mut entries: Vec<Entry>) {
        self.spell_out();
        let is_other = |entry: &&mut Entry| {
            let of = entry.of.as_ref();
            of.is_some_and(|of| !of.is(&self.table))
        };
        for other in entries.iter_mut().filter(is_other) {
            other.value = Assigned::Value(Expression::refused(OTHER_TABLE));
        }
        self.entries.push(entries);
    }

    /// Turns the plain rows into what each sets.
    fn spell_out(&mut self) {
        let Cells { columns, types, values, .. } = std::mem::take(&mut self.plain);
        let mut values = values.into_iter();
        while values.len() > 0 {
            let row = columns.iter().zip(&types).zip(values.by_ref());
            let entry = |((column, ty), value): ((&Name, &ValueType), Value)| {
                let value = Expression::literal(value).with_type(ty.clone());
                Entry { of: None, column: column.clone(), value: Assigned::Value(value) }
            };
            self.entries.push(row.map(entry).collect());
        }
    }

    /// The rows, with the defaults of columns that they do not set; the columns that have their
    /// defaults in all of them; and those that some rows set and others do not.
    pub(super) fn finish(mut self, defaults: &[Entry]) -> (Source, Vec<Name>, Vec<Name>) {
        let missing = |entry: &&Entry| !self.plain.columns.contains(&entry.column);
        let missing: Vec<Entry> = defaults.iter().filter(missing).map(of_row).collect();
        if !self.plain.values.is_empty() && self.plain.add_columns(&missing) {
            let made = missing.into_iter().map(|entry| entry.column).collect();
            return (Source::Cells(self.plain), made, Vec::new());
        }
        self.spell_out();
        let partly = self.partly_set();
        let mut set = vec![false; defaults.len()];
        for row in &mut self.entries {
            for (default, set) in defaults.iter().zip(&mut set) {
                match row.iter().any(|entry| entry.column == default.column) {
                    true => *set = true,
                    false => row.push(of_row(default)),
                }
            }
        }
        let made = defaults.iter().zip(set).filter(|(_, set)| !set);
        let made = made.map(|(default, _)| default.column.clone()).collect();
        (Source::of_rows(self.entries), made, partly)
    }

    /// The columns that some rows set and others do not.
    fn partly_set(&self) -> Vec<Name> {
        let sets = |row: &[Entry], name: &Name| row.iter().any(|entry| entry.column == *name);
        let mut partly = Vec::new();
        let Some((first, others)) = self.entries.split_first() else { return partly };
        for row in others {
            let here = row.iter().filter(|entry| !sets(first, &entry.column));
            let there = first.iter().filter(|entry| !sets(row, &entry.column));
            for Entry { column, .. } in here.chain(there) {
                if !partly.contains(column) {
                    partly.push(column.clone());
                }
            }
        }
        partly
    }
}

/// A column that is computed cannot be set.
fn is_settable(column: &Column) -> bool {
    column.computed_sql().is_none()
}

/// Calls `set` for each field of a struct that is set: its column, its value and its type.
pub(super) fn struct_entries<T: Mapped>(row: &T, mut set: impl FnMut(Name, Value, ValueType)) {
    let columns = T::ACCESSORS.iter().zip(T::table().columns());
    for (accessor, column) in columns.filter(|(_, column)| is_settable(column)) {
        if let Some(value) = accessor.get_set(row) {
            set(column.name().clone(), value, column.column_type().into());
        }
    }
}
