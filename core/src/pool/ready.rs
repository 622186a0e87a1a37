//! Connections that are kept ready: made in the background, one after the other, while too few are idle.
//!
//! What can leave too few looks: a checkout, a slot that nobody waits for, and the end of a generation. After a failure
//! nobody has to: the next attempt comes by itself when a pause is over, and no other one before.

use std::fmt;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use aludel_bridge::{self as bridge, Hosts};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::queue::{Attempt, Slots};
use super::record::{ConnectionRecord, Remains};
use super::{Pool, Shared, deadline};
use crate::dbapi::{Connection, LATE_GRACE, try_in_background};
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

/// Where sessions live.
#[derive(Clone)]
enum Place {
    /// They belong to no runtime.
    Anywhere,
    On(Handle),
}

#[derive(Default)]
struct State {
    /// Where the last checkout has seen that sessions live. Before the first that succeeds nothing is made.
    place: Option<Place>,
    /// Until when nothing is tried, and how long that was to be.
    pause: Option<(Instant, Duration)>,
    again: Option<Again>,
}

impl Ready {
    /// Where one is to be made now: nowhere while that is not known, and in a pause.
    fn place(&self) -> Option<Place> {
        let state = self.0.lock();
        let pauses = state.pause.is_some_and(|(until, _)| Instant::now() < until);
        if pauses { None } else { state.place.clone() }
    }

    /// Sessions live here, on the runtime around this if they belong to one. A pause goes on, whoever has asked.
    fn live_here(&self, on_runtime: bool) {
        let here = if on_runtime { Handle::try_current().ok() } else { None };
        let mut state = self.0.lock();
        let next = match (&state.place, here) {
            (Some(Place::On(known)), Some(here)) if known.id() == here.id() => return,
            (_, Some(here)) => Place::On(here),
            (None, None) if !on_runtime => Place::Anywhere,
            (_, None) => return,
        };
        let before = state.place.replace(next);
        drop(state);
        // Code of the runtime's, if it was the last handle.
        drop(before);
    }

    /// A runtime has ended, so that it is not known where sessions live, unless another checkout has seen it since.
    fn ended(&self, runtime: &Handle) {
        let mut state = self.0.lock();
        let is_it =
            |place: &mut Place| matches!(place, Place::On(known) if known.id() == runtime.id());
        let before = state.place.take_if(is_it);
        drop(state);
        drop(before);
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

    /// Notes that sessions such as this one live where this is called.
    pub(super) fn note_place(&self, record: &ConnectionRecord) {
        if self.0.options.min_idle > 0 {
            self.0.ready.live_here(record.runtime().is_some());
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
        if self.0.ready.place().is_none() {
            return;
        }
        let options = &self.0.options;
        // Where there is none, checkouts fail for it.
        let Ok(deadline) = deadline(options.timeout) else { return };
        let Some((slot, stale)) = self.0.slots.fill(options.min_idle) else { return };
        let (slots, meters) = (self.0.slots.clone(), self.0.holders.meters.clone());
        let attempt = Attempt::new(slot, move || meters.changed(|| slots.counts()));
        let end = deadline.checked_add(LATE_GRACE).unwrap_or(deadline);
        let filling = Filling {
            pool: Arc::downgrade(&self.0),
            slots: self.0.slots.clone(),
            attempt,
            stale,
            deadline,
            end,
            is_over: false,
        };
        self.0.slots.goes_on(&filling.attempt);
        filling.attempt.end_at(end);
        if let Err(error) = try_in_background(move || filling.run()) {
            warn(&error);
        }
    }
}

/// A connection that is being made to be idle. Its drop without one is a failure.
struct Filling {
    pool: Weak<Shared>,
    slots: Slots,
    attempt: Arc<Attempt>,
    /// The session whose slot it has, to be ended before.
    stale: Option<Remains>,
    /// The driver's.
    deadline: Instant,
    /// When it is over whatever happens, and so its slot is free.
    end: Instant,
    /// Whether what follows of it was done.
    is_over: bool,
}

impl Filling {
    fn run(mut self) {
        if let Some(stale) = self.stale.take() {
            stale.terminate();
        }
        // Another one may have failed since this one was begun.
        let place = self.pool.upgrade().and_then(|pool| pool.ready.place());
        let Some(place) = place else { return self.is_over = true };
        // Of hosts that serve together it is the one with the fewest sessions, in use and idle.
        let least = |known: &Handle| {
            Hosts::least_used_beside(known.id(), |runtime| self.slots.idle_on(runtime))
        };
        let runtime = match place {
            Place::On(known) if self.has_ended(&known) => return self.without(&known),
            Place::On(known) => Some(least(&known).unwrap_or(known)),
            Place::Anywhere => None,
        };
        let begun = Instant::now();
        let connected = catch_unwind(AssertUnwindSafe(|| self.connect(runtime.as_ref())));
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

    /// Whether a runtime has ended, and so no session can live on it. Of one that nobody drives that is not known.
    fn has_ended(&self, runtime: &Handle) -> bool {
        let ran = runtime.spawn(async {});
        matches!(bridge::sync::park_on(bridge::sync::until(ran, self.end)), Some(Err(_)))
    }

    /// Nothing is made, and that is no failure: the next checkout is on another runtime, or was already.
    fn without(mut self, runtime: &Handle) {
        self.is_over = true;
        let pool = self.pool.upgrade().map(Pool);
        drop(self);
        if let Some(pool) = pool {
            pool.0.ready.ended(runtime);
            pool.keep_ready();
        }
    }

    /// Connects on behalf of nobody, on a thread where nobody else runs. `None` says that the pool is gone, which
    /// this does not keep.
    fn connect(&self, runtime: Option<&Handle>) -> Result<Option<Box<dyn Connection>>> {
        let (asked, deadline) = (self.pool.clone(), self.deadline);
        let ask = move || asked.upgrade().map(|pool| pool.ask_where()).transpose();
        let Some(runtime) = runtime else {
            // Listeners may await; a driver that blocks connects outside of a greenlet.
            let Some(driver) = self.within_time(ask)? else { return Ok(None) };
            return match driver.connect(deadline) {
                // One that awaits, and whose connections belong to no runtime.
                Err(error) if error.kind() == ErrorKind::MissingGreenlet => {
                    self.within_time(move || driver.connect(deadline)).map(Some)
                }
                connected => connected.map(Some),
            };
        };
        let _inside = runtime.enter();
        self.within_time(move || ask()?.map(|driver| driver.connect(deadline)).transpose())
    }

    /// Runs what may await, but no longer than until the end of the attempt.
    fn within_time<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let work = bridge::sync::until(bridge::greenlet_spawn(work), self.end);
        bridge::sync::park_on(work).unwrap_or_else(|| Err(not_in_time()))
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if let Some(stale) = self.stale.take() {
            stale.terminate();
        }
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
fn not_in_time() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the connection was not made within pool_timeout: the server or a do_connect listener does not answer, or \
         nobody drives the runtime of the pool's connections, on which the last checkout was",
    )
}

#[cold]
fn warn(error: &Error) {
    tracing::warn!(target: "aludel::pool", %error, "a connection that was to be ready was not made");
}
