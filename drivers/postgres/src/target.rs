//! The hosts to connect to, as they were configured and as they are addressed.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;

use aludel_core::error::{Error, ErrorKind, Result};
use tokio::net::lookup_host;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::tls::Encryption;

/// Where a connection's socket goes, and the sockets of its cancels too.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(PathBuf),
}

/// The server of a session, which its cancels go to as well.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: Address,
    /// The name that its certificate is for.
    pub(crate) host: String,
    pub(crate) encryption: Encryption,
}

/// A host as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    host: Host,
    /// Known without asking for the name.
    ip: Option<IpAddr>,
    port: u16,
}

impl Target {
    /// A configuration for this host alone, whose name is still to be asked for.
    #[cfg(feature = "blocking")]
    pub(crate) fn configure(&self, base: &Config) -> Config {
        let mut config = base.clone();
        config.port(self.port);
        match &self.host {
            Host::Tcp(name) => config.host(name),
            #[cfg(unix)]
            Host::Unix(directory) => config.host_path(directory),
        };
        if let Some(ip) = self.ip {
            config.hostaddr(ip);
        }
        config
    }

    /// The same for one of its addresses.
    pub(crate) fn configure_for(&self, address: &Address, base: &Config) -> Config {
        let mut config = base.clone();
        match address {
            Address::Tcp(address) => {
                config.hostaddr(address.ip()).port(address.port());
                if let Host::Tcp(name) = &self.host {
                    config.host(name);
                }
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                config.host_path(path.parent().unwrap_or(path)).port(self.port);
            }
        }
        config
    }

    /// The name of the host, which its certificate is to have. A socket of this machine has none.
    pub(crate) fn name(&self) -> &str {
        match &self.host {
            Host::Tcp(name) => name,
            #[cfg(unix)]
            Host::Unix(_) => "",
        }
    }

    pub(crate) async fn addresses(&self) -> Result<Vec<Address>> {
        if let Some(ip) = self.ip {
            return Ok(vec![Address::Tcp(SocketAddr::new(ip, self.port))]);
        }
        match &self.host {
            Host::Tcp(name) => match lookup_host((name.as_str(), self.port)).await {
                Ok(found) => Ok(found.map(Address::Tcp).collect()),
                Err(source) => Err(Error::new(
                    ErrorKind::Operational,
                    format!("cannot connect to {self}: the host's name cannot be resolved ({source}); check the host in the URL"),
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

/// The hosts of a configuration.
pub(crate) fn targets(config: &Config) -> Vec<Target> {
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

/// A random number below a bound.
pub(crate) fn random_below(bound: usize) -> usize {
    // The keys of a hasher are the standard library's only random numbers.
    let random = RandomState::new().hash_one(0);
    usize::try_from(random % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
}
