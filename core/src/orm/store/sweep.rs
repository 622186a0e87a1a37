//! That objects are forgotten which nobody can reach.
//!
//! Keys are counted. Those that are held by relationships of the objects themselves are taken off, and what is
//! then still held is held by the program: these objects stay, with all that can be reached from them, and
//! those with changes. It is what Python's collector does with circles.
//!
//! Copies of a collection share its list of keys, which holds each of them once. If all its copies are in objects of the
//! session the list is taken off, once; if the program has one the program holds its keys.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Store;
use crate::orm::key::AnyRef;
use crate::orm::object::Links;

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
            let has_changes = slot.is_touched() || slot.deleting || slot.unsettled;
            if held[place] > 0 || slot.history().is_some() || has_changes {
                open.push(place);
            }
        }
        while let Some(place) = open.pop() {
            if std::mem::replace(&mut stays[place], true) {
                continue;
            }
            self.each_field(place, &mut |links| {
                links.each(&mut |key| {
                    if self.slot(key).is_ok() {
                        open.push(key.slot());
                    }
                });
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
        let mut take_off = |links: &dyn Links| {
            links.each(&mut |key| {
                if self.slot(key).is_ok() {
                    held[key.slot()] = held[key.slot()].saturating_sub(1);
                }
            });
        };
        // Of the lists that several fields have: how many of these were met.
        let mut met = HashMap::<usize, usize, FixedState>::default();
        for place in 0..self.slots.len() {
            self.each_field(place, &mut |links| match links.shared() {
                Some((list, fields)) if fields > 1 => {
                    let met = met.entry(list).or_default();
                    *met += 1;
                    if *met == fields {
                        take_off(links);
                    }
                }
                _ => take_off(links),
            });
        }
        held
    }

    fn each_field(&self, place: usize, to: &mut dyn FnMut(&dyn Links)) {
        let Some(Some(slot)) = self.slots.get(place) else { return };
        let object = slot.object();
        for relationship in 0..object.mapper().definitions().len() {
            to(object.links(relationship));
        }
    }
}
