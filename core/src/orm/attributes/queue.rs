//! What was added to a collection and removed from it while it was not loaded.

use crate::orm::key::AnyRef;

/// What was added to a collection and removed from it while it was not loaded.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    added: Vec<AnyRef>,
    removed: Vec<AnyRef>,
}

impl Queue {
    pub(super) fn add(&mut self, key: AnyRef) {
        // What was removed and is added again is still removed: whether the database has it is not known.
        if !self.added.contains(&key) {
            self.added.push(key);
        }
    }

    pub(super) fn remove(&mut self, key: &AnyRef) {
        let added = self.added.len();
        self.added.retain(|added| added != key);
        if self.added.len() == added && !self.removed.contains(key) {
            self.removed.push(key.clone());
        }
    }

    pub(super) fn each_added(this: Option<&Self>, to: &mut dyn FnMut(&AnyRef)) {
        this.into_iter().flat_map(|queue| &queue.added).for_each(to);
    }

    pub(super) fn each_removed(&self, to: &mut dyn FnMut(&AnyRef)) {
        self.removed.iter().for_each(to);
    }

    /// What a load has found, with what was added and without what was removed.
    pub(super) fn apply(this: Option<Box<Self>>, mut keys: Vec<AnyRef>) -> Vec<AnyRef> {
        let Some(queue) = this else { return keys };
        keys.retain(|key| !queue.removed.contains(key));
        for added in queue.added {
            if !keys.contains(&added) {
                keys.push(added);
            }
        }
        keys
    }
}
