//! What follows from the relationships of the changed objects.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::changed_keys;
use super::delete::reached;
use super::plan::{Clear, PairChange, Plan, Populate};
use super::undo::Undo;
use crate::error::Result;
use crate::orm::key::AnyRef;
use crate::orm::loading;
use crate::orm::mapper::{Direction, PassiveDeletes, Relationship};
use crate::orm::object::keys_of;
use crate::orm::session::Inner;
use crate::orm::state::State;
use crate::orm::store::{Change, Orphan, Slot};

/// Finds out what has to be done. What is not loaded and matters is loaded; objects without a parent that must have one
/// are marked to be deleted.
pub(super) fn find(inner: &mut Inner, undo: &mut Undo) -> Result<Plan> {
    let lost = inner.store.take_orphans();
    let mut finder = Finder::new(inner, undo, lost);
    let (mut at, mut done) = (0, 0);
    loop {
        while let Some(key) = finder.inner.store.touched().get(at).cloned() {
            at += 1;
            finder.look_at(&key)?;
        }
        // Who has lost a parent may have another one, which is known now.
        if let Some(orphan) = finder.lost.get(done).cloned() {
            done += 1;
            finder.without_parent(&orphan)?;
            continue;
        }
        if finder.changed_keys.is_empty() {
            return Ok(finder.plan);
        }
        let changed = std::mem::take(&mut finder.changed_keys);
        changed_keys::follow(finder.inner, finder.undo, &changed)?;
    }
}

/// Places of objects.
type Numbers = HashSet<u32, FixedState>;

struct Finder<'f> {
    inner: &'f mut Inner,
    undo: &'f mut Undo,
    plan: Plan,
    /// Objects that are not in a collection any more, and whose that was.
    lost: Vec<Orphan>,
    /// Objects whose primary keys have changed.
    changed_keys: Vec<AnyRef>,
    /// The pairs of objects before, as far as one knows them.
    known_pairs: HashMap<(u32, usize), Option<Numbers>, FixedState>,
    /// What references of a class refer to now, of those that delete what they leave.
    referred: HashMap<(u32, usize), Numbers, FixedState>,
}

impl<'f> Finder<'f> {
    fn new(inner: &'f mut Inner, undo: &'f mut Undo, lost: Vec<Orphan>) -> Self {
        Self {
            inner,
            undo,
            plan: Plan::default(),
            lost,
            changed_keys: Vec::new(),
            known_pairs: HashMap::default(),
            referred: HashMap::default(),
        }
    }
    fn look_at(&mut self, key: &AnyRef) -> Result<()> {
        let Ok(slot) = self.inner.store.attached(key) else { return Ok(()) };
        if slot.state == State::Deleted {
            return Ok(());
        }
        let deleting = slot.deleting;
        let mapper = slot.object().mapper();
        let must_be_fresh = slot.state == State::Persistent && mapper.version().is_some();
        if must_be_fresh && self.inner.store.is_expired(slot) {
            // The version that the row has now is the one that is changed.
            self.undo.remember(&self.inner.store, key)?;
            loading::load_expired(self.inner, key)?;
        }
        if !deleting && changed_keys::has_changed(&self.inner.store, key)? {
            self.changed_keys.push(key.clone());
        }
        for relationship in mapper.relationships()? {
            if relationship.viewonly {
                continue;
            }
            match (relationship.direction, deleting) {
                (Direction::ManyToOne, false) => self.referring(key, relationship)?,
                (Direction::ManyToOne, true) => self.deleted_referring(key, relationship)?,
                (Direction::OneToMany, false) => self.collection(key, relationship)?,
                (Direction::OneToMany, true) => self.deleted_collection(key, relationship)?,
                (Direction::ManyToMany, false) => self.pairs(key, relationship)?,
                (Direction::ManyToMany, true) => self.deleted_pairs(key, relationship)?,
            }
        }
        Ok(())
    }

    /// How a relationship has changed since the last flush.
    fn change(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<Change> {
        self.load_assigned(key, relationship)?;
        let slot = self.inner.store.slot(key)?;
        let before = slot.base().map(|base| base.links(relationship.place));
        Ok(Change::between(before, slot.object().links(relationship.place)))
    }

    /// Loads what a relationship was that matters, if another was assigned over it.
    fn load_assigned(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let slot = self.inner.store.slot(key)?;
        let is_assigned = slot.base().is_some_and(|base| !base.links(place).is_loaded())
            && slot.object().links(place).is_loaded();
        let matters =
            relationship.direction != Direction::ManyToOne || relationship.cascade.delete_orphan;
        if is_assigned && matters {
            self.load_former(key, relationship)?;
        }
        Ok(())
    }

    /// A collection was assigned over one that was not loaded: loads what that was.
    fn load_former(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let slot = self.inner.store.slot_mut(key)?;
        let assigned = keys_of(slot.object().links(place));
        slot.object_mut().links_mut(place).unload();
        let loaded = loading::load_related(self.inner, relationship, std::slice::from_ref(key));
        self.inner.store.slot_mut(key)?.object_mut().links_mut(place).set(assigned);
        loaded?;
        self.unlink_former(key, relationship)
    }

    /// What an assigned collection had before does not refer back to it any more.
    fn unlink_former(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let Some(back) = relationship.back else { return Ok(()) };
        let slot = self.inner.store.slot(key)?;
        let before = slot.base().map(|base| base.links(relationship.place));
        let change = Change::between(before, slot.object().links(relationship.place));
        for former in change.removed {
            let slot = self.inner.store.slot(&former)?;
            let links = slot.object().links(back);
            if links.is_loaded() && keys_of(links).contains(key) {
                self.undo.remember(&self.inner.store, &former)?;
                self.inner.store.change_other(&former, back, |links| links.remove(key))?;
            }
        }
        Ok(())
    }

    // ── many-to-one

    fn referring(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let was_loaded = {
            let slot = self.inner.store.slot(key)?;
            slot.base().map(|base| base.links(place).is_loaded())
        };
        let change = self.change(key, relationship)?;
        if relationship.cascade.delete_orphan {
            let parent = || key.clone();
            let orphan = |child| Orphan { child, parent: parent(), relationship };
            self.lost.extend(change.removed.iter().cloned().map(orphan));
        }
        let slot = self.inner.store.slot(key)?;
        let links = slot.object().links(place);
        let is_new = was_loaded.is_none();
        let to = keys_of(links).pop();
        match to {
            Some(to) if !change.added.is_empty() => {
                self.plan.populate(key, refer(relationship, to));
            }
            None if links.is_loaded()
                && !is_new
                && (was_loaded == Some(false) || !change.removed.is_empty()) =>
            {
                let columns = relationship.pairs.iter().map(|pair| pair.own).collect();
                self.plan.clear(key, Clear { columns, relationship });
            }
            _ => {}
        }
        Ok(())
    }

    fn deleted_referring(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
    ) -> Result<()> {
        if relationship.post_update {
            let columns = relationship.pairs.iter().map(|pair| pair.own).collect();
            self.plan.clear(key, Clear { columns, relationship });
        }
        Ok(())
    }

    // ── one-to-many

    fn collection(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let change = self.change(key, relationship)?;
        for child in change.removed {
            if self.inner.store.attached(&child).is_ok() {
                self.inner.store.touch(&child)?;
                self.lost.push(Orphan { child, parent: key.clone(), relationship });
            }
        }
        if !relationship.passive_updates
            && let Some(base) = self.inner.store.slot(key)?.base()
            && changed_keys::differ(base, self.inner.store.slot(key)?.object(), relationship)
        {
            self.all_follow(key, relationship)?;
        }
        for child in change.added {
            self.inner.store.touch(&child)?;
            self.plan.populate(&child, refer_back(relationship, key.clone()));
        }
        Ok(())
    }

    /// The key has changed that the objects of a collection refer to, and the session writes their foreign keys.
    fn all_follow(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        loading::load_related(self.inner, relationship, std::slice::from_ref(key))?;
        let links = self.inner.store.slot(key)?.object().links(relationship.place);
        for child in keys_of(links) {
            self.inner.store.touch(&child)?;
            self.plan.populate(&child, refer_back(relationship, key.clone()));
        }
        Ok(())
    }

    fn deleted_collection(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
    ) -> Result<()> {
        if relationship.passive_deletes == PassiveDeletes::All {
            return Ok(());
        }
        if relationship.passive_deletes == PassiveDeletes::No {
            self.load_assigned(key, relationship)?;
            loading::load_related(self.inner, relationship, std::slice::from_ref(key))?;
        }
        let slot = self.inner.store.slot(key)?;
        let mut children = keys_of(slot.object().links(relationship.place));
        if let Some(base) = slot.base() {
            let known: HashSet<AnyRef, FixedState> = children.iter().cloned().collect();
            let before = keys_of(base.links(relationship.place));
            children.extend(before.into_iter().filter(|child| !known.contains(child)));
        }
        for child in children {
            let Ok(slot) = self.inner.store.attached(&child) else { continue };
            if slot.state == State::Persistent && !slot.deleting {
                self.inner.store.touch(&child)?;
                self.lost.push(Orphan { child, parent: key.clone(), relationship });
            }
        }
        Ok(())
    }

    /// An object is in a collection no more: its foreign key becomes NULL, or it is deleted, unless another has it.
    fn without_parent(&mut self, orphan: &Orphan) -> Result<()> {
        let Orphan { child, parent, relationship } = orphan;
        if relationship.direction == Direction::ManyToOne {
            return if self.is_referred(child, relationship) {
                Ok(())
            } else {
                self.delete_orphan(child)
            };
        }
        let Ok(slot) = self.inner.store.attached(child) else { return Ok(()) };
        let columns: Vec<usize> = relationship.pairs.iter().map(|pair| pair.other).collect();
        if slot.deleting || self.plan.populates(child, &columns) {
            return Ok(());
        }
        let is_deleted = self.inner.store.slot(parent).is_ok_and(|slot| slot.deleting);
        if relationship.cascade.delete_orphan || is_deleted && relationship.cascade.delete {
            return self.delete_orphan(child);
        }
        if relationship.passive_deletes == PassiveDeletes::All {
            return Ok(());
        }
        let slot = self.inner.store.slot(child)?;
        if slot.state == State::Pending {
            return Ok(());
        }
        // The program may have set the foreign key itself.
        let parent = self.inner.store.slot(parent)?;
        let refers = relationship.pairs.iter().all(|pair| {
            let key = parent.known().and_then(|object| object.column(pair.own));
            slot.object().column(pair.other) == key
        });
        if refers {
            self.plan.clear(child, Clear { columns, relationship });
        }
        Ok(())
    }

    /// Whether another object refers to one that a reference has left.
    fn is_referred(&mut self, child: &AnyRef, relationship: &'static Relationship) -> bool {
        let class = relationship.parent.class();
        let store = &self.inner.store;
        let referred = || {
            let of_class = |slot: &&Slot| slot.key.class() == class && !slot.deleting;
            let objects = store.in_work().filter(of_class);
            let keys = objects.flat_map(|slot| keys_of(slot.object().links(relationship.place)));
            keys.map(|key| key.number()).collect()
        };
        let id = (class.number(), relationship.place);
        self.referred.entry(id).or_insert_with(referred).contains(&child.number())
    }

    fn delete_orphan(&mut self, key: &AnyRef) -> Result<()> {
        let (all, given_up) = reached(self.inner, key)?;
        self.undo.given_up(given_up);
        for key in all {
            self.undo.set_deleting(&mut self.inner.store, &key)?;
            self.plan.populates.remove(&key.number());
            self.plan.clears.remove(&key.number());
            // Its own relationships follow: it may have been looked at before.
            self.look_at(&key)?;
        }
        Ok(())
    }

    // ── many-to-many

    fn pairs(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let change = self.change(key, relationship)?;
        let added: Numbers = change.added.iter().map(AnyRef::number).collect();
        for remote in change.added {
            let stays = self.inner.store.attached(&remote).is_ok_and(|slot| !slot.deleting);
            if stays && self.is_known_pair(key, &remote, relationship)? != Some(true) {
                let local = key.clone();
                self.plan.pair(PairChange { relationship, local, remote, is_new: true })?;
            }
        }
        for remote in change.removed {
            // What was removed and added again, without being loaded, is deleted and inserted, if nobody knows better.
            let known = self.is_known_pair(key, &remote, relationship)?;
            let is_back = added.contains(&remote.number());
            if known.is_none_or(|known| known && !is_back) {
                let (local, remote) = (key.clone(), remote.clone());
                self.plan.pair(PairChange { relationship, local, remote, is_new: false })?;
            }
            if relationship.cascade.delete_orphan {
                self.delete_orphan(&remote)?;
            }
        }
        Ok(())
    }

    /// Whether two objects were a pair before, as far as the other side knows.
    fn is_known_pair(
        &mut self,
        key: &AnyRef,
        remote: &AnyRef,
        relationship: &'static Relationship,
    ) -> Result<Option<bool>> {
        let Some(back) = relationship.back else { return Ok(None) };
        if self.inner.store.attached(remote).is_err() {
            return Ok(None);
        }
        let id = (remote.number(), back);
        if let Some(known) = self.known_pairs.get(&id) {
            return Ok(known.as_ref().map(|known| known.contains(&key.number())));
        }
        self.load_assigned(remote, relationship.target.relationship(back)?)?;
        let links = self.inner.store.slot(remote)?.known().map(|known| known.links(back));
        let links = links.filter(|links| links.is_loaded());
        let known =
            links.map(|links| keys_of(links).iter().map(AnyRef::number).collect::<Numbers>());
        let is_pair = known.as_ref().map(|known| known.contains(&key.number()));
        self.known_pairs.insert(id, known);
        Ok(is_pair)
    }

    fn deleted_pairs(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        if relationship.passive_deletes != PassiveDeletes::No {
            return Ok(());
        }
        self.load_assigned(key, relationship)?;
        loading::load_related(self.inner, relationship, std::slice::from_ref(key))?;
        let slot = self.inner.store.slot(key)?;
        let known = slot.base().unwrap_or(slot.object());
        for remote in keys_of(known.links(relationship.place)) {
            let local = key.clone();
            self.plan.pair(PairChange { relationship, local, remote, is_new: false })?;
        }
        Ok(())
    }
}

/// The foreign key of an object gets the key of what it refers to.
fn refer(relationship: &'static Relationship, source: AnyRef) -> Populate {
    let columns = relationship.pairs.iter().map(|pair| (pair.other, pair.own)).collect();
    Populate { source, columns, relationship }
}

/// The foreign key of an object in a collection gets the key of whose collection it is.
fn refer_back(relationship: &'static Relationship, source: AnyRef) -> Populate {
    let columns = relationship.pairs.iter().map(|pair| (pair.own, pair.other)).collect();
    Populate { source, columns, relationship }
}
