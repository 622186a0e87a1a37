//! The guard of a session's transaction, which keeps no state.

use std::fmt;
use std::mem::ManuallyDrop;
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
    /// How many transactions the session had ended when this one began.
    ended: u64,
}

impl<'s> SessionTransaction<'s> {
    pub(super) fn new(session: &'s mut Session, depth: u32) -> Self {
        let ended = session.0.ended;
        Self { session, depth, ended }
    }

    /// Writes all changes and commits; a savepoint is released.
    ///
    /// # Errors
    ///
    /// As [`Session::commit`]; [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if it is over already.
    pub fn commit(mut self) -> Result<()> {
        self.end(TransactionEnd::Commit)
    }

    /// How deep it is nested, for a guard that is elsewhere.
    pub(super) fn into_depth(self) -> u32 {
        ManuallyDrop::new(self).depth
    }

    /// Rolls back. A savepoint undoes only what came after it.
    ///
    /// # Errors
    ///
    /// As [`Session::rollback`].
    pub fn rollback(mut self) -> Result<()> {
        self.end(TransactionEnd::Rollback)
    }

    /// Ends it, and nothing that was begun since it ended.
    fn end(&mut self, end: TransactionEnd) -> Result<()> {
        let depth = if self.session.0.ended == self.ended { self.depth } else { 0 };
        self.session.end(depth, end)
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
        let _ = self.end(TransactionEnd::Rollback);
    }
}

impl fmt::Debug for SessionTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTransaction").field("depth", &self.depth).finish_non_exhaustive()
    }
}
