//! What a relationship is given.

use std::fmt;
use std::marker::PhantomData;

use crate::orm::class::MappedClass;
use crate::orm::key::Ref;
use crate::orm::object::{Given, Object, drop_nested};

/// An object for a relationship, or for [`add`](crate::orm::Session::add): a value that no session has, or the key
/// of one.
pub struct Item<T>(Kind<T>);

enum Kind<T> {
    New(New<T>),
    Ref(Ref<T>),
}

/// A value whose type is erased, so that what a struct refers to is no part of its type: `Send` of one struct
/// is not proved through all that it can reach.
pub(in crate::orm) struct New<T> {
    /// `None` while it is dropped or given away.
    object: Option<Box<dyn Object>>,
    class: PhantomData<fn() -> T>,
}

impl<T> New<T> {
    /// Who calls it knows that the object is a `T`.
    pub(in crate::orm) fn of_object(object: Box<dyn Object>) -> Self {
        Self { object: Some(object), class: PhantomData }
    }

    pub(in crate::orm) fn into_object(mut self) -> Box<dyn Object> {
        match self.object.take() {
            Some(object) => object,
            None => unreachable!("nobody has one that has given its value away"),
        }
    }
}

impl<T: MappedClass> New<T> {
    pub(in crate::orm) fn of_value(value: T) -> Self {
        Self::of_object(Box::new(value))
    }

    pub(in crate::orm) fn get(&self) -> Option<&T> {
        let object: &dyn std::any::Any = &**self.object.as_ref()?;
        object.downcast_ref()
    }
}

impl<T> Clone for New<T> {
    fn clone(&self) -> Self {
        let object = self.object.as_ref().map(|object| object.duplicate());
        Self { object, class: PhantomData }
    }
}

impl<T> Drop for New<T> {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop_nested(vec![object]);
        }
    }
}

impl<T> Item<T> {
    pub(in crate::orm) fn of_new(new: New<T>) -> Self {
        Self(Kind::New(new))
    }

    pub(in crate::orm) fn of_ref(key: Ref<T>) -> Self {
        Self(Kind::Ref(key))
    }

    pub(in crate::orm) fn into_given(self) -> Given {
        match self.0 {
            Kind::New(new) => Given::New(new.into_object()),
            Kind::Ref(key) => Given::Ref(key.into()),
        }
    }

    /// The key, if it is one.
    #[must_use]
    pub fn key(&self) -> Option<&Ref<T>> {
        match &self.0 {
            Kind::Ref(key) => Some(key),
            Kind::New(_) => None,
        }
    }

    /// The value without its type, if it is one.
    pub(in crate::orm) fn object(&self) -> Option<&dyn Object> {
        match &self.0 {
            Kind::New(new) => new.object.as_deref(),
            Kind::Ref(_) => None,
        }
    }

    pub(in crate::orm) fn is_new(&self) -> bool {
        matches!(self.0, Kind::New(_))
    }
}

impl<T: MappedClass> Item<T> {
    /// The value, if it is one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match &self.0 {
            Kind::New(new) => new.get(),
            Kind::Ref(_) => None,
        }
    }
}

impl<T> Clone for Item<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kind::New(new) => Kind::New(new.clone()),
            Kind::Ref(key) => Kind::Ref(key.clone()),
        })
    }
}

impl<T> fmt::Debug for Item<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::New(_) => f.write_str("new"),
            Kind::Ref(key) => key.fmt(f),
        }
    }
}

impl<T: MappedClass> From<T> for Item<T> {
    fn from(value: T) -> Self {
        Self::of_new(New::of_value(value))
    }
}

impl<T> From<Ref<T>> for Item<T> {
    fn from(key: Ref<T>) -> Self {
        Self::of_ref(key)
    }
}

impl<T> From<&Ref<T>> for Item<T> {
    fn from(key: &Ref<T>) -> Self {
        Self::of_ref(key.clone())
    }
}
