//! Calls whose outcome reaches nobody, as async programs may drop them.

use super::{Keys, Session};
use crate::error::Result;
use crate::orm::key::AnyRef;

/// What a session had done when a call began.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct SessionMark(u64);

impl Session {
    /// What it has done so far.
    #[doc(hidden)]
    #[must_use]
    pub fn mark(&self) -> SessionMark {
        SessionMark(self.0.connections.uses())
    }

    /// The outcome of the call that began at `since` reached nobody: if a transaction was open at any time during the
    /// call, it must be rolled back before anything else.
    #[doc(hidden)]
    pub fn outcome_lost(&mut self, since: SessionMark) {
        let connections = &self.0.connections;
        if connections.depth() > 0 || connections.uses() != since.0 {
            self.must_roll_back(
                "a call was dropped before its outcome was taken, so that what it did is unknown",
            );
        }
    }

    /// A call panicked: nothing is known of what the code was in the middle of.
    #[doc(hidden)]
    pub fn interrupted(&mut self) {
        self.0.connections.interrupted();
        self.must_roll_back("a call has panicked");
    }

    fn must_roll_back(&mut self, reason: &str) {
        self.0.flushing = false;
        self.0.autoflush = self.0.options.autoflush;
        if self.0.failed.is_none() {
            self.0.failed = Some(reason.to_owned());
        }
    }

    /// Whether one of these objects must be loaded before it is read, or cannot be read.
    #[doc(hidden)]
    pub fn needs_load(&self, keys: &impl Keys) -> Option<Vec<AnyRef>> {
        let store = &self.0.store;
        let mut all = Vec::new();
        let mut needs = false;
        keys.each(&mut |key| {
            needs |= store.living(key).map_or(true, |slot| store.is_expired(slot));
            all.push(key.clone());
        });
        needs.then_some(all)
    }

    /// Loads those of the objects that are expired.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[doc(hidden)]
    pub fn load_those_expired(&mut self, keys: &[AnyRef]) -> Result<()> {
        for key in keys {
            let slot = self.0.store.living(key)?;
            if self.0.store.is_expired(slot) {
                self.0.check()?;
                self.load_expired(key)?;
            }
        }
        Ok(())
    }

    /// Begins what [`begin`](Self::begin) does, whose guard is elsewhere, and gives its depth.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    #[doc(hidden)]
    pub fn begin_root(&mut self) -> Result<u32> {
        self.begin().map(super::SessionTransaction::into_depth)
    }

    /// The same of [`begin_nested`](Self::begin_nested).
    ///
    /// # Errors
    ///
    /// As [`begin_nested`](Self::begin_nested).
    #[doc(hidden)]
    pub fn begin_savepoint(&mut self) -> Result<u32> {
        self.begin_nested().map(super::SessionTransaction::into_depth)
    }

    /// Commits the transaction or the savepoint of this depth.
    ///
    /// # Errors
    ///
    /// As [`SessionTransaction::commit`](super::SessionTransaction::commit).
    #[doc(hidden)]
    pub fn commit_at(&mut self, depth: u32) -> Result<()> {
        self.end(depth, crate::engine::TransactionEnd::Commit)
    }

    /// Rolls back the transaction or the savepoint of this depth, with all in it.
    ///
    /// # Errors
    ///
    /// As [`SessionTransaction::rollback`](super::SessionTransaction::rollback).
    #[doc(hidden)]
    pub fn rollback_at(&mut self, depth: u32) -> Result<()> {
        let mut ended = Ok(());
        for at in (depth..=self.0.connections.depth()).rev() {
            let this = self.end(at, crate::engine::TransactionEnd::Rollback);
            ended = ended.and(this);
        }
        ended
    }

    /// The guard of the transaction or savepoint of this depth was dropped where nothing can be sent. Objects are what
    /// they were when it began; the next statement is sent behind its rollback.
    #[doc(hidden)]
    pub fn guard_dropped(&mut self, depth: u32) {
        self.0.flushing = false;
        for at in (depth..=self.0.connections.depth()).rev() {
            self.0.failed = None;
            self.0.connections.abandon(at);
            self.0.store.rolled_back(at);
            self.0.callbacks.roll_back(at);
        }
    }
}
