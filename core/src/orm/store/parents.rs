//! Objects that lose their parents, and objects that may have only one.

use super::Store;
use super::change::Orphan;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::mapper::Relationship;
use crate::orm::object::{Object, keys_of};
use crate::orm::state::State;

impl Store {
    /// Notes new objects that are referred to no more and cannot be without: the histories of new objects do not say
    /// it.
    pub(super) fn note_orphans(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
        removed: &[AnyRef],
    ) -> Result<()> {
        if relationship.viewonly {
            return Ok(());
        }
        let is_pending =
            |store: &Self, key| store.slot(key).is_ok_and(|slot| slot.state == State::Pending);
        let back = match relationship.back {
            Some(back) => Some(relationship.target.relationship(back)?),
            None => None,
        };
        for other in removed {
            if relationship.cascade.delete_orphan && is_pending(self, other) {
                let (child, parent) = (other.clone(), key.clone());
                self.orphans.push(Orphan { child, parent, relationship });
            }
            if let Some(back) = back.filter(|back| back.cascade.delete_orphan)
                && is_pending(self, key)
            {
                let (child, parent) = (key.clone(), other.clone());
                self.orphans.push(Orphan { child, parent, relationship: back });
            }
        }
        Ok(())
    }

    /// The new objects that have lost a parent since the last flush, and have it not again.
    pub(in crate::orm) fn take_orphans(&mut self) -> Vec<Orphan> {
        let mut orphans = std::mem::take(&mut self.orphans);
        orphans.retain(|orphan| {
            let Ok(slot) = self.slot(&orphan.parent) else { return true };
            !keys_of(slot.object().links(orphan.relationship.place)).contains(&orphan.child)
        });
        orphans
    }

    /// That a value can be taken in, with all that it was given: nothing of it is taken in if not.
    pub(super) fn check_given(&self, object: &dyn Object) -> Result<()> {
        let mut open = vec![object];
        while let Some(object) = open.pop() {
            for relationship in object.mapper().relationships()? {
                self.check_field(object, relationship, None, &mut open)?;
            }
        }
        Ok(())
    }

    /// That what a relationship was given can be taken in. `key` is that of the object, if it is in the session.
    pub(super) fn check_links(
        &self,
        object: &dyn Object,
        relationship: &'static Relationship,
        key: Option<&AnyRef>,
    ) -> Result<()> {
        let mut open = Vec::new();
        self.check_field(object, relationship, key, &mut open)?;
        open.into_iter().try_for_each(|new| self.check_given(new))
    }

    /// The same but for the values that it was given, which are added to `open`.
    fn check_field<'o>(
        &self,
        object: &'o dyn Object,
        relationship: &'static Relationship,
        key: Option<&AnyRef>,
        open: &mut Vec<&'o dyn Object>,
    ) -> Result<()> {
        let links = object.links(relationship.place);
        let known = open.len();
        links.each_new(&mut |new| open.push(new));
        if open.len() > known && relationship.viewonly {
            return Err(only_read(relationship));
        }
        if open.len() > known && !relationship.cascade.save_update {
            return Err(not_cascaded(relationship));
        }
        for given in keys_of(links) {
            self.living(&given)?;
            self.check_single_parent(key, relationship, &given)?;
        }
        Ok(())
    }

    /// That no other object refers to one that may have only one parent.
    pub(super) fn check_single_parent(
        &self,
        key: Option<&AnyRef>,
        relationship: &'static Relationship,
        to: &AnyRef,
    ) -> Result<()> {
        if !relationship.single_parent || relationship.back.is_some() && !relationship.uselist {
            return Ok(());
        }
        let refers = |slot: &super::Slot| {
            Some(&slot.key) != key
                && slot.key.class() == relationship.parent.class()
                && !slot.deleting
                && matches!(slot.state, State::Pending | State::Persistent)
                && keys_of(slot.object().links(relationship.place)).contains(to)
        };
        if !self.slots.iter().flatten().any(refers) {
            return Ok(());
        }
        let (class, name) = (relationship.parent.class_name(), relationship.name);
        Err(Error::new(
            ErrorKind::InvalidRequest,
            format!(
                "{to:?} is referred to by the `{name}` of another `{class}`, and `single_parent` says that only one may \
                 refer to it; unlink it there first"
            ),
        ))
    }
}

#[cold]
fn only_read(relationship: &Relationship) -> Error {
    let (class, name) = (relationship.parent.class_name(), relationship.name);
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "`{class}::{name}` was given a new value, but is `viewonly`: nothing of it is written; give the value to \
             the relationship whose rows it shows"
        ),
    )
}

#[cold]
fn not_cascaded(relationship: &Relationship) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "`{}::{}` was given a new value, but has no cascade save-update; add() the value first, and give its key",
            relationship.parent.class_name(),
            relationship.name
        ),
    )
}
