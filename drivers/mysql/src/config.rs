//! The configuration: a URL, checked and brought into the forms of both drivers.

use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::{Keepalive, Secret, TlsMode, TlsOption, TlsOptions, Url, UrlOption};

use crate::tls::{self, Tls};

/// The options that a URL's query may have.
const OPTIONS: &[&str] = &[
    "charset",
    "compress",
    "connect_timeout",
    Keepalive::OPTIONS[0],
    Keepalive::OPTIONS[1],
    Keepalive::OPTIONS[2],
    Keepalive::OPTIONS[3],
    "read_timeout",
    "socket",
    "sql_mode",
    "statement_cache_size",
    "target_session_attrs",
    Keepalive::OPTIONS[4],
    "time_outs",
    "unix_socket",
    "write_timeout",
];

/// Statements that a connection keeps prepared by default.
const CACHED_STATEMENTS: usize = 100;

/// How long the recovery of a dirty connection may take by default.
const RECOVERY_BUDGET: Duration = Duration::from_secs(5);

/// The largest packet that the protocol has. The server's own limit is queried when a session is set
/// up, and checked before anything is sent.
const LARGEST_PACKET: usize = 1 << 30;

/// Where to connect and as whom, and how.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) url: Url,
    host: String,
    port: u16,
    socket: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    database: Option<String>,
    compress: bool,
    pub(crate) tls: Arc<Tls>,
    pub(crate) sql_mode: Option<String>,
    /// Sessions are wanted that may write.
    pub(crate) writes: bool,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) write_timeout: Option<Duration>,
    pub(crate) keepalive: Keepalive,
    /// MariaDB is to keep the time of statements.
    pub(crate) server_keeps_time: bool,
    pub(crate) cached_statements: usize,
    pub(crate) recovery_budget: Duration,
}

impl Config {
    /// What a URL says.
    pub(crate) fn from_url(url: &Url) -> Result<Self> {
        if url.more_hosts().next().is_some() {
            return Err(Error::new(
                ErrorKind::Argument,
                "the URL names several hosts, of which this driver takes one; name one, or a proxy",
            ));
        }
        let mut config = Self {
            url: url.clone(),
            host: url.host().unwrap_or("localhost").to_owned(),
            port: url.port().unwrap_or(3306),
            socket: None,
            user: url.username().map(str::to_owned),
            password: url.password().cloned(),
            database: url.database().map(str::to_owned),
            compress: false,
            tls: Arc::new(Tls::new(TlsOptions::new())),
            sql_mode: None,
            writes: false,
            connect_timeout: None,
            read_timeout: None,
            write_timeout: None,
            keepalive: Keepalive::DEFAULT,
            server_keeps_time: true,
            cached_statements: CACHED_STATEMENTS,
            recovery_budget: RECOVERY_BUDGET,
        };
        // As MySQL's own clients have it: a path in place of the host is a socket.
        if config.host.starts_with('/') {
            config.socket = Some(std::mem::replace(&mut config.host, "localhost".to_owned()));
        }
        let mut tls = TlsOptions::new();
        for option in url.options() {
            if !Tls::take(&mut tls, &option)? {
                config.set(&option)?;
            }
        }
        config.set_tls(tls)?;
        Ok(config)
    }

    /// The same for another URL. What was not set by the URL stays.
    pub(crate) fn with_url(&self, url: &Url) -> Result<Self> {
        let (said, mut new) = (Self::from_url(&self.url)?, Self::from_url(url)?);
        new.recovery_budget = self.recovery_budget;
        if self.server_keeps_time != said.server_keeps_time {
            new.server_keeps_time = self.server_keeps_time;
        }
        if self.cached_statements != said.cached_statements {
            new.cached_statements = self.cached_statements;
        }
        if !self.tls.is_like(&said.tls) || self.tls.is_like(&new.tls) {
            new.tls = Arc::clone(&self.tls);
        }
        Ok(new)
    }

    /// Sets how connections are encrypted, and whom they trust.
    pub(crate) fn set_tls(&mut self, options: TlsOptions) -> Result<()> {
        self.tls = Arc::new(Tls::new(options));
        self.tls.check()
    }

    /// How the next connection is encrypted. A socket of this machine never is.
    pub(crate) fn tls_mode(&self) -> Result<TlsMode> {
        let mode = self.tls.mode(&self.place())?;
        Ok(if self.socket.is_some() { TlsMode::Disable } else { mode })
    }

    fn set(&mut self, option: &UrlOption<'_>) -> Result<()> {
        match option.name() {
            "charset" => option.one_of(&[("utf8mb4", ())])?,
            "compress" => self.compress = option.flag()?,
            "time_outs" => {
                self.server_keeps_time = option.one_of(&[("server", true), ("client", false)])?;
            }
            "connect_timeout" => self.connect_timeout = Some(option.seconds()?),
            "read_timeout" => self.read_timeout = Some(option.seconds()?),
            "write_timeout" => self.write_timeout = Some(option.seconds()?),
            "socket" | "unix_socket" => {
                option.absolute_path()?;
                self.socket = Some(option.value().to_owned());
            }
            "sql_mode" => self.sql_mode = Some(sql_mode(option)?),
            "target_session_attrs" => {
                self.writes = option.one_of(&[("any", false), ("read-write", true)])?;
            }
            "statement_cache_size" => self.cached_statements = option.number()?,
            _ if self.keepalive.set(option)? => {}
            _ => {
                let mut known = [OPTIONS, tls::NAMES, TlsOption::NAMES].concat();
                known.sort_unstable();
                return Err(option.unknown(&known));
            }
        }
        Ok(())
    }

    /// Where it connects to.
    pub(crate) fn place(&self) -> String {
        match &self.socket {
            Some(path) => path.clone(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    /// The form of mysql_async. Whoever prints it prints the password.
    pub(crate) fn for_async(
        &self,
        mode: TlsMode,
        silence: Option<Duration>,
    ) -> Result<mysql_async::Opts> {
        let opts = mysql_async::OptsBuilder::default()
            .ssl_opts(self.tls.for_async(mode)?)
            .ip_or_hostname(self.host.clone())
            .tcp_port(self.port)
            .socket(self.socket.clone())
            // Or it would change from the given address to the socket that the server names.
            .prefer_socket(false)
            .user(self.user.clone())
            .pass(self.password.as_ref().map(|secret| secret.reveal().to_owned()))
            .db_name(self.database.clone())
            .compression(self.compress.then(mysql_async::Compression::default))
            .client_found_rows(true)
            .max_allowed_packet(Some(LARGEST_PACKET))
            .tcp_keepalive(silence)
            // It would query the server for it, and only its own pool needs it.
            .wait_timeout(Some(0))
            .stmt_cache_size(0);
        Ok(opts.into())
    }

    /// The addresses of the host, in the order in which they are tried. `None` stands for the socket, and
    /// for the host if its name is to be checked: mysql checks the name that it connects to.
    pub(crate) fn addresses(&self, mode: TlsMode) -> io::Result<Vec<Option<IpAddr>>> {
        if self.socket.is_some() || mode == TlsMode::VerifyFull {
            return Ok(vec![None]);
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs()?;
        Ok(found.map(|address| Some(address.ip())).collect())
    }

    /// The form of mysql, for one of the addresses. Whoever prints it prints the password.
    pub(crate) fn for_blocking(
        &self,
        address: Option<IpAddr>,
        mode: TlsMode,
    ) -> Result<mysql::OptsBuilder> {
        let Keepalive { on, idle, interval, retries, user_timeout, .. } = self.keepalive;
        let milliseconds = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let opts = mysql::OptsBuilder::new()
            .ip_or_hostname(Some(address.map_or_else(|| self.host.clone(), |ip| ip.to_string())))
            .ssl_opts(self.tls.for_blocking(mode)?)
            .tcp_port(self.port)
            .socket(self.socket.clone())
            .prefer_socket(false)
            .user(self.user.clone())
            .pass(self.password.as_ref().map(|secret| secret.reveal().to_owned()))
            .db_name(self.database.clone())
            .compress(self.compress.then(mysql::Compression::default))
            .additional_capabilities(mysql::consts::CapabilityFlags::CLIENT_FOUND_ROWS)
            .max_allowed_packet(Some(LARGEST_PACKET))
            .tcp_keepalive_time_ms(on.then(|| milliseconds(idle)))
            .stmt_cache_size(0);
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        let opts = {
            let seconds = u32::try_from(interval.as_secs().max(1)).unwrap_or(u32::MAX);
            opts.tcp_keepalive_probe_interval_secs(on.then_some(seconds))
                .tcp_keepalive_probe_count(on.then_some(retries))
        };
        #[cfg(target_os = "linux")]
        let opts = opts.tcp_user_timeout_ms(user_timeout.map(milliseconds));
        let _ = (interval, retries, user_timeout);
        Ok(opts)
    }
}

/// Shows where it connects and as whom, and no more.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("place", &self.place())
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// It is written into a statement.
fn sql_mode(option: &UrlOption<'_>) -> Result<String> {
    let modes = option.value();
    if modes.bytes().all(|b| b.is_ascii_alphabetic() || b"_,".contains(&b)) {
        return Ok(modes.to_owned());
    }
    Err(option.invalid("it must be the names of modes with commas between them"))
}

#[cfg(test)]
mod tests {
    use aludel_core::error::{Error, ErrorKind};

    use super::*;

    fn config(url: &str) -> Result<Config> {
        Config::from_url(&url.parse().unwrap())
    }

    fn plain(config: &Config) -> mysql_async::Opts {
        config.for_async(TlsMode::Disable, Some(config.keepalive.idle)).unwrap()
    }

    fn refused(query: &str) -> Error {
        config(&format!("mysql://u:s3cret@h/d?{query}")).unwrap_err()
    }

    // conforms: F40
    #[test]
    fn a_url_becomes_a_configuration() {
        let url = "mysql://o'brien:p%20w%40@one:1/d?statement_cache_size=7&read_timeout=0.5\
                   &charset=UTF8MB4&ssl-mode=PREFERRED&compress=true&sql_mode=ANSI,STRICT_ALL_TABLES";
        let config = config(url).unwrap();
        assert_eq!(config.place(), "one:1");
        assert_eq!(config.user.as_deref(), Some("o'brien"));
        assert_eq!(config.password.as_ref().map(Secret::reveal), Some("p w@"));
        assert_eq!(config.cached_statements, 7);
        assert_eq!(config.read_timeout, Some(Duration::from_millis(500)));
        assert!(config.compress);
        assert_eq!(plain(&config).ip_or_hostname(), "one");
        assert_eq!(
            mysql::Opts::from(config.for_blocking(None, TlsMode::Disable).unwrap()).get_pass(),
            Some("p w@")
        );
    }

    // fault: P16
    #[test]
    fn a_server_that_went_silently_is_found_out() {
        let config = config("mysql://u@h/d").unwrap();
        assert_eq!(plain(&config).tcp_keepalive(), Some(Duration::from_secs(60)));
        let blocking = mysql::Opts::from(config.for_blocking(None, TlsMode::Disable).unwrap());
        assert_eq!(blocking.get_tcp_keepalive_time_ms(), Some(60_000));
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        assert_eq!(blocking.get_tcp_keepalive_probe_count(), Some(4));
        assert_eq!(refused("keepalives_idle=-1").kind(), ErrorKind::Argument);
    }

    #[test]
    fn a_socket_is_the_place() {
        for url in [
            "mysql://u@localhost/d?socket=%2Frun%2Fmysqld.sock",
            "mysql://u:p@/d?socket=/run/mysqld.sock",
            "mysql:///d?unix_socket=/run/mysqld.sock",
            "mysql://u:p@%2Frun%2Fmysqld.sock/d",
        ] {
            let config = config(url).unwrap();
            assert_eq!(config.place(), "/run/mysqld.sock", "{url}");
            assert_eq!(plain(&config).socket(), Some("/run/mysqld.sock"), "{url}");
            assert_eq!(config.database.as_deref(), Some("d"), "{url}");
        }
    }

    // fault: S20
    #[test]
    fn an_unknown_option_is_named_with_those_there_are() {
        let error = refused("conect_timeout=1");
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains("\"conect_timeout\""), "{error}");
        assert!(error.message().contains("connect_timeout,"), "{error}");
    }

    // fault: D29, S07, S20
    #[test]
    fn a_bad_value_names_its_option_and_no_value() {
        for (name, value) in [
            ("charset", "latin1"),
            ("compress", "hunter2"),
            ("connect_timeout", "-17"),
            ("read_timeout", "NaN"),
            ("write_timeout", "0.0"),
            ("socket", "hunter2"),
            ("sql_mode", "hunter2'"),
            ("ssl-mode", "hunter2"),
            ("statement_cache_size", "-17"),
        ] {
            let error = refused(&format!("{name}={value}"));
            assert_eq!(error.kind(), ErrorKind::Argument);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(name) && !shown.contains(value), "{shown}");
        }
    }

    // fault: S10
    #[test]
    fn the_words_of_mysql_s_clients_mean_what_libpq_s_do() {
        for (one, other) in [
            ("ssl-mode=REQUIRED", "sslmode=require"),
            ("ssl_mode=verify_identity", "sslmode=verify-full"),
            ("ssl-ca=/ca&ssl_mode=verify_ca", "sslmode=verify-ca&sslrootcert=/ca"),
            ("ssl_cert=/c&ssl_key=/k", "sslcert=/c&sslkey=/k"),
            ("sslsni=0&sslmode=require", "sslsni=off&ssl-mode=required"),
            ("sslcrl=/l", "sslcrl=/l"),
        ] {
            let outcome = |query: &str| {
                let config = config(&format!("mysql://h/d?{query}"));
                config.and_then(|config| config.tls_mode()).map_err(|error| error.to_string())
            };
            assert_eq!(outcome(one), outcome(other), "{one}");
            let built_in = cfg!(feature = "tls-rustls");
            assert_eq!(
                outcome(one).is_ok(),
                built_in
                    && !one.contains("verify_ca")
                    && !one.contains("sni")
                    && !one.contains("crl")
            );
        }
    }

    // fault: S07
    #[test]
    fn nothing_shows_the_password() {
        let url = "mysql://u:s3cret@h/d".parse().unwrap();
        let shown = [
            format!("{:?}", Config::from_url(&url).unwrap()),
            format!("{:?}", crate::MysqlDriver::from_url(&url).unwrap()),
        ];
        assert!(shown.iter().all(|shown| !shown.contains("s3cret")), "{shown:?}");
    }
}
