//! That objects are forgotten which nobody can reach.
//!
//! Keys are counted. Those that are held by relationships of the objects themselves are taken off, and what is
//! then still held is held by the program: these objects stay, with all that can be reached from them, and
//! those with changes. It is what Python's collector does with circles.

use super::Store;
use crate::orm::key::AnyRef;

/// Below this many objects nothing is looked for.
const FEW: usize = 1_024;

impl Store {
    /// Forgets what nobody can reach, if there are many more objects than after the last time.
    pub(in crate::orm) fn sweep_sometimes(&mut self) {
        if self.len() > self.swept_at.max(FEW) {
            self.sweep();
            self.swept_at = self.len() * 2;
        }
    }

    /// Forgets what nobody can reach, and has no changes.
    pub(in crate::orm) fn sweep(&mut self) {
        let held = self.held_from_outside();
        let mut stays = vec![false; self.slots.len()];
        let mut open: Vec<usize> = Vec::new();
        for (place, slot) in self.slots.iter().enumerate() {
            let Some(slot) = slot else { continue };
            if held[place] > 0 || slot.history().is_some() || slot.is_touched() || slot.deleting {
                open.push(place);
            }
        }
        while let Some(place) = open.pop() {
            if std::mem::replace(&mut stays[place], true) {
                continue;
            }
            self.each_link(place, &mut |key| {
                if self.slot(key).is_ok() {
                    open.push(key.slot());
                }
            });
        }
        let gone = |(place, slot): (usize, &Option<super::Slot>)| {
            let slot = slot.as_ref()?;
            (!stays[place]).then(|| slot.key.clone())
        };
        let gone: Vec<AnyRef> = self.slots.iter().enumerate().filter_map(gone).collect();
        for key in gone {
            // It is here: it was found a moment ago.
            let _ = self.forget(&key);
        }
    }

    /// How many keys of each object are held by others than the objects of the session, and it.
    fn held_from_outside(&self) -> Vec<usize> {
        let count =
            |slot: &Option<super::Slot>| slot.as_ref().map_or(0, |slot| slot.key.count() - 1);
        let mut held: Vec<usize> = self.slots.iter().map(count).collect();
        for place in 0..self.slots.len() {
            self.each_link(place, &mut |key| {
                if self.slot(key).is_ok() {
                    held[key.slot()] = held[key.slot()].saturating_sub(1);
                }
            });
        }
        held
    }

    fn each_link(&self, place: usize, to: &mut dyn FnMut(&AnyRef)) {
        let Some(Some(slot)) = self.slots.get(place) else { return };
        let object = slot.object();
        for relationship in 0..object.mapper().definitions().len() {
            object.links(relationship).each(to);
        }
    }
}
