//! An object is loaded anew.

use std::sync::Arc;

use super::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::object::Object;
use crate::orm::state::State;

impl Store {
    /// The object is as the database has it now. Columns with changes that were not flushed keep them, unless
    /// `overwrite` says that they are lost.
    pub(in crate::orm) fn renew(
        &mut self,
        key: &AnyRef,
        mut fresh: Box<dyn Object>,
        overwrite: bool,
    ) -> Result<()> {
        self.freshen(key)?;
        let slot = self.slot_mut(key)?;
        if !slot.is_touched() || overwrite {
            drop(slot.lend());
            slot.give_back(fresh);
            self.untouch(key);
            return Ok(());
        }
        let mapper = fresh.mapper();
        let base: Arc<dyn Object> = Arc::from(fresh.duplicate());
        let (object, history) = slot.parts();
        let before = history.as_ref().and_then(|history| history.base.clone());
        for place in 0..mapper.width() {
            let is = object.column(place);
            if let (Some(is), Some(before)) = (&is, &before)
                && before.column(place).as_ref() != Some(is)
            {
                fresh.set_column(place, is.as_ref())?;
            }
        }
        for place in 0..mapper.definitions().len() {
            let (links, to) = (object.links(place), fresh.links_mut(place));
            super::history::copy_links(links, to);
        }
        if let Some(history) = history {
            let mut base = base.duplicate();
            if let Some(before) = &before {
                for place in 0..mapper.definitions().len() {
                    super::history::copy_links(before.links(place), base.links_mut(place));
                }
            }
            history.base = Some(Arc::from(base));
        }
        drop(slot.lend());
        slot.give_back(fresh);
        Ok(())
    }

    /// The object is loaded anew when it is read the next time, and its changes are lost.
    pub(in crate::orm) fn expire(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.attached(key)?;
        if slot.state != State::Persistent {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("{key:?} has no row, so that it cannot be expired"),
            ));
        }
        let slot = self.slot_mut(key)?;
        if let Some(base) = slot.base().map(Object::duplicate) {
            drop(slot.lend());
            slot.give_back(base);
        }
        slot.expire();
        self.untouch(key);
        Ok(())
    }

    /// Whether a column or a relationship of the object differs from what the database has, as far as is known.
    pub(in crate::orm) fn is_modified(&self, key: &AnyRef) -> bool {
        let Ok(slot) = self.slot(key) else { return false };
        let Some(base) = slot.base() else { return slot.is_touched() };
        let (object, mapper) = (slot.object(), slot.object().mapper());
        let differs = |place| object.column(place) != base.column(place);
        let links = |place| {
            let (is, was) = (object.links(place), base.links(place));
            is.has_new() || !super::Change::between(Some(was), is).is_empty()
        };
        (0..mapper.width()).any(differs) || (0..mapper.definitions().len()).any(links)
    }
}
