//! Rows that have been decoded and not yet been taken.

use std::collections::VecDeque;
use std::mem;

/// Decoded rows, in order. A single one needs no memory beside the result.
#[derive(Default)]
pub(super) enum Decoded<T> {
    #[default]
    None,
    One(T),
    Many(VecDeque<T>),
}

impl<T> Decoded<T> {
    fn take(&mut self) -> Self {
        mem::replace(self, Self::None)
    }

    #[inline]
    pub(super) fn push(&mut self, row: T) {
        match self {
            Self::None => *self = Self::One(row),
            Self::One(_) => self.grow(row),
            Self::Many(rows) => rows.push_back(row),
        }
    }

    /// Adds one to the one that there is.
    #[cold]
    fn grow(&mut self, row: T) {
        let mut rows = VecDeque::with_capacity(8);
        if let Self::One(first) = self.take() {
            rows.push_back(first);
        }
        rows.push_back(row);
        *self = Self::Many(rows);
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(rows) => rows.len(),
        }
    }

    pub(super) fn next(&mut self) -> Option<T> {
        if let Self::Many(rows) = self {
            return rows.pop_front();
        }
        match self.take() {
            Self::One(row) => Some(row),
            _ => None,
        }
    }

    pub(super) fn all(&mut self) -> Vec<T> {
        match self.take() {
            Self::None => Vec::new(),
            Self::One(row) => vec![row],
            // A deque whose front was never taken turns into a vector without moving anything.
            Self::Many(rows) => rows.into(),
        }
    }
}
