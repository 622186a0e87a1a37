//! The guard of a session's transaction, which keeps no state.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Session;
use crate::engine::TransactionEnd;
use crate::error::Result;

/// A transaction or a savepoint of a session, and the session for as long as it is open.
///
/// Dropping it without [`commit`](Self::commit) rolls back. What that may answer is lost, so that programs call
/// [`rollback`](Self::rollback).
#[must_use = "dropping a transaction rolls it back"]
pub struct SessionTransaction<'s> {
    session: &'s mut Session,
    depth: u32,
}

impl<'s> SessionTransaction<'s> {
    pub(super) fn new(session: &'s mut Session, depth: u32) -> Self {
        Self { session, depth }
    }

    /// Writes all changes and commits; a savepoint is released.
    ///
    /// # Errors
    ///
    /// As [`Session::commit`]; [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if it is over already.
    pub fn commit(self) -> Result<()> {
        let depth = self.depth;
        self.session.end(depth, TransactionEnd::Commit)
    }

    /// How deep it is nested, for a guard that is elsewhere.
    pub(super) fn into_depth(self) -> u32 {
        std::mem::ManuallyDrop::new(self).depth
    }

    /// Rolls back. A savepoint undoes only what came after it.
    ///
    /// # Errors
    ///
    /// As [`Session::rollback`].
    pub fn rollback(self) -> Result<()> {
        let depth = self.depth;
        self.session.end(depth, TransactionEnd::Rollback)
    }
}

impl Deref for SessionTransaction<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for SessionTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

impl Drop for SessionTransaction<'_> {
    fn drop(&mut self) {
        // After commit() or rollback() it is not the innermost one any more. A failure is found by the next
        // statement: the connection says that its transaction is broken.
        let _ = self.session.end(self.depth, TransactionEnd::Rollback);
    }
}

impl fmt::Debug for SessionTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTransaction").field("depth", &self.depth).finish_non_exhaustive()
    }
}
