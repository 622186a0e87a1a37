//! What an engine reports of its statements, and under which names it reports its database.

use std::time::Duration;

use crate::url::Url;

/// What is reported of the statements of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Observation {
    /// Each statement is logged before it is sent.
    pub(super) echo: bool,
    /// The echo shows no values.
    pub(super) hide_parameters: bool,
    /// Spans show values.
    pub(super) trace_parameters: bool,
    /// A statement that takes as long is logged.
    pub(super) slow_threshold: Option<Duration>,
}

/// Where the database is, in the words of OpenTelemetry.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
    /// `db.namespace`: the database, of SQLite the file.
    pub(super) namespace: Option<String>,
    /// `server.address`: the host, or the path of a socket.
    pub(super) address: Option<String>,
    /// `server.port`, where it is not the usual one.
    pub(super) port: Option<u16>,
}

impl Endpoint {
    /// As a URL says it; nothing if that is none.
    pub(super) fn of(url: &str) -> Self {
        let Ok(url) = url.parse::<Url>() else { return Self::default() };
        let usual = match url.backend() {
            "postgresql" => Some(5432),
            "mysql" | "mariadb" => Some(3306),
            _ => None,
        };
        Self {
            namespace: url.database().filter(|name| !name.is_empty()).map(str::to_owned),
            address: url.host().filter(|host| !host.is_empty()).map(str::to_owned),
            port: url.port().filter(|port| Some(*port) != usual),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn the_database_is_named_as_its_url_says() {
        let named = |url| {
            let Endpoint { namespace, address, port } = Endpoint::of(url);
            (namespace.unwrap_or_default(), address.unwrap_or_default(), port)
        };
        let of = |namespace: &str, address: &str, port| (namespace.into(), address.into(), port);
        assert_eq!(named("postgresql://u:***@db.local:5432/shop"), of("shop", "db.local", None));
        assert_eq!(named("postgresql://db.local:6432/shop"), of("shop", "db.local", Some(6432)));
        assert_eq!(named("mysql://db.local:3306/shop?x=***"), of("shop", "db.local", None));
        assert_eq!(named("sqlite:///shop.db"), of("shop.db", "", None));
        assert_eq!(named("of no sort"), of("", "", None));
    }
}
