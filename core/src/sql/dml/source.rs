//! Where the rows of an INSERT come from.

use std::sync::Arc;

use super::super::from::Subquery;
use super::super::select::{QueryParts, SelectParts};
use super::super::tree::{BindDefault, Kind, Literal, Made, ValueType, Visitor};
use super::super::{Dynamic, Expression, Name};
use super::assignment::{Assigned, Entry};
use super::defaults::of_row;
use super::statement::{walk_assigned, walk_value};
use crate::value::Value;

/// Where the rows come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// One row: what is set, and what parameters give.
    Row(Vec<Entry>),
    /// Rows of values.
    Cells(Cells),
    /// Rows of which some have expressions, one behind the other.
    Rows { columns: Vec<Name>, values: Vec<Assigned> },
    /// The rows of a SELECT.
    Select { columns: Vec<Name>, select: QueryParts },
}

/// Rows of values, whose number is no part of the structure of a statement.
#[derive(Debug, Clone, Default)]
pub(in crate::sql) struct Cells {
    pub(in crate::sql) columns: Vec<Name>,
    /// The types that the database takes the values for.
    pub(in crate::sql) types: Vec<ValueType>,
    /// Row by row.
    pub(in crate::sql) values: Vec<Value>,
    /// The places of values that are made for each execution, and what makes them.
    pub(in crate::sql) made: Vec<(usize, BindDefault)>,
}

impl Cells {
    /// How many rows there are.
    pub(in crate::sql) fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Adds columns with the same in each row, if that is a value.
    pub(super) fn add_columns(&mut self, added: &[Entry]) -> bool {
        let Some(cells) = added.iter().map(|entry| cell(&entry.value)).collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        if cells.is_empty() {
            return true;
        }
        let (rows, width) = (self.rows(), self.columns.len());
        let mut values = std::mem::take(&mut self.values).into_iter();
        self.values.reserve(rows * (width + cells.len()));
        for _ in 0..rows {
            self.values.extend(values.by_ref().take(width));
            for (literal, make) in &cells {
                self.made.extend(make.map(|make| (self.values.len(), make.clone())));
                self.values.push(literal.value.clone());
            }
        }
        self.columns.extend(added.iter().map(|entry| entry.column.clone()));
        self.types.extend(cells.iter().map(|(literal, _)| literal.ty.clone()));
        true
    }
}

impl Source {
    /// The rows, each as what is set in it. A column that one row leaves out has its default there.
    pub(super) fn of_rows(rows: Vec<Vec<Entry>>) -> Self {
        let mut columns: Vec<Name> = Vec::new();
        for entry in rows.iter().flatten() {
            if !columns.contains(&entry.column) {
                columns.push(entry.column.clone());
            }
        }
        let width = columns.len();
        let mut values = Vec::with_capacity(width * rows.len());
        for mut row in rows {
            for (place, column) in columns.iter().enumerate() {
                // Most often it stands where it stood in the row before.
                let at = match row.get(place) {
                    Some(entry) if entry.column == *column => Some(place),
                    _ => row.iter().position(|entry| entry.column == *column),
                };
                values.push(match at {
                    Some(at) => std::mem::replace(&mut row[at].value, Assigned::Default),
                    None => Assigned::Default,
                });
            }
        }
        Self::of_values(columns, values)
    }

    fn of_values(columns: Vec<Name>, values: Vec<Assigned>) -> Self {
        let width = columns.len();
        let first = values.iter().take(width).map(cell);
        let Some(types) =
            first.map(|first| first.map(|(of, _)| of.ty.clone())).collect::<Option<_>>()
        else {
            return Self::Rows { columns, values };
        };
        let types: Vec<ValueType> = types;
        let plain = |(at, value): (usize, &Assigned)| {
            cell(value).is_some_and(|(literal, _)| literal.ty == types[at % width])
        };
        if width == 0 || !values.iter().enumerate().all(plain) {
            return Self::Rows { columns, values };
        }
        let make = |(at, value)| Some((at, cell(value)?.1?.clone()));
        let made = values.iter().enumerate().filter_map(make).collect();
        let values = values.into_iter().filter_map(into_value).collect();
        Self::Cells(Cells { columns, types, values, made })
    }

    /// The rows of a SELECT, beside which the defaults of other columns stand.
    pub(super) fn of_select(
        mut columns: Vec<Name>,
        select: QueryParts,
        defaults: &[Entry],
    ) -> Self {
        let missing = defaults.iter().filter(|entry| !columns.contains(&entry.column)).map(of_row);
        let missing: Vec<Entry> = missing.collect();
        if missing.is_empty() {
            return Self::Select { columns, select };
        }
        columns.extend(missing.iter().map(|entry| entry.column.clone()));
        let added: Vec<Expression> =
            missing.iter().filter_map(|entry| entry.value.value().cloned()).collect();
        let select = select.with_columns(&added).unwrap_or_else(|select| {
            // Rows that are put together would be others beside one more column.
            let mut selected = Vec::new();
            Subquery::<Dynamic>::new(None, select).columns_into(&mut selected);
            selected.extend(added);
            QueryParts::Select(Arc::new(SelectParts::of(selected)))
        });
        Self::Select { columns, select }
    }

    /// The columns that are named.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Name> {
        let (entries, names): (&[Entry], &[Name]) = match self {
            Self::Row(entries) => (entries, &[]),
            Self::Cells(Cells { columns, .. })
            | Self::Rows { columns, .. }
            | Self::Select { columns, .. } => (&[], columns),
        };
        entries.iter().map(|entry| &entry.column).chain(names)
    }

    /// The expressions, apart from those of the SELECT.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let (entries, values): (&[Entry], &[Assigned]) = match self {
            Self::Row(entries) => (entries, &[]),
            Self::Rows { values, .. } => (&[], values),
            Self::Cells(_) | Self::Select { .. } => (&[], &[]),
        };
        let entries = entries.iter().filter_map(|entry| entry.value.value());
        entries.chain(values.iter().filter_map(Assigned::value))
    }

    /// Calls `with` for each expression, also in the SELECT.
    pub(super) fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        match self {
            Self::Row(entries) => {
                entries.iter_mut().filter_map(|entry| entry.value.value_mut()).for_each(with);
            }
            Self::Rows { values, .. } => {
                values.iter_mut().filter_map(Assigned::value_mut).for_each(with);
            }
            Self::Cells(_) => {}
            Self::Select { select, .. } => {
                let mut query = Expression::query(select.clone());
                with(&mut query);
                if let Kind::Query(changed) = query.kind {
                    *select = changed;
                }
            }
        }
    }

    /// Makes rows of values rows of expressions: a statement has rows of values once.
    pub(super) fn spell_out(&mut self) {
        let Self::Cells(cells) = self else { return };
        let Cells { columns, types, values, made } = std::mem::take(cells);
        let mut made = made.into_iter().peekable();
        let values = values.into_iter().zip(types.iter().cycle()).enumerate();
        let values = values.map(|(at, (value, ty))| {
            let make = made.next_if(|(place, _)| *place == at).map(|(_, make)| make);
            let make = make.unwrap_or(BindDefault::Value(value));
            Assigned::Value(Expression::made(make, ty.clone()))
        });
        *self = Self::Rows { values: values.collect(), columns };
    }

    pub(super) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Row(entries) => {
                to.number(0);
                walk_assigned(entries, to);
            }
            Self::Cells(cells) => {
                to.number(1);
                walk_names(&cells.columns, to);
                to.cells(cells);
            }
            Self::Rows { columns, values } => {
                to.number(2);
                walk_names(columns, to);
                to.number(values.len());
                values.iter().for_each(|value| walk_value(value, to));
            }
            Self::Select { columns, select } => {
                to.number(3);
                walk_names(columns, to);
                to.query(select);
            }
        }
    }
}

pub(super) fn walk_names<'t>(names: &'t [Name], to: &mut impl Visitor<'t>) {
    to.number(names.len());
    names.iter().for_each(|name| to.name(name));
}

/// The value, if it is one, and what makes it for each execution.
fn cell(value: &Assigned) -> Option<(&Literal, Option<&BindDefault>)> {
    match value {
        Assigned::Value(Expression { kind: Kind::Literal(literal), .. }) => Some((literal, None)),
        Assigned::Value(Expression { kind: Kind::Made(made), .. }) => {
            let Made { literal, make } = &**made;
            Some((literal, Some(make)))
        }
        _ => None,
    }
}

fn into_value(value: Assigned) -> Option<Value> {
    match value {
        Assigned::Value(Expression { kind: Kind::Literal(literal), .. }) => Some(literal.value),
        Assigned::Value(Expression { kind: Kind::Made(_), .. }) => Some(Value::Null),
        _ => None,
    }
}
