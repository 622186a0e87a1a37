//! The engine, awaited.

use std::fmt;
use std::time::Duration;

use aludel_core::dbapi::ExecutionOptions;
use aludel_core::{Engine, Error, Result};

use crate::strategy::{Hosted, Strategy};

/// An [`Engine`] for async programs. Cheap to clone; the clones are one engine.
pub struct AsyncEngine<S: Strategy = Hosted> {
    sync_engine: Engine,
    hosts: S::Hosts,
}

impl<S: Strategy> AsyncEngine<S> {
    /// An async engine over a synchronous one whose driver waits in greenlets, or under
    /// [`Threaded`](crate::Threaded) on threads.
    ///
    /// # Errors
    ///
    /// The system refuses the thread that the strategy needs.
    pub fn new(sync_engine: Engine) -> Result<Self> {
        let hosts = S::hosts(&sync_engine)?;
        Ok(Self { sync_engine, hosts })
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

    /// As [`Engine::with_execution_options`].
    #[must_use]
    pub fn with_execution_options(&self, options: ExecutionOptions) -> Self {
        let sync_engine = self.sync_engine.with_execution_options(options);
        Self { sync_engine, hosts: self.hosts.clone() }
    }

    /// As [`Engine::execution_options`].
    pub fn execution_options(&self) -> ExecutionOptions {
        self.sync_engine.execution_options()
    }

    /// As [`Engine::clear_compiled_cache`].
    pub fn clear_compiled_cache(&self) {
        self.sync_engine.clear_compiled_cache();
    }

    /// Where it and its connections run.
    pub(crate) fn hosts(&self) -> &S::Hosts {
        &self.hosts
    }

    /// Runs synchronous code with the synchronous engine, on a greenlet, or under
    /// [`Threaded`](crate::Threaded) on the engine's own worker thread: the connections it makes and
    /// the statements it runs are awaited.
    ///
    /// If the future is dropped, the closure is cancelled where it waits. The caller does not know
    /// then what it did: what the closure committed stays committed.
    ///
    /// [`run_sync_with`](Self::run_sync_with) is for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// The closure's; [`Cancelled`](aludel_core::ErrorKind::Cancelled) inside the closure when the
    /// future is dropped.
    pub async fn run_sync<T, F>(&self, f: F) -> Result<T>
    where
        F: FnOnce(&Engine) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.run_sync_with(f).await
    }

    /// As [`run_sync`](Self::run_sync), with the program's own error type:
    /// `run_sync_with::<MyError, _, _>(|engine| …)`.
    ///
    /// The type is to be named unless the result says it: `?` converts into any type, so that the compiler
    /// otherwise answers `E0283: type annotations needed`.
    ///
    /// # Errors
    ///
    /// As [`run_sync`](Self::run_sync).
    pub async fn run_sync_with<E, T, F>(&self, f: F) -> Result<T, E>
    where
        E: From<Error> + Send + 'static,
        F: FnOnce(&Engine) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        let engine = self.sync_engine.clone();
        let host = S::engine_host(&self.hosts, engine.pool().next_runtime());
        S::call(&host, move || Ok(f(&engine))).await?
    }

    /// As [`Engine::dispose`].
    ///
    /// # Errors
    ///
    /// The host is gone.
    pub async fn dispose(&self) -> Result<()> {
        // Not behind the engine's own jobs, which may be waiting for a connection.
        let host = S::own_host(&self.hosts)?;
        let engine = self.sync_engine.clone();
        let dispose = move || {
            engine.dispose();
            Ok(())
        };
        S::call(&host, dispose).await
    }
}

impl<S: Strategy> AsyncEngine<S> {
    /// As [`Engine::close`]: shuts the engine down and waits for the connections in use.
    ///
    /// # Errors
    ///
    /// As [`Engine::close`].
    pub async fn close(&self, within: Duration) -> Result<()> {
        // Not behind the engine's own jobs, which may be waiting for a connection.
        let host = S::own_host(&self.hosts)?;
        let engine = self.sync_engine.clone();
        S::call(&host, Box::new(move || engine.close(within))).await
    }
}

impl<S: Strategy> Clone for AsyncEngine<S> {
    fn clone(&self) -> Self {
        Self { sync_engine: self.sync_engine.clone(), hosts: self.hosts.clone() }
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
