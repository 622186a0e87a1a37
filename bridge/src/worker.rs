//! A thread of the library's own on which synchronous jobs run that may block.

use std::fmt;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::Error;
use crate::bounds::Bounds;
use crate::ending::contain_panic;
use crate::host::{self, HostedTask, Queued, pair};
use crate::job::JobState;
use crate::job_run::run_job;
use crate::spans::Caller;

/// A thread that runs synchronous jobs, one after the other.
///
/// There is no greenlet: a job runs on the thread as it is, may block it, and needs nothing of the
/// bridge. What it can do, though, is what a greenlet can: [`await_`](crate::await_) parks the
/// thread on a future, and [`sleep`](crate::sleep), [`yield_now`](crate::yield_now),
/// [`checkpoint`](crate::checkpoint) and [`sync::wait`](crate::sync::wait) work. The thread has no
/// runtime, so what is awaited must be woken by others. Greenlets that are spawned and awaited
/// inside a job work as on any thread.
///
/// Dropping the future of a job *requests* that it be cancelled. One that has not begun never
/// begins. One that waits, or asks by `checkpoint`, gets [`Error::Cancelled`], now and every
/// later time, and is expected to return; from the hundredth refusal that it ignores on, each
/// refusal unwinds it. One that blocks otherwise is reached by [`on_cancel`](crate::on_cancel) or
/// not at all: a thread cannot be taken away from its code, so code that does not end keeps it.
///
/// A job runs in the span of `tracing` in which it was requested, and with the subscriber of that moment.
///
/// A `Worker` is a handle; clones share the thread. When the last one is dropped the thread ends as
/// soon as its jobs are done. Nothing waits for that, so the drop may happen inside async code and
/// inside a job.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, Worker};
/// use std::time::Duration;
///
/// let worker = Worker::new()?;
/// let answer = worker.spawn(|| {
///     std::thread::sleep(Duration::from_millis(1)); // blocks this thread only
///     Ok::<_, Error>(42)
/// });
/// assert_eq!(futures::executor::block_on(answer)?, 42);
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone)]
pub struct Worker {
    orders: Sender<Order>,
}

enum Order {
    Job(Queued),
    /// A job that cannot be awaited.
    Detached(Box<dyn FnOnce() + Send>, Option<Box<Caller>>),
}

impl Worker {
    /// Starts a worker thread.
    ///
    /// # Errors
    ///
    /// [`Error::HostStart`] if the system gives no thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let worker = aludel_bridge::Worker::new()?;
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    pub fn new() -> Result<Self, Error> {
        Self::with_name("aludel-worker")
    }

    /// Starts a worker thread whose name appears in panic messages and debuggers.
    ///
    /// # Errors
    ///
    /// As [`Worker::new`], and if the name contains a NUL.
    ///
    /// # Examples
    ///
    /// ```
    /// let worker = aludel_bridge::Worker::with_name("reports")?;
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    pub fn with_name(name: &str) -> Result<Self, Error> {
        host::check_name(name)?;
        let (orders, queue) = unbounded();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || serve(&queue))
            .map_err(Error::HostStart)?;
        Ok(Self { orders })
    }

    /// Runs `f` on the thread after the jobs before it; the future only waits for it.
    ///
    /// Dropping the future requests cancellation.
    ///
    /// # Errors
    ///
    /// What `f` returns.
    ///
    /// # Panics
    ///
    /// A panic of `f` is raised again at the task that awaits, and the worker lives on. Polling
    /// after completion panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel_bridge::{Error, Worker, await_};
    /// use futures::channel::oneshot;
    ///
    /// let worker = Worker::new()?;
    /// let (send, receive) = oneshot::channel();
    /// let task = worker.spawn(move || await_(receive));
    /// send.send(7).unwrap();
    /// assert_eq!(futures::executor::block_on(task)?, Ok(7));
    /// # Ok::<_, Error>(())
    /// ```
    pub fn spawn<F, T, E>(&self, f: F) -> HostedTask<T, E>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, task) = pair(f);
        self.send(Order::Job(job));
        task
    }

    /// Runs `f` on the thread after the jobs before it. There is no future, so it can be neither awaited
    /// nor cancelled; a panic of `f` is logged.
    ///
    /// ```
    /// use aludel_bridge::{Error, Worker};
    ///
    /// let worker = Worker::new()?;
    /// let (send, receive) = std::sync::mpsc::channel();
    /// worker.run(move || send.send(1).unwrap());
    /// assert_eq!(receive.recv(), Ok(1));
    /// # Ok::<_, Error>(())
    /// ```
    pub fn run(&self, f: impl FnOnce() + Send + 'static) {
        self.send(Order::Detached(Box::new(f), Caller::current()));
    }

    fn send(&self, order: Order) {
        // The thread receives for as long as there is a handle, so sending succeeds.
        let _ = self.orders.send(order);
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("queued", &self.orders.len()).finish_non_exhaustive()
    }
}

/// Runs jobs until the last handle is gone and nothing is queued.
fn serve(queue: &Receiver<Order>) {
    let thread = Bounds::of_thread();
    for order in queue {
        match order {
            Order::Job(job) => job.work(thread),
            Order::Detached(f, caller) => {
                let state = JobState::new();
                let job = || run_job(&state, thread, f);
                Caller::run(caller.as_deref(), || contain_panic("a job of Worker::run", job));
            }
        }
    }
}
