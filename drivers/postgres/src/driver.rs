//! The driver: makes connections.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::Url;
use aludel_core::dbapi::AsyncDriver;
use aludel_core::error::{Error, ErrorKind, Result};
use tokio::net::lookup_host;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode};
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::config;
use crate::connection::{PostgresConnection, Transaction};
use crate::error;
use crate::statements::StatementCache;
use crate::task::Task;

/// What moves the bytes of a connection.
type Session = Connection<Socket, NoTlsStream>;

/// Texts whose prepared statements a connection keeps, unless it is told otherwise.
const CACHED_STATEMENTS: usize = 100;

/// What a dirty connection's recovery may take, unless it is told otherwise.
const RECOVERY_BUDGET: Duration = Duration::from_secs(5);

/// Makes connections to a PostgreSQL server with tokio-postgres.
#[derive(Clone)]
pub struct PostgresDriver {
    /// All but where to connect.
    base: Config,
    targets: Vec<Target>,
    shuffled: bool,
    cached_statements: usize,
    recovery_budget: Duration,
}

impl PostgresDriver {
    /// A driver for a configuration of tokio-postgres. Without a host it connects to `localhost`.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            base: config::without_hosts(&config),
            targets: targets(&config),
            shuffled: config.get_load_balance_hosts() == LoadBalanceHosts::Random,
            cached_statements: CACHED_STATEMENTS,
            recovery_budget: RECOVERY_BUDGET,
        }
    }

    /// A driver for a URL such as `postgresql://user:password@host:5432/name?option=value`. The
    /// options are those of libpq as far as tokio-postgres knows them, and
    /// `statement_cache_size`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value makes no sense,
    /// [`ErrorKind::NotSupported`] for an `sslmode` that needs TLS.
    pub fn from_url(url: &Url) -> Result<Self> {
        let (config, cached_statements) = config::from_url(url)?;
        let driver = Self::new(config);
        Ok(match cached_statements {
            Some(texts) => driver.with_cached_statements(texts),
            None => driver,
        })
    }

    /// Sets for how many texts a connection keeps prepared statements; 0 for none.
    #[must_use]
    pub fn with_cached_statements(mut self, texts: usize) -> Self {
        self.cached_statements = texts;
        self
    }

    /// Sets how long the recovery of a dirty connection may take before it is buried.
    #[must_use]
    pub fn with_recovery_budget(mut self, budget: Duration) -> Self {
        self.recovery_budget = budget;
        self
    }

    async fn connect_to(&self, target: &Target, handle: &Handle) -> Result<PostgresConnection> {
        let place = target.to_string();
        let mut last = None;
        for address in target.addresses().await? {
            let mut config = self.base.clone();
            match &address {
                Address::Tcp(address) => {
                    config.hostaddr(address.ip()).port(address.port());
                    if let Host::Tcp(name) = &target.host {
                        config.host(name);
                    }
                }
                #[cfg(unix)]
                Address::Unix(path) => {
                    config.host_path(path.parent().unwrap_or(path)).port(target.port);
                }
            }
            match self.attempt(&config, &place).await {
                Ok((client, connection)) => {
                    let task = Task::spawn(handle, connection, &place);
                    return Ok(self.connected(client, task, handle, address));
                }
                Err(failure) => last = Some(failure),
            }
        }
        Err(last.unwrap_or_else(|| {
            Error::new(ErrorKind::Operational, format!("{place} has no network address"))
        }))
    }
    /// Connects to one address. The limit of tokio-postgres is for the socket alone, and a server
    /// may be deaf behind it, so the same limit is set for everything.
    async fn attempt(&self, config: &Config, place: &str) -> Result<(Client, Session)> {
        let connecting = config.connect(NoTls);
        let connected = match config.get_connect_timeout().filter(|limit| !limit.is_zero()) {
            Some(limit) => timeout(*limit, connecting)
                .await
                .map_err(|_| error::from_connect_io(io::ErrorKind::TimedOut.into(), place))?,
            None => connecting.await,
        };
        connected.map_err(|failed| error::from_connect(failed, place))
    }

    fn connected(
        &self,
        client: Client,
        task: Task,
        handle: &Handle,
        address: Address,
    ) -> PostgresConnection {
        PostgresConnection {
            client: Arc::new(client),
            owed: Vec::new(),
            preparing: None,
            cache: StatementCache::new(self.cached_statements),
            task,
            handle: handle.clone(),
            address,
            recovery_budget: self.recovery_budget,
            transaction: Transaction::None,
            dirty: false,
            foreign: false,
            cursors: 0,
            close_owed: None,
        }
    }
}

impl AsyncDriver for PostgresDriver {
    type Connection = PostgresConnection;

    fn name(&self) -> &'static str {
        "tokio-postgres"
    }

    async fn connect(&self) -> Result<PostgresConnection> {
        if self.base.get_ssl_mode() == SslMode::Require {
            return Err(config::no_tls());
        }
        let handle = Handle::try_current().map_err(|source| {
            Error::new(ErrorKind::Interface, "tokio-postgres needs a tokio runtime")
                .with_source(source)
        })?;
        let mut failures: Vec<Error> = Vec::new();
        let first = if self.shuffled { random_below(self.targets.len()) } else { 0 };
        let (before, after) = self.targets.split_at(first);
        for target in after.iter().chain(before) {
            match self.connect_to(target, &handle).await {
                Ok(connection) => return Ok(connection),
                Err(failure) => failures.push(failure),
            }
        }
        let Some(last) = failures.pop() else {
            return Err(Error::new(ErrorKind::Argument, "there is no host to connect to"));
        };
        let earlier: Vec<&str> = failures.iter().map(Error::message).collect();
        Err(if earlier.is_empty() { last } else { last.context(&earlier.join("; ")) })
    }
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

/// Where a connection's socket goes, and the sockets of its cancels too.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(PathBuf),
}

/// A host as it was configured.
#[derive(Debug, Clone)]
struct Target {
    host: Host,
    /// Known without asking for the name.
    ip: Option<IpAddr>,
    port: u16,
}

impl Target {
    async fn addresses(&self) -> Result<Vec<Address>> {
        if let Some(ip) = self.ip {
            return Ok(vec![Address::Tcp(SocketAddr::new(ip, self.port))]);
        }
        match &self.host {
            Host::Tcp(name) => match lookup_host((name.as_str(), self.port)).await {
                Ok(found) => Ok(found.map(Address::Tcp).collect()),
                Err(source) => Err(Error::new(
                    ErrorKind::Operational,
                    format!("cannot connect to {self}: the host's name is not known: {source}"),
                )
                .with_source(source)),
            },
            #[cfg(unix)]
            Host::Unix(directory) => {
                Ok(vec![Address::Unix(directory.join(format!(".s.PGSQL.{}", self.port)))])
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Tcp(name) => write!(f, "{name}:{}", self.port),
            #[cfg(unix)]
            Host::Unix(directory) => write!(f, "{}/.s.PGSQL.{}", directory.display(), self.port),
        }
    }
}

fn targets(config: &Config) -> Vec<Target> {
    let (hosts, ips, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let default = Host::Tcp("localhost".to_owned());
    (0..hosts.len().max(ips.len()).max(1))
        .map(|index| {
            let ip = ips.get(index).copied();
            let host = hosts.get(index).cloned().unwrap_or_else(|| {
                ip.map_or_else(|| default.clone(), |ip| Host::Tcp(ip.to_string()))
            });
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            Target { host, ip, port }
        })
        .collect()
}

fn random_below(bound: usize) -> usize {
    // The keys of a hasher are the standard library's only random numbers.
    let random = RandomState::new().hash_one(0);
    usize::try_from(random % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
}
