//! Greenlets on threads of their own, in place of stacks. For tests only: `--cfg aludel_threads`.
//!
//! The two sides take turns: a thread waits for its turn before it touches anything, and touches
//! nothing any more when it has given it away. So there is no parallelism, and whatever one side
//! writes the other sees. Futures are polled on the host's thread, as ever; only the synchronous code
//! in between is on a thread of its own, where other thread-locals are.
//!
//! Values that are not `Send` go from thread to thread here, which taking turns makes good for all
//! that is bound to a thread by the absence of locks, such as `Rc`, and not for what is bound to it
//! by the operating system. Hence `unsafe`, and hence no feature that a program could switch on.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use corosensei::CoroutineResult;
use tracing::{Dispatch, dispatcher};

use crate::stack::Stack;

/// What goes to the other thread although its type says that it must not.
struct Carried<T>(T);

// SAFETY: whoever has one on the other thread uses it in that thread's turns only.
unsafe impl<T> Send for Carried<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Carried<T> {}

/// Whose turn it is.
enum Turn {
    Greenlet,
    Host(Message),
    /// The one who has it runs.
    Taken,
}

/// What the greenlet wants of the host.
enum Message {
    Suspended,
    /// To be called on the host's thread. It lies on the greenlet's stack, which waits meanwhile.
    Call(Carried<*mut dyn FnMut()>),
    Returned,
}

/// What the two sides share.
struct Link {
    turn: Mutex<Turn>,
    changed: Condvar,
}

impl Link {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, turn: Turn) {
        *self.turn() = turn;
        self.changed.notify_all();
    }

    fn wait<T>(&self, mine: impl Fn(&mut Turn) -> Option<T>) -> T {
        let mut turn = self.turn();
        loop {
            if let Some(message) = mine(&mut turn) {
                return message;
            }
            turn = self.changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits on the greenlet's thread.
    fn wait_to_go_on(&self) {
        self.wait(|turn| match turn {
            Turn::Greenlet => {
                *turn = Turn::Taken;
                Some(())
            }
            _ => None,
        });
    }

    /// Waits on the host's thread.
    fn wait_for_message(&self) -> Message {
        self.wait(|turn| match std::mem::replace(turn, Turn::Taken) {
            Turn::Host(message) => Some(message),
            other => {
                *turn = other;
                None
            }
        })
    }
}

/// What suspends, on the greenlet's side.
pub(crate) struct Yielder(Arc<Link>);

impl Yielder {
    pub(crate) fn suspend(&self, (): ()) {
        self.0.give(Turn::Host(Message::Suspended));
        self.0.wait_to_go_on();
    }
}

/// Runs `f` on the thread where the task is polled.
pub(crate) fn on_host<R>(yielder: &Yielder, f: impl FnOnce() -> R) -> R {
    let (mut f, mut outcome) = (Some(f), None);
    let mut call = || outcome = f.take().map(|f| catch_unwind(AssertUnwindSafe(f)));
    let call: *mut (dyn FnMut() + '_) = &raw mut call;
    // SAFETY: only the lifetime changes, and the host has called it when it gives the turn back,
    // before this function goes on.
    let call: *mut (dyn FnMut() + 'static) = unsafe { std::mem::transmute(call) };
    yielder.0.give(Turn::Host(Message::Call(Carried(call))));
    yielder.0.wait_to_go_on();
    match outcome {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => unreachable!("the host calls before it gives the turn back"),
    }
}

/// The code of a greenlet, suspended or not yet begun.
///
/// One that is leaked leaves its thread waiting for ever, as the other backend leaves its stack.
pub(crate) struct Body<R> {
    link: Arc<Link>,
    outcome: Arc<Carried<Cell<Option<R>>>>,
    thread: Option<JoinHandle<()>>,
    /// Not used but for the books: how many there are, and when there are no more.
    stack: Stack,
}

impl<R: 'static> Body<R> {
    pub(crate) fn new(stack: Stack, f: impl FnOnce(&Yielder) -> R + 'static) -> io::Result<Self> {
        let link = Arc::new(Link { turn: Mutex::new(Turn::Taken), changed: Condvar::new() });
        let outcome = Arc::new(Carried(Cell::new(None)));
        let body = Carried((f, Arc::clone(&outcome)));
        let yielder = Yielder(Arc::clone(&link));
        let surroundings = Surroundings::here();
        let name = thread::current().name().unwrap_or("greenlet").to_owned();
        let run = move || {
            yielder.0.wait_to_go_on();
            let Carried((f, outcome)) = { body };
            surroundings.enter(|| outcome.0.set(Some(f(&yielder))));
            drop(outcome);
            yielder.0.give(Turn::Host(Message::Returned));
        };
        let thread = thread::Builder::new().name(name).stack_size(stack.size()).spawn(run)?;
        Ok(Self { link, outcome, thread: Some(thread), stack })
    }
}

impl<R> Body<R> {
    /// Runs it until it suspends or returns.
    pub(crate) fn resume(&mut self) -> CoroutineResult<(), R> {
        self.link.give(Turn::Greenlet);
        loop {
            match self.link.wait_for_message() {
                Message::Suspended => return CoroutineResult::Yield(()),
                Message::Call(Carried(call)) => {
                    // SAFETY: it lives until the turn is given back, and nobody else calls it.
                    unsafe { (*call)() };
                    self.link.give(Turn::Greenlet);
                }
                Message::Returned => break,
            }
        }
        // The destructors of its thread-locals have run when it has been joined.
        let ended: Option<Result<(), Box<dyn Any + Send>>> =
            self.thread.take().map(JoinHandle::join);
        match (ended, self.outcome.0.take()) {
            (_, Some(outcome)) => CoroutineResult::Return(outcome),
            (Some(Err(payload)), None) => resume_unwind(payload),
            _ => unreachable!("a greenlet leaves its outcome before it says that it returns"),
        }
    }

    /// The stack of one that has returned.
    pub(crate) fn into_stack(self) -> Stack {
        self.stack
    }
}

/// What the host's thread has in thread-locals and synchronous code counts on.
struct Surroundings {
    #[cfg(feature = "host")]
    runtime: Option<tokio::runtime::Handle>,
    subscriber: Option<Dispatch>,
}

impl Surroundings {
    fn here() -> Self {
        Self {
            #[cfg(feature = "host")]
            runtime: tokio::runtime::Handle::try_current().ok(),
            subscriber: dispatcher::has_been_set().then(|| dispatcher::get_default(Clone::clone)),
        }
    }

    fn enter(self, f: impl FnOnce()) {
        #[cfg(feature = "host")]
        let _runtime = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        let _subscriber = self.subscriber.as_ref().map(dispatcher::set_default);
        f();
    }
}
