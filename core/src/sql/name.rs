//! Names of tables, columns and binds.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A name: part of the program's text, or made at run time. Cheap to clone.
#[derive(Clone)]
pub enum Name {
    /// Part of the program.
    Static(&'static str),
    /// Made at run time.
    Shared(Arc<str>),
}

impl Deref for Name {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Static(name) => name,
            Self::Shared(name) => name,
        }
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self::Static(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self::Shared(name.into())
    }
}

impl From<&Self> for Name {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        is_same(self, other)
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self
    }
}

/// What belongs to names: each name once, in the order in which they came. Finding one takes the same
/// time however many there are.
#[derive(Debug, Clone)]
pub(super) struct NameMap<V> {
    entries: Vec<(Name, V)>,
    /// Their positions, if there are many.
    positions: Option<Box<Positions>>,
}

#[derive(Debug, Clone)]
struct Positions(HashMap<Name, usize>);

/// So many names are looked through faster than hashed.
const FEW: usize = 12;

impl<V> NameMap<V> {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), positions: None }
    }

    pub(super) fn with_capacity(names: usize) -> Self {
        Self { entries: Vec::with_capacity(names), positions: None }
    }

    /// Of entries with distinct names, if they are few.
    #[inline]
    pub(super) fn of_few(
        are_distinct: bool,
        entries: Vec<(Name, V)>,
    ) -> Result<Self, Vec<(Name, V)>> {
        if are_distinct && entries.len() <= FEW {
            Ok(Self { entries, positions: None })
        } else {
            Err(entries)
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.entries.iter().map(|(name, _)| name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &V)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.position(name).map(|position| &self.entries[position].1)
    }

    /// As [`get`](Self::get), of a name that most often is at this position.
    #[inline]
    pub(super) fn get_near(&self, position: usize, name: &str) -> Option<&V> {
        match self.entries.get(position) {
            Some((known, value)) if is_same(known, name) => Some(value),
            _ => self.get(name),
        }
    }

    /// As [`get_near`](Self::get_near), to change it.
    #[inline]
    pub(super) fn get_mut_near(&mut self, position: usize, name: &str) -> Option<&mut V> {
        let at = self.position_near(position, name)?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// The position of a name that most often is at this one.
    #[inline]
    pub(super) fn position_near(&self, position: usize, name: &str) -> Option<usize> {
        match self.entries.get(position) {
            Some((known, _)) if is_same(known, name) => Some(position),
            _ => self.position(name),
        }
    }

    /// Whether the names are those of another, in its order.
    #[inline]
    pub(super) fn has_names_of(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.names().zip(other.names()).all(|(name, known)| is_same(name, known))
    }

    /// What belongs to the names, in their order.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.positions {
            None => self.entries.iter().position(|(known, _)| is_same(known, name)),
            Some(positions) => positions.0.get(name).copied(),
        }
    }

    /// Adds a name, or replaces what belongs to it.
    pub(super) fn set(&mut self, name: Name, value: V) {
        if let Some(known) = self.position(&name) {
            self.entries[known].1 = value;
            return;
        }
        let position = self.entries.len();
        if position >= FEW {
            self.note_position(&name, position);
        }
        self.entries.push((name, value));
    }

    #[cold]
    fn note_position(&mut self, name: &Name, position: usize) {
        let entries = &self.entries;
        let positions = self.positions.get_or_insert_with(|| {
            let before = entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at));
            Box::new(Positions(before.collect()))
        });
        positions.0.insert(name.clone(), position);
    }
}

impl<V> Default for NameMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// The same names in the same order, with equal values.
impl<V: PartialEq> PartialEq for NameMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<V> IntoIterator for NameMap<V> {
    type Item = (Name, V);
    type IntoIter = std::vec::IntoIter<(Name, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Whether two texts are equal. Names that the program has most often are at one address.
#[inline]
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.as_ptr() == b.as_ptr() || a == b)
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
