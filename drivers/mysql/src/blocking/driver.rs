//! The driver: makes connections.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver};
use aludel_core::error::{Error, ErrorKind, Result};
use mysql::{Conn, LocalInfileHandler};

use super::connection::BlockingConnection;
use super::exchange::{ask, survive};
use crate::config::Config;
use crate::error::{self, Failure, RefusedFile};
use crate::session::{Session, set_up};

/// The name of the driver.
pub(super) const NAME: &str = "mysql";

/// Makes connections to a MySQL or MariaDB server with mysql. They block the calling thread.
#[derive(Clone)]
pub struct BlockingDriver {
    pub(super) config: Arc<Config>,
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
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value makes no sense,
    /// [`ErrorKind::NotSupported`] for an `ssl-mode` that needs TLS.
    pub fn from_url(url: &Url) -> Result<Self> {
        Ok(Self { config: Arc::new(Config::from_url(url)?) })
    }

    /// Sets for how many texts a connection keeps prepared statements; 0 for none.
    #[must_use]
    pub fn with_cached_statements(mut self, texts: usize) -> Self {
        Arc::make_mut(&mut self.config).cached_statements = texts;
        self
    }

    /// Sets how long the recovery of a dirty connection may take before it is buried.
    #[must_use]
    pub fn with_recovery_budget(mut self, budget: Duration) -> Self {
        Arc::make_mut(&mut self.config).recovery_budget = budget;
        self
    }

    /// Makes a session and sets it up, waiting no longer than so for any answer.
    pub(super) fn attempt(&self, left: Duration) -> Result<(Conn, Session), Failure> {
        let left = left.max(Duration::from_millis(1));
        // Without this one mysql would answer the request for a file with an empty one.
        let refuse = LocalInfileHandler::new(|_, _| Err(std::io::Error::other(RefusedFile)));
        let opts = self
            .config
            .for_blocking()
            .tcp_connect_timeout(Some(left))
            .read_timeout(Some(left))
            .write_timeout(Some(left))
            .local_infile_handler(Some(refuse));
        let mut conn = survive(|| Conn::new(opts))?;
        let answer = ask(&mut conn, set_up(self.config.sql_mode.as_deref()))?;
        Ok((conn, Session::checked(answer)?))
    }
}

impl Driver for BlockingDriver {
    fn name(&self) -> &'static str {
        NAME
    }

    fn blocks_on_network(&self) -> bool {
        true
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = self.config.connect_timeout.map_or(left, |wanted| wanted.min(left));
        let connected = self.attempt(limit).map_err(|failure| {
            if Instant::now() < deadline {
                return error::from_connect(failure, &self.config.place());
            }
            Error::new(
                ErrorKind::Timeout,
                "the server did not complete the connection in time; it may be down, behind a \
                 firewall or overloaded",
            )
        });
        let (conn, session) = connected?;
        let connection = BlockingConnection::new(conn, session, self.clone());
        connection.unlimit();
        Ok(Box::new(connection))
    }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for BlockingDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingDriver").field("config", &self.config).finish()
    }
}
