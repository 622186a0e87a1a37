//! The engine, awaited.

use std::fmt;

use aludel_core::{Connection, Engine, Error, Result};

use crate::connection::AsyncConnection;
use crate::home::Home;
use crate::strategy::{Hosted, Strategy};

/// An [`Engine`] for async programs. Cheap to clone; the clones are one engine.
pub struct AsyncEngine<S: Strategy = Hosted> {
    sync_engine: Engine,
    host: S::Host,
}

impl<S: Strategy> AsyncEngine<S> {
    /// An async engine over a synchronous one whose driver waits in greenlets, or under
    /// [`Threaded`](crate::Threaded) on threads.
    ///
    /// # Errors
    ///
    /// The system refuses the thread that the strategy needs.
    pub fn new(sync_engine: Engine) -> Result<Self> {
        Ok(Self { sync_engine, host: S::host()? })
    }

    /// The synchronous engine: the target for listeners.
    #[must_use]
    pub fn sync_engine(&self) -> &Engine {
        &self.sync_engine
    }

    /// As [`Engine::name`].
    #[must_use]
    pub fn name(&self) -> &str {
        self.sync_engine.name()
    }

    /// As [`Engine::url`].
    #[must_use]
    pub fn url(&self) -> &str {
        self.sync_engine.url()
    }

    /// As [`Engine::connect`].
    ///
    /// # Errors
    ///
    /// As [`Engine::connect`].
    pub async fn connect(&self) -> Result<AsyncConnection<S>> {
        let reserved = self.sync_engine.pool().reserve().await?;
        let host = S::connection_host(&self.host)?;
        let (engine, at) = (self.sync_engine.clone(), host.clone());
        let settle = move |pooled| {
            let connection = engine.adopt(pooled);
            let events = connection.events();
            (Home::<S>::new(connection, at), events)
        };
        let (home, events) = match reserved.redeem_now() {
            // Nothing is to be waited for, so there is no reason to go elsewhere.
            Ok(pooled) => settle(pooled),
            Err(reserved) => {
                S::call(&host, Box::new(move || reserved.redeem().map(settle))).await?
            }
        };
        Ok(AsyncConnection::new(self.clone(), home, events))
    }

    /// As [`Engine::begin`]: runs async code in a transaction on a connection of its own, commits
    /// if it returns `Ok`, rolls back if it returns `Err`. If the future is dropped or the code
    /// panics, the connection rolls back as it goes back to the pool.
    ///
    /// # Errors
    ///
    /// The code's, or what connecting and committing may answer.
    pub async fn begin<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut AsyncConnection<S>) -> Result<T, E>,
        E: From<Error>,
    {
        let mut connection = self.connect().await?;
        // Its guard would borrow the connection; dropping the connection rolls back as well.
        connection.run_sync(Connection::begin_root).await?;
        match f(&mut connection).await {
            Ok(value) => {
                // Also if the code has ended the transaction itself, and perhaps begun another.
                connection.finish(true).await?;
                Ok(value)
            }
            Err(error) => {
                // The code's error says more than a failed rollback could.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    /// Runs synchronous code with the synchronous engine, on a greenlet, or under
    /// [`Threaded`](crate::Threaded) on the engine's own worker thread: the connections it makes and
    /// the statements it runs are awaited.
    ///
    /// # Errors
    ///
    /// The closure's; [`Cancelled`](aludel_core::ErrorKind::Cancelled) inside the closure when the
    /// future is dropped.
    pub async fn run_sync<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce(&Engine) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let engine = self.sync_engine.clone();
        S::call(&self.host, Box::new(move || Ok(f(&engine)))).await?
    }

    /// As [`Engine::dispose`].
    ///
    /// # Errors
    ///
    /// The host is gone.
    pub async fn dispose(&self) -> Result<()> {
        // Not behind the engine's own jobs, which may be waiting for a connection.
        let host = S::connection_host(&self.host)?;
        let engine = self.sync_engine.clone();
        let dispose = move || {
            engine.dispose();
            Ok(())
        };
        S::call(&host, Box::new(dispose)).await
    }
}

impl<S: Strategy> Clone for AsyncEngine<S> {
    fn clone(&self) -> Self {
        Self { sync_engine: self.sync_engine.clone(), host: self.host.clone() }
    }
}

impl<S: Strategy> PartialEq for AsyncEngine<S> {
    fn eq(&self, other: &Self) -> bool {
        self.sync_engine == other.sync_engine
    }
}

impl<S: Strategy> Eq for AsyncEngine<S> {}

impl<S: Strategy> fmt::Debug for AsyncEngine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncEngine").field(&self.sync_engine.url()).finish()
    }
}
