//! Futures that are dropped half-way: after a number of polls, or in a state.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls a future so many times, then drops it. `None` if it was dropped before it was ready.
pub async fn drop_after_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(move |context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Polls a future until another one is ready, then drops it. `None` if it was dropped before it was
/// ready.
pub async fn drop_when<F: Future>(future: F, until: impl Future<Output = ()>) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut until = pin!(until);
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => until.as_mut().poll(context).map(|()| None),
    })
    .await
}
