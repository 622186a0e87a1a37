//! Where the core runs.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use aludel_bridge::{Greenlet, HostUse, HostedTask, Hosts, Worker, greenlet_spawn};
use aludel_core::{Engine, Error, Result};
use tokio::runtime;

/// The code of one call. Boxed, so that no future has the type of a closure in its own: a closure
/// written in an async function has that function's lifetimes in its type, and then the compiler
/// cannot see that the future is `Send`.
type Job<T> = Box<dyn FnOnce() -> Result<T> + Send>;

/// The outcome of a call that runs on another thread. Boxed, so that what brings a call there and its
/// outcome back is compiled once, and not for each type that a program's calls give.
type Boxed = Box<dyn Any + Send>;

/// Where the core runs when async code calls it. [`Hosted`], [`Local`] and [`Threaded`] are all
/// there are.
pub trait Strategy: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// Whether the core runs on threads where it may block, and not in greenlets. The engine must then
    /// be one for blocking programs.
    const BLOCKS: bool;

    /// Whether the core runs where its futures are polled, on the runtime of the task.
    const INLINE: bool;

    /// What an engine keeps to reach the places where it and its connections run.
    type Hosts: Clone + fmt::Debug + Send + Sync;

    /// What a connection keeps to reach the place where it runs.
    type Host: Clone + fmt::Debug + Send + Sync;

    /// The future of one call of the core.
    type Call<T: Send + 'static>: Future<Output = Result<T>>;

    /// Prepares the places where an engine and its connections run.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or its resources.
    fn hosts(engine: &Engine) -> Result<Self::Hosts>;

    /// The place where what is called on the engine itself runs, which will take a session of this runtime.
    fn engine_host(hosts: &Self::Hosts, runtime: Option<runtime::Id>) -> Self::Host;

    /// A place for what must not wait behind what is called on the engine.
    ///
    /// # Errors
    ///
    /// As [`hosts`](Self::hosts).
    fn own_host(hosts: &Self::Hosts) -> Result<Self::Host>;

    /// Prepares the place where a connection runs: where its session lives, if it lives on a runtime.
    ///
    /// # Errors
    ///
    /// As [`hosts`](Self::hosts).
    fn connection_host(hosts: &Self::Hosts, runtime: Option<runtime::Id>) -> Result<Self::Host>;

    /// The place for a connection whose session was taken at `host`, and may live elsewhere.
    fn host_of(hosts: &Self::Hosts, host: Self::Host, runtime: Option<runtime::Id>) -> Self::Host {
        let _ = (hosts, runtime);
        host
    }

    /// Runs synchronous code there.
    fn call<T, F>(host: &Self::Host, job: F) -> Self::Call<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static;

    /// Drops what calls have used, without waiting.
    fn release<T: Send + 'static>(host: &Self::Host, object: T) {
        let _ = host;
        drop(object);
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Hosted {}
    impl Sealed for super::Local {}
    impl Sealed for super::Threaded {}
}

/// Greenlets run on threads that the engine owns, and so do its sockets. Futures are `Send` and
/// run under any executor. A call costs one hop to such a thread and back, however many statements
/// it runs.
///
/// There are as many of these threads as connections are in use at the same time, up to
/// [`EngineOptions::host_threads`](aludel_core::EngineOptions::host_threads). A session stays on the thread that made
/// it, and the connection that has it runs there; where no session is idle, a new one is made on the thread with
/// the fewest connections. Code that computes for long, as SQLite's statements do, holds up the other connections
/// of its thread only.
#[derive(Debug, Clone, Copy)]
pub enum Hosted {}

/// Greenlets run inline, in the task that polls, on its own tokio runtime. Futures are not `Send`.
/// Nothing hops; for current-thread runtimes, `LocalSet`, actix-web.
///
/// The session of a server lives on the runtime that made it. An engine that is used on several runtimes
/// lends each its own sessions. Where none of them is free, one of another runtime is closed and a new one
/// made in its place, if the pool has its size already.
#[derive(Debug, Clone, Copy)]
pub enum Local {}

/// No greenlets: each connection has a worker thread, on which all of its life takes place, and the
/// engine has one for what is called on itself. Futures are `Send` and run under any executor; what
/// they wait for may block: any driver, and any code inside `run_sync`.
///
/// A call costs a hop to the worker and back, a connection the start of a thread, which also waits
/// for the pool: as many threads wait as calls of `connect` do. Dropping a future
/// requests the cancellation. Code that waits for the database, sleeps or asks the bridge gets
/// [`Cancelled`](aludel_core::ErrorKind::Cancelled), and a query of SQLite stops. Code that blocks
/// otherwise runs to its end, and the next call on its connection waits for that.
#[derive(Debug, Clone, Copy)]
pub enum Threaded {}

impl Strategy for Hosted {
    const BLOCKS: bool = false;
    const INLINE: bool = false;
    type Hosts = Hosts;
    type Host = HostUse;
    type Call<T: Send + 'static> = Elsewhere<T>;

    fn hosts(engine: &Engine) -> Result<Hosts> {
        Ok(Hosts::new(engine.host_threads())?)
    }

    fn engine_host(hosts: &Hosts, runtime: Option<runtime::Id>) -> HostUse {
        runtime.and_then(|id| hosts.of_runtime(id)).unwrap_or_else(|| hosts.least_used())
    }

    fn own_host(hosts: &Hosts) -> Result<HostUse> {
        Ok(hosts.least_used_of_started())
    }

    fn connection_host(hosts: &Hosts, runtime: Option<runtime::Id>) -> Result<HostUse> {
        Ok(Self::engine_host(hosts, runtime))
    }

    fn host_of(hosts: &Hosts, host: HostUse, runtime: Option<runtime::Id>) -> HostUse {
        match runtime {
            Some(id) if id != host.handle().id() => hosts.of_runtime(id).unwrap_or(host),
            _ => host,
        }
    }

    fn call<T, F>(host: &HostUse, job: F) -> Elsewhere<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        Elsewhere::new(on_host(host, boxed(job)))
    }
}

impl Strategy for Local {
    const BLOCKS: bool = false;
    const INLINE: bool = true;
    type Hosts = ();
    type Host = ();
    type Call<T: Send + 'static> = Greenlet<Job<T>, T, Error>;

    fn hosts(_: &Engine) -> Result<()> {
        Ok(())
    }

    fn engine_host((): &(), _: Option<runtime::Id>) {}

    fn own_host((): &()) -> Result<()> {
        Ok(())
    }

    fn connection_host((): &(), _: Option<runtime::Id>) -> Result<()> {
        Ok(())
    }

    fn call<T, F>((): &(), job: F) -> Greenlet<Job<T>, T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        greenlet_spawn(Box::new(job) as Job<T>)
    }
}

impl Strategy for Threaded {
    const BLOCKS: bool = true;
    const INLINE: bool = false;
    type Hosts = Worker;
    type Host = Worker;
    type Call<T: Send + 'static> = Elsewhere<T>;

    fn hosts(_: &Engine) -> Result<Worker> {
        Ok(Worker::new()?)
    }

    fn engine_host(worker: &Worker, _: Option<runtime::Id>) -> Worker {
        worker.clone()
    }

    fn own_host(_: &Worker) -> Result<Worker> {
        Ok(Worker::new()?)
    }

    fn connection_host(worker: &Worker, _: Option<runtime::Id>) -> Result<Worker> {
        Self::own_host(worker)
    }

    fn call<T, F>(host: &Worker, job: F) -> Elsewhere<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        Elsewhere::new(on_worker(host, boxed(job)))
    }

    /// On the worker: to give a session back may write to its socket, and listeners may run SQL.
    fn release<T: Send + 'static>(host: &Worker, object: T) {
        host.run(move || drop(object));
    }
}

/// The future of a call that runs on another thread.
pub struct Elsewhere<T> {
    task: HostedTask<Boxed, Error>,
    outcome: PhantomData<fn() -> T>,
}

impl<T> Elsewhere<T> {
    fn new(task: HostedTask<Boxed, Error>) -> Self {
        Self { task, outcome: PhantomData }
    }
}

impl<T: 'static> Future for Elsewhere<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        poll_task(&mut self.task, context).map(|outcome| {
            let Ok(outcome) = outcome?.downcast() else {
                unreachable!("the code of a call gives what its future does")
            };
            Ok(*outcome)
        })
    }
}

impl<T> fmt::Debug for Elsewhere<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").finish_non_exhaustive()
    }
}

fn boxed<T: Send + 'static>(job: impl FnOnce() -> Result<T> + Send + 'static) -> Job<Boxed> {
    Box::new(move || Ok(Box::new(job()?)))
}

// Without type parameters, so that these are compiled here.

fn on_host(host: &HostUse, job: Job<Boxed>) -> HostedTask<Boxed, Error> {
    host.spawn(job)
}

fn on_worker(worker: &Worker, job: Job<Boxed>) -> HostedTask<Boxed, Error> {
    worker.spawn(job)
}

fn poll_task(
    task: &mut HostedTask<Boxed, Error>,
    context: &mut Context<'_>,
) -> Poll<Result<Boxed>> {
    Pin::new(task).poll(context)
}
