//! Values in the tree, and what the database takes them for.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::sql::types::Type;
use crate::sql::{Name, Params};
use crate::value::Value;

/// A value that is bound, and the type that the database takes it for, where that is known.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Literal {
    pub(in crate::sql) value: Value,
    pub(in crate::sql) ty: ValueType,
}

/// A value that is given at execution, by name.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Bind {
    pub(in crate::sql) name: Name,
    pub(in crate::sql) ty: ValueType,
    /// What it is if it is not given.
    pub(in crate::sql) default: Option<BindDefault>,
}

/// A value that is made for each execution, such as the default of a column.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Made {
    /// Its place and its type; the value in it is NULL.
    pub(in crate::sql) literal: Literal,
    pub(in crate::sql) make: BindDefault,
}

/// The value of a bind that is not given one.
#[derive(Clone)]
pub(in crate::sql) enum BindDefault {
    Value(Value),
    Callable(Arc<dyn Fn() -> Value + Send + Sync>),
}

impl BindDefault {
    pub(in crate::sql) fn get(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Callable(make) => make(),
        }
    }

    pub(in crate::sql) fn into_maker(self) -> Box<dyn Fn() -> Value + Send + Sync> {
        match self {
            Self::Value(value) => Box::new(move || value.clone()),
            Self::Callable(make) => Box::new(move || make()),
        }
    }
}

impl PartialEq for BindDefault {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => one == other,
            (Self::Callable(one), Self::Callable(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for BindDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => fmt::Debug::fmt(value, f),
            Self::Callable(_) => f.write_str("a function"),
        }
    }
}

/// The values of an IN list.
#[derive(Debug, Clone)]
pub(in crate::sql) struct List {
    pub(in crate::sql) of: ListOf,
    /// The type of the first value of each row.
    pub(in crate::sql) ty: ValueType,
    /// Those of the others, if the rows are tuples.
    pub(in crate::sql) others: Box<[ValueType]>,
}

/// Where the values of a list come from.
#[derive(Debug, Clone)]
pub(in crate::sql) enum ListOf {
    /// The statement has them, row by row.
    Values(Box<[Value]>),
    /// They are given at execution, by name, as one array.
    Bind {
        name: Name,
        /// What they are if they are not given.
        default: Option<BindDefault>,
    },
}

impl List {
    /// Of single values.
    pub(in crate::sql) fn new(of: ListOf, ty: ValueType) -> Self {
        Self { of, ty, others: Box::default() }
    }

    /// Its name, if it is given at execution.
    pub(in crate::sql) fn name(&self) -> Option<&Name> {
        match &self.of {
            ListOf::Values(_) => None,
            ListOf::Bind { name, .. } => Some(name),
        }
    }

    /// Gives it its values, if they are known here; notes its name. What is no array is refused.
    pub(super) fn give(
        &mut self,
        params: &Params,
        used: &mut HashSet<Name>,
    ) -> Result<(), &'static str> {
        let ListOf::Bind { name, .. } = &self.of else { return Ok(()) };
        let Some(value) = params.get(name) else { return Ok(()) };
        used.insert(name.clone());
        let elements = listed(value).ok_or(NO_LIST)?;
        self.of = ListOf::Values(elements.into());
        Ok(())
    }
}

/// The values of a list that is given as one value: the elements of an array.
pub(in crate::sql) fn listed(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(array) if array.dimensions().len() <= 1 => Some(array.elements()),
        _ => None,
    }
}

/// What is said of another value.
pub(in crate::sql) const NO_LIST: &str = "a bind that stands for a list was given a value that is no \
     list; give it a `Vec`, as in `params! { ids: vec![1, 2] }`";

/// The type that the database takes a value for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::sql) enum ValueType {
    #[default]
    Unknown,
    /// That of the column beside which it stands, of a mapped struct.
    Static(&'static Type),
    /// That of the column beside which it stands, of a table that is described at run time.
    Described(Box<Type>),
    /// Its own, because the program said so: it is declared to the database.
    Declared(&'static Type),
}

impl ValueType {
    pub(in crate::sql) fn get(&self) -> Option<&Type> {
        match self {
            Self::Unknown => None,
            Self::Static(ty) | Self::Declared(ty) => Some(ty),
            Self::Described(ty) => Some(ty),
        }
    }

    pub(in crate::sql) fn is_declared(&self) -> bool {
        matches!(self, Self::Declared(_))
    }
}

impl From<&'static Type> for ValueType {
    fn from(ty: &'static Type) -> Self {
        Self::Static(ty)
    }
}

impl From<Option<&'static Type>> for ValueType {
    fn from(ty: Option<&'static Type>) -> Self {
        ty.map_or(Self::Unknown, Self::Static)
    }
}

impl From<Option<Type>> for ValueType {
    fn from(ty: Option<Type>) -> Self {
        ty.map_or(Self::Unknown, |ty| Self::Described(Box::new(ty)))
    }
}
