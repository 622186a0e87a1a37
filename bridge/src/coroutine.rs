//! Coroutines of `may`, whose waits must not block the worker thread that many of them share.
//!
//! `may` is a scheduler with threads of its own, between which its coroutines move whenever they wait.
//! So greenlets cannot live in them. But programs written for it are blocking programs, and every wait
//! of the bridge outside greenlets parks their coroutine instead of the thread.

#[cfg(feature = "may")]
use std::cell::Cell;
#[cfg(feature = "may")]
use std::thread;

#[cfg(feature = "may")]
use crate::running;

#[cfg(feature = "may")]
thread_local! {
    /// How many scopes are open, in the coroutine that this thread runs, in which it must stay on the
    /// thread.
    static PINNED: Cell<u32> = const { Cell::new(0) };
}

/// Whether a wait here parks a coroutine of `may`. Always `false` without the feature `may`.
///
/// Also `false` where a coroutine must stay on its thread and blocks it instead: while it polls a
/// greenlet, inside [`in_callback`](crate::in_callback) and
/// [`without_suspending`](crate::without_suspending), and while it unwinds.
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
            && !running::is_any()
            && PINNED.get() == 0
            && !thread::panicking()
    }
    #[cfg(not(feature = "may"))]
    false
}

/// Until it is dropped, the coroutine stays on its thread.
#[cfg(feature = "may")]
pub(crate) struct PinnedToThread(());

#[cfg(feature = "may")]
impl PinnedToThread {
    #[inline(never)]
    pub(crate) fn new() -> Self {
        PINNED.set(PINNED.get() + 1);
        Self(())
    }
}

#[cfg(feature = "may")]
impl Drop for PinnedToThread {
    #[inline(never)]
    fn drop(&mut self) {
        PINNED.set(PINNED.get().saturating_sub(1));
    }
}
