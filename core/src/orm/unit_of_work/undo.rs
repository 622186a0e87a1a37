//! What a flush has changed of objects, so that they are what they were if it fails.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::object::Object;
use crate::orm::store::Store;
use crate::value::Value;

/// What a flush has changed of objects.
#[derive(Default)]
pub(super) struct Undo {
    seen: HashSet<u32, FixedState>,
    objects: Vec<(AnyRef, Box<dyn Object>)>,
    /// Those that the flush itself has found to be deleted.
    deleting: Vec<AnyRef>,
}

impl Undo {
    /// Sets a column of an object.
    pub(super) fn set(
        &mut self,
        store: &mut Store,
        key: &AnyRef,
        place: usize,
        value: &Value,
    ) -> Result<()> {
        let slot = store.slot_mut(key)?;
        if self.seen.insert(key.number()) {
            self.objects.push((key.clone(), slot.object().duplicate()));
        }
        slot.object_mut().set_column(place, value.as_ref())
    }

    /// Marks an object to be deleted.
    pub(super) fn set_deleting(&mut self, store: &mut Store, key: &AnyRef) -> Result<()> {
        store.touch(key)?;
        store.slot_mut(key)?.deleting = true;
        self.deleting.push(key.clone());
        Ok(())
    }

    /// Makes objects what they were.
    pub(super) fn restore(self, store: &mut Store) {
        for (key, object) in self.objects {
            if let Ok(slot) = store.slot_mut(&key) {
                drop(slot.lend());
                slot.give_back(object);
            }
        }
        for key in self.deleting {
            if let Ok(slot) = store.slot_mut(&key) {
                slot.deleting = false;
            }
        }
    }
}
