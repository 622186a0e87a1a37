//! Handles to statements that a driver keeps prepared.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind};

/// Stands for a statement that one connection keeps prepared, until
/// [`close_prepared`](super::Connection::close_prepared). Another connection does not know it: the
/// numbers are of the whole program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatementHandle {
    generation: u64,
    slot: usize,
}

/// What a driver keeps for its handles. A slot is used again under another generation, so that an
/// old handle is recognized.
pub struct PreparedStatements<T> {
    slots: Vec<Option<(u64, T)>>,
    free: Vec<usize>,
}

impl<T> PreparedStatements<T> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// Keeps a statement.
    pub fn insert(&mut self, statement: T) -> StatementHandle {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        let entry = Some((generation, statement));
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot] = entry;
            slot
        } else {
            self.slots.push(entry);
            self.slots.len() - 1
        };
        StatementHandle { generation, slot }
    }

    /// The statement of a handle.
    #[inline]
    #[must_use]
    pub fn get(&self, handle: StatementHandle) -> Option<&T> {
        match self.slots.get(handle.slot) {
            Some(Some((generation, statement))) if *generation == handle.generation => {
                Some(statement)
            }
            _ => None,
        }
    }

    /// The statement of a handle.
    #[inline]
    pub fn get_mut(&mut self, handle: StatementHandle) -> Option<&mut T> {
        match self.slots.get_mut(handle.slot) {
            Some(Some((generation, statement))) if *generation == handle.generation => {
                Some(statement)
            }
            _ => None,
        }
    }

    /// Forgets the statement of a handle.
    pub fn remove(&mut self, handle: StatementHandle) -> Option<T> {
        self.get(handle)?;
        let (_, statement) = self.slots[handle.slot].take()?;
        self.free.push(handle.slot);
        Some(statement)
    }

    /// All statements.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten().map(|(_, statement)| statement)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for PreparedStatements<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for PreparedStatements<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedStatements").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The error for a handle that the connection does not know.
#[cold]
#[must_use]
pub fn unknown_handle() -> Error {
    Error::new(
        ErrorKind::ResourceClosed,
        "this connection does not know the handle: the statement was closed, or prepared by another \
         connection; prepare it again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_known_until_it_is_closed_and_to_one_table_only() {
        let (mut one, mut other) = (PreparedStatements::new(), PreparedStatements::new());
        let (a, b) = (one.insert('a'), one.insert('b'));
        let c = other.insert('c');
        assert_eq!((one.get(a), one.get(b), one.get(c)), (Some(&'a'), Some(&'b'), None));
        assert_eq!(one.remove(a), Some('a'));
        assert_eq!((one.remove(a), one.get(a), one.len()), (None, None, 1));
        // The slot is used again; the old handle is still unknown.
        let d = one.insert('d');
        assert_eq!(one.get_mut(d), Some(&mut 'd'));
        assert_eq!(one.get(a), None);
        assert_eq!(one.iter_mut().count(), 2);
        assert!(!one.is_empty() && other.remove(c).is_some() && other.is_empty());
    }
}
