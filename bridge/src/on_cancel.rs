//! A callback for the cancellation of a job whose code blocks in a call of its own.

use std::sync::Arc;

use crate::Error;
use crate::frame::Frame;
use crate::job::JobState;
use crate::running::with_current;
use crate::waiting::checkpoint;

/// Calls `f` if the job of this thread is cancelled while the guard lives.
///
/// For drivers: around a call that blocks in a job of a [`Worker`](crate::Worker), where nothing
/// else could reach the thread. `f` runs on the thread that cancels, which may be one of an executor,
/// so it must neither block nor wait; it gives work that takes long to another thread. It may come before
/// the call has really begun. When the guard is dropped, `f` neither runs any more nor is still running.
///
/// In a greenlet `f` is never called: its own task cannot be dropped while its thread is blocked, and
/// a greenlet that a job awaits gets [`Error::Cancelled`] at its next wait. Outside jobs there is nothing to cancel.
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
    let Some(job) = with_current(|frame| frame.and_then(Frame::job).cloned()) else {
        return Ok(OnCancel { hook: None });
    };
    let Some(id) = job.arm(Box::new(f)) else {
        // The cancel has come since the question above.
        checkpoint()?;
        return Err(Error::Cancelled);
    };
    Ok(OnCancel { hook: Some((job, id)) })
}

/// The guard of [`on_cancel`]. Dropping it removes the callback.
#[must_use = "the callback is called only while the guard lives"]
pub struct OnCancel {
    hook: Option<(Arc<JobState>, u64)>,
}

impl OnCancel {
    /// Removes the callback. `false` says that it was called before.
    #[must_use = "dropping the guard removes the callback too"]
    pub fn disarm(mut self) -> bool {
        self.remove()
    }

    fn remove(&mut self) -> bool {
        self.hook.take().is_none_or(|(job, id)| job.disarm(id))
    }
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        self.remove();
    }
}

impl std::fmt::Debug for OnCancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnCancel").field("armed", &self.hook.is_some()).finish_non_exhaustive()
    }
}
