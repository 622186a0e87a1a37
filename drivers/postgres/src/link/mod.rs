//! The half of a connection that moves its bytes, and who polls it.
//!
//! ```text
//!                 while nothing is awaited          while a statement is awaited
//!   polled by     the connection's task             the statement's own future
//!   its wake-ups  wake the task                     are noted while that future is polled,
//!                                                   and wake the caller while it is not
//! ```
//!
//! A statement that left the moving of bytes to the task would change tasks twice, and ask the system
//! once more whether another socket is ready before it goes on. So its future does it, and the task
//! sleeps meanwhile. Nothing has to be registered anew when it changes: the socket and the channels
//! know one waker, which belongs to the connection and passes on.

#[cfg(all(test, aludel_loom))]
mod model;
mod primitives;

use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, TryLockError};
use std::task::{Context, Poll};

use aludel_bridge::sync::waking;
use futures::task::{ArcWake, waker_ref};

use self::primitives::{AtomicBool, AtomicU8, AtomicWaker, Mutex, Ordering};
use crate::ending::Ending;
use crate::mover::{Move, Mover};

/// The task polls the mover.
const IDLE: u8 = 0;
/// The future of a statement is being polled.
const POLLED: u8 = 1;
/// The future of a statement waits.
const WAITING: u8 = 2;
/// Beside these: the mover was woken.
const MOVER: u8 = 4;
/// Beside these: the statement was woken.
const STATEMENT: u8 = 8;
const WOKEN: u8 = MOVER | STATEMENT;

/// How often one poll of a statement goes round before it lets others have their turn. A statement of one row needs two or
/// three; one of many rows reads a part of them in each.
const MOST_ROUNDS: u32 = if cfg!(aludel_loom) { 2 } else { 8 };

/// The mover of one connection, and who polls it.
pub(crate) struct Link<M = Mover>(Arc<ByStatement<M>>);

/// As a waker: what a statement's future is woken by.
struct ByStatement<M>(Arc<Shared<M>>);

/// As a waker: what the mover is woken by.
struct Shared<M> {
    /// `None` after its end.
    mover: Mutex<Option<M>>,
    /// It has ended, or ends as soon as nobody polls it.
    closed: AtomicBool,
    /// One of the three, and who was woken since the statement looked.
    state: AtomicU8,
    task: AtomicWaker,
    /// Who awaits the statement.
    caller: AtomicWaker,
    ending: Ending,
}

impl<M: Move> Link<M> {
    pub(crate) fn new(mover: M, ending: Ending) -> Self {
        let shared = Shared {
            mover: Mutex::new(Some(mover)),
            closed: AtomicBool::new(false),
            // Nothing can wake it before it was polled once.
            state: AtomicU8::new(IDLE | MOVER),
            task: AtomicWaker::new(),
            caller: AtomicWaker::new(),
            ending,
        };
        Self(Arc::new(ByStatement(Arc::new(shared))))
    }

    fn shared(&self) -> &Arc<Shared<M>> {
        &self.0.0
    }

    /// Moves bytes until the connection ends, whenever no statement does. Dropping it ends the
    /// connection.
    pub(crate) fn task(&self) -> impl Future<Output = ()> + Send + use<M> {
        let on_drop = CloseOnDrop(self.clone());
        poll_fn(move |context| {
            let shared = on_drop.0.shared();
            shared.task.register(context.waker());
            // What woke the task is taken by it, or by the statement that has begun meanwhile.
            let idle = |state| (state & !WOKEN == IDLE).then_some(IDLE);
            let taken = shared.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, idle);
            if taken.is_ok() || shared.is_closed() { shared.poll_mover() } else { Poll::Pending }
        })
    }

    /// Awaits a statement, and moves bytes meanwhile. Nothing else may be awaited by this at a time.
    pub(crate) fn drive<'f, F: Future>(self, statement: Pin<&'f mut F>) -> Driving<'f, F, M> {
        Driving { link: self, statement, state: State::New }
    }

    /// Moves what can be moved at this moment, while nobody awaits anything.
    pub(crate) fn move_now(&self) {
        // That it has ended is what the connection finds out.
        let _ = self.shared().poll_mover();
    }

    /// Whoever polls the mover next must look, as if it had been woken.
    pub(crate) fn look_again(&self) {
        self.shared().state.fetch_or(MOVER, Ordering::AcqRel);
    }

    /// Gives the mover back to the task, whatever became of the future of a statement.
    pub(crate) fn reset(&self) {
        let shared = self.shared();
        // As if it had been woken: who polls it next must look.
        shared.state.swap(IDLE | MOVER, Ordering::AcqRel);
        shared.task.wake();
    }

    /// Closes the socket: at once, or when who polls it at the moment has done so.
    pub(crate) fn close(&self) {
        let shared = self.shared();
        shared.closed.store(true, Ordering::SeqCst);
        let mover = match shared.mover.try_lock() {
            Ok(mut slot) => slot.take(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        };
        // Wakes who waits for an answer: not under the lock.
        drop(mover);
        // Who held the lock may have looked before it was closed: it must look again.
        ArcWake::wake_by_ref(shared);
        shared.task.wake();
    }
}

impl<M: Move> Shared<M> {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Moves what can be moved. Ready says that the connection has ended.
    fn poll_mover(self: &Arc<Self>) -> Poll<()> {
        let waker = waker_ref(self);
        let mut context = Context::from_waker(&waker);
        let mut slot = self.mover.lock().unwrap_or_else(|poisoned| {
            // It panicked in the middle of something.
            self.closed.store(true, Ordering::SeqCst);
            poisoned.into_inner()
        });
        while let Some(mover) = slot.as_mut().filter(|_| !self.is_closed()) {
            match mover.poll_step(&mut context, &self.ending) {
                Poll::Ready(ControlFlow::Continue(())) => {}
                Poll::Ready(ControlFlow::Break(())) => break,
                // Who closes it meanwhile does not find the lock free.
                Poll::Pending if self.is_closed() => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        let ended = slot.take();
        drop(slot);
        self.closed.store(true, Ordering::SeqCst);
        drop(ended);
        self.task.wake();
        Poll::Ready(())
    }
}

impl<M: Move> ArcWake for Shared<M> {
    fn wake_by_ref(this: &Arc<Self>) {
        match this.state.fetch_or(MOVER, Ordering::AcqRel) & !WOKEN {
            IDLE => this.task.wake(),
            WAITING => waking(|| this.caller.wake()),
            // Who polls looks at the state before it goes.
            _ => {}
        }
    }
}

impl<M: Move> ArcWake for ByStatement<M> {
    fn wake_by_ref(this: &Arc<Self>) {
        let shared = &this.0;
        if shared.state.fetch_or(STATEMENT, Ordering::AcqRel) & !WOKEN == WAITING {
            waking(|| shared.caller.wake());
        }
    }
}

struct CloseOnDrop<M: Move>(Link<M>);

impl<M: Move> Drop for CloseOnDrop<M> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The future of [`Link::drive`].
pub(crate) struct Driving<'f, F, M: Move> {
    link: Link<M>,
    statement: Pin<&'f mut F>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Ended,
}

impl<F, M: Move> Driving<'_, F, M> {
    /// As [`Link::look_again`].
    pub(crate) fn look_again(&self) {
        self.link.look_again();
    }
}

impl<F: Future, M: Move> Future for Driving<'_, F, M> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { link, statement, state } = self.get_mut();
        let shared = link.shared();
        shared.caller.register(context.waker());
        let mut woken = shared.state.swap(POLLED, Ordering::AcqRel);
        if *state == State::New {
            *state = State::Begun;
            // What the statement sends goes out in one write with what was sent before and nobody waited
            // for: so it is polled first, and what woke the task before it could look stays noted.
            shared.state.fetch_or(woken & MOVER, Ordering::AcqRel);
            woken = STATEMENT;
        }
        // A socket whose budget in this poll is used up, as tokio gives one, wakes at once.
        for _ in 0..MOST_ROUNDS {
            if woken & MOVER != 0 {
                // That it has ended is what the statement finds out.
                let _ = shared.poll_mover();
                woken |= shared.state.fetch_and(!STATEMENT, Ordering::AcqRel);
            }
            if woken & STATEMENT != 0 {
                let waker = waker_ref(&link.0);
                let mut context = Context::from_waker(&waker);
                if let Poll::Ready(output) = statement.as_mut().poll(&mut context) {
                    *state = State::Ended;
                    // A wake-up of the mover stays noted: the next statement may come before the task.
                    if shared.state.fetch_and(MOVER, Ordering::AcqRel) & MOVER != 0 {
                        shared.task.wake();
                    }
                    return Poll::Ready(output);
                }
            }
            let waiting =
                shared.state.compare_exchange(POLLED, WAITING, Ordering::AcqRel, Ordering::Acquire);
            if waiting.is_ok() {
                return Poll::Pending;
            }
            woken = shared.state.swap(POLLED, Ordering::AcqRel);
        }
        // Others have their turn. What was taken and not looked at is put back.
        let woken = woken & WOKEN;
        let waiting = |state| Some(WAITING | (state & WOKEN) | woken);
        let _ = shared.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, waiting);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F, M: Move> Drop for Driving<'_, F, M> {
    fn drop(&mut self) {
        if self.state == State::Begun {
            self.link.reset();
        }
    }
}

impl<M> Clone for Link<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Move> std::fmt::Debug for Link<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("state", &self.shared().state)
            .field("closed", &self.shared().closed)
            .finish_non_exhaustive()
    }
}
