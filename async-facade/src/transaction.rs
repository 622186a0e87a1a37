//! Transactions and savepoints, awaited.

use std::fmt;
use std::ops::{Deref, DerefMut};

use aludel_core::dbapi::TransactionOptions;
use aludel_core::engine::TransactionEnd;
use aludel_core::{Connection, Result};

use crate::connection::AsyncConnection;
use crate::strategy::{Hosted, Strategy};

/// A [`Transaction`](aludel_core::Transaction) for async programs: the connection for as long as
/// it is open. Dropping it without [`commit`](Self::commit) rolls back at the next use of the
/// connection or when that is given back, with `?pool=writer-readers` at once, as a
/// [`Transaction`](aludel_core::Transaction) does.
#[must_use = "dropping a transaction rolls it back"]
pub struct AsyncTransaction<'c, S: Strategy = Hosted> {
    connection: &'c mut AsyncConnection<S>,
    id: u64,
}

impl<S: Strategy> AsyncConnection<S> {
    /// As [`Connection::begin`].
    ///
    /// # Errors
    ///
    /// As [`Connection::begin`].
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::{create_async_engine, text};
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// let mut conn = engine.connect().await?;
    /// let mut tx = conn.begin().await?;
    /// tx.execute(text("create table t (a integer)")).await?;
    /// tx.commit().await?;
    /// assert!(!conn.in_transaction());
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub async fn begin(&mut self) -> Result<AsyncTransaction<'_, S>> {
        let id = self.begin_by(Connection::begin_root).await?;
        Ok(AsyncTransaction { connection: self, id })
    }

    /// As [`Connection::begin_with_options`].
    ///
    /// # Errors
    ///
    /// As [`Connection::begin_with_options`].
    pub async fn begin_with_options(
        &mut self,
        options: TransactionOptions,
    ) -> Result<AsyncTransaction<'_, S>> {
        let id = self.begin_by(move |connection| connection.begin_root_with(&options)).await?;
        Ok(AsyncTransaction { connection: self, id })
    }

    /// As [`Connection::begin_nested`].
    ///
    /// # Errors
    ///
    /// As [`Connection::begin_nested`].
    pub async fn begin_nested(&mut self) -> Result<AsyncTransaction<'_, S>> {
        let id = self.begin_by(Connection::begin_savepoint).await?;
        Ok(AsyncTransaction { connection: self, id })
    }

    /// Begins, and returns the number for a guard. If that is not accepted, the guard counts as
    /// dropped.
    pub(crate) async fn begin_by<F>(&self, begin: F) -> Result<u64>
    where
        F: FnOnce(&mut Connection) -> Result<u64> + Send + 'static,
    {
        let beginning = self.owner().beginning();
        let begun = self.owner().call(move |connection| {
            connection.set_harmless();
            let id = begin(connection)?;
            connection.set_begun(id);
            Ok(id)
        });
        let begun = begun.await;
        beginning.disarm();
        begun?
    }
}

impl<S: Strategy> AsyncTransaction<'_, S> {
    /// As [`Transaction::commit`](aludel_core::Transaction::commit).
    ///
    /// # Errors
    ///
    /// As [`Transaction::commit`](aludel_core::Transaction::commit).
    pub async fn commit(self) -> Result<()> {
        let id = self.id;
        self.connection
            .owner()
            .call(move |connection| connection.end(id, TransactionEnd::Commit))
            .await?
    }

    /// As [`Transaction::rollback`](aludel_core::Transaction::rollback).
    ///
    /// # Errors
    ///
    /// As [`Transaction::rollback`](aludel_core::Transaction::rollback).
    pub async fn rollback(self) -> Result<()> {
        let id = self.id;
        self.connection
            .owner()
            .call(move |connection| {
                connection.set_harmless();
                connection.end(id, TransactionEnd::Rollback)
            })
            .await?
    }

    /// As [`Transaction::is_active`](aludel_core::Transaction::is_active).
    #[must_use]
    pub fn is_active(&self) -> bool {
        let id = self.id;
        self.connection.owner().inspect(|connection| connection.is_active(id)).unwrap_or(false)
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
        // After commit() or rollback() nothing of it is open, and nothing follows.
        self.connection.owner().guard_dropped(self.id);
    }
}

impl<S: Strategy> fmt::Debug for AsyncTransaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncTransaction").field("id", &self.id).finish_non_exhaustive()
    }
}
