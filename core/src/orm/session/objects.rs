//! Objects come and go.

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::attributes::Item;
use crate::orm::class::MappedClass;
use crate::orm::key::Ref;
use crate::orm::object::Given;
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

    /// Gives all objects up. Changes that were not flushed are lost.
    pub fn expunge_all(&mut self) {
        self.0.store.clear();
    }
}
