//! Indexes.

use super::super::Name;
use super::ConstraintName;

/// An index over columns of a table.
///
/// ```
/// use aludel::sql::schema::Index;
///
/// let index = Index::new(["last_name", "first_name"]).unique();
/// assert!(index.is_unique());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an index does nothing until a table has it"]
pub struct Index {
    name: ConstraintName,
    columns: Vec<Name>,
    unique: bool,
}

impl Index {
    /// Over these columns, in this order.
    pub fn new<C: Into<Name>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { name: ConstraintName::default(), columns, unique: false }
    }

    /// Names it, in place of the naming convention.
    pub fn named(self, name: impl Into<Name>) -> Self {
        Self { name: ConstraintName::Given(name.into()), ..self }
    }

    /// No two rows have the same values in its columns.
    pub fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// Its name in the database, if it belongs to a table.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.name.get()
    }

    /// Its columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[Name] {
        &self.columns
    }

    /// Whether no two rows have the same values.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    pub(super) fn constraint_name(&self) -> &ConstraintName {
        &self.name
    }

    pub(super) fn constraint_name_mut(&mut self) -> &mut ConstraintName {
        &mut self.name
    }
}
