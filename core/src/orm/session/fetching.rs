//! Relationships that are asked for: which objects they are loaded for, and how often.

use std::sync::Arc;

use super::{Inner, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::loading;
use crate::orm::mapper::{Lazy, Relationship};
use crate::orm::query::{Fetch, How, Options, same_options};

impl Session {
    /// How many statements loaded a relationship for one single object, in the whole time of the session: the name of
    /// the struct, that of the relationship, and their number, the most first. What stands here with a high number is
    /// better loaded along.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// for user in session.scalars(select(User::entity()))? {
    ///     session.load(&user, User::c.addresses)?;
    /// }
    /// assert_eq!(session.lazy_loads(), [("User", "addresses", 2)]);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn lazy_loads(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.lazy_loads.counts()
    }
}

impl Inner {
    /// Loads a relationship of one object, as its options, its attribute and the session say.
    pub(super) fn load_asked(
        &mut self,
        key: &AnyRef,
        relationship: &'static Relationship,
    ) -> Result<()> {
        if !self.is_unloaded(key, relationship)? {
            return Ok(());
        }
        let options = self.store.slot(key)?.options.clone();
        let branch = options
            .as_ref()
            .and_then(|options| options.branch(relationship.parent.class(), relationship.place));
        let how = match branch.map(|branch| &branch.how) {
            Some(How::Lazy(how)) => *how,
            Some(How::Contained(_)) => Lazy::Select,
            None => relationship.lazy,
        };
        let of_statement = options.as_ref().and_then(|options| options.fetch);
        let fetch = of_statement.unwrap_or(self.options.fetch);
        if how == Lazy::Raise || fetch == Fetch::Raise && !self.is_here(key, relationship)? {
            return Err(refused(relationship));
        }
        let keys = match fetch {
            Fetch::Peers => {
                let mut peers = self.store.peers(key)?;
                peers.retain(|key| {
                    let slot = self.store.slot(key);
                    slot.is_ok_and(|slot| {
                        !self.store.is_expired(slot)
                            && !slot.object().links(relationship.place).is_loaded()
                    })
                });
                peers
            }
            Fetch::Single | Fetch::Raise => vec![key.clone()],
        };
        self.check()?;
        self.flush_first()?;
        if let [_] = &*keys
            && !self.is_here(key, relationship)?
        {
            self.lazy_loads.note(relationship);
        }
        loading::load_asked(self, relationship, &keys, options.as_ref())
    }

    /// Loads a relationship of many objects.
    pub(super) fn load_asked_of(
        &mut self,
        keys: &[AnyRef],
        relationship: &'static Relationship,
    ) -> Result<()> {
        let mut wanted: Vec<(Option<Arc<Options>>, Vec<AnyRef>)> = Vec::new();
        if let Some(gone) = loading::load_expired_of(self, keys)?.into_iter().next() {
            // The statement for this one says so.
            loading::load_expired(self, &gone)?;
        }
        for key in keys {
            if !self.is_unloaded(key, relationship)? {
                continue;
            }
            let options = self.store.slot(key)?.options.clone();
            let same =
                wanted.iter_mut().find(|(of, _)| same_options(of.as_ref(), options.as_ref()));
            match same {
                Some((_, keys)) => keys.push(key.clone()),
                None => wanted.push((options, vec![key.clone()])),
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        self.check()?;
        self.flush_first()?;
        for (options, keys) in wanted {
            loading::load_asked(self, relationship, &keys, options.as_ref())?;
        }
        Ok(())
    }

    /// Whether it is not known what a relationship of the object refers to. The object is loaded if it is expired.
    fn is_unloaded(&mut self, key: &AnyRef, relationship: &'static Relationship) -> Result<bool> {
        let slot = self.store.attached(key)?;
        if self.store.is_expired(slot) {
            self.check()?;
            loading::load_expired(self, key)?;
        }
        Ok(!self.store.slot(key)?.object().links(relationship.place).is_loaded())
    }

    /// Whether the session has what a reference refers to, or it refers to nothing, so that no statement is needed.
    fn is_here(&self, key: &AnyRef, relationship: &'static Relationship) -> Result<bool> {
        let slot = self.store.slot(key)?;
        if !relationship.refers_to_key() {
            return Ok(false);
        }
        let refers = relationship.pairs.iter().all(|pair| {
            slot.object().column(pair.own).is_some_and(|value| value != crate::value::Value::Null)
        });
        let found = self.store.referred(slot.object(), relationship);
        Ok(!refers || found.is_some_and(|slot| !self.store.is_expired(slot)))
    }
}

#[cold]
fn refused(relationship: &Relationship) -> Error {
    let (class, name) = (relationship.parent.class_name(), relationship.name);
    Error::new(
        ErrorKind::NotLoaded,
        format!(
            "`{class}::{name}` is not loaded, and an option or an attribute says that it is not loaded for one object \
             after the other; load it along by selectinload({class}::c.{name}), or for several by load_all()"
        ),
    )
}
