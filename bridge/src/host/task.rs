//! A job on its way to a host or a worker, and the future that waits for its result.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::ending::{discard, quietly};
use crate::seat::Seat;
use crate::worker::seated;
use crate::{Error, greenlet_spawn};

/// The future of [`Host::spawn`](super::Host::spawn) and of [`Worker::spawn`](crate::Worker::spawn):
/// `Send`, for any executor.
///
/// Dropping it requests that the greenlet, or the job, be cancelled.
#[must_use = "dropping the task cancels what it waits for"]
pub struct HostedTask<T, E> {
    shared: Arc<dyn Shared<T, E>>,
}

impl<T, E> Unpin for HostedTask<T, E> {}

/// Both ends of one job, in one allocation.
struct Cell<F, T, E> {
    /// Set by the caller; looked at by the host at each poll without taking the lock.
    cancelled: AtomicBool,
    inner: Mutex<Inner<F, T, E>>,
}

struct Inner<F, T, E> {
    stage: Stage<F, T, E>,
    caller: Option<Waker>,
    host: Option<Waker>,
}

enum Stage<F, T, E> {
    Queued(F),
    Running,
    Done(thread::Result<Result<T, E>>),
    /// The host dropped the job or the greenlet.
    Gone,
    Taken,
}

/// What the caller sees of a cell.
trait Shared<T, E>: Send + Sync {
    fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<thread::Result<Result<T, E>>>>;
    fn cancel(&self);
}

/// What the host or the worker sees of a cell.
trait Job: Send + Sync {
    fn start(self: Arc<Self>);
    fn work(self: Arc<Self>);
    fn gone(&self);
}

/// A job in the queue of a host or a worker; dropping it tells the caller.
pub(crate) struct Queued {
    job: Option<Arc<dyn Job>>,
}

pub(crate) fn pair<F, T, E>(f: F) -> (Queued, HostedTask<T, E>)
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let inner = Inner { stage: Stage::Queued(f), caller: None, host: None };
    let cell = Arc::new(Cell { cancelled: AtomicBool::new(false), inner: Mutex::new(inner) });
    (Queued { job: Some(Arc::clone(&cell) as Arc<dyn Job>) }, HostedTask { shared: cell })
}

impl Queued {
    /// Starts the greenlet, on the host.
    pub(super) fn start(mut self) {
        if let Some(job) = self.job.take() {
            job.start();
        }
    }

    /// Runs the job to its end, on the worker.
    pub(crate) fn work(mut self) {
        if let Some(job) = self.job.take() {
            job.work();
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

impl<F, T, E> Cell<F, T, E> {
    fn lock(&self) -> MutexGuard<'_, Inner<F, T, E>> {
        // Neither closures nor wakers run, are cloned or are dropped under the lock, so it cannot be
        // poisoned nor taken twice.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the end of the job, and wakes the caller after the lock is released.
    fn complete(&self, stage: Stage<F, T, E>) {
        Self::write(self.lock(), stage);
    }

    /// Writes what a job came to; if its caller has gone, that ends here.
    fn finish(&self, outcome: thread::Result<Result<T, E>>) {
        let inner = self.lock();
        // Set before the lock is taken by who cancels, so nobody goes between this and the writing.
        if self.is_cancelled() {
            drop(inner);
            discard(outcome);
            self.complete(Stage::Gone);
        } else {
            Self::write(inner, Stage::Done(outcome));
        }
    }

    fn write(mut inner: MutexGuard<'_, Inner<F, T, E>>, stage: Stage<F, T, E>) {
        let before = mem::replace(&mut inner.stage, stage);
        let caller = inner.caller.take();
        let host = inner.host.take();
        drop(inner);
        drop((before, host));
        if let Some(caller) = caller {
            caller.wake();
        }
    }

    /// Takes the closure, unless the job was cancelled.
    fn begin(&self) -> Option<F> {
        let mut inner = self.lock();
        match mem::replace(&mut inner.stage, Stage::Running) {
            Stage::Queued(f) => Some(f),
            _ => {
                inner.stage = Stage::Taken;
                None
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Leaves a waker for `cancel`.
    fn listen(&self, waker: &Waker) {
        let waker = waker.clone();
        let mut inner = self.lock();
        let before = inner.host.replace(waker);
        drop(inner);
        drop(before);
    }
}

impl<F, T, E> Shared<T, E> for Cell<F, T, E>
where
    F: Send,
    T: Send,
    E: Send,
{
    fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<thread::Result<Result<T, E>>>> {
        let waker = context.waker();
        let mut spare = None;
        loop {
            let mut inner = self.lock();
            match mem::replace(&mut inner.stage, Stage::Taken) {
                Stage::Done(outcome) => return Poll::Ready(Some(outcome)),
                Stage::Gone => return Poll::Ready(None),
                Stage::Taken => {
                    drop(inner);
                    panic!("a hosted task was polled after it had completed")
                }
                waiting => inner.stage = waiting,
            }
            if inner.caller.as_ref().is_some_and(|known| known.will_wake(waker)) {
                return Poll::Pending;
            }
            if spare.is_some() {
                // What was known before is dropped when the lock is released.
                mem::swap(&mut inner.caller, &mut spare);
                drop(inner);
                return Poll::Pending;
            }
            // To clone a waker is to run code of the executor, so not under the lock.
            drop(inner);
            spare = Some(waker.clone());
        }
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        let mut inner = self.lock();
        let unstarted = match mem::replace(&mut inner.stage, Stage::Taken) {
            Stage::Running => {
                inner.stage = Stage::Running;
                None
            }
            other => Some(other),
        };
        let host = inner.host.take();
        let caller = inner.caller.take();
        drop(inner);
        drop((caller, unstarted));
        if let Some(host) = host {
            host.wake();
        }
    }
}

impl<F, T, E> Job for Cell<F, T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn start(self: Arc<Self>) {
        let Some(f) = self.begin() else { return };
        // Made here, so that the caller hears of it also when the task is dropped unpolled.
        let completion = Completion { cell: self, told: false };
        tokio::task::spawn_local(run(completion, f));
    }

    fn work(self: Arc<Self>) {
        let Some(f) = self.begin() else { return };
        let seat = Seat::new();
        self.listen(&seat.canceller());
        // The caller may have gone before there was a waker to call.
        if self.is_cancelled() {
            quietly("dropping a cancelled job", || drop(f));
            return self.complete(Stage::Gone);
        }
        self.finish(seated(&seat, || catch_unwind(AssertUnwindSafe(f))));
    }

    fn gone(&self) {
        self.complete(Stage::Gone);
    }
}

/// Tells the caller that the host is gone, unless it has been told a result.
struct Completion<F, T, E> {
    cell: Arc<Cell<F, T, E>>,
    told: bool,
}

impl<F, T, E> Drop for Completion<F, T, E> {
    fn drop(&mut self) {
        if !self.told {
            self.cell.complete(Stage::Gone);
        }
    }
}

/// The greenlet's life on the host.
async fn run<F, T, E>(mut completion: Completion<F, T, E>, f: F)
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: From<Error> + 'static,
{
    // Dropped before the completion, so that the caller hears of the end when it has come.
    let mut greenlet = pin!(Some(greenlet_spawn(f)));
    let mut known: Option<Waker> = None;
    let outcome = poll_fn(|context| {
        let cell = &*completion.cell;
        if cell.is_cancelled() {
            return Poll::Ready(None);
        }
        let Some(greenlet) = greenlet.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| greenlet.poll(context))) {
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
    greenlet.set(None);
    if let Some(outcome) = outcome {
        completion.told = true;
        completion.cell.complete(Stage::Done(outcome));
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
