//! The objects of a session: where they are, how they stand, what they were.

mod bulk;
mod change;
mod history;
mod keys;
mod leave;
mod origin;
mod parents;
mod renew;
mod restore;
mod settle;
mod slot;
mod sweep;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::FixedState;

pub(in crate::orm) use change::{Change, Orphan};
pub(in crate::orm) use settle::foreign_key;
pub(in crate::orm) use slot::Slot;

use super::class::{MappedClass, downcast, downcast_mut};
use super::identity::Identity;
use super::key::{AnyRef, Class, Ref, SessionId};
use super::mapper::Mapper;
use super::object::Object;
use super::query::Options;
use super::state::State;
use crate::error::{Error, ErrorKind, Result};

/// The objects of a session.
pub(in crate::orm) struct Store {
    session: SessionId,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// The persistent objects by their keys.
    identities: HashMap<(Class, Identity), u32, FixedState>,
    /// Those with changes since the last flush, in the order of their first change.
    touched: Vec<AnyRef>,
    /// How many of these have no changes any more, or are not here any more.
    stale: usize,
    /// Those of which another may have to be told a change.
    unsettled: Vec<AnyRef>,
    /// New objects that have lost a parent since the last flush.
    orphans: Vec<Orphan>,
    /// Those of which it is kept what they were, for a rollback; by the level for which it is kept. Some are not here any
    /// more.
    kept: Vec<Vec<AnyRef>>,
    /// Relationships that were loaded in savepoints: the object, which of them, and how deep.
    filled: Vec<(AnyRef, usize, u32)>,
    /// What is loaded now is of this time.
    now: u32,
    /// Objects that were loaded before this time are expired.
    expired_before: u32,
    /// Which statement loads now: what it loads are peers.
    batch: u32,
    /// How deep transactions and savepoints are nested; 1 if there is none: the first change begins one.
    level: u32,
    /// How many objects there were after the last sweep.
    swept_at: usize,
}

impl Store {
    pub(in crate::orm) fn new(session: SessionId) -> Self {
        Self {
            session,
            slots: Vec::new(),
            free: Vec::new(),
            identities: HashMap::default(),
            touched: Vec::new(),
            stale: 0,
            unsettled: Vec::new(),
            orphans: Vec::new(),
            kept: Vec::new(),
            filled: Vec::new(),
            now: 1,
            expired_before: 0,
            batch: 0,
            level: 1,
            swept_at: 0,
        }
    }

    pub(in crate::orm) fn session(&self) -> SessionId {
        self.session
    }

    /// How many objects there are.
    pub(in crate::orm) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(in crate::orm) fn set_level(&mut self, level: u32) {
        self.level = level;
    }

    // ── finding

    /// What is kept of an object.
    ///
    /// # Errors
    ///
    /// [`ForeignRef`](ErrorKind::ForeignRef) or [`Detached`](ErrorKind::Detached): it is not here.
    #[inline]
    pub(in crate::orm) fn slot(&self, key: &AnyRef) -> Result<&Slot> {
        match self.slots.get(key.slot()) {
            Some(Some(slot)) if slot.key == *key => Ok(slot),
            _ => Err(self.lost(key)),
        }
    }

    #[inline]
    pub(in crate::orm) fn slot_mut(&mut self, key: &AnyRef) -> Result<&mut Slot> {
        match self.slots.get_mut(key.slot()) {
            Some(Some(slot)) if slot.key == *key => {}
            _ => return Err(self.lost(key)),
        }
        match &mut self.slots[key.slot()] {
            Some(slot) => Ok(slot),
            None => unreachable!("it was there a moment ago"),
        }
    }

    /// Whether the object is here.
    pub(in crate::orm) fn contains(&self, key: &AnyRef) -> bool {
        self.slot(key).is_ok_and(|slot| slot.state != State::Detached)
    }

    /// An object that the session has and has not given up.
    pub(in crate::orm) fn attached(&self, key: &AnyRef) -> Result<&Slot> {
        let slot = self.slot(key)?;
        if slot.state == State::Detached { Err(self.lost(key)) } else { Ok(slot) }
    }

    /// An object that can be read and changed: the session has it, and its row is not deleted.
    #[inline]
    pub(in crate::orm) fn living(&self, key: &AnyRef) -> Result<&Slot> {
        let slot = self.slot(key)?;
        match slot.state {
            State::Pending | State::Persistent => Ok(slot),
            State::Deleted => Err(deleted(key)),
            State::Detached => Err(self.lost(key)),
        }
    }

    #[cold]
    #[inline(never)]
    pub(in crate::orm) fn lost(&self, key: &AnyRef) -> Error {
        if key.session_id() != self.session {
            return Error::new(
                ErrorKind::ForeignRef,
                format!(
                    "{key:?} is the key of an object of another session; take a snapshot() there and merge() it \
                     here, or get() the object here"
                ),
            );
        }
        Error::new(
            ErrorKind::Detached,
            format!(
                "{key:?} is no longer in this session: it was expunged, the session was closed, or the \
                 transaction that inserted or deleted it has ended"
            ),
        )
    }

    /// The persistent object with this key.
    #[inline]
    pub(in crate::orm) fn find(&self, mapper: &Mapper, identity: &Identity) -> Option<&Slot> {
        // One clone of a number, as most are.
        let place = self.identities.get(&(mapper.class(), identity.clone()))?;
        self.slots[*place as usize].as_ref()
    }

    pub(in crate::orm) fn get<T: MappedClass>(&self, key: &Ref<T>) -> Result<&T> {
        let slot = self.slot(key.any())?;
        downcast(slot.object()).ok_or_else(|| self.lost(key.any()))
    }

    /// The object, which is about to be changed.
    pub(in crate::orm) fn edit<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<&mut T> {
        self.touch(key.any())?;
        self.unsettle(key.any());
        let slot = self.slot_mut(key.any())?;
        match downcast_mut(slot.object_mut()) {
            Some(value) => Ok(value),
            None => unreachable!("the key is that of a {}", std::any::type_name::<T>()),
        }
    }

    /// Several objects that are about to be changed, all different.
    pub(in crate::orm) fn edit_many<const N: usize>(
        &mut self,
        keys: [&AnyRef; N],
    ) -> Result<[&mut dyn Object; N]> {
        for key in keys {
            self.touch(key)?;
            self.unsettle(key);
        }
        let slots = self.slots.get_disjoint_mut(keys.map(AnyRef::slot));
        let slots = slots.map_err(|_| {
            Error::new(
                ErrorKind::InvalidRequest,
                "the same object was asked for twice, to change it; name each once",
            )
        })?;
        Ok(slots.map(|slot| match slot {
            Some(slot) => slot.object_mut(),
            None => unreachable!("it was touched a moment ago"),
        }))
    }

    // ── coming and going

    fn place(&mut self, mapper: &'static Mapper, object: Box<dyn Object>, state: State) -> AnyRef {
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let key = AnyRef::new(self.session, mapper.class(), place);
        self.slots[place as usize] =
            Some(Slot::new(key.clone(), object, state, (self.now, self.batch)));
        key
    }

    /// Takes a value in that is to be inserted.
    pub(in crate::orm) fn add(&mut self, object: Box<dyn Object>) -> Result<AnyRef> {
        self.check_given(&*object)?;
        self.add_checked(object)
    }

    /// The same, of one that can be taken in.
    fn add_checked(&mut self, object: Box<dyn Object>) -> Result<AnyRef> {
        let mapper = object.mapper();
        let key = self.place(mapper, object, State::Pending);
        self.keep(&key, None, None)?;
        self.touch(&key)?;
        self.unsettle(&key);
        Ok(key)
    }

    /// Takes an object in that was loaded, and that is not here yet.
    pub(in crate::orm) fn add_loaded(
        &mut self,
        mapper: &'static Mapper,
        identity: Identity,
        object: Box<dyn Object>,
        options: Option<&Arc<Options>>,
    ) -> AnyRef {
        let key = self.place(mapper, object, State::Persistent);
        if let (Some(_), Ok(slot)) = (options, self.slot_mut(&key)) {
            slot.options = options.cloned();
        }
        self.identities.insert((mapper.class(), identity), key.number());
        key
    }

    /// Notes that the object is found by its key from now on.
    pub(in crate::orm) fn identify(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.slot(key)?;
        let mapper = slot.object().mapper();
        let Some(identity) = mapper.identity_of(slot.object()) else { return Ok(()) };
        match self.identities.entry((mapper.class(), identity)) {
            Entry::Occupied(mut entry) => {
                let before = entry.insert(key.number());
                if before != key.number() {
                    self.replaced(before)?;
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(key.number());
            }
        }
        Ok(())
    }

    /// The row of an object was gone, and is now that of another: it has left the session.
    fn replaced(&mut self, place: u32) -> Result<()> {
        let Some(Some(slot)) = self.slots.get(place as usize) else { return Ok(()) };
        if slot.state != State::Persistent {
            return Ok(());
        }
        let key = slot.key.clone();
        self.touch(&key)?;
        self.slot_mut(&key)?.state = State::Detached;
        Ok(())
    }

    /// Notes that the object is not found by this key any more.
    pub(in crate::orm) fn forget_identity(&mut self, key: &AnyRef, object: &dyn Object) {
        let mapper = object.mapper();
        if let Some(identity) = mapper.identity_of(object)
            && let Entry::Occupied(entry) = self.identities.entry((mapper.class(), identity))
            && *entry.get() as usize == key.slot()
        {
            entry.remove();
        }
    }

    /// Gives an object up, and with it the place.
    pub(in crate::orm) fn remove(&mut self, key: &AnyRef) -> Result<()> {
        self.remove_all(std::slice::from_ref(key))
    }

    /// As [`remove`](Self::remove), of one that is in no list.
    fn forget(&mut self, key: &AnyRef) -> Result<Slot> {
        self.slot(key)?;
        let Some(slot) = self.slots[key.slot()].take() else { return Err(self.lost(key)) };
        self.free.push(key.number());
        self.forget_identity(key, slot.known().unwrap_or(slot.object()));
        Ok(slot)
    }

    /// An object that has no row is given up: it is no longer part of the session's work.
    pub(in crate::orm) fn give_up(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.slot_mut(key)?;
        slot.state = State::Detached;
        if std::mem::take(&mut slot.touched) {
            self.stale += 1;
        }
        Ok(())
    }

    /// Gives all objects up.
    pub(in crate::orm) fn clear(&mut self) {
        let session = self.session;
        // The level stays: what is added from now on is undone with the savepoint that is open.
        *self = Self { now: self.now, level: self.level, ..Self::new(session) };
    }

    // ── lists

    /// Notes that an object has changes.
    fn note_touched(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.slot_mut(key)?;
        slot.touched = true;
        if std::mem::replace(&mut slot.listed, true) {
            self.stale = self.stale.saturating_sub(1);
        } else {
            self.touched.push(key.clone());
        }
        Ok(())
    }

    /// Drops those without changes from the list of those with changes.
    pub(in crate::orm) fn tidy_touched(&mut self) {
        if self.stale == 0 {
            return;
        }
        let slots = &mut self.slots;
        self.touched.retain(|key| match slots.get_mut(key.slot()) {
            Some(Some(slot)) if slot.key == *key => {
                slot.listed = slot.touched;
                slot.touched
            }
            _ => false,
        });
        self.stale = 0;
    }

    /// The same if they are more than half of it, so that it takes no time that matters, and an empty list is empty.
    fn tidy_touched_sometimes(&mut self) {
        if self.stale * 2 > self.touched.len() {
            self.tidy_touched();
        }
    }

    /// The objects with changes since the last flush, and some that have none any more:
    /// [`tidy_touched`](Self::tidy_touched) drops these.
    pub(in crate::orm) fn touched(&self) -> &[AnyRef] {
        &self.touched
    }

    /// Whether an object must be loaded before it is read.
    #[inline]
    pub(in crate::orm) fn is_expired(&self, slot: &Slot) -> bool {
        slot.is_expired_before(self.expired_before)
    }

    /// All persistent objects are expired.
    pub(in crate::orm) fn expire_all(&mut self) {
        self.now += 1;
        self.expired_before = self.now;
    }

    /// The object is as the database has it now.
    pub(in crate::orm) fn freshen(&mut self, key: &AnyRef) -> Result<()> {
        let now = self.now;
        self.slot_mut(key)?.freshen(now);
        Ok(())
    }
}

#[cold]
fn deleted(key: &AnyRef) -> Error {
    Error::new(
        ErrorKind::ObjectDeleted,
        format!(
            "{key:?} was deleted in this transaction; session.peek(&key) shows its last value, and only a rollback \
             brings it back"
        ),
    )
}
