//! The guard of a transaction, which keeps no state.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Connection;
use super::transaction_state::TransactionEnd;
use crate::error::Result;

/// A transaction or a savepoint, and the connection for as long as it is open.
///
/// Dropping it without [`commit`](Self::commit) rolls back, at the next use of the connection or
/// when that is given back.
#[must_use = "dropping a transaction rolls it back"]
pub struct Transaction<'c> {
    pub(super) connection: &'c mut Connection,
    pub(super) id: u64,
}

impl Transaction<'_> {
    /// Commits; a savepoint is released.
    ///
    /// # Errors
    ///
    /// As [`Connection::commit`]; [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if it was ended otherwise.
    pub fn commit(self) -> Result<()> {
        self.connection.end(self.id, TransactionEnd::Commit)
    }

    /// Rolls back and waits for the answer. A savepoint undoes only what came after it.
    ///
    /// # Errors
    ///
    /// As [`Connection::rollback`].
    pub fn rollback(self) -> Result<()> {
        self.connection.end(self.id, TransactionEnd::Rollback)
    }

    /// Whether it is open and could be committed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.connection.is_active(self.id)
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After commit() or rollback() nothing of it is open, and nothing is noted.
        self.connection.guard_dropped(self.id);
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("id", &self.id).finish_non_exhaustive()
    }
}
