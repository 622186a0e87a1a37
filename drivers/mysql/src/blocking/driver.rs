//! The driver: makes connections.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver, errors, refuse_in_async, run_with_timeout};
use aludel_core::error::Result;
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
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value is invalid,
    /// [`ErrorKind::NotSupported`] for an `ssl-mode` that needs TLS.
    pub fn from_url(url: &Url) -> Result<Self> {
        Ok(Self { config: Arc::new(Config::from_url(url)?) })
    }

    /// Sets for how many texts a connection keeps prepared statements; 0 for none.
    #[must_use]
    pub fn with_statement_cache_size(mut self, texts: usize) -> Self {
        Arc::make_mut(&mut self.config).cached_statements = texts;
        self
    }

    /// Sets how long the recovery of a dirty connection may take before it is buried.
    #[must_use]
    pub fn with_recovery_budget(mut self, budget: Duration) -> Self {
        Arc::make_mut(&mut self.config).recovery_budget = budget;
        self
    }

    /// Makes a session and sets it up, waiting no longer than so for any answer. The search for the
    /// host's addresses has no limit of its own.
    pub(super) fn attempt(&self, limit: Duration) -> Result<(Conn, Session), Failure> {
        let start = Instant::now();
        let addresses = self.config.addresses().map_err(mysql::Error::from)?;
        self.attempt_in_turn(&addresses, limit.saturating_sub(start.elapsed()))
    }

    /// Tries one address after the other until one is reached, which mysql itself does not.
    fn attempt_in_turn(
        &self,
        addresses: &[Option<IpAddr>],
        limit: Duration,
    ) -> Result<(Conn, Session), Failure> {
        let start = Instant::now();
        let mut failure = None;
        let mut remaining = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            let left = limit.saturating_sub(start.elapsed());
            // One that does not answer leaves time for those behind it.
            match self.attempt_at(*address, left / remaining, left) {
                Err(Failure::Gone(error)) => failure = Some(Failure::Gone(error)),
                outcome => return outcome,
            }
            remaining -= 1;
        }
        Err(failure.unwrap_or_else(no_address))
    }

    fn attempt_at(
        &self,
        address: Option<IpAddr>,
        reach: Duration,
        left: Duration,
    ) -> Result<(Conn, Session), Failure> {
        // No time at all would be no limit.
        let [reach, left] = [reach, left].map(|time| time.max(Duration::from_millis(1)));
        // Without this one mysql would answer the request for a file with an empty one.
        let refuse = LocalInfileHandler::new(|_, _| Err(std::io::Error::other(RefusedFile)));
        let opts = self
            .config
            .for_blocking(address)
            .tcp_connect_timeout(Some(reach))
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
        refuse_in_async(NAME)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = self.config.connect_timeout.map_or(left, |wanted| wanted.min(left));
        let (driver, place) = (self.clone(), self.config.place());
        // mysql has limits for its steps only, and a server may take many.
        let (conn, session) = match run_with_timeout(limit, move || driver.attempt(limit)) {
            Some(Ok(connected)) => connected,
            Some(Err(failure)) if Instant::now() < deadline => {
                return Err(error::from_connect(failure, &place));
            }
            None if limit < left => {
                return Err(errors::cannot_connect(&place, io::ErrorKind::TimedOut.into()));
            }
            _ => {
                return Err(errors::connect_timed_out());
            }
        };
        let connection = BlockingConnection::new(conn, session, self.clone());
        connection.unlimit();
        Ok(Box::new(connection))
    }
}

#[cold]
fn no_address() -> Failure {
    Failure::from(mysql::Error::from(io::Error::other(
        "the host's name has no network address; check the host in the URL",
    )))
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for BlockingDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingDriver").field("config", &self.config).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    // fault: P10
    #[test]
    fn every_address_is_tried_until_one_is_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("mysql://u@127.0.0.1:{port}").parse().unwrap();
        let driver = BlockingDriver::from_url(&url).unwrap();
        // What a server says counts: here that there are too many connections.
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let full = b"\x17\0\0\0\xff\x10\x04Too many connections";
            io::Write::write_all(&mut socket, full).unwrap();
            let _ = io::Read::read(&mut socket, &mut [0; 64]);
        });
        let address = |last: u8| Some(IpAddr::from([127, 0, 0, last]));
        let all = [address(2), address(1), address(3)];
        let error = driver.attempt_in_turn(&all, Duration::from_secs(5)).err().unwrap();
        assert_eq!(error.code(), Some(1040), "{error:?}");
        server.join().unwrap();
        // The last one's failure is told if none is reached.
        let none = driver.attempt_in_turn(&all[..1], Duration::from_secs(5)).err().unwrap();
        assert!(none.into_error().message().contains("refused"));
        assert!(driver.attempt_in_turn(&[], Duration::from_secs(5)).is_err());
    }
}
