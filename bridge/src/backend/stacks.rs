//! Greenlets on stacks of their own: one thread, which changes stacks.

use std::io;

use corosensei::{Coroutine, CoroutineResult};

use crate::stack::Stack;

/// What suspends, on the greenlet's side.
pub(crate) type Yielder = corosensei::Yielder<(), ()>;

/// The code of a greenlet, suspended or not yet begun.
pub(crate) struct Body<R>(Coroutine<(), (), R, Stack>);

impl<R: 'static> Body<R> {
    #[inline]
    pub(crate) fn new(stack: Stack, f: impl FnOnce(&Yielder) -> R + 'static) -> io::Result<Self> {
        Ok(Self(Coroutine::with_stack(stack, move |yielder: &_, ()| f(yielder))))
    }
}

impl<R> Body<R> {
    /// Runs it until it suspends or returns.
    #[inline]
    pub(crate) fn resume(&mut self) -> CoroutineResult<(), R> {
        self.0.resume(())
    }

    /// The stack of one that has returned.
    #[inline]
    pub(crate) fn into_stack(self) -> Stack {
        self.0.into_stack()
    }
}

/// Runs `f` where the task is polled, which is the same thread.
#[inline]
pub(crate) fn on_host<R>(_: &Yielder, f: impl FnOnce() -> R) -> R {
    f()
}
