//! What follows from the relationships of the changed objects.

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
use crate::orm::store::Change;

/// Finds out what has to be done. What is not loaded and matters is loaded; objects without a parent that must have one
/// are marked to be deleted.
pub(super) fn find(inner: &mut Inner, undo: &mut Undo) -> Result<Plan> {
    let mut finder = Finder { inner, undo, plan: Plan::default(), lost: Vec::new() };
    let (mut at, mut done) = (0, 0);
    loop {
        while let Some(key) = finder.inner.store.touched().get(at).cloned() {
            at += 1;
            finder.look_at(&key)?;
        }
        // Who has lost a parent may have another one, which is known now.
        let Some((child, parent, relationship)) = finder.lost.get(done).cloned() else {
            return Ok(finder.plan);
        };
        done += 1;
        finder.without_parent(&child, &parent, relationship)?;
    }
}

struct Finder<'f> {
    inner: &'f mut Inner,
    undo: &'f mut Undo,
    plan: Plan,
    /// Objects that are not in a collection any more, and whose that was.
    lost: Vec<(AnyRef, AnyRef, &'static Relationship)>,
}

impl Finder<'_> {
    fn look_at(&mut self, key: &AnyRef) -> Result<()> {
        let Ok(slot) = self.inner.store.attached(key) else { return Ok(()) };
        if slot.state == State::Deleted {
            return Ok(());
        }
        let deleting = slot.deleting;
        for relationship in slot.object().mapper().relationships()? {
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
        let place = relationship.place;
        let slot = self.inner.store.slot(key)?;
        let is_assigned = slot.base().is_some_and(|base| !base.links(place).is_loaded())
            && slot.object().links(place).is_loaded();
        if is_assigned && relationship.direction != Direction::ManyToOne {
            self.load_former(key, relationship)?;
        }
        let slot = self.inner.store.slot(key)?;
        let before = slot.base().map(|base| base.links(place));
        Ok(Change::between(before, slot.object().links(place)))
    }

    /// A collection was assigned over one that was not loaded: loads what that was.
    fn load_former(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let slot = self.inner.store.slot_mut(key)?;
        let assigned = keys_of(slot.object().links(place));
        slot.object_mut().links_mut(place).unload();
        let loaded = loading::load_related(self.inner, relationship, std::slice::from_ref(key));
        self.inner.store.slot_mut(key)?.object_mut().links_mut(place).set(assigned);
        loaded
    }

    // ── many-to-one

    fn referring(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        let place = relationship.place;
        let was_loaded = {
            let slot = self.inner.store.slot(key)?;
            slot.base().map(|base| base.links(place).is_loaded())
        };
        let change = self.change(key, relationship)?;
        for other in &change.removed {
            if relationship.cascade.delete_orphan {
                self.delete_orphan(other)?;
            }
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
                self.lost.push((child, key.clone(), relationship));
            }
        }
        for child in change.added {
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
            loading::load_related(self.inner, relationship, std::slice::from_ref(key))?;
        }
        let slot = self.inner.store.slot(key)?;
        let mut children = keys_of(slot.object().links(relationship.place));
        if let Some(base) = slot.base() {
            for child in keys_of(base.links(relationship.place)) {
                if !children.contains(&child) {
                    children.push(child);
                }
            }
        }
        for child in children {
            let Ok(slot) = self.inner.store.attached(&child) else { continue };
            if slot.state == State::Persistent && !slot.deleting {
                self.inner.store.touch(&child)?;
                self.lost.push((child, key.clone(), relationship));
            }
        }
        Ok(())
    }

    /// An object is in a collection no more: its foreign key becomes NULL, or it is deleted, unless another has it.
    fn without_parent(
        &mut self,
        child: &AnyRef,
        parent: &AnyRef,
        relationship: &'static Relationship,
    ) -> Result<()> {
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

    fn delete_orphan(&mut self, key: &AnyRef) -> Result<()> {
        for key in reached(self.inner, key)? {
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
        for remote in change.added {
            let local = key.clone();
            self.plan.pair(PairChange { relationship, local, remote, is_new: true });
        }
        for remote in change.removed {
            let local = key.clone();
            self.plan.pair(PairChange {
                relationship,
                local,
                remote: remote.clone(),
                is_new: false,
            });
            if relationship.cascade.delete_orphan {
                self.delete_orphan(&remote)?;
            }
        }
        Ok(())
    }

    fn deleted_pairs(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<()> {
        if relationship.passive_deletes != PassiveDeletes::No {
            return Ok(());
        }
        loading::load_related(self.inner, relationship, std::slice::from_ref(key))?;
        let slot = self.inner.store.slot(key)?;
        let known = slot.base().unwrap_or(slot.object());
        for remote in keys_of(known.links(relationship.place)) {
            let local = key.clone();
            self.plan.pair(PairChange { relationship, local, remote, is_new: false });
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
