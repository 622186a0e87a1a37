//! An async driver behind the synchronous door: the one place where driver futures are awaited.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::{
    Columns, Connection, Cursor, Done, Driver, Home, Released, RowSink, Statement, Waiting,
    in_background,
};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// The async twin of [`Driver`].
pub trait AsyncDriver: fmt::Debug + Send + Sync + 'static {
    /// What it connects.
    type Connection: AsyncConnection;

    /// As [`Driver::name`].
    fn name(&self) -> &'static str;

    /// As [`Driver::connect`], within a tokio runtime whose `spawn` serves background tasks. It
    /// MUST be lazy: nothing is opened before the first poll, and dropping it closes what is open.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection>>;
}

/// The async twin of [`Connection`], with the same duties. A future that is dropped half-way MUST
/// leave the connection dirty.
pub trait AsyncConnection: fmt::Debug + Send + Sized + 'static {
    /// What [`open`](Self::open) gives.
    type Cursor<'c>: AsyncCursor
    where
        Self: 'c;

    /// As [`Connection::execute`].
    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Done>>;

    /// As [`Connection::execute_many`].
    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
    ) -> impl Future<Output = Result<Done>>;

    /// As [`Connection::open`].
    fn open(
        &mut self,
        statement: &Statement,
        params: &[Value],
    ) -> impl Future<Output = Result<Self::Cursor<'_>>>;

    /// As [`Connection::begin`]: notes it only, BEGIN goes with the first statement.
    ///
    /// # Errors
    ///
    /// The connection cannot be used.
    fn begin(&mut self) -> Result<()>;

    /// As [`Connection::commit`].
    fn commit(&mut self) -> impl Future<Output = Result<()>>;

    /// As [`Connection::rollback`].
    fn rollback(&mut self) -> impl Future<Output = Result<()>>;

    /// As [`Connection::ping`].
    fn ping(&mut self) -> impl Future<Output = Result<()>>;

    /// Code that used the driver's own connection was dropped in the middle: what it was waiting for
    /// may still be on its way. A driver that gives its connection away MUST count itself as dirty.
    fn interrupted(&mut self) {}

    /// As [`Connection::is_usable`].
    fn is_usable(&self) -> bool;

    /// As [`Connection::release`].
    fn release(&mut self) -> Released;

    /// As [`Connection::recover`]; a clean connection is delivered to `home`.
    fn recover(self, home: Box<dyn FnOnce(Option<Self>) + Send>);

    /// As [`Connection::close`].
    fn close(self) -> impl Future<Output = ()>;

    /// As [`Connection::terminate`].
    fn terminate(self);
}

/// The async twin of [`Cursor`].
pub trait AsyncCursor {
    /// As [`Cursor::columns`].
    fn columns(&self) -> Arc<Columns>;

    /// As [`Cursor::fetch`].
    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> impl Future<Output = Result<bool>>;

    /// As [`Cursor::close`].
    fn close(self) -> impl Future<Output = Result<()>>;
}

/// Makes a [`Driver`] of an [`AsyncDriver`].
#[derive(Debug)]
pub struct AdaptedDriver<D> {
    driver: D,
    greenlets: bool,
}

impl<D: AsyncDriver> AdaptedDriver<D> {
    /// For an async engine: connections wait in greenlets.
    #[must_use]
    pub fn for_greenlets(driver: D) -> Self {
        Self { driver, greenlets: true }
    }

    /// For a blocking engine: connections wait on the calling thread.
    #[must_use]
    pub fn for_threads(driver: D) -> Self {
        Self { driver, greenlets: false }
    }
}

impl<D: AsyncDriver> Driver for AdaptedDriver<D> {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        let mut waiting = if self.greenlets { Waiting::greenlet() } else { Waiting::caller()? };
        let connected =
            waiting.wait_until(self.driver.connect(), deadline)?.unwrap_or_else(|| {
                Err(Error::new(
                    ErrorKind::Timeout,
                    "the server did not complete the connection in time; it may be down, behind a \
                 firewall or overloaded",
                ))
            })?;
        Ok(Box::new(AdaptedConnection { inner: connected, waiting }))
    }
}

/// An async driver's connection as a synchronous [`Connection`].
#[derive(Debug)]
pub struct AdaptedConnection<C> {
    // The order matters: the connection goes before the runtime that drives its socket.
    inner: C,
    waiting: Waiting,
}

impl<C: AsyncConnection> AdaptedConnection<C> {
    /// Hands the driver's own connection to async code and waits for it, from synchronous code
    /// such as a listener.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingGreenlet`], [`ErrorKind::Cancelled`], and what the code returns.
    pub fn run_async<T>(&mut self, f: impl AsyncFnOnce(&mut C) -> Result<T>) -> Result<T> {
        let outcome = self.waiting.wait(f(&mut self.inner));
        outcome.unwrap_or_else(|error| {
            self.inner.interrupted();
            Err(error)
        })
    }

    /// The driver's own connection.
    pub fn driver_connection(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C: AsyncConnection> AdaptedConnection<C> {
    /// Recovers a connection that only moves while somebody waits for it, by waiting.
    fn recover_here(self, home: Home) {
        let Self { inner, mut waiting } = self;
        let (done, recovered) = oneshot::channel();
        inner.recover(Box::new(move |inner| {
            // The thread below waits until then.
            let _ = done.send(inner);
        }));
        let recovered = waiting.wait(recovered).ok().and_then(|outcome| outcome.ok().flatten());
        home(recovered.map(|inner| Box::new(Self { inner, waiting }) as Box<dyn Connection>));
    }
}

impl<C: AsyncConnection> Connection for AdaptedConnection<C> {
    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        self.waiting.wait(self.inner.execute(statement, params, sink))?
    }

    fn execute_many(&mut self, statement: &Statement, sets: &[Vec<Value>]) -> Result<Done> {
        self.waiting.wait(self.inner.execute_many(statement, sets))?
    }

    fn open<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
    ) -> Result<Box<dyn Cursor + 'c>> {
        let inner = self.waiting.wait(self.inner.open(statement, params))??;
        Ok(Box::new(AdaptedCursor { inner, waiting: &mut self.waiting }))
    }

    fn begin(&mut self) -> Result<()> {
        self.inner.begin()
    }

    fn commit(&mut self) -> Result<()> {
        self.waiting.wait(self.inner.commit())?
    }

    fn rollback(&mut self) -> Result<()> {
        self.waiting.wait(self.inner.rollback())?
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        self.waiting.wait_until(self.inner.ping(), deadline)?.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Timeout, "the server gave no sign of life in time"))
        })
    }

    fn is_usable(&self) -> bool {
        self.inner.is_usable()
    }

    fn release(&mut self) -> Released {
        let released = self.inner.release();
        self.waiting.nudge();
        released
    }

    fn recover(self: Box<Self>, home: Home) {
        // Whoever is told may use the connection, and so wait for it: not on the thread that drives it.
        if !self.waiting.is_of_greenlets() {
            return in_background(move || self.recover_here(home));
        }
        let Self { inner, waiting } = *self;
        inner.recover(Box::new(move |inner| {
            home(inner.map(|inner| Box::new(Self { inner, waiting }) as Box<dyn Connection>));
        }));
    }

    fn close(self: Box<Self>) {
        let Self { inner, mut waiting } = *self;
        // Nobody is left to hear that the goodbye was not heard.
        let _ = waiting.wait(inner.close());
    }

    fn terminate(self: Box<Self>) {
        let Self { inner, mut waiting } = *self;
        inner.terminate();
        waiting.nudge();
    }
}

struct AdaptedCursor<'c, K> {
    inner: K,
    waiting: &'c mut Waiting,
}

impl<K: AsyncCursor> Cursor for AdaptedCursor<'_, K> {
    fn columns(&self) -> Arc<Columns> {
        self.inner.columns()
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        self.waiting.wait(self.inner.fetch(max, sink))?
    }

    fn close(self: Box<Self>) -> Result<()> {
        let Self { inner, waiting } = *self;
        waiting.wait(inner.close())?
    }
}
