//! Looking at the socket of an idle session, whoever has it.
//!
//! Client crates keep their sockets to themselves. Some give its number; of others it is found by a mark:
//! they set how long a socket is silent before the system asks for a sign of life, and a socket with a
//! time that no other has is the one. Once it is found, the time that is wanted is set.

use std::time::Duration;

use crate::url::LONGEST_SILENCE;

/// What can be read from a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// Nothing: the session is as it was.
    Nothing,
    /// So many bytes, which are still there.
    Bytes(usize),
    /// The end, or an error.
    End,
}

/// The socket of a session that lives as long as this is used.
///
/// ```
/// use std::net::{TcpListener, TcpStream};
/// use std::os::fd::AsRawFd;
///
/// use aludel_core::dbapi::{Arrived, IdleSocket};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let client = TcpStream::connect(listener.local_addr()?)?;
/// let (server, _) = listener.accept()?;
/// let socket = IdleSocket::of(client.as_raw_fd());
/// assert_eq!(socket.peek(&mut [0; 8]), Arrived::Nothing);
/// drop(server);
/// while socket.peek(&mut [0; 8]) == Arrived::Nothing {}
/// assert_eq!(socket.peek(&mut [0; 8]), Arrived::End);
/// # Ok::<(), std::io::Error>(())
/// ```
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
pub struct IdleSocket(std::os::fd::RawFd);

/// The socket of a session, which cannot be looked at on this system.
#[cfg(not(unix))]
#[derive(Debug, Clone, Copy)]
pub struct IdleSocket(());

#[cfg(unix)]
impl IdleSocket {
    /// The socket with this number.
    #[must_use]
    pub fn of(number: std::os::fd::RawFd) -> Self {
        Self(number)
    }

    /// Sets what [`SocketMark::find`] does not: the time between two questions for a sign of life, how many may
    /// have no answer, and how long what was sent may have none. What the system refuses is logged.
    pub fn keep_alive(self, interval: Duration, retries: u32, user_timeout: Option<Duration>) {
        #[cfg(target_os = "linux")]
        {
            use nix::sys::socket::{setsockopt, sockopt};
            let seconds = u32::try_from(interval.as_secs().max(1)).unwrap_or(u32::MAX);
            let set = setsockopt(self.0, sockopt::TcpKeepInterval, &seconds)
                .and_then(|()| setsockopt(self.0, sockopt::TcpKeepCount, &retries))
                .and_then(|()| match user_timeout {
                    Some(time) => {
                        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
                        setsockopt(self.0, sockopt::TcpUserTimeout, &milliseconds)
                    }
                    None => Ok(()),
                });
            if let Err(error) = set {
                tracing::debug!("how often a silent socket is asked could not be set: {error}");
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (interval, retries, user_timeout);
    }

    /// The address at its other end.
    #[must_use]
    pub fn peer(self) -> Option<std::net::SocketAddr> {
        use nix::sys::socket::{SockaddrStorage, getpeername};
        let peer: SockaddrStorage = getpeername(self.0).ok()?;
        let v4 = peer.as_sockaddr_in().map(|v4| std::net::SocketAddrV4::from(*v4).into());
        v4.or_else(|| peer.as_sockaddr_in6().map(|v6| std::net::SocketAddrV6::from(*v6).into()))
    }

    /// Looks, without waiting: copies the first bytes that can be read, and leaves them there.
    #[must_use]
    pub fn peek(self, bytes: &mut [u8]) -> Arrived {
        use nix::errno::Errno;
        use nix::sys::socket::{MsgFlags, recv};
        match recv(self.0, bytes, MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT) {
            Ok(0) => Arrived::End,
            Ok(count) => Arrived::Bytes(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Arrived::Nothing,
            Err(_) => Arrived::End,
        }
    }
}

#[cfg(not(unix))]
impl IdleSocket {
    /// It is not known.
    #[must_use]
    pub fn peer(self) -> Option<std::net::SocketAddr> {
        None
    }

    /// Nothing can be set.
    pub fn keep_alive(self, _: Duration, _: u32, _: Option<Duration>) {}

    /// Looks, without waiting.
    #[must_use]
    pub fn peek(self, _: &mut [u8]) -> Arrived {
        Arrived::Nothing
    }
}

/// Where the numbers of the process's files stand.
const NUMBERS: &str = "/proc/self/fd";

/// A time of silence that no other socket of this process has.
#[derive(Debug)]
pub struct SocketMark(u32);

impl SocketMark {
    /// The next one.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        /// In seconds: from more than five hours to the longest that the system takes.
        const MARKS: std::ops::Range<u32> = LONGEST_SILENCE + 1..32_767;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(MARKS.start + next % (MARKS.end - MARKS.start))
    }

    /// What the socket is to be made with; `None` where it could not be found by it.
    #[must_use]
    pub fn silence(&self) -> Option<Duration> {
        let found = cfg!(target_os = "linux") && std::path::Path::new(NUMBERS).exists();
        found.then(|| Duration::from_secs(u64::from(self.0)))
    }

    /// Finds the socket that was made with it, and sets the silence that is wanted, at most 19,999 seconds, or
    /// that the system is not to ask. It is found on Linux, if it is one of the network and if no other has the
    /// same time.
    #[must_use]
    pub fn find(&self, wanted: Option<Duration>) -> Option<IdleSocket> {
        #[cfg(target_os = "linux")]
        return self.find_in_process(wanted);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = wanted;
            None
        }
    }

    #[cfg(target_os = "linux")]
    fn find_in_process(&self, wanted: Option<Duration>) -> Option<IdleSocket> {
        /// In seconds: what a socket has of which nothing was asked.
        const SYSTEMS_SILENCE: u32 = 7200;
        use nix::sys::socket::{getsockopt, setsockopt, sockopt};
        let numbers = std::fs::read_dir(NUMBERS).ok()?;
        let numbers = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let is_marked =
            |number: &i32| getsockopt(*number, sockopt::TcpKeepIdle).is_ok_and(|s| s == self.0);
        let mut marked = numbers.filter(is_marked);
        let found = marked.next()?;
        if marked.next().is_some() {
            tracing::debug!("two sockets have the same mark, so that neither can be looked at");
            return None;
        }
        // The mark goes in any case: another connection gets it some day.
        let seconds = match wanted {
            Some(wanted) => u32::try_from(wanted.as_secs().max(1)).unwrap_or(u32::MAX),
            None => SYSTEMS_SILENCE,
        };
        let mut set = setsockopt(found, sockopt::TcpKeepIdle, &seconds.min(LONGEST_SILENCE));
        if wanted.is_none() {
            set = setsockopt(found, sockopt::KeepAlive, &false).and(set);
        }
        if let Err(error) = set {
            tracing::debug!("how long a socket may be silent could not be set: {error}");
        }
        Some(IdleSocket(found))
    }
}

#[cfg(test)]
mod tests;
