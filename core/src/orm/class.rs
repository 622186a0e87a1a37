//! What a session asks of a mapped struct.

use std::any::Any;

use super::identity::Identity;
use super::key::{AnyRef, Ref};
use super::mapper::{Definition, KeyReader, Mapper, MapperOptions};
use super::object::{Links, Object};
use crate::error::Result;
use crate::row::RawRow;
use crate::sql::{ColumnType, FromClause, Mapped};
use crate::value::{Value, ValueRef};

/// A mapped struct that a [`Session`](super::Session) can hold. `#[derive(Mapped)]` implements it, for
/// structs whose fields are `Clone` and `Sync`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mapped class",
    label = "not mapped",
    note = "add `#[derive(Mapped)]` and `#[aludel(table = \"…\")]` to the struct; a session takes mapped \
            structs by value (`add`, `merge`), and their keys `&Ref<_>` everywhere else"
)]
pub trait MappedClass: Mapped + Sync {
    /// Its relationships, in the order of their fields.
    #[doc(hidden)]
    const RELATIONSHIPS: &'static [RelationshipField<Self>];

    /// How the columns of the primary key are read from a row.
    #[doc(hidden)]
    const KEY_READERS: &'static [KeyReader];

    /// What it is besides its columns and relationships.
    #[doc(hidden)]
    const OPTIONS: MapperOptions;

    /// What it is mapped to.
    fn mapper() -> &'static Mapper;

    /// The same value once more, whether the struct is `Clone` or not.
    #[doc(hidden)]
    fn duplicate(&self) -> Self;

    /// A key as a session finds objects by it.
    #[doc(hidden)]
    fn identify(key: Self::Key) -> (Vec<Value>, Identity);
}

/// The field of a relationship.
pub struct RelationshipField<T> {
    definition: Definition,
    get: fn(&T) -> &dyn Links,
    get_mut: fn(&mut T) -> &mut dyn Links,
}

impl<T> RelationshipField<T> {
    /// `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn new(
        definition: Definition,
        get: fn(&T) -> &dyn Links,
        get_mut: fn(&mut T) -> &mut dyn Links,
    ) -> Self {
        Self { definition, get, get_mut }
    }

    pub(in crate::orm) fn definition(&self) -> &Definition {
        &self.definition
    }
}

impl<T> std::fmt::Debug for RelationshipField<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RelationshipField").field(&self.definition).finish()
    }
}

impl<T: MappedClass> Object for T {
    fn mapper(&self) -> &'static Mapper {
        T::mapper()
    }

    fn column(&self, column: usize) -> Option<Value> {
        T::ACCESSORS[column].get_set(self)
    }

    fn set_column(&mut self, column: usize, value: ValueRef<'_>) -> Result<()> {
        T::ACCESSORS[column].set(self, value)
    }

    fn links(&self, relationship: usize) -> &dyn Links {
        (T::RELATIONSHIPS[relationship].get)(self)
    }

    fn links_mut(&mut self, relationship: usize) -> &mut dyn Links {
        (T::RELATIONSHIPS[relationship].get_mut)(self)
    }

    fn duplicate(&self) -> Box<dyn Object> {
        Box::new(MappedClass::duplicate(self))
    }
}

/// What the mapper of `T` consists of. `#[derive(Mapped)]` calls it, once.
#[doc(hidden)]
#[must_use]
pub fn mapper_of<T: MappedClass>() -> Mapper {
    let fields = T::FIELDS.iter().map(|field| field.name()).collect();
    let relationships = T::RELATIONSHIPS.iter().map(|field| *field.definition()).collect();
    Mapper::new(
        std::any::type_name::<T>(),
        T::table(),
        fields,
        (T::KEY, T::KEY_READERS),
        relationships,
        T::OPTIONS,
        (
            |row, start| Ok(Box::new(T::from_row(row, start)?)),
            |alias| FromClause::mapped::<T>(alias),
        ),
    )
}

/// Reads a column of a primary key. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn read_key<V: ColumnType>(row: &dyn RawRow, index: usize) -> Result<Value> {
    V::from_nullable(row, index).map(|value| value.map_or(Value::Null, |value| value.to_value()))
}

/// The version after this one, or the first one, by a function of the program. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn next_version<V: ColumnType>(version: Option<&Value>, next: fn(Option<V>) -> V) -> Value {
    let version = version.and_then(|version| crate::row::read_value::<V>(version.as_ref()).ok());
    next(version).to_value()
}

/// The key of one column. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn key_value<V: ColumnType>(key: &V) -> Value {
    key.to_value()
}

/// What a session finds an object by. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
#[must_use]
pub fn identify(values: Vec<Value>) -> (Vec<Value>, Identity) {
    let identity = Identity::of(&values);
    (values, identity)
}

/// The object as a `T`.
pub(in crate::orm) fn downcast<T: MappedClass>(object: &dyn Object) -> Option<&T> {
    let object: &dyn Any = object;
    object.downcast_ref()
}

/// The same, to change it.
pub(in crate::orm) fn downcast_mut<T: MappedClass>(object: &mut dyn Object) -> Option<&mut T> {
    let object: &mut dyn Any = object;
    object.downcast_mut()
}

/// The same, to keep it.
pub(in crate::orm) fn into_value<T: MappedClass>(object: Box<dyn Object>) -> Option<T> {
    let object: Box<dyn Any> = object;
    object.downcast().ok().map(|value| *value)
}

impl AnyRef {
    /// The same key with its type, if the object is a `T`.
    #[must_use]
    pub fn of<T: MappedClass>(&self) -> Option<Ref<T>> {
        (self.class() == T::mapper().class()).then(|| Ref::new(self.clone()))
    }
}
