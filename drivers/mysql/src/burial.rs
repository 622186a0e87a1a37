//! Connections of mysql_async that close their socket when they are dropped.
//!
//! Dropped within a runtime, such a connection would be moved to a task that reads what is left of
//! its answers first and says goodbye, for as long as that takes.

use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use aludel_core::error::{Error, ErrorKind};
use futures::future::BoxFuture;
use mysql_async::Conn;
use tokio::runtime::{Builder, Handle};

/// A runtime that is no more: what is spawned on it is dropped at once.
fn underworld() -> Option<&'static Handle> {
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
fn bury<T>(mortal: T) {
    // A thread that ends has no runtime any more, and cannot enter one.
    let ends = Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed());
    let _entered = underworld().filter(|_| !ends).map(Handle::enter);
    drop(mortal);
}

/// A connection that closes its socket when it is dropped.
pub(crate) struct Mortal(Option<Conn>);

impl Mortal {
    pub(crate) fn new(conn: Conn) -> Result<Self, Error> {
        if underworld().is_none() {
            return Err(Error::new(
                ErrorKind::Operational,
                "the runtime in which connections are terminated could not be started; raise the limit on open \
                 files or on threads",
            ));
        }
        Ok(Self(Some(conn)))
    }

    /// The connection, to say goodbye with. What stays behind is of no use.
    pub(crate) fn take(&mut self) -> Option<Conn> {
        self.0.take()
    }
}

impl Deref for Mortal {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.0.as_ref().expect("it is taken out only to be dropped")
    }
}

impl DerefMut for Mortal {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0.as_mut().expect("it is taken out only to be dropped")
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        bury(self.0.take());
    }
}

/// A connection that is being made, and closes its socket when it is dropped.
pub(crate) struct Unborn(Option<BoxFuture<'static, mysql_async::Result<Conn>>>);

impl Unborn {
    pub(crate) fn new(opts: mysql_async::Opts) -> Self {
        Self(Some(Conn::new(opts)))
    }
}

impl Future for Unborn {
    type Output = mysql_async::Result<Conn>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let connecting = self.0.as_mut().expect("it is taken out only when dropped");
        connecting.as_mut().poll(context)
    }
}

impl Drop for Unborn {
    fn drop(&mut self) {
        bury(self.0.take());
    }
}
