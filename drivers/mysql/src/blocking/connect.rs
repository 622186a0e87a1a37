//! Making a session with mysql.

use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use aludel_core::TlsMode;
use mysql::{Conn, LocalInfileHandler};

use super::protocol::{catch_panic, query_last_row};
use super::socket::Socket;
use crate::config::Config;
use crate::error::{Failure, RefusedFile};
use crate::session::{READ_ONLY_SQL, Session, check_writes, set_up_sql};

/// The name of the driver.
pub(super) const NAME: &str = "mysql";

/// Makes a session and sets it up, waiting no longer than so for any answer. The search for the
/// host's addresses has no limit of its own.
pub(super) fn connect(config: &Config, limit: Duration) -> Result<(Conn, Session), Failure> {
    let start = Instant::now();
    let mode = config.tls_mode()?;
    let connect_by = |mode| {
        let addresses = config.addresses(mode).map_err(mysql::Error::from)?;
        connect_in_turn(config, mode, &addresses, limit.saturating_sub(start.elapsed()))
    };
    match connect_by(mode) {
        Err(failure) if mode == TlsMode::Prefer && failure.is_no_tls() => {
            config.tls.note_plain(&config.place());
            connect_by(TlsMode::Disable)
        }
        outcome => outcome,
    }
}

/// Tries one address after the other until one is reached, which mysql itself does not.
fn connect_in_turn(
    config: &Config,
    mode: TlsMode,
    addresses: &[Option<IpAddr>],
    limit: Duration,
) -> Result<(Conn, Session), Failure> {
    let start = Instant::now();
    let mut failure = None;
    let mut remaining = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let left = limit.saturating_sub(start.elapsed());
        // One that does not answer leaves time for those behind it.
        match connect_to(config, mode, *address, left / remaining, left) {
            Err(Failure::Gone(error)) => failure = Some(Failure::Gone(error)),
            outcome => return outcome,
        }
        remaining -= 1;
    }
    Err(failure.unwrap_or_else(no_address))
}

fn connect_to(
    config: &Config,
    mode: TlsMode,
    address: Option<IpAddr>,
    reach: Duration,
    left: Duration,
) -> Result<(Conn, Session), Failure> {
    // No time at all would be no limit.
    let [reach, left] = [reach, left].map(|time| time.max(Duration::from_millis(1)));
    // Without this one mysql would answer the request for a file with an empty one.
    let refuse = LocalInfileHandler::new(|_, _| Err(std::io::Error::other(RefusedFile)));
    let opts = config
        .for_blocking(address, mode)?
        .tcp_connect_timeout(Some(reach))
        .read_timeout(Some(left))
        .write_timeout(Some(left))
        .local_infile_handler(Some(refuse));
    let mut conn = catch_panic(|| Conn::new(opts))?;
    let answer = query_last_row(&mut conn, set_up_sql(config.sql_mode.as_deref()))?;
    let session = Session::checked(answer)?.at(Socket::of(&conn).peer());
    if config.writes {
        check_writes(query_last_row(&mut conn, READ_ONLY_SQL.to_owned())?)?;
    }
    Ok((conn, session))
}

#[cold]
fn no_address() -> Failure {
    Failure::from(mysql::Error::from(io::Error::other(
        "the host's name has no network address; check the host in the URL",
    )))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    // fault: P10
    #[test]
    fn every_address_is_tried_until_one_is_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("mysql://u@127.0.0.1:{port}").parse().unwrap();
        let config = Config::from_url(&url).unwrap();
        // What a server says counts: here that there are too many connections.
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let full = b"\x17\0\0\0\xff\x10\x04Too many connections";
            io::Write::write_all(&mut socket, full).unwrap();
            let _ = io::Read::read(&mut socket, &mut [0; 64]);
        });
        let address = |last: u8| Some(IpAddr::from([127, 0, 0, last]));
        let all = [address(2), address(1), address(3)];
        let error =
            connect_in_turn(&config, TlsMode::Disable, &all, Duration::from_secs(5)).err().unwrap();
        assert_eq!(error.code(), Some(1040), "{error:?}");
        server.join().unwrap();
        // If none is reached, the failure is that of the last.
        let none = connect_in_turn(&config, TlsMode::Disable, &all[..1], Duration::from_secs(5))
            .err()
            .unwrap();
        assert!(none.into_error().message().contains("refused"));
        assert!(connect_in_turn(&config, TlsMode::Disable, &[], Duration::from_secs(5)).is_err());
    }
}
