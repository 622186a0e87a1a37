//! What a flush has changed of objects, so that they are what they were if it fails.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::object::Object;
use crate::orm::store::Store;
use crate::value::Value;

/// What a flush has changed of objects.
pub(super) struct Undo {
    /// How many objects had changes before the flush.
    touched: usize,
    seen: HashSet<u32, FixedState>,
    /// What objects were, of those that the flush has changed.
    objects: Vec<(AnyRef, Box<dyn Object>)>,
    /// Those that the flush itself has found to be deleted.
    deleting: Vec<AnyRef>,
    /// New objects that have lost their parents.
    given_up: Vec<AnyRef>,
    /// New objects that take the rows of deleted ones, which stand second.
    switched: Vec<(AnyRef, AnyRef)>,
}

impl Undo {
    pub(super) fn new(store: &Store) -> Self {
        Self {
            touched: store.touched().len(),
            seen: HashSet::default(),
            objects: Vec::new(),
            deleting: Vec::new(),
            given_up: Vec::new(),
            switched: Vec::new(),
        }
    }

    /// Sets a column of an object.
    pub(super) fn set(
        &mut self,
        store: &mut Store,
        key: &AnyRef,
        place: usize,
        value: &Value,
    ) -> Result<()> {
        self.remember(store, key)?;
        store.slot_mut(key)?.object_mut().set_column(place, value.as_ref())
    }

    /// Notes what an object is, before it is changed.
    pub(super) fn remember(&mut self, store: &Store, key: &AnyRef) -> Result<()> {
        if self.seen.insert(key.number()) {
            self.objects.push((key.clone(), store.slot(key)?.object().duplicate()));
        }
        Ok(())
    }

    /// Marks an object to be deleted.
    pub(super) fn set_deleting(&mut self, store: &mut Store, key: &AnyRef) -> Result<()> {
        store.touch(key)?;
        store.slot_mut(key)?.deleting = true;
        self.deleting.push(key.clone());
        Ok(())
    }

    /// New objects were given up.
    pub(super) fn given_up(&mut self, keys: Vec<AnyRef>) {
        self.given_up.extend(keys);
    }

    /// A new object takes the row of a deleted one.
    pub(super) fn switch(&mut self, store: &mut Store, new: &AnyRef, old: &AnyRef) -> Result<()> {
        self.remember(store, new)?;
        store.take_row(new, old)?;
        self.switched.push((new.clone(), old.clone()));
        Ok(())
    }

    /// New objects that take the rows of deleted ones, which stand second.
    pub(super) fn switched(&self) -> &[(AnyRef, AnyRef)] {
        &self.switched
    }

    /// What objects were, of those that the flush has changed.
    pub(super) fn objects(&self) -> &[(AnyRef, Box<dyn Object>)] {
        &self.objects
    }

    /// What new objects were is kept for a rollback: they are new ones again then.
    pub(super) fn keep(self, store: &mut Store) {
        for (key, object) in self.objects {
            store.keep_inserted(&key, object);
        }
    }

    /// Makes objects what they were.
    pub(super) fn restore(self, store: &mut Store) {
        for (new, _) in &self.switched {
            store.give_row_back(new);
        }
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
        store.untouch_behind(self.touched);
        for key in self.given_up {
            store.take_back(&key);
        }
    }
}
