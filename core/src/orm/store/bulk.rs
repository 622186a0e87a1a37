//! What a statement over a whole table means for the objects of a session.

use super::Store;
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::state::State;
use crate::sql::schema::Table;

impl Store {
    /// The persistent objects of this table, which have to be loaded before they are read from now on. Their changes
    /// that were not flushed stay.
    pub(in crate::orm) fn expire_of_table(&mut self, table: &Table) -> Vec<AnyRef> {
        let mut keys = Vec::new();
        for slot in self.slots.iter_mut().flatten() {
            if slot.state == State::Persistent
                && slot.object().mapper().table().full_name() == table.full_name()
            {
                slot.expire();
                keys.push(slot.key.clone());
            }
        }
        keys
    }

    /// The row of an object was deleted by a statement. A rollback brings it back.
    pub(in crate::orm) fn was_deleted(&mut self, key: &AnyRef) -> Result<()> {
        self.touch(key)?;
        let slot = self.slot_mut(key)?;
        slot.deleting = false;
        slot.state = State::Deleted;
        let known = slot.base().unwrap_or(slot.object()).duplicate();
        self.forget_identity(key, &*known);
        self.untouch(key);
        Ok(())
    }
}
