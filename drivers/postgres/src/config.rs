//! The configuration: a URL, checked and brought into tokio-postgres' form.

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{Keepalive, Secret, TlsMode, TlsOption, TlsOptions, Url};
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
    ROLLBACK_ON_RETURN,
    STATEMENT_CACHE_SIZE,
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "sslsni",
    TARGET_SESSION_ATTRS,
    "tcp_user_timeout",
    TIME_OUTS,
    "tls_library",
    "user",
];

/// Ours, and not the server's or libpq's.
const STATEMENT_CACHE_SIZE: &str = "statement_cache_size";
const PREPARED_STATEMENTS: &str = "prepared_statements";
const ROLLBACK_ON_RETURN: &str = "rollback_on_return";
const TIME_OUTS: &str = "time_outs";

/// Of libpq, whose values tokio-postgres does not all know.
const TARGET_SESSION_ATTRS: &str = "target_session_attrs";

/// What a URL says.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) tls: TlsOptions,
    pub(crate) cached_statements: Option<usize>,
    pub(crate) names: StatementNames,
    pub(crate) awaits_rollback: bool,
    pub(crate) server_keeps_time: bool,
    pub(crate) wanted: TargetSessionAttrs,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            config: Config::default(),
            tls: TlsOptions::default(),
            cached_statements: None,
            names: StatementNames::default(),
            awaits_rollback: false,
            server_keeps_time: true,
            wanted: TargetSessionAttrs::default(),
        }
    }
}

/// What a URL describes. What stands in the query wins.
pub(crate) fn from_url(url: &Url) -> Result<Settings> {
    let places = Places::of(url)?;
    let mut pairs: Vec<(&str, &str)> = [
        ("host", places.hosts.as_deref()),
        ("port", places.ports.as_deref()),
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
            ROLLBACK_ON_RETURN => {
                settings.awaits_rollback = option.one_of(&[("sent", false), ("awaited", true)])?;
            }
            TIME_OUTS => {
                settings.server_keeps_time =
                    option.one_of(&[("server", true), ("client", false)])?;
            }
            "host" | "port" => {}
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
    // Named by nobody, a server that falls silent would be waited for two hours.
    let Keepalive { idle, interval, retries, .. } = Keepalive::DEFAULT;
    let defaults = [idle.as_secs(), interval.as_secs(), u64::from(retries)];
    for (name, value) in Keepalive::OPTIONS[1..4].iter().zip(defaults) {
        if !text.contains(&format!("{name}='")) {
            text.push_str(&format!("{name}='{value}' "));
        }
    }
    settings.config = text.parse().map_err(|error| bad_value("the whole URL", &error))?;
    Ok(settings)
}

/// The hosts and ports that a URL names, each as the list that libpq takes.
#[derive(Debug, Default)]
struct Places {
    hosts: Option<String>,
    ports: Option<String>,
}

impl Places {
    /// What stands in the query counts: as libpq has it, `host=a,b&port=1,2`, or as SQLAlchemy does,
    /// `host=a:1&host=b:2`. Without it those before the path do. Of several options of one name none is
    /// dropped, but where a single value is said anew.
    fn of(url: &Url) -> Result<Self> {
        let values = |name| url.options().filter(move |option| option.name() == name);
        let mut places: Vec<(String, Option<String>)> = Vec::new();
        for option in values("host") {
            for host in option.value().split(',') {
                places.push(with_port(host));
            }
        }
        let ports: Vec<String> = values("port")
            .flat_map(|option| option.value().split(',').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let in_query = !places.is_empty();
        if !in_query {
            let first = url.host().map(|host| (host.to_owned(), url.port()));
            places.extend(
                first
                    .into_iter()
                    .chain(url.more_hosts().map(|(host, port)| (host.to_owned(), port)))
                    .map(|(host, port)| (host, port.map(|port| port.to_string()))),
            );
        }
        let hosts: Vec<&str> = places.iter().map(|(host, _)| host.as_str()).collect();
        let hosts = (!hosts.is_empty()).then(|| hosts.join(","));
        let own = places.iter().any(|(_, port)| port.is_some());
        let ports = match (ports.as_slice(), places.len()) {
            ([], _) if own => {
                let own = places.iter().map(|(_, port)| port.as_deref().unwrap_or(DEFAULT_PORT));
                Some(own.collect::<Vec<_>>().join(","))
            }
            // For all hosts of the query.
            ([], _) => in_query.then(|| url.port()).flatten().map(|port| port.to_string()),
            (_, _) if own && in_query => return Err(ports_twice()),
            ([port], _) => Some(port.clone()),
            (ports, hosts) if ports.len() == hosts => Some(ports.join(",")),
            // One host, whose port is said anew: the last counts.
            ([.., last], 0 | 1) => Some(last.clone()),
            _ => return Err(not_as_many_ports()),
        };
        if ports.is_none() && url.port().is_some() && hosts.is_none() {
            return Ok(Self { hosts, ports: url.port().map(|port| port.to_string()) });
        }
        Ok(Self { hosts, ports })
    }
}

/// Where nothing else is said.
const DEFAULT_PORT: &str = "5432";

/// A host and the port behind its last colon, unless it is the folder of a socket or an IPv6 address without
/// brackets.
fn with_port(host: &str) -> (String, Option<String>) {
    if host.starts_with('/') {
        return (host.to_owned(), None);
    }
    if let Some((address, rest)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        return (address.to_owned(), rest.strip_prefix(':').map(str::to_owned));
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name.to_owned(), Some(port.to_owned())),
        _ => (host.to_owned(), None),
    }
}

#[cold]
fn ports_twice() -> Error {
    Error::new(
        ErrorKind::Argument,
        "ports stand behind hosts and in the connection option \"port\"; say them in one place",
    )
}

#[cold]
fn not_as_many_ports() -> Error {
    Error::new(
        ErrorKind::Argument,
        "the connection option \"port\" has another number of ports than there are hosts; name one port for all, \
         or one for each",
    )
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

    // conforms: F40
    #[test]
    fn several_hosts_are_all_kept() {
        let one_and_two = [Host::Tcp("a".to_owned()), Host::Tcp("b".to_owned())];
        for (url, ports) in [
            ("postgresql://u@a,b:2/d", vec![5432, 2]),
            ("postgresql://u@a:1,b:2/d", vec![1, 2]),
            ("postgresql://u@a,b:1,2/d", vec![1, 2]),
            ("postgresql://u@a,b/d", vec![]),
            ("postgresql:///d?user=u&host=a,b&port=1,2", vec![1, 2]),
            ("postgresql://u@/d?host=a,b&port=1,2", vec![1, 2]),
            ("postgresql://u@/d?host=a:1&host=b:2", vec![1, 2]),
            ("postgresql://u@/d?host=a&port=1&host=b&port=2", vec![1, 2]),
            ("postgresql://u@/d?host=a,b&port=7", vec![7]),
            ("postgresql://u@a,b/d?port=7", vec![7]),
        ] {
            let config = from_url(&url.parse().unwrap()).unwrap().config;
            assert_eq!(config.get_hosts(), one_and_two, "{url}");
            assert_eq!(config.get_ports(), ports, "{url}");
        }
        let folder = from_url(&"postgresql://u@/d?host=/run,b&port=1,2".parse().unwrap()).unwrap();
        let hosts = [Host::Unix("/run".into()), Host::Tcp("b".to_owned())];
        assert_eq!(folder.config.get_hosts(), hosts);
        let six = from_url(&"postgresql://u@[::1]:3,b:4/d".parse().unwrap()).unwrap();
        assert_eq!(six.config.get_ports(), [3, 4]);
        for wrong in ["host=a,b,c&port=1,2", "host=a:1&port=2", "host=a,b&port=1,x"] {
            let url: Url = format!("postgresql://u@/d?{wrong}").parse().unwrap();
            assert_eq!(from_url(&url).unwrap_err().kind(), ErrorKind::Argument, "{wrong}");
        }
        for wrong in [
            "postgresql://a,,b/d",
            "postgresql://,b/d",
            "postgresql://a,b:x/d",
            "postgresql://a,b:1,2,3/d",
        ] {
            assert!(wrong.parse::<Url>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_sessions_of_libpq_can_be_asked_for() {
        for (word, wanted) in TargetSessionAttrs::WORDS {
            let url: Url =
                format!("postgresql://u@h/d?target_session_attrs={word}").parse().unwrap();
            assert_eq!(from_url(&url).unwrap().wanted, *wanted);
            assert_eq!(wanted.to_string(), *word);
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
