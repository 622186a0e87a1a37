//! A future that is dropped after a number of polls: cancellation at a place of the test's choice.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future a number of times and drops it then.
pub(crate) struct DropAfterPolls<F> {
    future: Option<Pin<Box<F>>>,
    polls: u32,
}

impl<F: Future> Future for DropAfterPolls<F> {
    /// `None` if the future was dropped.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => {
                self.future = None;
                Poll::Ready(Some(output))
            }
            Poll::Pending if self.polls == 0 => {
                self.future = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Drops a future after so many polls.
pub(crate) fn after<F: Future>(polls: u32, future: F) -> DropAfterPolls<F> {
    DropAfterPolls { future: Some(Box::pin(future)), polls }
}
