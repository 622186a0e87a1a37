//! Loading objects, and what they refer to.

use super::{Inner, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::loading;
use crate::orm::object::keys_of;
use crate::orm::relation::Relation;
use crate::orm::unit_of_work;

impl Session {
    /// The object with this primary key: the one that the session has, without a statement, or the one that the
    /// database has. `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the statement may answer, and [`PendingRollback`](ErrorKind::PendingRollback).
    pub fn get<T: MappedClass>(&mut self, key: impl Into<T::Key>) -> Result<Option<Ref<T>>> {
        let (values, identity) = T::identify(key.into());
        Ok(loading::get(&mut self.0, T::mapper(), &values, &identity)?.map(Ref::new))
    }

    /// The same, of an object that must be there.
    ///
    /// # Errors
    ///
    /// [`NoResultFound`](ErrorKind::NoResultFound), and as [`get`](Self::get).
    pub fn get_one<T: MappedClass>(&mut self, key: impl Into<T::Key>) -> Result<Ref<T>> {
        self.get(key)?.ok_or_else(|| {
            Error::new(
                ErrorKind::NoResultFound,
                format!(
                    "no `{}` has this primary key; get() gives None for it",
                    T::mapper().class_name()
                ),
            )
        })
    }

    /// What a relationship of an object refers to, which is loaded if it is not known: an `Option` of a key, or all
    /// keys of a collection. Changes are flushed first if something is loaded.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read) and [`flush`](Self::flush).
    pub fn load<P: MappedClass, R: Relation<P>>(
        &mut self,
        parent: &Ref<P>,
        relation: R,
    ) -> Result<R::Loaded> {
        self.0.store.settle()?;
        self.0.load_for(
            std::slice::from_ref(parent.any()),
            P::mapper().relationship(relation.place())?,
        )?;
        let links = self.0.store.slot(parent.any())?.object().links(relation.place());
        Ok(R::loaded(keys_of(links)))
    }

    /// Loads what a relationship of many objects refers to, of those for which it is not known: one statement for
    /// each 500 of them.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_all<P: MappedClass, R: Relation<P>>(
        &mut self,
        parents: &[Ref<P>],
        relation: R,
    ) -> Result<()> {
        self.0.store.settle()?;
        let keys: Vec<AnyRef> = parents.iter().map(AnyRef::from).collect();
        self.0.load_for(&keys, P::mapper().relationship(relation.place())?)
    }

    /// Loads an object anew, with all its columns. Its own changes that were not flushed are lost, also that it is to be
    /// deleted, and what its relationships refer to is not known any more.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); [`InvalidRequest`](ErrorKind::InvalidRequest) if it has no row yet.
    pub fn refresh<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        self.0.store.attached(key.any())?;
        self.0.store.settle()?;
        loading::refresh(&mut self.0, key.any())
    }

    /// The object is loaded anew when it is read the next time. Its changes that were not flushed are lost, also that it
    /// is to be deleted.
    ///
    /// # Errors
    ///
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef): it is not in this session;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest): it has no row yet.
    pub fn expire<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        self.0.store.settle()?;
        self.0.store.expire(key.any())
    }

    /// The same for all objects. Changes that were not flushed are lost.
    ///
    /// # Errors
    ///
    /// As [`expire`](Self::expire).
    pub fn expire_all(&mut self) -> Result<()> {
        self.0.store.settle()?;
        for key in self.dirty() {
            self.0.store.expire(&key)?;
        }
        self.0.store.expire_all();
        Ok(())
    }

    pub(super) fn load_expired(&mut self, key: &AnyRef) -> Result<()> {
        loading::load_expired(&mut self.0, key)
    }
}

impl Inner {
    /// Loads what a relationship of these objects refers to, after what is expired of them, and after a flush.
    pub(in crate::orm) fn load_for(
        &mut self,
        keys: &[AnyRef],
        relationship: &'static crate::orm::mapper::Relationship,
    ) -> Result<()> {
        let mut unloaded = false;
        for key in keys {
            let slot = self.store.attached(key)?;
            if self.store.is_expired(slot) {
                self.check()?;
                loading::load_expired(self, key)?;
            }
            let slot = self.store.slot(key)?;
            unloaded |= !slot.object().links(relationship.place).is_loaded();
        }
        if !unloaded {
            return Ok(());
        }
        self.check()?;
        self.flush_first()?;
        loading::load_related(self, relationship, keys)
    }

    /// Flushes before a query, if that is wanted.
    pub(in crate::orm) fn flush_first(&mut self) -> Result<()> {
        if self.autoflush && !self.flushing {
            unit_of_work::flush(self)
        } else {
            self.store.settle()
        }
    }
}
