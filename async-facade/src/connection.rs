//! The connection, awaited.

use std::fmt;

use aludel_core::engine::{ConnectionEvents, FirstColumn, IntoValues, Prepared, Scalar};
use aludel_core::row::Fetch;
use aludel_core::sql::{Executable, IntoSql, ParamSets, Params};
use aludel_core::{Connection, CursorResult, Error, Result, Row};

use crate::engine::AsyncEngine;
use crate::lease::Lease;
use crate::owner::Owner;
use crate::scalars::AsyncScalars;
use crate::strategy::{Hosted, Strategy};
use crate::stream::AsyncStream;

/// A [`Connection`] for async programs.
///
/// # Dropped futures
///
/// Dropping the future of a call requests its cancellation. The caller does not know then what the
/// call did: it may have been stopped before its statement, in the middle, or have ended with an
/// outcome that nobody took. So the transaction that was open at any time during the call cannot go
/// on: everything answers [`PendingRollback`](aludel_core::ErrorKind::PendingRollback) until
/// [`rollback`](Self::rollback), after which the connection works again. This is so under every
/// strategy, and at whatever moment the future is dropped:
///
/// | the dropped future is of | the connection afterwards |
/// | --- | --- |
/// | a statement, `stream`, `run_sync` | `PendingRollback`, unless no transaction was open at any time |
/// | `commit` of a connection or a transaction | `PendingRollback`; whether it committed is unknown, and only the data can tell |
/// | `commit` of a savepoint | `PendingRollback` |
/// | `begin`, `begin_nested` | as if the guard was dropped; `PendingRollback` if a statement was cut |
/// | `rollback` of a connection or a transaction | works; the transaction is over |
/// | `rollback` of a savepoint | works, and the savepoint is rolled back; `PendingRollback` if the statement was cut |
/// | `set_isolation_level` | has the level of before |
/// | a call that has not begun, since it waited for an earlier one | as it was |
///
/// A future that was never polled has done nothing. In AUTOCOMMIT a statement is committed by itself,
/// also if its outcome reaches nobody.
pub struct AsyncConnection<S: Strategy = Hosted> {
    engine: AsyncEngine<S>,
    owner: Owner<S, Connection>,
    events: ConnectionEvents,
}

impl<S: Strategy> AsyncConnection<S> {
    pub(crate) fn new(
        engine: AsyncEngine<S>,
        owner: Owner<S, Connection>,
        events: ConnectionEvents,
    ) -> Self {
        Self { engine, owner, events }
    }

    pub(crate) fn owner(&self) -> &Owner<S, Connection> {
        &self.owner
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
    /// The closure owns what it touches (`'static`). A future can be forgotten by
    /// [`std::mem::forget`]; the closure then stays where it is, with everything that it uses, and a
    /// borrow inside it would outlive what it borrows from.
    ///
    /// [`run_sync_with`](Self::run_sync_with) is for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// The closure's; [`Cancelled`](aludel_core::ErrorKind::Cancelled) inside the closure when the
    /// future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::{create_async_engine, text};
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// let mut conn = engine.connect().await?;
    /// conn.run_sync(|conn| {
    ///     conn.execute(text("create table t (a integer)"))?;
    ///     conn.execute(text("insert into t values (1)"))?;
    ///     conn.commit()
    /// })
    /// .await?;
    /// assert_eq!(conn.scalar(text("select a from t")).await?, Some(1_i64));
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub async fn run_sync<T, F>(&mut self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.owner.call(move |connection| connection.lend(f)).await?
    }

    /// As [`run_sync`](Self::run_sync), with the program's own error type:
    /// `run_sync_with::<MyError, _, _>(|connection| …)`.
    ///
    /// The type is to be named unless the result says it: `?` converts into any type, so that the compiler
    /// otherwise answers `E0283: type annotations needed`.
    ///
    /// # Errors
    ///
    /// As [`run_sync`](Self::run_sync).
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::{create_async_engine, text};
    ///
    /// #[derive(Debug)]
    /// enum MyError {
    ///     Database(aludel::Error),
    ///     NotFound,
    /// }
    ///
    /// impl From<aludel::Error> for MyError {
    ///     fn from(error: aludel::Error) -> Self {
    ///         Self::Database(error)
    ///     }
    /// }
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// let mut conn = engine.connect().await?;
    /// let found = conn.run_sync_with::<MyError, _, _>(|conn| {
    ///     conn.scalar::<_, i64>(text("select 1 where false"))?.ok_or(MyError::NotFound)
    /// });
    /// assert!(matches!(found.await, Err(MyError::NotFound)));
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub async fn run_sync_with<E, T, F>(&mut self, f: F) -> Result<T, E>
    where
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        self.owner.call(move |connection| connection.lend(f)).await?
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
        self.owner.call(move |connection| connection.execute(statement)).await?
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
    ) -> Result<CursorResult<Q::Row>>
    where
        Q: Executable + Send + 'static,
    {
        let sets: ParamSets = sets.into_iter().collect();
        self.owner.call(move |connection| connection.execute_param_sets(statement, sets)).await?
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
        let mut lease = self.owner.lease().await?;
        // The vector of the values before, so that none is allocated.
        let spare = lease.take_spare_values();
        let (prepared, values) = (prepared.clone(), values.fill(spare));
        let job = move |connection: &mut Lease<Connection>| {
            connection.execute_prepared(&prepared, values)
        };
        self.owner.call_by(lease, job).await?
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
        self.owner.call(move |connection| connection.exec_driver_sql(sql, values)).await?
    }

    /// As [`Connection::scalar`].
    ///
    /// # Errors
    ///
    /// As [`Connection::scalar`].
    pub async fn scalar<Q, V>(&mut self, statement: Q) -> Result<Option<V>>
    where
        Q: Executable + Send + 'static,
        Q::Row: Scalar<V>,
        V: Send + 'static,
    {
        self.owner.call(move |connection| connection.scalar(statement)).await?
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
        self.owner.call(move |connection| connection.scalars(statement)).await?
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
        AsyncStream::open(&self.owner, statement).await
    }

    /// As [`Connection::stream_scalars`]: the first column of each row. It borrows the connection.
    ///
    /// # Errors
    ///
    /// As [`Connection::stream`].
    pub async fn stream_scalars<Q, V>(
        &mut self,
        statement: Q,
    ) -> Result<AsyncScalars<'_, Q::Row, V, S>>
    where
        Q: Executable + Send + 'static,
        Q::Row: FirstColumn<V>,
    {
        self.stream(statement).await.map(AsyncScalars::new)
    }

    /// As [`Connection::commit`].
    ///
    /// # Errors
    ///
    /// As [`Connection::commit`].
    pub async fn commit(&mut self) -> Result<()> {
        self.owner.call(|connection| connection.commit()).await?
    }

    /// As [`Connection::rollback`].
    ///
    /// # Errors
    ///
    /// As [`Connection::rollback`].
    pub async fn rollback(&mut self) -> Result<()> {
        self.owner
            .call(|connection| {
                connection.set_harmless();
                connection.rollback()
            })
            .await?
    }

    /// As [`Connection::invalidate`].
    ///
    /// # Errors
    ///
    /// An earlier call does not give the connection back.
    pub async fn invalidate(&mut self) -> Result<()> {
        self.owner
            .call(|connection| {
                connection.set_harmless();
                connection.invalidate();
            })
            .await
    }

    /// As [`Connection::close`].
    ///
    /// # Errors
    ///
    /// As [`Connection::close`].
    pub async fn close(self) -> Result<()> {
        self.end_use(Connection::close).await
    }

    /// As [`Connection::in_transaction`]; `false` while an earlier, dropped call still runs.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.owner.inspect(Connection::in_transaction).unwrap_or(false)
    }

    /// As [`Connection::in_nested_transaction`], like [`in_transaction`](Self::in_transaction).
    #[must_use]
    pub fn in_nested_transaction(&self) -> bool {
        self.owner.inspect(Connection::in_nested_transaction).unwrap_or(false)
    }

    /// As [`Connection::is_invalidated`]; `true` while an earlier, dropped call still runs.
    #[must_use]
    pub fn is_invalidated(&self) -> bool {
        self.owner.inspect(Connection::is_invalidated).unwrap_or(true)
    }

    /// Ends the use and gives the session back, all in one call, where listeners may run SQL; here,
    /// if there is nothing to wait for.
    pub(crate) async fn end_use(self, end: fn(Connection) -> Result<()>) -> Result<()> {
        let lease = self.owner.lease().await?;
        if lease.returns_without_work() && !S::BLOCKS {
            return end(lease.into_object());
        }
        S::call(self.owner.host(), move || Ok(end(lease.into_object()))).await?
    }
}

impl<S: Strategy> fmt::Debug for AsyncConnection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnection").field("owner", &self.owner).finish_non_exhaustive()
    }
}
