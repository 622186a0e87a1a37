//! What a running greenlet and its host know of each other, and the step from stack to stack.
//!
//! Reaches through the pointers that link the two stacks, hence `unsafe`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use tracing::span::Id;

use crate::backend::{Yielder, on_host};
use crate::bounds::Bounds;
use crate::ending::{Unwind, log_job_ignores_cancel};
use crate::guard::GUARD;
use crate::job::JobState;
use crate::{Error, spans};

/// How many refusals a cancelled greenlet may ignore before it is unwound.
pub(crate) const MAX_REFUSALS: u32 = 100;

/// How often it may catch that unwinding before it is abandoned.
pub(crate) const MAX_UNWINDS: u32 = 10;

const CANCELLED: u32 = 1;
const FORBIDDEN: u32 = 2;

/// The state of a greenlet that its own code reaches. It lies in the pinned future, and code finds it
/// by the stack that it runs on: see [`running`](crate::running).
///
/// A job of a worker has a frame too, which lies on the thread's own stack; it waits by blocking its
/// thread.
///
/// All of it is the greenlet's own, and none of it describes the thread. So a greenlet whose stack is
/// set aside by another library, in the middle of a call, disturbs nothing else.
pub(crate) struct Frame {
    /// The state of a job; `None` in a greenlet.
    job: Option<Arc<JobState>>,
    /// The stack that the code of this frame runs on.
    bounds: Cell<Bounds>,
    /// Whether the frame is in the list of its thread: a poll of the greenlet has begun and has not
    /// returned.
    pub(crate) entered: Cell<bool>,
    /// The frame that follows in that list.
    pub(crate) next: Cell<*const Frame>,
    yielder: Cell<*const Yielder>,
    /// The context of the poll that resumed the greenlet; null at any other time.
    context: Cell<*mut Context<'static>>,
    /// The span of the host when it resumed the greenlet.
    host_span: Cell<Option<Id>>,
    /// Why waits are refused: [`CANCELLED`], and [`FORBIDDEN`] for each `without_suspending` scope that is
    /// open. Nearly always zero, which is one comparison for a wait.
    refusing: Cell<u32>,
    /// Whether the thread was unwinding already when the greenlet was cancelled.
    host_panics: Cell<bool>,
    /// Whether the code has requested a wait, be it granted or not.
    awaited: Cell<bool>,
    /// Whether asynchronous code runs on this stack: the future that the greenlet awaits.
    in_async: Cell<bool>,
    /// How many `in_callback` scopes are open.
    callbacks: Cell<u32>,
    refusals: Cell<u32>,
}

/// Runs asynchronous code on the stack of a frame until it is dropped, on return and on unwinding.
struct InAsync<'f> {
    frame: &'f Frame,
    before: bool,
}

impl Drop for InAsync<'_> {
    #[inline]
    fn drop(&mut self) {
        self.frame.in_async.set(self.before);
    }
}

impl Frame {
    pub(crate) const fn new() -> Self {
        Self {
            job: None,
            bounds: Cell::new(Bounds::NONE),
            entered: Cell::new(false),
            next: Cell::new(ptr::null()),
            yielder: Cell::new(ptr::null()),
            context: Cell::new(ptr::null_mut()),
            host_span: Cell::new(None),
            refusing: Cell::new(0),
            host_panics: Cell::new(false),
            awaited: Cell::new(false),
            in_async: Cell::new(false),
            callbacks: Cell::new(0),
            refusals: Cell::new(0),
        }
    }

    /// The frame of a job that runs on a thread with this stack.
    #[cfg(feature = "host")]
    pub(crate) fn of_job(job: Arc<JobState>, thread: Bounds) -> Self {
        Self { job: Some(job), bounds: Cell::new(thread), ..Self::new() }
    }

    /// The state of a job; `None` in a greenlet.
    #[inline]
    pub(crate) fn job(&self) -> Option<&Arc<JobState>> {
        self.job.as_ref()
    }

    pub(crate) fn set_bounds(&self, bounds: Bounds) {
        self.bounds.set(bounds);
    }

    #[inline]
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds.get()
    }

    /// Whether the address lies in the guard region below the stack of this greenlet.
    pub(crate) fn guards(&self, address: usize) -> bool {
        let low = self.bounds.get().low;
        self.job.is_none() && (low.saturating_sub(GUARD)..low).contains(&address)
    }

    /// Called first thing on the greenlet's stack.
    #[inline]
    pub(crate) fn set_yielder(&self, yielder: &Yielder) {
        self.yielder.set(yielder);
    }

    pub(crate) fn cancel(&self) {
        self.refusing.set(self.refusing.get() | CANCELLED);
        self.host_panics.set(thread::panicking());
    }

    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.refusing.get() & CANCELLED != 0
            || self.job.as_ref().is_some_and(|job| job.is_cancelled())
    }

    /// Whether the greenlet requested a wait, be it granted or not.
    pub(crate) fn awaited(&self) -> bool {
        self.awaited.get()
    }

    /// Whether the code that runs on this stack is the future that the greenlet awaits.
    #[inline]
    pub(crate) fn is_in_async(&self) -> bool {
        self.in_async.get()
    }

    /// Prepares for being resumed in the context of a poll, or for its cancellation without one.
    #[inline]
    pub(crate) fn begin(&self, context: Option<&mut Context<'_>>) {
        if spans::listening() {
            self.host_span.set(spans::current());
        }
        let context = context.map_or(ptr::null_mut(), |context| ptr::from_mut(context).cast());
        self.context.set(context);
    }

    /// Forgets the context: the poll returns.
    #[inline]
    pub(crate) fn end(&self) {
        self.context.set(ptr::null_mut());
    }

    /// Runs `f`, on the stack of this frame, as asynchronous code: there `await_` answers
    /// `MissingGreenlet`.
    #[inline]
    pub(crate) fn outside<R>(&self, f: impl FnOnce() -> R) -> R {
        let _in_async = InAsync { frame: self, before: self.in_async.replace(true) };
        f()
    }

    /// Polls a future on the greenlet's stack, in the context of the task that hosts it.
    #[inline]
    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        let context = self.context.get();
        assert!(!context.is_null(), "a cancelled greenlet polls nothing");
        let poll = || {
            self.outside(|| {
                // SAFETY: `begin` set the pointer from the exclusive reference of the poll that is
                // under way below this stack, and `end` clears it before that poll returns. Nothing
                // else uses it meanwhile: the code that is polled here runs as asynchronous code. The
                // lifetime is shortened to this call.
                future.poll(unsafe { &mut *context.cast() })
            })
        };
        // A job has no host: its thread is its own.
        if self.job.is_some() { poll() } else { on_host(self.yielder(), poll) }
    }

    /// Only for greenlets: a job has none.
    #[inline]
    pub(crate) fn yielder(&self) -> &Yielder {
        let yielder = self.yielder.get();
        debug_assert!(!yielder.is_null(), "a job of a worker has no stack to leave");
        // SAFETY: `set_yielder` was called with the yielder at the base of the stack that this code
        // runs on, where it stays for as long as the greenlet has not returned.
        unsafe { &*yielder }
    }

    /// Wakes the host task: its greenlet could go on at once.
    pub(crate) fn wake(&self) {
        let context = self.context.get();
        // SAFETY: as in `poll`; a shared use that ends here.
        if let Some(context) = unsafe { context.cast::<Context<'_>>().as_ref() } {
            context.waker().wake_by_ref();
        }
    }

    /// Switches to the host, and returns when it resumes this greenlet. A job blocks its thread.
    #[inline(always)]
    pub(crate) fn suspend(&self) {
        if let Some(job) = &self.job {
            return job.wait();
        }
        let left = if spans::listening() { self.leave_spans() } else { None };
        self.yielder().suspend(());
        if let Some(left) = left {
            // A subscriber is code of the program's, but not of the greenlet's.
            self.outside(|| left.enter());
        }
    }

    #[cold]
    fn leave_spans(&self) -> Option<spans::Left> {
        let host = self.host_span.take();
        self.outside(|| spans::leave(host.as_ref()))
    }

    /// Whether the greenlet may wait now.
    #[inline]
    pub(crate) fn admit(&self) -> Result<(), Error> {
        self.awaited.set(true);
        if self.refusing.get() != 0 || self.job.is_some() || thread::panicking() {
            return self.admit_if_not_refused();
        }
        Ok(())
    }

    #[cold]
    fn admit_if_not_refused(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            Err(self.refuse())
        } else if self.is_forbidden() {
            Err(Error::SuspendForbidden)
        } else if thread::panicking() {
            Err(Error::Panicking)
        } else {
            Ok(())
        }
    }

    /// Whether a `without_suspending` scope is open.
    #[inline]
    pub(crate) fn is_forbidden(&self) -> bool {
        self.refusing.get() >= FORBIDDEN
    }

    /// The answer to a cancelled greenlet that requests a wait. After [`MAX_REFUSALS`] answers it is
    /// unwound, and when it has caught that [`MAX_UNWINDS`] times it never runs again.
    ///
    /// Frames of C can neither be unwound nor lost, and code that unwinds already must not be left:
    /// there the answer stays an error, however often it is ignored, and is not counted. A thread
    /// cannot be lost either, so a job is unwound again and again.
    #[cold]
    pub(crate) fn refuse(&self) -> Error {
        let own_panic = thread::panicking() && !self.host_panics.get();
        if self.callbacks.get() > 0 || own_panic {
            return Error::Cancelled;
        }
        let refusals = self.refusals.get().saturating_add(1);
        self.refusals.set(refusals);
        if refusals <= MAX_REFUSALS {
            return Error::Cancelled;
        }
        // A second panic could meet a destructor that runs because of the first, which would abort
        // the process: while the host panics the greenlet is not unwound but lost at once.
        let unwind = cfg!(panic = "unwind") && !self.host_panics.get();
        if unwind && (refusals <= MAX_REFUSALS + MAX_UNWINDS || self.job.is_some()) {
            if refusals == MAX_REFUSALS + MAX_UNWINDS + 1 {
                log_job_ignores_cancel();
            }
            resume_unwind(Box::new(Unwind));
        }
        if self.job.is_some() {
            return Error::Cancelled;
        }
        loop {
            // The host takes a suspension in this state as the end, and leaks the stack.
            self.suspend();
        }
    }

    /// Until the scope is dropped a refusal never unwinds.
    pub(crate) fn open_callback(&self) -> Scope<'_> {
        Scope::open(&self.callbacks, 1)
    }

    /// Until the scope is dropped every wait is refused.
    pub(crate) fn forbid_suspending(&self) -> Scope<'_> {
        Scope::open(&self.refusing, FORBIDDEN)
    }
}

/// Counts a scope for as long as it is open; scopes nest.
pub(crate) struct Scope<'c> {
    count: &'c Cell<u32>,
    unit: u32,
}

impl<'c> Scope<'c> {
    fn open(count: &'c Cell<u32>, unit: u32) -> Self {
        count.set(count.get() + unit);
        Self { count, unit }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.count.set(self.count.get() - self.unit);
    }
}
