//! How an adapted connection waits for its async driver: in a greenlet, or on the calling thread.
//!
//! A blocking program gives each connection a small runtime of its own and drives it by the
//! thread that waits, so a statement costs no hop to another thread. Only when others run on that
//! thread as well (it is inside a tokio runtime, where driving a second one panics, or in a greenlet,
//! or runs the coroutines of `may`) does the connection's runtime move to a thread of its own, once
//! and for good; from then on the caller parks.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::call::{Call, InPlace, no_outcome};
use super::{DirectSocket, errors, execution_timed_out};
use crate::error::{Error, ErrorKind, Result};

/// Who drives the I/O of an adapted connection.
#[derive(Debug)]
pub struct Waiter(Kind);

#[derive(Debug)]
enum Kind {
    /// The task that polls the greenlet; the socket lives on its runtime.
    Greenlet,
    /// The thread that waits, and its socket if it can wait without the runtime.
    Caller(Runtime, Option<Direct>),
    /// A thread of the connection's own; dropping the sender ends it.
    Thread { handle: Handle, _stop: oneshot::Sender<()> },
    /// Nobody: the waiter is being moved or dropped.
    Gone,
}

impl Waiter {
    /// For connections that are used in greenlets.
    #[must_use]
    pub fn greenlet() -> Self {
        Self(Kind::Greenlet)
    }

    /// For connections of a blocking program.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operational`] if the system refuses the resources of a runtime.
    pub fn caller() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            let message = format!("the runtime of a connection could not be started ({error}); raise the limit on open files, or \
                 lower pool_size");
            Error::new(ErrorKind::Operational, message).with_source(error)
        })?;
        Ok(Self(Kind::Caller(runtime, None)))
    }

    /// Where the thread that calls waits, it waits for this socket itself when a driver takes the offer.
    pub(super) fn set_direct(&mut self, socket: Option<Arc<DirectSocket>>) {
        if let Kind::Caller(_, direct) = &mut self.0 {
            *direct = socket.map(Direct::of);
        }
    }

    /// Waits for a future.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingGreenlet`] for an async connection outside a greenlet,
    /// [`ErrorKind::Cancelled`] when the task that waits for a greenlet or a job was dropped.
    pub fn wait<F: Future>(&mut self, future: F) -> Result<F::Output> {
        let future = pin!(Some(future));
        let mut call = Call::new(future);
        self.drive(call.in_place())?;
        call.output().ok_or_else(no_outcome)
    }

    /// Waits for a future until a moment; `None` if the moment came first.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_until<F: Future>(
        &mut self,
        future: F,
        deadline: Instant,
    ) -> Result<Option<F::Output>> {
        let future = pin!(Some(future));
        let mut call = Call::new(future);
        let ended = self.drive_until(call.in_place(), deadline)?;
        if ended { call.output().map(Some).ok_or_else(no_outcome) } else { Ok(None) }
    }

    /// Waits for a call of a driver.
    pub(super) fn drive(&mut self, call: InPlace<'_>) -> Result<()> {
        self.move_to_thread_if_needed()?;
        match &self.0 {
            Kind::Greenlet => {
                in_greenlet()?;
                Ok(bridge::await_(call)?)
            }
            // Most programs have no jobs, and driving one future in another costs something.
            Kind::Caller(runtime, _) if bridge::sync::is_never_cancelled() => {
                runtime.block_on(call);
                Ok(())
            }
            Kind::Caller(runtime, _) => Ok(runtime.block_on(bridge::sync::cancellable(call))?),
            Kind::Thread { handle, .. } => {
                Ok(bridge::sync::await_or_park(poll_in_runtime(handle, call))?)
            }
            Kind::Gone => Err(errors::impossible("the connection has no runtime any more")),
        }
    }

    /// As [`drive`](Self::drive), until a moment. `false` says that the moment came first.
    fn drive_until(&mut self, call: InPlace<'_>, deadline: Instant) -> Result<bool> {
        if matches!(self.0, Kind::Greenlet) {
            in_greenlet()?;
            return Ok(bridge::sync::wait(call, Some(deadline))?.is_some());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let in_time = pin!(Some(async { tokio::time::timeout(left, call).await.is_ok() }));
        let mut limited = Call::new(in_time);
        self.drive(limited.in_place())?;
        limited.output().ok_or_else(no_outcome)
    }

    /// As [`drive_within`](Self::drive_within), for a call that may wait for its socket alone.
    #[inline]
    pub(super) fn drive_statement(
        &mut self,
        call: InPlace<'_>,
        timeout: Option<(Duration, Duration)>,
    ) -> Result<()> {
        match &self.0 {
            Kind::Caller(runtime, Some(direct))
                if timeout.is_none() && bridge::sync::is_never_cancelled() && !is_shared() =>
            {
                direct.drive(runtime, call);
                Ok(())
            }
            _ => self.drive_within(call, timeout),
        }
    }

    /// As [`drive`](Self::drive), for a call that is dropped if it takes too long: the time-out, and how long
    /// to wait.
    #[inline]
    pub(super) fn drive_within(
        &mut self,
        call: InPlace<'_>,
        timeout: Option<(Duration, Duration)>,
    ) -> Result<()> {
        match timeout {
            None => self.drive(call),
            Some((timeout, patience)) => self.drive_limited(call, timeout, patience),
        }
    }

    #[cold]
    fn drive_limited(
        &mut self,
        call: InPlace<'_>,
        timeout: Duration,
        patience: Duration,
    ) -> Result<()> {
        let Some(deadline) = Instant::now().checked_add(patience) else { return self.drive(call) };
        if self.drive_until(call, deadline)? { Ok(()) } else { Err(execution_timed_out(timeout)) }
    }

    /// Lets what was only sent reach the socket, without waiting for an answer.
    pub fn flush_pending_writes(&mut self) {
        // An error means that the socket is not driven any more: then nothing can be sent.
        let _ = self.move_to_thread_if_needed();
        // In a greenlet the host's runtime does it, on a thread of its own the thread does.
        if let Kind::Caller(runtime, _) = &self.0 {
            // Not refused in a cancelled job: this is how its connection is cleaned up.
            runtime.block_on(yield_to_io());
        }
    }

    /// Whether the connection lives where greenlets are polled.
    #[must_use]
    pub fn is_of_greenlets(&self) -> bool {
        matches!(self.0, Kind::Greenlet)
    }

    /// Moves if the calling thread must not drive a runtime.
    fn move_to_thread_if_needed(&mut self) -> Result<()> {
        if matches!(self.0, Kind::Caller(..)) && is_shared() {
            return self.move_to_thread();
        }
        Ok(())
    }

    #[cold]
    fn move_to_thread(&mut self) -> Result<()> {
        let Kind::Caller(runtime, direct) = std::mem::replace(&mut self.0, Kind::Gone) else {
            return Ok(());
        };
        tracing::debug!(
            target: "aludel::pool",
            "a blocking engine is used where others run on its thread: its connection moves to a \
             thread of its own, and inside an async runtime it blocks this one while it waits"
        );
        let (give, given) = std::sync::mpsc::sync_channel::<Self>(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let started = std::thread::Builder::new().name("aludel-io".to_owned()).spawn(move || {
            let given = given.recv();
            let Ok(Self(Kind::Caller(runtime, _))) = &given else { return };
            runtime.block_on(async {
                // The answer is an error: the sender is only ever dropped.
                let _ = stopped.await;
                yield_to_io().await;
            });
        });
        if let Err(error) = started {
            // The connection is as it was, and may be used where its runtime may be driven.
            self.0 = Kind::Caller(runtime, direct);
            let message = format!(
                "the thread for the connection's socket could not be started ({error}); raise the limit on \
                 threads, or lower pool_size"
            );
            return Err(Error::new(ErrorKind::Operational, message).with_source(error));
        }
        let handle = runtime.handle().clone();
        // There is room for it, and the thread waits for nothing else.
        let _ = give.send(Self(Kind::Caller(runtime, None)));
        self.0 = Kind::Thread { handle, _stop: stop };
        Ok(())
    }
}

/// A socket that the thread itself waits for, and whether what is awaited was woken meanwhile.
#[derive(Debug)]
struct Direct {
    socket: Arc<DirectSocket>,
    woken: Arc<Woken>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Direct {
    fn of(socket: Arc<DirectSocket>) -> Self {
        let woken = Arc::<Woken>::default();
        Self { socket, waker: Waker::from(Arc::clone(&woken)), woken }
    }

    /// Drives a call that takes the offer, up to its end or until it needs the runtime.
    fn drive(&self, runtime: &Runtime, mut call: InPlace<'_>) {
        let Self { socket, woken, waker } = self;
        let mut context = Context::from_waker(waker);
        socket.offer();
        let ended = OnDrop(|| {
            socket.leave();
        });
        while Pin::new(&mut call).poll(&mut context).is_pending() {
            // What has woken itself goes on. Whoever waits for the socket is woken by nobody else.
            let goes_on =
                socket.is_taken() && (woken.0.swap(false, Ordering::Acquire) || socket.wait());
            if !goes_on {
                drop(ended);
                return runtime.block_on(call);
            }
        }
    }
}

/// Whether others run on the calling thread, who must not be kept from it, or it cannot drive a
/// runtime: inside another one, or where the thread ends and has destroyed what that takes.
fn is_shared() -> bool {
    let alone = Handle::try_current().is_err_and(|error| error.is_missing_context());
    !alone || bridge::in_greenlet() || bridge::in_coroutine()
}

/// Whoever else can wait has no runtime that would drive the socket.
fn in_greenlet() -> Result<()> {
    if bridge::in_greenlet() { Ok(()) } else { Err(bridge::Error::MissingGreenlet.into()) }
}

/// As many as it takes the driver's task to write what it was given.
async fn yield_to_io() {
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
}

/// A call that is polled and dropped in the context of a runtime. Nothing stays entered between
/// two polls: other code may run on this thread meanwhile, and this code on another one.
async fn poll_in_runtime(handle: &Handle, call: InPlace<'_>) {
    // Dropped in the opposite order: entered, the call dropped, left.
    let context = Cell::new(None);
    let mut call = pin!(call);
    let _enter = OnDrop(|| context.set(Some(handle.enter())));
    poll_fn(|cx| {
        let _context = handle.enter();
        call.as_mut().poll(cx)
    })
    .await
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // Dropping a runtime inside another one panics; shutting it down in the background never.
        if let Kind::Caller(runtime, _) = std::mem::replace(&mut self.0, Kind::Gone) {
            runtime.shutdown_background();
        }
    }
}
