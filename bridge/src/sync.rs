//! Waiting that suits either world: it suspends inside a greenlet and parks the thread outside.
//!
//! Code that must work in both, such as a pool of connections, waits here. In a job of a worker the
//! thread is parked too, and a cancel ends the wait.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use crate::Error;
use crate::ending::contain_panic;
use crate::frame::Frame;
use crate::park::park;
use crate::running::{is_on_no_frame, outside, with_current};
use crate::suspending::is_forbidden_on_thread;
use crate::timer::Timer;
use crate::waiting::{await_, can_await};

pub use crate::park::park_on;

/// Waits for a future until `deadline`, for ever if there is none.
///
/// Inside a greenlet it suspends; elsewhere it parks the thread, or the coroutine of `may`. `None` says
/// that the deadline has passed. The future is polled at least once unless the wait is refused, and is
/// dropped before this returns.
///
/// # Errors
///
/// Inside a greenlet or a job of a worker [`Error::Cancelled`] and [`Error::Panicking`], as
/// [`await_`]. Inside [`without_suspending`](crate::without_suspending) always
/// [`Error::SuspendForbidden`]. Otherwise none.
///
/// # Panics
///
/// If polling the future panics.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use aludel_bridge::sync;
///
/// assert_eq!(sync::wait(async { 1 }, None)?, Some(1));
/// let soon = Instant::now() + Duration::from_millis(5);
/// assert_eq!(sync::wait(std::future::pending::<()>(), Some(soon))?, None);
/// # Ok::<_, aludel_bridge::Error>(())
/// ```
pub fn wait<F: Future>(future: F, deadline: Option<Instant>) -> Result<Option<F::Output>, Error> {
    match deadline {
        None => await_or_park(future).map(Some),
        Some(deadline) if can_await() => await_(until(future, deadline)),
        Some(_) if is_forbidden_on_thread() => Err(Error::SuspendForbidden),
        Some(deadline) => Ok(park(future, Some(deadline))),
    }
}

/// A future that gives up at the deadline, by a timer that no runtime drives: [`wait`] for async
/// code. `None` says that the deadline has passed; the future is polled at least once.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use aludel_bridge::sync;
///
/// let soon = Instant::now() + Duration::from_millis(5);
/// let never = std::future::pending::<()>();
/// assert_eq!(futures::executor::block_on(sync::until(never, soon)), None);
/// ```
pub async fn until<F: Future>(future: F, deadline: Instant) -> Option<F::Output> {
    let mut future = pin!(future);
    // Made only if the future is not ready at once: most are.
    let mut timer = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let timer = timer.get_or_insert_with(|| Timer::at(deadline));
        Pin::new(timer).poll(context).map(|_| None)
    })
    .await
}

/// Wakes another task, by code that calls its waker. Wakers are code of an executor's, and one that panics
/// would take whoever wakes with it: the panic is logged and goes no further.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::task::{Wake, Waker};
/// use aludel_bridge::sync;
///
/// struct Panics;
/// impl Wake for Panics {
///     fn wake(self: Arc<Self>) { panic!("on purpose") }
/// }
///
/// let waker = Waker::from(Arc::new(Panics));
/// sync::waking(|| waker.wake());
/// ```
pub fn waking(wake: impl FnOnce()) {
    contain_panic("waking a task", wake);
}

/// The waker of a task, in a form that whoever wakes may call whatever comes: as [`waking`], for channels and
/// the like that call wakers themselves. It is made anew only for another waker.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::task::Context;
/// use aludel_bridge::sync::ContainedWaker;
/// use futures::{StreamExt, channel::mpsc};
///
/// # futures::executor::block_on(async {
/// let (mut send, mut receive) = mpsc::channel(1);
/// send.try_send(7).unwrap();
/// let mut waker = ContainedWaker::default();
/// let received = poll_fn(|context| {
///     receive.poll_next_unpin(&mut Context::from_waker(waker.of(context.waker())))
/// });
/// assert_eq!(received.await, Some(7));
/// # });
/// ```
#[derive(Debug, Default)]
pub struct ContainedWaker(Option<(Waker, Waker)>);

impl ContainedWaker {
    /// What wakes the task of a waker.
    pub fn of(&mut self, waker: &Waker) -> &Waker {
        let known = self.0.take().filter(|(known, _)| known.will_wake(waker));
        let make = || {
            let contained = Waker::from(Arc::new(Contained(waker.clone())));
            (waker.clone(), contained)
        };
        &self.0.insert(known.unwrap_or_else(make)).1
    }

    /// A future that is polled with such wakers.
    pub async fn contain<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let mut contained = Context::from_waker(self.of(context.waker()));
            future.as_mut().poll(&mut contained)
        })
        .await
    }
}

struct Contained(Waker);

impl Wake for Contained {
    fn wake(self: Arc<Self>) {
        waking(|| self.0.wake_by_ref());
    }

    fn wake_by_ref(self: &Arc<Self>) {
        waking(|| self.0.wake_by_ref());
    }
}

/// Waits for a future for as long as it takes: [`wait`] without a deadline.
///
/// # Errors
///
/// As [`wait`].
///
/// # Panics
///
/// If polling the future panics.
///
/// # Examples
///
/// ```
/// assert_eq!(aludel_bridge::sync::await_or_park(async { 1 })?, 1);
/// # Ok::<_, aludel_bridge::Error>(())
/// ```
pub fn await_or_park<F: Future>(future: F) -> Result<F::Output, Error> {
    if can_await() {
        return await_(future);
    }
    if is_forbidden_on_thread() {
        return Err(Error::SuspendForbidden);
    }
    Ok(park_on(future))
}

/// Whether [`cancellable`] changes nothing here: outside greenlets, jobs and
/// [`without_suspending`](crate::without_suspending). Code that asks first can drive the future itself.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{sync, without_suspending};
///
/// assert!(sync::is_never_cancelled());
/// assert!(!without_suspending(sync::is_never_cancelled));
/// ```
#[inline]
#[must_use]
pub fn is_never_cancelled() -> bool {
    is_on_no_frame() && !is_forbidden_on_thread()
}

/// A future that a job of a worker drives by itself, such as by a runtime's `block_on`: it ends when
/// the job is cancelled. Outside jobs it is the future that was given.
///
/// It is made and driven by the code of the job. The code inside the future is asynchronous: there
/// [`await_`] answers `MissingGreenlet`.
///
/// # Errors
///
/// In a job of a worker [`Error::Cancelled`] and [`Error::Panicking`], as [`await_`], and inside
/// [`without_suspending`](crate::without_suspending) [`Error::SuspendForbidden`]; the future was dropped
/// before. Otherwise none.
///
/// # Panics
///
/// As [`await_`].
///
/// # Examples
///
/// ```
/// use aludel_bridge::sync;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(runtime.block_on(sync::cancellable(async { 1 }))?, 1);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub async fn cancellable<F: Future>(future: F) -> Result<F::Output, Error> {
    // Most often there is no job here and no greenlet, which the rest is for.
    if is_never_cancelled() {
        return Ok(future.await);
    }
    let mut future = pin!(Some(future));
    let job = with_current(|frame| match frame {
        None if is_forbidden_on_thread() => Err(Error::SuspendForbidden),
        None => Ok(None),
        Some(frame) => match frame.job() {
            None if frame.is_forbidden() => Err(Error::SuspendForbidden),
            None => Ok(None),
            Some(job) => frame.admit().map(|()| Some(Arc::clone(job))),
        },
    });
    let job = match job {
        Ok(job) => job,
        Err(error) => {
            outside(|| future.set(None));
            return Err(error);
        }
    };
    let output = poll_fn(|context| {
        let polled = future.as_mut().as_pin_mut();
        let polled = outside(|| polled.map_or(Poll::Pending, |future| future.poll(context)));
        let Some(job) = job.as_deref().filter(|_| polled.is_pending()) else {
            return polled.map(Some);
        };
        outside(|| job.listen(context.waker()));
        if job.is_cancelled() { Poll::Ready(None) } else { Poll::Pending }
    })
    .await;
    outside(|| future.set(None));
    output.ok_or_else(|| with_current(|frame| frame.map_or(Error::Cancelled, Frame::refuse)))
}
