//! The keys of the rows that an INSERT inserts: where they come from, and what they say of the order of
//! the rows that it gives.

use super::super::schema::{Column, Table};
use super::super::tree::Kind;
use super::super::types::Type;
use super::super::{
    Expression, Feature, KeyValue, Name, RowKey, RowOrder, Source, SqlWriter, Witness,
};
use super::assignment::{Assigned, Entry};

/// The row of an INSERT of one row, whose values come from what is set and from parameters.
pub(super) struct InsertedRow<'i> {
    pub(super) table: &'i Table,
    pub(super) set: &'i [&'i Entry],
    pub(super) given: &'i [&'i Name],
}

impl InsertedRow<'_> {
    /// How its primary key is found once it is inserted, by RETURNING too if the database may be asked;
    /// `None` without one.
    pub(super) fn key(&self, ask: bool, to: &SqlWriter<'_>) -> Option<RowKey> {
        let names = self.table.primary_key()?.columns();
        let columns: Vec<_> =
            names.iter().map(|name| (name.clone(), self.value_of(name, to))).collect();
        let asked = columns.iter().filter(|(_, value)| !matches!(value, KeyValue::Given(_)));
        let asked: Vec<&Name> = asked.map(|(name, _)| name).collect();
        let has_clause = ask && to.has(Feature::InsertReturning) && !asked.is_empty();
        let returning_sql = has_clause.then(|| format!(" RETURNING {}", self.list(&asked, to)));
        let counts = self.table.autoincrement_column().is_some();
        Some(RowKey { columns, counts, returning_sql })
    }

    /// How the rows that are given for many such rows can be seen to be in their order: the database
    /// counts their keys, or each has the key that was given.
    pub(super) fn order(&self, returning: &[Expression], to: &SqlWriter<'_>) -> Option<RowOrder> {
        let names = self.table.primary_key()?.columns();
        let mut added = Vec::new();
        let mut witnesses = Vec::with_capacity(names.len());
        for name in names {
            let given = match self.value_of(name, to) {
                KeyValue::Counted => None,
                KeyValue::Given(source @ Source::Named(_)) if self.is_exact(name) => Some(source),
                KeyValue::Given(_) | KeyValue::Computed => return None,
            };
            let known = place_of(returning, self.table, name);
            let place = known.unwrap_or_else(|| {
                added.push(name);
                added.len()
            });
            witnesses.push(Witness { place, is_added: known.is_none(), given });
        }
        for witness in witnesses.iter_mut().filter(|witness| witness.is_added) {
            witness.place = added.len() + 1 - witness.place;
        }
        let added_sql = added.iter().fold(String::new(), |mut sql, name| {
            sql.push_str(", ");
            to.dialect().quote(name, &mut sql);
            sql
        });
        Some(RowOrder { witnesses, added_sql, added: added.len() })
    }

    fn value_of(&self, name: &Name, to: &SqlWriter<'_>) -> KeyValue {
        let entry = self.set.iter().find(|entry| entry.column == *name);
        let source = match entry.map(|entry| &entry.value) {
            None if self.given.contains(&name) => Some(Source::Named(name.clone())),
            None | Some(Assigned::Default) => {
                let counted = self.table.autoincrement_column();
                return match counted.is_some_and(|column| column.name() == name) {
                    true => KeyValue::Counted,
                    false => KeyValue::Computed,
                };
            }
            Some(Assigned::Value(value)) => match &value.kind {
                Kind::Bind(bind) => Some(Source::Named(bind.name.clone())),
                Kind::Literal(literal) => to.source_of(literal),
                _ => None,
            },
        };
        source.map_or(KeyValue::Computed, KeyValue::Given)
    }

    /// Whether the database gives a value of the column back as it was given.
    fn is_exact(&self, name: &Name) -> bool {
        let ty = self.table.column(name).map(Column::column_type);
        let is_text = matches!(ty, Some(Type::String { .. } | Type::Text { .. } | Type::Uuid));
        is_text || ty.is_some_and(Type::is_integer)
    }

    fn list(&self, names: &[&Name], to: &SqlWriter<'_>) -> String {
        let mut sql = String::new();
        for (place, name) in names.iter().enumerate() {
            sql.push_str(if place > 0 { ", " } else { "" });
            to.dialect().quote(name, &mut sql);
        }
        sql
    }
}

/// The place of a column of the table among what is given.
fn place_of(returning: &[Expression], table: &Table, name: &Name) -> Option<usize> {
    let is_one = |given: &&Expression| !matches!(given.kind, Kind::Fragment(_) | Kind::Star);
    let known = returning.iter().take_while(is_one);
    { known }.position(|given| match &given.kind {
        Kind::MappedColumn { table: of, alias: None, name: column } => {
            of.name == &**table.name() && *column == &**name
        }
        Kind::Column(column) => column.of.is(&table.into()) && column.name == *name,
        _ => false,
    })
}
