//! Scopes in which nothing may wait, because something that belongs to the thread is set in them.

use std::cell::Cell;

#[cfg(feature = "may")]
use crate::coroutine::PinnedToThread;
use crate::running::with_current;

thread_local! {
    /// How many `without_suspending` scopes are open outside greenlets and jobs.
    static FORBIDDEN: Cell<u32> = const { Cell::new(0) };
}

/// Runs `f`, in which every wait is an error: [`Error::SuspendForbidden`](crate::Error::SuspendForbidden).
///
/// While a greenlet waits, other code runs on its thread. Between the two ends of a scope that sets
/// something for the *thread*, that can be wrong, and with scoped thread-locals, such as those of the
/// crate `scoped-tls`, it is memory unsafe: see the
/// [crate documentation](crate#what-must-not-be-held-across-a-wait). Inside `without_suspending` such a
/// scope is safe by construction, whatever it calls:
///
/// - [`await_`](crate::await_), [`yield_now`](crate::yield_now), [`sleep`](crate::sleep) and the
///   functions of [`sync`](crate::sync) that answer a `Result` answer the error, at once and always,
///   also if there would have been nothing to wait for. The future is dropped unpolled.
/// - [`sync::park_on`](crate::sync::park_on) blocks the thread, in a coroutine of `may` too.
///
/// It is the same everywhere: in greenlets, in jobs of a [`Worker`](crate::Worker), in coroutines of
/// `may` and on plain threads. A cancelled greenlet is answered
/// [`Error::Cancelled`](crate::Error::Cancelled), which is an error as well. Scopes nest, and a panic
/// ends them. A greenlet that is spawned *and polled* inside waits as ever, because it cannot suspend the
/// code that polls it. What other libraries suspend by themselves is out of reach.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, greenlet_spawn, without_suspending, yield_now};
///
/// # futures::executor::block_on(async {
/// greenlet_spawn(|| {
///     let inside = without_suspending(yield_now);
///     assert!(matches!(inside, Err(Error::SuspendForbidden)));
///     yield_now()
/// }).await
/// # }).unwrap();
/// ```
pub fn without_suspending<R>(f: impl FnOnce() -> R) -> R {
    with_current(|frame| {
        let _scope = match frame {
            Some(frame) => Scope::Frame { _scope: frame.forbid_suspending() },
            None => Scope::thread(),
        };
        f()
    })
}

/// Whether waits are forbidden to code that is in no greenlet and no job.
#[cfg_attr(not(feature = "may"), inline)]
#[cfg_attr(feature = "may", inline(never))]
pub(crate) fn is_forbidden_on_thread() -> bool {
    FORBIDDEN.get() > 0
}

/// An open scope.
enum Scope<'f> {
    Frame {
        _scope: crate::frame::Scope<'f>,
    },
    Thread {
        _scope: ThreadScope,
        #[cfg(feature = "may")]
        _pinned: PinnedToThread,
    },
}

impl Scope<'_> {
    fn thread() -> Self {
        Self::Thread {
            _scope: ThreadScope::open(),
            #[cfg(feature = "may")]
            _pinned: PinnedToThread::new(),
        }
    }
}

struct ThreadScope(());

impl ThreadScope {
    #[inline(never)]
    fn open() -> Self {
        FORBIDDEN.set(FORBIDDEN.get().saturating_add(1));
        Self(())
    }
}

impl Drop for ThreadScope {
    #[inline(never)]
    fn drop(&mut self) {
        FORBIDDEN.set(FORBIDDEN.get().saturating_sub(1));
    }
}
