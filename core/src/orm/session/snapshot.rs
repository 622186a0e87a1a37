//! Objects as values: copies of them, and leaving the session.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::Session;
use crate::error::Result;
use crate::orm::class::{MappedClass, into_value};
use crate::orm::key::{AnyRef, Ref};
use crate::orm::object::{Object, keys_of};
use crate::orm::state::State;
use crate::orm::store::Store;

impl Session {
    /// Takes an object out of the session and gives it back as a value, as [`snapshot`](Self::snapshot) does. What
    /// relationships with the cascade `expunge` refer to goes with it.
    ///
    /// Objects that stay and refer to it do not know any more what these relationships refer to, so that they are
    /// loaded anew. A change of such a relationship by which it came or went is not written.
    ///
    /// # Errors
    ///
    /// [`Detached`](crate::ErrorKind::Detached) or [`ForeignRef`](crate::ErrorKind::ForeignRef): it is not in this
    /// session.
    pub fn expunge<T: MappedClass>(&mut self, key: &Ref<T>) -> Result<T> {
        let store = &mut self.0.store;
        store.slot(key.any())?;
        store.settle()?;
        let object = copy(store, key.any())?;
        let gone = expunged_with(store, key.any())?;
        store.remove_all(&gone)?;
        typed(store, object, key.any())
    }

    /// A copy of an object as a value, with what is loaded of its relationships nested in it as values.
    ///
    /// A relationship that refers back to an object in which the value is nested comes as not loaded. An object that stands in
    /// several places comes with its relationships in the first of them, which is the one that is nested least deep; in
    /// the others they are not loaded. So a snapshot is as large as what it is of, whatever refers to what.
    ///
    /// Nothing is loaded for it: of an object that [is expired](Self::is_expired) it has the last known values, as
    /// [`peek`](Self::peek); [`read`](Self::read) loads it before.
    ///
    /// ```
    /// use aludel::orm::{Many, One, Session, many};
    /// use aludel::{Auto, Mapped, MetaData, create_engine};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(back = user)]
    ///     addresses: Many<Address>,
    /// }
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "addresses")]
    /// struct Address {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     email: String,
    ///     #[aludel(foreign_key = "users.id")]
    ///     user_id: Option<i64>,
    ///     #[aludel(back = addresses)]
    ///     user: One<User>,
    /// }
    ///
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| MetaData::new().with::<User>().with::<Address>().create_all(conn))?;
    /// let mut session = Session::new(&engine);
    /// let address = Address { id: Auto::unset(), email: "a@b".into(), user_id: None, user: One::default() };
    /// let user = session.add(User { id: Auto::unset(), addresses: many![address] })?;
    /// session.flush()?;
    ///
    /// let value = session.snapshot(&user)?;
    /// let nested: Vec<&Address> = value.addresses.values().collect();
    /// assert_eq!(nested[0].email, "a@b");
    /// assert!(!nested[0].user.is_loaded());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Detached`](crate::ErrorKind::Detached) or [`ForeignRef`](crate::ErrorKind::ForeignRef): it is not in this
    /// session.
    pub fn snapshot<T: MappedClass>(&self, key: &Ref<T>) -> Result<T> {
        typed(&self.0.store, copy(&self.0.store, key.any())?, key.any())
    }
}

fn typed<T: MappedClass>(store: &Store, object: Box<dyn Object>, key: &AnyRef) -> Result<T> {
    into_value(object).ok_or_else(|| store.lost(key))
}

/// A copy of an object, and where in another it is nested.
struct Nested {
    key: AnyRef,
    /// In which one of the list it is nested.
    inside: Option<usize>,
    /// Whether it comes elsewhere with its relationships.
    is_again: bool,
    /// Whether it has no row, so that a collection has only what was added to it.
    is_new: bool,
    /// `None`: it was put into the other.
    object: Option<Box<dyn Object>>,
    /// Which of the list are nested in it, by the places of its relationships.
    nests: Vec<(usize, Range<usize>)>,
}

/// A copy of an object with copies of what it refers to.
fn copy(store: &Store, key: &AnyRef) -> Result<Box<dyn Object>> {
    let of = |key: &AnyRef, inside, is_again| -> Result<Nested> {
        let slot = store.slot(key)?;
        let object = Some(slot.object().duplicate());
        let is_new = matches!(slot.state, State::Pending | State::Detached);
        Ok(Nested { key: key.clone(), inside, is_again, is_new, object, nests: Vec::new() })
    };
    let mut seen = HashSet::<AnyRef, FixedState>::default();
    seen.insert(key.clone());
    let mut all = vec![of(key, None, false)?];
    let mut at = 0;
    while at < all.len() {
        let is_again = all[at].is_again;
        let Some(mut object) = all[at].object.take() else { break };
        for relationship in object.mapper().relationships()? {
            let links = object.links(relationship.place);
            if links.has_new() && !is_again {
                continue;
            }
            let keys = keys_of(links);
            let is_known = links.is_loaded() || all[at].is_new && !keys.is_empty();
            let keys = is_known.then_some(keys);
            let can_stand_here = |key: &AnyRef| {
                store.slot(key).is_ok() && !(seen.contains(key) && is_inside(&all, at, key))
            };
            match keys {
                Some(keys) if !is_again && keys.iter().all(can_stand_here) => {
                    let from = all.len();
                    for key in keys {
                        let is_again = !seen.insert(key.clone());
                        all.push(of(&key, Some(at), is_again)?);
                    }
                    let nests = (relationship.place, from..all.len());
                    all[at].nests.push(nests);
                }
                _ => object.links_mut(relationship.place).unload(),
            }
        }
        all[at].object = Some(object);
        at += 1;
    }
    // Those behind stand in those before them.
    for at in (0..all.len()).rev() {
        for (place, range) in std::mem::take(&mut all[at].nests) {
            let values = all[range].iter_mut().filter_map(|nested| nested.object.take()).collect();
            if let Some(object) = &mut all[at].object {
                object.links_mut(place).nest(values);
            }
        }
    }
    all[0].object.take().ok_or_else(|| store.lost(key))
}

/// Whether one of the list is nested in this object, or is it.
fn is_inside(all: &[Nested], at: usize, key: &AnyRef) -> bool {
    let mut inside = Some(at);
    while let Some(at) = inside {
        if all[at].key == *key {
            return true;
        }
        inside = all[at].inside;
    }
    false
}

/// The object, and what leaves the session with it.
fn expunged_with(store: &Store, key: &AnyRef) -> Result<Vec<AnyRef>> {
    let mut seen = HashSet::<AnyRef, FixedState>::default();
    seen.insert(key.clone());
    let mut all = vec![key.clone()];
    let mut at = 0;
    while let Some(key) = all.get(at) {
        at += 1;
        let Ok(slot) = store.slot(key) else { continue };
        let object = slot.object();
        for relationship in object.mapper().relationships()? {
            if relationship.cascade.expunge {
                let others = keys_of(object.links(relationship.place));
                all.extend(others.into_iter().filter(|other| seen.insert(other.clone())));
            }
        }
    }
    Ok(all)
}
