//! Waiting that suits either world: it suspends inside a greenlet and parks the thread outside.
//!
//! Code that must work in both, such as a pool of connections, waits here. In a job of a worker the
//! thread is parked too, and a cancel ends the wait.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use async_io::Timer;

use crate::frame::{Frame, outside, with_current};
use crate::{Error, await_, can_await};

/// Waits for a future until `deadline`, for ever if there is none.
///
/// Inside a greenlet it suspends; elsewhere it parks the thread. `None` says that the deadline has
/// passed. The future is polled at least once unless the wait is refused, and is dropped before
/// this returns.
///
/// # Errors
///
/// Inside a greenlet or a job of a worker [`Error::Cancelled`] and [`Error::Panicking`], as
/// [`await_`]. Outside none.
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
    if !can_await() {
        return Ok(park(pin!(future), deadline));
    }
    match deadline {
        None => await_(future).map(Some),
        Some(deadline) => await_(async move {
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
        }),
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
    if can_await() { await_(future) } else { Ok(park_on(future)) }
}

/// A future that a job of a worker drives by itself, such as by a runtime's `block_on`: it ends when
/// the job is cancelled. Outside jobs it is the future that was given.
///
/// It is made and driven by the code of the job. The code inside the future is asynchronous: there
/// [`await_`] answers `MissingGreenlet`.
///
/// # Errors
///
/// In a job of a worker [`Error::Cancelled`] and [`Error::Panicking`], as [`await_`]; the future was
/// dropped before. Elsewhere none.
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
    let mut future = pin!(Some(future));
    let seat =
        with_current(|frame| match frame.and_then(|frame| frame.seat().map(|s| (frame, s))) {
            None => Ok(None),
            Some((frame, seat)) => frame.admit().map(|()| Some(Arc::clone(seat))),
        });
    let seat = match seat {
        Ok(seat) => seat,
        Err(error) => {
            outside(|| future.set(None));
            return Err(error);
        }
    };
    let output = poll_fn(|context| {
        let polled = future.as_mut().as_pin_mut();
        let polled = outside(|| polled.map_or(Poll::Pending, |future| future.poll(context)));
        let Some(seat) = seat.as_deref().filter(|_| polled.is_pending()) else {
            return polled.map(Some);
        };
        outside(|| seat.listen(context.waker()));
        if seat.is_cancelled() { Poll::Ready(None) } else { Poll::Pending }
    })
    .await;
    outside(|| future.set(None));
    output.ok_or_else(|| with_current(|frame| frame.map_or(Error::Cancelled, Frame::refuse)))
}

/// Blocks the thread on a future, inside a greenlet or not.
///
/// The code inside the future is asynchronous: there [`await_`] answers `MissingGreenlet`.
/// This is no runtime: something else has to wake the future, such as a library-owned thread.
///
/// # Panics
///
/// If polling the future panics.
///
/// # Examples
///
/// ```
/// assert_eq!(aludel_bridge::sync::park_on(async { 1 }), 1);
/// ```
pub fn park_on<F: Future>(future: F) -> F::Output {
    // The future is moved in, so that its destructor is outside as well.
    outside(|| {
        let mut future = pin!(future);
        loop {
            if let Some(output) = park(future.as_mut(), None) {
                return output;
            }
        }
    })
}

/// One thread that waits to be woken. The flag tells a wake-up from any other unpark.
pub(crate) struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Parker {
    /// For the calling thread, which alone may park.
    pub(crate) fn new() -> Self {
        Self { thread: thread::current(), woken: AtomicBool::new(false) }
    }

    /// Blocks until it is woken, once for each time; `false` if the deadline came first.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        while !self.woken.swap(false, Ordering::Acquire) {
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    thread::park_timeout(left);
                }
            }
        }
        true
    }

    pub(crate) fn unpark(&self) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

fn park<F: Future>(mut future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    let parker = Arc::new(Parker::new());
    let waker = Waker::from(Arc::clone(&parker));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        // A future that wakes itself again and again is not waited for beyond the deadline either.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) || !parker.park(deadline) {
            return None;
        }
    }
}
