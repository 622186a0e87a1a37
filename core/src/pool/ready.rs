//! Connections that are kept ready: made in the background, one after the other, while too few are idle.
//!
//! What can leave too few looks: a checkout, and a slot that nobody waits for. After a failure nobody has to: the
//! next attempt comes by itself when a pause is over.

use std::fmt;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::queue::{Attempt, Slots};
use super::record::ConnectionRecord;
use super::{Pool, Shared, deadline};
use crate::dbapi::{Connection, Driver, LATE_GRACE, try_in_background};
use crate::error::{Error, ErrorKind, Result};

/// How long nothing is tried after the first failure; after each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest of these times.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Is woken when a pause is over.
type Again = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where, and how soon, the next connection is made.
#[derive(Default)]
pub(super) struct Ready(Mutex<State>);

#[derive(Default)]
struct State {
    /// The runtime to which sessions belong, if they do.
    runtime: Option<Handle>,
    /// Until when nothing is tried, and how long that was to be.
    pause: Option<(Instant, Duration)>,
    again: Option<Again>,
}

impl Ready {
    /// Where it is to be made, unless the last one has failed just now.
    fn place(&self) -> Option<Option<Handle>> {
        let state = self.0.lock();
        let pauses = state.pause.is_some_and(|(until, _)| Instant::now() < until);
        (!pauses).then(|| state.runtime.clone())
    }

    /// Sessions live on the runtime where this is called.
    fn live_here(&self) {
        let Ok(here) = Handle::try_current() else { return };
        let mut state = self.0.lock();
        if state.runtime.as_ref().is_none_or(|known| known.id() != here.id()) {
            *state = State { runtime: Some(here), ..State::default() };
        }
    }

    fn succeeded(&self) {
        let mut state = self.0.lock();
        (state.pause, state.again) = (None, None);
    }

    /// Has the next attempt made when a pause is over.
    fn failed(&self, pool: &Weak<Shared>) {
        let until = {
            let mut state = self.0.lock();
            let pause = state.pause.map_or(FIRST_PAUSE, |(_, last)| (last * 2).min(LONGEST_PAUSE));
            let until = Instant::now() + pause;
            state.pause = Some((until, pause));
            until
        };
        let waker = Waker::from(Arc::new(Over(pool.clone())));
        let mut again: Again = Box::pin(async move {
            bridge::sync::until(pending::<()>(), until).await;
        });
        // Not with the lock held, which who is woken takes.
        if again.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            let before = self.0.lock().again.replace(again);
            drop(before);
        }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

/// Wakes a pool that makes no connections for a while.
struct Over(Weak<Shared>);

impl Wake for Over {
    fn wake(self: Arc<Self>) {
        if let Some(pool) = self.0.upgrade() {
            Pool(pool).keep_ready();
        }
    }
}

impl Pool {
    /// Has connections made whenever one ends, if some are to be ready.
    pub(super) fn watch_ends(self) -> Self {
        if self.0.options.min_idle > 0 {
            let pool = Arc::downgrade(&self.0);
            self.0.slots.when_one_ends(Arc::new(move || {
                if let Some(pool) = pool.upgrade() {
                    Self(pool).keep_ready();
                }
            }));
        }
        self
    }

    /// Notes that sessions such as this one live where this is called, if they live on a runtime.
    pub(super) fn note_runtime(&self, record: &ConnectionRecord) {
        if self.0.options.min_idle > 0 && record.runtime().is_some() {
            self.0.ready.live_here();
        }
    }

    /// Begins to make a connection if fewer are idle than are to be ready. It does not block.
    #[inline]
    pub(super) fn keep_ready(&self) {
        if self.0.options.min_idle > 0 {
            self.make_one_ready();
        }
    }

    fn make_one_ready(&self) {
        let Some(runtime) = self.0.ready.place() else { return };
        let options = &self.0.options;
        let Some(slot) = self.0.slots.fill(options.min_idle) else { return };
        let (slots, meters) = (self.0.slots.clone(), self.0.holders.meters.clone());
        let attempt = Attempt::new(slot, move || meters.changed(|| slots.counts()));
        self.0.slots.goes_on(&attempt);
        if let Ok(deadline) = deadline(options.timeout) {
            attempt.end_at(deadline.checked_add(LATE_GRACE).unwrap_or(deadline));
        }
        let (pool, slots) = (Arc::downgrade(&self.0), self.0.slots.clone());
        let filling = Filling { pool, slots, attempt, is_over: false };
        if let Err(error) = try_in_background(move || filling.run(runtime.as_ref())) {
            warn(&error);
        }
    }
}

/// Connects on behalf of nobody, on a thread where nobody else runs. `None` says that the pool is gone, which
/// this does not keep.
fn connect(pool: &Weak<Shared>, runtime: Option<&Handle>) -> Result<Option<Box<dyn Connection>>> {
    let asked = pool.clone();
    let ask = move || {
        let Some(pool) = asked.upgrade() else { return Ok(None) };
        let deadline = deadline(pool.options.timeout)?;
        Ok::<_, Error>(Some((pool.ask_where()?, deadline)))
    };
    let connect = |(driver, deadline): (Arc<dyn Driver>, Instant)| driver.connect(deadline);
    let Some(runtime) = runtime else {
        // Listeners may await; a driver that blocks connects outside of a greenlet.
        let asked: Result<_> = bridge::sync::park_on(bridge::greenlet_spawn(ask));
        let Some((driver, deadline)) = asked? else { return Ok(None) };
        return match driver.connect(deadline) {
            // One that awaits, and whose connections belong to no runtime.
            Err(error) if error.kind() == ErrorKind::MissingGreenlet => {
                let connect = move || driver.connect(deadline);
                bridge::sync::park_on(bridge::greenlet_spawn(connect)).map(Some)
            }
            connected => connected.map(Some),
        };
    };
    let _inside = runtime.enter();
    bridge::sync::park_on(bridge::greenlet_spawn(move || ask()?.map(connect).transpose()))
}

/// A connection that is being made to be idle. Its drop without one is a failure.
struct Filling {
    pool: Weak<Shared>,
    slots: Slots,
    attempt: Arc<Attempt>,
    /// Whether what follows of it was done.
    is_over: bool,
}

impl Filling {
    fn run(mut self, runtime: Option<&Handle>) {
        let begun = Instant::now();
        let connected = catch_unwind(AssertUnwindSafe(|| connect(&self.pool, runtime)));
        let connected = match connected.unwrap_or_else(|_| Err(panicked())).transpose() {
            Some(connected) => connected,
            None => return self.is_over = true,
        };
        let Some(pool) = self.pool.upgrade().map(Pool) else {
            self.is_over = true;
            return connected.into_iter().for_each(Connection::terminate);
        };
        let made = match (connected, self.attempt.take()) {
            (Ok(connection), Some(slot)) => pool.record(connection, slot, begun),
            (Ok(connection), None) => {
                // The pool was closed, or the attempt has taken too long.
                return connection.terminate();
            }
            (Err(error), slot) => {
                // Before its slot is free, which asks for the next.
                pool.0.ready.failed(&self.pool);
                self.is_over = true;
                drop(slot);
                Err(error)
            }
        };
        match made {
            Ok(record) => {
                pool.0.ready.succeeded();
                record.return_to_pool();
                self.is_over = true;
                drop(self);
                pool.keep_ready();
            }
            Err(error) => {
                warn(&error);
                *pool.0.last_error.lock() = Some(error.message().to_owned());
                pool.count_changed();
            }
        }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if !self.is_over
            && let Some(pool) = self.pool.upgrade()
        {
            pool.ready.failed(&self.pool);
        }
        drop(self.attempt.take());
        self.slots.filled();
    }
}

#[cold]
fn panicked() -> Error {
    Error::new(
        ErrorKind::Operational,
        "the connection was not made, since a do_connect listener or the driver panicked, or the runtime \
         of the pool's connections has ended",
    )
}

#[cold]
fn warn(error: &Error) {
    tracing::warn!(target: "aludel::pool", %error, "a connection that was to be ready was not made");
}
