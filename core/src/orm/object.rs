//! An object without its type, and what of it refers to other objects.

use std::any::Any;
use std::fmt;

use super::key::AnyRef;
use super::mapper::Mapper;
use crate::error::Result;
use crate::value::{Value, ValueRef};

/// A value of a mapped struct, without its type. Every [`MappedClass`](super::MappedClass) is one.
///
/// Columns and relationships go by their place, which is that of the fields.
pub trait Object: Any + Send + Sync {
    /// What it is mapped to.
    fn mapper(&self) -> &'static Mapper;

    /// The value of a column; `None` if it has none yet.
    fn column(&self, column: usize) -> Option<Value>;

    /// Sets a column to a value of the database.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) if the field cannot have this value.
    fn set_column(&mut self, column: usize, value: ValueRef<'_>) -> Result<()>;

    /// What a relationship refers to.
    fn links(&self, relationship: usize) -> &dyn Links;

    /// The same, to change it.
    fn links_mut(&mut self, relationship: usize) -> &mut dyn Links;

    /// The same once more.
    fn duplicate(&self) -> Box<dyn Object>;
}

/// An object that a relationship is given: one that a session has, or a value that comes along.
pub enum Given {
    /// A value that no session has yet.
    New(Box<dyn Object>),
    /// An object of a session.
    Ref(AnyRef),
}

impl Clone for Given {
    fn clone(&self) -> Self {
        match self {
            Self::New(object) => Self::New(object.duplicate()),
            Self::Ref(key) => Self::Ref(key.clone()),
        }
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(object) => f.debug_tuple("New").field(object.mapper()).finish(),
            Self::Ref(key) => f.debug_tuple("Ref").field(key).finish(),
        }
    }
}

/// The field of a relationship, whatever it refers to.
pub trait Links: Send + Sync {
    /// Whether it is known what it refers to.
    fn is_loaded(&self) -> bool;

    /// The objects that it refers to; those that were added, if it is not loaded.
    fn each(&self, to: &mut dyn FnMut(&AnyRef));

    /// The objects that were removed from it since it is not loaded.
    fn each_removed(&self, to: &mut dyn FnMut(&AnyRef));

    /// Whether it has values that no session has yet.
    fn has_new(&self) -> bool;

    /// The values that no session has yet.
    fn each_new<'o>(&'o self, to: &mut dyn FnMut(&'o dyn Object));

    /// Takes all that it was given, and is empty then, and loaded.
    fn take_given(&mut self) -> Vec<Given>;

    /// Gives it what was [taken](Self::take_given) from it.
    fn give(&mut self, given: Vec<Given>);

    /// Sets what it refers to, and that it is loaded.
    fn set(&mut self, keys: Vec<AnyRef>);

    /// As [`set`](Self::set), by what a load has found: what was added and removed before stays so.
    fn fill(&mut self, keys: Vec<AnyRef>);

    /// Adds one; of a reference to one, in place of the one before.
    fn append(&mut self, key: AnyRef);

    /// Removes one.
    fn remove(&mut self, key: &AnyRef);

    /// Forgets what it refers to, and what was added and removed.
    fn unload(&mut self);

    /// The list in which it has its keys, if copies of the field may share that: which list it is, and how many fields
    /// have it.
    fn shared(&self) -> Option<(usize, usize)> {
        None
    }

    /// Makes it one of values, as it is outside of a session.
    fn nest(&mut self, values: Vec<Box<dyn Object>>);
}

/// Drops values with all that is nested in them, in a loop: a chain of them may be longer than the stack is deep.
pub(in crate::orm) fn drop_nested(mut values: Vec<Box<dyn Object>>) {
    while let Some(mut value) = values.pop() {
        for relationship in 0..value.mapper().definitions().len() {
            if !value.links(relationship).has_new() {
                continue;
            }
            for given in value.links_mut(relationship).take_given() {
                if let Given::New(nested) = given {
                    values.push(nested);
                }
            }
        }
    }
}

/// The objects that a field refers to.
pub(in crate::orm) fn keys_of(links: &dyn Links) -> Vec<AnyRef> {
    let mut keys = Vec::new();
    links.each(&mut |key| keys.push(key.clone()));
    keys
}

/// Those that were removed from it since it is not loaded.
pub(in crate::orm) fn removed_of(links: &dyn Links) -> Vec<AnyRef> {
    let mut keys = Vec::new();
    links.each_removed(&mut |key| keys.push(key.clone()));
    keys
}
