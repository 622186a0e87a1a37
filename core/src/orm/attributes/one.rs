//! A reference to one object.

use std::fmt;

use super::item::{Item, New};
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::object::{Given, Links, Object};

/// The field of a relationship that refers to one object, or to none: many-to-one, or one-to-one.
///
/// Outside of a session it has a value, or nothing. In a session it has the key of an object, or it is known
/// that there is none, or it is not loaded: [`Session::load`](crate::orm::Session::load) loads it.
///
/// ```
/// use aludel::orm::One;
/// use aludel::{Auto, Mapped};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let one = One::from(User { id: Auto::unset(), name: "sandy".into() });
/// assert_eq!(one.value().map(|user| &*user.name), Some("sandy"));
/// assert!(!One::<User>::default().is_loaded());
/// ```
pub struct One<T>(State<T>);

enum State<T> {
    Unloaded,
    None,
    Some(Item<T>),
}

impl<T> One<T> {
    /// A reference to an object of a session.
    #[must_use]
    pub fn to(key: &Ref<T>) -> Self {
        Self(State::Some(key.into()))
    }

    /// A reference to nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(State::None)
    }

    /// The object, if it refers to one of a session.
    #[must_use]
    pub fn get(&self) -> Option<&Ref<T>> {
        match &self.0 {
            State::Some(item) => item.key(),
            State::Unloaded | State::None => None,
        }
    }

    /// Whether it is known what it refers to.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        !matches!(self.0, State::Unloaded)
    }
}

impl<T: MappedClass> One<T> {
    /// The value, if it has one that is of no session.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match &self.0 {
            State::Some(item) => item.value(),
            State::Unloaded | State::None => None,
        }
    }
}

impl<T> Default for One<T> {
    fn default() -> Self {
        Self(State::Unloaded)
    }
}

impl<T> Clone for One<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            State::Unloaded => State::Unloaded,
            State::None => State::None,
            State::Some(item) => State::Some(item.clone()),
        })
    }
}

impl<T> fmt::Debug for One<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Unloaded => f.write_str("not loaded"),
            State::None => f.write_str("None"),
            State::Some(item) => item.fmt(f),
        }
    }
}

impl<T: MappedClass> From<T> for One<T> {
    fn from(value: T) -> Self {
        Self(State::Some(value.into()))
    }
}

impl<T> From<&Ref<T>> for One<T> {
    fn from(key: &Ref<T>) -> Self {
        Self::to(key)
    }
}

impl<T> From<Option<&Ref<T>>> for One<T> {
    fn from(key: Option<&Ref<T>>) -> Self {
        key.map_or(Self::none(), Self::to)
    }
}

impl<T> Links for One<T> {
    fn is_loaded(&self) -> bool {
        Self::is_loaded(self)
    }

    fn each(&self, to: &mut dyn FnMut(&AnyRef)) {
        if let Some(key) = self.get() {
            to(key.any());
        }
    }

    fn each_removed(&self, _: &mut dyn FnMut(&AnyRef)) {}

    fn has_new(&self) -> bool {
        matches!(&self.0, State::Some(item) if item.is_new())
    }

    fn each_new<'o>(&'o self, to: &mut dyn FnMut(&'o dyn Object)) {
        if let State::Some(item) = &self.0
            && let Some(object) = item.object()
        {
            to(object);
        }
    }

    fn take_given(&mut self) -> Vec<Given> {
        match std::mem::replace(&mut self.0, State::None) {
            State::Some(item) => vec![item.into_given()],
            State::Unloaded | State::None => Vec::new(),
        }
    }

    fn give(&mut self, mut given: Vec<Given>) {
        self.0 = match given.pop() {
            Some(Given::New(object)) => State::Some(Item::of_new(New::of_object(object))),
            Some(Given::Ref(key)) => State::Some(Ref::new(key).into()),
            None => State::None,
        };
    }

    fn set(&mut self, mut keys: Vec<AnyRef>) {
        self.0 = match keys.pop() {
            Some(key) => State::Some(Ref::new(key).into()),
            None => State::None,
        };
    }

    fn fill(&mut self, keys: Vec<AnyRef>) {
        // What was given since stays.
        if !self.is_loaded() {
            self.set(keys.into_iter().take(1).collect());
        }
    }

    fn append(&mut self, key: AnyRef) {
        self.set(vec![key]);
    }

    fn remove(&mut self, key: &AnyRef) {
        if self.get().is_some_and(|this| this.any() == key) {
            self.0 = State::None;
        }
    }

    fn unload(&mut self) {
        self.0 = State::Unloaded;
    }

    fn nest(&mut self, mut values: Vec<Box<dyn Object>>) {
        self.0 = match values.pop() {
            Some(object) => State::Some(Item::of_new(New::of_object(object))),
            None => State::None,
        };
    }
}
