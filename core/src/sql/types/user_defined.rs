//! Types that a statement has made in the database, by their names.

use super::super::Name;
use super::Type;

/// A domain: a type under another name, with constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainType {
    name: Name,
    base: Type,
}

impl DomainType {
    pub(super) fn new(name: Name, base: Type) -> Self {
        Self { name, base }
    }

    /// The name of the domain.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The type that it is over.
    #[must_use]
    pub fn base(&self) -> &Type {
        &self.base
    }
}
