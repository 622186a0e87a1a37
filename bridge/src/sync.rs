//! Waiting that suits either world: it suspends inside a greenlet and parks the thread outside.
//!
//! Code that must work in both, such as a pool of connections, waits here. In a job of a worker the
//! thread is parked too, and a cancel ends the wait.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use async_io::Timer;

use crate::frame::{Frame, outside, with_current};
use crate::primitives::{AtomicBool, Ordering, Thread, thread};
use crate::{Error, await_, can_await, in_coroutine};

/// Waits for a future until `deadline`, for ever if there is none.
///
/// Inside a greenlet it suspends; elsewhere it parks the thread, or the coroutine of `may`. `None` says that the deadline has
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
    match deadline {
        None => await_or_park(future).map(Some),
        Some(deadline) if can_await() => await_(until(future, deadline)),
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

/// Blocks the thread on a future, inside a greenlet or not. A coroutine of `may` is parked.
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
    // In a coroutine nothing is current, and what would be put back would be another thread's.
    if in_coroutine() {
        return park_for_ever(future);
    }
    // The future is moved in, so that its destructor is outside as well.
    outside(|| park_for_ever(future))
}

fn park_for_ever<F: Future>(future: F) -> F::Output {
    match park(future, None) {
        Some(output) => output,
        None => unreachable!("without a deadline nothing ends the wait but the output"),
    }
}

/// One thread, or one coroutine, that waits to be woken. The flag tells a wake-up from any other
/// unpark.
pub(crate) struct Parker {
    sleeper: Sleeper,
    woken: AtomicBool,
}

enum Sleeper {
    Thread(Thread),
    #[cfg(feature = "may")]
    Coroutine(may::coroutine::Coroutine),
}

impl Parker {
    /// For the calling thread or coroutine, which alone may park.
    pub(crate) fn new() -> Self {
        #[cfg(feature = "may")]
        if in_coroutine() {
            let sleeper = Sleeper::Coroutine(may::coroutine::current());
            return Self { sleeper, woken: AtomicBool::new(false) };
        }
        Self { sleeper: Sleeper::Thread(thread::current()), woken: AtomicBool::new(false) }
    }

    /// Waits until it is woken, once for each time; `false` if the deadline came first, which only
    /// threads look at.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        while !self.woken.swap(false, Ordering::Acquire) {
            match (&self.sleeper, deadline) {
                #[cfg(feature = "may")]
                (Sleeper::Coroutine(_), _) => may::coroutine::park(),
                (Sleeper::Thread(_), None) => thread::park(),
                (Sleeper::Thread(_), Some(deadline)) => {
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
        match &self.sleeper {
            Sleeper::Thread(thread) => thread.unpark(),
            #[cfg(feature = "may")]
            Sleeper::Coroutine(coroutine) => coroutine.unpark(),
        }
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

fn park<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let parker = Arc::new(Parker::new());
    let waker = Waker::from(Arc::clone(&parker));
    let mut context = Context::from_waker(&waker);
    let mut apart = Apart(pin!(Some(future)));
    loop {
        if let Poll::Ready(output) = apart.poll(&mut context) {
            return Some(output);
        }
        // A future that wakes itself again and again is not waited for beyond the deadline either.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) || !parker.park(deadline) {
            return None;
        }
    }
}

/// A future whose code is never inlined where it is waited for. After a wait a coroutine may be on
/// another thread, and must not go on with the address of a thread-local that it has seen before.
struct Apart<'p, F>(Pin<&'p mut Option<F>>);

impl<F: Future> Apart<'_, F> {
    #[inline(never)]
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().as_pin_mut().map_or(Poll::Pending, |future| future.poll(context))
    }
}

impl<F> Drop for Apart<'_, F> {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.set(None);
    }
}
