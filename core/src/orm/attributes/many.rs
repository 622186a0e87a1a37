//! A collection of objects.

use std::fmt;
use std::sync::Arc;

use super::item::{Item, New};
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::object::{Given, Links, Object};

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

enum State<T> {
    /// What was added and removed without its being loaded, if anything.
    Unloaded(Option<Box<Queue<T>>>),
    Loaded(Arc<Vec<Ref<T>>>),
    Given(Box<[Item<T>]>),
}

struct Queue<T> {
    added: Vec<Ref<T>>,
    removed: Vec<Ref<T>>,
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

    fn given(&self) -> &[Item<T>] {
        match &self.0 {
            State::Given(items) => items,
            State::Unloaded(_) | State::Loaded(_) => &[],
        }
    }
}

impl<T: MappedClass> Many<T> {
    /// The values that it has, which are of no session.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.given().iter().filter_map(Item::value)
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(State::Unloaded(None))
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

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self { added: self.added.clone(), removed: self.removed.clone() }
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
        Self(State::Given(items.into_iter().collect()))
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
            State::Unloaded(None) => {}
            State::Unloaded(Some(queue)) => queue.added.iter().for_each(|key| to(key.any())),
            State::Loaded(keys) => keys.iter().for_each(|key| to(key.any())),
            State::Given(items) => items.iter().filter_map(Item::any).for_each(to),
        }
    }

    fn each_removed(&self, to: &mut dyn FnMut(&AnyRef)) {
        if let State::Unloaded(Some(queue)) = &self.0 {
            queue.removed.iter().for_each(|key| to(key.any()));
        }
    }

    fn has_new(&self) -> bool {
        // Keys that it was given count, too: they are not yet its own.
        matches!(self.0, State::Given(_))
    }

    fn take_given(&mut self) -> Vec<Given> {
        match std::mem::replace(&mut self.0, State::Loaded(Arc::default())) {
            State::Unloaded(_) => Vec::new(),
            State::Loaded(keys) => keys.iter().map(|key| Given::Ref(key.into())).collect(),
            State::Given(items) => items.into_vec().into_iter().map(Item::into_given).collect(),
        }
    }

    fn set(&mut self, keys: Vec<AnyRef>) {
        self.0 = State::Loaded(Arc::new(keys.into_iter().map(Ref::new).collect()));
    }

    fn fill(&mut self, mut keys: Vec<AnyRef>) {
        let State::Unloaded(queue) = &self.0 else { return };
        if let Some(queue) = queue {
            keys.retain(|key| !queue.removed.iter().any(|removed| removed.any() == key));
            for added in &queue.added {
                if !keys.contains(added.any()) {
                    keys.push(added.into());
                }
            }
        }
        self.set(keys);
    }

    fn append(&mut self, key: AnyRef) {
        match &mut self.0 {
            State::Unloaded(queue) => {
                let queue = queue.get_or_insert_default();
                queue.removed.retain(|removed| *removed.any() != key);
                if !queue.added.iter().any(|added| *added.any() == key) {
                    queue.added.push(Ref::new(key));
                }
            }
            State::Loaded(keys) => {
                if !keys.iter().any(|this| *this.any() == key) {
                    Arc::make_mut(keys).push(Ref::new(key));
                }
            }
            State::Given(items) => {
                let mut list = std::mem::take(items).into_vec();
                list.push(Ref::new(key).into());
                *items = list.into();
            }
        }
    }

    fn remove(&mut self, key: &AnyRef) {
        match &mut self.0 {
            State::Unloaded(queue) => {
                let queue = queue.get_or_insert_default();
                let added = queue.added.len();
                queue.added.retain(|added| added.any() != key);
                if queue.added.len() == added {
                    queue.removed.push(Ref::new(key.clone()));
                }
            }
            State::Loaded(keys) => {
                if let Some(place) = keys.iter().position(|this| this.any() == key) {
                    Arc::make_mut(keys).remove(place);
                }
            }
            State::Given(items) => {
                if let Some(place) = items.iter().position(|item| item.any() == Some(key)) {
                    let mut list = std::mem::take(items).into_vec();
                    list.remove(place);
                    *items = list.into();
                }
            }
        }
    }

    fn unload(&mut self) {
        *self = Self::default();
    }

    fn nest(&mut self, values: Vec<Box<dyn Object>>) {
        let items = values.into_iter().map(|object| Item::of_new(New::of_object(object)));
        self.0 = State::Given(items.collect());
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { added: Vec::new(), removed: Vec::new() }
    }
}
