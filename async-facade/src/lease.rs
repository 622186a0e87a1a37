//! One call's use of what an owner lends, and the state that both share.
//!
//! ```text
//!             Owner::lease()                  drop of the Lease
//!   owned ─────────────────────► lent ─────────────────────────────► owned
//!                                  │  value, error, panic, cancel      │
//!                                  ▼                                   ▼
//!                          the outcome travels                   Owner::accept(),
//!                          to the caller's future                if it arrived
//! ```
//!
//! The object is back before the outcome reaches the caller, and the future may be dropped in between,
//! or at any other moment. So each call leaves behind what has to be done if its outcome is never
//! accepted, and whoever looks at the object next does it first.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::task::Waker;

use parking_lot::Mutex;

use crate::lend::Lend;

/// What an owner and its lease share.
#[derive(Debug)]
pub(crate) struct State<T: Lend> {
    /// `None` while it is lent.
    object: Option<T>,
    /// Whether the caller of the last call has yet to take the outcome.
    unaccepted: bool,
    /// What follows from the last call if its outcome is never accepted.
    consequence: Option<Consequence<T::Mark>>,
    /// Transactions whose guards were dropped while the object was lent.
    dropped_guards: Vec<u64>,
    /// Nobody awaits the begin of a transaction any more, which went on.
    begin_abandoned: bool,
    /// The next call, which waits for the end of one that was dropped.
    pub(crate) waker: Option<Waker>,
    /// Whether there is no owner any more.
    pub(crate) owner_gone: bool,
}

/// What follows from a call whose outcome is never accepted.
#[derive(Debug, Clone, Copy)]
enum Consequence<M> {
    /// What happened to transactions since the mark is unknown to the program.
    OutcomeLost(M),
    /// A transaction began that has no guard.
    GuardDropped(u64),
}

impl<T: Lend> State<T> {
    pub(crate) fn new(object: T) -> Self {
        Self {
            object: Some(object),
            unaccepted: false,
            consequence: None,
            dropped_guards: Vec::new(),
            begin_abandoned: false,
            waker: None,
            owner_gone: false,
        }
    }

    /// The object, unless it is lent, after the consequences of what happened while it was.
    pub(crate) fn object(&mut self) -> Option<&mut T> {
        let object = self.object.as_mut()?;
        if mem::take(&mut self.unaccepted) {
            match self.consequence.take() {
                Some(Consequence::OutcomeLost(since)) => object.outcome_lost(since),
                Some(Consequence::GuardDropped(id)) => object.guard_dropped(id),
                None => {}
            }
        }
        // After the outcome: a transaction that was broken off says so, also if its guard is gone.
        for id in self.dropped_guards.drain(..) {
            object.guard_dropped(id);
        }
        Some(object)
    }

    /// Takes the object for a call, whose outcome is awaited from now on.
    fn lend(&mut self) -> Option<T> {
        self.object()?;
        self.unaccepted = true;
        self.object.take()
    }

    /// Takes the object for good.
    pub(crate) fn give_up(&mut self) -> Option<T> {
        self.owner_gone = true;
        self.object.take()
    }

    /// Whether the outcome that is awaited is still to be accepted.
    pub(crate) fn set_unaccepted(&mut self, unaccepted: bool) {
        self.unaccepted = unaccepted;
    }

    /// Notes that the guard of a transaction was dropped. What is returned is to be dropped without the lock.
    pub(crate) fn guard_dropped(&mut self, id: u64) -> Option<T::Parted> {
        self.dropped_guards.push(id);
        self.part_with_dropped()
    }

    /// Notes that the future of a begin was dropped, so that its transaction has no guard. What is returned is to be
    /// dropped without the lock.
    pub(crate) fn abandon_begin(&mut self) -> Option<T::Parted> {
        self.begin_abandoned = true;
        self.part_with_dropped()
    }

    /// What guards have left behind that were dropped, if the object is here.
    fn part_with_dropped(&mut self) -> Option<T::Parted> {
        if self.dropped_guards.is_empty() && !self.begin_abandoned {
            return None;
        }
        let parted = self.object()?.part_with_dropped();
        self.begin_abandoned = false;
        parted
    }
}

/// One call's use of what an owner lends. Dropping it ends the use.
#[derive(Debug)]
pub(crate) struct Lease<T: Lend> {
    state: Arc<Mutex<State<T>>>,
    /// Present until the drop.
    object: Option<T>,
    consequence: Option<Consequence<T::Mark>>,
}

impl<T: Lend> Lease<T> {
    /// A lease of the object, if it is not lent already.
    pub(crate) fn new(state: &Arc<Mutex<State<T>>>) -> Option<Self> {
        let object = state.lock().lend()?;
        Some(Self { state: Arc::clone(state), object: Some(object), consequence: None })
    }

    /// The call has begun. From now on its outcome matters: if nobody accepts it, the transaction
    /// must be rolled back.
    pub(crate) fn start(&mut self) {
        self.consequence = Some(Consequence::OutcomeLost(self.mark()));
    }

    /// The call changes nothing that its caller could want to keep: it does not matter whether its
    /// outcome is accepted.
    pub(crate) fn set_harmless(&mut self) {
        self.consequence = None;
    }

    /// The call has begun a transaction. If nobody accepts the outcome, there is no guard for it.
    pub(crate) fn set_begun(&mut self, id: u64) {
        self.consequence = Some(Consequence::GuardDropped(id));
    }

    /// Takes the object for good: the owner will be gone, too.
    pub(crate) fn into_object(mut self) -> T {
        match self.object.take() {
            Some(object) => object,
            None => unreachable!("a lease holds the object until it is dropped"),
        }
    }
}

impl<T: Lend> Deref for Lease<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.object {
            Some(object) => object,
            None => unreachable!("a lease holds the object until it is dropped"),
        }
    }
}

impl<T: Lend> DerefMut for Lease<T> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.object {
            Some(object) => object,
            None => unreachable!("a lease holds the object until it is dropped"),
        }
    }
}

impl<T: Lend> Drop for Lease<T> {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        if std::thread::panicking() {
            object.panicked();
        }
        let (waker, surplus, parted) = {
            let mut state = self.state.lock();
            state.consequence = self.consequence;
            let surplus =
                if state.owner_gone { Some(object) } else { state.object.replace(object) };
            // A guard that was dropped meanwhile was that of a call whose future is gone.
            let parted = state.part_with_dropped();
            (state.waker.take(), surplus, parted)
        };
        // Neither destructors nor wakers run under the lock.
        drop((surplus, parted));
        if let Some(waker) = waker {
            aludel_bridge::sync::waking(|| waker.wake());
        }
    }
}
