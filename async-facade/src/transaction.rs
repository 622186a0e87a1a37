//! Transactions and savepoints, awaited.

use std::fmt;
use std::ops::{Deref, DerefMut};

use aludel_core::Result;

use crate::connection::AsyncConnection;
use crate::strategy::{Hosted, Strategy};

/// A [`Transaction`](aludel_core::Transaction) for async programs: the connection for as long as
/// it is open. Dropping it without [`commit`](Self::commit) rolls back at the next use of the
/// connection or when that is given back.
#[must_use = "dropping a transaction rolls it back"]
pub struct AsyncTransaction<'c, S: Strategy = Hosted> {
    connection: &'c mut AsyncConnection<S>,
    id: u64,
}

impl<'c, S: Strategy> AsyncTransaction<'c, S> {
    pub(crate) fn new(connection: &'c mut AsyncConnection<S>, id: u64) -> Self {
        Self { connection, id }
    }

    /// As [`Transaction::commit`](aludel_core::Transaction::commit).
    ///
    /// # Errors
    ///
    /// As [`Transaction::commit`](aludel_core::Transaction::commit).
    pub async fn commit(self) -> Result<()> {
        self.connection.end(self.id, true).await
    }

    /// As [`Transaction::rollback`](aludel_core::Transaction::rollback).
    ///
    /// # Errors
    ///
    /// As [`Transaction::rollback`](aludel_core::Transaction::rollback).
    pub async fn rollback(self) -> Result<()> {
        self.connection.end(self.id, false).await
    }

    /// As [`Transaction::is_active`](aludel_core::Transaction::is_active).
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.connection.is_active(self.id)
    }
}

impl<S: Strategy> Deref for AsyncTransaction<'_, S> {
    type Target = AsyncConnection<S>;

    fn deref(&self) -> &AsyncConnection<S> {
        self.connection
    }
}

impl<S: Strategy> DerefMut for AsyncTransaction<'_, S> {
    fn deref_mut(&mut self) -> &mut AsyncConnection<S> {
        self.connection
    }
}

impl<S: Strategy> Drop for AsyncTransaction<'_, S> {
    fn drop(&mut self) {
        // After commit() or rollback() nothing of it is open, and nothing is owed.
        self.connection.owe(self.id);
    }
}

impl<S: Strategy> fmt::Debug for AsyncTransaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncTransaction").field("id", &self.id).finish_non_exhaustive()
    }
}
