//! Where the rows of an INSERT come from.

use super::super::select::QueryParts;
use super::super::tree::{Kind, Literal, ValueType, Visitor};
use super::super::{Expression, Name};
use super::assignment::{Assigned, Entry};
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
#[derive(Debug, Clone)]
pub(in crate::sql) struct Cells {
    pub(in crate::sql) columns: Vec<Name>,
    /// The types that the database takes the values for.
    pub(in crate::sql) types: Vec<ValueType>,
    /// Row by row.
    pub(in crate::sql) values: Vec<Value>,
}

impl Cells {
    /// How many rows there are.
    pub(in crate::sql) fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns.len()).unwrap_or(0)
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
        let first = values.iter().take(width).map(literal);
        let Some(types) = first.map(|first| first.map(|of| of.ty.clone())).collect::<Option<_>>()
        else {
            return Self::Rows { columns, values };
        };
        let types: Vec<ValueType> = types;
        let plain = |(at, value): (usize, &Assigned)| {
            literal(value).is_some_and(|literal| literal.ty == types[at % width])
        };
        if width == 0 || !values.iter().enumerate().all(plain) {
            return Self::Rows { columns, values };
        }
        let values = values.into_iter().filter_map(into_value).collect();
        Self::Cells(Cells { columns, types, values })
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

fn literal(value: &Assigned) -> Option<&Literal> {
    match value {
        Assigned::Value(Expression { kind: Kind::Literal(literal), .. }) => Some(literal),
        _ => None,
    }
}

fn into_value(value: Assigned) -> Option<Value> {
    match value {
        Assigned::Value(Expression { kind: Kind::Literal(literal), .. }) => Some(literal.value),
        _ => None,
    }
}
