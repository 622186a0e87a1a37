//! A connection that is made until something else comes first: the attempt then goes on by itself.

use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tracing::{Dispatch, Span, dispatcher};

use super::{
    Alternative, Attempted, Connection, Driver, LateConnectionCallback, Waiter, errors,
    try_in_background,
};
use crate::error::Result;

/// The future of an async driver that connects, owned by whoever drives it.
type Connecting<C> = Pin<Box<dyn Future<Output = Result<C>> + Send>>;

/// Makes what a driver has connected a connection that waits so.
type Adapt<C> = fn(C, Waiter) -> Box<dyn Connection>;

/// How long after its deadline an attempt is held to have no end any more.
pub(crate) const LATE_GRACE: Duration = Duration::from_secs(1);

/// Waits for a connection of an async driver, or for what comes in its place; then the attempt goes on where
/// the connection would have lived.
pub(super) fn connect_async<C: 'static>(
    connecting: Connecting<C>,
    (mut waiter, adapt): (Waiter, Adapt<C>),
    deadline: Instant,
    alternative: Alternative<'_>,
    late: LateConnectionCallback,
) -> Result<Attempted> {
    let mut connecting = Some(connecting);
    let race =
        Race { connecting: &mut connecting, alternative, has_begun: false, is_overtaken: false };
    let first = waiter.wait_until(race, deadline)?;
    if let Some(connected) = first.ok_or_else(errors::connect_timed_out)? {
        return Ok(Attempted::Connected(adapt(connected?, waiter)));
    }
    match connecting {
        Some(connecting) => Ok(go_on(connecting, (waiter, adapt), deadline, late)),
        None => Ok(Attempted::GivenUp),
    }
}

/// Ends at what comes first. An attempt that has begun and is overtaken is left to the caller; else it is
/// dropped with this: where its driver lets futures be dropped.
struct Race<'r, C> {
    connecting: &'r mut Option<Connecting<C>>,
    alternative: Alternative<'r>,
    has_begun: bool,
    is_overtaken: bool,
}

impl<C> Future for Race<'_, C> {
    type Output = Option<Result<C>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.alternative.as_mut().poll(context).is_ready() {
            self.is_overtaken = true;
            return Poll::Ready(None);
        }
        self.has_begun = true;
        match self.connecting.as_mut() {
            Some(connecting) => connecting.as_mut().poll(context).map(Some),
            // It is there until the end.
            None => Poll::Pending,
        }
    }
}

impl<C> Drop for Race<'_, C> {
    fn drop(&mut self) {
        if !(self.has_begun && self.is_overtaken) {
            *self.connecting = None;
        }
    }
}

/// Has an attempt end by itself: on the runtime of greenlets, or with its own on a thread.
fn go_on<C: 'static>(
    connecting: Connecting<C>,
    (mut waiter, adapt): (Waiter, Adapt<C>),
    deadline: Instant,
    late: LateConnectionCallback,
) -> Attempted {
    if waiter.is_of_greenlets()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(async move {
            let connected = bridge::sync::until(connecting, deadline).await;
            late(in_time(connected).map(|connected| adapt(connected, waiter)));
        });
        return Attempted::GoesOn;
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
    match started {
        Ok(()) => Attempted::GoesOn,
        Err(error) => {
            tracing::warn!(target: "aludel::pool", %error, "a connection that was being made is given up");
            Attempted::GivenUp
        }
    }
}

fn in_time<C>(connected: Option<Result<C>>) -> Result<C> {
    connected.unwrap_or_else(|| Err(errors::connect_timed_out()))
}

/// [`Driver::connect_unless`] of a driver that blocks: it connects on a thread of the background, and the
/// caller waits for that or for what comes in its place. A caller that is cancelled leaves the attempt to itself
/// as well, since nothing ends it before its deadline; and so does the caller of a driver that keeps no
/// deadline, a second behind it.
///
/// # Errors
///
/// As [`Driver::connect`], [`Cancelled`](crate::ErrorKind::Cancelled) in a job, and
/// [`Operational`](crate::ErrorKind::Operational) if the system refuses the thread.
///
/// # Panics
///
/// If [`Driver::connect`] panics.
pub fn connect_beside<D: Driver + 'static>(
    driver: D,
    deadline: Instant,
    mut alternative: Alternative<'_>,
    late: LateConnectionCallback,
) -> Result<Attempted> {
    match bridge::sync::wait(std::future::ready(()), None) {
        Ok(_) => {}
        Err(bridge::Error::SuspendForbidden) => {
            return driver.connect(deadline).map(Attempted::Connected);
        }
        Err(error) => return Err(error.into()),
    }
    let attempt = Arc::new(Mutex::new(Attempt::Going { late, waker: None }));
    let beside = Arc::clone(&attempt);
    let caller = subscriber();
    let mut begin = Some(move || {
        try_in_background(move || {
            let connect = || match caller {
                None => driver.connect(deadline),
                Some((dispatch, span)) => dispatcher::with_default(&dispatch, || {
                    span.in_scope(|| driver.connect(deadline))
                }),
            };
            end(&beside, catch_unwind(AssertUnwindSafe(connect)));
        })
    });
    let left = OnDrop(|| leave(&attempt));
    let first = poll_fn(|context| {
        if alternative.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        if let Some(begin) = begin.take()
            && let Err(error) = begin()
        {
            return Poll::Ready(Some(Ok(Err(error))));
        }
        poll(&attempt, context.waker()).map(Some)
    });
    let first = bridge::sync::wait(first, deadline.checked_add(LATE_GRACE))?;
    drop(left);
    match first {
        Some(Some(Ok(connected))) => connected.map(Attempted::Connected),
        Some(Some(Err(panic))) => resume_unwind(panic),
        Some(None) if begin.is_none() => Ok(Attempted::GoesOn),
        Some(None) => Ok(Attempted::GivenUp),
        None => Err(errors::connect_timed_out()),
    }
}

/// The subscriber of the calling thread and its span, if there ever was a subscriber: who sets one as the default,
/// also the one that does nothing, has every statement of the program look for one from then on.
fn subscriber() -> Option<(Dispatch, Span)> {
    dispatcher::has_been_set().then(|| (dispatcher::get_default(Dispatch::clone), Span::current()))
}

/// What a thread has made, or its panic.
type Ended = thread::Result<Result<Box<dyn Connection>>>;

/// A connection that is made on another thread.
enum Attempt {
    Going {
        late: LateConnectionCallback,
        waker: Option<Waker>,
    },
    /// Whoever waited for it has left.
    Alone(LateConnectionCallback),
    Ended(Ended, LateConnectionCallback),
    Taken,
}

fn end(attempt: &Mutex<Attempt>, connected: Ended) {
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
            report(late, connected);
        }
        Attempt::Ended(..) | Attempt::Taken => {}
    }
}

fn poll(attempt: &Mutex<Attempt>, waker: &Waker) -> Poll<Ended> {
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
            report(late, connected);
        }
        other => *state = other,
    }
}

fn report(late: LateConnectionCallback, connected: Ended) {
    late(
        connected
            .unwrap_or_else(|_| Err(errors::impossible("a driver panicked while it connected"))),
    );
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const BOUND: Duration = Duration::from_secs(30);

    /// A driver that connects when a test says so, and then panics or fails.
    #[derive(Debug, Clone)]
    struct Ordered {
        begun: Arc<AtomicUsize>,
        orders: Arc<Mutex<Receiver<&'static str>>>,
    }

    impl Ordered {
        fn new() -> (Self, Sender<&'static str>) {
            let (give, orders) = channel();
            (Self { begun: Arc::default(), orders: Arc::new(Mutex::new(orders)) }, give)
        }
    }

    impl Driver for Ordered {
        fn name(&self) -> &'static str {
            "orders"
        }

        fn connect(&self, _: Instant) -> Result<Box<dyn Connection>> {
            self.begun.fetch_add(1, Ordering::SeqCst);
            match self.orders.lock().recv() {
                Ok("panic") => panic!("on purpose"),
                _ => Err(errors::connect_timed_out()),
            }
        }
    }

    /// The outcome on another thread, which may hang, and of the late callback.
    fn attempt(
        driver: &Ordered,
        time: Duration,
        alternative: impl Future<Output = ()> + Send + 'static,
    ) -> (Receiver<thread::Result<Result<Attempted>>>, Receiver<Option<String>>) {
        let ((ended, outcome), (hear, heard)) = (channel(), channel());
        let (driver, deadline) = (driver.clone(), Instant::now() + time);
        let late: LateConnectionCallback = Box::new(move |made| {
            hear.send(made.err().map(|error| error.message().to_owned())).unwrap();
        });
        thread::spawn(move || {
            let connect = || connect_beside(driver, deadline, std::pin::pin!(alternative), late);
            ended.send(catch_unwind(AssertUnwindSafe(connect))).unwrap();
        });
        (outcome, heard)
    }

    #[test]
    fn a_panic_reaches_who_waits() {
        let (driver, give) = Ordered::new();
        let (outcome, heard) = attempt(&driver, BOUND, std::future::pending());
        give.send("panic").unwrap();
        let panic = outcome.recv_timeout(BOUND).unwrap().unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        assert!(heard.recv_timeout(BOUND).is_err(), "the callback was dropped");
    }

    #[test]
    fn a_panic_when_nobody_waits_is_an_error_of_the_late_connection() {
        let (driver, give) = Ordered::new();
        let begun = Arc::clone(&driver.begun);
        let sooner = poll_fn(move |context| {
            context.waker().wake_by_ref();
            if begun.load(Ordering::SeqCst) == 1 { Poll::Ready(()) } else { Poll::Pending }
        });
        let (outcome, heard) = attempt(&driver, BOUND, sooner);
        assert!(matches!(outcome.recv_timeout(BOUND).unwrap(), Ok(Ok(Attempted::GoesOn))));
        give.send("panic").unwrap();
        let message = heard.recv_timeout(BOUND).unwrap().expect("an error");
        assert!(message.contains("panicked"), "{message}");
    }

    #[test]
    fn a_driver_that_keeps_no_deadline_is_left() {
        let (driver, give) = Ordered::new();
        let (outcome, heard) = attempt(&driver, Duration::ZERO, std::future::pending());
        let error = outcome.recv_timeout(BOUND).unwrap().unwrap().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Timeout);
        give.send("end").unwrap();
        assert!(heard.recv_timeout(BOUND).unwrap().is_some());
    }

    #[test]
    fn nothing_begins_where_something_is_there() {
        let (driver, _tell) = Ordered::new();
        let (outcome, heard) = attempt(&driver, BOUND, std::future::ready(()));
        assert!(matches!(outcome.recv_timeout(BOUND).unwrap(), Ok(Ok(Attempted::GivenUp))));
        assert!(heard.recv_timeout(BOUND).is_err(), "the callback was dropped");
        assert_eq!(driver.begun.load(Ordering::SeqCst), 0);
    }
}
