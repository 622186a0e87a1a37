//! The greenlets and the job that run on this thread, and which of them the calling code is.
//!
//! A thread keeps a list of its frames: one for each greenlet whose poll has begun and has not
//! returned, and one for its job. Code is in the greenlet on whose stack it runs, and the stack pointer
//! says which one that is. No other sign would do. A coroutine of another library can be set aside in
//! the middle of anything that a greenlet does, and can go on in another greenlet, in none, or when the
//! greenlet has ended, and this library does not notice. A pointer to "the current greenlet", saved and put back
//! by such code, would be put back at a time when that greenlet is gone. Code on a stack that belongs
//! to no greenlet is in none.
//!
//! The list holds pointers to pinned frames, hence `unsafe`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr;
use std::task::Context;

use crate::bounds::{Bounds, stack_pointer};
use crate::frame::Frame;

thread_local! {
    /// The frame that was entered last, the first of the list. Constant and without destructor, so
    /// that it can be used at any time in the life of a thread.
    static ENTERED: Cell<*const Frame> = const { Cell::new(ptr::null()) };
}

/// The first frame in the list of this thread. A coroutine of `may` is on another thread after a wait,
/// so that its code must not go on with an address of before: this is not inlined then.
#[cfg_attr(not(feature = "may"), inline)]
#[cfg_attr(feature = "may", inline(never))]
fn first() -> *const Frame {
    ENTERED.get()
}

#[cfg_attr(not(feature = "may"), inline)]
#[cfg_attr(feature = "may", inline(never))]
fn set_first(frame: *const Frame) {
    ENTERED.set(frame);
}

/// Whether a greenlet or a job runs on this thread, whatever stack the calling code is on.
#[cfg(feature = "may")]
pub(crate) fn is_any() -> bool {
    !first().is_null()
}

/// The frame on whose stack the calling code runs, or null.
#[inline]
fn on_this_stack() -> *const Frame {
    let first = first();
    // SAFETY: `first` is in the list of this thread. A frame enters the list pinned, and leaves it when
    // its poll returns (`Entered::drop`) or, if it never does, when its greenlet is dropped
    // (`remove`). So whatever is in the list is alive. It is only shared: what changes in it are cells.
    match unsafe { first.as_ref() } {
        None => first,
        Some(frame) if frame.bounds().contain(stack_pointer()) => first,
        Some(frame) => behind(frame),
    }
}

/// Whether the calling code runs on the stack of no greenlet and no job.
#[inline]
pub(crate) fn is_on_no_frame() -> bool {
    on_this_stack().is_null()
}

/// As [`on_this_stack`], for this frame and those that were entered before it.
#[cold]
fn behind(frame: &Frame) -> *const Frame {
    let here = stack_pointer();
    let mut next: *const Frame = frame;
    // SAFETY: as in `on_this_stack`.
    while let Some(frame) = unsafe { next.as_ref() } {
        if frame.bounds().contain(here) {
            return next;
        }
        next = frame.next.get();
    }
    ptr::null()
}

/// The frame of the greenlet or job whose synchronous code calls, if there is one.
///
/// For code that suspends, which must not be called back by [`with_current`]: when it goes on, the
/// processor predicts the return from a function around the switch of stacks wrongly, which costs ten
/// times the switch. So this is inlined, always.
///
/// # Safety
///
/// The reference is used by the function that calls this, and by those that it calls, and is not kept
/// anywhere else.
#[inline(always)]
pub(crate) unsafe fn current<'f>() -> Option<&'f Frame> {
    // SAFETY: the frame is alive (see `on_this_stack`), and stays so while the caller's code runs, which
    // is on its stack. As long as that has not returned, neither has the greenlet. A greenlet is freed
    // when it has returned, or it is leaked together with its stack (`Greenlet::drop`), and then this
    // code never goes on. The frame of a job lies below the job on the same stack.
    match unsafe { first().as_ref() } {
        None => None,
        Some(frame) if frame.bounds().contain(stack_pointer()) && !frame.is_in_async() => {
            Some(frame)
        }
        // SAFETY: as above.
        Some(frame) => unsafe { behind(frame).as_ref() }.filter(|frame| !frame.is_in_async()),
    }
}

/// Runs `f` with the frame of the greenlet or job whose synchronous code calls, if there is one.
#[inline]
pub(crate) fn with_current<R>(f: impl FnOnce(Option<&Frame>) -> R) -> R {
    // SAFETY: the lifetime is that of the call of `f`, which cannot keep the reference.
    f(unsafe { current() })
}

/// Runs `f` as code that is in no greenlet: there `await_` answers `MissingGreenlet`.
#[inline]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    let frame = on_this_stack();
    // SAFETY: as in `current`.
    match unsafe { frame.as_ref() } {
        Some(frame) => frame.outside(f),
        None => f(),
    }
}

/// The stack that the calling code runs on, if it is a greenlet's.
pub(crate) fn greenlet_stack() -> Option<Bounds> {
    let frame = on_this_stack();
    // SAFETY: as in `on_this_stack`.
    let frame = unsafe { frame.as_ref() }?;
    frame.job().is_none().then(|| frame.bounds())
}

/// Runs `f` where the greenlets of a task are counted: on the thread of the task.
#[cfg(aludel_threads)]
pub(crate) fn on_task_thread<R>(f: impl FnOnce() -> R) -> R {
    with_current(|frame| match frame {
        Some(frame) if frame.job().is_none() => crate::backend::on_host(frame.yielder(), f),
        _ => f(),
    })
}

/// Notes on the thread that a greenlet has for itself that it is the greenlet's.
#[cfg(aludel_threads)]
pub(crate) fn own_thread(frame: &Frame) {
    set_first(frame);
}

/// Runs `resume`, which switches to the greenlet of this frame, with the frame in the list.
///
/// The frame is pinned, and is not in the list already.
#[inline]
pub(crate) fn enter<R>(
    frame: &Frame,
    context: Option<&mut Context<'_>>,
    resume: impl FnOnce() -> R,
) -> R {
    debug_assert!(!frame.entered.get(), "a frame is in the list once");
    frame.begin(context);
    frame.entered.set(true);
    frame.next.set(first());
    set_first(frame);
    let _entered = Entered { frame };
    resume()
}

/// A frame in the list. It takes itself out, wherever it is by then: what was entered before need not
/// be what leaves next.
struct Entered<'f> {
    frame: &'f Frame,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        remove(self.frame);
        self.frame.end();
    }
}

/// Takes a frame out of the list.
#[inline]
pub(crate) fn remove(frame: &Frame) {
    frame.entered.set(false);
    let first = first();
    if ptr::eq(first, frame) {
        set_first(frame.next.get());
    } else {
        remove_behind(first, frame);
    }
}

#[cold]
fn remove_behind(mut at: *const Frame, frame: &Frame) {
    // SAFETY: as in `on_this_stack`.
    while let Some(before) = unsafe { at.as_ref() } {
        at = before.next.get();
        if ptr::eq(at, frame) {
            before.next.set(frame.next.get());
            return;
        }
    }
}

/// The list of one thread, for its signal handler, which must not touch a thread-local: the first touch
/// may allocate.
#[derive(Clone, Copy)]
pub(crate) struct List(*const Cell<*const Frame>);

impl List {
    /// The list of the calling thread.
    pub(crate) fn of_thread() -> Self {
        Self(ENTERED.with(ptr::from_ref))
    }

    pub(crate) fn as_ptr(self) -> *const libc::c_void {
        self.0.cast()
    }

    /// What `as_ptr` gave.
    pub(crate) fn from_ptr(list: *const libc::c_void) -> Self {
        Self(list.cast())
    }

    /// The size of the greenlet's stack whose guard region holds the address.
    ///
    /// # Safety
    ///
    /// The list is that of the calling thread, and the address is one that the thread has just failed
    /// to access. So it is not in the middle of a change to the list.
    pub(crate) unsafe fn overflowed(self, address: usize) -> Option<usize> {
        // SAFETY: the thread-local is alive as long as its thread, which calls; the frames are alive as
        // in `on_this_stack`. There are only plain loads here.
        unsafe {
            let mut next = self.0.as_ref()?.get();
            while let Some(frame) = next.as_ref() {
                if frame.guards(address) {
                    return Some(frame.bounds().size);
                }
                next = frame.next.get();
            }
        }
        None
    }
}
