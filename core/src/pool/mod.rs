//! The pool: at most so many connections, handed out in the order in which they were asked for.
//!
//! ```text
//!            checkout(deadline)                        drop of Pooled
//!  idle ───────────────────────► Pooled (in use) ───────────────────────► idle, or a waiter
//!    ▲                              │ dirty                                     ▲
//!    └───────── clean ◄── recover ◄─┘     gone: the slot is free, or a waiter's ┘
//! ```
//!
//! Every connection in use, idle, being made or being recovered holds one *slot*. A slot is a
//! value whose drop gives it back, so that none is lost whatever happens to its holder: an error,
//! a panic, a dropped future. No lock is held while a driver or a listener runs.

mod attempt;
mod connecting;
mod events;
mod holder;
mod info;
mod limit;
mod line;
mod lock;
mod metrics;
#[cfg(all(test, aludel_loom))]
mod model;
mod options;
mod pooled;
mod queue;
mod ready;
mod record;
mod reservation;
pub(crate) mod stack;
mod status;
mod watch;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use parking_lot::Mutex;
use tokio::runtime;

pub use events::{
    Checkin, CheckinEvent, Checkout, CheckoutEvent, Close, CloseEvent, Connect, ConnectEvent,
    DbapiConnection, DoConnect, DoConnectEvent, Invalidate, InvalidateEvent, Listeners, Reset,
    ResetEvent,
};
pub use holder::{Lent, Place};
pub use info::Info;
pub use options::{PoolOptions, ResetOnReturn};
pub use pooled::Pooled;
pub use reservation::Reservation;
pub use status::Status;

use crate::dbapi::{Driver, refuse_in_async};
use crate::error::{Error, ErrorKind, Result};
use connecting::Made;
use holder::Holders;
use limit::Limit;
use metrics::Meters;
use queue::{Grant, Slot, Slots};
use ready::Ready;
use record::ConnectionRecord;
use watch::Watch;

/// A pool of connections. Cheap to clone; the clones are one pool.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    driver: Arc<dyn Driver>,
    options: PoolOptions,
    listeners: Arc<Listeners>,
    /// What an error of the driver goes through before anybody else has it.
    on_error: Option<OnError>,
    slots: Slots,
    holders: Holders,
    _watch: Option<Watch>,
    last_error: Mutex<Option<String>>,
    ready: Ready,
    /// What helps if it has no connection in time.
    cure: &'static str,
}

/// How many of those who hold connections the error of a pool names that has none.
const NAMED: usize = 3;

impl Shared {
    /// The driver of the next connection: another one, if a listener has changed the URL.
    fn ask_where(&self) -> Result<Arc<dyn Driver>> {
        let own = || Arc::clone(&self.driver);
        if !self.listeners.has_listeners(|to| &to.do_connect) {
            return Ok(own());
        }
        let Some(original) = self.driver.url() else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "there is a do_connect listener, but the driver {} was not made from a URL, which the \
                     listener could change; make it by its from_url",
                    self.driver.name()
                ),
            ));
        };
        let mut url = original.clone();
        self.listeners.fire(|to| &to.do_connect, &mut DoConnect { url: &mut url })?;
        if url == *original { Ok(own()) } else { self.driver.with_url(&url) }
    }
}

/// Has an error of the driver in a checkout, and returns it or another one.
pub(crate) type OnError = Arc<dyn Fn(Error) -> Error + Send + Sync>;

impl Drop for Shared {
    fn drop(&mut self) {
        // The idle connections hold their slots, and the slots hold the queue: without this, none of
        // them would ever be dropped.
        for idle in self.slots.close() {
            idle.discard();
        }
    }
}

impl Pool {
    /// A pool over a driver. It makes no connection before one is asked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if the options make no sense.
    pub fn new(driver: Arc<dyn Driver>, options: PoolOptions) -> Result<Self> {
        Self::with_error_handler(driver, options, None)
    }

    pub(crate) fn with_error_handler(
        driver: Arc<dyn Driver>,
        options: PoolOptions,
        on_error: Option<OnError>,
    ) -> Result<Self> {
        options.check()?;
        let holders = Holders::new(meters(&options, &*driver));
        let watch = options.warn_after.map(|after| Watch::start(holders.clone(), after));
        let pool = Self(Arc::new(Shared {
            driver,
            slots: Slots::new(&options),
            options,
            listeners: Arc::default(),
            on_error,
            holders,
            _watch: watch.transpose()?,
            last_error: Mutex::new(None),
            ready: Ready::default(),
            cure: MORE_CONNECTIONS,
        }));
        Ok(pool.watch_ends())
    }

    /// A pool of one connection, of another driver, that has the same options and listeners.
    pub(crate) fn of_one(&self, driver: Arc<dyn Driver>) -> Self {
        let mut options = self.0.options.clone();
        (options.size, options.max_overflow, options.min_idle) = (1, Some(0), 0);
        // What is measured of it is kept apart from the readers.
        options.name = Some(format!("{} writer", pool_name(&options, &*self.0.driver)));
        self.beside(driver, options, ONE_WRITER)
    }

    /// Takes a connection: an idle one, a new one, or the next that is given back.
    ///
    /// One deadline, [`PoolOptions::timeout`] from now, holds for the waiting and the connecting
    /// together.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] at the deadline, [`ErrorKind::ResourceClosed`] once the pool is
    /// disposed of, [`ErrorKind::BlockingInAsync`] for a blocking driver inside an async context,
    /// and what the driver or a listener answers.
    #[track_caller]
    pub fn checkout(&self) -> Result<Pooled> {
        self.checkout_within(self.0.options.timeout)
    }

    /// As [`checkout`](Self::checkout), with another time-out.
    ///
    /// # Errors
    ///
    /// As [`checkout`](Self::checkout).
    #[track_caller]
    pub fn checkout_within(&self, timeout: Duration) -> Result<Pooled> {
        self.lend(timeout, Location::caller())
    }

    /// As [`checkout`](Self::checkout), for a place of the program.
    pub(crate) fn checkout_at(&self, place: Place) -> Result<Pooled> {
        self.lend(self.0.options.timeout, place)
    }

    fn lend(&self, timeout: Duration, place: Place) -> Result<Pooled> {
        self.refuse_to_block()?;
        let deadline = deadline(timeout)?;
        let pending = self.0.holders.meters.pending();
        let grant = self.0.slots.acquire(deadline)?.ok_or_else(|| self.timed_out(timeout))?;
        let lent = self.redeem(grant, deadline, place)?;
        drop(pending);
        self.0.holders.meters.lent(deadline, timeout, || self.0.slots.counts());
        Ok(lent)
    }

    /// The first half of a checkout, awaited: takes what is free, or waits for its turn. What is left
    /// to do, [`Reservation::redeem`] does. The place is that of the holder, as
    /// [`Location::caller`] gives it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] and [`ErrorKind::ResourceClosed`], as [`checkout`](Self::checkout).
    pub async fn reserve(&self, place: Place) -> Result<Reservation> {
        let timeout = self.0.options.timeout;
        let deadline = deadline(timeout)?;
        let pending = self.0.holders.meters.pending();
        let grant = self.0.slots.acquire_async(deadline).await?;
        let grant = grant.ok_or_else(|| self.timed_out(timeout))?;
        Ok(Reservation::new(self.clone(), grant, deadline, place, pending))
    }

    /// A checkout within the pool's own time is over.
    #[inline]
    fn count_lent(&self, deadline: Instant) {
        let timeout = self.0.options.timeout;
        self.0.holders.meters.lent(deadline, timeout, || self.0.slots.counts());
    }

    /// Refuses a driver that blocks where others run on the thread.
    fn refuse_to_block(&self) -> Result<()> {
        let driver = &self.0.driver;
        if driver.blocks_on_network() { refuse_in_async(driver.name()) } else { Ok(()) }
    }

    fn redeem(&self, grant: Grant, deadline: Instant, place: Place) -> Result<Pooled> {
        let redeemed = self.redeem_granted(grant, deadline, place);
        if let Err(error) = &redeemed {
            self.count_failed(error, deadline);
        }
        redeemed
    }

    /// A checkout has failed that had its turn.
    #[cold]
    fn count_failed(&self, error: &Error, deadline: Instant) {
        if error.kind() == ErrorKind::Timeout && Instant::now() >= deadline {
            self.0.holders.meters.timed_out();
        }
        self.count_changed();
    }

    /// What was granted was given back, or taken.
    fn count_changed(&self) {
        self.0.holders.meters.changed(|| self.0.slots.counts());
    }

    fn redeem_granted(&self, grant: Grant, deadline: Instant, place: Place) -> Result<Pooled> {
        stack::require()?;
        let mut grant = self.on_its_runtime(grant);
        let mut pooled = loop {
            let slot = match grant {
                Grant::Idle(idle) => match self.check_idle(idle, deadline)? {
                    Checked::Ready(pooled) => break pooled,
                    Checked::Replace(slot) => slot,
                },
                Grant::Slot(slot) => slot,
            };
            match self.connect(slot, deadline)? {
                Made::New(pooled) => break pooled,
                Made::Returned(idle) => grant = Grant::Idle(idle),
            }
        };
        if let Err(error) = call_checkout_listeners(pooled.record(), deadline) {
            return Err(pooled.refuse(error));
        }
        self.note_place(pooled.record());
        self.keep_ready();
        Ok(pooled.lend(place))
    }

    /// What was granted, or something in place of an idle connection that lives on another runtime than that
    /// of whoever has asked.
    fn on_its_runtime(&self, grant: Grant) -> Grant {
        match grant {
            Grant::Idle(idle) => match idle.foreign_runtime() {
                None => Grant::Idle(idle),
                Some(here) => self.0.slots.exchange(idle, here),
            },
            slot => slot,
        }
    }

    /// Whether an idle connection can be checked out without I/O and without calling listeners, and
    /// outside of a greenlet, whose stack would have to be looked at. `used_here` says that it will be used
    /// on the runtime where this is asked.
    fn is_ready(&self, idle: &mut ConnectionRecord, used_here: bool) -> bool {
        !self.0.driver.blocks_on_network()
            && (!used_here || idle.foreign_runtime().is_none())
            && stack::suffices()
            && !self.0.listeners.has_listeners(|to| &to.checkout)
            && !idle.session.is_to_set_up
            && matches!(self.next_step(idle), NextStep::Lend)
    }

    /// What the checkout of an idle connection takes. The one place that decides it.
    fn next_step(&self, idle: &mut ConnectionRecord) -> NextStep {
        let options = &self.0.options;
        let expired = options
            .recycle
            .is_some_and(|age| idle.created.elapsed() > idle.lifetime(age, options.recycle_jitter));
        if expired || !idle.is_current() || !idle.connection.is_usable() {
            NextStep::Replace
        } else if options.pre_ping_after.is_some_and(|after| idle.since.elapsed() >= after) {
            // Its end is found out by the ping, of which listeners hear, and which ends all that are as old.
            NextStep::Ping
        } else if idle.connection.look() {
            NextStep::Lend
        } else {
            NextStep::Replace
        }
    }

    /// Makes an idle connection one that can be used; one that cannot be trusted leaves its slot.
    fn check_idle(&self, mut idle: ConnectionRecord, deadline: Instant) -> Result<Checked> {
        if idle.foreign_runtime().is_some() {
            return Ok(Checked::Replace(idle.terminate()));
        }
        let step = self.next_step(&mut idle);
        if matches!(step, NextStep::Replace) {
            return Ok(Checked::Replace(idle.terminate()));
        }
        let mut pooled = Pooled::new(idle);
        // Before listeners, which would fail the checkout with a session that is only to be replaced.
        if matches!(step, NextStep::Ping)
            && let Err(error) = pooled.connection().ping(ping_deadline(Instant::now(), deadline))
        {
            if error.is_cancelled() || error.kind() == ErrorKind::MissingGreenlet {
                return Err(error);
            }
            let error = self.failed(error);
            self.invalidate_all();
            return Ok(Checked::Replace(pooled.terminate(error.message())));
        }
        if pooled.record().session.is_to_set_up {
            pooled = Self::set_up(pooled, deadline)?;
        }
        Ok(Checked::Ready(pooled))
    }

    /// Marks all connections of this moment as not to be used again: idle ones are replaced at
    /// their next checkout, or before where [some are kept ready](PoolOptions::min_idle), those in use when they are
    /// given back.
    pub fn invalidate_all(&self) {
        self.0.slots.next_generation();
        self.keep_ready();
    }

    /// Closes the idle connections; those in use are closed when they are given back, and every
    /// waiting checkout fails at once.
    pub fn dispose(&self) {
        for idle in self.0.slots.close() {
            if idle.foreign_runtime().is_some() {
                // A farewell from here would not leave.
                idle.discard();
                continue;
            }
            let (connection, slot) = idle.split();
            connection.close();
            drop(slot);
        }
        self.count_changed();
    }

    /// As [`dispose`](Self::dispose), and waits for the connections in use.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`], if connections are in use when the time is over: the message says who holds
    /// them. [`ErrorKind::Cancelled`] in a greenlet or a job.
    pub fn close(&self, within: Duration) -> Result<()> {
        const STEP: Duration = Duration::from_millis(2);
        self.dispose();
        let started = Instant::now();
        while self.0.slots.status().in_use > 0 {
            let left = within.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(self.still_in_use(within));
            }
            bridge::sleep(left.min(STEP))?;
        }
        Ok(())
    }

    #[cold]
    fn still_in_use(&self, within: Duration) -> Error {
        let Status { in_use, lent, .. } = self.status();
        let held: Vec<_> = lent.iter().map(|lent| format!("; {lent}")).collect();
        let recovered = in_use.saturating_sub(lent.len());
        Error::new(
            ErrorKind::Timeout,
            format!(
                "the pool could not be closed within {within:?}: {} connections are held and {recovered} are \
                 being made or recovered; give connections back before{}",
                lent.len(),
                held.concat()
            ),
        )
    }

    /// The runtime on which the idle connection lives that goes out next, if it is bound to one.
    #[doc(hidden)]
    #[must_use]
    pub fn next_runtime(&self) -> Option<runtime::Id> {
        self.0.slots.next_runtime()
    }

    /// How many connections there are, what they do, and who has them.
    ///
    /// ```
    /// let engine = aludel::create_engine("sqlite://")?;
    /// let mut conn = engine.connect()?;
    /// conn.execute(aludel::text("select 1"))?;
    /// let status = engine.pool().status();
    /// let lent = &status.lent[0];
    /// assert_eq!((lent.place.file(), lent.statement.as_deref()), (file!(), Some("select 1")));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> Status {
        Status { lent: self.0.holders.lent(), ..self.0.slots.status() }
    }

    /// The options it was made with.
    #[must_use]
    pub fn options(&self) -> &PoolOptions {
        &self.0.options
    }

    /// The listeners of its events.
    #[must_use]
    pub fn listeners(&self) -> &Arc<Listeners> {
        &self.0.listeners
    }

    /// A new pool with the same driver, options and listeners, and no connection.
    #[must_use]
    pub fn recreate(&self) -> Self {
        self.beside(Arc::clone(&self.0.driver), self.0.options.clone(), self.0.cure)
    }

    /// A new pool with the same listeners.
    fn beside(&self, driver: Arc<dyn Driver>, options: PoolOptions, cure: &'static str) -> Self {
        let holders = Holders::new(meters(&options, &*driver));
        // Without its thread the pool works all the same.
        let watch = options.warn_after.and_then(|after| Watch::start(holders.clone(), after).ok());
        Self(Arc::new(Shared {
            driver,
            slots: Slots::new(&options),
            options,
            listeners: self.0.listeners.clone(),
            on_error: self.0.on_error.clone(),
            holders,
            _watch: watch,
            last_error: Mutex::new(None),
            ready: Ready::default(),
            cure,
        }))
        .watch_ends()
    }

    /// An error of the driver, as whoever asked for a connection has it.
    #[cold]
    fn failed(&self, error: Error) -> Error {
        let hasty = self.0.options.timeout.is_zero() && error.kind() == ErrorKind::Timeout;
        let error = if hasty { error.with_cure(NO_TIME) } else { error };
        let error = match &self.0.on_error {
            Some(on_error) => on_error(error),
            None => error,
        };
        *self.0.last_error.lock() = Some(error.message().to_owned());
        error
    }

    #[cold]
    fn timed_out(&self, timeout: Duration) -> Error {
        self.0.holders.meters.timed_out();
        let status = self.status();
        let last = self.0.last_error.lock().clone();
        let last = last.map(|last| format!("; the last connection error was: {last}"));
        let held: Vec<_> = status.lent.iter().take(NAMED).map(ToString::to_string).collect();
        let held = if held.is_empty() {
            String::new()
        } else {
            format!("; held longest: {}", held.join("; "))
        };
        if timeout.is_zero() {
            let message = format!("the pool has no connection free: {status}{held}; {NO_TIME}");
            return Error::new(ErrorKind::Timeout, message);
        }
        Error::new(
            ErrorKind::Timeout,
            format!(
                "the pool had no connection within {timeout:?}: {status}{held}{}; {}",
                last.unwrap_or_default(),
                self.0.cure
            ),
        )
    }
}

fn call_checkout_listeners(record: &mut ConnectionRecord, deadline: Instant) -> Result<()> {
    let (dbapi_connection, info, listeners) = record.event_parts(Limit::of_checkout(deadline));
    listeners.fire(|to| &to.checkout, &mut Checkout { dbapi_connection, info })
}

/// What measures a pool of this driver.
fn meters(options: &PoolOptions, driver: &dyn Driver) -> Meters {
    Meters::new(options, || pool_name(options, driver))
}

/// The name of a pool of this driver in what is measured.
fn pool_name(options: &PoolOptions, driver: &dyn Driver) -> String {
    if let Some(name) = &options.name {
        return name.clone();
    }
    let Some(url) = driver.url() else { return driver.name().to_owned() };
    let host = url.host().filter(|host| !host.is_empty());
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let place = host.map(|host| format!("{host}{port}"));
    let database = url.database().filter(|name| !name.is_empty()).map(str::to_owned);
    let parts: Vec<_> = [place, database].into_iter().flatten().collect();
    if parts.is_empty() { url.backend().to_owned() } else { parts.join("/") }
}

/// What the checkout of an idle connection takes.
enum NextStep {
    /// It must not be used any more: a new one is made.
    Replace,
    /// It was idle for so long that it is pinged first.
    Ping,
    /// Nothing.
    Lend,
}

/// What an idle connection has become.
enum Checked {
    Ready(Pooled),
    /// It was ended; its slot is for a new one.
    Replace(Slot),
}

const MORE_CONNECTIONS: &str =
    "give connections back sooner, or raise pool_size, max_overflow or pool_timeout";

const ONE_WRITER: &str = "one session writes, and a transaction has it until its end: end transactions sooner, \
    begin those as read-only that only read, or raise pool_timeout";

const NO_TIME: &str = "the time for it (pool_timeout) is 0, in which no connection is made and none is waited \
    for; give it some seconds";

/// The end of a checkout that begins now.
fn deadline(timeout: Duration) -> Result<Instant> {
    Instant::now().checked_add(timeout).ok_or_else(|| {
        Error::new(
            ErrorKind::Argument,
            format!("a checkout cannot wait for {timeout:?}, which is later than the clock counts; give \
                 pool_timeout an hour or a day"),
        )
    })
}

/// A connection that was idle for long may be dead without an error: the ping gets half of the time,
/// so that some is left to make another.
fn ping_deadline(now: Instant, deadline: Instant) -> Instant {
    now + deadline.saturating_duration_since(now) / 2
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("status", &self.status()).finish_non_exhaustive()
    }
}
