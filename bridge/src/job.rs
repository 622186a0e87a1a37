//! The state of a job of a worker: it waits on its thread, until it is woken or cancelled.
//!
//! `job/model.rs` takes every order of a cancel and of what the job does meanwhile.

#[cfg(all(test, aludel_loom))]
mod model;

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};

use crate::ending::contain_panic;
use crate::parker::Parker;
use crate::primitives::{AtomicBool, Mutex, MutexGuard, Ordering};

/// What a job shares with those who wake or cancel it. One for each job: a cancel that comes late must
/// not reach the next one.
pub(crate) struct JobState {
    parker: Parker,
    cancelled: AtomicBool,
    listeners: Mutex<Listeners>,
}

/// What a cancel calls.
#[derive(Default)]
struct Listeners {
    /// The task of a runtime that the job drives on its thread.
    driven: Option<Waker>,
    hooks: Vec<(u64, Hook)>,
    next: u64,
}

type Hook = Box<dyn FnOnce() + Send>;

impl JobState {
    /// The state of a job that is to run on the calling thread.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            parker: Parker::of_thread(),
            cancelled: AtomicBool::new(false),
            listeners: Mutex::new(Listeners::default()),
        })
    }

    /// A waker that cancels the job.
    pub(crate) fn canceller(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::new(Cancel(Arc::clone(self))))
    }

    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Blocks the thread of the job until something wakes or cancels it.
    pub(crate) fn wait(&self) {
        self.parker.park(None);
    }

    /// Sets the waker that [`cancel`](Self::cancel) calls; the latest counts.
    pub(crate) fn listen(&self, waker: &Waker) {
        let known = |known: &Waker| known.will_wake(waker);
        if self.lock().driven.as_ref().is_some_and(known) {
            return;
        }
        // To clone or drop a waker is to run code of the executor, so not under the lock.
        let waker = Some(waker.clone());
        let before = mem::replace(&mut self.lock().driven, waker);
        drop(before);
    }

    /// Adds a hook that a cancel calls; `None` if the job is cancelled already.
    pub(crate) fn arm(&self, hook: Hook) -> Option<u64> {
        let mut listeners = self.lock();
        // Under the lock: a cancel that has passed it has not seen the hook.
        if self.is_cancelled() {
            drop(listeners);
            drop(hook);
            return None;
        }
        let id = listeners.next;
        listeners.next += 1;
        listeners.hooks.push((id, hook));
        Some(id)
    }

    /// Removes a hook; whether it was still there.
    pub(crate) fn disarm(&self, id: u64) -> bool {
        let hook = {
            let mut listeners = self.lock();
            let found = listeners.hooks.iter().position(|(known, _)| *known == id);
            found.map(|at| listeners.hooks.swap_remove(at))
        };
        hook.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        let driven = {
            let mut listeners = self.lock();
            // Under the lock, so that none runs any more once its guard is gone.
            for (_, hook) in mem::take(&mut listeners.hooks) {
                contain_panic("a callback of on_cancel", hook);
            }
            listeners.driven.take()
        };
        self.parker.unpark();
        if let Some(driven) = driven {
            contain_panic("waking a job", || driven.wake());
        }
    }
}

impl Wake for JobState {
    fn wake(self: Arc<Self>) {
        self.parker.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.parker.unpark();
    }
}

struct Cancel(Arc<JobState>);

impl Wake for Cancel {
    fn wake(self: Arc<Self>) {
        self.0.cancel();
    }
}
