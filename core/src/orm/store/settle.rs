//! Changes of objects: that they are noted, and that the other side of a relationship follows.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::history::copy_links;
use super::{Change, Slot, Store};
use crate::error::Result;
use crate::orm::identity::Identity;
use crate::orm::key::AnyRef;
use crate::orm::mapper::{Direction, Relationship};
use crate::orm::object::{Given, Links, keys_of, removed_of};
use crate::orm::state::State;
use crate::value::Value;

impl Store {
    /// Notes that an object is about to be changed: keeps what it is. One that is deleted is not written any more, so
    /// that nothing is kept of it.
    pub(in crate::orm) fn touch(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.attached(key)?;
        if slot.touched || slot.state == State::Deleted {
            return Ok(());
        }
        // Before anything is noted: `Clone` of a field may panic.
        let is_expired = self.is_expired(slot);
        let before = (slot.state == State::Persistent).then(|| {
            let mut before = slot.object().duplicate();
            if is_expired {
                super::restore::forget_unloaded(&mut *before, true);
            }
            before
        });
        if is_expired {
            super::restore::forget_unloaded(self.slot_mut(key)?.object_mut(), true);
        }
        if let Some(before) = before {
            let object: Arc<dyn crate::orm::Object> = Arc::from(before);
            self.slot_mut(key)?.history_mut().base = Some(Arc::clone(&object));
            self.keep(key, Some(State::Persistent), Some(object))?;
        }
        self.note_touched(key)
    }

    /// What an object refers to is not known any more, if it is expired; what was changed since stays.
    fn forget_expired(&mut self, key: &AnyRef) -> Result<()> {
        let slot = self.slot(key)?;
        if self.is_expired(slot) && !slot.is_touched() {
            super::restore::forget_unloaded(self.slot_mut(key)?.object_mut(), true);
        }
        Ok(())
    }

    /// Notes that others may have to follow its relationships.
    pub(super) fn unsettle(&mut self, key: &AnyRef) {
        if let Ok(slot) = self.slot_mut(key)
            && !slot.unsettled
        {
            slot.unsettled = true;
            self.unsettled.push(key.clone());
        }
    }

    /// Makes the other sides of all relationships that were changed by assigning to them follow, and takes
    /// values in that came with them.
    pub(in crate::orm) fn settle(&mut self) -> Result<()> {
        let mut at = 0;
        let first_new = self.unsettled.len();
        while let Some(key) = self.unsettled.get(at).cloned() {
            // Those behind it may be new. What these were given was looked at before they were taken in.
            at += 1;
            let settled = self.settle_one(&key, at > first_new);
            if settled.is_err() {
                self.unsettled.drain(..at - 1);
                return settled;
            }
            if let Ok(slot) = self.slot_mut(&key) {
                slot.unsettled = false;
            }
        }
        self.unsettled.clear();
        Ok(())
    }

    fn settle_one(&mut self, key: &AnyRef, is_checked: bool) -> Result<()> {
        let Ok(slot) = self.slot(key) else { return Ok(()) };
        for relationship in slot.object().mapper().relationships()? {
            self.recall(key, relationship.place)?;
            self.take_in(key, relationship, is_checked)?;
            self.follow(key, relationship)?;
        }
        Ok(())
    }

    /// A relationship that the program has made one of which nothing is known, by taking the field or the whole value
    /// away, is what it was: only what is known can be a change.
    fn recall(&mut self, key: &AnyRef, relationship: usize) -> Result<()> {
        let (object, Some(history)) = self.slot_mut(key)?.parts() else { return Ok(()) };
        let Some(was) = history.settled(relationship) else { return Ok(()) };
        let links = object.links_mut(relationship);
        if !was.is_loaded() || links.is_loaded() {
            return Ok(());
        }
        let (added, removed) = (keys_of(links), removed_of(links));
        let mut keys = keys_of(was);
        keys.retain(|key| !removed.contains(key) && !added.contains(key));
        keys.extend(added);
        links.set(keys);
        Ok(())
    }

    /// Takes in the values that a relationship was given.
    fn take_in(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        is_checked: bool,
    ) -> Result<()> {
        if !self.slot(key)?.object().links(relationship.place).has_new() {
            return Ok(());
        }
        // Before anything is taken out of it.
        if !is_checked {
            self.check_links(self.slot(key)?.object(), relationship, Some(key))?;
        }
        let slot = self.slot_mut(key)?;
        let given = slot.object_mut().links_mut(relationship.place).take_given();
        let mut keys = Vec::with_capacity(given.len());
        let mut seen: HashSet<AnyRef, FixedState> = HashSet::default();
        for given in given {
            let given = match given {
                Given::New(object) => self.add_checked(object)?,
                Given::Ref(key) => key,
            };
            // A collection has an object once, as the database has its row.
            if seen.insert(given.clone()) {
                keys.push(given);
            }
        }
        self.slot_mut(key)?.object_mut().links_mut(relationship.place).set(keys);
        Ok(())
    }

    /// Makes the other sides follow what a relationship has become.
    fn follow(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let slot = self.slot(key)?;
        let now = slot.object().links(place);
        let settled = slot.history().and_then(|history| history.settled(place));
        let change = Change::between(settled, now);
        if change.is_empty() && settled.is_some_and(Links::is_loaded) == now.is_loaded() {
            return Ok(());
        }
        for other in &change.added {
            self.attached(other)?;
            self.check_single_parent(Some(key), relationship, other)?;
        }
        self.note_orphans(key, relationship, &change.removed)?;
        self.tell(key, relationship, &change)?;
        let slot = self.slot_mut(key)?;
        let (object, Some(history)) = slot.parts() else { return Ok(()) };
        let settled = history.settled_mut(object);
        copy_links(object.links(place), settled.links_mut(place));
        Ok(())
    }

    /// Tells the other sides of a change.
    fn tell(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        change: &Change,
    ) -> Result<()> {
        let Some(back) = relationship.back.filter(|_| !relationship.viewonly) else {
            return Ok(());
        };
        let other_side = relationship.target.relationship(back)?;
        for other in &change.removed {
            self.change_other(other, back, |links| links.remove(key))?;
        }
        if let Some(former) = self.former_of_unloaded(key, relationship)?
            && !change.added.contains(&former)
            && !change.removed.contains(&former)
        {
            self.change_other(&former, back, |links| links.remove(key))?;
        }
        for other in &change.added {
            if !other_side.uselist {
                for former in self.formers(other, other_side)? {
                    if former != *key {
                        self.change_other(&former, relationship.place, |links| {
                            links.remove(other)
                        })?;
                    }
                }
            }
            self.change_other(other, back, |links| links.append(key.clone()))?;
        }
        Ok(())
    }

    /// The objects that have an object in their collections, before it comes into another.
    fn formers(&self, of: &AnyRef, relationship: &Relationship) -> Result<Vec<AnyRef>> {
        let slot = self.slot(of)?;
        let links = slot.object().links(relationship.place);
        if links.is_loaded() && (slot.is_touched() || !self.is_expired(slot)) {
            return Ok(keys_of(links));
        }
        Ok(self.by_foreign_key(of, relationship)?.into_iter().collect())
    }

    /// What an object referred to whose reference was set without having been loaded: the session may have it.
    fn former_of_unloaded(
        &self,
        key: &AnyRef,
        relationship: &Relationship,
    ) -> Result<Option<AnyRef>> {
        if relationship.direction != Direction::ManyToOne {
            return Ok(None);
        }
        let slot = self.slot(key)?;
        let settled = slot.history().and_then(|history| history.settled(relationship.place));
        let was_unloaded = settled.is_some_and(|links| !links.is_loaded());
        if was_unloaded && slot.object().links(relationship.place).is_loaded() {
            self.by_foreign_key(key, relationship)
        } else {
            Ok(None)
        }
    }

    /// The object that a many-to-one refers to, if the session has it: by the foreign key as the database has it.
    pub(in crate::orm) fn by_foreign_key(
        &self,
        of: &AnyRef,
        relationship: &Relationship,
    ) -> Result<Option<AnyRef>> {
        let slot = self.slot(of)?;
        let Some(object) = slot.known() else { return Ok(None) };
        if !relationship.refers_to_key() {
            return Ok(None);
        }
        Ok(self.referred(object, relationship).map(|slot| slot.key.clone()))
    }

    /// The object to whose primary key the foreign key of an object refers, if the session has it.
    pub(in crate::orm) fn referred(
        &self,
        object: &dyn crate::orm::Object,
        relationship: &Relationship,
    ) -> Option<&Slot> {
        let values = foreign_key(object, relationship)?;
        self.find(relationship.target, &Identity::of(&values))
    }

    /// Changes a relationship of an object, and what others know of it: they need not follow.
    pub(in crate::orm) fn change_other(
        &mut self,
        key: &AnyRef,
        relationship: usize,
        change: impl Fn(&mut dyn Links),
    ) -> Result<()> {
        // What has no row any more follows nobody.
        if self.living(key).is_err() {
            return Ok(());
        }
        self.touch(key)?;
        let slot = self.slot_mut(key)?;
        slot.history_mut();
        let (object, Some(history)) = slot.parts() else { return Ok(()) };
        change(history.settled_mut(object).links_mut(relationship));
        change(object.links_mut(relationship));
        Ok(())
    }

    /// Adds an object to a collection that has it not, and tells the other side.
    pub(in crate::orm) fn append_link(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        other: &AnyRef,
    ) -> Result<()> {
        self.forget_expired(key)?;
        if keys_of_has(self.slot(key)?.object().links(relationship.place), other) {
            return Ok(());
        }
        self.check_single_parent(Some(key), relationship, other)?;
        let change = Change { added: vec![other.clone()], removed: Vec::new() };
        self.change_link(key, relationship, &change, |links| links.append(other.clone()))
    }

    /// Takes an object out of a collection, and tells the other side.
    pub(in crate::orm) fn remove_link(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        other: &AnyRef,
    ) -> Result<()> {
        self.forget_expired(key)?;
        let links = self.slot(key)?.object().links(relationship.place);
        if links.is_loaded() && !keys_of_has(links, other) {
            return Ok(());
        }
        let change = Change { added: Vec::new(), removed: vec![other.clone()] };
        self.note_orphans(key, relationship, &change.removed)?;
        self.change_link(key, relationship, &change, |links| links.remove(other))
    }

    /// Changes a collection by one object: the rest of it is not looked at.
    fn change_link(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        change: &Change,
        by: impl Fn(&mut dyn Links),
    ) -> Result<()> {
        self.touch(key)?;
        self.slot_mut(key)?.history_mut();
        self.tell(key, relationship, change)?;
        self.change_other(key, relationship.place, by)
    }

    /// Makes a relationship refer to these objects, and tells the other sides.
    pub(in crate::orm) fn set_links(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        to: Vec<AnyRef>,
    ) -> Result<()> {
        for to in &to {
            self.check_single_parent(Some(key), relationship, to)?;
        }
        self.touch(key)?;
        let slot = self.slot_mut(key)?;
        slot.object_mut().links_mut(relationship.place).set(to);
        slot.history_mut();
        self.follow(key, relationship)
    }

    /// A load has found what a relationship refers to.
    pub(in crate::orm) fn fill(&mut self, key: &AnyRef, relationship: usize, keys: Vec<AnyRef>) {
        if self.level > 1 {
            self.filled.push((key.clone(), relationship, self.level));
        }
        let Ok(slot) = self.slot_mut(key) else { return };
        let (object, history) = slot.parts();
        if let Some(history) = history {
            history.fill(relationship, &keys);
        }
        object.links_mut(relationship).fill(keys);
    }
}

/// The values of the foreign key by which an object refers to another, in the order of the other's primary key; `None`
/// if one of them is NULL.
pub(in crate::orm) fn foreign_key(
    object: &dyn crate::orm::Object,
    relationship: &Relationship,
) -> Option<Vec<Value>> {
    let value = |place: &usize| {
        let pair = relationship.pairs.iter().find(|pair| pair.other == *place)?;
        object.column(pair.own).filter(|value| *value != Value::Null)
    };
    relationship.target.key().iter().map(value).collect()
}

/// Whether a field refers to an object, or was given it since it is not loaded.
fn keys_of_has(links: &dyn Links, key: &AnyRef) -> bool {
    let mut has = false;
    links.each(&mut |this| has |= this == key);
    has
}
