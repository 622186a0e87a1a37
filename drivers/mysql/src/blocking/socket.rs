//! The socket of a connection, and its timeouts.
//!
//! mysql sets the timeouts once, when it connects, for all that the connection will ever do.

use std::net::SocketAddr;
use std::time::Duration;

#[cfg(unix)]
use aludel_core::dbapi::{Arrived, IdleSocket};
use mysql::Conn;

/// The socket of a connection that lives as long as this is used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Socket(#[cfg(unix)] std::os::fd::RawFd);

#[cfg(unix)]
impl Socket {
    pub(super) fn of(conn: &Conn) -> Self {
        Self(std::os::fd::AsRawFd::as_raw_fd(conn))
    }

    /// Sets how long one read and one write may take.
    pub(super) fn limit(self, read: Option<Duration>, write: Option<Duration>) {
        use nix::sys::socket::{setsockopt, sockopt};
        use nix::sys::time::{TimeVal, TimeValLike};
        let time = |limit: Option<Duration>| {
            // No time at all would be no limit.
            let micros = limit.map_or(0, |limit| limit.as_micros().max(1));
            TimeVal::microseconds(i64::try_from(micros).unwrap_or(i64::MAX / 2))
        };
        // The system refuses it only for what is no socket any more, which then needs no limit.
        let _ = setsockopt(self.0, sockopt::ReceiveTimeout, &time(read));
        let _ = setsockopt(self.0, sockopt::SendTimeout, &time(write));
    }

    /// The address at its other end.
    pub(super) fn peer(self) -> Option<SocketAddr> {
        IdleSocket::of(self.0).peer()
    }

    /// Whether anything has arrived: while nothing is asked, a server sends nothing but its last words.
    pub(super) fn is_silent(self) -> bool {
        IdleSocket::of(self.0).peek(&mut [0]) == Arrived::Nothing
    }

    /// Ends the connection: who waits for it, on either side, fails at once.
    pub(super) fn cut(self) {
        use nix::libc::linger;
        use nix::sys::socket::{Shutdown, setsockopt, shutdown, sockopt};
        // The close is to reach the server even if it is waiting for its answer to be read: a reset
        // does. Both calls fail if the other side was faster.
        let _ = setsockopt(self.0, sockopt::Linger, &linger { l_onoff: 1, l_linger: 0 });
        let _ = shutdown(self.0, Shutdown::Both);
    }
}

#[cfg(not(unix))]
impl Socket {
    pub(super) fn of(_: &Conn) -> Self {
        Self()
    }

    pub(super) fn limit(self, _: Option<Duration>, _: Option<Duration>) {}

    pub(super) fn peer(self) -> Option<SocketAddr> {
        None
    }

    pub(super) fn is_silent(self) -> bool {
        true
    }

    pub(super) fn cut(self) {}
}
