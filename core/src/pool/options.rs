//! How large a pool is and how patient.

use std::time::Duration;

use crate::dbapi::IsolationLevel;
use crate::error::{Error, ErrorKind, Result};

/// What is done with a session that is given back. A transaction that is open is rolled back in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResetOnReturn {
    /// No more than the rollback, and that only where something is open. A session in which a call was
    /// interrupted is kept only if the locks are released that it holds beyond its transactions
    /// (`pg_advisory_unlock_all()`, `RELEASE_ALL_LOCKS()`, `UNLOCK TABLES`): nobody knows whether the call has
    /// taken some.
    #[default]
    Rollback,
    /// Everything that a use can leave behind, each time, which takes round trips in the background:
    /// COM_RESET_CONNECTION in MySQL, and in PostgreSQL what `DISCARD ALL` does, but for the driver's own
    /// prepared statements. Connect listeners are called again before the next use. In SQLite it is
    /// [`Rollback`](Self::Rollback).
    Full,
    /// No more than the rollback. A session in which a call was interrupted is closed.
    None,
}

/// Options of a [`Pool`](super::Pool).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolOptions {
    /// Connections that are kept when nobody uses them. Default 5.
    pub size: usize,
    /// Connections beyond `size` while they are needed; `None` for no limit. Default 10.
    pub max_overflow: Option<usize>,
    /// How long a checkout may take in all. Default 30 seconds.
    pub timeout: Duration,
    /// How long the reset and checkin listeners of a connection that is given back may take together.
    /// Default 10 seconds.
    pub return_timeout: Duration,
    /// Connections older than this are replaced at checkout. Default: never.
    pub recycle: Option<Duration>,
    /// By how much sooner a connection may be replaced than [`recycle`](Self::recycle) says, each by a time
    /// of its own, so that those that were made together do not end together. Default: a tenth of it.
    pub recycle_jitter: Option<Duration>,
    /// A connection that was idle for this long is pinged before it is handed
    /// out; zero for always, `None` for never. Default 30 seconds.
    pub pre_ping_after: Option<Duration>,
    /// Connections that are kept ready from the first checkout on that succeeds: while fewer are idle, one after the
    /// other is made in the background, until there are [`size`](Self::size) in all. At most `size`. Default 0.
    pub min_idle: usize,
    /// A connection that is lent for longer is warned of in the log, once, with its holder. Default:
    /// no warning.
    pub warn_after: Option<Duration>,
    /// Whether the connection given back last goes out first. Default: the one idle longest.
    pub use_lifo: bool,
    /// The isolation level that a connection has when it is checked out. Default: what a new
    /// session has.
    pub isolation_level: Option<IsolationLevel>,
    /// The name of the pool in what is measured. Default: host, port and database of the URL.
    pub name: Option<String>,
    /// What is done with a connection that is given back.
    pub reset_on_return: ResetOnReturn,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            size: 5,
            max_overflow: Some(10),
            timeout: Duration::from_secs(30),
            return_timeout: Duration::from_secs(10),
            recycle: None,
            recycle_jitter: None,
            pre_ping_after: Some(Duration::from_secs(30)),
            min_idle: 0,
            warn_after: None,
            use_lifo: false,
            isolation_level: None,
            name: None,
            reset_on_return: ResetOnReturn::Rollback,
        }
    }
}

impl PoolOptions {
    /// The most connections there can be.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.max_overflow.map_or(usize::MAX, |overflow| self.size.saturating_add(overflow))
    }

    /// # Errors
    ///
    /// [`ErrorKind::Argument`] naming the option and what it may be.
    pub(super) fn check(&self) -> Result<()> {
        /// Longer than any program runs, and far from where clocks overflow.
        const LONGEST: Duration = Duration::from_secs(60 * 60 * 24 * 365);
        if self.limit() == 0 {
            return Err(Error::new(
                ErrorKind::Argument,
                "pool_size and max_overflow are both 0, so the pool could never have a \
                 connection; make pool_size at least 1",
            ));
        }
        if self.min_idle > self.size {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "pool_min_idle is {} and pool_size {}, but no more than pool_size connections are kept; \
                     raise pool_size, or make pool_min_idle smaller",
                    self.min_idle, self.size
                ),
            ));
        }
        if self.warn_after == Some(Duration::ZERO) {
            return Err(Error::new(
                ErrorKind::Argument,
                "pool_warn_after is 0, so each connection would be warned of; give it a time that is too \
                 long to hold one, or leave it out",
            ));
        }
        for (name, time) in
            [("pool_timeout", self.timeout), ("pool_return_timeout", self.return_timeout)]
        {
            if time > LONGEST {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!("{name} is {time:?}; the longest that is accepted is a year"),
                ));
            }
        }
        Ok(())
    }
}
