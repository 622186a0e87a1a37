//! A job on its way to a host or a worker, and the future that waits for its result.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::cell::{Cell, Completion, Shared, Stage};
use crate::bounds::Bounds;
use crate::ending::contain_panic;
use crate::job::JobState;
use crate::job_run::run_job;
use crate::spans::Caller;
use crate::{Error, greenlet_spawn};

/// The future of [`Host::spawn`](super::Host::spawn) and of [`Worker::spawn`](crate::Worker::spawn):
/// `Send`, for any executor.
///
/// Dropping it requests that the greenlet, or the job, be cancelled.
#[must_use = "dropping the task cancels what it waits for"]
pub struct HostedTask<T, E> {
    pub(super) shared: Arc<dyn Shared<T, E>>,
}

impl<T, E> Unpin for HostedTask<T, E> {}

/// What the host or the worker sees of a cell.
trait Job: Send + Sync {
    fn start(self: Arc<Self>, caller: Option<Box<Caller>>);
    fn work(self: Arc<Self>, thread: Bounds, caller: Option<Box<Caller>>);
    fn gone(&self);
}

/// A job in the queue of a host or a worker; dropping it answers the caller.
pub(crate) struct Queued {
    job: Option<Arc<dyn Job>>,
    caller: Option<Box<Caller>>,
}

pub(crate) fn pair<F, T, E>(f: F) -> (Queued, HostedTask<T, E>)
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let cell = Cell::new(f);
    let job = Some(Arc::clone(&cell) as Arc<dyn Job>);
    (Queued { job, caller: Caller::current() }, HostedTask { shared: cell })
}

impl Queued {
    /// Starts the greenlet, on the host.
    pub(super) fn start(mut self) {
        if let Some(job) = self.job.take() {
            job.start(self.caller.take());
        }
    }

    /// Runs the job to its end, on the worker's thread, whose stack is `thread`.
    pub(crate) fn work(mut self, thread: Bounds) {
        if let Some(job) = self.job.take() {
            job.work(thread, self.caller.take());
        }
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            job.gone();
        }
    }
}

impl<F, T, E> Job for Cell<F, T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn start(self: Arc<Self>, caller: Option<Box<Caller>>) {
        // Begun here, so that the end is reported also when the task is dropped unpolled.
        if let Some((completion, f)) = self.begin() {
            tokio::task::spawn_local(run(completion, greenlet_spawn(f), caller));
        }
    }

    fn work(self: Arc<Self>, thread: Bounds, caller: Option<Box<Caller>>) {
        let Some((completion, f)) = self.begin() else { return };
        let state = JobState::new();
        completion.cell.listen(&state.canceller());
        // The caller may have gone before there was a waker to call.
        if completion.cell.is_cancelled() {
            return contain_panic("dropping a cancelled job", || drop(f));
        }
        let f = || catch_unwind(AssertUnwindSafe(f));
        let outcome = Caller::run(caller.as_deref(), || run_job(&state, thread, f));
        // Before the caller goes on, who may be the last in the span.
        drop(caller);
        completion.finish(outcome);
    }

    fn gone(&self) {
        self.complete(Stage::Gone);
    }
}

/// The greenlet's life on the host.
pub(super) async fn run<F, T, E>(
    completion: Completion<F, T, E>,
    greenlet: impl Future<Output = Result<T, E>>,
    caller: Option<Box<Caller>>,
) {
    // Dropped before the completion, so that the end is reported when it has come.
    let mut greenlet = pin!(Some(greenlet));
    let mut known: Option<Waker> = None;
    let outcome = poll_fn(|context| {
        let cell = &*completion.cell;
        if cell.is_cancelled() {
            return Poll::Ready(None);
        }
        let Some(greenlet) = greenlet.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let poll = || catch_unwind(AssertUnwindSafe(|| greenlet.poll(context)));
        match Caller::run(caller.as_deref(), poll) {
            Ok(Poll::Ready(result)) => Poll::Ready(Some(Ok(result))),
            Err(payload) => Poll::Ready(Some(Err(payload))),
            Ok(Poll::Pending) => {
                if !known.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                    known = Some(context.waker().clone());
                    cell.listen(context.waker());
                    // The caller may have gone before there was a waker to call.
                    if cell.is_cancelled() {
                        return Poll::Ready(None);
                    }
                }
                Poll::Pending
            }
        }
    })
    .await;
    // A cancelled one runs to its end here.
    Caller::run(caller.as_deref(), || greenlet.set(None));
    // Before the caller goes on, who may be the last in the span.
    drop(caller);
    if let Some(outcome) = outcome {
        completion.finish(outcome);
    }
}

impl<T, E: From<Error>> Future for HostedTask<T, E> {
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.poll_result(context).map(|outcome| match outcome {
            Some(Ok(result)) => result,
            Some(Err(payload)) => resume_unwind(payload),
            None => Err(Error::HostGone.into()),
        })
    }
}

impl<T, E> Drop for HostedTask<T, E> {
    fn drop(&mut self) {
        self.shared.cancel();
    }
}

impl<T, E> fmt::Debug for HostedTask<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedTask").finish_non_exhaustive()
    }
}
