//! Values by name, for named binds and for the columns of an insert.

use super::Name;
use crate::value::Value;

/// A set of values by name, in the order in which they were given. Usually written
/// [`params!`](crate::params).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(Vec<(Name, Value)>);

impl Params {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set to refer to.
    pub(crate) fn none() -> &'static Self {
        static NONE: Params = Params(Vec::new());
        &NONE
    }

    /// Adds a value, or replaces the one that has this name.
    #[must_use]
    pub fn with(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.set(name.into(), value.into());
        self
    }

    pub(crate) fn set(&mut self, name: Name, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.0.iter().map(|(name, _)| name)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_pairs(self) -> impl Iterator<Item = (Name, Value)> {
        self.0.into_iter()
    }
}

impl Extend<(Name, Value)> for Params {
    fn extend<I: IntoIterator<Item = (Name, Value)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(name, value)| self.set(name, value));
    }
}

impl FromIterator<(Name, Value)> for Params {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(pairs: I) -> Self {
        let mut params = Self::default();
        params.extend(pairs);
        params
    }
}

/// A set of [`Params`]: `params! { name: "sandy", "odd name": 5 }`.
#[macro_export]
macro_rules! params {
    (@name $name:ident) => { ::std::stringify!($name) };
    (@name $name:literal) => { $name };
    ($($name:tt : $value:expr),* $(,)?) => {
        $crate::sql::Params::new()$(.with($crate::params!(@name $name), $value))*
    };
}
