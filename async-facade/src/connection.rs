//! The connection, awaited.

use std::fmt;

use aludel_core::engine::{ConnectionEvents, FirstColumn, IntoValues, Prepared};
use aludel_core::row::Fetch;
use aludel_core::sql::{Executable, IntoSql, Params};
use aludel_core::{Connection, CursorResult, Error, Result, Row};

use crate::engine::AsyncEngine;
use crate::home::Home;
use crate::strategy::{Hosted, Strategy};
use crate::stream::AsyncStream;
use crate::transaction::AsyncTransaction;

/// A [`Connection`] for async programs.
///
/// Dropping a future of one of its methods cancels what it was doing. If a statement was on its
/// way, its transaction is lost: everything answers
/// [`PendingRollback`](aludel_core::ErrorKind::PendingRollback) until [`rollback`](Self::rollback),
/// after which the connection works again.
pub struct AsyncConnection<S: Strategy = Hosted> {
    engine: AsyncEngine<S>,
    home: Home<S>,
    events: ConnectionEvents,
}

impl<S: Strategy> AsyncConnection<S> {
    pub(crate) fn new(engine: AsyncEngine<S>, home: Home<S>, events: ConnectionEvents) -> Self {
        Self { engine, home, events }
    }

    /// The engine that it came from.
    #[must_use]
    pub fn engine(&self) -> &AsyncEngine<S> {
        &self.engine
    }

    /// As [`Connection::events`]: the target for listeners of this connection.
    #[must_use]
    pub fn events(&self) -> &ConnectionEvents {
        &self.events
    }

    /// Runs synchronous code with the synchronous connection, on a greenlet: every statement that
    /// it runs is awaited. The code must not block its thread otherwise, except under
    /// [`Threaded`](crate::Threaded), where it has a thread of its own.
    ///
    /// The closure owns what it touches (`'static`): a future can be forgotten, and the stack with
    /// it, while a borrow would end.
    ///
    /// # Errors
    ///
    /// The closure's; [`Cancelled`](aludel_core::ErrorKind::Cancelled) inside the closure when the
    /// future is dropped.
    pub async fn run_sync<T, E, F>(&mut self, f: F) -> Result<T, E>
    where
        F: FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut lent = self.home.take().await?;
        S::call(self.home.host(), Box::new(move || Ok(f(&mut lent)))).await?
    }

    /// As [`Connection::execute`].
    ///
    /// # Errors
    ///
    /// As [`Connection::execute`].
    pub async fn execute<Q>(&mut self, statement: Q) -> Result<CursorResult<Q::Row>>
    where
        Q: Executable + Send + 'static,
    {
        self.run_sync(move |connection| connection.execute(statement)).await
    }

    /// As [`Connection::execute_many`].
    ///
    /// # Errors
    ///
    /// As [`Connection::execute_many`].
    pub async fn execute_many<Q>(
        &mut self,
        statement: Q,
        sets: impl IntoIterator<Item = Params>,
    ) -> Result<CursorResult<Row>>
    where
        Q: Executable + Send + 'static,
    {
        let sets: Vec<Params> = sets.into_iter().collect();
        self.run_sync(move |connection| connection.execute_many(statement, sets)).await
    }

    /// As [`Connection::execute_prepared`].
    ///
    /// # Errors
    ///
    /// As [`Connection::execute_prepared`].
    pub async fn execute_prepared<T: Fetch>(
        &mut self,
        prepared: &Prepared<T>,
        values: impl IntoValues,
    ) -> Result<CursorResult<T>> {
        let (prepared, values) = (prepared.clone(), values.into_values());
        self.run_sync(move |connection| connection.execute_prepared(&prepared, values)).await
    }

    /// As [`Connection::exec_driver_sql`].
    ///
    /// # Errors
    ///
    /// As [`Connection::exec_driver_sql`].
    pub async fn exec_driver_sql(
        &mut self,
        sql: impl IntoSql,
        values: impl IntoValues,
    ) -> Result<CursorResult<Row>> {
        let (sql, values) = (sql.into_sql(), values.into_values());
        self.run_sync(move |connection| connection.exec_driver_sql(sql, values)).await
    }

    /// As [`Connection::scalar`].
    ///
    /// # Errors
    ///
    /// As [`Connection::scalar`].
    pub async fn scalar<Q, V>(&mut self, statement: Q) -> Result<Option<V>>
    where
        Q: Executable + Send + 'static,
        Q::Row: FirstColumn<V>,
        V: Send + 'static,
    {
        self.run_sync(move |connection| connection.scalar(statement)).await
    }

    /// As [`Connection::scalars`].
    ///
    /// # Errors
    ///
    /// As [`Connection::scalars`].
    pub async fn scalars<Q, V>(&mut self, statement: Q) -> Result<Vec<V>>
    where
        Q: Executable + Send + 'static,
        Q::Row: FirstColumn<V>,
        V: Send + 'static,
    {
        self.run_sync(move |connection| connection.scalars(statement)).await
    }

    /// As [`Connection::stream`]. The stream borrows the connection, which can run nothing else
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// As [`Connection::stream`].
    pub async fn stream<Q>(&mut self, statement: Q) -> Result<AsyncStream<'_, Q::Row, S>>
    where
        Q: Executable + Send + 'static,
    {
        let lent = self.home.take().await?;
        AsyncStream::open(self.home.host(), lent, statement).await
    }

    /// As [`Connection::begin`].
    ///
    /// # Errors
    ///
    /// As [`Connection::begin`].
    pub async fn begin(&mut self) -> Result<AsyncTransaction<'_, S>> {
        let id = self.begun(Connection::begin_root).await?;
        Ok(AsyncTransaction::new(self, id))
    }

    /// As [`Connection::begin_nested`].
    ///
    /// # Errors
    ///
    /// As [`Connection::begin_nested`].
    pub async fn begin_nested(&mut self) -> Result<AsyncTransaction<'_, S>> {
        let id = self.begun(Connection::begin_savepoint).await?;
        Ok(AsyncTransaction::new(self, id))
    }

    /// As [`Connection::commit`].
    ///
    /// # Errors
    ///
    /// As [`Connection::commit`].
    pub async fn commit(&mut self) -> Result<()> {
        self.run_sync(Connection::commit).await
    }

    /// As [`Connection::rollback`].
    ///
    /// # Errors
    ///
    /// As [`Connection::rollback`].
    pub async fn rollback(&mut self) -> Result<()> {
        self.run_sync(Connection::rollback).await
    }

    /// As [`Connection::invalidate`].
    ///
    /// # Errors
    ///
    /// An earlier call does not give the connection back.
    pub async fn invalidate(&mut self) -> Result<()> {
        self.run_sync(|connection| {
            connection.invalidate();
            Ok(())
        })
        .await
    }

    /// As [`Connection::close`].
    ///
    /// # Errors
    ///
    /// As [`Connection::close`].
    pub async fn close(self) -> Result<()> {
        self.finish(false).await
    }

    /// As [`Connection::in_transaction`]; `false` while an earlier, dropped call is on its way out.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.home.look(Connection::in_transaction).unwrap_or(false)
    }

    /// As [`Connection::in_nested_transaction`], like [`in_transaction`](Self::in_transaction).
    #[must_use]
    pub fn in_nested_transaction(&self) -> bool {
        self.home.look(Connection::in_nested_transaction).unwrap_or(false)
    }

    /// As [`Connection::is_invalidated`]; `true` while an earlier, dropped call is on its way out.
    #[must_use]
    pub fn is_invalidated(&self) -> bool {
        self.home.look(Connection::is_invalidated).unwrap_or(true)
    }

    async fn begun(&mut self, begin: fn(&mut Connection) -> Result<u64>) -> Result<u64> {
        let lent = self.home.take().await?;
        let begun = S::call(self.home.host(), Box::new(move || lent.begin(begin))).await?;
        Ok(begun.keep())
    }

    /// Commits or rolls back and gives the session back, all in one call, where listeners may run
    /// SQL; here, if there is nothing to wait for.
    pub(crate) async fn finish(self, commit: bool) -> Result<()> {
        let lent = self.home.take().await?;
        if lent.is_at_rest() && !S::BLOCKS {
            return lent.finish(commit);
        }
        S::call(self.home.host(), Box::new(move || Ok(lent.finish(commit)))).await?
    }

    pub(crate) async fn end(&mut self, id: u64, commit: bool) -> Result<()> {
        self.run_sync(move |connection| connection.end(id, commit)).await
    }

    pub(crate) fn owe(&self, id: u64) {
        self.home.owe(id);
    }

    pub(crate) fn is_active(&self, id: u64) -> bool {
        self.home.look(|connection| connection.is_active(id)).unwrap_or(false)
    }
}

impl<S: Strategy> fmt::Debug for AsyncConnection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnection").field("home", &self.home).finish_non_exhaustive()
    }
}
