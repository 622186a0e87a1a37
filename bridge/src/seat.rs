//! Where a job of a worker waits: on its thread, until it is woken or cancelled.
//!
//! `seat/model.rs` takes every order of a cancel and of what the job does meanwhile.

#[cfg(all(test, aludel_loom))]
mod model;

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};

use crate::ending::quietly;
use crate::frame::{Frame, with_current};
use crate::primitives::{AtomicBool, Mutex, MutexGuard, Ordering};
use crate::sync::Parker;
use crate::{Error, checkpoint};

/// What a job and those who wake or cancel it know of each other. One for each job: a cancel that
/// comes late must not meet the next one.
pub(crate) struct Seat {
    parker: Parker,
    cancelled: AtomicBool,
    listeners: Mutex<Listeners>,
}

/// Who is told of a cancel.
#[derive(Default)]
struct Listeners {
    /// The task of a runtime that the job drives on its thread.
    driven: Option<Waker>,
    hooks: Vec<(u64, Hook)>,
    next: u64,
}

type Hook = Box<dyn FnOnce() + Send>;

impl Seat {
    /// The seat of a job that is to run on the calling thread.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            parker: Parker::new(),
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

    /// Leaves a waker for [`cancel`](Self::cancel); the latest counts.
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

    /// Has a hook called by a cancel; `None` if that has come already.
    fn arm(&self, hook: Hook) -> Option<u64> {
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

    /// Takes a hook back; whether it was still there.
    fn disarm(&self, id: u64) -> bool {
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
                quietly("a callback of on_cancel", hook);
            }
            listeners.driven.take()
        };
        self.parker.unpark();
        if let Some(driven) = driven {
            driven.wake();
        }
    }
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.parker.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.parker.unpark();
    }
}

struct Cancel(Arc<Seat>);

impl Wake for Cancel {
    fn wake(self: Arc<Self>) {
        self.0.cancel();
    }
}

/// Has `f` called if the job of this thread is cancelled while the guard lives.
///
/// For drivers: around a call that blocks in a job of a [`Worker`](crate::Worker), where nothing
/// else could reach the thread. `f` runs on the thread that cancels, which may be one of an executor,
/// so it must neither block nor wait; real work it hands to another thread. It may come before the
/// call has really begun. When the guard is gone `f` does not run any more, and none that began to
/// run is still running.
///
/// In a greenlet `f` is never called: its own task cannot be dropped while its thread is blocked, and
/// a greenlet that a job awaits is told at its next wait. Outside jobs there is nothing to cancel.
///
/// # Errors
///
/// [`Error::Cancelled`] if the job is cancelled already, as [`checkpoint`]; `f` is not called then.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, Worker, on_cancel};
/// use std::sync::mpsc;
///
/// let worker = Worker::new()?;
/// let (stop, stopped) = mpsc::channel();
/// let (began, begun) = mpsc::channel();
/// let (ended, end) = mpsc::channel();
/// let task = worker.spawn(move || {
///     let guard = on_cancel(move || stop.send(()).unwrap())?;
///     began.send(()).unwrap();
///     stopped.recv().unwrap(); // a call that blocks
///     ended.send(guard.disarm()).unwrap();
///     Ok::<_, Error>(())
/// });
/// begun.recv().unwrap();
/// drop(task);
/// assert!(!end.recv().unwrap(), "the callback has run");
/// # Ok::<_, Error>(())
/// ```
pub fn on_cancel(f: impl FnOnce() + Send + 'static) -> Result<OnCancel, Error> {
    checkpoint()?;
    let Some(seat) = with_current(|frame| frame.and_then(Frame::seat).cloned()) else {
        return Ok(OnCancel { hook: None });
    };
    let Some(id) = seat.arm(Box::new(f)) else {
        // The cancel has come since the question above.
        checkpoint()?;
        return Err(Error::Cancelled);
    };
    Ok(OnCancel { hook: Some((seat, id)) })
}

/// The guard of [`on_cancel`]. Dropping it takes the callback back.
#[must_use = "the callback is called only while the guard lives"]
pub struct OnCancel {
    hook: Option<(Arc<Seat>, u64)>,
}

impl OnCancel {
    /// Takes the callback back, and tells whether that was in time: `false` says that it was called.
    #[must_use = "dropping the guard takes the callback back without asking"]
    pub fn disarm(mut self) -> bool {
        self.take_back()
    }

    fn take_back(&mut self) -> bool {
        self.hook.take().is_none_or(|(seat, id)| seat.disarm(id))
    }
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        self.take_back();
    }
}

impl std::fmt::Debug for OnCancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnCancel").field("armed", &self.hook.is_some()).finish_non_exhaustive()
    }
}
