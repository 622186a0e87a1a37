//! Objects whose keys change, and objects that take the rows of others.

use std::sync::Arc;

use super::{Slot, Store};
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::object::keys_of;
use crate::orm::state::State;
use crate::sql::{Assignment, Dynamic};
use crate::value::Value;

impl Store {
    /// The objects that have rows.
    pub(in crate::orm) fn persistent(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten().filter(|slot| slot.state == State::Persistent)
    }

    /// The objects that have rows or are to have them.
    pub(in crate::orm) fn in_work(&self) -> impl Iterator<Item = &Slot> {
        let is = |slot: &&Slot| matches!(slot.state, State::Pending | State::Persistent);
        self.slots.iter().flatten().filter(is)
    }

    /// Columns of an object have these values, which the database sets by itself. An object with other changes is written
    /// with them, except for its key, by which its row is found.
    pub(in crate::orm) fn follow_key(
        &mut self,
        key: &AnyRef,
        columns: &[(usize, Value)],
    ) -> Result<()> {
        let was_touched = self.slot(key)?.is_touched();
        self.touch(key)?;
        let slot = self.slot_mut(key)?;
        let mapper = slot.object().mapper();
        for (place, value) in columns {
            slot.object_mut().set_column(*place, value.as_ref())?;
            if was_touched && !mapper.is_key(*place) {
                continue;
            }
            if let Some(base) = slot.base() {
                let mut base = base.duplicate();
                base.set_column(*place, value.as_ref())?;
                slot.history_mut().base = Some(Arc::from(base));
            }
        }
        Ok(())
    }

    /// A new object is written over the row of one that is deleted. What it does not say of the row stays.
    pub(in crate::orm) fn take_row(&mut self, new: &AnyRef, old: &AnyRef) -> Result<()> {
        let slot = self.slot(old)?;
        let mut row = slot.known().unwrap_or(slot.object()).duplicate();
        let mapper = row.mapper();
        for relationship in 0..mapper.definitions().len() {
            row.links_mut(relationship).unload();
        }
        let slot = self.slot_mut(new)?;
        for place in 0..mapper.width() {
            if slot.object().column(place).is_none()
                && let Some(value) = row.column(place)
            {
                slot.object_mut().set_column(place, value.as_ref())?;
            }
        }
        slot.state = State::Persistent;
        slot.history_mut().base = Some(Arc::from(row));
        Ok(())
    }

    /// An object was inserted: collections that were added to have what was added, and nothing else can be in them.
    pub(in crate::orm) fn inserted(&mut self, key: &AnyRef) -> Result<()> {
        let now = self.now;
        self.slot_mut(key)?.inserted(now);
        let object = self.slot_mut(key)?.object_mut();
        for relationship in object.mapper().relationships()? {
            let links = object.links(relationship.place);
            let added = if links.is_loaded() { Vec::new() } else { keys_of(links) };
            if relationship.uselist && !relationship.viewonly && !added.is_empty() {
                object.links_mut(relationship.place).set(added);
            }
        }
        Ok(())
    }

    /// The object is a new one again.
    pub(in crate::orm) fn give_row_back(&mut self, new: &AnyRef) {
        if let Ok(slot) = self.slot_mut(new) {
            slot.state = State::Pending;
            slot.history_mut().base = None;
        }
    }

    /// A new object that was given up is to be written again.
    pub(in crate::orm) fn take_back(&mut self, key: &AnyRef) {
        if let Ok(slot) = self.slot_mut(key)
            && slot.state == State::Detached
        {
            slot.state = State::Pending;
            // It is here: it was found a moment ago.
            let _ = self.note_touched(key);
        }
    }
}

impl Store {
    /// The next flush sets a column to an expression.
    pub(in crate::orm) fn set_expression(
        &mut self,
        key: &AnyRef,
        place: usize,
        to: Assignment<Dynamic>,
    ) -> Result<()> {
        self.attached(key)?;
        self.touch(key)?;
        let expressions = &mut self.slot_mut(key)?.history_mut().expressions;
        expressions.retain(|(other, _)| *other != place);
        expressions.push((place, to));
        Ok(())
    }

    /// The columns that the next flush sets to expressions.
    pub(in crate::orm) fn expressions(&self, key: &AnyRef) -> &[(usize, Assignment<Dynamic>)] {
        let history = self.slot(key).ok().and_then(Slot::history);
        history.map_or(&[], |history| &history.expressions)
    }
}
