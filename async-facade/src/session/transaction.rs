//! Transactions and savepoints of a session, awaited.

use std::fmt;
use std::ops::{Deref, DerefMut};

use aludel_core::Result;
use aludel_core::orm::Session;

use super::AsyncSession;
use crate::strategy::{Hosted, Strategy};

/// A [`SessionTransaction`](aludel_core::orm::SessionTransaction) for async programs: the session for as long as it is
/// open. Dropping it without [`commit`](Self::commit) rolls back: in memory at once, in the database by the next call.
#[must_use = "dropping a transaction rolls it back"]
pub struct AsyncSessionTransaction<'s, S: Strategy = Hosted> {
    session: &'s mut AsyncSession<S>,
    /// `None`: it is over.
    depth: Option<u32>,
}

impl<S: Strategy> AsyncSession<S> {
    /// As [`Session::begin`](aludel_core::orm::Session::begin).
    ///
    /// # Errors
    ///
    /// As [`Session::begin`](aludel_core::orm::Session::begin).
    pub async fn begin(&mut self) -> Result<AsyncSessionTransaction<'_, S>> {
        let depth = self.call(|session| session.begin_root()).await?;
        Ok(AsyncSessionTransaction { session: self, depth: Some(depth) })
    }

    /// As [`Session::begin_nested`](aludel_core::orm::Session::begin_nested).
    ///
    /// # Errors
    ///
    /// As [`Session::begin_nested`](aludel_core::orm::Session::begin_nested).
    pub async fn begin_nested(&mut self) -> Result<AsyncSessionTransaction<'_, S>> {
        let depth = self.call(|session| session.begin_savepoint()).await?;
        Ok(AsyncSessionTransaction { session: self, depth: Some(depth) })
    }
}

impl<S: Strategy> AsyncSessionTransaction<'_, S> {
    /// As [`SessionTransaction::commit`](aludel_core::orm::SessionTransaction::commit).
    ///
    /// # Errors
    ///
    /// As [`SessionTransaction::commit`](aludel_core::orm::SessionTransaction::commit).
    pub async fn commit(mut self) -> Result<()> {
        let Some(depth) = self.depth.take() else { return Ok(()) };
        let commit = move |session: &mut Session| {
            let committed = session.commit_at(depth);
            if committed.is_err() {
                // As a guard that is dropped does, whose own error is told.
                let _ = session.rollback_at(depth);
            }
            committed
        };
        self.session.call(commit).await
    }

    /// As [`SessionTransaction::rollback`](aludel_core::orm::SessionTransaction::rollback).
    ///
    /// # Errors
    ///
    /// As [`SessionTransaction::rollback`](aludel_core::orm::SessionTransaction::rollback).
    pub async fn rollback(mut self) -> Result<()> {
        let Some(depth) = self.depth.take() else { return Ok(()) };
        self.session.call(move |session| session.rollback_at(depth)).await
    }
}

impl<S: Strategy> Deref for AsyncSessionTransaction<'_, S> {
    type Target = AsyncSession<S>;

    fn deref(&self) -> &AsyncSession<S> {
        self.session
    }
}

impl<S: Strategy> DerefMut for AsyncSessionTransaction<'_, S> {
    fn deref_mut(&mut self) -> &mut AsyncSession<S> {
        self.session
    }
}

impl<S: Strategy> Drop for AsyncSessionTransaction<'_, S> {
    fn drop(&mut self) {
        self.session.guard_dropped(self.depth);
    }
}

impl<S: Strategy> fmt::Debug for AsyncSessionTransaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncSessionTransaction")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}
