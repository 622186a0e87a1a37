//! The configuration: the parts of a URL, checked and brought into tokio-postgres' form.

use std::fmt;

use aludel_core::error::{Error, ErrorKind, Result};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// The options that a URL's query may have.
const OPTIONS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    STATEMENT_CACHE_SIZE,
    "sslmode",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The one option that is ours and not the server's or libpq's.
const STATEMENT_CACHE_SIZE: &str = "statement_cache_size";

/// The parts of a URL, decoded. What stands in `options` wins.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    /// The host, several with commas between them, or the directory of a socket.
    pub host: Option<&'a str>,
    /// The port; 5432 if there is none.
    pub port: Option<u16>,
    /// The user.
    pub user: Option<&'a str>,
    /// The password.
    pub password: Option<&'a str>,
    /// The database.
    pub dbname: Option<&'a str>,
    /// The query.
    pub options: &'a [(&'a str, &'a str)],
}

/// Shows no secret: of the options only the names.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<&str> = self.options.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Parts")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("dbname", &self.dbname)
            .field("options", &options)
            .finish_non_exhaustive()
    }
}

/// The configuration, and the size of the statement cache if it was given.
pub(crate) fn from_parts(parts: &Parts<'_>) -> Result<(Config, Option<usize>)> {
    let port = parts.port.map(|port| port.to_string());
    let mut pairs: Vec<(&str, &str)> = [
        ("host", parts.host),
        ("port", port.as_deref()),
        ("user", parts.user),
        ("password", parts.password),
        ("dbname", parts.dbname),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let mut cached_statements = None;
    for &(name, value) in parts.options {
        match name {
            STATEMENT_CACHE_SIZE => {
                let size = value.parse().map_err(|_| bad_value(name, "a number is wanted"))?;
                cached_statements = Some(size);
            }
            "sslmode" => match value {
                "disable" | "prefer" => pairs.push((name, value)),
                // Without TLS on either side, to allow it is to prefer it.
                "allow" => pairs.push((name, "prefer")),
                "require" | "verify-ca" | "verify-full" => return Err(no_tls()),
                _ => return Err(bad_value(name, "it is disable, allow, prefer or require")),
            },
            _ if OPTIONS.contains(&name) => {
                pairs.retain(|(earlier, _)| *earlier != name);
                pairs.push((name, value));
            }
            _ => return Err(unknown(name)),
        }
    }
    let mut text = String::new();
    for (name, value) in pairs {
        let pair = format!("{name}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'"));
        // Each by itself, for an error that names the option; the parser's names no value.
        pair.parse::<Config>().map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            bad_value(name, &source.unwrap_or_else(|| error.to_string()))
        })?;
        text.push_str(&pair);
    }
    let config = text.parse().map_err(|error: tokio_postgres::Error| {
        Error::new(ErrorKind::Argument, error.to_string()).with_source(error)
    })?;
    Ok((config, cached_statements))
}

fn bad_value(name: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("the value of the connection option {name:?} makes no sense: {why}"),
    )
}

fn unknown(name: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("there is no connection option {name:?}; there are: {}", OPTIONS.join(", ")),
    )
}

pub(crate) fn no_tls() -> Error {
    Error::new(
        ErrorKind::NotSupported,
        "the connection is to be encrypted, but TLS is not built in yet; use sslmode=disable or \
         sslmode=prefer where the network is trusted, or a tunnel",
    )
}

/// All of a configuration but its hosts and ports.
pub(crate) fn without_hosts(config: &Config) -> Config {
    let mut base = Config::new();
    base.ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding());
    if base.get_ssl_mode() == SslMode::Prefer {
        base.ssl_mode(SslMode::Disable);
    }
    if let Some(user) = config.get_user() {
        base.user(user);
    }
    if let Some(password) = config.get_password() {
        base.password(password);
    }
    if let Some(dbname) = config.get_dbname() {
        base.dbname(dbname);
    }
    if let Some(options) = config.get_options() {
        base.options(options);
    }
    if let Some(name) = config.get_application_name() {
        base.application_name(name);
    }
    if let Some(timeout) = config.get_connect_timeout() {
        base.connect_timeout(*timeout);
    }
    if let Some(timeout) = config.get_tcp_user_timeout() {
        base.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = config.get_keepalives_interval() {
        base.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        base.keepalives_retries(retries);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &[(&str, &str)]) -> Error {
        from_parts(&Parts { password: Some("s3cret"), options, ..Parts::default() }).unwrap_err()
    }

    #[test]
    fn parts_become_a_configuration() {
        let parts = Parts {
            host: Some("one"),
            port: Some(1),
            user: Some("o'brien\\"),
            password: Some("p w'\\\u{fc}"),
            options: &[("port", "2"), ("statement_cache_size", "7"), ("sslmode", "allow")],
            ..Parts::default()
        };
        let (config, cached) = from_parts(&parts).unwrap();
        assert_eq!(config.get_user(), Some("o'brien\\"));
        assert_eq!(config.get_password(), Some("p w'\\\u{fc}".as_bytes()));
        assert_eq!(config.get_ports(), [2]);
        assert_eq!(cached, Some(7));
    }

    #[test]
    fn an_unknown_option_is_named_with_those_there_are() {
        let error = refused(&[("aplication_name", "x")]);
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains("\"aplication_name\""), "{error}");
        assert!(error.message().contains("application_name,"), "{error}");
    }

    #[test]
    fn a_bad_value_names_its_option_and_no_value() {
        for (name, value) in
            [("port", "99999999"), ("connect_timeout", "hunter2"), ("sslmode", "hunter2")]
        {
            let error = refused(&[(name, value)]);
            assert_eq!(error.kind(), ErrorKind::Argument);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(name) && !shown.contains(value), "{shown}");
        }
    }

    #[test]
    fn tls_is_refused_until_it_is_there() {
        for mode in ["require", "verify-full"] {
            assert_eq!(refused(&[("sslmode", mode)]).kind(), ErrorKind::NotSupported);
        }
    }

    #[test]
    fn nothing_shows_the_password() {
        let parts = Parts {
            password: Some("s3cret"),
            options: &[("password", "s3cret")],
            ..Parts::default()
        };
        let driver = crate::PostgresDriver::from_parts(&parts).unwrap();
        assert!(!format!("{parts:?} {driver:?}").contains("s3cret"));
    }
}
