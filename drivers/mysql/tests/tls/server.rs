//! A private MariaDB with TLS, and connections to it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver, Waits};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use aludel_mysql::{BlockingDriver, MysqlDriver};
use aludel_testing::blocking::{execute, query};
use aludel_testing::certificates::{Authority, Identity};
use aludel_testing::private_mariadb;
use aludel_testing::private_server::{PrivateServer, ServerFolder};
use aludel_testing::settle;

/// The password of everybody.
const PASSWORD: &str = "s3cret";

/// Who may connect how. Each line is a statement.
const USERS: &str = "CREATE OR REPLACE USER aludel@'%' IDENTIFIED BY 's3cret';
CREATE OR REPLACE USER encrypted@'%' IDENTIFIED BY 's3cret' REQUIRE SSL;
CREATE OR REPLACE USER certified@'%' IDENTIFIED BY 's3cret' REQUIRE X509;
GRANT ALL ON *.* TO aludel@'%';
GRANT ALL ON *.* TO encrypted@'%';
DELETE FROM mysql.global_priv WHERE User IN ('root', '');
FLUSH PRIVILEGES;
";

/// Which of the two drivers a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Async,
    Blocking,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Async, Self::Blocking];

    pub(crate) fn driver(self, url: &str) -> Result<Arc<dyn Driver>> {
        let url: Url = url.parse()?;
        Ok(match self {
            Self::Async => MysqlDriver::from_url(&url)?.adapted(Waits::OnThreads),
            Self::Blocking => Arc::new(BlockingDriver::from_url(&url)?),
        })
    }

    pub(crate) fn connect(self, url: &str) -> Result<Box<dyn Connection>> {
        self.driver(url)?.connect(deadline())
    }

    /// Whether the server sees a session of this URL encrypted.
    #[track_caller]
    pub(crate) fn is_encrypted(self, url: &str) -> bool {
        is_encrypted(&mut *self.connect(url).unwrap_or_else(|error| panic!("{self:?}: {error}")))
    }

    /// Why there is no connection to this URL.
    #[track_caller]
    pub(crate) fn refusal(self, url: &str) -> Error {
        let error = self.connect(url).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(PASSWORD), "{shown}");
        error
    }
}

pub(crate) fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

pub(crate) fn is_encrypted(connection: &mut dyn Connection) -> bool {
    let rows = query(connection, "show session status like 'Ssl_cipher'", &[]).unwrap();
    rows[0][1] != Value::from("")
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
        let (authority, strangers) = (Authority::new("ours"), Authority::new("strangers"));
        let identity = authority.sign("server", &["localhost"]);
        let settings = |folder: &ServerFolder| {
            folder.write("server.crt", &identity.cert);
            folder.write("server.key", &identity.key);
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
            folder.write("crl.pem", &authority.revoke(&[&revoked], 2100));
            let files = [
                ("ssl-cert", "server.crt"),
                ("ssl-key", "server.key"),
                ("ssl-ca", "ca.pem"),
                ("ssl-crl", "crl.pem"),
            ];
            let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
            files.map(|(option, name)| format!("--{option}={}", path(name))).to_vec()
        };
        let (server, folder) = private_mariadb::start("tls", "TLS of MySQL", USERS, settings)?;
        Some(Self { server, folder, authority, identity, steady: RwLock::new(()) })
    }

    /// The URL of a user by a host's name, with options.
    pub(crate) fn url(&self, user: &str, host: &str, options: &str) -> String {
        let (port, options) = (self.server.port, self.options(options));
        format!("mysql://{user}:{PASSWORD}@{host}:{port}/?{options}")
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
        self.folder.write("server.crt", &identity.cert);
        self.folder.write("server.key", &identity.key);
        let url = self.url("aludel", "localhost", "sslmode=disable");
        execute(&mut *Kind::Async.connect(&url).unwrap(), "flush ssl").unwrap();
        let url = self.url("aludel", "localhost", "sslrootcert=@ca.pem");
        settle("the server has read its certificate", || match Kind::Async.connect(&url) {
            Ok(_) => shown.is_empty(),
            Err(error) => !shown.is_empty() && error.message().contains(shown),
        });
    }
}
