//! By which statement objects came, and what that said.

use std::sync::Arc;

use super::Store;
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::query::{Options, same_options};
use crate::orm::state::State;

impl Store {
    /// What is loaded from now on comes by another statement.
    pub(in crate::orm) fn begin_batch(&mut self) {
        self.batch = self.batch.wrapping_add(1);
    }

    /// The object was loaded anew, by a statement that says this of its relationships.
    pub(in crate::orm) fn keep_options(
        &mut self,
        key: &AnyRef,
        options: Option<&Arc<Options>>,
    ) -> Result<()> {
        let batch = self.batch;
        let slot = self.slot_mut(key)?;
        slot.batch = batch;
        if options.is_some() {
            slot.options = options.cloned();
        }
        Ok(())
    }

    /// The objects that came with this one by the same statement, and this one first.
    pub(in crate::orm) fn peers(&self, key: &AnyRef) -> Result<Vec<AnyRef>> {
        let of = self.slot(key)?;
        let is_peer = |slot: &&super::Slot| {
            slot.batch == of.batch
                && slot.key.class() == key.class()
                && slot.key != *key
                && slot.state == State::Persistent
                && same_options(slot.options.as_ref(), of.options.as_ref())
        };
        let peers = self.slots.iter().flatten().filter(is_peer).map(|slot| slot.key.clone());
        Ok(std::iter::once(key.clone()).chain(peers).collect())
    }
}
