//! Objects come and go.

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::attributes::Item;
use crate::orm::class::{MappedClass, into_value};
use crate::orm::key::{AnyRef, Ref};
use crate::orm::mapper::Relationship;
use crate::orm::object::{Given, Object, keys_of};
use crate::orm::state::State;
use crate::orm::unit_of_work;

impl Session {
    /// Takes a value in, which the next flush inserts, with the values in its relationships. The key of an object
    /// that is to be deleted takes that back.
    ///
    /// # Errors
    ///
    /// [`Mapping`](ErrorKind::Mapping) if the struct is mapped in a way that cannot be;
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef) if a key is none of this session's.
    pub fn add<T: MappedClass>(&mut self, item: impl Into<Item<T>>) -> Result<Ref<T>> {
        let store = &mut self.0.store;
        store.settle()?;
        match item.into().into_given() {
            Given::New(object) => {
                let key = store.add(object)?;
                store.settle()?;
                Ok(Ref::new(key))
            }
            Given::Ref(key) => {
                let state = store.attached(&key)?.state;
                if state == State::Deleted {
                    return Err(Error::new(
                        ErrorKind::InvalidRequest,
                        format!(
                            "{key:?} was deleted in this transaction; only a rollback brings it back"
                        ),
                    ));
                }
                store.slot_mut(&key)?.deleting = false;
                Ok(Ref::new(key))
            }
        }
    }

    /// The same for several, in their order.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn add_all<T: MappedClass, I: Into<Item<T>>>(
        &mut self,
        items: impl IntoIterator<Item = I>,
    ) -> Result<Vec<Ref<T>>> {
        items.into_iter().map(|item| self.add(item)).collect()
    }

    /// Marks an object to be deleted by the next flush. Objects that its relationships with the cascade `delete` refer
    /// to are deleted with it, and loaded for that.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it has no row yet, or none any more; what the loads may answer.
    pub fn delete<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        let slot = self.0.store.attached(key.any())?;
        if slot.state != State::Persistent {
            let (key, state) = (key.any(), slot.state);
            let what = match state {
                State::Pending => "has no row yet; expunge() takes it out of the session",
                _ => "was deleted already",
            };
            return Err(Error::new(ErrorKind::InvalidRequest, format!("{key:?} {what}")));
        }
        self.0.store.settle()?;
        unit_of_work::delete(&mut self.0, key.any())
    }

    /// The same for several, in their order.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete); those before the one that fails are marked.
    pub fn delete_all<'k, T: MappedClass>(
        &mut self,
        keys: impl IntoIterator<Item = &'k Ref<T>>,
    ) -> Result<()> {
        keys.into_iter().try_for_each(|key| self.delete(key))
    }

    /// Takes an object out of the session and gives it back as a value, with what is loaded of its relationships
    /// nested in it as values. What relationships with the cascade `expunge` refer to goes with it.
    ///
    /// # Errors
    ///
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef): it is not in this session.
    pub fn expunge<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<T> {
        self.0.store.slot(key.any())?;
        self.0.store.settle()?;
        let value = self.snapshot(key)?;
        self.expunge_key(key.any())?;
        Ok(value)
    }

    fn expunge_key(&mut self, key: &AnyRef) -> Result<()> {
        let Ok(slot) = self.0.store.remove(key) else { return Ok(()) };
        let Some(object) = slot.into_object() else { return Ok(()) };
        for relationship in object.mapper().relationships()? {
            if relationship.cascade.expunge {
                for other in keys_of(object.links(relationship.place)) {
                    self.expunge_key(&other)?;
                }
            }
        }
        Ok(())
    }

    /// Gives all objects up. Changes that were not flushed are lost.
    pub fn expunge_all(&mut self) {
        self.0.store.clear();
    }

    /// A copy of an object as a value, with what is loaded of its relationships nested in it as values. An object
    /// that refers back to one that it is nested in comes without that.
    ///
    /// # Errors
    ///
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef): it is not in this session.
    pub fn snapshot<T: MappedClass>(&self, key: &Ref<T>) -> Result<T> {
        let object = self.copy(key.any(), &mut Vec::new())?;
        match into_value(object) {
            Some(value) => Ok(value),
            None => Err(self.0.store.lost(key.any())),
        }
    }

    /// A copy of an object that is nested in those of `path`.
    fn copy(&self, key: &AnyRef, path: &mut Vec<AnyRef>) -> Result<Box<dyn Object>> {
        let mut copy = self.0.store.slot(key)?.object().duplicate();
        path.push(key.clone());
        for relationship in copy.mapper().relationships()? {
            self.nest(relationship, &mut *copy, path)?;
        }
        path.pop();
        Ok(copy)
    }

    fn nest(
        &self,
        relationship: &Relationship,
        copy: &mut dyn Object,
        path: &mut Vec<AnyRef>,
    ) -> Result<()> {
        let links = copy.links_mut(relationship.place);
        if !links.is_loaded() || links.has_new() {
            return Ok(());
        }
        let keys = keys_of(links);
        let is_back = !relationship.uselist && keys.iter().any(|key| path.contains(key));
        if is_back {
            copy.links_mut(relationship.place).unload();
            return Ok(());
        }
        let mut others = Vec::with_capacity(keys.len());
        for key in keys {
            if !path.contains(&key) {
                others.push(self.copy(&key, path)?);
            }
        }
        copy.links_mut(relationship.place).nest(others);
        Ok(())
    }
}
