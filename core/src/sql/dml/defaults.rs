//! What columns are set to that the program does not set.

use super::super::schema::{ClientDefault, Column, Table};
use super::super::tree::{Bind, Kind};
use super::super::{Expression, Params};
use super::assignment::{Assigned, Entry};

/// What an INSERT sets by itself.
pub(super) fn of_insert(table: &Table) -> Vec<Entry> {
    of(table, Column::client_default)
}

/// What an UPDATE sets by itself.
pub(super) fn of_update(table: &Table) -> Vec<Entry> {
    of(table, Column::client_onupdate)
}

fn of(table: &Table, default: fn(&Column) -> Option<&ClientDefault>) -> Vec<Entry> {
    let entry = |column: &Column| {
        let value = default(column)?.assigned(column.name());
        let value = value.with_type(Some(column.column_type().clone()));
        Some(Entry { of: None, column: column.name().clone(), value: Assigned::Value(value) })
    };
    table.columns().iter().filter_map(entry).collect()
}

/// Whether parameters of its name give the value instead of the default.
pub(super) fn is_bind(entry: &Entry) -> bool {
    matches!(&entry.value, Assigned::Value(Expression { kind: Kind::Bind(_), .. }))
}

/// The defaults that are set: those of columns that nothing else sets.
pub(super) fn active<'d>(
    defaults: &'d [Entry],
    names: &'d Params,
    is_set: impl Fn(&Entry) -> bool + 'd,
) -> impl Iterator<Item = &'d Entry> {
    defaults.iter().filter(move |entry| {
        !is_set(entry) && (is_bind(entry) || names.get(&entry.column).is_none())
    })
}

/// A default as it is set where parameters give nothing, as in one of several rows: its value, which is
/// made for each execution, or the expression.
pub(super) fn of_row(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    if let Assigned::Value(value) = &mut entry.value
        && let Kind::Bind(bind) = &value.kind
        && let Bind { default: Some(make), ty, .. } = &**bind
    {
        *value = Expression::made(make.clone(), ty.clone());
    }
    entry
}
