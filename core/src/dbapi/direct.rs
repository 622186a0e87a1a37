//! Waiting for one socket by the thread that needs its bytes, without a runtime.
//!
//! A blocking program waits for its statement and for nothing else. To enter a runtime for that, to have it look at its
//! timers, ask the system which of its sockets are ready, and wake the one task that there is, takes more instructions
//! than all that Aludel adds to a statement. So the adapter offers a driver to wait for its socket itself, and a driver
//! that waits for nothing but this socket takes the offer.
//!
//! ```text
//!   adapter          state      driver
//!   offer()          OFFERED
//!   polls the call   TAKEN      take(): from here on the socket asks the system, and never the runtime
//!   wait()                      poll(2) instead of the runtime
//!   polls the call              look(): the socket has something, or is the runtime's again
//!                    NONE       leave(): what is awaited now needs the runtime
//!   enters it, and polls the call to its end
//! ```

#[cfg(unix)]
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// The runtime waits for the socket.
const NONE: u8 = 0;
/// The thread that polls the call would wait for the socket.
const OFFERED: u8 = 1;
/// It does.
const TAKEN: u8 = 2;

/// A socket that the thread itself waits for which needs its bytes.
///
/// The driver and the adapter share it. Both use it on the thread that polls the driver's call, one after the
/// other: its fields are atomic so that the connection may go from thread to thread, and order nothing.
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use std::os::unix::net::UnixStream;
///
/// use aludel_core::dbapi::DirectSocket;
///
/// let (socket, mut server) = UnixStream::pair()?;
/// let direct = DirectSocket::of(socket.as_raw_fd());
/// assert!(!direct.take());
/// direct.offer();
/// assert!(direct.take() && !direct.may_read());
/// server.write_all(b"answer")?;
/// assert!(direct.wait());
/// assert!(direct.look() && direct.may_read());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DirectSocket {
    #[cfg(unix)]
    number: RawFd,
    state: AtomicU8,
    /// Bytes are waited for.
    wanted: AtomicBool,
    /// The system has said that there is something to read, and nobody has read all of it.
    readable: AtomicBool,
    /// Whoever moves the bytes must look.
    news: AtomicBool,
}

impl DirectSocket {
    /// The socket with this number, which does not block. It must be [closed](Self::closed) here before the number is
    /// free for another.
    #[cfg(unix)]
    #[must_use]
    pub fn of(number: RawFd) -> Self {
        Self {
            number,
            state: AtomicU8::new(NONE),
            wanted: AtomicBool::new(false),
            readable: AtomicBool::new(false),
            news: AtomicBool::new(false),
        }
    }

    /// Offers to wait for it. For whoever polls a call.
    #[inline]
    pub fn offer(&self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.readable.store(false, Ordering::Relaxed);
        self.news.store(false, Ordering::Relaxed);
        self.state.store(OFFERED, Ordering::Relaxed);
    }

    /// Takes the offer if there is one. From here on nothing may be awaited that wakes by a runtime.
    #[inline]
    pub fn take(&self) -> bool {
        if self.state.load(Ordering::Relaxed) != OFFERED {
            return self.is_taken();
        }
        self.state.store(TAKEN, Ordering::Relaxed);
        true
    }

    /// Whether the offer was taken: the socket asks the system, and never the runtime.
    #[inline]
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.state.load(Ordering::Relaxed) == TAKEN
    }

    /// The runtime waits for it again. `true` if there was an offer, taken or not: then no runtime is entered.
    #[inline]
    pub fn leave(&self) -> bool {
        let offered = self.state.load(Ordering::Relaxed) != NONE;
        if offered {
            self.news.store(true, Ordering::Relaxed);
            self.state.store(NONE, Ordering::Relaxed);
        }
        offered
    }

    /// The socket is about to be closed: its number is waited for no more.
    pub fn closed(&self) {
        self.leave();
        self.wanted.store(false, Ordering::Relaxed);
    }

    /// Whether something may be there to read. If not, it is waited for.
    #[inline]
    #[must_use]
    pub fn may_read(&self) -> bool {
        let readable = self.readable.load(Ordering::Relaxed);
        self.wanted.store(!readable, Ordering::Relaxed);
        readable
    }

    /// All was read that was there.
    #[inline]
    pub fn has_read_all(&self) {
        self.readable.store(false, Ordering::Relaxed);
    }

    /// Whether whoever moves the bytes must look, once for each reason.
    #[inline]
    #[must_use]
    pub fn look(&self) -> bool {
        let news = self.news.load(Ordering::Relaxed);
        if news {
            self.news.store(false, Ordering::Relaxed);
        }
        news
    }

    /// Blocks the thread until there is something to read, or the end. `false` if that cannot be waited for: the
    /// runtime waits for the socket again.
    #[must_use]
    pub fn wait(&self) -> bool {
        let waited = self.wanted.load(Ordering::Relaxed) && self.wait_to_read();
        if waited {
            self.readable.store(true, Ordering::Relaxed);
            self.news.store(true, Ordering::Relaxed);
        } else {
            self.leave();
        }
        waited
    }

    #[cfg(unix)]
    fn wait_to_read(&self) -> bool {
        use nix::errno::Errno;
        use nix::poll::{PollFd, PollFlags, poll};
        let mut sockets = [PollFd::new(self.number, PollFlags::POLLIN)];
        loop {
            match poll(&mut sockets, -1) {
                // A signal, as Ctrl-C is one: its handler has run.
                Err(Errno::EINTR) => {}
                // The end and errors are found out by who reads.
                Ok(_) => return sockets[0].revents() != Some(PollFlags::POLLNVAL),
                Err(error) => {
                    tracing::debug!("a socket could not be waited for: {error}");
                    return false;
                }
            }
        }
    }

    #[cfg(not(unix))]
    fn wait_to_read(&self) -> bool {
        false
    }
}
