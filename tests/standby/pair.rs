//! Two servers of a test's own, of which one follows the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aludel::dbapi::IsolationLevel;
use aludel::{EngineOptions, FromRow, RawSql, create_engine_with};
use aludel_testing::private_server::{PrivateServer, ServerFolder, find_program};
use aludel_testing::{BOUND, say};

/// A server, stopped by its drop.
pub(crate) struct Server {
    server: PrivateServer,
    folder: PathBuf,
}

/// The primary, and its standby called `two`.
pub(crate) struct Pair {
    /// `None` once it has died.
    one: Option<Server>,
    pub(crate) two: Server,
    ports: (u16, u16),
}

impl Pair {
    /// `None` after saying that what needs it is skipped.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            say("skipped: a standby of PostgreSQL, since there is no initdb; install PostgreSQL");
            return None;
        };
        let folder = ServerFolder::new("one");
        let data = folder.path().join("data");
        let data = data.to_str().unwrap();
        let flags = ["-U", "aludel", "-A", "trust", "-N", "--locale=C"];
        folder.run(&bin.join("initdb"), &[&["-D", data][..], &flags].concat());
        let one = serve(&folder, &bin, "ready to accept connections");
        let folder = ServerFolder::new("two");
        let data = folder.path().join("data");
        let from = format!(
            "host=127.0.0.1 port={} user=aludel application_name=two sslmode=disable",
            one.server.port
        );
        let flags = ["-R", "-X", "stream", "-c", "fast", "--no-sync"];
        let to = ["-d", &from, "-D", data.to_str().unwrap()];
        folder.run(&bin.join("pg_basebackup"), &[&to[..], &flags].concat());
        let two = serve(&folder, &bin, "ready to accept read-only connections");
        let ports = (one.server.port, two.server.port);
        Some(Self { one: Some(one), two, ports })
    }

    pub(crate) fn one(&self) -> &Server {
        self.one.as_ref().expect("it lives")
    }

    /// Ends the primary as a crash does.
    pub(crate) fn kill_one(&mut self) {
        self.one = None;
    }

    /// A URL of both, by a driver.
    pub(crate) fn url(&self, scheme: &str, attrs: &str) -> String {
        let (one, two) = self.ports;
        format!(
            "{scheme}://aludel@127.0.0.1:{one},127.0.0.1:{two}/postgres?target_session_attrs={attrs}"
        )
    }
}

impl Server {
    pub(crate) fn port(&self) -> u16 {
        self.server.port
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://aludel@127.0.0.1:{}/postgres", self.port())
    }

    /// Runs a statement on a session of its own, outside of a transaction.
    pub(crate) fn run(&self, sql: &str) {
        let mut conn = self.connect();
        conn.exec_driver_sql(RawSql::new(sql.to_owned()), ()).unwrap();
    }

    pub(crate) fn ask<T: FromRow>(&self, sql: &str) -> T {
        let row =
            self.connect().exec_driver_sql(RawSql::new(sql.to_owned()), ()).unwrap().one().unwrap();
        row.get(0).unwrap()
    }

    fn connect(&self) -> aludel::Connection {
        let options = EngineOptions::new().isolation_level(IsolationLevel::Autocommit);
        create_engine_with(&self.url("postgresql"), options).unwrap().connect().unwrap()
    }

    /// Waits until a statement answers `true`.
    #[track_caller]
    pub(crate) fn wait_until(&self, sql: &str) {
        let start = Instant::now();
        while !self.ask::<bool>(sql) {
            assert!(start.elapsed() < BOUND, "{sql}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn promote(&self) {
        self.run("select pg_promote(true, 60)");
        self.wait_until("select not pg_is_in_recovery()");
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }
}

fn serve(folder: &ServerFolder, bin: &Path, ready: &str) -> Server {
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let socket = folder.path().to_str().unwrap().to_owned();
    let args = |port: u16| {
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={socket}"),
            "fsync=off".to_owned(),
            "wal_receiver_status_interval=1".to_owned(),
        ];
        let settings = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
        ["-D".to_owned(), data.clone(), "-p".to_owned(), port.to_string()]
            .into_iter()
            .chain(settings)
            .collect()
    };
    let server = folder.serve(&bin.join("postgres"), args, ready);
    Server { server, folder: folder.path().to_owned() }
}

/// The folder that has all programs.
fn programs() -> Option<PathBuf> {
    let named = std::env::var("ALUDEL_TEST_POSTGRES_BIN").ok().map(PathBuf::from);
    let found = || find_program(&["pg_basebackup"])?.parent().map(Path::to_owned);
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut of_debian: Vec<_> =
        versions.map(|version| version.unwrap().path().join("bin")).collect();
    of_debian.sort();
    let mut folders = named.into_iter().chain(found()).chain(of_debian.into_iter().rev());
    folders.find(|bin| ["initdb", "pg_basebackup"].iter().all(|name| bin.join(name).is_file()))
}
