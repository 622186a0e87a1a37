//! A thread of the library's own on which greenlets run, for callers on any executor.

mod cell;
mod mailbox;
#[cfg(all(test, aludel_loom))]
mod model;
mod task;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::LocalSet;

use self::mailbox::{Found, Mailbox, Receiver};
pub use self::task::HostedTask;
pub(crate) use self::task::{Queued, pair};
use crate::Error;

/// A thread that runs greenlets on a current-thread tokio runtime, with I/O and timers.
///
/// A greenlet cannot change threads, so its own future is not `Send`. A host takes a closure that
/// is, makes the greenlet over there, and gives back a future that is `Send` and runs on any
/// executor. What the greenlet waits for is driven by the host's runtime: sockets opened there stay
/// there, and inside one closure there is no hop between threads. The greenlet runs in the span of `tracing`
/// in which [`spawn`](Self::spawn) was called, and with the subscriber of that moment.
///
/// A `Host` is a handle; clones share the thread. When the last one is dropped, the greenlets that
/// still run are cancelled, the futures of their callers answer [`Error::HostGone`], and the thread
/// ends. Futures that were spawned on its runtime, such as one that cleans up after a cancelled
/// greenlet, may go on for five seconds before. The drop waits for nothing of this, so it may happen
/// inside async code and on the host itself.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, Host, await_};
/// use std::time::Duration;
///
/// let host = Host::new()?;
/// let answer = host.spawn(|| {
///     await_(async { tokio::time::sleep(Duration::from_millis(1)).await })?;
///     Ok::<_, Error>(42)
/// });
/// assert_eq!(futures::executor::block_on(answer)?, 42);
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

/// How long tasks may go on after the last handle was dropped, and how often to check.
const GRACE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(5);

struct Shared {
    jobs: Arc<Mailbox<Queued>>,
    handle: Handle,
}

impl Host {
    /// Starts a host thread.
    ///
    /// # Errors
    ///
    /// [`Error::HostStart`] if the system gives no thread or no file descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = aludel_bridge::Host::new()?;
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    pub fn new() -> Result<Self, Error> {
        Self::with_name("aludel-host")
    }

    /// Starts a host thread whose name appears in panic messages and debuggers.
    ///
    /// # Errors
    ///
    /// As [`Host::new`], and if the name contains a NUL.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = aludel_bridge::Host::with_name("orders")?;
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    pub fn with_name(name: &str) -> Result<Self, Error> {
        check_name(name)?;
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(Error::HostStart)?;
        let handle = runtime.handle().clone();
        let jobs = Arc::new(Mailbox::new());
        let queue = Receiver(Arc::clone(&jobs));
        let runtime = Owned(Some(runtime));
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.serve(queue))
            .map_err(Error::HostStart)?;
        Ok(Self { shared: Arc::new(Shared { jobs, handle }) })
    }

    /// Runs `f` in a greenlet on the host thread, beginning now: the future only waits for it.
    ///
    /// Dropping the future requests cancellation. It takes place on the host, where the greenlet is
    /// dropped, or before it has begun, where `f` is dropped.
    ///
    /// # Errors
    ///
    /// What `f` returns, [`Error::Stack`] if no stack could be allocated, and [`Error::HostGone`]
    /// if the host ended first.
    ///
    /// # Panics
    ///
    /// A panic of `f` is raised again at the task that awaits. Polling after completion panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel_bridge::{Error, Host, in_greenlet};
    ///
    /// let host = Host::new()?;
    /// let task = host.spawn(|| Ok::<_, Error>(in_greenlet()));
    /// assert!(futures::executor::block_on(task)?);
    /// # Ok::<_, Error>(())
    /// ```
    pub fn spawn<F, T, E>(&self, f: F) -> HostedTask<T, E>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, task) = pair(f);
        // A job that cannot be sent is dropped, and its task then answers `HostGone`.
        let _ = self.shared.jobs.send(job);
        task
    }

    /// The runtime of the host thread, to spawn futures or to open sockets there.
    ///
    /// The handle does not keep the host alive.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = aludel_bridge::Host::new()?;
    /// let task = host.handle().spawn(async { 1 });
    /// # drop(task);
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.shared.handle.clone()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.jobs.no_sender();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("runtime", &self.shared.handle.id()).finish()
    }
}

/// The name of a thread that is to be started.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    if name.contains('\0') {
        let reason = "the name of the thread contains a NUL";
        return Err(Error::HostStart(std::io::Error::other(reason)));
    }
    Ok(())
}

/// The runtime of a host. It is shut down without waiting for what was given to `spawn_blocking`;
/// a plain drop would wait, and panics inside async code, where a host that got no thread is dropped.
struct Owned(Option<Runtime>);

impl Owned {
    /// Runs greenlets until the last handle is gone.
    fn serve(self, queue: Receiver<Queued>) {
        let Some(runtime) = &self.0 else { return };
        let (local, mut jobs) = (LocalSet::new(), Vec::new());
        {
            // Jobs start within the set, which then needs no waking.
            let starts = poll_fn(|_| {
                queue.take(&mut jobs);
                jobs.drain(..).for_each(Queued::start);
                Poll::<()>::Pending
            });
            let mut greenlets = pin!(local.run_until(starts));
            runtime.block_on(poll_fn(|context| turn(greenlets.as_mut(), &queue, context)));
        }
        drop(queue);
        {
            // What still runs is cancelled here, while the runtime can be reached by its destructors.
            let _entered = runtime.enter();
            drop(local);
        }
        // They may have spawned tasks, such as one that cancels a statement on a server.
        let deadline = Instant::now() + GRACE;
        runtime.block_on(async {
            while runtime.metrics().num_alive_tasks() > 0 && Instant::now() < deadline {
                tokio::time::sleep(STEP).await;
            }
        });
    }
}

/// Starts the jobs that have come, polls greenlets, and sleeps if there is nothing else. What is always busy goes
/// through the runtime's loop all the same, which looks at sockets and timers.
fn turn(
    greenlets: Pin<&mut impl Future<Output = ()>>,
    queue: &Receiver<Queued>,
    context: &mut Context<'_>,
) -> Poll<()> {
    // It has no end of its own.
    let _ = greenlets.poll(context);
    match queue.sleep(context.waker()) {
        Found::Nothing => Poll::Pending,
        Found::Jobs => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        Found::End => Poll::Ready(()),
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
