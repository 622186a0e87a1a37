//! Servers on this machine that are reached by the socket of a folder, in each form that a URL has for
//! it, by each driver of a server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

#[path = "support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use aludel::{EngineOptions, ErrorKind, Url, create_engine, create_engine_with, text};
use aludel_testing::proxy::Proxy;
use aludel_testing::settle;
use support::{Database, say, unique};

/// Where a server listens besides its port.
struct Listening {
    /// `user:password`.
    user: String,
    name: String,
    socket: PathBuf,
    port: u16,
}

impl Listening {
    /// `None`, and a printed line, if there is no server or its socket is not on this machine.
    fn of(database: Database) -> Option<Self> {
        let text_of_url = database.url()?;
        let url: Url = text_of_url.parse().unwrap();
        let engine = create_engine(&text_of_url).unwrap();
        let mut conn = engine.connect().unwrap();
        let socket = match database.server() {
            Database::MySql => {
                conn.scalar::<_, String>(text("select @@socket")).unwrap().unwrap().into()
            }
            _ => {
                let sql = "select setting from pg_settings where name = 'unix_socket_directories'";
                let folders: String = conn.scalar(text(sql)).unwrap().unwrap();
                let sql = "select setting from pg_settings where name = 'port'";
                let port: String = conn.scalar(text(sql)).unwrap().unwrap();
                let first = folders.split(',').next().unwrap_or_default().trim();
                Path::new(first).join(format!(".s.PGSQL.{port}"))
            }
        };
        if !socket.exists() {
            say(&format!("skipped: the socket of {database:?}, which is not on this machine"));
            return None;
        }
        let (_, rest) = text_of_url.split_once("://").unwrap();
        let (user, _) = rest.rsplit_once('@').unwrap();
        Some(Self {
            user: user.to_owned(),
            name: url.database().unwrap().to_owned(),
            socket,
            port: url.port().unwrap(),
        })
    }

    fn folder(&self) -> &Path {
        self.socket.parent().unwrap()
    }
}

/// A folder whose name has colons in it, as Cloud SQL makes them, that leads to another.
struct Colons(PathBuf);

impl Colons {
    fn to(folder: &Path) -> Self {
        let made = std::env::temp_dir().join(unique("proj:region:inst"));
        std::os::unix::fs::symlink(folder, &made).unwrap();
        Self(made)
    }
}

impl Drop for Colons {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn encoded(path: &Path) -> String {
    path.to_str().unwrap().replace('/', "%2F").replace(':', "%3A")
}

fn answers(url: &str) {
    let engine = create_engine(url).unwrap();
    let mut conn = engine.connect().unwrap_or_else(|error| panic!("{url}: {error}"));
    let answer: Option<i64> = conn.scalar(text("select 6 * 7")).unwrap();
    assert_eq!(answer, Some(42), "{url}");
}

#[test]
fn postgres_is_reached_by_the_folder_of_its_socket() {
    for database in [Database::Postgres, Database::PostgresBlocking] {
        let Some(server) = Listening::of(database) else { continue };
        let scheme = database.scheme().unwrap_or("postgresql");
        let colons = Colons::to(server.folder());
        let Listening { user, name, port, .. } = &server;
        for folder in [server.folder(), &colons.0] {
            let shown = folder.display();
            answers(&format!("{scheme}://{user}@/{name}?host={shown}&port={port}"));
            answers(&format!("{scheme}://{user}@:{port}/{name}?host={}", encoded(folder)));
            answers(&format!("{scheme}://{user}@{}:{port}/{name}", encoded(folder)));
        }
    }
}

#[test]
fn mysql_is_reached_by_its_socket() {
    for database in [Database::MySql, Database::MySqlBlocking] {
        let Some(server) = Listening::of(database) else { continue };
        let scheme = database.scheme().unwrap_or("mysql");
        let colons = Colons::to(server.folder());
        let Listening { user, name, socket, .. } = &server;
        let through_colons = colons.0.join(socket.file_name().unwrap());
        for socket in [socket, &through_colons] {
            let shown = socket.display();
            answers(&format!("{scheme}://{user}@/{name}?socket={shown}"));
            answers(&format!("{scheme}://{user}@localhost/{name}?unix_socket={}", encoded(socket)));
            answers(&format!("{scheme}://{user}@{}/{name}", encoded(socket)));
        }
    }
}

// fault: P10, S07
#[test]
fn a_socket_that_is_not_there_is_named() {
    for url in [
        "postgresql://u:canary@/d?host=/no/such/folder",
        "postgresql+postgres://u:canary@/d?host=/no/such/folder",
        "mysql://u:canary@/d?socket=/no/such/folder/sock",
        "mysql+mysql://u:canary@%2Fno%2Fsuch%2Ffolder%2Fsock/d",
    ] {
        let engine = create_engine_with(url, EngineOptions::new()).unwrap();
        let error = engine.connect().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("/no/such/folder/"), "{error}");
        assert!(error.message().contains("is this its socket?"), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

/// The numbers of this process's sockets that are connected to an address.
#[cfg(target_os = "linux")]
fn numbers_of_sockets_to(address: std::net::SocketAddr) -> Vec<i32> {
    use nix::sys::socket::{SockaddrIn, getpeername};
    let numbers = std::fs::read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_there = |number: &i32| {
        let peer = getpeername::<SockaddrIn>(*number);
        peer.is_ok_and(|peer| std::net::SocketAddr::V4(peer.into()) == address)
    };
    numbers.filter(is_there).collect()
}

/// The options have one name on all drivers, and the system has what they say.
// fault: P16
#[cfg(target_os = "linux")]
#[test]
fn how_a_silent_server_is_found_out_is_said_by_the_same_options() {
    use nix::sys::socket::{getsockopt, sockopt};
    let servers =
        [Database::Postgres, Database::PostgresBlocking, Database::MySql, Database::MySqlBlocking];
    for database in servers {
        let Some(fresh) = support::Fresh::new(database) else { continue };
        // Only what this test connects goes to the proxy's address.
        let server: Url = fresh.url().parse().unwrap();
        let (host, port) = (server.host().unwrap(), server.port().unwrap());
        let proxy = Proxy::start(host, port);
        let url = fresh.url().replace(&format!("{host}:{port}"), &proxy.address().to_string());
        let separator = if url.contains('?') { '&' } else { '?' };
        let connect = |options: String| {
            let url = format!("{url}{separator}{options}");
            let mut conn = create_engine(&url).unwrap().connect().unwrap();
            conn.execute(text("select 1")).unwrap();
            conn
        };
        let kept = || {
            let sockets = numbers_of_sockets_to(proxy.address());
            assert_eq!(sockets.len(), 1, "{database:?}");
            (
                getsockopt(sockets[0], sockopt::TcpKeepIdle).unwrap(),
                getsockopt(sockets[0], sockopt::TcpKeepInterval).unwrap(),
                getsockopt(sockets[0], sockopt::TcpKeepCount).unwrap(),
                getsockopt(sockets[0], sockopt::TcpUserTimeout).unwrap(),
            )
        };
        let conn = connect(
            "keepalives_idle=4101&keepalives_interval=7&keepalives_retries=3&tcp_user_timeout=9"
                .to_owned(),
        );
        assert_eq!(kept(), (4101, 7, 3, 9000), "{database:?}");
        drop(conn);
        settle("it is closed", || numbers_of_sockets_to(proxy.address()).is_empty());
        // Where a URL says nothing, it is found out within two minutes.
        let conn = connect("connect_timeout=20".to_owned());
        let (idle, interval, retries, _) = kept();
        assert_eq!((idle, interval, retries), (60, 15, 4), "{database:?}");
        drop(conn);
    }
}
