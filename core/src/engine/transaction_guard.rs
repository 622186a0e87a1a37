//! The guard of a transaction, which keeps no state.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::transaction_state::TransactionEnd;
use super::{Connection, Engine, echo};
use crate::dbapi::ExecutionOptions;
use crate::error::Result;
use crate::pool::Pooled;

/// A transaction or a savepoint, and the connection for as long as it is open.
///
/// Dropping it without [`commit`](Self::commit) rolls back, at the next use of the connection or
/// when that is given back; with `?pool=writer-readers` at once, as if the connection were dropped, if it is no
/// savepoint.
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
        drop(self.connection.part_with_dropped());
    }
}

/// A transaction whose guard was dropped, with its session. Dropping this gives the session back, whose pool rolls
/// back without waiting.
#[doc(hidden)]
pub struct DroppedTransaction {
    pub(super) engine: Engine,
    pub(super) options: ExecutionOptions,
    pub(super) pooled: Pooled,
}

impl Drop for DroppedTransaction {
    fn drop(&mut self) {
        let Self { engine, options, pooled } = self;
        if engine.echo() {
            let words = "ROLLBACK (the transaction was dropped)";
            echo::write(pooled.number(), options, words, None);
        }
    }
}

impl fmt::Debug for DroppedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DroppedTransaction").field("session", &self.pooled).finish_non_exhaustive()
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("id", &self.id).finish_non_exhaustive()
    }
}
