//! Servers that fall silent without a farewell, as behind a network that drops everything: the system finds it out
//! within the bound that the URL gives, with each driver of a server.
//!
//! The client is a process in a network of its own, where a relay leads to the folder's socket of the server; then that
//! network is switched off, so that nothing is acknowledged any more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aludel::{Connection, Error, RawSql, Url, create_engine, text};
use aludel_testing::proxy::SERVER_DRIVERS;
use aludel_testing::{say, server_url};

/// What the URL says, in seconds: silent for one, asked twice, one apart.
const OPTIONS: &str = "keepalives_idle=1&keepalives_interval=1&keepalives_retries=2";

/// The same for what is sent and not acknowledged.
const UNREAD: &str = "tcp_user_timeout=3";

/// Longer than that by much, and far from what the system has by itself: a quarter of an hour.
const BOUND: Duration = Duration::from_secs(45);

const URL: &str = "ALUDEL_TEST_CHILD_URL";
const SOCKET: &str = "ALUDEL_TEST_CHILD_SOCKET";

/// The socket of a server, if it is on this machine.
fn socket(url: &str) -> Option<PathBuf> {
    let mut conn = create_engine(url).unwrap().connect().unwrap();
    let mut ask = |sql: &'static str| -> String { conn.scalar(text(sql)).unwrap().unwrap() };
    let path = if url.starts_with("mysql") {
        PathBuf::from(ask("select @@socket"))
    } else {
        let folders = ask("select setting from pg_settings where name = 'unix_socket_directories'");
        let port = ask("select setting from pg_settings where name = 'port'");
        let first = folders.split(',').next().unwrap_or_default().trim().to_owned();
        PathBuf::from(first).join(format!(".s.PGSQL.{port}"))
    };
    path.exists().then_some(path)
}

/// Whether a process may have a network of its own.
fn can_be_alone() -> bool {
    let mut alone = Command::new("unshare");
    alone.args(["--net", "ip", "link", "set", "lo", "up"]);
    alone.stdout(Stdio::null()).stderr(Stdio::null());
    alone.status().is_ok_and(|status| status.success())
}

fn run_alone(child: &str) {
    if !can_be_alone() {
        say("skipped: servers that fall silent, since no network of its own can be made here");
        return;
    }
    for (variable, scheme) in SERVER_DRIVERS {
        let Some(url) = server_url(variable) else { continue };
        let Some(socket) = socket(&url) else {
            say("skipped: a server that falls silent, whose socket is not on this machine");
            continue;
        };
        let (_, rest) = url.split_once("://").unwrap();
        let output = Command::new("unshare")
            .arg("--net")
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", child, "--nocapture"])
            .env(URL, format!("{scheme}://{rest}"))
            .env(SOCKET, socket)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{scheme}: {said}{failed}");
    }
}

// fault: P16
#[test]
fn a_server_that_falls_silent_while_it_is_waited_for() {
    run_alone("child_that_waits");
}

// fault: P16
#[test]
fn a_server_that_fell_silent_before_it_was_asked() {
    run_alone("child_that_asks");
}

/// Switches the network of this process on or off. Packets are dropped, and nobody is notified.
fn network(state: &str) {
    let done = Command::new("ip").args(["link", "set", "lo", state]).status().unwrap();
    assert!(done.success(), "{state}");
}

fn copy(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
    });
}

/// Leads from a port of this network to a socket.
fn relay(socket: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let server = UnixStream::connect(&socket).unwrap();
            copy(client.try_clone().unwrap(), server.try_clone().unwrap());
            copy(server, client);
        }
    });
    address
}

/// Connects through the relay of a network that is alone.
fn connect_alone(options: &str) -> (Connection, &'static str) {
    network("up");
    let url = std::env::var(URL).unwrap();
    let relay = relay(std::env::var_os(SOCKET).unwrap().into());
    let parts: Url = url.parse().unwrap();
    let server = format!("{}:{}", parts.host().unwrap(), parts.port().unwrap());
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}{options}", url.replace(&server, &relay.to_string()));
    let mut conn = create_engine(&url).unwrap().connect().unwrap();
    conn.execute(text("select 1")).unwrap();
    // The answer cannot come, and the server is not left with it for long.
    let sleep =
        if url.starts_with("postgresql") { "select pg_sleep(20)" } else { "select sleep(20)" };
    (conn, sleep)
}

fn is_found_out(begun: Instant, error: &Error) {
    assert!(error.is_disconnect(), "{error}");
    assert!(begun.elapsed() < BOUND, "{:?}: {error}", begun.elapsed());
}

#[test]
#[ignore = "it is run by a test above, in a network of its own"]
fn child_that_waits() {
    let (mut conn, sleep) = connect_alone(OPTIONS);
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(500));
        network("down");
    });
    let begun = Instant::now();
    let error = conn.execute(text(RawSql::new(sleep.to_owned()))).map(drop);
    is_found_out(begun, &error.expect_err("nobody answers"));
}

#[test]
#[ignore = "it is run by a test above, in a network of its own"]
fn child_that_asks() {
    let (mut conn, _) = connect_alone(&format!("{OPTIONS}&{UNREAD}"));
    network("down");
    let begun = Instant::now();
    let error = conn.execute(text("select 2")).map(drop);
    is_found_out(begun, &error.expect_err("nobody answers"));
}
