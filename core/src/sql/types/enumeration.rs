//! Types that are one of several labels.

use std::borrow::Cow;

use super::super::Name;

/// A name and the labels that a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumType {
    name: Name,
    labels: Cow<'static, [Name]>,
    native: bool,
}

impl EnumType {
    /// Of a name and labels, in their order.
    ///
    /// ```
    /// use aludel::types::EnumType;
    ///
    /// assert_eq!(EnumType::new("mood", ["happy", "sad"]).labels().len(), 2);
    /// ```
    pub fn new<L: Into<Name>>(name: impl Into<Name>, labels: impl IntoIterator<Item = L>) -> Self {
        Self {
            name: name.into(),
            labels: labels.into_iter().map(Into::into).collect(),
            native: false,
        }
    }

    /// The same as a type of the database, where it has such types.
    ///
    /// ```
    /// use aludel::types::EnumType;
    ///
    /// assert!(EnumType::new("mood", ["happy", "sad"]).native().is_native());
    /// ```
    #[must_use]
    pub const fn native(mut self) -> Self {
        self.native = true;
        self
    }

    /// Whether it is a type of the database, where it has such types.
    #[must_use]
    pub const fn is_native(&self) -> bool {
        self.native
    }

    /// Of a name and labels that are part of the program: `#[derive(ColumnValue)]` makes one of an
    /// enum.
    ///
    /// ```
    /// use aludel::sql::Name;
    /// use aludel::types::{EnumType, Shared, Type};
    ///
    /// static MOOD: EnumType = EnumType::constant("mood", &[Name::Static("sad"), Name::Static("glad")]);
    /// const TYPE: Type = Type::Enum(Shared::Static(&MOOD));
    /// assert_eq!(TYPE.to_string(), r#"Enum("mood", "sad", "glad")"#);
    /// ```
    #[must_use]
    pub const fn constant(name: &'static str, labels: &'static [Name]) -> Self {
        Self { name: Name::Static(name), labels: Cow::Borrowed(labels), native: false }
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
