//! Runs a flush.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::order::{self, Batch};
use super::undo::Undo;
use super::{dependencies, secondary, switch, write};
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::session::Inner;
use crate::orm::state::State;

/// Runs a flush. What is in memory says then what the database has.
pub(super) fn run(inner: &mut Inner, undo: &mut Undo) -> Result<()> {
    let plan = dependencies::find(inner, undo)?;
    let mut saves = Vec::new();
    let mut deletes = Vec::new();
    for key in inner.store.touched() {
        let Ok(slot) = inner.store.attached(key) else { continue };
        match slot.state {
            State::Persistent if slot.deleting => deletes.push(key.clone()),
            State::Pending | State::Persistent => saves.push(key.clone()),
            State::Deleted | State::Detached => {}
        }
    }
    switch::find(inner, undo, &plan, &saves)?;
    let switched: HashSet<u32, FixedState> =
        undo.switched().iter().map(|(_, old)| old.number()).collect();
    deletes.retain(|key| !switched.contains(&key.number()));
    let store = &inner.store;
    // Both orders before anything is sent: a circle is found by them.
    let save_batches = order::saves(store, &plan, &saves)?;
    let delete_batches = order::deletes(store, &deletes)?;
    for batch in &save_batches {
        write::save(inner, undo, &plan, batch)?;
    }
    write::late(inner, undo, &plan)?;
    secondary::write(inner, &plan)?;
    for batch in &delete_batches {
        write::delete(inner, undo, batch)?;
    }
    complete(inner, undo, &save_batches, &deletes)
}

/// Notes in memory what the database has now.
fn complete(inner: &mut Inner, undo: &Undo, saves: &[Batch], deletes: &[AnyRef]) -> Result<()> {
    let store = &mut inner.store;
    for key in undo.switched().iter().map(|(_, old)| old).chain(deletes) {
        let slot = store.slot_mut(key)?;
        slot.deleting = false;
        slot.state = State::Deleted;
        let known = slot.base().unwrap_or(slot.object()).duplicate();
        store.forget_identity(key, &*known);
    }
    for key in saves.iter().flat_map(|batch| &batch.objects) {
        let slot = store.slot(key)?;
        if slot.state == State::Pending {
            store.inserted(key)?;
        } else if let Some(base) = slot.base() {
            let mapper = base.mapper();
            if mapper.identity_of(base) == mapper.identity_of(slot.object()) {
                continue;
            }
            let base = base.duplicate();
            store.forget_identity(key, &*base);
        }
        store.identify(key)?;
    }
    for (new, _) in undo.switched() {
        store.identify(new)?;
    }
    // Keys that have followed others.
    for (key, before) in undo.objects() {
        let Ok(slot) = store.slot(key) else { continue };
        let mapper = before.mapper();
        if slot.state == State::Persistent
            && mapper.identity_of(&**before) != mapper.identity_of(slot.object())
        {
            store.forget_identity(key, &**before);
            store.identify(key)?;
        }
    }
    store.flushed();
    Ok(())
}
