//! Database URLs: `postgresql+tokio-postgres://user:password@host:5432/name?option=value`.
//!
//! The password is a [`Secret`]: it never prints, neither here nor in an error.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, ErrorKind, Result};

/// Text that prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever must send it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A parsed database URL.
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

    /// The host; for IPv6 without its brackets.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The database's name, or SQLite's file.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The options behind `?`, without the password.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.reveal()))
    }
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(malformed("there is no `://` in it"));
        };
        let (backend, driver) = match scheme.split_once('+') {
            Some((backend, driver)) => (backend, Some(driver)),
            None => (scheme, None),
        };
        if backend.is_empty() || driver.is_some_and(str::is_empty) {
            return Err(malformed("the part before `://` is incomplete"));
        }
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, Some(path)),
            None => (rest, None),
        };
        if authority.contains(['#', '\\']) || text.contains(char::is_control) {
            return Err(malformed("it has a character that must be written as %XX"));
        }
        // The `url` crate knows hosts, brackets and escapes; a scheme of our own keeps its rules
        // for the web's schemes out. It does not see the path, in which it would resolve dots.
        let parsed = url::Url::parse(&format!("aludel://{authority}"))
            .map_err(|error| malformed(&error.to_string()))?;
        let mut password = parsed.password().map(decode).transpose()?.map(Secret::new);
        let mut query = Vec::new();
        for (name, value) in url::form_urlencoded::parse(options.as_bytes()) {
            if name == "password" {
                password = Some(Secret::new(value));
            } else {
                query.push((name.into_owned(), Secret::new(value)));
            }
        }
        let database = match path {
            None | Some("") => None,
            Some(path) => Some(decode(path)?),
        };
        let filled = |text: &str| if text.is_empty() { Ok(None) } else { decode(text).map(Some) };
        Ok(Self {
            backend: backend.to_ascii_lowercase(),
            driver: driver.map(str::to_ascii_lowercase),
            username: filled(parsed.username())?,
            password,
            host: filled(parsed.host_str().unwrap_or_default())?
                .map(|host| host.trim_matches(['[', ']']).to_owned()),
            port: parsed.port(),
            database,
            query,
        })
    }
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed("a %-escape in it is not UTF-8"))
}

#[cold]
fn malformed(why: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the database URL is malformed: {why}; it looks like \
             `postgresql://user:password@host:5432/name` or `sqlite:///path/to/file.db`, with \
             special characters in user and password written as %XX"
        ),
    )
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        f.write_str(&self.backend)?;
        if let Some(driver) = &self.driver {
            write!(f, "+{driver}")?;
        }
        f.write_str("://")?;
        if let Some(username) = &self.username {
            f.write_str(&escaped(username))?;
        }
        if self.password.is_some() {
            f.write_str(":***")?;
        }
        if self.username.is_some() || self.password.is_some() {
            f.write_str("@")?;
        }
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            Some(host) => f.write_str(host)?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(database) = &self.database {
            write!(f, "/{database}")?;
        }
        for (index, (name, _)) in self.query.iter().enumerate() {
            // A value may be a secret that only its driver knows to be one.
            write!(f, "{}{name}=***", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_decoded() -> Result<()> {
        let url: Url = "PostgreSQL+Tokio://us%40er:p%3Aw@[::1]:5433/na%20me?a=1&b=x%26y".parse()?;
        assert_eq!((url.backend(), url.driver()), ("postgresql", Some("tokio")));
        assert_eq!(url.username(), Some("us@er"));
        assert_eq!(url.password().map(Secret::reveal), Some("p:w"));
        assert_eq!((url.host(), url.port()), (Some("::1"), Some(5433)));
        assert_eq!(url.database(), Some("na me"));
        assert_eq!(url.query().collect::<Vec<_>>(), [("a", "1"), ("b", "x&y")]);
        Ok(())
    }

    #[test]
    fn sqlite_files_are_relative_or_absolute() -> Result<()> {
        assert_eq!("sqlite://".parse::<Url>()?.database(), None);
        assert_eq!("sqlite:///a/b.db".parse::<Url>()?.database(), Some("a/b.db"));
        assert_eq!("sqlite:////a/b.db".parse::<Url>()?.database(), Some("/a/b.db"));
        Ok(())
    }

    /// A path means what it says: nothing of it is resolved, cut or dropped.
    #[test]
    fn paths_are_kept_as_they_are() -> Result<()> {
        for (path, database) in [
            ("../data/app.db", "../data/app.db"),
            ("%2e%2e/x.db", "../x.db"),
            ("./x.db", "./x.db"),
            ("a#b.db", "a#b.db"),
            ("a//b.db", "a//b.db"),
            ("a%20b%3F.db", "a b?.db"),
            ("a b\\c.db", "a b\\c.db"),
        ] {
            let url: Url = format!("sqlite:///{path}").parse()?;
            assert_eq!(url.database(), Some(database));
        }
        for text in ["sqlite:///my\tfile.db", "postgresql://u:a#b@h/d", "postgresql://u:a/b@h/d"] {
            assert_eq!(text.parse::<Url>().expect_err(text).kind(), ErrorKind::Argument);
        }
        Ok(())
    }

    // fault: D29, S07
    #[test]
    fn secrets_never_print() {
        let urls = [
            "postgresql://u:canary@h/d",
            "postgresql://u@h/d?password=canary",
            "postgresql://u:c%61nary@h/d?sslpassword=canary",
            "postgresql://u:canary@h:notaport/d",
            "postgresql://u:canary@[h/d",
            "canary",
        ];
        for text in urls {
            let printed = match text.parse::<Url>() {
                Ok(url) => format!("{url} {url:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!printed.contains("canary"), "{printed}");
        }
    }
}
