//! Changing relationships, both sides at once.

use super::Session;
use crate::error::Result;
use crate::orm::attributes::Item;
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::object::Given;
use crate::orm::relation::{Relation, ToMany, ToOne};

impl Session {
    /// Adds an object to a collection, at its end. The other side follows at once: it is taken out of the collection
    /// that had it before. The collection need not be loaded. An object that is in it already stays where it is: a collection
    /// has it once, as the database has its row.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn push<P: MappedClass, C: MappedClass>(
        &mut self,
        parent: &Ref<P>,
        relation: ToMany<P, C>,
        child: impl Into<Item<C>>,
    ) -> Result<Ref<C>> {
        self.0.store.settle()?;
        self.0.store.attached(parent.any())?;
        let child = self.taken_in(child.into().into_given())?;
        let relationship = P::mapper().relationship(relation.place())?;
        self.0.store.append_link(parent.any(), relationship, &child)?;
        Ok(Ref::new(child))
    }

    /// Takes an object out of a collection. The other side follows at once. The collection need not be loaded. One that
    /// is not in it is no error.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn remove<P: MappedClass, C: MappedClass>(
        &mut self,
        parent: &Ref<P>,
        relation: ToMany<P, C>,
        child: &Ref<C>,
    ) -> Result<()> {
        self.0.store.settle()?;
        self.0.store.attached(parent.any())?;
        self.0.store.slot(child.any())?;
        let relationship = P::mapper().relationship(relation.place())?;
        self.0.store.remove_link(parent.any(), relationship, child.any())
    }

    /// Makes a reference refer to an object, or to none. The other side follows at once.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn link<P: MappedClass, C: MappedClass>(
        &mut self,
        parent: &Ref<P>,
        relation: ToOne<P, C>,
        to: impl IntoLinked<C>,
    ) -> Result<()> {
        self.0.store.settle()?;
        self.0.store.attached(parent.any())?;
        let to = to.into_linked().map(|item| self.taken_in(item.into_given())).transpose()?;
        let relationship = P::mapper().relationship(relation.place())?;
        self.0.store.set_links(parent.any(), relationship, to.into_iter().collect())
    }

    fn taken_in(&mut self, given: Given) -> Result<AnyRef> {
        match given {
            Given::New(object) => {
                let key = self.0.store.add(object)?;
                self.0.store.settle()?;
                Ok(key)
            }
            Given::Ref(key) => {
                self.0.store.living(&key)?;
                Ok(key)
            }
        }
    }
}

/// What [`link`](Session::link) takes: a value, a key, or `None`.
pub trait IntoLinked<T> {
    /// The object, if it is one.
    fn into_linked(self) -> Option<Item<T>>;
}

impl<T> IntoLinked<T> for &Ref<T> {
    fn into_linked(self) -> Option<Item<T>> {
        Some(self.into())
    }
}

impl<T> IntoLinked<T> for Option<&Ref<T>> {
    fn into_linked(self) -> Option<Item<T>> {
        self.map(Item::from)
    }
}

impl<T: MappedClass> IntoLinked<T> for T {
    fn into_linked(self) -> Option<Item<T>> {
        Some(self.into())
    }
}
