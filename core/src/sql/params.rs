//! Values by name, for named binds and for the columns of an insert.

use super::Name;
use super::name::NameMap;
use crate::value::Value;

/// A set of values by name, in the order in which they were given. Usually written
/// [`params!`](crate::params). Two are equal that have the same names in the same order, with equal
/// values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(NameMap<Value>);

impl Params {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with capacity for so many values.
    #[must_use]
    pub fn with_capacity(values: usize) -> Self {
        Self(NameMap::with_capacity(values))
    }

    /// An empty set to refer to.
    pub(crate) fn none() -> &'static Self {
        static NONE: Params = Params(NameMap::new());
        &NONE
    }

    /// Adds a value, or replaces the one that has this name.
    #[must_use]
    pub fn with(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.set(name.into(), value.into());
        self
    }

    pub(crate) fn set(&mut self, name: Name, value: Value) {
        self.0.set(name, value);
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value of a name that most often is at this position.
    #[inline]
    pub(crate) fn get_near(&self, position: usize, name: &str) -> Option<&Value> {
        self.0.get_near(position, name)
    }

    /// Takes the value of a name that most often is at this position, and leaves NULL there.
    #[inline]
    pub(crate) fn take_near(&mut self, position: usize, name: &str) -> Option<Value> {
        self.0.get_mut_near(position, name).map(|value| std::mem::replace(value, Value::Null))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.0.names()
    }

    /// The names and their values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Name, &Value)> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        $crate::sql::Params::with_capacity(<[&str]>::len(&[$($crate::params!(@name $name)),*]))
            $(.with($crate::params!(@name $name), $value))*
    };
}
