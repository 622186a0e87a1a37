//! Which database a connection speaks to: product and version.

use std::fmt;
use std::net::SocketAddr;

use crate::version::Version;

/// The product behind a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Product {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    PostgreSql,
    /// MySQL.
    MySql,
    /// MariaDB, which speaks the protocol of MySQL.
    MariaDb,
    /// Another one, by its name.
    Other(String),
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Other(name) => name,
        })
    }
}

/// What the server, or the library for a database without one, says of itself. A driver asks once,
/// when the connection is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerInfo {
    product: Product,
    version: Version,
    text: String,
    peer: Option<SocketAddr>,
}

impl ServerInfo {
    /// A product, and its version as the server writes it.
    #[must_use]
    pub fn new(product: Product, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { product, version: Version::parse(&text), text, peer: None }
    }

    /// The same at this address of the network.
    #[must_use]
    pub fn at(self, peer: Option<SocketAddr>) -> Self {
        Self { peer, ..self }
    }

    /// The address at the other end of the session's socket, which may be a pooler's; `None` without a network.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Which product it is.
    #[must_use]
    pub fn product(&self) -> &Product {
        &self.product
    }

    /// The version in numbers.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The version as the server writes it.
    #[must_use]
    pub fn version_text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ServerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.text)
    }
}
