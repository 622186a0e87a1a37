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
    ///
    /// ```
    /// use aludel::sql::Params;
    ///
    /// assert!(Params::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with capacity for so many values.
    ///
    /// ```
    /// use aludel::sql::Params;
    ///
    /// let values = Params::with_capacity(2).with("a", 1).with("b", "x");
    /// assert_eq!(values.len(), 2);
    /// ```
    #[must_use]
    pub fn with_capacity(values: usize) -> Self {
        Self(NameMap::with_capacity(values))
    }

    /// The values of these names, which the compiler knows to be distinct or not. What
    /// [`params!`](crate::params) calls.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn of_names(are_distinct: bool, pairs: Vec<(Name, Value)>) -> Self {
        match NameMap::of_few(are_distinct, pairs) {
            Ok(names) => Self(names),
            Err(pairs) => pairs.into_iter().collect(),
        }
    }

    /// An empty set to refer to.
    pub(crate) fn none() -> &'static Self {
        static NONE: Params = Params(NameMap::new());
        &NONE
    }

    /// Adds a value, or replaces the one that has this name.
    ///
    /// ```
    /// use aludel::sql::Params;
    /// use aludel::{Value, params};
    ///
    /// let values = Params::new().with("a", 1).with("b", "x").with("a", 2);
    /// assert_eq!(values.get("a"), Some(&Value::from(2)));
    /// assert_eq!(values, params! { a: 2, b: "x" });
    /// ```
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

    /// The position of a name that most often is at this one.
    pub(super) fn position_near(&self, position: usize, name: &str) -> Option<usize> {
        self.0.position_near(position, name)
    }

    /// Whether the names are those of another set, in its order.
    #[inline]
    pub(super) fn has_names_of(&self, other: &Self) -> bool {
        self.0.has_names_of(&other.0)
    }

    /// Appends the values.
    #[inline]
    pub(super) fn append_to(self, values: &mut Vec<Value>) {
        values.extend(self.0.into_iter().map(|(_, value)| value));
    }

    /// Puts the values into the first places, as many as there are.
    pub(super) fn move_to(self, values: &mut [Value]) {
        for ((_, value), place) in self.0.into_iter().zip(values) {
            *place = value;
        }
    }

    /// Gives each name the next of these values.
    pub(super) fn replace_values(&mut self, values: &mut impl Iterator<Item = Value>) {
        self.0.values_mut().zip(values).for_each(|(place, value)| *place = value);
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
        $crate::sql::Params::of_names(
            const { $crate::sql::are_distinct(&[$($crate::params!(@name $name)),*]) },
            ::std::vec![$((
                $crate::sql::Name::Static($crate::params!(@name $name)),
                ::std::convert::Into::<$crate::value::Value>::into($value),
            )),*],
        )
    };
}

/// Whether no two names are equal, which the compiler finds out.
#[doc(hidden)]
#[must_use]
pub const fn are_distinct(names: &[&str]) -> bool {
    let mut at = 0;
    while at < names.len() {
        let mut before = 0;
        while before < at {
            if is_same(names[at].as_bytes(), names[before].as_bytes()) {
                return false;
            }
            before += 1;
        }
        at += 1;
    }
    true
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    a.len() == b.len() && at == a.len()
}

#[cfg(test)]
mod tests {
    use super::{Params, are_distinct};

    #[test]
    fn of_two_values_for_one_name_the_last_counts_as_when_they_are_given_one_by_one() {
        let set = params! { a: 1, b: 2, "a": 3 };
        assert_eq!(set, Params::new().with("a", 1).with("b", 2).with("a", 3));
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn names_are_found_by_any_number_of_them() {
        let many = params! {
            a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13, n: 14
        };
        assert_eq!(many.get("n"), Some(&14.into()));
        assert_eq!(many.get("a"), Some(&1.into()));
        assert_eq!(many.get("o"), None);
        assert_eq!(params! {}, Params::new());
    }

    #[test]
    fn names_are_distinct_or_not() {
        assert!(are_distinct(&[]));
        assert!(are_distinct(&["a", "b", "ab", "aa", ""]));
        assert!(!are_distinct(&["ab", "b", "ab"]));
    }
}
