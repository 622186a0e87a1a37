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
use crate::ending::clings;
use crate::seat::Seat;
use crate::{Error, spans};

/// How many refusals a cancelled greenlet may ignore before it is unwound.
pub(crate) const PATIENCE: u32 = 100;

/// How often it may catch that unwinding before it is abandoned.
pub(crate) const UNWINDS: u32 = 10;

/// The payload that unwinds a cancelled greenlet which does not leave by itself.
pub(crate) struct Unwind;

/// The side of a greenlet that its own code sees. It lies in the pinned future and is reached from
/// the greenlet's stack through [`HERE`].
///
/// A job of a worker has one too, which lies below it on the thread's own stack; it waits by
/// blocking its thread.
pub(crate) struct Frame {
    /// Where a job waits; `None` in a greenlet.
    seat: Option<Arc<Seat>>,
    yielder: Cell<*const Yielder>,
    /// The context of the poll that resumed the greenlet; null at any other time.
    context: Cell<*mut Context<'static>>,
    /// The addresses below the stack that fault.
    guard: Cell<(usize, usize)>,
    /// The span of the host when it resumed the greenlet.
    host_span: Cell<Option<Id>>,
    cancelled: Cell<bool>,
    /// Whether the thread was unwinding already when the greenlet was cancelled.
    host_panics: Cell<bool>,
    awaited: Cell<bool>,
    /// How many `in_callback` scopes are open.
    callbacks: Cell<u32>,
    refusals: Cell<u32>,
}

/// Where this thread is. Constant and without destructor, so that it can be used at any time in the
/// life of a thread, and by a signal handler.
struct Here {
    /// The greenlet whose synchronous code runs; null inside the futures that it awaits.
    current: Cell<*const Frame>,
    /// The greenlet on whose stack this thread runs.
    running: Cell<*const Frame>,
}

thread_local! {
    static HERE: Here = const {
        Here { current: Cell::new(ptr::null()), running: Cell::new(ptr::null()) }
    };
}

/// What is current on this thread. A coroutine of `may` is on another thread after a wait, so that
/// its code must not go on with an address of before: this is not inlined then.
#[cfg_attr(not(feature = "may"), inline)]
#[cfg_attr(feature = "may", inline(never))]
fn current() -> *const Frame {
    HERE.with(|here| here.current.get())
}

/// Changes what is current on this thread, and gives back what was.
#[cfg_attr(not(feature = "may"), inline)]
#[cfg_attr(feature = "may", inline(never))]
fn set_current(frame: *const Frame) -> *const Frame {
    HERE.with(|here| here.current.replace(frame))
}

/// Whether this thread runs on the stack of a greenlet, or in a job of a worker.
#[cfg(feature = "may")]
#[inline(never)]
pub(crate) fn on_a_frame() -> bool {
    HERE.with(|here| !here.running.get().is_null())
}

/// Runs `f` with the frame of the greenlet whose synchronous code calls, if there is one.
#[inline]
pub(crate) fn with_current<R>(f: impl FnOnce(Option<&Frame>) -> R) -> R {
    let current = current();
    // SAFETY: `current` is set by `Frame::enter` for as long as the greenlet runs, and put back
    // when it is suspended or ends; code that finds it set runs on that greenlet's stack, and the
    // frame lies in the pinned future, which outlives what runs on the stack (a future that is
    // forgotten leaks both). That of a job lies below the job on the same stack. It is only shared:
    // what changes in it are cells.
    f(unsafe { current.as_ref() })
}

/// Runs `f` where the books about greenlets are kept: on the thread of the task.
#[cfg(aludel_threads)]
pub(crate) fn on_task_thread<R>(f: impl FnOnce() -> R) -> R {
    with_current(|frame| match frame {
        Some(frame) if frame.seat.is_none() => on_host(frame.yielder(), f),
        _ => f(),
    })
}

/// The guard region of the stack in use, for the signal handler.
pub(crate) fn running_guard() -> Option<(usize, usize)> {
    let running = HERE.try_with(|here| here.running.get()).ok()?;
    // SAFETY: as in `with_current`; a plain load, so it is safe in a signal handler.
    unsafe { running.as_ref() }.map(|frame| frame.guard.get())
}

/// Puts back what was current, on return and on unwinding.
struct Restore {
    current: *const Frame,
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        set_current(self.current);
    }
}

/// A greenlet that runs: puts back what ran before it.
struct Entered<'f> {
    frame: &'f Frame,
    current: *const Frame,
    running: *const Frame,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        HERE.with(|here| {
            here.current.set(self.current);
            here.running.set(self.running);
        });
        self.frame.context.set(ptr::null_mut());
    }
}

/// Runs `f` as code that is in no greenlet: there `await_` answers `MissingGreenlet`.
#[inline]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    let current = set_current(ptr::null());
    let _restore = Restore { current };
    f()
}

impl Frame {
    pub(crate) const fn new() -> Self {
        Self {
            seat: None,
            yielder: Cell::new(ptr::null()),
            context: Cell::new(ptr::null_mut()),
            guard: Cell::new((0, 0)),
            host_span: Cell::new(None),
            cancelled: Cell::new(false),
            host_panics: Cell::new(false),
            awaited: Cell::new(false),
            callbacks: Cell::new(0),
            refusals: Cell::new(0),
        }
    }

    /// For a job that runs on the calling thread as it is.
    #[cfg(feature = "host")]
    pub(crate) fn on_thread(seat: Arc<Seat>) -> Self {
        Self { seat: Some(seat), ..Self::new() }
    }

    /// Where a job of a worker waits.
    #[inline]
    pub(crate) fn seat(&self) -> Option<&Arc<Seat>> {
        self.seat.as_ref()
    }

    pub(crate) fn set_guard(&self, guard: (usize, usize)) {
        self.guard.set(guard);
    }

    /// Called first thing on the greenlet's stack.
    #[inline]
    pub(crate) fn set_yielder(&self, yielder: &Yielder) {
        self.yielder.set(yielder);
        #[cfg(aludel_threads)]
        HERE.with(|here| here.current.set(self));
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.set(true);
        self.host_panics.set(thread::panicking());
    }

    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.get() || self.seat.as_ref().is_some_and(|seat| seat.is_cancelled())
    }

    /// Whether the greenlet asked to wait, be it granted or not.
    pub(crate) fn awaited(&self) -> bool {
        self.awaited.get()
    }

    /// Runs `resume`, which switches to the greenlet of this frame, with the frame current.
    #[inline]
    pub(crate) fn enter<R>(
        &self,
        context: Option<&mut Context<'_>>,
        resume: impl FnOnce() -> R,
    ) -> R {
        if spans::listening() {
            self.host_span.set(spans::current());
        }
        let context = context.map_or(ptr::null_mut(), |context| ptr::from_mut(context).cast());
        self.context.set(context);
        let (current, running) =
            HERE.with(|here| (here.current.replace(self), here.running.replace(self)));
        let _left = Entered { frame: self, current, running };
        resume()
    }

    /// Polls a future on the greenlet's stack, in the context of the task that hosts it.
    #[inline]
    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        let context = self.context.get();
        assert!(!context.is_null(), "a cancelled greenlet polls nothing");
        let poll = || {
            // SAFETY: `enter` set the pointer from the exclusive reference of the poll that is under
            // way below this stack, and clears it before that poll returns. Nothing else uses it
            // meanwhile: code that is polled here runs with no greenlet current. The lifetime is
            // shortened to this call.
            future.poll(unsafe { &mut *context.cast() })
        };
        // A job's thread is its host.
        if self.seat.is_some() { outside(poll) } else { on_host(self.yielder(), || outside(poll)) }
    }

    /// The way to the host, in a greenlet.
    #[inline]
    fn yielder(&self) -> &Yielder {
        // SAFETY: `set_yielder` was called with the yielder at the base of the stack that this code
        // runs on, where it stays for as long as the greenlet has not returned.
        unsafe { &*self.yielder.get() }
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
    #[inline]
    pub(crate) fn suspend(&self) {
        if let Some(seat) = &self.seat {
            return seat.wait();
        }
        let left = if spans::listening() { self.leave_spans() } else { None };
        self.yielder().suspend(());
        if let Some(left) = left {
            // A subscriber is code of the user's, but not of the greenlet's.
            outside(|| left.enter());
        }
    }

    #[cold]
    fn leave_spans(&self) -> Option<spans::Left> {
        let host = self.host_span.take();
        outside(|| spans::leave(host.as_ref()))
    }

    /// Whether the greenlet may wait now.
    #[inline]
    pub(crate) fn admit(&self) -> Result<(), Error> {
        self.awaited.set(true);
        if self.is_cancelled() {
            return Err(self.refuse());
        }
        if thread::panicking() {
            return Err(Error::Panicking);
        }
        Ok(())
    }

    /// The answer to a cancelled greenlet that wants to wait. After [`PATIENCE`] answers it is
    /// unwound, and when it has caught that [`UNWINDS`] times it never runs again.
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
        if refusals <= PATIENCE {
            return Error::Cancelled;
        }
        // A second panic could meet a destructor that runs because of the first, which would abort
        // the process: while the host panics the greenlet is not unwound but lost at once.
        let unwind = cfg!(panic = "unwind") && !self.host_panics.get();
        if unwind && (refusals <= PATIENCE + UNWINDS || self.seat.is_some()) {
            if refusals == PATIENCE + UNWINDS + 1 {
                clings();
            }
            resume_unwind(Box::new(Unwind));
        }
        if self.seat.is_some() {
            return Error::Cancelled;
        }
        loop {
            // The host takes a suspension in this state as the end, and leaks the stack.
            self.suspend();
        }
    }

    /// Opens or closes a scope in which a refusal never unwinds.
    pub(crate) fn count_callback(&self, open: bool) {
        let callbacks = self.callbacks.get();
        self.callbacks.set(if open { callbacks + 1 } else { callbacks.saturating_sub(1) });
    }
}
