//! The future that runs synchronous code on a stack of its own.
//!
//! Pins a frame that the other stack points to, hence `unsafe`.
#![allow(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use crate::backend::{self, CoroutineResult};
use crate::ending::{Reason, discard, report_abandoned};
use crate::frame::Frame;
use crate::stack::Stack;
use crate::{Error, Options, running, stack_pool};

type Body<T, E> = backend::Body<thread::Result<Result<T, E>>>;

/// The largest closure that is laid on the stack as it is. corosensei refuses more than 1 KiB, and
/// the pointer to the frame goes along.
const SMALL: usize = 512;

/// Runs `f` on a stack of its own, where [`await_`](crate::await_) can wait for futures.
///
/// The stack is taken from a pool of this thread when the future is first polled. `f` runs inside
/// `poll`, on the thread of the task that polls, and a function that never waits completes at the
/// first poll. `f` owns what it uses: a future can be forgotten, and what `f` borrowed could then end
/// while its stack still refers to it.
///
/// Dropping the future cancels: see the [crate documentation](crate#cancellation).
///
/// # Errors
///
/// What `f` returns, or [`Error::Stack`] when no stack could be allocated.
///
/// # Panics
///
/// A panic of `f` is raised again at the task that awaits. Polling after completion panics, and so does
/// polling while an earlier poll has not returned, because a coroutine of another library, in which it
/// took place, was suspended and leaked.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, await_, greenlet_spawn};
///
/// async fn fetch(n: u32) -> u32 { n * 10 }
///
/// fn add() -> Result<u32, Error> {
///     let a = await_(fetch(1))?;
///     Ok(a + await_(fetch(2))?)
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(greenlet_spawn(add).await?, 30);
/// # Ok::<_, Error>(())
/// # }).unwrap();
/// ```
#[inline]
pub fn greenlet_spawn<F, T, E>(f: F) -> Greenlet<F, T, E>
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: From<Error> + 'static,
{
    greenlet_spawn_with(Options::new(), f)
}

/// As [`greenlet_spawn`], with [`Options`].
///
/// # Errors
///
/// Those of [`greenlet_spawn`], and [`Error::AwaitRequired`] if that was asked for.
///
/// # Panics
///
/// As [`greenlet_spawn`].
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, Options, greenlet_spawn_with};
///
/// # futures::executor::block_on(async {
/// let strict = Options::new().require_await(true);
/// let result = greenlet_spawn_with(strict, || Ok::<_, Error>(1)).await;
/// assert!(matches!(result, Err(Error::AwaitRequired)));
/// # });
/// ```
#[inline]
pub fn greenlet_spawn_with<F, T, E>(options: Options, f: F) -> Greenlet<F, T, E>
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: From<Error> + 'static,
{
    Greenlet { state: State::Unstarted(f), frame: Frame::new(), options, _pinned: PhantomPinned }
}

/// The future of [`greenlet_spawn`].
///
/// It stays on the thread that polled it first, so it is neither `Send` nor `Unpin`.
#[must_use = "a greenlet does nothing unless it is awaited"]
pub struct Greenlet<F, T, E> {
    state: State<F, T, E>,
    /// The greenlet's stack points here from the first poll on.
    frame: Frame,
    options: Options,
    _pinned: PhantomPinned,
}

/// What a greenlet would have to be to change threads. Nothing implements it; without it, the compiler
/// would name each field for which a greenlet is not `Send`, one error for each.
#[diagnostic::on_unimplemented(
    message = "a greenlet cannot be sent between threads: it stays on the thread that polled it first",
    label = "this future contains a greenlet",
    note = "a runtime that moves tasks between threads, as `tokio::spawn` does, cannot run it",
    note = "in Aludel, greenlets run in the caller's task under the strategy `Local`: await the \
            future in place, give it to `spawn_local` or `block_on`, or use an engine of the strategy \
            `Hosted` or `Threaded`, whose futures are `Send`"
)]
trait ChangesThreads {}

// SAFETY: `ChangesThreads` is private and has no implementation, so a greenlet is never `Send`.
unsafe impl<F: ChangesThreads, T, E> Send for Greenlet<F, T, E> {}

enum State<F, T, E> {
    Unstarted(F),
    Suspended(Body<T, E>),
    Done,
}

impl<F, T, E> Future for Greenlet<F, T, E>
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: From<Error> + 'static,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of `frame`, which the greenlet's stack points to; what is
        // moved out of `state` has not been shared (the closure) or is not pinned (the coroutine).
        // The stack may hold references to the frame meanwhile. That `this` claims no sole access to it
        // rests on how rustc treats a `&mut` to a type that is not `Unpin`: until `UnsafePinned` of RFC
        // 3467 is stable, it gives such a reference no `noalias`. All that is done to the frame is done
        // by cells.
        let this = unsafe { self.get_unchecked_mut() };
        if let State::Unstarted(_) = this.state
            && let Err(error) = this.start()
        {
            return Poll::Ready(Err(Error::Stack(error).into()));
        }
        let State::Suspended(body) = &mut this.state else { polled_after_completion() };
        if this.frame.entered.get() {
            polled_while_polled();
        }
        match running::enter(&this.frame, Some(context), || body.resume(())) {
            CoroutineResult::Yield(()) => Poll::Pending,
            CoroutineResult::Return(outcome) => Poll::Ready(this.finish(outcome)),
        }
    }
}

#[cold]
fn polled_after_completion() -> ! {
    panic!("a greenlet was polled after it had completed")
}

#[cold]
fn polled_while_polled() -> ! {
    panic!(
        "a greenlet was polled while an earlier poll had not returned, because the coroutine of \
         another library in which it took place was suspended; let that coroutine go on first"
    )
}

impl<F, T, E> Greenlet<F, T, E>
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: From<Error> + 'static,
{
    /// Takes a stack and lays the closure on it.
    #[inline]
    fn start(&mut self) -> io::Result<()> {
        let State::Unstarted(f) = mem::replace(&mut self.state, State::Done) else {
            return Ok(());
        };
        let stack = stack_pool::take()?;
        #[cfg(not(aludel_threads))]
        self.frame.set_bounds(stack.bounds());
        #[cfg(aludel_threads)]
        self.frame.set_bounds(crate::bounds::Bounds::ALL);
        let frame: *const Frame = &raw const self.frame;
        let body = if const { size_of::<F>() <= SMALL && align_of::<F>() <= 16 } {
            body(stack, frame, f)?
        } else {
            body(stack, frame, Box::new(f))?
        };
        self.state = State::Suspended(body);
        Ok(())
    }

    #[inline]
    fn finish(&mut self, outcome: thread::Result<Result<T, E>>) -> Result<T, E> {
        self.recycle();
        match outcome {
            Ok(Ok(_)) if self.options.require_await && !self.frame.awaited() => {
                Err(Error::AwaitRequired.into())
            }
            Ok(result) => result,
            Err(payload) => resume_unwind(payload),
        }
    }
}

/// The coroutine that runs `f` as the greenlet of `frame`.
#[inline]
fn body<F, T, E>(stack: Stack, frame: *const Frame, f: F) -> io::Result<Body<T, E>>
where
    F: FnOnce() -> Result<T, E> + 'static,
    T: 'static,
    E: 'static,
{
    backend::begin(stack, move |yielder: &_| {
        // SAFETY: the frame lies in the pinned future whose `poll` and `cancel` alone resume this
        // coroutine. Pin's drop guarantee says that its memory is not used for anything else before
        // its destructor has run, also if the future is forgotten, and the destructor runs this code
        // to its end or leaks it.
        let frame = unsafe { &*frame };
        frame.set_yielder(yielder);
        #[cfg(aludel_threads)]
        running::own_thread(frame);
        catch_unwind(AssertUnwindSafe(f))
    })
}

impl<F, T, E> Greenlet<F, T, E> {
    /// Gives the stack of the ended coroutine back to the pool.
    #[inline]
    fn recycle(&mut self) {
        if let State::Suspended(body) = mem::replace(&mut self.state, State::Done) {
            stack_pool::give(body.into_stack());
        }
    }

    /// Ends a suspended greenlet: it runs on, is refused every wait, and so leaves by itself.
    #[cold]
    fn cancel(&mut self) {
        if self.frame.entered.get() {
            // The stack in the middle of the poll was leaked, so this one never goes on either: the
            // coroutine counts as running, and cannot be resumed.
            running::remove(&self.frame);
            return self.abandon(Reason::PollNeverReturned);
        }
        if stack_pool::thread_ends() {
            // A reference that `LocalKey::with` lent to the greenlet may dangle by now, so that no
            // code of it may run again, destructors included.
            return self.abandon(Reason::ThreadEnds);
        }
        self.frame.cancel();
        let State::Suspended(body) = &mut self.state else { return };
        match running::enter(&self.frame, None, || body.resume(())) {
            CoroutineResult::Return(outcome) => {
                self.recycle();
                discard(outcome);
            }
            CoroutineResult::Yield(()) => self.abandon(Reason::IgnoresCancel),
        }
    }

    /// Leaks the stack with all that lies on it: the greenlet never runs again.
    #[cold]
    fn abandon(&mut self, reason: Reason) {
        mem::forget(mem::replace(&mut self.state, State::Done));
        stack_pool::count_abandoned();
        report_abandoned(reason, self.options.on_abandon.take());
    }
}

impl<F, T, E> Drop for Greenlet<F, T, E> {
    #[inline]
    fn drop(&mut self) {
        if let State::Suspended(_) = self.state {
            self.cancel();
        }
    }
}

impl<F, T, E> fmt::Debug for Greenlet<F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Unstarted(_) => "unstarted",
            State::Suspended(_) => "suspended",
            State::Done => "done",
        };
        f.debug_struct("Greenlet").field("state", &state).finish_non_exhaustive()
    }
}
