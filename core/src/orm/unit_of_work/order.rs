//! In which order objects are written: parents before children, and the other way round for deletes.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::changed_keys::values_of;
use super::plan::Plan;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::{Direction, Mapper};
use crate::orm::state::State;
use crate::orm::store::Store;
use crate::sql::schema::ForeignKeyConstraint;
use crate::topological::{Dependency, sort};

/// Objects of one class that are written together.
pub(super) struct Batch {
    pub(super) mapper: &'static Mapper,
    pub(super) objects: Vec<AnyRef>,
}

/// The order in which objects are inserted and updated.
pub(super) fn saves(store: &Store, plan: &Plan, keys: &[AnyRef]) -> Result<Vec<Batch>> {
    let groups = by_class(store, keys)?;
    let classes: Vec<&'static Mapper> = groups.iter().map(|group| group.mapper).collect();
    let edges = class_edges(&classes)?;
    let has_own =
        |class: usize| edges.iter().any(|edge| edge.before == class && edge.after == class);
    let others: Vec<Dependency> =
        edges.iter().copied().filter(|edge| edge.before != edge.after).collect();
    match sort(classes.len(), &others) {
        Ok(order) => {
            let mut batches = Vec::with_capacity(groups.len());
            for class in order {
                if has_own(class) {
                    let edges = save_edges(store, plan, &groups[class].objects)?;
                    batches.extend(levels(store, &groups[class].objects, &edges)?);
                } else {
                    let Batch { mapper, objects } = &groups[class];
                    batches.push(Batch { mapper, objects: objects.clone() });
                }
            }
            Ok(batches)
        }
        // Classes refer to each other in a circle: their objects need not.
        Err(_) => levels(store, keys, &save_edges(store, plan, keys)?),
    }
}

/// The order in which objects are deleted.
pub(super) fn deletes(store: &Store, keys: &[AnyRef]) -> Result<Vec<Batch>> {
    let groups = by_class(store, keys)?;
    let classes: Vec<&'static Mapper> = groups.iter().map(|group| group.mapper).collect();
    let edges = class_edges(&classes)?;
    let has_own =
        |class: usize| edges.iter().any(|edge| edge.before == class && edge.after == class);
    let others = edges.iter().filter(|edge| edge.before != edge.after);
    let others: Vec<Dependency> =
        others.map(|edge| Dependency { before: edge.after, after: edge.before }).collect();
    match sort(classes.len(), &others) {
        Ok(order) => {
            let mut batches = Vec::with_capacity(groups.len());
            for class in order {
                if has_own(class) {
                    let edges = delete_edges(store, &groups[class].objects)?;
                    batches.extend(levels(store, &groups[class].objects, &edges)?);
                } else {
                    let Batch { mapper, objects } = &groups[class];
                    batches.push(Batch { mapper, objects: objects.clone() });
                }
            }
            Ok(batches)
        }
        Err(_) => levels(store, keys, &delete_edges(store, keys)?),
    }
}

/// The objects of each class, in their order; the classes in the order of their first objects.
fn by_class(store: &Store, keys: &[AnyRef]) -> Result<Vec<Batch>> {
    let mut groups: Vec<Batch> = Vec::new();
    for key in keys {
        match groups.iter_mut().find(|group| group.mapper.class() == key.class()) {
            Some(group) => group.objects.push(key.clone()),
            None => {
                let mapper = store.slot(key)?.object().mapper();
                groups.push(Batch { mapper, objects: vec![key.clone()] });
            }
        }
    }
    Ok(groups)
}

/// Which classes come before which: by their relationships, and by the foreign keys of their tables.
fn class_edges(classes: &[&'static Mapper]) -> Result<Vec<Dependency>> {
    let mut edges = Vec::new();
    let place = |mapper: &Mapper| classes.iter().position(|class| *class == mapper);
    for (number, class) in classes.iter().enumerate() {
        for relationship in class.relationships()? {
            let Some(target) = place(relationship.target) else { continue };
            match relationship.direction {
                _ if relationship.viewonly || relationship.post_update => {}
                Direction::ManyToOne => edges.push(Dependency { before: target, after: number }),
                Direction::OneToMany => edges.push(Dependency { before: number, after: target }),
                Direction::ManyToMany => {}
            }
        }
        for key in class.table().foreign_keys() {
            let is_referred =
                |other: &&'static Mapper| other.table().full_name() == key.referred_table();
            let is_late = class.relationships()?.iter().any(|relationship| {
                relationship.post_update
                    && writes(relationship.pairs.iter().map(|pair| pair.own), class, key)
            });
            if let Some(referred) = classes.iter().position(is_referred)
                && !is_late
            {
                edges.push(Dependency { before: referred, after: number });
            }
        }
    }
    edges.sort_unstable_by_key(|edge| (edge.before, edge.after));
    edges.dedup();
    Ok(edges)
}

/// Whether these columns are those of the foreign key.
fn writes(
    mut columns: impl Iterator<Item = usize>,
    mapper: &Mapper,
    key: &ForeignKeyConstraint,
) -> bool {
    columns.all(|place| key.columns().contains(mapper.column(place).name()))
}

/// Which objects must be written before which, as numbers in the list.
fn save_edges(store: &Store, plan: &Plan, keys: &[AnyRef]) -> Result<Vec<Dependency>> {
    let places: HashMap<u32, usize, FixedState> =
        keys.iter().enumerate().map(|(place, key)| (key.number(), place)).collect();
    let is_pending = |key: &AnyRef| store.slot(key).is_ok_and(|slot| slot.state == State::Pending);
    let mut edges = Vec::new();
    for (after, key) in keys.iter().enumerate() {
        for populate in plan.populates.get(&key.number()).into_iter().flatten() {
            if let Some(before) = places.get(&populate.source.number())
                && is_pending(&populate.source)
            {
                edges.push(Dependency { before: *before, after });
            }
        }
    }
    // Foreign keys that the program has set itself to keys of new objects.
    let pending: Vec<AnyRef> = keys.iter().filter(|key| is_pending(key)).cloned().collect();
    edges.extend(edges_of_values(store, keys, &pending, &places, false)?);
    Ok(edges)
}

/// The same for deletes: what refers to another goes before it.
fn delete_edges(store: &Store, keys: &[AnyRef]) -> Result<Vec<Dependency>> {
    let places: HashMap<u32, usize, FixedState> =
        keys.iter().enumerate().map(|(place, key)| (key.number(), place)).collect();
    edges_of_values(store, keys, keys, &places, true)
}

/// Edges by the values of foreign keys, to those of these objects that they refer to.
fn edges_of_values(
    store: &Store,
    keys: &[AnyRef],
    referred: &[AnyRef],
    places: &HashMap<u32, usize, FixedState>,
    reverse: bool,
) -> Result<Vec<Dependency>> {
    let mut edges = Vec::new();
    let mut known: Vec<Referred<'_>> = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let slot = store.slot(key)?;
        let object = if reverse { slot.known().unwrap_or(slot.object()) } else { slot.object() };
        for constraint in object.mapper().table().foreign_keys() {
            let Some(values) = values_of(object, constraint.columns()) else { continue };
            let at = match known.iter().position(|of| refers_alike(of.constraint, constraint)) {
                Some(at) => at,
                None => {
                    known.push(Referred::new(store, constraint, referred, places, reverse)?);
                    known.len() - 1
                }
            };
            let others = known[at].places.get(&Identity::of(&values));
            for place in others.into_iter().flatten().filter(|place| **place != number) {
                let (before, after) = if reverse { (number, *place) } else { (*place, number) };
                edges.push(Dependency { before, after });
            }
        }
    }
    Ok(edges)
}

/// The objects that a foreign key can refer to, by the values that it refers to.
struct Referred<'m> {
    constraint: &'m ForeignKeyConstraint,
    places: HashMap<Identity, Vec<usize>, FixedState>,
}

impl<'m> Referred<'m> {
    fn new(
        store: &Store,
        constraint: &'m ForeignKeyConstraint,
        referred: &[AnyRef],
        places: &HashMap<u32, usize, FixedState>,
        reverse: bool,
    ) -> Result<Self> {
        let mut found: HashMap<Identity, Vec<usize>, FixedState> = HashMap::default();
        for key in referred {
            let slot = store.slot(key)?;
            let object =
                if reverse { slot.known().unwrap_or(slot.object()) } else { slot.object() };
            if object.mapper().table().full_name() == constraint.referred_table()
                && let Some(values) = values_of(object, constraint.referred_columns())
                && let Some(place) = places.get(&key.number())
            {
                found.entry(Identity::of(&values)).or_default().push(*place);
            }
        }
        Ok(Self { constraint, places: found })
    }
}

/// Whether two foreign keys refer to the same columns.
fn refers_alike(one: &ForeignKeyConstraint, other: &ForeignKeyConstraint) -> bool {
    one.referred_table() == other.referred_table()
        && one.referred_columns() == other.referred_columns()
}

/// Objects in levels: those that wait for nothing first, each level by classes.
fn levels(store: &Store, keys: &[AnyRef], edges: &[Dependency]) -> Result<Vec<Batch>> {
    let mut waits = vec![0_usize; keys.len()];
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); keys.len()];
    for edge in edges {
        waits[edge.after] += 1;
        followers[edge.before].push(edge.after);
    }
    let mut batches = Vec::new();
    let mut ready: Vec<usize> = (0..keys.len()).filter(|place| waits[*place] == 0).collect();
    let mut done = 0;
    while !ready.is_empty() {
        done += ready.len();
        let level: Vec<AnyRef> = ready.iter().map(|place| keys[*place].clone()).collect();
        batches.extend(by_class(store, &level)?);
        let mut next = Vec::new();
        for place in ready {
            for follower in &followers[place] {
                waits[*follower] -= 1;
                if waits[*follower] == 0 {
                    next.push(*follower);
                }
            }
        }
        next.sort_unstable();
        ready = next;
    }
    if done == keys.len() { Ok(batches) } else { Err(circular(keys, &waits)) }
}

#[cold]
fn circular(keys: &[AnyRef], waits: &[usize]) -> Error {
    let waiting = keys.iter().zip(waits).filter(|(_, waits)| **waits > 0);
    let mut names: Vec<String> = waiting.map(|(key, _)| format!("{key:?}")).collect();
    names.truncate(10);
    Error::new(
        ErrorKind::CircularDependency,
        format!(
            "the rows of {} need each other, so that none can be written first; `post_update` on one of the \
             relationships sets its foreign key by a second statement",
            names.join(", ")
        ),
    )
}
