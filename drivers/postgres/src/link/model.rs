//! The hand-off of a mover between a statement and the task, in every order that threads can take.
//!
//! The link, its byte and its wakers are those of the driver; only what they are made of is loom's. The
//! mover is a socket and two channels of this file. A wake-up that is lost leaves a thread that waits
//! for ever, which loom reports.

use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use aludel_bridge::sync::park_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::Link;
use crate::ending::Ending;
use crate::mover::Move;

/// Something that happens once, and wakes who waits for it.
///
/// The waker is registered by the first poll and stays, as a socket's does. What has happened is seen
/// only by who is polled because of the wake-up: the link must order the one before the other.
#[derive(Default)]
struct Event {
    happened: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Event {
    fn happen(&self) {
        self.happened.store(true, Ordering::Relaxed);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// One side of an event: who waits for it, and whether it has looked before.
struct Waiting {
    event: Arc<Event>,
    registered: bool,
}

impl Waiting {
    fn on(event: &Arc<Event>) -> Self {
        Self { event: Arc::clone(event), registered: false }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.registered {
            self.registered = true;
            let waker = Some(context.waker().clone());
            *self.event.waker.lock().unwrap_or_else(PoisonError::into_inner) = waker;
        }
        if self.event.happened.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// What happens on a connection, in this order.
#[derive(Clone, Default)]
struct Wire {
    /// The statement has put its request into the channel.
    request: Arc<Event>,
    /// The server has answered: the socket can be read.
    answer: Arc<Event>,
    /// The mover has put the answer into the channel, or is gone.
    response: Arc<Event>,
    /// The server has ended the session: the socket can be read.
    goodbye: Arc<Event>,
}

/// Moves a request to the server, its answer to the statement, and reads the end of the session.
struct Pipe {
    request: Waiting,
    answer: Waiting,
    goodbye: Waiting,
    /// How often it still wakes itself in the middle of a poll, as tokio has a socket do whose budget is
    /// used up.
    exhausted: u32,
    wire: Wire,
    /// Held as long as the mover is.
    _alive: Arc<()>,
}

impl Pipe {
    fn on(wire: &Wire, exhausted: u32, alive: &Arc<()>) -> Self {
        Self {
            request: Waiting::on(&wire.request),
            answer: Waiting::on(&wire.answer),
            goodbye: Waiting::on(&wire.goodbye),
            exhausted,
            wire: wire.clone(),
            _alive: Arc::clone(alive),
        }
    }
}

impl Move for Pipe {
    fn poll_step(&mut self, context: &mut Context<'_>, _: &Ending) -> Poll<ControlFlow<()>> {
        if self.exhausted > 0 {
            self.exhausted -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let moved = self.request.poll(context).is_ready() && self.answer.poll(context).is_ready();
        if moved && !self.wire.response.happened.load(Ordering::Relaxed) {
            self.wire.response.happen();
        }
        self.goodbye.poll(context).map(ControlFlow::Break)
    }
}

/// Its channels end with it.
impl Drop for Pipe {
    fn drop(&mut self) {
        self.wire.response.happen();
    }
}

/// A connection, and its task in a thread of its own.
struct Connected {
    wire: Wire,
    link: Link<Pipe>,
    task: thread::JoinHandle<()>,
    alive: Arc<()>,
}

impl Connected {
    fn new() -> Self {
        Self::with(0, park_on)
    }

    /// With a mover that wakes itself so often, and a thread that does this with the task.
    fn with(times: u32, act: fn(Pin<Box<dyn Future<Output = ()> + Send>>)) -> Self {
        let wire = Wire::default();
        let alive = Arc::new(());
        let link = Link::new(Pipe::on(&wire, times, &alive), Ending::of("a model"));
        let task = Box::pin(link.task());
        Self { wire, link, task: thread::spawn(move || act(task)), alive }
    }

    /// Does something in a thread of its own.
    fn beside(&self, act: impl FnOnce(&Wire) + Send + 'static) -> thread::JoinHandle<()> {
        let wire = self.wire.clone();
        thread::spawn(move || act(&wire))
    }

    /// A statement: a request, and the response to it.
    fn statement(&self) -> impl Future<Output = ()> + use<> {
        let wire = self.wire.clone();
        let mut response = Waiting::on(&wire.response);
        let mut requested = false;
        poll_fn(move |context| {
            if !requested {
                requested = true;
                wire.request.happen();
            }
            response.poll(context)
        })
    }

    /// A statement whose request was sent before.
    fn reply(&self) -> impl Future<Output = ()> + use<> {
        let mut response = Waiting::on(&self.wire.response);
        poll_fn(move |context| response.poll(context))
    }

    /// Runs a statement to its end.
    fn run(&self, statement: impl Future<Output = ()>) {
        park_on(self.link.clone().drive(pin!(statement)));
    }

    /// Polls a statement once, by a caller that is never woken, and drops it unless it has ended.
    fn poll_once(&self, statement: impl Future<Output = ()>) {
        let mut statement = pin!(statement);
        let mut driving = self.link.clone().drive(statement.as_mut());
        let _ = Pin::new(&mut driving).poll(&mut Context::from_waker(Waker::noop()));
    }

    /// The task ends, and the mover is gone.
    fn assert_over(self) {
        joined(self.task);
        assert_eq!(Arc::strong_count(&self.alive), 1, "the mover still is");
    }

    /// The program closes the connection.
    fn close(self) {
        self.link.close();
        self.assert_over();
    }
}

/// Waits for the end of a thread, in which nothing panicked.
fn joined(thread: thread::JoinHandle<()>) {
    assert!(thread.join().is_ok());
}

// fault: B12
#[test]
fn a_statement_gets_its_answer() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.answer.happen());
        connected.run(connected.statement());
        joined(server);
        connected.close();
    });
}

// The answer comes while nobody polls, or just as the future goes.
#[test]
fn the_answer_to_a_statement_that_was_dropped_is_taken_by_the_task() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.answer.happen());
        connected.poll_once(connected.statement());
        park_on(connected.reply());
        joined(server);
        connected.close();
    });
}

// The next statement finds a mover that was woken for the one before, and wakes it for nothing itself:
// it reads a reply that was not waited for.
#[test]
fn a_statement_follows_one_that_was_dropped() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.answer.happen());
        connected.poll_once(connected.statement());
        connected.run(connected.reply());
        joined(server);
        connected.close();
    });
}

// The last wake-up of the mover may come while the statement ends: then it is the task's.
#[test]
fn the_end_of_the_session_reaches_the_task() {
    loom::model(|| {
        let connected = Connected::new();
        connected.wire.answer.happen();
        let server = connected.beside(|wire| wire.goodbye.happen());
        connected.run(connected.statement());
        joined(server);
        connected.assert_over();
    });
}

#[test]
fn the_end_of_the_session_ends_a_statement() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.goodbye.happen());
        connected.run(connected.statement());
        joined(server);
        connected.assert_over();
    });
}

// No task is left that could drop the mover when the statement has polled it.
#[test]
fn dropping_the_task_ends_a_statement() {
    loom::model(|| {
        let connected = Connected::with(0, drop);
        connected.run(connected.statement());
        connected.assert_over();
    });
}

#[test]
fn closing_ends_a_statement_and_the_task() {
    loom::model(|| {
        let connected = Connected::new();
        let link = connected.link.clone();
        let closing = thread::spawn(move || link.close());
        connected.run(connected.statement());
        joined(closing);
        connected.assert_over();
    });
}

// Nobody polls a future that was given to `mem::forget`, and nothing resets the link.
#[test]
fn closing_ends_the_task_beside_a_statement_that_was_forgotten() {
    loom::model(|| {
        let connected = Connected::new();
        let mut statement = pin!(connected.statement());
        let mut driving = connected.link.clone().drive(statement.as_mut());
        let polled = Pin::new(&mut driving).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        std::mem::forget(driving);
        connected.close();
    });
}

#[test]
fn closing_meets_the_end_of_the_session() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.goodbye.happen());
        connected.link.close();
        joined(server);
        connected.assert_over();
    });
}

// A statement moves to another executor while its answer is on the way.
// fault: B15
#[test]
fn the_caller_of_the_last_poll_is_woken() {
    loom::model(|| {
        let connected = Connected::new();
        let server = connected.beside(|wire| wire.answer.happen());
        let mut statement = pin!(connected.statement());
        let mut driving = connected.link.clone().drive(statement.as_mut());
        let mut context = Context::from_waker(Waker::noop());
        if Pin::new(&mut driving).poll(&mut context).is_pending() {
            park_on(driving);
        }
        joined(server);
        connected.close();
    });
}

// What a statement awaits besides: a clock, or the program's own events.
#[test]
fn a_statement_is_woken_by_others_than_the_mover() {
    loom::model(|| {
        let connected = Connected::new();
        let clock = Arc::new(Event::default());
        let ticking = Arc::clone(&clock);
        let ticks = thread::spawn(move || ticking.happen());
        let mut waiting = Waiting::on(&clock);
        connected.run(poll_fn(|context| waiting.poll(context)));
        joined(ticks);
        connected.close();
    });
}

// More wake-ups in one poll than it goes round: the rest is for the next one.
#[test]
fn a_mover_that_wakes_itself_loses_nothing() {
    loom::model(|| {
        let connected = Connected::with(3, park_on);
        connected.wire.answer.happen();
        connected.run(connected.statement());
        connected.close();
    });
}
