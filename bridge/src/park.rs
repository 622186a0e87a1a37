//! Blocking on a future: the thread is parked, or the coroutine of `may`.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::parker::Parker;
use crate::running::outside;

/// Blocks the thread on a future, inside a greenlet or not. A coroutine of `may` is parked.
///
/// The code inside the future is asynchronous: there [`await_`](crate::await_) answers `MissingGreenlet`.
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
    outside(|| park_for_ever(future))
}

fn park_for_ever<F: Future>(future: F) -> F::Output {
    match park(future, None) {
        Some(output) => output,
        None => unreachable!("without a deadline nothing ends the wait but the output"),
    }
}

/// Blocks on a future until a moment, for ever if there is none; `None` if the moment came first.
pub(crate) fn park<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let parker = Arc::new(sleeper());
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

#[cfg(feature = "may")]
fn sleeper() -> Parker {
    if crate::in_coroutine() { Parker::of_coroutine() } else { Parker::of_thread() }
}

#[cfg(not(feature = "may"))]
fn sleeper() -> Parker {
    Parker::of_thread()
}
