//! The driver: makes connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{AdaptedDriver, AsyncDriver, DirectSocket, Driver, Waits, errors};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{TlsOptions, Url};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::config::LoadBalanceHosts;
use tokio_postgres::{Client, Config};

use crate::config::{self, Settings};
use crate::connection::PostgresConnection;
use crate::error;
use crate::mover::Mover;
use crate::role::TargetSessionAttrs;
use crate::session::{Session, server as info};
use crate::socket::{Socket, Watch};
use crate::target::{Address, Server, Target, random_below, targets};
use crate::task::Task;
use crate::tls::{self, AsItIs, Encryption, Tls};
use crate::wire::{Shortcut, StatementNames, Wire};

/// Texts whose prepared statements a connection keeps, unless another number is set.
const CACHED_STATEMENTS: usize = 100;

/// What a dirty connection's recovery may take by default.
const RECOVERY_BUDGET: Duration = Duration::from_secs(5);

/// Makes connections to a PostgreSQL server with tokio-postgres.
#[derive(Clone)]
pub struct PostgresDriver {
    /// What it was made from, if that was a URL.
    url: Option<Url>,
    /// All but where to connect.
    pub(crate) base: Config,
    targets: Vec<Target>,
    shuffled: bool,
    pub(crate) wanted: TargetSessionAttrs,
    pub(crate) names: StatementNames,
    awaits_rollback: bool,
    server_keeps_time: bool,
    pub(crate) tls: Arc<Tls>,
    pub(crate) cached_statements: usize,
    pub(crate) recovery_budget: Duration,
}

impl PostgresDriver {
    /// A driver for a configuration of tokio-postgres. Without a host it connects to `localhost`. Of TLS it
    /// has the mode alone; the rest is set by [`with_tls`](Self::with_tls).
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            url: None,
            base: config::without_hosts(&config),
            targets: targets(&config),
            shuffled: config.get_load_balance_hosts() == LoadBalanceHosts::Random,
            wanted: TargetSessionAttrs::of_crate(config.get_target_session_attrs()),
            names: StatementNames::Unique,
            awaits_rollback: false,
            server_keeps_time: true,
            tls: Arc::new(Tls::new(config::tls_of(&config))),
            cached_statements: CACHED_STATEMENTS,
            recovery_budget: RECOVERY_BUDGET,
        }
    }

    /// A driver for a URL such as `postgresql://user:password@host:5432/name?option=value`. The
    /// options are those of libpq as far as tokio-postgres knows them, those of [`TlsOptions`],
    /// `statement_cache_size`,
    /// `prepared_statements=unnamed`, which is
    /// [`with_unnamed_statements`](Self::with_unnamed_statements), `rollback_on_return=awaited`, which is
    /// [`with_awaited_rollback`](Self::with_awaited_rollback), and `time_outs=client`, which is
    /// [`with_client_time_outs`](Self::with_client_time_outs).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value is invalid,
    /// [`ErrorKind::NotSupported`] for TLS that is not built in.
    pub fn from_url(url: &Url) -> Result<Self> {
        let Settings {
            config,
            tls,
            cached_statements,
            names,
            awaits_rollback,
            server_keeps_time,
            wanted,
        } = config::from_url(url)?;
        let url = Some(url.clone());
        let base = Self::new(config);
        let driver = Self { url, names, awaits_rollback, server_keeps_time, wanted, ..base };
        let driver = driver.with_tls(tls)?;
        Ok(match cached_statements {
            Some(texts) => driver.with_statement_cache_size(texts),
            None => driver,
        })
    }

    /// Has the server keep no statement from one execution to the next: each is sent with its text,
    /// so that it does not matter whether the session is the same. A pooler of transactions needs
    /// this. The first execution takes a round trip more, as does that of a statement with a name.
    ///
    /// ```
    /// use aludel_postgres::PostgresDriver;
    /// use aludel_postgres::tokio_postgres::Config;
    ///
    /// let mut config = Config::new();
    /// config.host("pgbouncer.internal").port(6432).user("scott");
    /// let driver = PostgresDriver::new(config).with_unnamed_statements();
    /// # drop(driver);
    /// ```
    #[must_use]
    pub fn with_unnamed_statements(mut self) -> Self {
        self.names = StatementNames::Unnamed;
        self
    }

    /// Has a session that is given back in a transaction wait for the answer to its ROLLBACK before it is lent
    /// again; its place in the pool is taken meanwhile. Otherwise the next statement takes the answer in. Pgpool-II
    /// needs this: it refuses a BEGIN that comes before its answer to a ROLLBACK.
    #[must_use]
    pub fn with_awaited_rollback(mut self) -> Self {
        self.awaits_rollback = true;
        self
    }

    /// Has the server know nothing of the time-outs of statements. Otherwise it ends them itself, for which the
    /// session's `statement_timeout` is set; behind a pooler of transactions that would be the limit of other programs,
    /// too. It is implied by [`with_unnamed_statements`](Self::with_unnamed_statements) and
    /// [`with_awaited_rollback`](Self::with_awaited_rollback).
    ///
    /// ```
    /// use aludel_postgres::PostgresDriver;
    ///
    /// let url = "postgresql://scott@pgbouncer.internal/shop?time_outs=client".parse()?;
    /// let driver = PostgresDriver::from_url(&url)?;
    /// let same = PostgresDriver::new(Default::default()).with_client_time_outs();
    /// # drop((driver, same));
    /// # Ok::<(), aludel_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_client_time_outs(mut self) -> Self {
        self.server_keeps_time = false;
        self
    }

    /// Whether it is said that a pooler stands before the server which wants a ROLLBACK to be waited for.
    #[cfg(feature = "blocking")]
    pub(crate) fn awaits_rollback(&self) -> bool {
        self.awaits_rollback
    }

    /// Whether the server is to keep the time of statements.
    pub(crate) fn server_keeps_time(&self) -> bool {
        self.server_keeps_time && self.names == StatementNames::Unique && !self.awaits_rollback
    }

    /// Sets which sessions are wanted of the servers that there are.
    #[must_use]
    pub fn with_target_session_attrs(mut self, wanted: TargetSessionAttrs) -> Self {
        self.wanted = wanted;
        self
    }

    /// Which sessions are wanted.
    #[must_use]
    pub fn target_session_attrs(&self) -> TargetSessionAttrs {
        self.wanted
    }

    /// Sets how connections are encrypted, and whom they trust.
    ///
    /// # Errors
    ///
    /// As [`TlsOptions::resolve`].
    pub fn with_tls(mut self, options: TlsOptions) -> Result<Self> {
        self.tls = Arc::new(Tls::new(options));
        self.tls.check()?;
        Ok(self)
    }

    /// Sets for how many texts a connection keeps prepared statements; 0 for none.
    #[must_use]
    pub fn with_statement_cache_size(mut self, texts: usize) -> Self {
        self.cached_statements = texts;
        self
    }

    /// Sets how long the recovery of a dirty connection may take before it is terminated.
    #[must_use]
    pub fn with_recovery_budget(mut self, budget: Duration) -> Self {
        self.recovery_budget = budget;
        self
    }

    /// What it was made from.
    pub(crate) fn made_from(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// The same for another URL. What was not set by the URL stays.
    pub(crate) fn by_url(&self, url: &Url) -> Result<Self> {
        let mut new = Self::from_url(url)?;
        let said = match &self.url {
            Some(url) => Self::from_url(url)?,
            None => Self::new(Config::new()),
        };
        new.recovery_budget = self.recovery_budget;
        if self.cached_statements != said.cached_statements {
            new.cached_statements = self.cached_statements;
        }
        if self.names != said.names {
            new.names = self.names;
        }
        if self.awaits_rollback != said.awaits_rollback {
            new.awaits_rollback = self.awaits_rollback;
        }
        if self.server_keeps_time != said.server_keeps_time {
            new.server_keeps_time = self.server_keeps_time;
        }
        if self.wanted != said.wanted {
            new.wanted = self.wanted;
        }
        if !self.tls.is_like(&said.tls) || self.tls.is_like(&new.tls) {
            new.tls = Arc::clone(&self.tls);
        }
        Ok(new)
    }

    /// The hosts in the order in which they are tried.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Target> {
        let first = if self.shuffled { random_below(self.targets.len()) } else { 0 };
        let (before, after) = self.targets.split_at(first);
        after.iter().chain(before)
    }

    async fn connect_to(
        &self,
        target: &Target,
        wanted: TargetSessionAttrs,
        handle: &Handle,
    ) -> Result<PostgresConnection> {
        let place = target.to_string();
        let mut last = None;
        for address in target.addresses().await? {
            match self.attempt(target, address, wanted, handle, &place).await {
                Ok(connection) => return Ok(connection),
                Err(failure) => last = Some(failure),
            }
        }
        Err(last.unwrap_or_else(|| {
            Error::new(
                ErrorKind::Operational,
                format!(
                    "cannot connect to {place}: its name has no network address; check the host"
                ),
            )
        }))
    }

    /// Connects to one address. The limit of tokio-postgres is for the socket alone, and a server
    /// may not answer afterwards, so the same limit is set for everything.
    async fn attempt(
        &self,
        target: &Target,
        address: Address,
        wanted: TargetSessionAttrs,
        handle: &Handle,
        place: &str,
    ) -> Result<PostgresConnection> {
        let mut config = target.configure_for(&address, &self.base);
        tls::hand_over(&mut config);
        let encryption = match &address {
            Address::Tcp(_) => self.tls.encryption()?,
            #[cfg(unix)]
            Address::Unix(_) => Encryption::none(),
        };
        let connecting = async {
            let socket = Socket::open(&address, &config).await;
            let socket = socket.map_err(|error| errors::cannot_connect(place, error))?;
            let (watch, direct) = (socket.watch(), socket.direct());
            let stream = encryption.open(socket, target.name()).await;
            let stream = stream.map_err(|error| tls::of_opening(error, place))?;
            let shortcut = Arc::new(Shortcut::new());
            let wire = Wire::new(stream, self.names).with_shortcut(&shortcut);
            let connected = config.connect_raw(wire, AsItIs).await;
            let (client, mover) = connected.map_err(|failed| error::from_connect(failed, place))?;
            self.tls.note(&encryption, place);
            let server = Server { address, host: target.name().to_owned(), encryption };
            let connection =
                self.connected(client, mover, (watch, direct, shortcut), handle, server, place);
            if let Some((question, _)) = wanted.question() {
                let answer = connection.client.simple_query(question).await;
                wanted
                    .check(&answer.map_err(|failed| error::from_connect(failed, place))?, place)?;
            }
            Ok(connection)
        };
        match config.get_connect_timeout().filter(|limit| !limit.is_zero()) {
            Some(limit) => timeout(*limit, connecting)
                .await
                .map_err(|_| errors::cannot_connect(place, io::ErrorKind::TimedOut.into()))?,
            None => connecting.await,
        }
    }

    fn connected(
        &self,
        client: Client,
        mover: Mover,
        (watch, direct, shortcut): (Watch, Arc<DirectSocket>, Arc<Shortcut>),
        handle: &Handle,
        server: Server,
        place: &str,
    ) -> PostgresConnection {
        let version = mover.parameter("server_version").unwrap_or_default();
        let peer = match &server.address {
            Address::Tcp(address) => Some(*address),
            #[cfg(unix)]
            Address::Unix(_) => None,
        };
        let info = info(version, mover.parameter("crdb_version")).at(peer);
        PostgresConnection {
            client: Arc::new(client),
            pending_replies: Vec::new(),
            preparing: None,
            session: Session::new(info, self.cached_statements, self.names)
                .wanted(self.wanted)
                .awaiting_rollback(self.awaits_rollback)
                .keeping_time(self.server_keeps_time()),
            task: Task::spawn(handle, mover, place),
            watch,
            direct,
            shortcut,
            messages: Vec::new(),
            handle: handle.clone(),
            server,
            recovery_budget: self.recovery_budget,
        }
    }

    /// This driver for an engine, whose connections wait as it says.
    #[must_use]
    pub fn adapted(self, waits: Waits) -> Arc<dyn Driver> {
        Arc::new(AdaptedDriver::new(self, waits))
    }
}

impl AsyncDriver for PostgresDriver {
    type Connection = PostgresConnection;

    fn name(&self) -> &'static str {
        "tokio-postgres"
    }

    fn url(&self) -> Option<&Url> {
        self.made_from()
    }

    fn with_url(&self, url: &Url) -> Result<Self> {
        self.by_url(url)
    }

    async fn connect(&self) -> Result<PostgresConnection> {
        self.tls.check()?;
        let handle = Handle::try_current()
            .map_err(|source| errors::no_tokio_runtime("tokio-postgres").with_source(source))?;
        let mut failures = Vec::new();
        for wanted in self.wanted.rounds() {
            failures.clear();
            for target in self.targets() {
                match self.connect_to(target, *wanted, &handle).await {
                    Ok(connection) => return Ok(connection),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Err(nowhere(failures))
    }
}

/// The error for a connection that no host accepted.
pub(crate) fn nowhere(mut failures: Vec<Error>) -> Error {
    let Some(last) = failures.pop() else {
        return Error::new(
            ErrorKind::Argument,
            "there is no host to connect to; name one in the URL or in the configuration",
        );
    };
    let earlier: Vec<&str> = failures.iter().map(Error::message).collect();
    if earlier.is_empty() { last } else { last.context(&earlier.join("; ")) }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for PostgresDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        f.debug_struct("PostgresDriver")
            .field("hosts", &places)
            .field("user", &self.base.get_user())
            .field("dbname", &self.base.get_dbname())
            .finish_non_exhaustive()
    }
}
