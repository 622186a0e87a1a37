//! Objects leave the session, and others do not refer to them any more.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::history::copy_links;
use super::{Change, Slot, Store};
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::RelationshipKind;
use crate::orm::object::{Links, keys_of, removed_of};
use crate::orm::state::State;

/// Those that leave.
type Gone = HashSet<AnyRef, FixedState>;

impl Store {
    /// Gives objects up, and with them their places. Relationships of others that referred to them are not known any
    /// more.
    pub(in crate::orm) fn remove_all(&mut self, keys: &[AnyRef]) -> Result<()> {
        // Who refers to an object has a key of it: mostly nobody does, and nobody is looked for.
        if keys.iter().any(|key| self.may_be_referred(key)) {
            self.leave_links(&keys.iter().cloned().collect());
        }
        for key in keys {
            if self.slot(key).is_err() {
                continue;
            }
            let slot = self.forget(key)?;
            // The other lists are read with a look at whether their objects are here.
            if slot.touched {
                self.stale += 1;
            }
        }
        self.tidy_touched_sometimes();
        Ok(())
    }

    /// Whether there are more keys of an object than the lists of the session have, and who asks for it.
    fn may_be_referred(&self, key: &AnyRef) -> bool {
        const SLOT_AND_LIST: usize = 2;
        const OF_THE_PROGRAM: usize = 1;
        let Ok(slot) = self.slot(key) else { return false };
        let kept = slot.history().map_or(0, |history| history.kept.len());
        let lists = usize::from(slot.listed) + usize::from(slot.unsettled) + kept;
        key.count() > SLOT_AND_LIST + OF_THE_PROGRAM + lists
    }

    fn leave_links(&mut self, gone: &Gone) {
        for slot in self.slots.iter_mut().flatten() {
            if gone.contains(&slot.key) {
                continue;
            }
            for (place, definition) in slot.object().mapper().definitions().iter().enumerate() {
                if definition.kind() == RelationshipKind::Many {
                    leave_collection(slot, place, gone);
                } else {
                    leave_reference(slot, place, gone);
                }
            }
        }
    }
}

/// A reference to one that leaves is not known any more.
fn leave_reference(slot: &mut Slot, place: usize, gone: &Gone) {
    let (object, history) = slot.parts();
    let refers = has(object.links(place), gone);
    if refers {
        object.links_mut(place).unload();
    }
    let Some(history) = history else { return };
    if refers && let Some(settled) = &mut history.settled {
        settled.links_mut(place).unload();
    }
    if let Some(base) = &history.base {
        // If it was changed from another one, that change is not written.
        if refers || has(base.links(place), gone) {
            let mut base = base.duplicate();
            base.links_mut(place).unload();
            history.base = Some(Arc::from(base));
        }
    }
}

/// A collection that has in the database some that leave is not known any more, but for its changes; one that was to get
/// them has them not.
fn leave_collection(slot: &mut Slot, place: usize, gone: &Gone) {
    let is_stored = slot.state != State::Pending;
    let (object, history) = slot.parts();
    let Some(history) = history else {
        if has(object.links(place), gone) {
            leave(object.links_mut(place), gone, is_stored);
        }
        return;
    };
    let is_changed = history.base.is_some();
    let was_in = history.base.as_ref().is_some_and(|base| has(base.links(place), gone));
    if !was_in {
        if has(object.links(place), gone) {
            leave(object.links_mut(place), gone, is_stored && !is_changed);
        }
        if let Some(settled) = &mut history.settled
            && has(settled.links(place), gone)
        {
            leave(settled.links_mut(place), gone, is_stored && !is_changed);
        }
        return;
    }
    let Some(base) = &history.base else { return };
    let change = Change::between(Some(base.links(place)), object.links(place));
    let mut base = base.duplicate();
    base.links_mut(place).unload();
    history.base = Some(Arc::from(base));
    let links = object.links_mut(place);
    links.unload();
    change.removed.iter().filter(|key| !gone.contains(*key)).for_each(|key| links.remove(key));
    let added = change.added.into_iter().filter(|key| !gone.contains(key));
    added.for_each(|key| links.append(key));
    let settled = history.settled_mut(object);
    copy_links(object.links(place), settled.links_mut(place));
}

/// Whether a field refers to one of these, or has let one go since it is not loaded.
fn has(links: &dyn Links, gone: &Gone) -> bool {
    let mut has = false;
    links.each(&mut |key| has |= gone.contains(key));
    links.each_removed(&mut |key| has |= gone.contains(key));
    has
}

/// Takes these out of a field, or makes it not loaded.
fn leave(links: &mut dyn Links, gone: &Gone, unload: bool) {
    if links.has_new() {
        return;
    }
    let mut keys = keys_of(links);
    keys.retain(|key| !gone.contains(key));
    if links.is_loaded() && !unload {
        links.set(keys);
        return;
    }
    let is_loaded = links.is_loaded();
    let removed = removed_of(links);
    links.unload();
    if !is_loaded {
        removed.iter().filter(|key| !gone.contains(*key)).for_each(|key| links.remove(key));
        keys.into_iter().for_each(|key| links.append(key));
    }
}
