//! A private PostgreSQL with TLS, and connections to it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver, Waits};
use aludel_core::error::Result;
use aludel_core::value::Value;
use aludel_postgres::{BlockingDriver, PostgresDriver};
use aludel_testing::blocking::{execute, scalar};
use aludel_testing::certificates::{Authority, Identity};
use aludel_testing::private_server::{PrivateServer, ServerFolder, find_program};
use aludel_testing::{say, settle};

/// The password of everybody.
const PASSWORD: &str = "s3cret";

/// Who may connect how.
const ACCESS: &str = "
hostssl   all certified 127.0.0.1/32 cert
hostssl   all encrypted 127.0.0.1/32 scram-sha-256
hostnossl all encrypted 127.0.0.1/32 reject
hostnossl all plain     127.0.0.1/32 scram-sha-256
host      all aludel    127.0.0.1/32 scram-sha-256
local     all aludel                 scram-sha-256
";

/// One of the drivers with one of the libraries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) blocking: bool,
    pub(crate) library: &'static str,
}

impl Kind {
    pub(crate) fn all() -> Vec<Self> {
        let mut kinds = Vec::new();
        for library in [
            #[cfg(feature = "tls-rustls")]
            "rustls",
            #[cfg(feature = "tls-native")]
            "native",
        ] {
            kinds.extend([false, true].map(|blocking| Self { blocking, library }));
        }
        kinds
    }

    pub(crate) fn has_lists_of_revoked(self) -> bool {
        self.library == "rustls"
    }

    pub(crate) fn driver(self, url: &str) -> Result<Arc<dyn Driver>> {
        let mark = if url.contains('?') { '&' } else { '?' };
        let url: Url = format!("{url}{mark}tls_library={}", self.library).parse()?;
        Ok(match self.blocking {
            true => Arc::new(BlockingDriver::from_url(&url)?),
            false => PostgresDriver::from_url(&url)?.adapted(Waits::OnThreads),
        })
    }

    pub(crate) fn connect(self, url: &str) -> Result<Box<dyn Connection>> {
        self.driver(url)?.connect(deadline())
    }

    /// Whether the server sees a session of this URL encrypted.
    pub(crate) fn is_encrypted(self, url: &str) -> bool {
        let mut connection = self.connect(url).unwrap_or_else(|error| panic!("{self:?}: {error}"));
        is_encrypted(&mut *connection)
    }

    /// Why there is no connection to this URL.
    #[track_caller]
    pub(crate) fn refusal(self, url: &str) -> String {
        let error = self.connect(url).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(PASSWORD), "{shown}");
        error.message().to_owned()
    }
}

pub(crate) fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

pub(crate) fn is_encrypted(connection: &mut dyn Connection) -> bool {
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    scalar(connection, sql, &[]).unwrap() == Value::Bool(true)
}

/// The server, whose certificate is for `localhost`, and the files of its clients.
pub(crate) struct Server {
    server: PrivateServer,
    folder: ServerFolder,
    pub(crate) authority: Authority,
    pub(crate) identity: Identity,
    /// Whoever needs another certificate of the server has this for writing.
    pub(crate) steady: RwLock<()>,
}

impl Server {
    /// Starts it at the first call. `None` after saying that what needs it is skipped.
    pub(crate) fn get() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        let initdb = std::env::var("ALUDEL_TEST_POSTGRES_BIN").ok().map(PathBuf::from);
        let bin = initdb.or_else(|| find_program(&["initdb"])?.parent().map(Path::to_owned));
        let Some(bin) = bin.or_else(newest_of_debian) else {
            say("skipped: TLS of PostgreSQL, since there is no initdb; install PostgreSQL");
            return None;
        };
        let folder = ServerFolder::new("tls");
        let password = folder.write("password", PASSWORD);
        let data = folder.path().join("data");
        let (data, password) = (data.to_str().unwrap(), password.to_str().unwrap());
        let pwfile = format!("--pwfile={password}");
        folder.run(
            &bin.join("initdb"),
            &["-D", data, "-U", "aludel", "-A", "scram-sha-256", &pwfile, "-N", "--locale=C"],
        );
        let (authority, strangers) = (Authority::new("ours"), Authority::new("strangers"));
        let identity = authority.sign("server", &["localhost"]);
        folder.write("data/server.crt", &identity.cert);
        folder.write("data/server.key", &identity.key);
        folder.write("data/ca.crt", &authority.pem());
        folder.write("data/pg_hba.conf", ACCESS);
        folder.write("ca.pem", &authority.pem());
        folder.write("strangers.pem", &strangers.pem());
        let revoked = authority.sign("certified", &[]);
        for (name, client) in [
            ("client", &authority.sign("certified", &[])),
            ("revoked", &revoked),
            ("stranger", &strangers.sign("certified", &[])),
        ] {
            folder.write(&format!("{name}.crt"), &client.cert);
            folder.write(&format!("{name}.key"), &client.key);
        }
        folder.write("data/crl.pem", &authority.revoke(&[&revoked], 2100));
        folder.write("clean.pem", &authority.revoke(&[], 2100));
        folder.write("revoking.pem", &authority.revoke(&[&identity], 2100));
        folder.write("stale.pem", &authority.revoke(&[], 2021));
        folder.write("others.pem", &strangers.revoke(&[], 2100));
        let socket = folder.path().to_str().unwrap().to_owned();
        let args = |port: u16| {
            let settings = [
                "listen_addresses=127.0.0.1".to_owned(),
                format!("unix_socket_directories={socket}"),
                "ssl=on".to_owned(),
                "ssl_ca_file=ca.crt".to_owned(),
                "ssl_crl_file=crl.pem".to_owned(),
                "fsync=off".to_owned(),
            ];
            let settings = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
            ["-D".to_owned(), data.to_owned(), "-p".to_owned(), port.to_string()]
                .into_iter()
                .chain(settings)
                .collect()
        };
        let ready = "database system is ready to accept connections";
        let server = folder.serve(&bin.join("postgres"), args, ready);
        let this = Self { server, folder, authority, identity, steady: RwLock::new(()) };
        let mut connection = this.kind().connect(&this.url("aludel", "localhost", "")).unwrap();
        for sql in [
            "create role certified login",
            "create role encrypted login superuser password 's3cret'",
            "create role plain login password 's3cret'",
        ] {
            execute(&mut *connection, sql).unwrap();
        }
        Some(this)
    }

    fn kind(&self) -> Kind {
        Kind::all()[0]
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port
    }

    /// The folder of the server's socket.
    pub(crate) fn socket(&self) -> String {
        self.folder.path().to_str().unwrap().replace('/', "%2F")
    }

    /// The URL of a user by a host's name, with options.
    pub(crate) fn url(&self, user: &str, host: &str, options: &str) -> String {
        let port = self.port();
        let options = self.options(options);
        format!(
            "postgresql://{user}:{PASSWORD}@{host}:{port}/postgres?hostaddr=127.0.0.1&{options}"
        )
    }

    /// Options, with the folder in place of `@`.
    pub(crate) fn options(&self, options: &str) -> String {
        options.replace('@', &format!("{}/", self.folder.path().to_str().unwrap()))
    }

    /// The path of a file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives the server another certificate, and waits until it shows another error or none.
    pub(crate) fn change_certificate(&self, identity: &Identity, shown: &str) {
        self.folder.write("data/server.crt", &identity.cert);
        self.folder.write("data/server.key", &identity.key);
        let mut connection =
            self.kind().connect(&self.url("aludel", "localhost", "sslmode=disable")).unwrap();
        scalar(&mut *connection, "select pg_reload_conf()", &[]).unwrap();
        let url = self.url("aludel", "localhost", "sslrootcert=@ca.pem");
        settle("the server has read its certificate", || match self.kind().connect(&url) {
            Ok(_) => shown.is_empty(),
            Err(error) => !shown.is_empty() && error.message().contains(shown),
        });
    }
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let bins = versions.map(|version| version.unwrap().path().join("bin"));
    bins.filter(|bin| bin.join("initdb").is_file()).max()
}
