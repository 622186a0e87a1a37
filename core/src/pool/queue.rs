//! Slots and the queue of those who wait for one.
//!
//! | who | may do what |
//! | --- | --- |
//! | the holder of a [`Slot`] or of a [`ConnectionRecord`] | give it to the pool by dropping or returning it |
//! | the pool, under its lock | take the first waiter out of the queue |
//! | who has taken it out | put a grant into it; if it has left meanwhile, ask the next |
//! | a waiter | take its grant; or leave, which passes a grant that came too late to the next |
//! | who makes a connection | stand by, from its first look on: wait for one that is given back |
//!
//! A waiter in the queue has no grant, one out of it has or gets one. Nobody overtakes: a checkout
//! that finds a queue joins its end; who makes a connection was there before all who wait, and stands in a
//! queue of its own. `model.rs` takes every order of these steps.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use aludel_bridge as bridge;
use tokio::runtime;

use super::attempt;
use super::line::Line;
use super::lock::Mutex;
use super::record::{ConnectionRecord, Remains};
use super::{PoolOptions, Status};
use crate::error::{Error, ErrorKind, Result};

/// The generation of connections that are not to be returned: the pool never has it.
const NEVER_CURRENT: u64 = u64::MAX;

/// The right to have one connection. Dropping it gives the right back.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Slots,
    generation: u64,
}

impl Slot {
    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether connections made under this slot may still be used.
    pub(super) fn is_current(&self) -> bool {
        self.slots.0.lock().generation == self.generation
    }

    /// The same right, for a connection that is made now.
    pub(super) fn renew(&mut self) {
        self.generation = self.slots.0.lock().generation;
    }

    /// Has the connection closed when it is given back, until `mark_usable` with what is returned.
    pub(super) fn mark_unusable(&mut self) -> u64 {
        std::mem::replace(&mut self.generation, NEVER_CURRENT)
    }

    pub(super) fn mark_usable(&mut self, generation: u64) {
        self.generation = generation;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.slots.0.lock();
        match state.waiters.first() {
            Some(waiter) => {
                let slot = Self { slots: self.slots.clone(), generation: state.generation };
                drop(state);
                match waiter.grant(Grant::Slot(slot)) {
                    Ok(waker) => wake(waker),
                    // The waiter has just left: dropping the slot asks the next one.
                    Err(grant) => drop(grant),
                }
            }
            None => {
                state.taken -= 1;
                let ended = state.when_one_ends.clone();
                drop(state);
                if let Some(ended) = ended {
                    ended();
                }
            }
        }
    }
}

/// A connection that is being made, in its slot.
pub(super) type Attempt = attempt::Attempt<Slot>;

/// What a checkout is given.
#[derive(Debug)]
pub(super) enum Grant {
    /// A connection that somebody gave back.
    Idle(ConnectionRecord),
    /// The right to make one.
    Slot(Slot),
}

/// What a checkout finds.
pub(super) enum Entered {
    Granted(Grant),
    Queued(Waiting),
    /// Nothing, and no time to wait for it.
    Late,
}

/// The slots of one pool.
#[derive(Clone)]
pub(super) struct Slots(Arc<Mutex<State>>);

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").finish_non_exhaustive()
    }
}

struct State {
    idle: VecDeque<ConnectionRecord>,
    waiters: Line<Arc<Waiter>>,
    /// Those who make a connection, each with the runtime where it is to live.
    standing_by: VecDeque<(Option<runtime::Id>, Arc<Waiter>)>,
    /// Attempts that go on by themselves.
    late: Vec<Weak<Attempt>>,
    /// A connection is being made that is to be idle.
    is_filling: bool,
    /// Called when a slot is free again for which nobody waits.
    when_one_ends: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Slots that exist, idle ones among them.
    taken: usize,
    limit: usize,
    keep: usize,
    use_lifo: bool,
    generation: u64,
    closed: bool,
}

impl Slots {
    pub(super) fn new(options: &PoolOptions) -> Self {
        Self(Arc::new(Mutex::new(State {
            idle: VecDeque::new(),
            waiters: Line::new(),
            standing_by: VecDeque::new(),
            late: Vec::new(),
            is_filling: false,
            when_one_ends: None,
            taken: 0,
            limit: options.limit(),
            keep: options.size,
            use_lifo: options.use_lifo,
            generation: 0,
            closed: false,
        })))
    }

    /// A connection or the right to one; `None` at the deadline.
    pub(super) fn acquire(&self, deadline: Instant) -> Result<Option<Grant>> {
        match self.enter(deadline, current)? {
            Entered::Granted(grant) => Ok(Some(grant)),
            Entered::Late => Ok(None),
            Entered::Queued(waiting) => bridge::sync::wait(waiting, Some(deadline))?.transpose(),
        }
    }

    /// As [`acquire`](Self::acquire), awaited by who will go wherever the connection lives.
    pub(super) async fn acquire_async(&self, deadline: Instant) -> Result<Option<Grant>> {
        match self.enter(deadline, || None)? {
            Entered::Granted(grant) => Ok(Some(grant)),
            Entered::Late => Ok(None),
            Entered::Queued(waiting) => bridge::sync::until(waiting, deadline).await.transpose(),
        }
    }

    /// Takes what is free, or joins the end of the queue. `here` says on which runtime it will be used, if that is certain.
    pub(super) fn enter(
        &self,
        deadline: Instant,
        here: impl Fn() -> Option<runtime::Id>,
    ) -> Result<Entered> {
        let mut state = self.0.lock();
        if state.closed {
            return Err(closed());
        }
        if state.waiters.is_empty() {
            if let Some(idle) = state.next_idle(&here) {
                return Ok(Entered::Granted(Grant::Idle(idle)));
            }
            if state.taken < state.limit {
                state.taken += 1;
                let slot = Slot { slots: self.clone(), generation: state.generation };
                return Ok(Entered::Granted(Grant::Slot(slot)));
            }
        }
        if deadline <= Instant::now() {
            return Ok(Entered::Late);
        }
        let waiter = Arc::new(Waiter::default());
        state.waiters.push(here(), Arc::clone(&waiter));
        Ok(Entered::Queued(Waiting { slots: self.clone(), waiter }))
    }

    /// An idle connection that may be used on a runtime, for who is about to make one.
    pub(super) fn take_idle(&self, here: Option<runtime::Id>) -> Result<Option<ConnectionRecord>> {
        self.0.lock().take_idle(here)
    }

    /// Waits for a connection that is given back, on behalf of one that is being made; or takes one that is idle
    /// by now. It stands by from its first poll on: who does not look is given nothing.
    pub(super) fn stand_by(&self, here: Option<runtime::Id>) -> StandingBy {
        StandingBy { slots: self.clone(), here, waiting: None }
    }

    /// The right to make a connection that is to be idle, if fewer are and nobody makes one already. Until
    /// [`filled`](Self::filled) nobody else is given it. Where there are as many as are kept, it is that of an idle
    /// one that may not be used any more, if there is one: what is left of that is to be ended before.
    pub(super) fn fill(&self, least: usize) -> Option<(Slot, Option<Remains>)> {
        let mut state = self.0.lock();
        let generation = state.generation;
        let is_current = |idle: &ConnectionRecord| idle.generation() == generation;
        let idle = state.idle.iter().filter(|idle| is_current(idle)).count();
        if state.closed || state.is_filling || idle >= least || !state.waiters.is_empty() {
            return None;
        }
        let filled = if state.taken < state.keep.min(state.limit) {
            state.taken += 1;
            (Slot { slots: self.clone(), generation }, None)
        } else {
            let at = state.idle.iter().position(|idle| !is_current(idle))?;
            let (mut slot, remains) = state.idle.remove(at)?.into_remains();
            slot.generation = generation;
            (slot, Some(remains))
        };
        state.is_filling = true;
        Some(filled)
    }

    pub(super) fn filled(&self) {
        self.0.lock().is_filling = false;
    }

    /// Has this called when a slot is free again for which nobody waits, with no lock held.
    pub(super) fn when_one_ends(&self, ended: Arc<dyn Fn() + Send + Sync>) {
        self.0.lock().when_one_ends = Some(ended);
    }

    /// An attempt goes on by itself. It has its slot until it ends or the pool is closed.
    pub(super) fn goes_on(&self, attempt: &Arc<Attempt>) {
        let mut state = self.0.lock();
        if state.closed {
            drop(state);
            drop(attempt.take());
            return;
        }
        state.late.retain(|attempt| attempt.strong_count() > 0);
        state.late.push(Arc::downgrade(attempt));
    }

    /// Takes a clean connection back: for a waiter, to be kept, or to be closed by the caller.
    #[must_use = "what comes back is to be closed"]
    pub(super) fn put_back(&self, mut idle: ConnectionRecord) -> Option<ConnectionRecord> {
        idle.since = Instant::now();
        let mut state = self.0.lock();
        if state.closed || idle.generation() != state.generation {
            return Some(idle);
        }
        while let Some(waiter) = state.next_for(&idle) {
            match waiter.grant(Grant::Idle(idle)) {
                Ok(waker) => {
                    drop(state);
                    wake(waker);
                    return None;
                }
                Err(Grant::Idle(back)) => idle = back,
                Err(Grant::Slot(_)) => return None,
            }
        }
        if state.idle.len() >= state.keep {
            return Some(idle);
        }
        state.idle.push_back(idle);
        None
    }

    /// What a checkout on this runtime is given in place of an idle connection that lives on another one: an
    /// idle one of its own, the right to make one while the pool is below its size, or that connection, to
    /// be replaced.
    pub(super) fn exchange(&self, foreign: ConnectionRecord, here: runtime::Id) -> Grant {
        let mut state = self.0.lock();
        if let Some(idle) = state.idle.iter_mut().find(|idle| idle.lives_on(here)) {
            return Grant::Idle(std::mem::replace(idle, foreign));
        }
        if state.closed || state.taken >= state.keep.min(state.limit) {
            return Grant::Idle(foreign);
        }
        state.taken += 1;
        // Where it is taken last.
        if state.use_lifo {
            state.idle.push_front(foreign);
        } else {
            state.idle.push_back(foreign);
        }
        Grant::Slot(Slot { slots: self.clone(), generation: state.generation })
    }

    /// How many idle connections live on this runtime.
    pub(super) fn idle_on(&self, runtime: runtime::Id) -> usize {
        let state = self.0.lock();
        state.idle.iter().filter(|idle| idle.runtime() == Some(runtime)).count()
    }

    /// The runtime of the idle connection that goes out next, if it is bound to one.
    pub(super) fn next_runtime(&self) -> Option<runtime::Id> {
        let state = self.0.lock();
        let next = if state.use_lifo { state.idle.back() } else { state.idle.front() };
        next.and_then(ConnectionRecord::runtime)
    }

    pub(super) fn next_generation(&self) {
        self.0.lock().generation += 1;
    }

    /// Ends the pool: the idle connections are returned, and the waiters fail.
    pub(super) fn close(&self) -> Vec<ConnectionRecord> {
        let (idle, waiters, standing_by, late) = {
            let mut state = self.0.lock();
            state.closed = true;
            (
                std::mem::take(&mut state.idle),
                state.waiters.take(),
                std::mem::take(&mut state.standing_by),
                std::mem::take(&mut state.late),
            )
        };
        for waiter in waiters.chain(standing_by.into_iter().map(|(_, waiter)| waiter)) {
            waiter.refuse();
        }
        for attempt in late.iter().filter_map(Weak::upgrade) {
            drop(attempt.take());
        }
        idle.into()
    }

    /// How many connections are in use, and how many idle.
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.taken - state.idle.len(), state.idle.len())
    }

    pub(super) fn status(&self) -> Status {
        let state = self.0.lock();
        let idle = state.idle.len();
        Status {
            in_use: state.taken - idle,
            idle,
            waiting: state.waiters.len(),
            limit: state.limit,
            lent: Vec::new(),
        }
    }
}

/// The runtime around this.
fn current() -> Option<runtime::Id> {
    runtime::Handle::try_current().ok().map(|here| here.id())
}

impl State {
    /// Takes out the idle connection whose turn it is, or one that lives `here` where that one does not.
    fn next_idle(&mut self, here: impl Fn() -> Option<runtime::Id>) -> Option<ConnectionRecord> {
        let next = if self.use_lifo { self.idle.len().checked_sub(1)? } else { 0 };
        let own = self.idle.get(next)?.runtime();
        let at = match own.filter(|_| self.idle.len() > 1).and_then(|_| here()) {
            Some(here) if own != Some(here) => {
                self.at_idle(|idle| idle.runtime() == Some(here)).unwrap_or(next)
            }
            _ => next,
        };
        self.idle.remove(at)
    }

    /// Where the idle connection stands whose turn it is among those that `serve`.
    fn at_idle(&self, serve: impl Fn(&ConnectionRecord) -> bool) -> Option<usize> {
        if self.use_lifo {
            self.idle.iter().rposition(serve)
        } else {
            self.idle.iter().position(serve)
        }
    }

    fn take_idle(&mut self, here: Option<runtime::Id>) -> Result<Option<ConnectionRecord>> {
        if self.closed {
            return Err(closed());
        }
        let generation = self.generation;
        let serves =
            |idle: &ConnectionRecord| idle.generation() == generation && is_for(idle, here);
        let at = self.at_idle(serves);
        Ok(at.and_then(|at| self.idle.remove(at)))
    }

    /// Takes out who has a connection that was given back: of those who make one, the first that may use it;
    /// else who waits first, or where it lives.
    fn next_for(&mut self, idle: &ConnectionRecord) -> Option<Arc<Waiter>> {
        let at = self.standing_by.iter().position(|(here, _)| is_for(idle, *here));
        if let Some((_, waiter)) = at.and_then(|at| self.standing_by.remove(at)) {
            return Some(waiter);
        }
        self.waiters.first_on(idle.runtime())
    }

    fn leave(&mut self, leaving: &Arc<Waiter>) {
        let standing = |(_, waiter): &(_, Arc<Waiter>)| Arc::ptr_eq(waiter, leaving);
        if let Some(at) = self.standing_by.iter().position(standing) {
            self.standing_by.remove(at);
        } else {
            self.waiters.remove(|waiter| Arc::ptr_eq(waiter, leaving));
        }
    }
}

/// Whether a connection may be used on a runtime, or where there is none.
fn is_for(idle: &ConnectionRecord, here: Option<runtime::Id>) -> bool {
    here.is_none_or(|here| idle.lives_on(here))
}

#[cold]
pub(super) fn closed() -> Error {
    Error::new(
        ErrorKind::ResourceClosed,
        "the pool was disposed of; call engine.connect() again, which uses the engine's new pool",
    )
}

#[derive(Debug, Default)]
struct Waiter(Mutex<Wait>);

#[derive(Debug, Default)]
enum Wait {
    #[default]
    Unasked,
    Asked(Waker),
    Granted(Grant),
    Refused,
    Taken,
}

impl Waiter {
    /// Hands over a grant, and gives back whom to wake once no lock is held; or the grant, if the
    /// waiter has left meanwhile.
    fn grant(&self, grant: Grant) -> std::result::Result<Option<Waker>, Grant> {
        let mut wait = self.0.lock();
        if matches!(*wait, Wait::Taken) {
            return Err(grant);
        }
        match std::mem::replace(&mut *wait, Wait::Granted(grant)) {
            Wait::Asked(waker) => Ok(Some(waker)),
            _ => Ok(None),
        }
    }

    fn refuse(&self) {
        let mut wait = self.0.lock();
        if matches!(*wait, Wait::Taken) {
            return;
        }
        let before = std::mem::replace(&mut *wait, Wait::Refused);
        drop(wait);
        if let Wait::Asked(waker) = before {
            wake(Some(waker));
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        bridge::sync::waking(|| waker.wake());
    }
}

/// A place in the queue; dropping it leaves.
pub(super) struct Waiting {
    slots: Slots,
    waiter: Arc<Waiter>,
}

impl Future for Waiting {
    type Output = Result<Grant>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Wakers are code of the executor's: they are cloned and dropped with no lock held.
        let waker = cx.waker().clone();
        let mut wait = self.waiter.0.lock();
        match std::mem::replace(&mut *wait, Wait::Taken) {
            Wait::Granted(grant) => Poll::Ready(Ok(grant)),
            Wait::Refused => Poll::Ready(Err(closed())),
            before @ (Wait::Unasked | Wait::Asked(_) | Wait::Taken) => {
                *wait = Wait::Asked(waker);
                drop(wait);
                drop(before);
                Poll::Pending
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Who has taken a grant is out of the queue, which may be long.
        if matches!(*self.waiter.0.lock(), Wait::Taken) {
            return;
        }
        self.slots.0.lock().leave(&self.waiter);
        let unused = std::mem::replace(&mut *self.waiter.0.lock(), Wait::Taken);
        match unused {
            // It came too late for us: the next one has it, or the pool.
            Wait::Granted(Grant::Idle(idle)) => idle.return_to_pool(),
            Wait::Granted(Grant::Slot(slot)) => drop(slot),
            _ => {}
        }
    }
}

/// A place among those who make a connection, from its first poll on; dropping it leaves.
pub(super) struct StandingBy {
    slots: Slots,
    here: Option<runtime::Id>,
    waiting: Option<Waiting>,
}

impl StandingBy {
    /// What is idle, or else a place.
    fn begin(&mut self) -> Result<Option<ConnectionRecord>> {
        let mut state = self.slots.0.lock();
        if let Some(idle) = state.take_idle(self.here)? {
            return Ok(Some(idle));
        }
        let waiter = Arc::new(Waiter::default());
        state.standing_by.push_back((self.here, Arc::clone(&waiter)));
        drop(state);
        self.waiting = Some(Waiting { slots: self.slots.clone(), waiter });
        Ok(None)
    }
}

impl Future for StandingBy {
    type Output = Result<Grant>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                return Pin::new(waiting).poll(cx);
            }
            match self.begin() {
                Ok(Some(idle)) => return Poll::Ready(Ok(Grant::Idle(idle))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
