//! An async driver behind the synchronous interface: the one place where its futures are awaited.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::oneshot;

use super::call::Call;
use super::unless::connect_async;
use super::{
    Alternative, Attempted, Columns, Connection, Cursor, DirectSocket, Driver, ExecutionOptions,
    IsolationLevel, LateConnectionCallback, Outcome, RecoveryCallback, Released, RowSink,
    ServerInfo, ServerNotice, SessionReset, Statement, StatementHandle, TransactionOptions, Waiter,
    errors, in_background,
};
use crate::error::Result;
use crate::url::Url;
use crate::value::Value;

/// The async twin of [`Driver`].
pub trait AsyncDriver: fmt::Debug + Send + Sync + 'static {
    /// What it connects.
    type Connection: AsyncConnection;

    /// As [`Driver::name`].
    fn name(&self) -> &'static str;

    /// As [`Driver::connect`], within a tokio runtime whose `spawn` serves background tasks. It
    /// MUST be lazy: nothing is opened before the first poll, and dropping it closes what is open.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection>> + Send;

    /// As [`Driver::url`].
    fn url(&self) -> Option<&Url> {
        None
    }

    /// As [`Driver::readers`].
    fn readers(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// As [`Driver::with_url`].
    ///
    /// # Errors
    ///
    /// As [`Driver::with_url`].
    fn with_url(&self, url: &Url) -> Result<Self>
    where
        Self: Sized,
    {
        let _ = url;
        Err(errors::cannot_change_url(self.name()))
    }
}

/// The async twin of [`Connection`], with the same duties. A future that is dropped half-way MUST
/// leave the connection dirty.
pub trait AsyncConnection: fmt::Debug + Send + Sized + 'static {
    /// What [`open_cursor`](Self::open_cursor) gives.
    type Cursor<'c>: AsyncCursor
    where
        Self: 'c;

    /// As [`Connection::server`].
    fn server(&self) -> &ServerInfo;

    /// As [`Connection::execute`]. The time-out is no concern of an async driver: the adapter drops
    /// the future.
    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>>;

    /// As [`Connection::execute_many`].
    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>>;

    /// As [`Connection::open_cursor`].
    fn open_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> impl Future<Output = Result<Self::Cursor<'_>>>;

    /// As [`Connection::prepare`].
    fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> impl Future<Output = Result<StatementHandle>>;

    /// As [`Connection::is_prepared`].
    fn is_prepared(&self, handle: StatementHandle) -> bool;

    /// As [`Connection::execute_prepared`].
    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>>;

    /// As [`Connection::close_prepared`].
    fn close_prepared(&mut self, handle: StatementHandle);

    /// As [`Connection::begin`]: notes it only, BEGIN goes with the first statement.
    ///
    /// # Errors
    ///
    /// The connection cannot be used, or the database lacks what the options ask for.
    fn begin(&mut self, options: &TransactionOptions) -> Result<()>;

    /// As [`Connection::set_isolation_level`]: notes it only.
    ///
    /// # Errors
    ///
    /// As [`Connection::set_isolation_level`].
    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()>;

    /// How long the adapter waits for a call: its time-out, or [longer](ExecutionOptions::patience) where the
    /// server keeps the time itself.
    fn patience(&self, options: &ExecutionOptions) -> Option<Duration> {
        options.timeout
    }

    /// The same for each call of a cursor of the statement.
    fn cursor_patience(&self, _: &Statement, options: &ExecutionOptions) -> Option<Duration> {
        options.timeout
    }

    /// As [`Connection::keep_settings`].
    fn keep_settings(&mut self) -> impl Future<Output = Result<()>> {
        async { Ok(()) }
    }

    /// As [`Connection::hear_notices`].
    fn hear_notices(&mut self) {}

    /// As [`Connection::take_notices`].
    fn take_notices(&mut self, may_ask: bool) -> impl Future<Output = Result<Vec<ServerNotice>>> {
        let _ = may_ask;
        async { Ok(Vec::new()) }
    }

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

    /// The runtime on which the connection was made and on which alone it moves, if it is bound to it.
    fn runtime(&self) -> Option<runtime::Id> {
        None
    }

    /// Its socket, if [`execute`](Self::execute) and [`execute_prepared`](Self::execute_prepared) can wait for it without
    /// a runtime. They are then polled outside of it first, and enter it or leave the offer where they need it.
    fn direct_socket(&self) -> Option<Arc<DirectSocket>> {
        None
    }

    /// As [`Connection::look`].
    fn look(&mut self) -> bool {
        self.is_usable()
    }

    /// As [`Connection::require_reset`].
    fn require_reset(&mut self, reset: SessionReset) {
        let _ = reset;
    }

    /// As [`Connection::release`].
    fn release(&mut self) -> Released;

    /// As [`Connection::recover`].
    fn recover(self, recovered: Box<dyn FnOnce(Option<Self>) + Send>);

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

    /// As [`Cursor::take_notices`].
    fn take_notices(&mut self, may_ask: bool) -> impl Future<Output = Result<Vec<ServerNotice>>> {
        let _ = may_ask;
        async { Ok(Vec::new()) }
    }

    /// As [`Cursor::close`].
    fn close(self) -> impl Future<Output = Result<()>>;
}

/// Where the connections of an engine over an [`AsyncDriver`] wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// In greenlets: an async engine, whose sockets live where greenlets are polled.
    InGreenlets,
    /// On the thread that calls: a blocking engine, or an async one under `Threaded`.
    OnThreads,
}

/// Makes a [`Driver`] of an [`AsyncDriver`].
///
/// All of the driver is compiled where this is made a [`Driver`], so a driver's own crate does that, in a
/// function without type parameters: else each crate that makes an engine of it compiles it again.
#[derive(Debug)]
pub struct AdaptedDriver<D> {
    driver: Arc<D>,
    waits: Waits,
}

impl<D: AsyncDriver> AdaptedDriver<D> {
    /// A driver whose connections wait so.
    #[must_use]
    pub fn new(driver: D, waits: Waits) -> Self {
        Self { driver: Arc::new(driver), waits }
    }
}

impl<D: AsyncDriver> Driver for AdaptedDriver<D> {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        let mut waiter = self.waiter()?;
        let connected = waiter
            .wait_until(self.driver.connect(), deadline)?
            .unwrap_or_else(|| Err(errors::connect_timed_out()))?;
        Ok(Box::new(AdaptedConnection::new(connected, waiter)))
    }

    fn url(&self) -> Option<&Url> {
        self.driver.url()
    }

    fn with_url(&self, url: &Url) -> Result<Arc<dyn Driver>> {
        Ok(Arc::new(Self::new(self.driver.with_url(url)?, self.waits)))
    }

    fn readers(&self) -> Option<Arc<dyn Driver>> {
        let readers = self.driver.readers()?;
        Some(Arc::new(Self::new(readers, self.waits)))
    }

    fn connect_unless(
        &self,
        deadline: Instant,
        alternative: Alternative<'_>,
        late: LateConnectionCallback,
    ) -> Result<Attempted> {
        let driver = Arc::clone(&self.driver);
        let connecting = Box::pin(async move { driver.connect().await });
        let adapt = |connected, waiter| -> Box<dyn Connection> {
            Box::new(AdaptedConnection::new(connected, waiter))
        };
        connect_async(connecting, (self.waiter()?, adapt), deadline, alternative, late)
    }
}

impl<D: AsyncDriver> AdaptedDriver<D> {
    fn waiter(&self) -> Result<Waiter> {
        match self.waits {
            Waits::InGreenlets => Ok(Waiter::greenlet()),
            Waits::OnThreads => Waiter::caller(),
        }
    }
}

/// An async driver's connection as a synchronous [`Connection`].
#[derive(Debug)]
pub struct AdaptedConnection<C> {
    // The order matters: the connection goes before the runtime that drives its socket.
    inner: C,
    waiter: Waiter,
    /// The end of what a listener of the pool waits for.
    deadline: Option<Instant>,
}

impl<C: AsyncConnection> AdaptedConnection<C> {
    fn new(inner: C, mut waiter: Waiter) -> Self {
        waiter.set_direct(inner.direct_socket());
        Self { inner, waiter, deadline: None }
    }

    /// Hands the driver's own connection to async code and waits for it, from synchronous code
    /// such as a listener.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingGreenlet`](crate::ErrorKind::MissingGreenlet), [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled),
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) in a listener of the pool whose time is over, and
    /// what the code returns.
    pub fn run_async<T>(&mut self, f: impl AsyncFnOnce(&mut C) -> Result<T>) -> Result<T> {
        let code = f(&mut self.inner);
        let outcome = match self.deadline {
            None => self.waiter.wait(code),
            Some(deadline) => self
                .waiter
                .wait_until(code, deadline)
                .and_then(|outcome| outcome.ok_or_else(errors::listener_timed_out)),
        };
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
    fn recover_here(self, recovered: RecoveryCallback) {
        let Self { inner, mut waiter, .. } = self;
        let (send, receive) = oneshot::channel();
        inner.recover(Box::new(move |inner| {
            // The thread below waits until then.
            let _ = send.send(inner);
        }));
        let inner = waiter.wait(receive).ok().and_then(|outcome| outcome.ok().flatten());
        recovered(inner.map(|inner| Box::new(Self::new(inner, waiter)) as Box<dyn Connection>));
    }
}

impl<C: AsyncConnection> Connection for AdaptedConnection<C> {
    fn server(&self) -> &ServerInfo {
        self.inner.server()
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let patience = self.inner.patience(options);
        let executing = pin!(Some(self.inner.execute(statement, params, options, sink)));
        let mut call = Call::new(executing);
        self.waiter.drive_statement(call.in_place(), options.timeout.zip(patience))?;
        call.outcome()
    }

    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        // A server keeps the time of each set, and not that of all.
        let one = sets.len() == 1;
        let patience = if one { self.inner.patience(options) } else { options.timeout };
        let executing = pin!(Some(self.inner.execute_many(statement, sets, options, sink)));
        outcome_within(&mut self.waiter, options.timeout.zip(patience), Call::new(executing))
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        let timeout = options.timeout.zip(self.inner.cursor_patience(statement, options));
        let opening = pin!(Some(self.inner.open_cursor(statement, params, options)));
        let inner = outcome_within(&mut self.waiter, timeout, Call::new(opening))?;
        Ok(Box::new(AdaptedCursor { inner, waiter: &mut self.waiter, timeout }))
    }

    fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        let preparing = pin!(Some(self.inner.prepare(statement, options)));
        outcome_within(&mut self.waiter, options.timeout.map(alike), Call::new(preparing))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.inner.is_prepared(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let patience = self.inner.patience(options);
        let executing = pin!(Some(self.inner.execute_prepared(handle, params, options, sink)));
        let mut call = Call::new(executing);
        self.waiter.drive_statement(call.in_place(), options.timeout.zip(patience))?;
        call.outcome()
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.inner.close_prepared(handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.inner.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.inner.set_isolation_level(level)
    }

    fn keep_settings(&mut self, deadline: Instant) -> Result<()> {
        self.waiter
            .wait_until(self.inner.keep_settings(), deadline)?
            .unwrap_or_else(|| Err(errors::listener_timed_out()))
    }

    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    fn hear_notices(&mut self) {
        self.inner.hear_notices();
    }

    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        outcome(&mut self.waiter, Call::new(pin!(Some(self.inner.take_notices(may_ask)))))
    }

    fn commit(&mut self) -> Result<()> {
        outcome(&mut self.waiter, Call::new(pin!(Some(self.inner.commit()))))
    }

    fn rollback(&mut self) -> Result<()> {
        outcome(&mut self.waiter, Call::new(pin!(Some(self.inner.rollback()))))
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        self.waiter
            .wait_until(self.inner.ping(), deadline)?
            .unwrap_or_else(|| Err(errors::ping_timed_out()))
    }

    fn is_usable(&self) -> bool {
        self.inner.is_usable()
    }

    fn runtime(&self) -> Option<runtime::Id> {
        // Otherwise the waiter has a runtime of its own.
        if self.waiter.is_of_greenlets() { self.inner.runtime() } else { None }
    }

    fn look(&mut self) -> bool {
        self.inner.look()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.inner.require_reset(reset);
    }

    fn release(&mut self) -> Released {
        let released = self.inner.release();
        self.waiter.flush_pending_writes();
        released
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        // The callback may use the connection and wait for it: not on the thread that drives it.
        if !self.waiter.is_of_greenlets() {
            return in_background(move || self.recover_here(recovered));
        }
        let Self { inner, waiter, .. } = *self;
        inner.recover(Box::new(move |inner| {
            recovered(inner.map(|inner| Box::new(Self::new(inner, waiter)) as Box<dyn Connection>));
        }));
    }

    fn close(self: Box<Self>) {
        let Self { inner, mut waiter, .. } = *self;
        // There is nothing to do if it fails: the session is given up either way.
        let _ = waiter.wait(inner.close());
    }

    fn terminate(self: Box<Self>) {
        let Self { inner, mut waiter, .. } = *self;
        inner.terminate();
        waiter.flush_pending_writes();
    }
}

/// Waits for a call of the driver.
#[inline]
fn outcome<T>(
    waiter: &mut Waiter,
    mut call: Call<'_, impl Future<Output = Result<T>>>,
) -> Result<T> {
    waiter.drive(call.in_place())?;
    call.outcome()
}

/// A time-out, and as long to wait.
fn alike(timeout: Duration) -> (Duration, Duration) {
    (timeout, timeout)
}

/// Waits for a call of the driver, and drops it if it takes too long.
#[inline]
fn outcome_within<T>(
    waiter: &mut Waiter,
    timeout: Option<(Duration, Duration)>,
    mut call: Call<'_, impl Future<Output = Result<T>>>,
) -> Result<T> {
    waiter.drive_within(call.in_place(), timeout)?;
    call.outcome()
}

struct AdaptedCursor<'c, K> {
    inner: K,
    waiter: &'c mut Waiter,
    /// And how long a call is waited for.
    timeout: Option<(Duration, Duration)>,
}

impl<K: AsyncCursor> Cursor for AdaptedCursor<'_, K> {
    fn columns(&self) -> Arc<Columns> {
        self.inner.columns()
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        let fetching = pin!(Some(self.inner.fetch(max, sink)));
        outcome_within(self.waiter, self.timeout, Call::new(fetching))
    }

    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        outcome(self.waiter, Call::new(pin!(Some(self.inner.take_notices(may_ask)))))
    }

    fn close(self: Box<Self>) -> Result<()> {
        let Self { inner, waiter, .. } = *self;
        outcome(waiter, Call::new(pin!(Some(inner.close()))))
    }
}
