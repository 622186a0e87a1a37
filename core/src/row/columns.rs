//! The columns of a result.

use crate::error::{Error, ErrorKind, Result};

/// How many bytes PostgreSQL keeps of a name.
const LONGEST: usize = 63;

/// The columns of a result, made once for each statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Columns {
    names: Box<[Box<str>]>,
    /// As many as there are names, or none.
    types: Box<[Box<str>]>,
    /// Names that are longer are cut.
    cut: bool,
}

impl Columns {
    /// Columns with these names, in order.
    pub fn new<I>(names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Box<str>>,
    {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            types: Box::default(),
            cut: false,
        }
    }

    /// The same with the names of their types in the database, in order.
    #[must_use]
    pub fn with_types<I>(self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Box<str>>,
    {
        Self { types: types.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same, of a database that cuts names behind 63 bytes, as PostgreSQL does: a longer one is found by
    /// what is left of it.
    #[must_use]
    pub fn with_cut_names(self) -> Self {
        Self { cut: true, ..self }
    }

    /// The first of them.
    pub(crate) fn first(&self, len: usize) -> Self {
        let first = |all: &[Box<str>]| all.iter().take(len).cloned().collect();
        Self { names: first(&self.names), types: first(&self.types), cut: self.cut }
    }

    /// The name of a column's type in the database, where the driver knows it. SQLite has no types of
    /// columns, but of values.
    #[must_use]
    pub fn type_name(&self, index: usize) -> Option<&str> {
        self.types.get(index).map(AsRef::as_ref)
    }

    /// What an error says of the column at a position: its name, and its type if that is known.
    #[must_use]
    pub fn described(&self, index: usize) -> String {
        self.described_with(index, "")
    }

    /// The same; where columns have no types, with the class of the value in this row.
    pub(super) fn described_with(&self, index: usize, class: &str) -> String {
        match (self.names.get(index), self.type_name(index).unwrap_or(class)) {
            (Some(name), "") => format!("column {name:?}"),
            (Some(name), ty) => format!("column {name:?} ({ty})"),
            (None, _) => format!("column number {}", index + 1),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no columns: the statement returns no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// The position of a name. One that is longer than the names of PostgreSQL, which cuts them, is found there
    /// by what is left of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchColumn`] with the names there are, or [`ErrorKind::InvalidRequest`] if
    /// the name stands more than once.
    pub fn index_of(&self, name: &str) -> Result<usize> {
        let find = |name: &str| {
            let mut found = self.names.iter().enumerate().filter(|(_, this)| ***this == *name);
            (found.next(), found.next())
        };
        let found = match find(name) {
            (None, _) if self.cut && name.len() > LONGEST => {
                find(&name[..name.floor_char_boundary(LONGEST)])
            }
            found => found,
        };
        match found {
            (Some((index, _)), None) => Ok(index),
            (Some(_), Some(_)) => Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "the column name {name:?} is ambiguous: the result has several; read the \
                     column by its position or give it a label"
                ),
            )),
            (None, _) => Err(Error::new(
                ErrorKind::NoSuchColumn,
                format!("the result has no column {name:?}; it has: {}", self.names.join(", ")),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_cut_are_found_by_their_beginning() {
        let (kept, asked) = ("a".repeat(63), "a".repeat(64));
        let columns = Columns::new([kept.as_str()]);
        assert_eq!(columns.index_of(&kept).ok(), Some(0));
        let missing = columns.index_of(&asked).map_err(|error| error.kind());
        assert_eq!(missing, Err(ErrorKind::NoSuchColumn));
        let columns = columns.with_cut_names();
        assert_eq!(columns.index_of(&asked).ok(), Some(0));
        assert_eq!(columns.first(1).index_of(&asked).ok(), Some(0));
    }
}
