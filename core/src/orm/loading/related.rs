//! Loading what a relationship refers to, of one object or of many.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::along::finish;
use super::by_key::load_expired_of;
use super::plan::{LoadedEntity, Plan, Planning};
use super::statement::{have, have_one_of, rows_of};
use super::target::Loading;
use crate::dbapi::RowSink;
use crate::error::Result;
use crate::orm::identity::Identity;
use crate::orm::key::{AnyRef, Class};
use crate::orm::mapper::{Direction, Mapper, Relationship};
use crate::orm::query::Options;
use crate::orm::session::Inner;
use crate::orm::state::State;
use crate::orm::store::foreign_key;
use crate::row::{Columns, RawRow};
use crate::sql::{AnyColumn, ClauseElement, Expr, Select};
use crate::value::Value;

/// Of so many objects one statement loads what they refer to.
const AT_ONCE: usize = 500;

/// How what relationships refer to is loaded.
pub(super) struct Along<'a> {
    /// A condition on what they refer to.
    pub(super) criteria: Option<&'a Expr<Option<bool>>>,
    /// For how many objects at once.
    pub(super) chunk: Option<usize>,
    /// What is said of what they refer to.
    pub(super) options: Option<Arc<Options>>,
    /// The structs from which the path came here.
    pub(super) path: &'a [Class],
}

impl Along<'_> {
    const NOTHING: Along<'static> = Along { criteria: None, chunk: None, options: None, path: &[] };

    fn chunk(&self) -> usize {
        self.chunk.unwrap_or(AT_ONCE)
    }

    fn populates_existing(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.populate_existing)
    }

    /// Whether the rows are asked for also of objects that the session has: to load them anew, or because a condition says
    /// which of them count.
    fn asks_for_all(&self, target: &'static Mapper) -> bool {
        let on_target =
            |options: &Arc<Options>| options.criteria.iter().any(|(of, _)| *of == target);
        self.criteria.is_some()
            || self.populates_existing()
            || self.options.as_ref().is_some_and(on_target)
    }
}

/// Loads what a relationship of these objects refers to, of those for which it is not known.
pub(in crate::orm) fn load_related(
    inner: &mut Inner,
    relationship: &'static Relationship,
    objects: &[AnyRef],
) -> Result<()> {
    load_along(inner, relationship, objects, &Along::NOTHING)
}

/// The same as options say.
pub(super) fn load_along(
    inner: &mut Inner,
    relationship: &'static Relationship,
    objects: &[AnyRef],
    along: &Along<'_>,
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
        Direction::ManyToOne => load_referred(inner, relationship, &wanted, along),
        Direction::OneToMany | Direction::ManyToMany => {
            let mut chunks = wanted.chunks(along.chunk());
            chunks.try_for_each(|keys| load_collections(inner, relationship, keys, along))
        }
    }
}

/// Many-to-one: the session may have what is referred to.
fn load_referred(
    inner: &mut Inner,
    relationship: &'static Relationship,
    keys: &[AnyRef],
    along: &Along<'_>,
) -> Result<()> {
    let mut found: HashMap<Identity, Option<AnyRef>, FixedState> = HashMap::default();
    let mut wanted: Vec<Vec<Value>> = Vec::new();
    let mut refers = Vec::with_capacity(keys.len());
    let by_identity = relationship.refers_to_key() && !along.asks_for_all(relationship.target);
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
        let known = match by_identity {
            true => inner.store.find(relationship.target, &identity).map(|slot| slot.key.clone()),
            false => None,
        };
        match known {
            Some(known) => {
                found.insert(identity, Some(known));
            }
            None => {
                found.insert(identity, None);
                wanted.push(values);
            }
        }
    }
    let known: Vec<AnyRef> = found.values().flatten().cloned().collect();
    let gone = load_expired_of(inner, &known)?;
    found.values_mut().for_each(|known| {
        if known.as_ref().is_some_and(|known| gone.contains(known)) {
            *known = None;
        }
    });
    let columns = other_columns(relationship);
    for lists in wanted.chunks(along.chunk()) {
        let statement = |condition| rows_of(relationship.target).where_(condition);
        let of = asked(inner, &columns, lists, &mut |inner, condition, _| {
            grouped(inner, relationship, statement(condition), None, along)
        })?;
        found.extend(of.into_iter().map(|(identity, keys)| (identity, keys.into_iter().next())));
    }
    for (key, refers) in keys.iter().zip(refers) {
        let to = refers.and_then(|identity| found.get(&identity).cloned().flatten());
        inner.store.fill(key, relationship.place, to.into_iter().collect());
    }
    Ok(())
}

/// What a statement has found, by what it was asked for.
type Found = HashMap<Identity, Vec<AnyRef>, FixedState>;

/// Runs a statement for lists of values, and says what was found for which. `run` is told whether there is one list.
fn asked(
    inner: &mut Inner,
    columns: &[AnyColumn],
    lists: &[Vec<Value>],
    run: &mut Run<'_>,
) -> Result<Found> {
    let mut found = Found::default();
    if let [values] = lists {
        // However the database has written them.
        let all = run(inner, have(columns, values), true)?;
        found.insert(Identity::of(values), all.into_iter().map(|(_, key)| key).collect());
        return Ok(found);
    }
    for (values, key) in run(inner, have_one_of(columns, lists), false)? {
        found.entry(Identity::of(&values)).or_default().push(key);
    }
    let known: HashSet<Identity, FixedState> =
        lists.iter().map(|list| Identity::of(list)).collect();
    if found.keys().all(|identity| known.contains(identity)) {
        return Ok(found);
    }
    // Some are equal to the database and written differently, such as texts in upper and lower case.
    for values in lists {
        if let Entry::Vacant(entry) = found.entry(Identity::of(values)) {
            let all = run(inner, have(columns, values), false)?;
            entry.insert(all.into_iter().map(|(_, key)| key).collect());
        }
    }
    Ok(found)
}

/// Runs a statement with a condition.
type Run<'r> =
    dyn FnMut(&mut Inner, Expr<Option<bool>>, bool) -> Result<Vec<(Vec<Value>, AnyRef)>> + 'r;

/// One-to-many and many-to-many: one statement for all of these.
fn load_collections(
    inner: &mut Inner,
    relationship: &'static Relationship,
    keys: &[AnyRef],
    along: &Along<'_>,
) -> Result<()> {
    let mut lists = Vec::with_capacity(keys.len());
    for key in keys {
        let object = inner.store.slot(key)?.known();
        lists.push(object.and_then(|object| own_values(object, relationship)));
    }
    let wanted: Vec<Vec<Value>> = lists.iter().flatten().cloned().collect();
    let mut found = Found::default();
    if !wanted.is_empty() {
        let (_, columns, _) = collection(relationship, false);
        found = asked(inner, &columns, &wanted, &mut |inner, condition, is_one| {
            // All that is found is of the one that asks.
            let (statement, _, pairs) = collection(relationship, is_one);
            let mut statement = statement.where_(condition);
            if let Some(order) = relationship.order_by {
                statement = statement.order_by(order(None));
            }
            grouped(inner, relationship, statement, pairs, along)
        })?;
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
    along: &Along<'_>,
) -> Result<Vec<(Vec<Value>, AnyRef)>> {
    let target = relationship.target;
    let planning = Planning {
        options: along.options.clone(),
        path: along.path,
        leaves_explicit: true,
        by_key: false,
    };
    let mut select = statement.for_session();
    if let (Some(select), Some(criteria)) = (&mut select, along.criteria) {
        select.where_(criteria.clone());
    }
    let plan = Plan::of(&[LoadedEntity::new(target, 0)], &planning, &mut select)?;
    let repeats = plan.as_ref().is_some_and(|plan| plan.told_apart_by.is_some());
    // What a flush reads it is about to change.
    let writes = inner.flushing;
    let Inner { store, connections, .. } = inner;
    let to = Loading::new(store).with_plan(plan);
    let to = if along.populates_existing() { to.populate_existing() } else { to };
    let mut sink = Grouped { to, relationship, pairs, found: Vec::new() };
    let statement: &dyn ClauseElement = match &select {
        Some(select) => select,
        None => &statement,
    };
    connections.connection_for(Some(target), writes)?.execute_to(statement, &mut sink)?;
    let Grouped { mut to, mut found, .. } = sink;
    let plan = to.take_plan();
    finish(inner, plan, along.path)?;
    if repeats {
        let mut seen = HashSet::<(Identity, u32), FixedState>::default();
        found.retain(|(values, key)| seen.insert((Identity::of(values), key.number())));
    }
    Ok(found)
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
