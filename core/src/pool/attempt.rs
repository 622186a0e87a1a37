//! The slot of a connection that is being made, which may go on when its checkout has another one.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::Instant;

use aludel_bridge as bridge;

use super::lock::Mutex;

/// Ends at a moment.
type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that is being made, in its slot.
pub(super) struct Attempt<S> {
    slot: Mutex<Option<S>>,
    /// Takes the slot at its moment.
    end: parking_lot::Mutex<Option<End>>,
}

impl<S: Send + 'static> Attempt<S> {
    pub(super) fn new(slot: S) -> Arc<Self> {
        Arc::new(Self { slot: Mutex::new(Some(slot)), end: parking_lot::Mutex::new(None) })
    }

    /// The slot; `None` if the pool was closed and took it, or its time was over.
    pub(super) fn take(&self) -> Option<S> {
        self.slot.lock().take()
    }

    /// Gives the slot back at a moment, whatever becomes of the attempt: one on a runtime that nobody drives does
    /// not end.
    pub(super) fn end_at(self: &Arc<Self>, moment: Instant) {
        let waker = Waker::from(Arc::new(Over { attempt: Arc::downgrade(self), moment }));
        let mut end: End = Box::pin(async move {
            bridge::sync::until(pending::<()>(), moment).await;
        });
        if end.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            drop(self.take());
        } else {
            *self.end.lock() = Some(end);
        }
    }
}

/// Is woken when the time of an attempt is over.
struct Over<S> {
    attempt: Weak<Attempt<S>>,
    moment: Instant,
}

impl<S: Send + 'static> Wake for Over<S> {
    fn wake(self: Arc<Self>) {
        // It is woken at once where there is no thread for timers: nothing bounds the attempt there.
        if Instant::now() < self.moment {
            return;
        }
        if let Some(attempt) = self.attempt.upgrade() {
            drop(attempt.take());
        }
    }
}
