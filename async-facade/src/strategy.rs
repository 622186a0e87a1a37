//! Where greenlets run.

use std::fmt;
use std::future::Future;

use aludel_bridge::{Greenlet, Host, HostedTask, greenlet_spawn};
use aludel_core::{Error, Result};

/// The code of one call. Boxed, so that no future has the type of a closure in its own: a closure
/// written in an async function has that function's lifetimes in its type, and then the compiler
/// cannot see that the future is `Send`.
pub(crate) type Job<T> = Box<dyn FnOnce() -> Result<T> + Send>;

/// Where the core runs when async code calls it. [`Hosted`] and [`Local`] are all there are.
pub trait Strategy: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// What an engine keeps to reach its greenlets.
    type Host: Clone + fmt::Debug + Send + Sync;

    /// The future of one call of the core.
    type Call<T: Send + 'static>: Future<Output = Result<T>>;

    /// Makes ready for an engine.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or its resources.
    fn host() -> Result<Self::Host>;

    /// Runs synchronous code on a greenlet.
    fn call<T: Send + 'static>(host: &Self::Host, job: Job<T>) -> Self::Call<T>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Hosted {}
    impl Sealed for super::Local {}
}

/// Greenlets run on a thread that the engine owns, and so do its sockets. Futures are `Send` and
/// run under any executor. A call costs one hop to that thread and back, however many statements
/// it runs.
#[derive(Debug, Clone, Copy)]
pub enum Hosted {}

/// Greenlets run inline, in the task that polls, on its own tokio runtime. Futures are not `Send`.
/// Nothing hops; for current-thread runtimes, `LocalSet`, actix-web.
#[derive(Debug, Clone, Copy)]
pub enum Local {}

impl Strategy for Hosted {
    type Host = Host;
    type Call<T: Send + 'static> = HostedTask<T, Error>;

    fn host() -> Result<Host> {
        Ok(Host::new()?)
    }

    fn call<T: Send + 'static>(host: &Host, job: Job<T>) -> HostedTask<T, Error> {
        host.spawn(job)
    }
}

impl Strategy for Local {
    type Host = ();
    type Call<T: Send + 'static> = Greenlet<Job<T>, T, Error>;

    fn host() -> Result<()> {
        Ok(())
    }

    fn call<T: Send + 'static>((): &(), job: Job<T>) -> Greenlet<Job<T>, T, Error> {
        greenlet_spawn(job)
    }
}
