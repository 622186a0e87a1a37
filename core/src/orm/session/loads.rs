//! Loading objects, and what they refer to.

use super::{Inner, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::identity::Identity;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::loading::{self, GetOptions};
use crate::orm::object::keys_of;
use crate::orm::relation::Relation;
use crate::orm::unit_of_work;
use crate::value::Value;

impl Session {
    /// The object with this primary key: the one that the session has, without a statement, or the one that the
    /// database has. `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the statement may answer, and [`PendingRollback`](ErrorKind::PendingRollback).
    pub fn get<T: MappedClass>(&mut self, key: impl Into<T::Key>) -> Result<Option<Ref<T>>> {
        self.0.sweep_sometimes();
        let (values, identity) = T::identify(key.into());
        self.get_by(&values, &identity, &GetOptions::new())
    }

    /// The same, and how it is loaded: with a lock, with what it refers to, or also if the session has it.
    ///
    /// ```
    /// use aludel::orm::GetOptions;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let sandy = session.get_with::<User>(1, GetOptions::new().populate_existing())?;
    /// assert!(sandy.is_some());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_with<T: MappedClass>(
        &mut self,
        key: impl Into<T::Key>,
        how: GetOptions,
    ) -> Result<Option<Ref<T>>> {
        self.0.sweep_sometimes();
        let (values, identity) = T::identify(key.into());
        self.get_by(&values, &identity, &how)
    }

    fn get_by<T: MappedClass>(
        &mut self,
        values: &[Value],
        identity: &Identity,
        how: &GetOptions,
    ) -> Result<Option<Ref<T>>> {
        Ok(loading::get(&mut self.0, T::mapper(), values, identity, how)?.map(Ref::new))
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
        self.0.load_asked(parent.any(), P::mapper().relationship(relation.place())?)?;
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
        self.0.load_asked_of(&keys, P::mapper().relationship(relation.place())?)
    }

    /// Loads an object anew, with all its columns. Changes are flushed first, its own too, unless the session does not
    /// do that; what its relationships refer to is not known any more.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read) and [`flush`](Self::flush); [`InvalidRequest`](ErrorKind::InvalidRequest) if it has no
    /// row yet, or has changes that were not flushed and would be lost.
    pub fn refresh<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<()> {
        self.refresh_with(key, GetOptions::new())
    }

    /// The same, and how it is loaded.
    ///
    /// ```
    /// use aludel::orm::{GetOptions, joinedload};
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let address = session.get_one::<Address>(1)?;
    /// session.refresh_with(&address, GetOptions::new().options(joinedload(Address::c.user)))?;
    /// assert!(session[&address].user.is_loaded());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub fn refresh_with<T: MappedClass>(&mut self, key: &Ref<T>, how: GetOptions) -> Result<()> {
        self.0.store.attached(key.any())?;
        self.0.store.settle()?;
        loading::refresh(&mut self.0, key.any(), &how)
    }

    /// The object is loaded anew when it is read the next time. Its changes that were not flushed are lost.
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

    /// Flushes before a query, if the statement wants it, or else if the session does.
    pub(in crate::orm) fn flush_before(&mut self, autoflush: Option<bool>) -> Result<()> {
        let before = self.autoflush;
        self.autoflush = autoflush.unwrap_or(before);
        let flushed = self.flush_first();
        self.autoflush = before;
        flushed
    }

    /// Forgets objects that nobody can reach, before others are loaded. Not in a flush, which knows objects by their
    /// places.
    pub(in crate::orm) fn sweep_sometimes(&mut self) {
        if !self.flushing {
            self.store.sweep_sometimes();
        }
    }

    /// Flushes before a query, if that is wanted.
    pub(in crate::orm) fn flush_first(&mut self) -> Result<()> {
        self.sweep_sometimes();
        if self.autoflush && !self.flushing {
            unit_of_work::flush(self)
        } else {
            self.store.settle()
        }
    }
}
