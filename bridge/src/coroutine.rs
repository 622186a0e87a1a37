//! Coroutines of `may`, whose waits must not block the worker thread that many of them share.
//!
//! `may` is a scheduler with threads of its own, between which its coroutines move whenever they wait.
//! So it is no place for greenlets, but programs written for it are blocking programs, and every
//! wait of the bridge outside greenlets parks their coroutine instead of the thread.

#[cfg(feature = "may")]
use std::cell::Cell;
#[cfg(feature = "may")]
use std::thread;

#[cfg(feature = "may")]
use crate::frame::on_a_frame;

#[cfg(feature = "may")]
thread_local! {
    /// How many `in_callback` scopes are open in the coroutine that this thread runs. It cannot
    /// leave the thread meanwhile.
    static CALLBACKS: Cell<u32> = const { Cell::new(0) };
}

/// Whether a wait here parks a coroutine of `may`. Always `false` without the feature `may`.
///
/// It says no where a coroutine must stay on its thread and blocks it instead: on the stack of a
/// greenlet, inside [`in_callback`](crate::in_callback), and while it unwinds.
///
/// ```
/// assert!(!aludel_bridge::in_coroutine());
/// ```
#[must_use]
#[cfg_attr(feature = "may", inline(never))]
pub fn in_coroutine() -> bool {
    #[cfg(feature = "may")]
    {
        may::coroutine::is_coroutine()
            && !on_a_frame()
            && CALLBACKS.get() == 0
            && !thread::panicking()
    }
    #[cfg(not(feature = "may"))]
    false
}

/// Until it is dropped, the coroutine stays on its thread.
#[cfg(feature = "may")]
pub(crate) struct Stays(());

#[cfg(feature = "may")]
impl Stays {
    #[inline(never)]
    pub(crate) fn here() -> Self {
        CALLBACKS.set(CALLBACKS.get() + 1);
        Self(())
    }
}

#[cfg(feature = "may")]
impl Drop for Stays {
    #[inline(never)]
    fn drop(&mut self) {
        CALLBACKS.set(CALLBACKS.get().saturating_sub(1));
    }
}
