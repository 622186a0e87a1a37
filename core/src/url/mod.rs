//! Database URLs: `postgresql+tokio-postgres://user:password@host:5432/name?option=value`.
//!
//! The password is a [`Secret`]: it never prints, neither here nor in an error. Neither does the value
//! of an option, since only its driver knows whether it is a secret.

mod change;
mod keepalive;
mod option;
mod parse;
mod secret;

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

pub use keepalive::Keepalive;
pub(crate) use keepalive::LONGEST_SILENCE;
pub use option::UrlOption;
pub use secret::Secret;

use crate::error::{Error, Result};

/// A parsed database URL.
///
/// Special characters in its parts are written as %XX. User, password, host and port may be absent,
/// also one without the others: `postgresql://user:password@/name?host=/run/postgresql`.
///
/// ```
/// use aludel_core::Url;
///
/// let url: Url = "postgresql://scott:tiger@localhost/test".parse()?;
/// assert_eq!(url.backend(), "postgresql");
/// assert_eq!(url.to_string(), "postgresql://scott:***@localhost/test");
/// # Ok::<(), aludel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    backend: String,
    driver: Option<String>,
    username: Option<String>,
    password: Option<Secret>,
    host: Option<String>,
    port: Option<u16>,
    /// Those behind the first.
    more_hosts: Vec<(String, Option<u16>)>,
    database: Option<String>,
    query: Vec<(String, Secret)>,
}

impl Url {
    /// The database: `sqlite`, `postgresql`.
    #[must_use]
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// The driver, if the URL names one behind `+`.
    #[must_use]
    pub fn driver(&self) -> Option<&str> {
        self.driver.as_deref()
    }

    /// The user.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The password, from before the host or from `?password=`.
    #[must_use]
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The host; for IPv6 without its brackets. A path is the socket of a server on this machine.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The hosts behind the first, as in `postgresql://one,two:5433/name`, with their ports.
    ///
    /// ```
    /// use aludel_core::Url;
    ///
    /// let url: Url = "postgresql://scott@one:5432,two/test".parse()?;
    /// assert_eq!((url.host(), url.port()), (Some("one"), Some(5432)));
    /// assert_eq!(url.more_hosts().collect::<Vec<_>>(), [("two", None)]);
    /// assert_eq!(url.to_string(), "postgresql://scott@one:5432,two/test");
    /// # Ok::<(), aludel_core::Error>(())
    /// ```
    pub fn more_hosts(&self) -> impl Iterator<Item = (&str, Option<u16>)> {
        self.more_hosts.iter().map(|(host, port)| (host.as_str(), *port))
    }

    /// The database's name, or SQLite's file.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The options behind `?`, without the password.
    pub fn options(&self) -> impl Iterator<Item = UrlOption<'_>> {
        self.query.iter().map(|(name, value)| UrlOption::new(name, value.reveal()))
    }
}

impl FromStr for Url {
    type Err = Error;

    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for what is none. The error shows nothing of
    /// the text.
    fn from_str(text: &str) -> Result<Self> {
        parse::url(text)
    }
}

/// What would end the path, or be read as something else in it.
const IN_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b'@');

/// What a host has besides letters and digits.
const IN_HOST: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn write_place(f: &mut fmt::Formatter<'_>, host: Option<&str>, port: Option<u16>) -> fmt::Result {
    match host {
        Some(host) if host.contains(':') && !host.starts_with('/') => write!(f, "[{host}]")?,
        Some(host) => write!(f, "{}", utf8_percent_encode(host, IN_HOST))?,
        None => {}
    }
    match port {
        Some(port) => write!(f, ":{port}"),
        None => Ok(()),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.backend)?;
        if let Some(driver) = &self.driver {
            write!(f, "+{driver}")?;
        }
        f.write_str("://")?;
        if let Some(username) = &self.username {
            write!(f, "{}", utf8_percent_encode(username, NON_ALPHANUMERIC))?;
        }
        if self.password.is_some() {
            f.write_str(":***")?;
        }
        if self.username.is_some() || self.password.is_some() {
            f.write_str("@")?;
        }
        write_place(f, self.host(), self.port)?;
        for (host, port) in self.more_hosts() {
            f.write_str(",")?;
            write_place(f, Some(host), port)?;
        }
        if let Some(database) = &self.database {
            write!(f, "/{}", utf8_percent_encode(database, IN_PATH))?;
        }
        for (index, (name, _)) in self.query.iter().enumerate() {
            write!(f, "{}{name}=***", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
