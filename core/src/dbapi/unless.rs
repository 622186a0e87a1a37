//! A connection that is made until something else comes first: the attempt then goes on by itself.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use aludel_bridge as bridge;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tracing::{Dispatch, Span, dispatcher};

use super::{Connection, Driver, LateCallback, Sooner, Waiter, errors, try_in_background};
use crate::error::Result;

/// The future of an async driver that connects, owned by whoever drives it.
type Connecting<C> = Pin<Box<dyn Future<Output = Result<C>> + Send>>;

/// Makes what a driver has connected a connection that waits so.
type Adapt<C> = fn(C, Waiter) -> Box<dyn Connection>;

/// Waits for a connection of an async driver, or for what comes sooner; then the attempt goes on where
/// the connection would have lived.
pub(super) fn connect_async<C: 'static>(
    connecting: Connecting<C>,
    (mut waiter, adapt): (Waiter, Adapt<C>),
    deadline: Instant,
    sooner: Sooner<'_>,
    late: LateCallback,
) -> Result<Option<Box<dyn Connection>>> {
    let mut connecting = Some(connecting);
    let race = Race { connecting: &mut connecting, sooner, overtaken: false };
    let first = waiter.wait_until(race, deadline)?;
    if let Some(connected) = first.ok_or_else(errors::connect_timed_out)? {
        return Ok(Some(adapt(connected?, waiter)));
    }
    if let Some(connecting) = connecting {
        go_on(connecting, (waiter, adapt), deadline, late);
    }
    Ok(None)
}

/// Ends at what comes first. Unless that is what is sooner, the attempt is dropped with this: where
/// its driver lets futures be dropped.
struct Race<'r, C> {
    connecting: &'r mut Option<Connecting<C>>,
    sooner: Sooner<'r>,
    overtaken: bool,
}

impl<C> Future for Race<'_, C> {
    type Output = Option<Result<C>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.sooner.as_mut().poll(context).is_ready() {
            self.overtaken = true;
            return Poll::Ready(None);
        }
        match self.connecting.as_mut() {
            Some(connecting) => connecting.as_mut().poll(context).map(Some),
            // It is there until the end.
            None => Poll::Pending,
        }
    }
}

impl<C> Drop for Race<'_, C> {
    fn drop(&mut self) {
        if !self.overtaken {
            *self.connecting = None;
        }
    }
}

/// Has an attempt end by itself: on the runtime of greenlets, or with its own on a thread.
fn go_on<C: 'static>(
    connecting: Connecting<C>,
    (mut waiter, adapt): (Waiter, Adapt<C>),
    deadline: Instant,
    late: LateCallback,
) {
    if waiter.is_of_greenlets()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(async move {
            let connected = bridge::sync::until(connecting, deadline).await;
            late(in_time(connected).map(|connected| adapt(connected, waiter)));
        });
        return;
    }
    let started = try_in_background(move || {
        // The futures of drivers that need no runtime end anywhere.
        let connected = if waiter.is_of_greenlets() {
            bridge::sync::wait(connecting, Some(deadline)).map_err(Into::into)
        } else {
            waiter.wait_until(connecting, deadline)
        };
        late(connected.and_then(in_time).map(|connected| adapt(connected, waiter)));
    });
    if let Err(error) = started {
        tracing::warn!(target: "aludel::pool", %error, "a connection that was being made is given up");
    }
}

fn in_time<C>(connected: Option<Result<C>>) -> Result<C> {
    connected.unwrap_or_else(|| Err(errors::connect_timed_out()))
}

/// [`Driver::connect_unless`] of a driver that blocks: it connects on a thread of the background, and the
/// caller waits for that or for what comes sooner. A caller that is cancelled leaves the attempt to itself
/// as well, since nothing ends it before its deadline.
///
/// # Errors
///
/// As [`Driver::connect`], [`Cancelled`](crate::ErrorKind::Cancelled) in a job, and
/// [`Operational`](crate::ErrorKind::Operational) if the system refuses the thread.
pub fn connect_beside<D: Driver + 'static>(
    driver: D,
    deadline: Instant,
    mut sooner: Sooner<'_>,
    late: LateCallback,
) -> Result<Option<Box<dyn Connection>>> {
    match bridge::sync::wait(std::future::ready(()), None) {
        Ok(_) => {}
        Err(bridge::Error::SuspendForbidden) => return driver.connect(deadline).map(Some),
        Err(error) => return Err(error.into()),
    }
    let attempt = Arc::new(Mutex::new(Attempt::Going { late, waker: None }));
    let beside = Arc::clone(&attempt);
    let (dispatch, span) = (dispatcher::get_default(Dispatch::clone), Span::current());
    try_in_background(move || {
        let connected =
            dispatcher::with_default(&dispatch, || span.in_scope(|| driver.connect(deadline)));
        end(&beside, connected);
    })?;
    let left = OnDrop(|| leave(&attempt));
    let first = pin!(poll_fn(|context| {
        if sooner.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        poll(&attempt, context.waker()).map(Some)
    }));
    let outcome = bridge::sync::await_or_park(first)?;
    drop(left);
    outcome.transpose()
}

/// A connection that is made on another thread.
enum Attempt {
    Going {
        late: LateCallback,
        waker: Option<Waker>,
    },
    /// Whoever waited for it has left.
    Alone(LateCallback),
    Ended(Result<Box<dyn Connection>>, LateCallback),
    Taken,
}

fn end(attempt: &Mutex<Attempt>, connected: Result<Box<dyn Connection>>) {
    let mut state = attempt.lock();
    match mem::replace(&mut *state, Attempt::Taken) {
        Attempt::Going { late, waker } => {
            *state = Attempt::Ended(connected, late);
            drop(state);
            if let Some(waker) = waker {
                bridge::sync::waking(|| waker.wake());
            }
        }
        Attempt::Alone(late) => {
            drop(state);
            late(connected);
        }
        Attempt::Ended(..) | Attempt::Taken => {}
    }
}

fn poll(attempt: &Mutex<Attempt>, waker: &Waker) -> Poll<Result<Box<dyn Connection>>> {
    // Wakers are code of the executor's: they are cloned and dropped with no lock held.
    let new = waker.clone();
    let mut state = attempt.lock();
    match mem::replace(&mut *state, Attempt::Taken) {
        Attempt::Ended(connected, _) => Poll::Ready(connected),
        Attempt::Going { late, waker } => {
            *state = Attempt::Going { late, waker: Some(new) };
            drop(state);
            drop(waker);
            Poll::Pending
        }
        other => {
            *state = other;
            Poll::Pending
        }
    }
}

/// Whoever waits leaves: what is not taken is late.
fn leave(attempt: &Mutex<Attempt>) {
    let mut state = attempt.lock();
    match mem::replace(&mut *state, Attempt::Taken) {
        Attempt::Going { late, .. } => *state = Attempt::Alone(late),
        Attempt::Ended(connected, late) => {
            drop(state);
            late(connected);
        }
        other => *state = other,
    }
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
