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
    /// Is called when the attempt has ended and its slot is free.
    freed: Box<dyn Fn() + Send + Sync>,
}

impl<S: Send + 'static> Attempt<S> {
    pub(super) fn new(slot: S, freed: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let (slot, end) = (Mutex::new(Some(slot)), parking_lot::Mutex::new(None));
        Arc::new(Self { slot, end, freed: Box::new(freed) })
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
            self.give_up();
        } else {
            *self.end.lock() = Some(end);
        }
    }
}

impl<S> Attempt<S> {
    /// Gives the slot back, if it is still here.
    fn give_up(&self) {
        let slot = self.slot.lock().take();
        if let Some(slot) = slot {
            drop(slot);
            (self.freed)();
        }
    }
}

/// The driver has dropped it without an outcome.
impl<S> Drop for Attempt<S> {
    fn drop(&mut self) {
        self.give_up();
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
            attempt.give_up();
        }
    }
}
