//! Connections of mysql_async that close their socket when they are dropped.
//!
//! Dropped within a runtime, such a connection would be moved to a task that first reads the rest of
//! its answers and sends COM_QUIT, for as long as that takes.

use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use aludel_core::error::{Error, ErrorKind};
use futures::future::BoxFuture;
use mysql_async::Conn;
use tokio::runtime::{Builder, Handle};

/// A runtime that was shut down: what is spawned on it is dropped at once.
fn dead_runtime() -> Option<&'static Handle> {
    static HANDLE: OnceLock<Option<Handle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let runtime = Builder::new_current_thread().build().ok()?;
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        Some(handle)
    });
    handle.as_ref()
}

/// Drops what is or holds a connection. Its socket is closed when this returns.
fn drop_abruptly<T>(value: T) {
    // A thread that ends has no runtime any more, and cannot enter one.
    let ends = Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed());
    let _entered = dead_runtime().filter(|_| !ends).map(Handle::enter);
    drop(value);
}

/// A connection that closes its socket when it is dropped.
pub(crate) struct AbruptConn(Option<Conn>);

impl AbruptConn {
    pub(crate) fn new(conn: Conn) -> Result<Self, Error> {
        if dead_runtime().is_none() {
            return Err(Error::new(
                ErrorKind::Operational,
                "the runtime in which connections are terminated could not be started; raise the \
                 limit on open files or on threads",
            ));
        }
        Ok(Self(Some(conn)))
    }

    /// The connection, to be disconnected in the protocol's way. `self` is only dropped after this.
    pub(crate) fn take(&mut self) -> Option<Conn> {
        self.0.take()
    }
}

impl Deref for AbruptConn {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.0.as_ref().expect("it is taken out only to be dropped")
    }
}

impl DerefMut for AbruptConn {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0.as_mut().expect("it is taken out only to be dropped")
    }
}

impl Drop for AbruptConn {
    fn drop(&mut self) {
        drop_abruptly(self.0.take());
    }
}

/// A connection that is being made, and closes its socket when it is dropped.
pub(crate) struct AbruptConnect(Option<BoxFuture<'static, mysql_async::Result<Conn>>>);

impl AbruptConnect {
    pub(crate) fn new(opts: mysql_async::Opts) -> Self {
        Self(Some(Conn::new(opts)))
    }
}

impl Future for AbruptConnect {
    type Output = mysql_async::Result<Conn>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let connecting = self.0.as_mut().expect("it is taken out only when dropped");
        connecting.as_mut().poll(context)
    }
}

impl Drop for AbruptConnect {
    fn drop(&mut self) {
        drop_abruptly(self.0.take());
    }
}
