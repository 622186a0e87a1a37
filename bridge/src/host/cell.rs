//! The hand-off of one job between its caller and the host: its result, its cancellation, its wake-ups.
//!
//! A model of it runs in every order that threads can take: `model.rs`.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::ending::{contain_panic, discard};
use crate::primitives::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Both ends of one job, in one allocation.
pub(super) struct Cell<F, T, E> {
    /// Set by the caller; looked at by the host at each poll without taking the lock.
    cancelled: AtomicBool,
    inner: Mutex<Inner<F, T, E>>,
}

struct Inner<F, T, E> {
    stage: Stage<F, T, E>,
    caller: Option<Waker>,
    host: Option<Waker>,
}

pub(super) enum Stage<F, T, E> {
    Queued(F),
    Running,
    Done(thread::Result<Result<T, E>>),
    /// The host dropped the job or the greenlet.
    Gone,
    Taken,
}

/// What the caller sees of a cell.
pub(super) trait Shared<T, E>: Send + Sync {
    fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<thread::Result<Result<T, E>>>>;
    fn cancel(&self);
}

impl<F, T, E> Cell<F, T, E> {
    pub(super) fn new(f: F) -> Arc<Self> {
        let inner = Inner { stage: Stage::Queued(f), caller: None, host: None };
        Arc::new(Self { cancelled: AtomicBool::new(false), inner: Mutex::new(inner) })
    }

    /// The closure, for the host to run; `None` if the caller has gone. The completion reports the end
    /// to the caller, also if it is only dropped.
    pub(super) fn begin(self: Arc<Self>) -> Option<(Completion<F, T, E>, F)> {
        let mut inner = self.lock();
        let Stage::Queued(f) = mem::replace(&mut inner.stage, Stage::Running) else {
            inner.stage = Stage::Taken;
            return None;
        };
        drop(inner);
        Some((Completion { cell: self, completed: false }, f))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<F, T, E>> {
        // Neither closures nor wakers run, are cloned or are dropped under the lock, so it cannot be
        // poisoned nor taken twice.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the end of the job, and wakes the caller after the lock is released.
    pub(super) fn complete(&self, stage: Stage<F, T, E>) {
        Self::write(self.lock(), stage);
    }

    /// Writes what a job came to; if its caller has gone, that ends here.
    fn finish(&self, outcome: thread::Result<Result<T, E>>) {
        let inner = self.lock();
        // `cancel` sets it before it takes the lock, so the caller does not go between this and the writing.
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
            contain_panic("waking the caller of a job", || caller.wake());
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Leaves a waker for `cancel`.
    pub(super) fn listen(&self, waker: &Waker) {
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
            contain_panic("waking a host", || host.wake());
        }
    }
}

/// Reports to the caller that the host is gone, if it is dropped without a result.
pub(super) struct Completion<F, T, E> {
    pub(super) cell: Arc<Cell<F, T, E>>,
    completed: bool,
}

impl<F, T, E> Completion<F, T, E> {
    /// Reports the result, unless the caller has gone.
    pub(super) fn finish(mut self, outcome: thread::Result<Result<T, E>>) {
        self.completed = true;
        self.cell.finish(outcome);
    }
}

impl<F, T, E> Drop for Completion<F, T, E> {
    fn drop(&mut self) {
        if !self.completed {
            self.cell.complete(Stage::Gone);
        }
    }
}
