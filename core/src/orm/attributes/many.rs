//! A collection of objects.

use std::fmt;
use std::sync::Arc;

use super::item::Item;
use super::queue::Queue;
use crate::orm::class::{MappedClass, downcast};
use crate::orm::key::{AnyRef, Ref};
use crate::orm::object::{Given, Links, Object, drop_nested, keys_of};

/// The field of a relationship that refers to many objects: one-to-many, or many-to-many.
///
/// Outside of a session it has values. In a session it has the keys of objects, or it is not loaded:
/// [`Session::load`](crate::orm::Session::load) loads it. It is changed by
/// [`Session::push`](crate::orm::Session::push) and [`Session::remove`](crate::orm::Session::remove), or by
/// assigning another.
///
/// ```
/// use aludel::orm::{Many, many};
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
/// let users: Many<User> = many![User { id: Auto::unset(), name: "sandy".into() }];
/// assert_eq!(users.values().next().map(|user| &*user.name), Some("sandy"));
/// assert!(!Many::<User>::default().is_loaded());
/// ```
pub struct Many<T>(State<T>);

// What is not over `Ref<T>` is compiled once, and not for each struct.
enum State<T> {
    /// What was added and removed without its being loaded, if anything.
    Unloaded(Option<Box<Queue>>),
    Loaded(Arc<Vec<Ref<T>>>),
    Given(Box<[Given]>),
}

/// A collection of values and keys: `many![Address { … }, &existing]`.
#[macro_export]
macro_rules! many {
    ($($item:expr),* $(,)?) => {
        <$crate::orm::Many<_> as ::std::iter::FromIterator<$crate::orm::Item<_>>>::from_iter(
            [$($crate::orm::Item::from($item)),*]
        )
    };
}

impl<T> Many<T> {
    /// The objects, if it is loaded.
    #[must_use]
    pub fn get(&self) -> Option<&[Ref<T>]> {
        match &self.0 {
            State::Loaded(keys) => Some(keys),
            State::Unloaded(_) | State::Given(_) => None,
        }
    }

    /// Whether it is known what it refers to.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        !matches!(self.0, State::Unloaded(_))
    }

    fn given(&self) -> &[Given] {
        match &self.0 {
            State::Given(items) => items,
            State::Unloaded(_) | State::Loaded(_) => &[],
        }
    }
}

impl<T: MappedClass> Many<T> {
    /// The values that it has, which are of no session.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.given().iter().filter_map(value)
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(State::Unloaded(None))
    }
}

impl<T> Drop for Many<T> {
    fn drop(&mut self) {
        if let State::Given(given) = &mut self.0 {
            drop_given(std::mem::take(given));
        }
    }
}

impl<T> Clone for Many<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            State::Unloaded(queue) => State::Unloaded(queue.clone()),
            State::Loaded(keys) => State::Loaded(Arc::clone(keys)),
            State::Given(items) => State::Given(items.clone()),
        })
    }
}

impl<T> fmt::Debug for Many<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Unloaded(_) => f.write_str("not loaded"),
            State::Loaded(keys) => keys.fmt(f),
            State::Given(items) => items.fmt(f),
        }
    }
}

impl<T> FromIterator<Item<T>> for Many<T> {
    fn from_iter<I: IntoIterator<Item = Item<T>>>(items: I) -> Self {
        let mut given = Vec::new();
        items.into_iter().for_each(|item| given.push(item.into_given()));
        Self(State::Given(given.into()))
    }
}

impl<T: MappedClass> FromIterator<T> for Many<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().map(Item::from).collect()
    }
}

impl<T> FromIterator<Ref<T>> for Many<T> {
    fn from_iter<I: IntoIterator<Item = Ref<T>>>(keys: I) -> Self {
        keys.into_iter().map(Item::from).collect()
    }
}

impl<T: MappedClass> From<Vec<T>> for Many<T> {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T> From<Vec<Ref<T>>> for Many<T> {
    fn from(keys: Vec<Ref<T>>) -> Self {
        keys.into_iter().collect()
    }
}

/// The objects of a loaded collection.
///
/// # Panics
///
/// If it is not loaded. [`get`](Many::get) is `None` then.
impl<'m, T> IntoIterator for &'m Many<T> {
    type Item = &'m Ref<T>;
    type IntoIter = std::slice::Iter<'m, Ref<T>>;

    #[track_caller]
    fn into_iter(self) -> Self::IntoIter {
        match self.get() {
            Some(keys) => keys.iter(),
            None => panic!(
                "this relationship is not loaded; load it by `session.load(…)` or by an option of the statement, \
                 or ask by `.get()` whether it is"
            ),
        }
    }
}

impl<T> Links for Many<T> {
    fn is_loaded(&self) -> bool {
        Self::is_loaded(self)
    }

    fn each(&self, to: &mut dyn FnMut(&AnyRef)) {
        match &self.0 {
            State::Unloaded(queue) => Queue::each_added(queue.as_deref(), to),
            State::Loaded(keys) => {
                for key in &**keys {
                    to(key.any());
                }
            }
            State::Given(given) => each_key(given, to),
        }
    }

    fn each_removed(&self, to: &mut dyn FnMut(&AnyRef)) {
        if let State::Unloaded(Some(queue)) = &self.0 {
            queue.each_removed(to);
        }
    }

    fn has_new(&self) -> bool {
        // Keys that it was given count, too: they are not yet its own.
        matches!(self.0, State::Given(_))
    }

    fn each_new<'o>(&'o self, to: &mut dyn FnMut(&'o dyn Object)) {
        for given in self.given() {
            if let Given::New(object) = given {
                to(&**object);
            }
        }
    }

    fn take_given(&mut self) -> Vec<Given> {
        let given = match &mut self.0 {
            State::Unloaded(_) => Vec::new(),
            State::Loaded(_) => as_given(self),
            State::Given(given) => std::mem::take(given).into_vec(),
        };
        self.set(Vec::new());
        given
    }

    fn give(&mut self, given: Vec<Given>) {
        self.0 = State::Given(given.into());
    }

    fn set(&mut self, keys: Vec<AnyRef>) {
        let mut list = Vec::with_capacity(keys.len());
        for key in keys {
            list.push(Ref::new(key));
        }
        self.0 = State::Loaded(Arc::new(list));
    }

    fn fill(&mut self, keys: Vec<AnyRef>) {
        if let State::Unloaded(queue) = &mut self.0 {
            let keys = Queue::apply(queue.take(), keys);
            self.set(keys);
        }
    }

    fn append(&mut self, key: AnyRef) {
        match &mut self.0 {
            State::Unloaded(queue) => queue.get_or_insert_default().add(key),
            State::Loaded(keys) => {
                if keys.iter().any(|this| *this.any() == key) {
                    return;
                }
                match Arc::get_mut(keys) {
                    Some(keys) => keys.push(Ref::new(key)),
                    None => self.set(with(keys_of(self), key)),
                }
            }
            State::Given(given) => push(given, Given::Ref(key)),
        }
    }

    fn remove(&mut self, key: &AnyRef) {
        match &mut self.0 {
            State::Unloaded(queue) => queue.get_or_insert_default().remove(key),
            State::Loaded(keys) => {
                for place in 0..keys.len() {
                    if keys[place].any() == key {
                        match Arc::get_mut(keys) {
                            Some(keys) => drop(keys.remove(place)),
                            None => self.set(without(keys_of(self), place)),
                        }
                        return;
                    }
                }
            }
            State::Given(given) => remove(given, key),
        }
    }

    fn unload(&mut self) {
        *self = Self::default();
    }

    fn shared(&self) -> Option<(usize, usize)> {
        match &self.0 {
            State::Loaded(keys) => Some((Arc::as_ptr(keys).addr(), Arc::strong_count(keys))),
            State::Unloaded(_) | State::Given(_) => None,
        }
    }

    fn nest(&mut self, values: Vec<Box<dyn Object>>) {
        self.0 = State::Given(values.into_iter().map(Given::New).collect());
    }
}

fn value<T: MappedClass>(given: &Given) -> Option<&T> {
    match given {
        Given::New(object) => downcast(&**object),
        Given::Ref(_) => None,
    }
}

fn each_key(given: &[Given], to: &mut dyn FnMut(&AnyRef)) {
    for given in given {
        if let Given::Ref(key) = given {
            to(key);
        }
    }
}

fn as_given(links: &dyn Links) -> Vec<Given> {
    keys_of(links).into_iter().map(Given::Ref).collect()
}

fn with(mut keys: Vec<AnyRef>, key: AnyRef) -> Vec<AnyRef> {
    keys.push(key);
    keys
}

fn without(mut keys: Vec<AnyRef>, place: usize) -> Vec<AnyRef> {
    keys.remove(place);
    keys
}

fn push(list: &mut Box<[Given]>, given: Given) {
    let mut given_before = std::mem::take(list).into_vec();
    given_before.push(given);
    *list = given_before.into();
}

fn remove(list: &mut Box<[Given]>, key: &AnyRef) {
    let is = |given: &Given| matches!(given, Given::Ref(other) if other == key);
    if let Some(place) = list.iter().position(is) {
        let mut given = std::mem::take(list).into_vec();
        given.remove(place);
        *list = given.into();
    }
}

fn drop_given(given: Box<[Given]>) {
    let mut values = Vec::new();
    for given in given {
        if let Given::New(value) = given {
            values.push(value);
        }
    }
    drop_nested(values);
}
