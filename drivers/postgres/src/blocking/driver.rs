//! The driver: makes connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use aludel_core::Url;
use aludel_core::dbapi::{
    Alternative, Attempted, Connection, Driver, IdleSocket, LateConnectionCallback, ServerInfo,
    SocketMark, connect_beside, errors, refuse_in_async, run_with_timeout,
};
use aludel_core::error::{Error, ErrorKind, Result};
use postgres::SimpleQueryMessage;
use tokio_postgres::config::SslMode;

use super::background::Owned;
use super::connection::{BlockingConnection, NAME};
use super::socket::{Connector, Cut, can_be_cut};
use crate::driver::{PostgresDriver, nowhere};
use crate::ending::Ending;
use crate::error;
use crate::role::TargetSessionAttrs;
use crate::session::{Session, server};
use crate::target::Target;
use crate::tls::{self, Encryption};
use crate::wire::StatementNames;

/// Makes connections to a PostgreSQL server with the `postgres` crate, for blocking programs.
///
/// It is the driver of the URL `postgresql+postgres://`, which takes the same options as
/// `postgresql://`.
///
/// ```no_run
/// use std::time::{Duration, Instant};
///
/// use aludel_core::dbapi::Driver;
/// use aludel_postgres::BlockingDriver;
///
/// let url = "postgresql+postgres://scott:tiger@localhost/test".parse()?;
/// let driver = BlockingDriver::from_url(&url)?;
/// let connection = driver.connect(Instant::now() + Duration::from_secs(5))?;
/// # drop(connection);
/// # Ok::<(), aludel_core::Error>(())
/// ```
#[derive(Clone)]
pub struct BlockingDriver(PostgresDriver);

impl BlockingDriver {
    /// A driver for the server of another one, with its options.
    #[must_use]
    pub fn new(server: PostgresDriver) -> Self {
        Self(server)
    }

    /// A driver for a URL, as [`PostgresDriver::from_url`].
    ///
    /// # Errors
    ///
    /// As [`PostgresDriver::from_url`].
    pub fn from_url(url: &Url) -> Result<Self> {
        PostgresDriver::from_url(url).map(Self)
    }

    /// Connects to one host. The crate's own limit is for the socket alone, and a server may be
    /// silent afterwards, so the same limit is set for everything.
    fn connect_to(
        &self,
        target: &Target,
        wanted: TargetSessionAttrs,
        deadline: Instant,
    ) -> Result<BlockingConnection> {
        let place = target.to_string();
        let mut config = target.configure(&self.0.base);
        let encryption = if can_be_cut(&config) {
            tls::hand_over(&mut config);
            self.0.tls.encryption()?
        } else if self.0.names == StatementNames::Unnamed {
            return Err(named_over_unix());
        } else {
            config.ssl_mode(SslMode::Disable);
            Encryption::none()
        };
        let wanted_silence = config.get_keepalives().then(|| config.get_keepalives_idle());
        let mark = SocketMark::new();
        if let Some(silence) = mark.silence() {
            config.keepalives(true).keepalives_idle(silence);
        }
        let limit = config.get_connect_timeout().copied().filter(|limit| !limit.is_zero());
        let left = deadline.saturating_duration_since(Instant::now());
        let mut config = postgres::Config::from(config);
        let ending = Ending::of(&place);
        let notices = ending.notices.clone();
        config.notice_callback(move |notice| notices.note(&notice));
        let time = limit.map_or(left, |limit| limit.min(left));
        let cut = Cut::default();
        let connector = Connector::of_session(cut.clone(), encryption.clone(), self.0.names);
        match run_with_timeout(time, move || connect(&config, connector, wanted))? {
            Some(Ok((client, server, answer))) => {
                self.0.tls.note(&encryption, &place);
                wanted.check(&answer, &place)?;
                let socket = mark.find(wanted_silence);
                let server = server.at(socket.and_then(IdleSocket::peer));
                let session = Session::new(server, self.0.cached_statements, self.0.names)
                    .wanted(self.0.wanted)
                    .awaiting_rollback(self.0.awaits_rollback())
                    .keeping_time(self.0.server_keeps_time());
                let budget = self.0.recovery_budget;
                Ok(BlockingConnection::new(
                    client, cut, encryption, socket, session, ending, budget,
                ))
            }
            Some(Err(failed)) => Err(error::from_connect(failed, &place)),
            None => {
                // The thread that still waits for the server is to end.
                cut.now();
                Err(if time < left {
                    errors::cannot_connect(&place, io::ErrorKind::TimedOut.into())
                } else {
                    errors::connect_timed_out()
                })
            }
        }
    }
}

/// Connects and asks for the version, which the crate keeps to itself, and for what is wanted.
fn connect(
    config: &postgres::Config,
    connector: Connector,
    wanted: TargetSessionAttrs,
) -> Result<(Owned, ServerInfo, Vec<SimpleQueryMessage>), postgres::Error> {
    let mut client = Owned::new(config.connect(connector)?);
    let answer = client.simple_query("SHOW server_version")?;
    let version = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let server = server(version.unwrap_or_default(), None);
    let answer = match wanted.question() {
        Some((question, _)) => client.simple_query(question)?,
        None => Vec::new(),
    };
    Ok((client, server, answer))
}

#[cold]
fn named_over_unix() -> Error {
    Error::new(
        ErrorKind::NotSupported,
        "the driver postgres cannot do without names of prepared statements over the socket of a \
         folder: prepared_statements=unnamed needs a host, or the driver postgresql://",
    )
}

impl Driver for BlockingDriver {
    fn name(&self) -> &'static str {
        NAME
    }

    fn url(&self) -> Option<&Url> {
        self.0.made_from()
    }

    fn with_url(&self, url: &Url) -> Result<Arc<dyn Driver>> {
        Ok(Arc::new(Self(self.0.by_url(url)?)))
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
        self.0.tls.check()?;
        let mut failures = Vec::new();
        for wanted in self.0.wanted.rounds() {
            failures.clear();
            for target in self.0.targets() {
                match self.connect_to(target, *wanted, deadline) {
                    Ok(connection) => return Ok(Box::new(connection)),
                    Err(error) if error.kind() == ErrorKind::Timeout => return Err(error),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Err(nowhere(failures))
    }

    fn blocks_on_network(&self) -> bool {
        true
    }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for BlockingDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingDriver").field(&self.0).finish()
    }
}
