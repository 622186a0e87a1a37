//! The configuration: a URL, checked and brought into tokio-postgres' form.

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{Secret, TlsMode, TlsOption, TlsOptions, Url};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::role::TargetSessionAttrs;
use crate::wire::StatementNames;

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
    PREPARED_STATEMENTS,
    STATEMENT_CACHE_SIZE,
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "sslsni",
    TARGET_SESSION_ATTRS,
    "tcp_user_timeout",
    "tls_library",
    "user",
];

/// Ours, and not the server's or libpq's.
const STATEMENT_CACHE_SIZE: &str = "statement_cache_size";
const PREPARED_STATEMENTS: &str = "prepared_statements";

/// Of libpq, whose values tokio-postgres does not all know.
const TARGET_SESSION_ATTRS: &str = "target_session_attrs";

/// What a URL says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) tls: TlsOptions,
    pub(crate) cached_statements: Option<usize>,
    pub(crate) names: StatementNames,
    pub(crate) wanted: TargetSessionAttrs,
}

/// What a URL describes. What stands in the query wins.
pub(crate) fn from_url(url: &Url) -> Result<Settings> {
    let port = url.port().map(|port| port.to_string());
    let mut pairs: Vec<(&str, &str)> = [
        ("host", url.host()),
        ("port", port.as_deref()),
        ("user", url.username()),
        ("password", url.password().map(Secret::reveal)),
        ("dbname", url.database()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let mut settings = Settings::default();
    for option in url.options() {
        if let Some(which) = TlsOption::named(option.name()) {
            settings.tls.set(which, &option, &[])?;
            continue;
        }
        match option.name() {
            STATEMENT_CACHE_SIZE => settings.cached_statements = Some(option.number()?),
            PREPARED_STATEMENTS => {
                settings.names = option.one_of(&[
                    ("named", StatementNames::Unique),
                    ("unnamed", StatementNames::Unnamed),
                ])?;
            }
            TARGET_SESSION_ATTRS => settings.wanted = option.one_of(TargetSessionAttrs::WORDS)?,
            name if OPTIONS.contains(&name) => {
                pairs.retain(|(earlier, _)| *earlier != name);
                pairs.push((name, option.value()));
            }
            _ => return Err(option.unknown(OPTIONS)),
        }
    }
    let mut text = String::new();
    for (name, value) in pairs {
        let pair = format!("{name}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'"));
        // Each by itself, for an error that names the option; the parser's names no value.
        pair.parse::<Config>().map_err(|error| bad_value(name, &error))?;
        text.push_str(&pair);
    }
    settings.config = text.parse().map_err(|error| bad_value("the whole URL", &error))?;
    Ok(settings)
}

/// What a configuration of tokio-postgres says of TLS.
pub(crate) fn tls_of(config: &Config) -> TlsOptions {
    TlsOptions::new().mode(match config.get_ssl_mode() {
        SslMode::Disable => TlsMode::Disable,
        SslMode::Prefer => TlsMode::Prefer,
        _ => TlsMode::Require,
    })
}

/// The parser's reason has no value in it. The error itself is not kept, for a later version may
/// put one into it.
fn bad_value(name: &str, error: &tokio_postgres::Error) -> Error {
    let why = std::error::Error::source(error).map(ToString::to_string);
    Error::new(
        ErrorKind::Argument,
        format!(
            "the value of the connection option {name:?} is invalid: {}",
            why.unwrap_or_else(|| error.to_string())
        ),
    )
}

/// All of a configuration but its hosts and ports.
pub(crate) fn without_hosts(config: &Config) -> Config {
    let mut base = Config::new();
    base.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .channel_binding(config.get_channel_binding());
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
    use tokio_postgres::config::Host;

    use super::*;

    fn refused(query: &str) -> Error {
        let url: Url = format!("postgresql://u:s3cret@h/d?{query}").parse().unwrap();
        from_url(&url).unwrap_err()
    }

    // conforms: F40
    #[test]
    fn a_url_becomes_a_configuration() {
        let url = "postgresql://o'brien%5C:p%20w'%5C%C3%BC@one:1/d?port=2&statement_cache_size=7\
                   &sslmode=allow&application_name=it's%20me&options=-c%20a%3Db";
        let Settings { config, cached_statements, .. } = from_url(&url.parse().unwrap()).unwrap();
        assert_eq!(config.get_user(), Some("o'brien\\"));
        assert_eq!(config.get_password(), Some("p w'\\\u{fc}".as_bytes()));
        assert_eq!((config.get_ports(), config.get_dbname()), (&[2][..], Some("d")));
        assert_eq!(config.get_application_name(), Some("it's me"));
        assert_eq!(config.get_options(), Some("-c a=b"));
        assert_eq!(cached_statements, Some(7));
    }

    #[test]
    fn the_last_of_two_equal_options_wins_and_the_query_over_the_rest() {
        let url = "postgresql://a:x@h/d?user=b&user=c&password=y&host=%2Ftmp";
        let config = from_url(&url.parse().unwrap()).unwrap().config;
        assert_eq!(config.get_user(), Some("c"));
        assert_eq!(config.get_password(), Some("y".as_bytes()));
        assert_eq!(config.get_hosts(), [Host::Unix("/tmp".into())]);
    }

    // fault: S20
    #[test]
    fn an_unknown_option_is_named_with_those_there_are() {
        let error = refused("aplication_name=x");
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains("\"aplication_name\""), "{error}");
        assert!(error.message().contains("application_name,"), "{error}");
    }

    // fault: D29, S07
    #[test]
    fn a_bad_value_names_its_option_and_no_value() {
        for (name, value) in [
            ("port", "99999999"),
            ("connect_timeout", "hunter2"),
            ("sslmode", "hunter2"),
            ("statement_cache_size", "-17"),
            ("target_session_attrs", "hunter2"),
            ("prepared_statements", "hunter2"),
        ] {
            let error = refused(&format!("{name}={value}"));
            assert_eq!(error.kind(), ErrorKind::Argument);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(name) && !shown.contains(value), "{shown}");
        }
    }

    // fault: S07
    #[test]
    fn nothing_shows_the_password() {
        for url in ["postgresql://u:s3cret@h/d", "postgresql://u@h/d?password=s3cret"] {
            let driver = crate::PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
            assert!(!format!("{driver:?}").contains("s3cret"));
        }
    }
}
