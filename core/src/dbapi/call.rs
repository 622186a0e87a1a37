//! One call of an async driver, awaited without its type.
//!
//! What waits for a future is compiled once for each type of future: the switch of greenlets, the
//! runtime's loop, deadlines, cancels. The future of a driver's call has all of the driver inside, and a
//! driver has a dozen such calls. So a call stays where it is made, and those who wait get a pointer
//! to it that says nothing of its type.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::errors;
use crate::error::Result;

/// The future of a call, which stays where it is pinned, and the place of its output.
pub(super) struct Call<'f, F: Future> {
    future: Pin<&'f mut Option<F>>,
    output: Option<F::Output>,
}

impl<'f, F: Future> Call<'f, F> {
    #[inline]
    pub(super) fn new(future: Pin<&'f mut Option<F>>) -> Self {
        Self { future, output: None }
    }

    /// What is awaited. The call is over when this is dropped, whether or not it has an output.
    #[inline]
    pub(super) fn in_place(&mut self) -> InPlace<'_> {
        InPlace(self)
    }

    /// The output, if the call has come to its end.
    #[inline]
    pub(super) fn output(self) -> Option<F::Output> {
        self.output
    }
}

impl<T, F: Future<Output = Result<T>>> Call<'_, F> {
    /// The outcome of a call that has come to its end.
    #[inline]
    pub(super) fn outcome(self) -> Result<T> {
        self.output.unwrap_or_else(|| Err(no_outcome()))
    }
}

#[cold]
pub(super) fn no_outcome() -> crate::error::Error {
    errors::impossible("a call of the driver has ended without an outcome")
}

trait Step {
    /// Polls the call, and keeps its output.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Drops the future.
    fn end(&mut self);
}

impl<F: Future> Step for Call<'_, F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self.future.as_mut().as_pin_mut() {
            Some(future) => future.poll(context).map(|output| self.output = Some(output)),
            // It is there until the end.
            None => Poll::Pending,
        }
    }

    fn end(&mut self) {
        self.future.set(None);
    }
}

/// A future that polls a call where it stands: only a pointer moves on its way to the one who polls. The
/// future of a driver's call is large, and copying it cost more than all else that the adapter
/// does. Dropping this drops the future.
pub(super) struct InPlace<'c>(&'c mut dyn Step);

impl Future for InPlace<'_> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.get_mut().0.poll(context)
    }
}

impl Drop for InPlace<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.end();
    }
}
