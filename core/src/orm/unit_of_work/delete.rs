//! Marking objects to be deleted, and those that are deleted with them.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::{PassiveDeletes, Relationship};
use crate::orm::object::keys_of;
use crate::orm::session::Inner;
use crate::orm::state::State;

/// Marks an object to be deleted by the next flush, with all that the cascade `delete` reaches.
pub(in crate::orm) fn delete(inner: &mut Inner, key: &AnyRef) -> Result<()> {
    for key in reached(inner, key)?.0 {
        inner.store.touch(&key)?;
        inner.store.slot_mut(&key)?.deleting = true;
    }
    Ok(())
}

/// The object, and all that is deleted with it and not marked yet; and objects that have no row, which are given up. What
/// is not loaded is loaded.
pub(super) fn reached(inner: &mut Inner, key: &AnyRef) -> Result<(Vec<AnyRef>, Vec<AnyRef>)> {
    let (mut all, mut given_up) = (Vec::new(), Vec::new());
    let mut seen: HashSet<u32, FixedState> = HashSet::default();
    let mut open = vec![key.clone()];
    while let Some(key) = open.pop() {
        let Ok(slot) = inner.store.attached(&key) else { continue };
        if slot.deleting || !seen.insert(key.number()) {
            continue;
        }
        if slot.state == State::Pending {
            inner.store.give_up(&key)?;
            given_up.push(key);
            continue;
        }
        all.push(key.clone());
        let relationships = slot.object().mapper().relationships()?;
        let mut next = Vec::new();
        for relationship in relationships.iter().filter(|of| of.cascade.delete && !of.viewonly) {
            next.extend(deleted_with(inner, &key, relationship)?);
        }
        // The first one first.
        open.extend(next.into_iter().rev());
    }
    Ok((all, given_up))
}

/// The objects that a relationship deletes with the object.
fn deleted_with(
    inner: &mut Inner,
    key: &AnyRef,
    relationship: &'static Relationship,
) -> Result<Vec<AnyRef>> {
    if relationship.passive_deletes == PassiveDeletes::No {
        inner.load_for(std::slice::from_ref(key), relationship)?;
    }
    let slot = inner.store.slot(key)?;
    Ok(keys_of(slot.object().links(relationship.place)))
}
