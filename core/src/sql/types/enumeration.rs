//! Types that are one of several labels.

use super::super::Name;

/// A name and the labels that a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumType {
    name: Name,
    labels: Vec<Name>,
}

impl EnumType {
    /// Of a name and labels, in their order.
    pub fn new<L: Into<Name>>(name: impl Into<Name>, labels: impl IntoIterator<Item = L>) -> Self {
        Self { name: name.into(), labels: labels.into_iter().map(Into::into).collect() }
    }

    /// The name of the type.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The labels, in their order.
    #[must_use]
    pub fn labels(&self) -> &[Name] {
        &self.labels
    }

    /// How many characters the longest label has.
    pub(crate) fn longest(&self) -> usize {
        self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(1)
    }
}
