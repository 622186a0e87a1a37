//! The socket of a connection, which can be cut from another thread.
//!
//! The crate `postgres` keeps its socket to itself, but hands it to the connector for TLS, and with
//! `sslnegotiation=direct` it sends nothing before that. The connector here puts the
//! socket into a [`CutStream`], which passes on what it is given, has that encrypted as it is to be, and
//! puts the [`Wire`] above.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aludel_core::dbapi::Timer;
use futures::future::BoxFuture;
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Socket};

use crate::tls::{BoxError, Encryption, Stream};
use crate::wire::{StatementNames, Wire};

/// The end of a connection that whoever holds it can bring about.
#[derive(Clone, Default)]
pub(super) struct Cut(Arc<State>);

#[derive(Default)]
struct State {
    cut: AtomicBool,
    /// Whoever waits for the socket.
    waker: AtomicWaker,
    /// The cut that is due unless what runs has ended before.
    due: Mutex<Option<Timer>>,
}

impl Cut {
    /// Ends the connection: a call that waits for the socket fails at once, and so does every later one.
    pub(super) fn now(&self) {
        self.0.cut.store(true, Ordering::Release);
        self.0.waker.wake();
    }

    /// Ends the connection after a time, unless it is [called off](Self::call_off) before. Where there
    /// is no thread to wait for that, it ends at once.
    pub(super) fn after(&self, time: Duration) {
        let this = self.clone();
        match Timer::start(time, move || this.now()) {
            Ok(timer) => *self.0.due.lock() = Some(timer),
            Err(_) => self.now(),
        }
    }

    /// Calls off what [`after`](Self::after) began.
    pub(super) fn call_off(&self) {
        drop(self.0.due.lock().take());
    }

    fn error(&self) -> Option<io::Error> {
        let is_cut = self.0.cut.load(Ordering::Acquire);
        is_cut.then(|| io::Error::new(io::ErrorKind::ConnectionAborted, "it was given up"))
    }

    /// Has a call of the socket fail if it was cut, also while it waits.
    fn watch<T>(
        &self,
        context: &mut Context<'_>,
        call: impl FnOnce(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let polled = call(context);
        if polled.is_pending() {
            self.0.waker.register(context.waker());
        }
        match self.error() {
            Some(error) => Poll::Ready(Err(error)),
            None => polled,
        }
    }
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cut").field(&self.0.cut).finish()
    }
}

/// Whether the socket of a configuration can be cut: the crate takes a connector for hosts with a name
/// or an address only.
pub(super) fn can_be_cut(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| matches!(host, Host::Tcp(_)))
}

/// Makes the stream of a connection from its socket.
#[derive(Clone)]
pub(super) struct Connector {
    cut: Cut,
    encryption: Encryption,
    names: StatementNames,
    is_cancel: bool,
}

impl Connector {
    /// For a session.
    pub(super) fn of_session(cut: Cut, encryption: Encryption, names: StatementNames) -> Self {
        Self { cut, encryption, names, is_cancel: false }
    }

    /// For the request to stop what a session does.
    pub(super) fn of_cancel(cut: Cut, encryption: Encryption) -> Self {
        Self { cut, encryption, names: StatementNames::Unique, is_cancel: true }
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Wire<Stream<CutStream>>;
    type TlsConnect = HostConnector;
    type Error = BoxError;

    fn make_tls_connect(&mut self, host: &str) -> Result<HostConnector, BoxError> {
        Ok(HostConnector { connector: self.clone(), host: host.to_owned() })
    }
}

/// The same for one host.
pub(super) struct HostConnector {
    connector: Connector,
    host: String,
}

impl TlsConnect<Socket> for HostConnector {
    type Stream = Wire<Stream<CutStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Stream, BoxError>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let Self { connector: Connector { cut, encryption, names, is_cancel }, host } = self;
        Box::pin(async move {
            let stream = encryption.open(CutStream { socket, cut, is_cancel }, &host).await?;
            Ok(Wire::new(stream, names))
        })
    }
}

/// A socket as it is, until it is cut.
pub(super) struct CutStream {
    socket: Socket,
    cut: Cut,
    is_cancel: bool,
}

impl AsyncRead for CutStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, cut, .. } = self.get_mut();
        cut.watch(context, |context| Pin::new(socket).poll_read(context, buffer))
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { socket, cut, .. } = self.get_mut();
        cut.watch(context, |context| Pin::new(socket).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, cut, .. } = self.get_mut();
        cut.watch(context, |context| Pin::new(socket).poll_flush(context))
    }

    /// The socket of a cancel stays open until the server closes it: PgBouncer takes a client that has
    /// closed its half for one that has gone, and drops its request.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.is_cancel {
            let mut bytes = [0; 64];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(self.as_mut().poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        let Self { socket, cut, .. } = self.get_mut();
        cut.watch(context, |context| Pin::new(socket).poll_shutdown(context))
    }
}
