//! Loading what a relationship refers to, of one object or of many.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::by_key::load_expired;
use super::statement::{have, have_one_of, rows_of};
use super::target::Loading;
use crate::dbapi::RowSink;
use crate::error::{ErrorKind, Result};
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::{Direction, Mapper, Relationship};
use crate::orm::session::Inner;
use crate::orm::state::State;
use crate::orm::store::foreign_key;
use crate::row::{Columns, RawRow};
use crate::sql::{AnyColumn, Select};
use crate::value::Value;

/// Of so many objects one statement loads what they refer to.
const AT_ONCE: usize = 500;

/// Loads what a relationship of these objects refers to, of those for which it is not known.
pub(in crate::orm) fn load_related(
    inner: &mut Inner,
    relationship: &'static Relationship,
    objects: &[AnyRef],
) -> Result<()> {
    let mut wanted = Vec::with_capacity(objects.len());
    for key in objects {
        let slot = inner.store.attached(key)?;
        // What has no row refers to nothing in the database.
        let is_stored = slot.state == State::Persistent;
        if is_stored && !slot.object().links(relationship.place).is_loaded() {
            wanted.push(key.clone());
        }
    }
    match relationship.direction {
        Direction::ManyToOne => load_referred(inner, relationship, &wanted),
        Direction::OneToMany | Direction::ManyToMany => {
            wanted.chunks(AT_ONCE).try_for_each(|keys| load_collections(inner, relationship, keys))
        }
    }
}

/// Many-to-one: the session may have what is referred to.
fn load_referred(
    inner: &mut Inner,
    relationship: &'static Relationship,
    keys: &[AnyRef],
) -> Result<()> {
    let mut found: HashMap<Identity, Option<AnyRef>, FixedState> = HashMap::default();
    let mut wanted: Vec<Vec<Value>> = Vec::new();
    let mut refers = Vec::with_capacity(keys.len());
    for key in keys {
        let object = inner.store.slot(key)?.object();
        let values = match relationship.refers_to_key() {
            true => foreign_key(object, relationship),
            false => values_of(object, relationship),
        };
        let Some(values) = values else {
            refers.push(None);
            continue;
        };
        let identity = Identity::of(&values);
        refers.push(Some(identity.clone()));
        if found.contains_key(&identity) {
            continue;
        }
        let known = match relationship.refers_to_key() {
            true => inner.store.find(relationship.target, &identity).map(|slot| slot.key.clone()),
            false => None,
        };
        match known {
            Some(known) => {
                let here = still_there(inner, &known)?;
                found.insert(identity, here.then_some(known));
            }
            None => {
                found.insert(identity, None);
                wanted.push(values);
            }
        }
    }
    let columns = other_columns(relationship);
    for lists in wanted.chunks(AT_ONCE) {
        let condition = match lists {
            [values] => have(&columns, values),
            several => have_one_of(&columns, several),
        };
        let statement = rows_of(relationship.target).where_(condition);
        for (values, key) in grouped(inner, relationship, statement, None)? {
            found.insert(Identity::of(&values), Some(key));
        }
    }
    for (key, refers) in keys.iter().zip(refers) {
        let to = refers.and_then(|identity| found.get(&identity).cloned().flatten());
        inner.store.fill(key, relationship.place, to.into_iter().collect());
    }
    Ok(())
}

/// Whether the row of an object is still there, which is loaded if it is expired.
fn still_there(inner: &mut Inner, key: &AnyRef) -> Result<bool> {
    let slot = inner.store.slot(key)?;
    if !inner.store.is_expired(slot) {
        return Ok(true);
    }
    match load_expired(inner, key) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::ObjectDeleted => Ok(false),
        Err(error) => Err(error),
    }
}

/// One-to-many and many-to-many: one statement for all of these.
fn load_collections(
    inner: &mut Inner,
    relationship: &'static Relationship,
    keys: &[AnyRef],
) -> Result<()> {
    let mut lists = Vec::with_capacity(keys.len());
    for key in keys {
        let object = inner.store.slot(key)?.known();
        lists.push(object.and_then(|object| own_values(object, relationship)));
    }
    let asked: Vec<Vec<Value>> = lists.iter().flatten().cloned().collect();
    let mut found: HashMap<Identity, Vec<AnyRef>, FixedState> = HashMap::default();
    if !asked.is_empty() {
        // All that is found is of the one that asks.
        let one = (asked.len() == 1).then(|| Identity::of(&asked[0]));
        let (statement, columns, pairs) = collection(relationship, one.is_some());
        let condition = match &*asked {
            [values] => have(&columns, values),
            several => have_one_of(&columns, several),
        };
        let mut statement = statement.where_(condition);
        if let Some(order) = relationship.order_by {
            statement = statement.order_by(order(None));
        }
        for (values, key) in grouped(inner, relationship, statement, pairs)? {
            let of = match (&one, &relationship.secondary) {
                (Some(one), Some(_)) => one.clone(),
                _ => Identity::of(&values),
            };
            found.entry(of).or_default().push(key);
        }
    }
    for (key, values) in keys.iter().zip(lists) {
        let of = values.and_then(|values| found.get(&Identity::of(&values)).cloned());
        let of = of.unwrap_or_default();
        let of = if relationship.uselist { of } else { one_of(relationship, of) };
        inner.store.fill(key, relationship.place, of);
    }
    Ok(())
}

/// The first of what a reference to one object has found.
fn one_of(relationship: &Relationship, mut found: Vec<AnyRef>) -> Vec<AnyRef> {
    if found.len() > 1 {
        tracing::warn!(
            code = "several-rows-for-one",
            "several rows were found for `{}::{}`, which refers to one object; the first is used",
            relationship.parent.class_name(),
            relationship.name
        );
        found.truncate(1);
    }
    found
}

/// The statement for a collection, or for several, the columns by which it is found, and where the pairs are in
/// its rows: those of one need none.
fn collection(
    relationship: &'static Relationship,
    is_one: bool,
) -> (Select<Vec<AnyColumn>>, Vec<AnyColumn>, Option<&'static Mapper>) {
    let target = relationship.target;
    let Some(secondary) = &relationship.secondary else {
        return (rows_of(target), other_columns(relationship), None);
    };
    let pairs: Vec<AnyColumn> = secondary.local.iter().map(|(_, column)| column.clone()).collect();
    let selected: &[AnyColumn] = if is_one { &[] } else { &pairs };
    let columns = target.columns().iter().chain(selected).cloned().collect::<Vec<_>>();
    let on = secondary
        .remote
        .iter()
        .map(|(place, column)| target.columns()[*place].clone().eq(column.clone()));
    let on = on.reduce(|all, next| crate::sql::and_((all, next)));
    let statement = crate::sql::select(columns);
    let statement = match on {
        Some(on) => statement.select_from(target.table()).join_on(&secondary.table, on),
        None => unreachable!("a foreign key has columns"),
    };
    (statement, pairs, (!is_one).then_some(relationship.parent))
}

/// The columns of the other side, in the order of the pairs.
fn other_columns(relationship: &Relationship) -> Vec<AnyColumn> {
    let column =
        |pair: &crate::orm::mapper::Pair| relationship.target.columns()[pair.other].clone();
    if relationship.refers_to_key() {
        // In the order of the key, as the values come.
        let key = relationship.target.key().iter();
        return key.map(|place| relationship.target.columns()[*place].clone()).collect();
    }
    relationship.pairs.iter().map(column).collect()
}

/// The values of the columns of this side by which others refer to it; `None` if one of them is NULL.
fn own_values(object: &dyn crate::orm::Object, relationship: &Relationship) -> Option<Vec<Value>> {
    match &relationship.secondary {
        Some(secondary) => secondary.local.iter().map(|(place, _)| value(object, *place)).collect(),
        None => values_of(object, relationship),
    }
}

fn values_of(object: &dyn crate::orm::Object, relationship: &Relationship) -> Option<Vec<Value>> {
    relationship.pairs.iter().map(|pair| value(object, pair.own)).collect()
}

fn value(object: &dyn crate::orm::Object, place: usize) -> Option<Value> {
    object.column(place).filter(|value| *value != Value::Null)
}

/// The objects that a statement finds, each with the values by which the other side is known.
fn grouped(
    inner: &mut Inner,
    relationship: &'static Relationship,
    statement: Select<Vec<AnyColumn>>,
    pairs: Option<&'static Mapper>,
) -> Result<Vec<(Vec<Value>, AnyRef)>> {
    let Inner { store, connections, .. } = inner;
    let to = Loading::new(store);
    let mut sink = Grouped { to, relationship, pairs, found: Vec::new() };
    connections
        .connection_for(Some(relationship.target), false)?
        .execute_to(&statement, &mut sink)?;
    Ok(sink.found)
}

struct Grouped<'s> {
    to: Loading<'s>,
    relationship: &'static Relationship,
    /// The struct whose columns stand behind those of the target, in the table of pairs.
    pairs: Option<&'static Mapper>,
    found: Vec<(Vec<Value>, AnyRef)>,
}

impl Grouped<'_> {
    /// The values of the row by which the other side is known.
    fn values(&mut self, row: &dyn RawRow, key: &AnyRef) -> Result<Vec<Value>> {
        let target = self.relationship.target;
        if let Some(secondary) = &self.relationship.secondary {
            if self.pairs.is_none() {
                return Ok(Vec::new());
            }
            let cells = secondary.local.iter().enumerate();
            return cells
                .map(|(number, (place, _))| {
                    self.relationship.parent.read_column(*place, row, target.width() + number)
                })
                .collect();
        }
        // What the session has may have been changed since, by the program or in the database.
        let columns: Vec<usize> = if self.relationship.refers_to_key() {
            target.key().to_vec()
        } else {
            self.relationship.pairs.iter().map(|pair| pair.other).collect()
        };
        if !self.to.is_new(key) {
            let fresh = target.read(row, 0)?;
            return Ok(columns.iter().map(|place| cell(&*fresh, *place)).collect());
        }
        let object = self.to.store().slot(key)?.object();
        Ok(columns.iter().map(|place| cell(object, *place)).collect())
    }
}

fn cell(object: &dyn crate::orm::Object, place: usize) -> Value {
    object.column(place).unwrap_or(Value::Null)
}

impl RowSink for Grouped<'_> {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if let Some(key) = self.to.object(self.relationship.target, row, 0)? {
            let values = self.values(row, &key)?;
            self.found.push((values, key));
        }
        Ok(())
    }
}
