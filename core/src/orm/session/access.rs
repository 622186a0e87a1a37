//! Reading and changing objects.

use super::{Keys, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::state::State;
use crate::sql::{Col, ColumnType};

impl Session {
    /// An object, or several by a tuple or an array of keys. What is expired is loaded anew first.
    ///
    /// # Errors
    ///
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef): it is not in this session;
    /// [`ObjectDeleted`](ErrorKind::ObjectDeleted): it was deleted in this transaction, or its row is gone; what the statement may answer.
    pub fn read<K: Keys>(&mut self, keys: K) -> Result<K::Shared<'_>> {
        self.freshen(&keys)?;
        keys.shared(self)
    }

    /// The same, to change it. The change is written by the next [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and [`InvalidRequest`](ErrorKind::InvalidRequest) if an object stands there twice.
    pub fn edit<K: Keys>(&mut self, keys: K) -> Result<K::Unique<'_>> {
        self.freshen(&keys)?;
        keys.unique(self)
    }

    fn freshen(&mut self, keys: &impl Keys) -> Result<()> {
        let mut expired = Vec::new();
        let mut missing = None;
        let store = &self.0.store;
        keys.each(&mut |key| match store.living(key) {
            Ok(slot) if store.is_expired(slot) => expired.push(key.clone()),
            Ok(_) => {}
            Err(error) => missing = Some(error),
        });
        if let Some(error) = missing {
            return Err(error);
        }
        self.0.check_unless(expired.is_empty())?;
        expired.iter().try_for_each(|key| self.load_expired(key))
    }

    /// The object as it is in memory, also if it is expired; `None` if it is not in this session.
    #[must_use]
    pub fn peek<T: MappedClass>(&self, key: &Ref<T>) -> Option<&T> {
        self.0.store.get(key).ok()
    }

    /// How the object stands to this session; `None` if it is not in it.
    #[must_use]
    pub fn state<T>(&self, key: &Ref<T>) -> Option<State> {
        self.0.store.slot(key.any()).ok().map(|slot| slot.state)
    }

    /// Whether the object is expired, so that [`read`](Self::read) loads it anew; not if it is not in this session.
    #[must_use]
    pub fn is_expired<T>(&self, key: &Ref<T>) -> bool {
        let store = &self.0.store;
        store.slot(key.any()).is_ok_and(|slot| store.is_expired(slot))
    }

    /// Whether the object is in this session.
    #[must_use]
    pub fn contains<T>(&self, key: &Ref<T>) -> bool {
        self.0.store.contains(key.any())
    }

    /// Sets a column of an object. An expired object is not loaded for it.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), without a statement.
    pub fn set<T: MappedClass, V: ColumnType>(
        &mut self,
        key: &Ref<T>,
        column: Col<T, V>,
        value: impl Into<V>,
    ) -> Result<()> {
        let place = place_of(key.any(), column)?;
        let value = value.into().to_value();
        self.0.store.living(key.any())?;
        self.0.store.touch(key.any())?;
        let slot = self.0.store.slot_mut(key.any())?;
        slot.object_mut().set_column(place, value.as_ref())
    }

    /// The objects that were added and are not written yet.
    #[must_use]
    pub fn new_objects(&self) -> Vec<AnyRef> {
        self.touched(|state, _| state == State::Pending)
    }

    /// The objects that were changed, or at least lent to be changed, and are not written yet.
    #[must_use]
    pub fn dirty(&self) -> Vec<AnyRef> {
        self.touched(|state, deleting| state == State::Persistent && !deleting)
    }

    /// The objects that are to be deleted by the next flush.
    #[must_use]
    pub fn deleted(&self) -> Vec<AnyRef> {
        self.touched(|_, deleting| deleting)
    }

    fn touched(&self, is: impl Fn(State, bool) -> bool) -> Vec<AnyRef> {
        let store = &self.0.store;
        let slots = store.touched().iter().filter_map(|key| store.slot(key).ok());
        let wanted = slots.filter(|slot| slot.is_touched() && is(slot.state, slot.deleting));
        wanted.map(|slot| slot.key.clone()).collect()
    }

    /// Whether a column or a relationship of the object differs from what the database has, as far as the session
    /// knows.
    #[must_use]
    pub fn is_modified<T>(&self, key: &Ref<T>) -> bool {
        self.0.store.is_modified(key.any())
    }

    /// The value of a column as of the last flush or load, and the one it has now; `None` if they are the same.
    #[must_use]
    pub fn history<T: MappedClass, V: ColumnType + Clone>(
        &self,
        key: &Ref<T>,
        column: Col<T, V>,
    ) -> Option<(V, V)> {
        let place = place_of(key.any(), column).ok()?;
        let slot = self.0.store.slot(key.any()).ok()?;
        let (before, now) = (slot.base()?.column(place)?, slot.object().column(place)?);
        if before == now {
            return None;
        }
        let read = |value: &crate::value::Value| crate::row::read_value::<V>(value.as_ref()).ok();
        read(&before).zip(read(&now))
    }

    /// An object that is in this session and need not be loaded.
    pub(super) fn fresh<T: MappedClass>(&self, key: &Ref<T>) -> Result<&T> {
        let slot = self.0.store.living(key.any())?;
        if self.0.store.is_expired(slot) {
            return Err(expired(key.any()));
        }
        self.0.store.get(key)
    }

    pub(super) fn fresh_mut<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<&mut T> {
        self.fresh(key)?;
        self.0.store.edit(key)
    }
}

impl super::Inner {
    /// That the transaction has not failed, unless nothing is to be sent.
    fn check_unless(&self, nothing: bool) -> Result<()> {
        if nothing { Ok(()) } else { self.check() }
    }
}

/// The place of a column among those of its struct.
pub(super) fn place_of<T: MappedClass, V>(key: &AnyRef, column: Col<T, V>) -> Result<usize> {
    T::mapper().place_of_column(column.name()).ok_or_else(|| {
        Error::new(ErrorKind::NoSuchColumn, format!("{key:?} has no column {:?}", column.name()))
    })
}

#[cold]
fn expired(key: &AnyRef) -> Error {
    Error::new(
        ErrorKind::NotLoaded,
        format!(
            "{key:?} is expired, by a commit, a rollback or expire(): session.read(&key)? loads it anew, \
             session.peek(&key) shows the last value, and expire_on_commit(false) keeps it"
        ),
    )
}
