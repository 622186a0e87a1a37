//! What can go wrong between a greenlet and the task that hosts it.

use std::io;

/// Why the bridge refused to wait, or could not start.
///
/// Every message names the mistake and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Synchronous code asked to wait for a future, but nothing below it can be suspended.
    #[error(
        "await_() was called outside a greenlet, so there is nothing to suspend; run the calling \
         function by greenlet_spawn(..).await, and await futures directly in code that is async"
    )]
    MissingGreenlet,

    /// The future that waits for this greenlet or job was dropped; it has to end, and cannot wait
    /// any more.
    #[error(
        "this call was cancelled because the future that waits for it was dropped; return this \
         error to the caller, waiting again is refused"
    )]
    Cancelled,

    /// Code inside [`without_suspending`](crate::without_suspending) requested a wait.
    #[error(
        "a wait was requested inside without_suspending(..), which forbids it; wait before or after \
         that scope, and call nothing inside it that waits"
    )]
    SuspendForbidden,

    /// The thread is unwinding from a panic, and an unwinding stack must not be suspended.
    #[error(
        "await_() was called while this thread is unwinding from a panic; clean up in a Drop \
         without waiting, and leave the rest to the owner"
    )]
    Panicking,

    /// The function was to wait at least once, and returned without.
    #[error(
        "the function given to greenlet_spawn returned without one await_(), which its caller \
         required; call the synchronous function directly, or wait for its futures by await_()"
    )]
    AwaitRequired,

    /// The operating system gave no memory for another stack.
    #[error(
        "no stack could be allocated for a greenlet ({0}); run fewer at the same time, lower \
         aludel_bridge::set_stack_size, or raise the memory limit of the process"
    )]
    Stack(#[source] io::Error),

    /// The thread that hosts greenlets, or a worker thread, could not be started.
    #[error(
        "the thread for greenlets or jobs could not be started ({0}); raise the limit on threads \
         or on open files"
    )]
    HostStart(#[source] io::Error),

    /// The host thread ended before the greenlet did.
    #[error(
        "the host of this greenlet was dropped before the greenlet ended; keep a clone of the \
         Host until its tasks have returned"
    )]
    HostGone,
}

impl Error {
    /// Whether the greenlet was cancelled.
    ///
    /// ```
    /// assert!(aludel_bridge::Error::Cancelled.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// Whether synchronous code tried to wait outside a greenlet.
    ///
    /// ```
    /// let error = aludel_bridge::await_(async {}).unwrap_err();
    /// assert!(error.is_missing_greenlet());
    /// ```
    #[must_use]
    pub fn is_missing_greenlet(&self) -> bool {
        matches!(self, Self::MissingGreenlet)
    }
}
