//! What synchronous code calls: to wait, to let other tasks run, and to ask where it runs.
//!
//! Each works in a greenlet and in a job of a worker; what differs is in [`Frame`].
//!
//! Uses the frame without a closure around each switch of stacks, hence `unsafe`.
#![allow(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use crate::Error;
use crate::coroutine::in_coroutine;
use crate::ending::contain_panic;
use crate::frame::Frame;
use crate::park::park_on;
use crate::running::{current, greenlet_stack, with_current};
use crate::suspending::is_forbidden_on_thread;
use crate::timer::Timer;

/// Waits for a future from synchronous code: suspends the greenlet, not the thread.
///
/// The future is polled right here, on the greenlet's stack, in the context of the task that awaits
/// the greenlet. So it need be neither `Send` nor `'static`. It is dropped before this returns.
/// The code inside the future is asynchronous: there `await_` answers `MissingGreenlet`.
/// In a job of a [`Worker`](crate::Worker), which has its thread for itself, the thread is parked,
/// and in a coroutine of `may` the coroutine.
///
/// # Errors
///
/// The future is dropped unpolled with
/// [`Error::MissingGreenlet`] outside greenlets and jobs, also on a stack of another library,
/// [`Error::Cancelled`] in one whose future was dropped, also if that happens during the wait,
/// [`Error::SuspendForbidden`] inside [`without_suspending`](crate::without_suspending), and
/// [`Error::Panicking`] while the thread unwinds, such as in a `Drop`.
///
/// # Panics
///
/// If polling the future panics. A cancelled greenlet that has ignored a hundred refusals is
/// unwound from here.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, await_, greenlet_spawn};
///
/// fn shout(text: &str) -> Result<String, Error> {
///     await_(async { text.to_uppercase() })
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(greenlet_spawn(|| shout("hello")).await?, "HELLO");
/// assert!(matches!(shout("hello"), Err(Error::MissingGreenlet)));
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[inline]
pub fn await_<F: Future>(future: F) -> Result<F::Output, Error> {
    // SAFETY: it is used here only.
    match unsafe { current() } {
        Some(frame) => wait_in(frame, future),
        // Never where waits are forbidden.
        None if in_coroutine() => Ok(park_on(future)),
        None => Err(nothing_to_suspend()),
    }
}

#[inline(always)]
fn wait_in<F: Future>(frame: &Frame, future: F) -> Result<F::Output, Error> {
    if let Err(error) = frame.admit() {
        frame.outside(|| drop(future));
        return Err(error);
    }
    let mut future = pin!(Some(future));
    let result = loop {
        let Some(polled) = future.as_mut().as_pin_mut() else { break Err(Error::Cancelled) };
        if let Poll::Ready(output) = frame.poll(polled) {
            break Ok(output);
        }
        frame.suspend();
        if frame.is_cancelled() {
            break Err(Error::Cancelled);
        }
    };
    frame.outside(|| future.set(None));
    result.map_err(|_| frame.refuse())
}

/// Lets the other tasks of this thread run, and goes on when the executor polls again.
///
/// A greenlet that computes for long without a wait holds its thread, as any task does.
///
/// # Errors
///
/// As [`await_`].
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, greenlet_spawn, yield_now};
///
/// # futures::executor::block_on(async {
/// greenlet_spawn(|| {
///     for _ in 0..3 { yield_now()? }
///     Ok::<_, Error>(())
/// }).await
/// # }).unwrap();
/// ```
#[inline(always)]
pub fn yield_now() -> Result<(), Error> {
    // SAFETY: it is used here only.
    let Some(frame) = (unsafe { current() }) else { return Err(nothing_to_suspend()) };
    frame.admit()?;
    frame.outside(|| contain_panic("waking the task of a greenlet", || frame.wake()));
    frame.suspend();
    if frame.is_cancelled() { Err(frame.refuse()) } else { Ok(()) }
}

/// Why code that is in no greenlet and no job cannot wait.
#[cold]
fn nothing_to_suspend() -> Error {
    if is_forbidden_on_thread() { Error::SuspendForbidden } else { Error::MissingGreenlet }
}

/// Asks whether to go on, without waiting: for long computations.
///
/// # Errors
///
/// [`Error::Cancelled`] in a cancelled greenlet or job. It counts as a refusal.
///
/// # Panics
///
/// A cancelled greenlet that has ignored a hundred refusals is unwound from here.
///
/// # Examples
///
/// ```
/// assert!(aludel_bridge::checkpoint().is_ok(), "outside a greenlet there is nothing to cancel");
/// ```
#[inline]
pub fn checkpoint() -> Result<(), Error> {
    with_current(|frame| match frame {
        Some(frame) if frame.is_cancelled() => Err(frame.refuse()),
        _ => Ok(()),
    })
}

/// Whether the calling code is where [`await_`] waits: in a greenlet, in a job of a
/// [`Worker`](crate::Worker), or in a coroutine of `may`.
///
/// Also where it would be refused, because the greenlet is cancelled or inside
/// [`without_suspending`](crate::without_suspending): the error belongs to the wait.
///
/// ```
/// use aludel_bridge::{Error, Worker, can_await, greenlet_spawn};
///
/// # futures::executor::block_on(async {
/// assert!(!can_await());
/// assert!(greenlet_spawn(|| Ok::<_, Error>(can_await())).await?);
/// assert!(Worker::new()?.spawn(|| Ok::<_, Error>(can_await())).await?);
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[inline]
#[must_use]
pub fn can_await() -> bool {
    with_current(|frame| frame.is_some()) || in_coroutine()
}

/// Whether the calling code is a greenlet's, which must not block its thread.
///
/// A job of a [`Worker`](crate::Worker) may; whether a wait is possible is another question,
/// [`can_await`]. Code that a greenlet calls on a stack of another library is not the greenlet's.
///
/// ```
/// use aludel_bridge::{Error, Worker, greenlet_spawn, in_greenlet};
///
/// # futures::executor::block_on(async {
/// assert!(!in_greenlet());
/// assert!(greenlet_spawn(|| Ok::<_, Error>(in_greenlet())).await?);
/// assert!(!Worker::new()?.spawn(|| Ok::<_, Error>(in_greenlet())).await?);
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[inline]
#[must_use]
pub fn in_greenlet() -> bool {
    with_current(|frame| frame.is_some_and(|frame| frame.job().is_none()))
}

/// The size of the stack that the calling code runs on, if it is a greenlet's: `None` on a thread's
/// own stack, and on one of another library.
///
/// For code that needs much stack, to refuse early. It is not the setting
/// [`stack_size`](crate::stack_size), which may have changed since the greenlet started.
///
/// ```
/// use aludel_bridge::{Error, greenlet_spawn, greenlet_stack_size, stack_size};
///
/// # futures::executor::block_on(async {
/// assert_eq!(greenlet_stack_size(), None);
/// assert_eq!(greenlet_spawn(|| Ok::<_, Error>(greenlet_stack_size())).await?, Some(stack_size()));
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[must_use]
pub fn greenlet_stack_size() -> Option<usize> {
    greenlet_stack().map(|stack| stack.size)
}

/// Whether the calling code is that of a cancelled greenlet or job. Asking is not counted.
///
/// ```
/// assert!(!aludel_bridge::is_cancelled());
/// ```
#[inline]
#[must_use]
pub fn is_cancelled() -> bool {
    with_current(|frame| frame.is_some_and(Frame::is_cancelled))
}

/// Runs `f`, in which a refusal is always an error and never unwinds.
///
/// For functions that are called from C and wait or [`yield_now`] there: a panic must not cross the
/// frames of C. The caller makes sure that C returns soon after the error.
///
/// ```
/// use aludel_bridge::{Error, greenlet_spawn, in_callback, yield_now};
///
/// # futures::executor::block_on(async {
/// let interrupted = greenlet_spawn(|| Ok::<_, Error>(in_callback(|| yield_now().is_err()))).await?;
/// assert!(!interrupted);
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
pub fn in_callback<R>(f: impl FnOnce() -> R) -> R {
    with_current(|frame| {
        let _scope = frame.map(Frame::open_callback);
        #[cfg(feature = "may")]
        let _pinned = crate::coroutine::PinnedToThread::new();
        f()
    })
}

/// Sleeps: suspends inside a greenlet, on any runtime; blocks the thread outside, or parks the
/// coroutine of `may`. In a job of a [`Worker`](crate::Worker) it ends early if the job is cancelled.
///
/// # Errors
///
/// Inside a greenlet or a job, as [`await_`]. Outside only [`Error::SuspendForbidden`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// aludel_bridge::sleep(Duration::from_millis(1))?;
/// # Ok::<_, aludel_bridge::Error>(())
/// ```
pub fn sleep(duration: Duration) -> Result<(), Error> {
    if can_await() {
        // Lazy, so that a refused sleep makes no timer.
        return await_(async move {
            Timer::after(duration).await;
        });
    }
    if is_forbidden_on_thread() {
        return Err(Error::SuspendForbidden);
    }
    thread::sleep(duration);
    Ok(())
}
