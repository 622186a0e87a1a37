//! Greenlets on stacks of their own: one thread, which changes stacks.

use std::io;

use corosensei::Coroutine;

use crate::stack::Stack;

/// What suspends, on the greenlet's side.
pub(crate) type Yielder = corosensei::Yielder<(), ()>;

/// The code of a greenlet, suspended or not yet begun.
pub(crate) type Body<R> = Coroutine<(), (), R, Stack>;

/// Lays the code on its stack.
#[inline]
pub(crate) fn begin<R: 'static>(
    stack: Stack,
    f: impl FnOnce(&Yielder) -> R + 'static,
) -> io::Result<Body<R>> {
    Ok(Coroutine::with_stack(stack, move |yielder: &_, ()| f(yielder)))
}

/// Runs `f` where the task is polled, which is the same thread.
#[inline]
pub(crate) fn on_host<R>(_: &Yielder, f: impl FnOnce() -> R) -> R {
    f()
}
