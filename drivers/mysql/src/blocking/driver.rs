//! The driver: makes connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Alternative, Attempted, Connection, Driver, LateConnectionCallback, connect_beside, errors,
    refuse_in_async, run_with_timeout,
};
use aludel_core::error::Result;
use aludel_core::{TlsOptions, Url};

use super::connect::{NAME, connect};
use super::connection::BlockingConnection;
use crate::config::Config;
use crate::error;

/// Makes connections to a MySQL or MariaDB server with mysql. They block the calling thread.
#[derive(Clone)]
pub struct BlockingDriver {
    config: Arc<Config>,
}

impl BlockingDriver {
    /// A driver for a URL such as `mysql://user:password@host:3306/name?option=value`. It has the
    /// options of the [async driver](crate::MysqlDriver::from_url), and
    ///
    /// | option | means |
    /// | --- | --- |
    /// | `read_timeout` | seconds after which a wait for the server is given up, with the connection |
    /// | `write_timeout` | the same for what the server does not take |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](aludel_core::ErrorKind::Argument) for an option that does not exist or whose value is invalid,
    /// [`ErrorKind::NotSupported`](aludel_core::ErrorKind::NotSupported) for TLS that is not built in, or that the crates cannot do.
    pub fn from_url(url: &Url) -> Result<Self> {
        Ok(Self { config: Arc::new(Config::from_url(url)?) })
    }

    /// Sets how connections are encrypted, and whom they trust.
    ///
    /// # Errors
    ///
    /// As [`TlsOptions::resolve`], and [`NotSupported`](aludel_core::ErrorKind::NotSupported) for what the
    /// crates cannot do.
    pub fn with_tls(mut self, options: TlsOptions) -> Result<Self> {
        Arc::make_mut(&mut self.config).set_tls(options)?;
        Ok(self)
    }

    /// Sets for how many texts a connection keeps prepared statements; 0 for none.
    #[must_use]
    pub fn with_statement_cache_size(mut self, texts: usize) -> Self {
        Arc::make_mut(&mut self.config).cached_statements = texts;
        self
    }

    /// Sets how long the recovery of a dirty connection may take before it is terminated.
    #[must_use]
    pub fn with_recovery_budget(mut self, budget: Duration) -> Self {
        Arc::make_mut(&mut self.config).recovery_budget = budget;
        self
    }
}

impl Driver for BlockingDriver {
    fn name(&self) -> &'static str {
        NAME
    }

    fn blocks_on_network(&self) -> bool {
        true
    }

    fn url(&self) -> Option<&Url> {
        Some(&self.config.url)
    }

    fn with_url(&self, url: &Url) -> Result<Arc<dyn Driver>> {
        Ok(Arc::new(Self { config: Arc::new(self.config.with_url(url)?) }))
    }

    fn connect_unless(
        &self,
        deadline: Instant,
        alternative: Alternative<'_>,
        late: LateConnectionCallback,
    ) -> Result<Attempted> {
        refuse_in_async(NAME)?;
        connect_beside(self.clone(), deadline, alternative, late)
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        refuse_in_async(NAME)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = self.config.connect_timeout.map_or(left, |wanted| wanted.min(left));
        let (config, place) = (Arc::clone(&self.config), self.config.place());
        // mysql has limits for its steps only, and a server may take many.
        let (conn, session) = match run_with_timeout(limit, move || connect(&config, limit))? {
            Some(Ok(connected)) => connected,
            Some(Err(failure)) if Instant::now() < deadline => {
                return Err(error::from_connect(failure, &place));
            }
            None if limit < left => {
                return Err(errors::cannot_connect(&place, io::ErrorKind::TimedOut.into()));
            }
            _ => return Err(errors::connect_timed_out()),
        };
        let connection = BlockingConnection::new(conn, session, Arc::clone(&self.config));
        connection.set_timeouts();
        Ok(Box::new(connection))
    }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for BlockingDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingDriver").field("config", &self.config).finish()
    }
}
