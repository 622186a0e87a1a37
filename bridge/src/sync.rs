//! Waiting that suits either world: it suspends inside a greenlet and parks the thread outside.
//!
//! Code that must work in both, such as a pool of connections, waits here.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use async_io::Timer;

use crate::frame::outside;
use crate::primitives::{AtomicBool, Ordering, Thread, thread};
use crate::{Error, await_, in_greenlet};

/// Waits for a future until `deadline`, for ever if there is none.
///
/// Inside a greenlet it suspends; outside it parks the thread. `None` says that the deadline has
/// passed. The future is polled at least once unless the wait is refused, and is dropped before
/// this returns.
///
/// # Errors
///
/// Inside a greenlet [`Error::Cancelled`] and [`Error::Panicking`], as [`await_`]. Outside none.
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
    if !in_greenlet() {
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

/// Wakes a parked thread. The flag tells a wake-up from any other unpark.
struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

fn park<F: Future>(mut future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        // A future that wakes itself again and again is not waited for beyond the deadline either.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return None;
        }
        while !unpark.woken.swap(false, Ordering::Acquire) {
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    thread::park_timeout(left);
                }
            }
        }
    }
}
