//! What a query of a session has found.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use super::rows::ScalarRow;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Columns;

/// What a query of a session has found: an iterator over rows, or over scalars.
pub struct OrmResult<T> {
    rows: VecDeque<T>,
    columns: Option<Arc<Columns>>,
    rowcount: u64,
}

impl<T> OrmResult<T> {
    pub(in crate::orm) fn new(
        rows: VecDeque<T>,
        columns: Option<Arc<Columns>>,
        rowcount: u64,
    ) -> Self {
        Self { rows, columns, rowcount }
    }

    /// All that are left.
    #[must_use]
    pub fn all(self) -> Vec<T> {
        self.rows.into()
    }

    /// The first; the others are discarded.
    #[must_use]
    pub fn first(mut self) -> Option<T> {
        self.rows.pop_front()
    }

    /// The only one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoResultFound`], [`ErrorKind::MultipleResultsFound`].
    pub fn one(self) -> Result<T> {
        match self.one_or_none()? {
            Some(row) => Ok(row),
            None => Err(Error::new(
                ErrorKind::NoResultFound,
                "one row was required, and there was none; use one_or_none() or first() if it may be absent",
            )),
        }
    }

    /// The only one, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MultipleResultsFound`].
    pub fn one_or_none(mut self) -> Result<Option<T>> {
        let rows = self.rows.len();
        if rows > 1 {
            return Err(Error::new(
                ErrorKind::MultipleResultsFound,
                format!(
                    "at most one row was expected, and there were {rows}; use first() to take the first of \
                     several, or limit the statement"
                ),
            ));
        }
        Ok(self.rows.pop_front())
    }

    /// The first column of each.
    #[must_use]
    pub fn scalars(self) -> OrmResult<T::Scalar>
    where
        T: ScalarRow,
    {
        let rows = self.rows.into_iter().map(ScalarRow::scalar).collect();
        OrmResult { rows, columns: self.columns, rowcount: self.rowcount }
    }

    /// Each once, where it first stood.
    #[must_use]
    pub fn unique(self) -> Self
    where
        T: Hash + Eq + Clone,
    {
        let mut seen = HashSet::new();
        let rows = self.rows.into_iter().filter(|row| seen.insert(row.clone())).collect();
        Self { rows, ..self }
    }

    /// The names of the columns; `None` if the statement gives no rows.
    #[must_use]
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_deref()
    }

    /// Rows affected, or returned, as the database counts them.
    #[must_use]
    pub fn rowcount(&self) -> u64 {
        self.rowcount
    }
}

impl<T> Iterator for OrmResult<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rows.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rows.len(), Some(self.rows.len()))
    }
}

impl<T> ExactSizeIterator for OrmResult<T> {}

impl<T> fmt::Debug for OrmResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrmResult").field("rows_left", &self.rows.len()).finish_non_exhaustive()
    }
}
