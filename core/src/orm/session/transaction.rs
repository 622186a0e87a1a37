//! Beginning and ending transactions and savepoints.

use super::{Session, SessionTransaction};
use crate::engine::{Connection, TransactionEnd};
use crate::error::{Error, ErrorKind, Result};

/// How often a commit flushes, since listeners make new work.
const MOST_FLUSHES: usize = 100;

impl Session {
    /// Begins a transaction before the first statement would. The guard is the session for as long as it lives;
    /// dropping it without [`commit`](SessionTransaction::commit) rolls back.
    ///
    /// Nothing is sent: the first statement sends BEGIN.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if a transaction is begun already, perhaps by a statement or by a change.
    pub fn begin(&mut self) -> Result<SessionTransaction<'_>> {
        self.0.check()?;
        if self.in_transaction() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a transaction is begun on this session already, perhaps by a statement or by a change of an \
                 object; end it by commit() or rollback(), or use begin_nested() for a savepoint",
            ));
        }
        self.0.connections.set_depth(1);
        Ok(SessionTransaction::new(self, 1))
    }

    /// Begins a savepoint, in a transaction that is begun if there is none. Changes are flushed first.
    ///
    /// The first statement in it sends SAVEPOINT.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn begin_nested(&mut self) -> Result<SessionTransaction<'_>> {
        self.0.check()?;
        self.flush()?;
        let depth = self.0.connections.depth().max(1) + 1;
        self.0.connections.set_depth(depth);
        self.0.store.set_level(depth);
        Ok(SessionTransaction::new(self, depth))
    }

    /// Whether a transaction is begun: by [`begin`](Self::begin), by a statement, or by a change.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.0.connections.depth() > 0 || !self.0.store.touched().is_empty()
    }

    /// Whether a savepoint is begun.
    #[must_use]
    pub fn in_nested_transaction(&self) -> bool {
        self.0.connections.depth() > 1
    }

    /// Whether statements can run: the transaction has not failed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.failed.is_none()
    }

    /// The connection of the transaction, which begins if there is none. Changes of objects are not flushed.
    ///
    /// # Errors
    ///
    /// What [`Engine::connect`](crate::Engine::connect) may answer, and [`ErrorKind::PendingRollback`].
    pub fn connection(&mut self) -> Result<&mut Connection> {
        self.0.connection()
    }

    /// Writes all changes and commits the transaction, with all its savepoints. Objects are expired then, so
    /// that they are loaded anew when they are read, unless
    /// [`expire_on_commit`](super::SessionOptions::expire_on_commit) is off.
    ///
    /// # Errors
    ///
    /// What [`flush`](Self::flush) and [`Connection::commit`] may answer. The session then waits for
    /// [`rollback`](Self::rollback), unless nothing was sent.
    pub fn commit(&mut self) -> Result<()> {
        self.0.check()?;
        self.0.before_commit()?;
        for _ in 0..MOST_FLUSHES {
            self.flush()?;
            if self.0.store.touched().is_empty() {
                return self.commit_flushed();
            }
        }
        Err(Error::new(
            ErrorKind::Flush,
            format!(
                "after {MOST_FLUSHES} flushes there was still something to flush; do the listeners make new work \
                 each time?"
            ),
        ))
    }

    fn commit_flushed(&mut self) -> Result<()> {
        if let Err(error) = self.0.connections.commit() {
            self.0.failed = Some(format!("COMMIT failed: {}", error.message()));
            return Err(error);
        }
        self.0.ended += 1;
        self.0.store.committed();
        if self.0.options.expire_on_commit {
            self.0.store.expire_all();
        }
        self.0.store.sweep_sometimes();
        self.0.run_callbacks();
        self.0.after_commit()
    }

    /// Rolls the transaction back, with all its savepoints. Objects are what they were when it began, and are
    /// loaded anew when they are read; those that were added are [`Detached`](crate::orm::State::Detached).
    ///
    /// # Errors
    ///
    /// As [`Connection::rollback`]; the transaction is over all the same.
    pub fn rollback(&mut self) -> Result<()> {
        self.0.failed = None;
        // A listener of a flush may have panicked.
        self.0.flushing = false;
        let was_begun = self.in_transaction();
        let ended = self.0.connections.roll_back();
        self.0.ended += 1;
        // Where nothing was begun there is nothing that may have changed.
        if was_begun || self.0.store.has_kept() {
            self.0.store.rolled_back(1);
        }
        self.0.callbacks.roll_back(1);
        self.0.store.sweep_sometimes();
        if was_begun { ended.and(self.0.after_rollback()) } else { ended }
    }

    /// Ends the transaction or the savepoint that is so deep; what is over is 0.
    pub(super) fn end(&mut self, depth: u32, end: TransactionEnd) -> Result<()> {
        if depth == 0 || self.0.connections.depth() != depth {
            return match end {
                TransactionEnd::Rollback => Ok(()),
                TransactionEnd::Commit => Err(Error::new(
                    ErrorKind::InvalidRequest,
                    "this transaction is over: it was committed or rolled back inside its block",
                )),
            };
        }
        match (depth, end) {
            (1, TransactionEnd::Commit) => self.commit(),
            (1, TransactionEnd::Rollback) => self.rollback(),
            (_, TransactionEnd::Commit) => self.release_savepoint(),
            (_, TransactionEnd::Rollback) => self.roll_back_savepoint(),
        }
    }

    fn release_savepoint(&mut self) -> Result<()> {
        self.0.check()?;
        self.flush()?;
        let depth = self.0.connections.depth();
        if let Err(error) = self.0.connections.end_savepoint(TransactionEnd::Commit) {
            self.0.failed = Some(format!("RELEASE SAVEPOINT failed: {}", error.message()));
            return Err(error);
        }
        self.0.store.release(depth);
        self.0.callbacks.release(depth);
        Ok(())
    }

    fn roll_back_savepoint(&mut self) -> Result<()> {
        let depth = self.0.connections.depth();
        self.0.failed = None;
        // A listener of a flush may have panicked.
        self.0.flushing = false;
        let ended = self.0.connections.end_savepoint(TransactionEnd::Rollback);
        self.0.store.rolled_back(depth);
        self.0.callbacks.roll_back(depth);
        if let Err(error) = &ended {
            self.0.failed = Some(format!("ROLLBACK TO SAVEPOINT failed: {}", error.message()));
        }
        ended.and_then(|()| self.0.after_rollback())
    }
}
