//! Transactions and savepoints in memory: what objects were, and that they are that again.

use std::sync::Arc;

use super::Store;
use super::history::{History, Kept};
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::object::Object;
use crate::orm::state::State;

impl History {
    /// Keeps what the object is, unless that of this level is kept already.
    pub(super) fn keep(&mut self, level: u32, state: Option<State>, object: Arc<dyn Object>) {
        if self.kept.last().is_none_or(|kept| kept.level < level) {
            self.kept.push(Kept { level, state, object });
        }
    }

    /// What the object was when this level began; forgets that and all behind it.
    fn take_kept(&mut self, level: u32) -> Option<Kept> {
        let place = self.kept.iter().position(|kept| kept.level >= level)?;
        self.kept.drain(place..).next()
    }

    /// A savepoint was released: what was kept for it is the outer one's, unless that has its own.
    fn release(&mut self, level: u32) {
        let Some(place) = self.kept.iter().position(|kept| kept.level >= level) else { return };
        self.kept.truncate(place + 1);
        if place > 0 && self.kept[place - 1].level == level - 1 {
            self.kept.truncate(place);
        } else {
            self.kept[place].level = level - 1;
        }
    }
}

/// Forgets what was added to relationships that are not loaded, and removed from them; or, of an object that is out of
/// date, all that it refers to.
pub(super) fn forget_unloaded(object: &mut dyn Object, all: bool) {
    for relationship in 0..object.mapper().definitions().len() {
        let links = object.links(relationship);
        if all || !links.is_loaded() {
            object.links_mut(relationship).unload();
        }
    }
}

impl Store {
    pub(super) fn note_kept(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.slot_mut(key)?;
        if !slot.kept {
            slot.kept = true;
            self.kept.push(key.clone());
        }
        Ok(())
    }

    /// Keeps that an object was not in the session.
    pub(super) fn keep_absence(&mut self, key: &AnyRef) {
        let level = self.level;
        if let Ok(slot) = self.slot_mut(key) {
            let object = Arc::from(slot.object().duplicate());
            slot.history_mut().keep(level, None, object);
        }
        // It was placed a moment ago.
        let _ = self.note_kept(key);
    }

    /// The changes of all objects are in the database.
    pub(in crate::orm) fn flushed(&mut self) {
        for key in std::mem::take(&mut self.touched) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            slot.touched = false;
            forget_unloaded(slot.object_mut(), false);
            let history = slot.history_mut();
            history.base = None;
            history.settled = None;
            slot.tidy();
        }
    }

    /// Objects behind this place in the list have no changes of the program's.
    pub(in crate::orm) fn untouch_behind(&mut self, place: usize) {
        for key in self.touched.split_off(place.min(self.touched.len())) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            slot.touched = false;
            let history = slot.history_mut();
            history.base = None;
            history.settled = None;
            slot.tidy();
        }
    }

    /// One object is as the database has it: it is not to be deleted any more, either.
    pub(in crate::orm) fn untouch(&mut self, key: &AnyRef) {
        let Ok(slot) = self.slot_mut(key) else { return };
        slot.touched = false;
        slot.deleting = false;
        let history = slot.history_mut();
        history.base = None;
        history.settled = None;
        slot.tidy();
        self.touched.retain(|other| other != key);
    }

    /// A savepoint was released.
    pub(in crate::orm) fn release(&mut self, level: u32) {
        for key in self.kept.clone() {
            if let Ok(slot) = self.slot_mut(&key) {
                slot.history_mut().release(level);
                slot.tidy();
            }
        }
        self.filled.retain_mut(|(_, _, of)| {
            *of = (*of).min(level - 1);
            *of > 1
        });
        self.level = level - 1;
    }

    /// The transaction was committed.
    pub(in crate::orm) fn committed(&mut self) {
        for key in std::mem::take(&mut self.kept) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            slot.kept = false;
            slot.history_mut().kept.clear();
            slot.tidy();
            if slot.state == State::Deleted {
                slot.state = State::Detached;
            }
        }
        self.filled.clear();
        self.level = 1;
    }

    /// A transaction or a savepoint was rolled back: objects are what they were when it began.
    pub(in crate::orm) fn rolled_back(&mut self, level: u32) {
        self.unsettled.clear();
        self.orphans.clear();
        for slot in self.slots.iter_mut().flatten() {
            slot.unsettled = false;
        }
        for key in std::mem::take(&mut self.touched) {
            if let Ok(slot) = self.slot_mut(&key) {
                slot.touched = false;
                let history = slot.history_mut();
                history.base = None;
                history.settled = None;
                slot.deleting = false;
            }
        }
        // Keys are given up before any is taken again: two objects may have had the same one.
        let mut restored = Vec::new();
        for key in self.kept.clone() {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            let Some(kept) = slot.history_mut().take_kept(level) else { continue };
            if let Some(now) = slot.lend() {
                self.forget_identity(&key, &*now);
                restored.push((key, kept, now));
            }
        }
        for (key, kept, now) in restored {
            // It is here: its object was taken from it.
            let _ = self.restore(&key, kept, now);
        }
        let slots = &mut self.slots;
        self.kept.retain(|key| {
            let Some(Some(slot)) = slots.get_mut(key.slot()) else { return false };
            slot.kept = slot.history().is_some_and(|history| !history.kept.is_empty());
            slot.tidy();
            slot.kept
        });
        self.unload_filled(level);
        if level <= 1 {
            self.level = 1;
            self.expire_all();
        } else {
            self.level = level - 1;
        }
    }

    /// What was loaded in a savepoint may have been as that had made it.
    fn unload_filled(&mut self, level: u32) {
        let at = self.filled.iter().position(|(_, _, of)| *of >= level);
        let Some(at) = at else { return };
        for (key, relationship, _) in self.filled.split_off(at) {
            if let Ok(slot) = self.slot_mut(&key) {
                slot.object_mut().links_mut(relationship).unload();
            }
        }
    }

    fn restore(&mut self, key: &AnyRef, kept: Kept, now: Box<dyn Object>) -> Result<()> {
        let slot = self.slot_mut(key)?;
        let was_deleted = slot.state == State::Deleted;
        slot.deleting = false;
        let object = kept.object.duplicate();
        match kept.state {
            None => {
                slot.state = State::Detached;
                slot.give_back(object);
            }
            Some(state) => {
                slot.state = state;
                let is_same = (0..now.mapper().width())
                    .all(|place| now.column(place) == object.column(place));
                slot.give_back(object);
                // What was only deleted is still as it was loaded.
                if !(was_deleted && is_same) {
                    slot.expire();
                }
                // Only what has a row is found by its key.
                if state == State::Persistent {
                    self.identify(key)?;
                }
            }
        }
        Ok(())
    }
}
