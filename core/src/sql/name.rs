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
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

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

/// Names, each once, in order. Finding one takes the same time however many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct NameIndex {
    names: Vec<Name>,
    /// Their positions, if there are many.
    positions: Option<Box<Positions>>,
}

#[derive(Debug, Clone)]
struct Positions(HashMap<Name, usize>);

/// So many names are looked through faster than hashed.
const FEW: usize = 12;

impl NameIndex {
    pub(super) const fn new() -> Self {
        Self { names: Vec::new(), positions: None }
    }

    pub(super) fn names(&self) -> &[Name] {
        &self.names
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        match &self.positions {
            None => self.names.iter().position(|known| **known == *name),
            Some(positions) => positions.0.get(name).copied(),
        }
    }

    /// Adds a name if it is new, and gives its position.
    pub(super) fn add(&mut self, name: &Name) -> usize {
        if let Some(known) = self.position(name) {
            return known;
        }
        let position = self.names.len();
        self.names.push(name.clone());
        if let Some(positions) = &mut self.positions {
            positions.0.insert(name.clone(), position);
        } else if position >= FEW {
            let all = self.names.iter().cloned().enumerate().map(|(at, name)| (name, at));
            self.positions = Some(Box::new(Positions(all.collect())));
        }
        position
    }
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
