//! The driver: makes connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{AdaptedDriver, AsyncDriver, Driver, Waits, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{TlsOptions, Url};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::config::Config;
use crate::connect::connect;
use crate::connection::MysqlConnection;
use crate::error;

/// Makes connections to a MySQL or MariaDB server with mysql_async.
#[derive(Clone)]
pub struct MysqlDriver {
    config: Arc<Config>,
}

impl MysqlDriver {
    /// A driver for a URL such as `mysql://user:password@host:3306/name?option=value`.
    ///
    /// | option | means |
    /// | --- | --- |
    /// | `charset` | `utf8mb4`, which it always is |
    /// | `compress` | `true` to compress what is sent |
    /// | `connect_timeout` | seconds after which an attempt to connect is given up |
    /// | `keepalives`, `keepalives_idle`, `keepalives_interval`, `keepalives_retries`, `tcp_user_timeout` | whether, after how many seconds of silence, how many seconds apart and how often the system asks the server for a sign of life, and for how many seconds what was sent may have no answer |
    /// | `socket`, `unix_socket` | the path of the server's socket, in place of host and port |
    /// | `sql_mode` | the mode of the sessions, in place of the server's with `STRICT_TRANS_TABLES` and `NO_AUTO_VALUE_ON_ZERO` |
    /// | `sslmode`, `sslrootcert`, `sslcert`, `sslkey` | [`TlsOptions`], also by the names `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key` and the words of MySQL's clients |
    /// | `statement_cache_size` | how many statements a connection keeps prepared |
    /// | `target_session_attrs` | `read-write` for sessions that may write: a server that is read-only is refused, and a session whose server becomes so is given up at its first write that is refused; `any` for all |
    ///
    /// `read_timeout` and `write_timeout` are options of the blocking driver, `mysql+mysql://`: in
    /// async code a future that takes too long is dropped.
    ///
    /// Of TLS the crates have less than [`TlsOptions`] has: no lists of revoked certificates, no handshake
    /// without the host's name, and with rustls no `verify-ca`, which are refused. They take rustls' provider
    /// from the process; where none is installed at the first encrypted connection, `ring` is installed.
    /// `mysql+mysql://` trusts the authorities of Mozilla's list beside those of `sslrootcert`, has that list
    /// for those of the system, and with `verify-full` tries the first address of the host only. A
    /// server that has said that it has no TLS is not asked again for a minute where TLS is only preferred.
    ///
    /// MariaDB keeps the time of statements that have a time-out: `SET STATEMENT max_statement_time = … FOR` stands
    /// before them. With `time_outs=client` it does not, for a proxy that does not know this.
    ///
    /// TCP connections are kept alive: after a minute of silence the system asks the server for a sign
    /// of life, four times in the minute that follows, and then ends the connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value is invalid,
    /// [`ErrorKind::NotSupported`] for TLS that is not built in, or that the crates cannot do.
    pub fn from_url(url: &Url) -> Result<Self> {
        Self::of(Config::from_url(url)?)
    }

    fn of(config: Config) -> Result<Self> {
        for (name, value) in
            [("read_timeout", config.read_timeout), ("write_timeout", config.write_timeout)]
        {
            if value.is_some() {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!(
                        "the connection option {name:?} is for the blocking driver, \
                         mysql+mysql://…; in async code drop the future that takes too long, or let \
                         the server limit statements"
                    ),
                ));
            }
        }
        Ok(Self { config: Arc::new(config) })
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

    /// Has MariaDB know nothing of the time-outs of statements, as `time_outs=client` in a URL.
    #[must_use]
    pub fn with_client_time_outs(mut self) -> Self {
        Arc::make_mut(&mut self.config).server_keeps_time = false;
        self
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

    /// This driver for an engine, whose connections wait as it says.
    #[must_use]
    pub fn adapted(self, waits: Waits) -> Arc<dyn Driver> {
        Arc::new(AdaptedDriver::new(self, waits))
    }
}

impl AsyncDriver for MysqlDriver {
    type Connection = MysqlConnection;

    fn name(&self) -> &'static str {
        "mysql_async"
    }

    fn url(&self) -> Option<&Url> {
        Some(&self.config.url)
    }

    fn with_url(&self, url: &Url) -> Result<Self> {
        Self::of(self.config.with_url(url)?)
    }

    async fn connect(&self) -> Result<MysqlConnection> {
        let handle = Handle::try_current()
            .map_err(|source| errors::no_tokio_runtime("mysql_async").with_source(source))?;
        let place = self.config.place();
        let connecting = connect(&self.config);
        let connected = match self.config.connect_timeout {
            Some(limit) => timeout(limit, connecting)
                .await
                .map_err(|_| errors::cannot_connect(&place, io::ErrorKind::TimedOut.into()))?,
            None => connecting.await,
        };
        let (conn, session, socket) =
            connected.map_err(|failure| error::from_connect(failure, &place))?;
        Ok(MysqlConnection::new(conn, session, socket, Arc::clone(&self.config), handle))
    }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for MysqlDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlDriver").field("config", &self.config).finish()
    }
}
