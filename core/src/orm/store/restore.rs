//! Transactions and savepoints in memory: what objects were, and that they are that again.

use std::sync::Arc;

use super::Store;
use super::history::{History, Kept, copy_links};
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::object::Object;
use crate::orm::state::State;
use crate::value::Value;

impl History {
    /// Keeps what the object is, unless that of this level is kept already. Whether it was kept.
    fn keep(&mut self, level: u32, state: Option<State>, object: Option<Arc<dyn Object>>) -> bool {
        let is_new = self.kept.last().is_none_or(|kept| kept.level < level);
        if is_new {
            self.kept.push(Kept { level, state, object });
        }
        is_new
    }

    /// What the object was when this level began; forgets that and all behind it.
    fn take_kept(&mut self, level: u32) -> Option<Kept> {
        let place = self.kept.iter().position(|kept| kept.level >= level)?;
        self.kept.drain(place..).next()
    }

    /// A savepoint was released: what was kept for it is the outer one's, unless that has its own. Whether it is the outer
    /// one's now.
    fn release(&mut self, level: u32) -> bool {
        let Some(place) = self.kept.iter().position(|kept| kept.level >= level) else {
            return false;
        };
        self.kept.truncate(place + 1);
        let has_own = place > 0 && self.kept[place - 1].level == level - 1;
        if has_own {
            self.kept.truncate(place);
        } else {
            self.kept[place].level = level - 1;
        }
        !has_own
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

/// An object that is made what it was.
struct Restored {
    key: AnyRef,
    kept: Kept,
    /// As of the last flush, if it has changes since.
    base: Option<Arc<dyn Object>>,
    now: Box<dyn Object>,
}

impl Store {
    fn kept_for(&mut self, level: u32) -> &mut Vec<AnyRef> {
        let place = level.saturating_sub(1) as usize;
        if self.kept.len() <= place {
            self.kept.resize_with(place + 1, Vec::new);
        }
        &mut self.kept[place]
    }

    /// Whether anything is kept for a rollback.
    pub(in crate::orm) fn has_kept(&self) -> bool {
        self.kept.iter().any(|list| !list.is_empty())
    }

    /// Keeps what an object is for the level that is open, unless that is kept already. A state of `None`: it was not in
    /// the session.
    pub(super) fn keep(
        &mut self,
        key: &AnyRef,
        state: Option<State>,
        object: Option<Arc<dyn Object>>,
    ) -> Result<()> {
        let level = self.level;
        if self.slot_mut(key)?.history_mut().keep(level, state, object) {
            self.kept_for(level).push(key.clone());
        }
        Ok(())
    }

    /// Keeps what a new object was before the flush that has inserted it.
    pub(in crate::orm) fn keep_inserted(&mut self, key: &AnyRef, before: Box<dyn Object>) {
        let Ok(slot) = self.slot_mut(key) else { return };
        if slot.history().is_some()
            && let Some(kept) = slot.history_mut().kept.last_mut()
            && kept.state.is_none()
            && kept.object.is_none()
        {
            kept.object = Some(Arc::from(before));
        }
    }

    /// The changes of all objects are in the database.
    pub(in crate::orm) fn flushed(&mut self) {
        self.stale = 0;
        for key in std::mem::take(&mut self.touched) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            slot.touched = false;
            slot.listed = false;
            forget_unloaded(slot.object_mut(), false);
            slot.forget_changes();
        }
    }

    /// Objects behind this place in the list have no changes of the program's.
    pub(in crate::orm) fn untouch_behind(&mut self, place: usize) {
        for key in self.touched.split_off(place.min(self.touched.len())) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            slot.listed = false;
            slot.forget_changes();
            if !std::mem::take(&mut slot.touched) {
                self.stale = self.stale.saturating_sub(1);
            }
        }
    }

    /// One object is as the database has it: it is not to be deleted any more, either.
    pub(in crate::orm) fn untouch(&mut self, key: &AnyRef) {
        let Ok(slot) = self.slot_mut(key) else { return };
        slot.deleting = false;
        slot.forget_changes();
        if std::mem::take(&mut slot.touched) {
            self.stale += 1;
            self.tidy_touched_sometimes();
        }
    }

    /// A savepoint was released.
    pub(in crate::orm) fn release(&mut self, level: u32) {
        for key in std::mem::take(self.kept_for(level)) {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            if slot.history().is_some() && slot.history_mut().release(level) {
                self.kept_for(level - 1).push(key);
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
        for key in std::mem::take(&mut self.kept).into_iter().flatten() {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            if slot.history().is_some() {
                slot.history_mut().kept.clear();
                slot.tidy();
            }
            if slot.state == State::Deleted {
                slot.state = State::Detached;
                self.forget_unheld(key);
            }
        }
        self.filled.clear();
        self.level = 1;
    }

    /// A transaction or a savepoint was rolled back: objects are what they were when it began.
    pub(in crate::orm) fn rolled_back(&mut self, level: u32) {
        self.orphans.clear();
        for key in std::mem::take(&mut self.unsettled) {
            if let Ok(slot) = self.slot_mut(&key) {
                slot.unsettled = false;
            }
        }
        // Keys are given up before any is taken again: two objects may have had the same one.
        let from = level.saturating_sub(1) as usize;
        let lists = self.kept.iter_mut().skip(from).map(std::mem::take);
        let keys: Vec<AnyRef> = lists.flatten().collect();
        let mut restored = Vec::with_capacity(keys.len());
        for key in keys {
            let Ok(slot) = self.slot_mut(&key) else { continue };
            if slot.history().is_none() {
                continue;
            }
            let history = slot.history_mut();
            let Some(kept) = history.take_kept(level) else { continue };
            let base = history.base.clone();
            if let Some(now) = slot.lend() {
                if let Some(base) = &base {
                    self.forget_identity(&key, &**base);
                }
                self.forget_identity(&key, &*now);
                restored.push(Restored { key, kept, base, now });
            }
        }
        self.stale = 0;
        for key in std::mem::take(&mut self.touched) {
            if let Ok(slot) = self.slot_mut(&key) {
                slot.touched = false;
                slot.listed = false;
                slot.deleting = false;
                slot.forget_changes();
            }
        }
        for restored in restored {
            // It is here: its object was taken from it.
            let _ = self.restore(restored);
        }
        self.unload_filled(level);
        if level <= 1 {
            self.level = 1;
            self.expire_all();
        } else {
            self.level = level - 1;
        }
        self.sweep_sometimes();
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

    fn restore(&mut self, restored: Restored) -> Result<()> {
        let Restored { key, kept, base, now } = restored;
        let slot = self.slot_mut(&key)?;
        let was = slot.state;
        slot.deleting = false;
        match (kept.state, kept.object) {
            (None, before) => {
                slot.state = State::Detached;
                slot.give_back(match before {
                    Some(before) if was != State::Pending => new_again(&*before, base, now),
                    _ => now,
                });
                slot.tidy();
                self.forget_unheld(key);
            }
            (Some(state), before) => {
                slot.state = state;
                let mut object = before.map_or(now.duplicate(), |before| before.duplicate());
                let is_same = (0..now.mapper().width())
                    .all(|place| now.column(place) == object.column(place));
                for place in 0..object.mapper().definitions().len() {
                    let mut is_here = true;
                    object.links(place).each(&mut |key| is_here &= self.slot(key).is_ok());
                    // It was expunged since.
                    if !is_here {
                        object.links_mut(place).unload();
                    }
                }
                let slot = self.slot_mut(&key)?;
                slot.give_back(object);
                slot.tidy();
                // What was only deleted is still as it was loaded.
                if !(was == State::Deleted && is_same) {
                    slot.expire();
                }
                // Only what has a row is found by its key.
                if state == State::Persistent {
                    self.identify(&key)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets an object that the session has given up, if this is the last key of it.
    fn forget_unheld(&mut self, key: AnyRef) {
        const SLOT_AND_THIS: usize = 2;
        if key.count() <= SLOT_AND_THIS {
            // It is here: who calls this has found it.
            let _ = self.forget(&key);
        }
    }
}

/// The object as a new one again: as it is now, without what flushes have made. `before` is what it was before it was
/// inserted, `base` what it was after the last flush, if it was changed since.
fn new_again(
    before: &dyn Object,
    base: Option<Arc<dyn Object>>,
    mut now: Box<dyn Object>,
) -> Box<dyn Object> {
    let mapper = before.mapper();
    let mut object = before.duplicate();
    for place in 0..mapper.width() {
        let is = now.column(place);
        let is_changed = base.as_ref().is_some_and(|base| base.column(place) != is);
        let is_made = match before.column(place) {
            None => true,
            Some(Value::Null) => refers(mapper, place),
            Some(_) => false,
        };
        if let Some(is) = is
            && (is_changed || !is_made)
        {
            // A value that was in the field can be set again.
            let _ = object.set_column(place, is.as_ref());
        }
    }
    for place in 0..mapper.definitions().len() {
        let to = object.links_mut(place);
        if now.links(place).has_new() {
            to.give(now.links_mut(place).take_given());
        } else {
            copy_links(now.links(place), to);
        }
    }
    object
}

/// Whether a column is part of a foreign key.
fn refers(mapper: &Mapper, place: usize) -> bool {
    let name = mapper.column(place).name();
    mapper.table().foreign_keys().any(|key| key.columns().contains(name))
}
