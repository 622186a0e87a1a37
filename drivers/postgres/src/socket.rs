//! The socket of a session: what moves its bytes has it, and whoever has the connection may look at it.

use std::fmt;
use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use aludel_core::dbapi::DirectSocket;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_postgres::Config;

use crate::target::Address;

/// A socket. Its drop closes it, unless it is shared.
pub(crate) struct Socket {
    shared: Arc<Shared>,
    /// Where is read to when the runtime is not asked. Empty before the first time.
    read: Vec<u8>,
}

struct Shared {
    stream: Stream,
    direct: Arc<DirectSocket>,
    /// Reads ask the system, and not the runtime, which may not have been notified yet of what has arrived.
    at_once: AtomicBool,
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Its number is another socket's soon.
impl Drop for Shared {
    fn drop(&mut self) {
        self.direct.closed();
    }
}

/// What is read at most without asking the runtime. tokio-postgres reads as much at a time.
const READ_AT_ONCE: usize = 8 * 1024;

/// Looks at a socket that somebody else has.
#[derive(Clone)]
pub(crate) struct Watch(Weak<Shared>);

/// What is in a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Nothing,
    /// Bytes, or the end: who reads it learns which.
    Something,
    /// It is closed on this side.
    Closed,
}

impl Socket {
    /// Opens one to an address, with the options of a configuration that are about sockets.
    pub(crate) async fn open(address: &Address, config: &Config) -> io::Result<Self> {
        let stream = match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                set_options(&SockRef::from(&stream), config)?;
                Stream::Tcp(stream)
            }
            #[cfg(unix)]
            Address::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
        };
        let direct = Arc::new(stream.direct());
        let shared = Arc::new(Shared { stream, direct, at_once: AtomicBool::new(false) });
        Ok(Self { shared, read: Vec::new() })
    }

    /// The same socket once more.
    pub(crate) fn share(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), read: Vec::new() }
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch(Arc::downgrade(&self.shared))
    }

    /// What waits for it without a runtime.
    pub(crate) fn direct(&self) -> Arc<DirectSocket> {
        Arc::clone(&self.shared.direct)
    }

    /// Reads what is there, without asking the runtime: `None` if nothing is. Says whether that was all.
    fn read_now(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<Option<bool>> {
        if self.read.is_empty() {
            self.read.resize(READ_AT_ONCE, 0);
        }
        let takes = buffer.remaining().min(self.read.len());
        match (&*self.shared.stream.of_system()).read(&mut self.read[..takes]) {
            Ok(read) => {
                buffer.put_slice(&self.read[..read]);
                Ok(Some(read < takes))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A read by whoever waits for the socket without a runtime.
    fn read_directly(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.shared.direct.may_read() {
            let read = self.read_now(buffer)?;
            if read != Some(false) {
                self.shared.direct.has_read_all();
            }
            if read.is_some() {
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Pending
    }
}

fn set_options(socket: &SockRef<'_>, config: &Config) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some(timeout) = config.get_tcp_user_timeout() {
        socket.set_tcp_user_timeout(Some(*timeout))?;
    }
    if config.get_keepalives() {
        let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
        if let Some(interval) = config.get_keepalives_interval() {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(retries) = config.get_keepalives_retries() {
            keepalive = keepalive.with_retries(retries);
        }
        socket.set_tcp_keepalive(&keepalive)?;
    }
    Ok(())
}

impl Watch {
    /// Looks, without waiting and without a runtime.
    pub(crate) fn look(&self) -> Content {
        let Some(shared) = self.0.upgrade() else { return Content::Closed };
        let mut byte = [MaybeUninit::uninit()];
        match shared.stream.of_system().peek(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Content::Nothing,
            _ => Content::Something,
        }
    }

    /// Has reads of the socket ask the system while something is done.
    pub(crate) fn reading_at_once<T>(&self, f: impl FnOnce() -> T) -> T {
        let set = |at_once| {
            if let Some(shared) = self.0.upgrade() {
                shared.at_once.store(at_once, Ordering::Release);
            }
        };
        set(true);
        let done = f();
        set(false);
        done
    }
}

impl Stream {
    fn of_system(&self) -> SockRef<'_> {
        match self {
            Self::Tcp(stream) => SockRef::from(stream),
            #[cfg(unix)]
            Self::Unix(stream) => SockRef::from(stream),
        }
    }

    fn direct(&self) -> DirectSocket {
        match self {
            Self::Tcp(stream) => DirectSocket::of(stream.as_raw_fd()),
            #[cfg(unix)]
            Self::Unix(stream) => DirectSocket::of(stream.as_raw_fd()),
        }
    }

    fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(context),
            #[cfg(unix)]
            Self::Unix(stream) => stream.poll_read_ready(context),
        }
    }

    fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(context),
            #[cfg(unix)]
            Self::Unix(stream) => stream.poll_write_ready(context),
        }
    }

    fn try_io<T>(&self, interest: Interest, io: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self {
            Self::Tcp(stream) => stream.try_io(interest, io),
            #[cfg(unix)]
            Self::Unix(stream) => stream.try_io(interest, io),
        }
    }

    /// Reads once. Less than the buffer takes is all that there was, and then the readiness is cleared
    /// without asking the system once more.
    fn try_read(&self, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        let mut read = 0;
        let outcome = self.try_io(Interest::READABLE, || {
            let takes = buffer.remaining();
            read = self.try_read_buf(buffer)?;
            if read > 0 && read < takes { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        if read > 0 { Ok(()) } else { outcome }
    }

    /// Reads into a buffer as it is: to fill it with zeros first, as a slice of bytes needs it, takes a third of
    /// the instructions of a statement of one row.
    fn try_read_buf(&self, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read_buf(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.try_read_buf(buffer),
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.try_write(bytes),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.shared.direct.is_taken() {
            return this.read_directly(buffer);
        }
        if this.shared.at_once.load(Ordering::Acquire) && this.read_now(buffer)?.is_some() {
            return Poll::Ready(Ok(()));
        }
        let stream = &this.shared.stream;
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Shared { stream, direct, .. } = &*self.shared;
        if direct.is_taken() {
            match stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => direct.leave(),
                outcome => return Poll::Ready(outcome),
            };
        }
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.shared.stream.of_system().shutdown(std::net::Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            outcome => Poll::Ready(outcome),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("content", &self.look()).finish()
    }
}
