//! How an engine makes connections.

use std::future::Future;
use std::panic::Location;

use aludel_core::engine::replaced;
use aludel_core::pool::{Place, Pooled};
use aludel_core::{Connection, Error, Result};

use crate::connection::AsyncConnection;
use crate::engine::AsyncEngine;
use crate::owner::Owner;
use crate::strategy::Strategy;

impl<S: Strategy> AsyncEngine<S> {
    /// As [`Engine::connect`](aludel_core::Engine::connect). The place that holds the connection is the
    /// one of this call.
    ///
    /// # Errors
    ///
    /// As [`Engine::connect`](aludel_core::Engine::connect).
    #[track_caller]
    pub fn connect(&self) -> impl Future<Output = Result<AsyncConnection<S>>> {
        self.connect_at(Location::caller())
    }

    async fn connect_at(&self, place: Place) -> Result<AsyncConnection<S>> {
        if let Some(connection) = self.sync_engine().connect_later(place) {
            let host = S::connection_host(self.hosts(), None)?;
            let events = connection.events();
            return Ok(AsyncConnection::new(self.clone(), Owner::new(connection, host), events));
        }
        let reserved = self.sync_engine().pool().reserve(place).await?;
        let host = S::connection_host(self.hosts(), reserved.runtime())?;
        let (engine, hosts, at) = (self.sync_engine().clone(), self.hosts().clone(), host.clone());
        let adopt = move |pooled: Pooled| {
            let at = S::host_of(&hosts, at, pooled.runtime());
            let connection = engine.adopt(pooled);
            let events = connection.events();
            (Owner::<S, Connection>::new(connection, at), events)
        };
        let (owner, events) = match reserved.redeem_now(S::INLINE) {
            // Nothing is to be waited for, so there is no reason to go elsewhere.
            Ok(pooled) => adopt(pooled),
            Err(reserved) => S::call(&host, move || reserved.redeem().map(adopt)).await?,
        };
        Ok(AsyncConnection::new(self.clone(), owner, events))
    }

    /// As [`Engine::begin`](aludel_core::Engine::begin): runs async code in a transaction on a
    /// connection of its own, commits if it returns `Ok`, rolls back if it returns `Err`. If the
    /// future is dropped or the code panics, the connection rolls back as it goes back to the pool;
    /// a future that is dropped while COMMIT is on its way leaves unknown whether it committed.
    ///
    /// [`begin_with`](Self::begin_with) is for code with an error type of its own.
    ///
    /// # Errors
    ///
    /// The code's, or what connecting and committing may answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::{create_async_engine, text};
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// engine
    ///     .begin(async |conn| {
    ///         conn.execute(text("create table t (a integer)")).await?;
    ///         conn.execute(text("insert into t values (1)")).await?;
    ///         Ok(())
    ///     })
    ///     .await?;
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[track_caller]
    pub fn begin<T, F>(&self, f: F) -> impl Future<Output = Result<T>>
    where
        F: AsyncFnOnce(&mut AsyncConnection<S>) -> Result<T>,
    {
        self.begin_at(Location::caller(), f)
    }

    /// As [`begin`](Self::begin), with the program's own error type:
    /// `begin_with::<MyError, _, _>(async |connection| …)`.
    ///
    /// The type is to be named unless the result says it: `?` converts into any type, so that the compiler
    /// otherwise answers `E0283: type annotations needed`.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    #[track_caller]
    pub fn begin_with<E, T, F>(&self, f: F) -> impl Future<Output = Result<T, E>>
    where
        E: From<Error>,
        F: AsyncFnOnce(&mut AsyncConnection<S>) -> Result<T, E>,
    {
        self.begin_at(Location::caller(), f)
    }

    async fn begin_at<E, T, F>(&self, place: Place, f: F) -> Result<T, E>
    where
        E: From<Error>,
        F: AsyncFnOnce(&mut AsyncConnection<S>) -> Result<T, E>,
    {
        let mut connection = self.connect_at(place).await?;
        // A guard would borrow the connection; dropping the connection rolls back as well.
        connection.begin_by(Connection::begin_root).await?;
        let identity = connection.owner().identity();
        let outcome = f(&mut connection).await;
        if !connection.owner().is(&identity) {
            return Err(replaced().into());
        }
        match outcome {
            Ok(value) => {
                // Also if the code has ended the transaction itself, and perhaps begun another.
                connection.end_use(|mut connection| connection.commit()).await?;
                Ok(value)
            }
            Err(error) => {
                // The code's error says more than a failed rollback could.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }
}
