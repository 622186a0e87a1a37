//! Options of an engine.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use super::observation::Observation;
use crate::dbapi::{ExecutionOptions, IsolationLevel};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{PoolOptions, ResetOnReturn};

/// Options of an [`Engine`](super::Engine). The names are SQLAlchemy's.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct EngineOptions {
    pub(super) pool: PoolOptions,
    pub(super) observation: Observation,
    pub(super) query_cache_size: usize,
    pub(super) execution_options: ExecutionOptions,
    pub(super) host_threads: Option<usize>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            pool: PoolOptions::default(),
            observation: Observation::default(),
            query_cache_size: 500,
            execution_options: ExecutionOptions::DEFAULT,
            host_threads: None,
        }
    }
}

impl EngineOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Logs each statement before it is sent, with its values and the number of its connection: to the
    /// program's `tracing` subscriber if it has one, to standard error otherwise. Default: no.
    pub fn echo(mut self, echo: bool) -> Self {
        self.observation.echo = echo;
        self
    }

    /// Keeps the values of parameters out of the [`echo`](Self::echo), which then says how many there
    /// are. Default: no.
    pub fn hide_parameters(mut self, hide: bool) -> Self {
        self.observation.hide_parameters = hide;
        self
    }

    /// Whether the span of a statement has the first ten values that are bound, as
    /// `db.query.parameter.0` to `.9`. They may be secrets, or data of persons. Default: no.
    pub fn trace_parameters(mut self, trace: bool) -> Self {
        self.observation.trace_parameters = trace;
        self
    }

    /// Logs each statement that takes as long or longer, as a warning, without its values. A stream
    /// counts until it is open. Default: none.
    pub fn slow_threshold(mut self, elapsed: impl Into<Option<Duration>>) -> Self {
        self.observation.slow_threshold = elapsed.into();
        self
    }

    /// How many compiled statements are remembered; 0 for none. Default 500.
    pub fn query_cache_size(mut self, size: usize) -> Self {
        self.query_cache_size = size;
        self
    }

    /// How the statements of its connections are executed, where neither the connection nor the
    /// statement says otherwise. What was set before stays unless it is set anew.
    pub fn execution_options(mut self, options: ExecutionOptions) -> Self {
        self.execution_options = options.over(&self.execution_options);
        self
    }

    /// On how many threads an async engine runs the greenlets of its connections at most, under the strategy
    /// `Hosted`; a blocking engine and the other strategies have none of these threads. Default: as many as the
    /// program may use cores, and no more than 8.
    ///
    /// The first starts with the engine, another one when a connection is asked for while each has one in use. A
    /// connection stays on the thread where its session was made. 1 keeps all code of the engine on one thread.
    ///
    /// ```
    /// use aludel_core::EngineOptions;
    ///
    /// let options = EngineOptions::new().host_threads(2);
    /// # drop(options);
    /// ```
    pub fn host_threads(mut self, threads: impl Into<Option<usize>>) -> Self {
        self.host_threads = threads.into();
        self
    }

    /// The isolation level of the transactions, or
    /// [`Autocommit`](IsolationLevel::Autocommit). Default: what the database does by itself.
    ///
    /// In `Autocommit` no BEGIN, COMMIT or ROLLBACK is sent, and each statement is committed by
    /// itself. See [`Connection::set_isolation_level`](super::Connection::set_isolation_level) for
    /// one connection,
    /// [`Connection::begin_with_options`](super::Connection::begin_with_options) for one
    /// transaction, and [`ExecutionOptions::isolation_level`] for one statement.
    pub fn isolation_level(mut self, level: impl Into<Option<IsolationLevel>>) -> Self {
        self.pool.isolation_level = level.into();
        self
    }

    /// What is done with the session of a connection that is given back. Default:
    /// [`Rollback`](ResetOnReturn::Rollback).
    ///
    /// ```
    /// use aludel_core::EngineOptions;
    /// use aludel_core::pool::ResetOnReturn;
    ///
    /// let options = EngineOptions::new().pool_reset_on_return(ResetOnReturn::Full);
    /// # drop(options);
    /// ```
    pub fn pool_reset_on_return(mut self, reset: ResetOnReturn) -> Self {
        self.pool.reset_on_return = reset;
        self
    }

    /// Connections that are kept when nobody uses them. Default 5.
    pub fn pool_size(mut self, size: usize) -> Self {
        self.pool.size = size;
        self
    }

    /// Connections beyond `pool_size` while they are needed; `None` for no limit. Default 10.
    pub fn max_overflow(mut self, overflow: impl Into<Option<usize>>) -> Self {
        self.pool.max_overflow = overflow.into();
        self
    }

    /// How long a checkout may take in all, with connecting and the SQL of connect and checkout listeners.
    /// Default 30 seconds.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.pool.timeout = timeout;
        self
    }

    /// How long the SQL of reset and checkin listeners may take together when a connection is given back.
    /// Default 10 seconds.
    pub fn pool_return_timeout(mut self, timeout: Duration) -> Self {
        self.pool.return_timeout = timeout;
        self
    }

    /// Connections older than this are replaced at checkout. Default: never.
    pub fn pool_recycle(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.pool.recycle = age.into();
        self
    }

    /// By how much sooner a connection may be replaced than [`pool_recycle`](Self::pool_recycle) says, each
    /// by a time of its own, so that those that were made together do not end together. Default: a tenth
    /// of it.
    pub fn pool_recycle_jitter(mut self, sooner: impl Into<Option<Duration>>) -> Self {
        self.pool.recycle_jitter = sooner.into();
        self
    }

    /// How long a connection may be idle before it is pinged at checkout; zero
    /// for always, `None` for never. Default 30 seconds.
    pub fn pool_pre_ping_after(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.pool.pre_ping_after = idle.into();
        self
    }

    /// Connections that are kept ready from the first checkout on that succeeds. While fewer are idle, one after the
    /// other is made in the background, until there are `pool_size` in all; at most `pool_size`. Connect listeners are
    /// called when such a connection is first lent. After a failure the next attempt comes by itself, a second later,
    /// after further ones up to a minute later, and no checkout brings it about before. An attempt ends a second after
    /// `pool_timeout`.
    ///
    /// A thread of the background makes them for a blocking engine and under `Threaded`; what belongs to a
    /// runtime is made on that of the last checkout that had to wait, which under `Hosted` is the engine's own. While
    /// nobody drives that runtime, nothing is made; once it has ended, the next checkout begins anew.
    /// The engine's `dispose` ends it; the next checkout begins anew. Of an engine with one writer they are
    /// readers. Default 0.
    ///
    /// ```
    /// use aludel_core::EngineOptions;
    ///
    /// let options = EngineOptions::new().pool_size(10).pool_min_idle(2);
    /// # drop(options);
    /// ```
    pub fn pool_min_idle(mut self, idle: usize) -> Self {
        self.pool.min_idle = idle;
        self
    }

    /// A connection that the program has for longer is warned of in the log, once, with the place that
    /// took it. What it last ran is in the [status](crate::pool::Pool::status). Default: no warning.
    pub fn pool_warn_after(mut self, lent: impl Into<Option<Duration>>) -> Self {
        self.pool.warn_after = lent.into();
        self
    }

    /// The name of the pool in what is measured (the feature `metrics-024`). Default: host, port and database of
    /// the URL.
    pub fn pool_name(mut self, name: impl Into<String>) -> Self {
        self.pool.name = Some(name.into());
        self
    }

    /// Whether the connection given back last goes out first. Default: no.
    pub fn pool_use_lifo(mut self, lifo: bool) -> Self {
        self.pool.use_lifo = lifo;
        self
    }

    /// How many threads for greenlets there are to be at most.
    pub(super) fn checked_host_threads(&self) -> Result<NonZeroUsize> {
        /// Enough for any machine that is sold.
        const MOST: usize = 1024;
        /// What is done beside greenlets takes cores, too, and the database.
        const DEFAULT_MOST: usize = 8;
        let Some(threads) = self.host_threads else {
            let cores = available_parallelism().map_or(1, NonZeroUsize::get);
            return Ok(NonZeroUsize::new(cores.min(DEFAULT_MOST)).unwrap_or(NonZeroUsize::MIN));
        };
        NonZeroUsize::new(threads).filter(|threads| threads.get() <= MOST).ok_or_else(|| {
            Error::new(
                ErrorKind::Argument,
                format!("host_threads is {threads}; it must be from 1 to {MOST}, or left out"),
            )
        })
    }
}
