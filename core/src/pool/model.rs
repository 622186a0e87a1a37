//! The queue of the pool in every order that two or three threads can take.
//!
//! Slots, waiters and grants are those of the pool; only their locks are loom's. A grant that is lost
//! leaves a thread that waits for ever, which loom reports, or a slot that nobody can take.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use aludel_bridge::sync::park_on;
use loom::thread;

use super::holder::Holders;
use super::queue::{Attempt, Entered, Grant, Slot, Slots, StandingBy, Waiting};
use super::record::ConnectionRecord;
use super::{PoolOptions, ResetOnReturn};
use crate::dbapi::{
    Connection, Cursor, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback, Released,
    RowSink, ServerInfo, Statement, StatementHandle, TransactionOptions, unknown_handle,
};
use crate::error::Result;
use crate::value::Value;

/// A connection with nothing at its other end: the queue only passes it on.
#[derive(Debug)]
struct Nowhere;

impl Connection for Nowhere {
    fn server(&self) -> &ServerInfo {
        unreachable!("the queue asks for no version")
    }

    fn execute(
        &mut self,
        _: &Statement,
        _: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        Ok(Outcome::rows(0))
    }

    fn execute_many(
        &mut self,
        _: &Statement,
        _: &[Vec<Value>],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        Ok(Outcome::rows(0))
    }

    fn open_cursor<'c>(
        &'c mut self,
        _: &Statement,
        _: &[Value],
        _: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        unreachable!("the queue runs no statement")
    }

    fn prepare(&mut self, _: &Statement, _: &ExecutionOptions) -> Result<StatementHandle> {
        Err(unknown_handle())
    }

    fn is_prepared(&self, _: StatementHandle) -> bool {
        false
    }

    fn execute_prepared(
        &mut self,
        _: StatementHandle,
        _: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        Err(unknown_handle())
    }

    fn close_prepared(&mut self, _: StatementHandle) {}

    fn begin(&mut self, _: &TransactionOptions) -> Result<()> {
        Ok(())
    }

    fn set_isolation_level(&mut self, _: Option<IsolationLevel>) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        Ok(())
    }

    fn ping(&mut self, _: Instant) -> Result<()> {
        Ok(())
    }

    fn is_usable(&self) -> bool {
        true
    }

    fn release(&mut self) -> Released {
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        recovered(Some(self));
    }

    fn close(self: Box<Self>) {}

    fn terminate(self: Box<Self>) {}
}

fn pool_of(size: usize) -> Slots {
    Slots::new(&PoolOptions { size, max_overflow: Some(0), ..PoolOptions::default() })
}

fn slot_of(slots: &Slots) -> Slot {
    let Entered::Granted(Grant::Slot(slot)) = enter(slots) else { panic!("one is free") };
    slot
}

fn connection_in(slot: Slot) -> ConnectionRecord {
    ConnectionRecord::new(
        Box::new(Nowhere),
        slot,
        Arc::default(),
        Holders::default(),
        ResetOnReturn::Rollback,
        Duration::ZERO,
    )
}

/// A pool of one connection, and the right to it.
fn one_slot() -> (Slots, Slot) {
    let slots = pool_of(1);
    let slot = slot_of(&slots);
    (slots, slot)
}

/// The same with a connection.
fn one_connection() -> (Slots, ConnectionRecord) {
    let (slots, slot) = one_slot();
    (slots, connection_in(slot))
}

/// A pool of two: a connection in use, and one that is being made by who stands by once it looks.
fn one_made_beside_another() -> (Slots, ConnectionRecord, Arc<Attempt>, StandingBy) {
    let slots = pool_of(2);
    let used = connection_in(slot_of(&slots));
    let attempt = Attempt::new(slot_of(&slots), || ());
    let standing_by = slots.stand_by(None);
    (slots, used, attempt, standing_by)
}

fn enter(slots: &Slots) -> Entered {
    let deadline = Instant::now() + Duration::from_secs(3600);
    slots.enter(deadline, || None).expect("the pool is open")
}

fn queued(slots: &Slots) -> Waiting {
    match enter(slots) {
        Entered::Queued(waiting) => waiting,
        _ => panic!("there was a connection for one who had to wait"),
    }
}

/// Waits for a moment and leaves, as at the deadline and when cancelled.
fn leave(waiting: impl Future) {
    let mut waiting = pin!(waiting);
    drop(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())));
}

/// Takes what it waited for, and gives it back.
fn use_it(waiting: Waiting) {
    match park_on(waiting).expect("the pool is open") {
        Grant::Idle(idle) => idle.return_to_pool(),
        Grant::Slot(slot) => drop(slot),
    }
}

/// Nobody has anything, nobody waits, and the next one is served at once.
fn assert_whole(slots: &Slots) {
    let status = slots.status();
    assert_eq!((status.in_use, status.waiting), (0, 0), "{status:?}");
    assert!(matches!(enter(slots), Entered::Granted(_)), "the slot is lost");
    for idle in slots.close() {
        idle.discard();
    }
}

/// Waits for the end of a thread, in which nothing panicked.
fn joined(thread: thread::JoinHandle<()>) {
    assert!(thread.join().is_ok());
}

#[test]
fn a_slot_reaches_the_one_who_waits() {
    loom::model(|| {
        let (slots, slot) = one_slot();
        let waiting = queued(&slots);
        let waiter = thread::spawn(move || use_it(waiting));
        drop(slot);
        joined(waiter);
        assert_whole(&slots);
    });
}

#[test]
fn a_connection_reaches_the_one_who_waits() {
    loom::model(|| {
        let (slots, idle) = one_connection();
        let waiting = queued(&slots);
        let waiter = thread::spawn(move || use_it(waiting));
        idle.return_to_pool();
        joined(waiter);
        assert_whole(&slots);
    });
}

// The grant and the deadline meet: what comes too late goes back to the pool.
// fault: P03
#[test]
fn a_slot_that_comes_too_late_is_not_lost() {
    loom::model(|| {
        let (slots, slot) = one_slot();
        let waiting = queued(&slots);
        let waiter = thread::spawn(move || leave(waiting));
        drop(slot);
        joined(waiter);
        assert_whole(&slots);
    });
}

#[test]
fn a_connection_that_comes_too_late_is_not_lost() {
    loom::model(|| {
        let (slots, idle) = one_connection();
        let waiting = queued(&slots);
        let waiter = thread::spawn(move || leave(waiting));
        idle.return_to_pool();
        joined(waiter);
        assert_whole(&slots);
    });
}

// The first leaves while it is served; the second has nobody else to wait for.
// fault: P05, P06
#[test]
fn a_slot_that_comes_too_late_is_the_next_ones() {
    loom::model(|| {
        let (slots, slot) = one_slot();
        let (first, second) = (queued(&slots), queued(&slots));
        let leaves = thread::spawn(move || leave(first));
        let waits = thread::spawn(move || use_it(second));
        drop(slot);
        joined(leaves);
        joined(waits);
        assert_whole(&slots);
    });
}

#[test]
fn a_connection_that_comes_too_late_is_the_next_ones() {
    loom::model(|| {
        let (slots, idle) = one_connection();
        let (first, second) = (queued(&slots), queued(&slots));
        let leaves = thread::spawn(move || leave(first));
        let waits = thread::spawn(move || use_it(second));
        idle.return_to_pool();
        joined(leaves);
        joined(waits);
        assert_whole(&slots);
    });
}

/// Comes for a connection, and gives it back.
fn come(slots: &Slots) {
    match enter(slots) {
        Entered::Granted(Grant::Idle(idle)) => idle.return_to_pool(),
        Entered::Granted(Grant::Slot(slot)) => drop(slot),
        Entered::Queued(waiting) => use_it(waiting),
        Entered::Late => panic!("there is an hour left"),
    }
}

// Whoever comes while a slot or a connection is given back finds it, or is found by it.
#[test]
fn one_who_comes_when_a_slot_is_given_back_is_served() {
    loom::model(|| {
        let (slots, slot) = one_slot();
        let own = slots.clone();
        let comes = thread::spawn(move || come(&own));
        drop(slot);
        joined(comes);
        assert_whole(&slots);
    });
}

#[test]
fn one_who_comes_when_a_connection_is_given_back_is_served() {
    loom::model(|| {
        let (slots, idle) = one_connection();
        let own = slots.clone();
        let comes = thread::spawn(move || come(&own));
        idle.return_to_pool();
        joined(comes);
        assert_whole(&slots);
    });
}

// Disposing of the pool tells the one who waits, unless a connection was faster.
// fault: P22, P30
#[test]
fn nobody_waits_for_a_pool_that_is_closed() {
    loom::model(|| {
        let (slots, idle) = one_connection();
        let waiting = queued(&slots);
        let waiter = thread::spawn(move || {
            if let Ok(Grant::Idle(idle)) = park_on(waiting) {
                idle.return_to_pool();
            }
        });
        let gives = thread::spawn(move || idle.return_to_pool());
        for idle in slots.close() {
            idle.discard();
        }
        joined(waiter);
        joined(gives);
        let status = slots.status();
        assert_eq!((status.in_use, status.idle, status.waiting), (0, 0, 0), "{status:?}");
    });
}

/// What the pool does with a connection that is made when nobody waits for it.
fn arrive_late(attempt: &Attempt) {
    if let Some(slot) = attempt.take() {
        connection_in(slot).return_to_pool();
    }
}

/// Takes what comes back, and lets the attempt go on.
fn be_served(slots: &Slots, attempt: &Arc<Attempt>, standing_by: StandingBy) {
    if let Ok(Grant::Idle(idle)) = park_on(standing_by) {
        slots.goes_on(attempt);
        idle.return_to_pool();
    }
}

#[test]
fn a_connection_reaches_the_one_who_makes_another_which_comes_late() {
    loom::model(|| {
        let (slots, used, attempt, standing_by) = one_made_beside_another();
        let (own, made) = (slots.clone(), Arc::clone(&attempt));
        let served = thread::spawn(move || be_served(&own, &attempt, standing_by));
        let late = thread::spawn(move || arrive_late(&made));
        used.return_to_pool();
        joined(served);
        joined(late);
        assert_eq!(slots.status().idle, 2);
        assert_whole(&slots);
    });
}

// It has its own connection when the other one comes back.
#[test]
fn a_connection_that_comes_too_late_for_who_made_one_is_the_next_ones() {
    loom::model(|| {
        let (slots, used, attempt, standing_by) = one_made_beside_another();
        let next = queued(&slots);
        let leaves = thread::spawn(move || {
            leave(standing_by);
            drop(attempt);
        });
        let waits = thread::spawn(move || use_it(next));
        used.return_to_pool();
        joined(leaves);
        joined(waits);
        assert_whole(&slots);
    });
}

// Its driver does not ask for what comes back, or a listener runs.
#[test]
fn a_connection_is_not_kept_for_who_makes_one_and_does_not_look() {
    loom::model(|| {
        let (slots, used, attempt, standing_by) = one_made_beside_another();
        let next = queued(&slots);
        let waits = thread::spawn(move || use_it(next));
        used.return_to_pool();
        joined(waits);
        drop((standing_by, attempt));
        assert_whole(&slots);
    });
}

// It begins to look while one comes back: that serves it, or who waits.
#[test]
fn a_connection_reaches_who_begins_to_look_or_who_waits() {
    loom::model(|| {
        let (slots, used, attempt, standing_by) = one_made_beside_another();
        let next = queued(&slots);
        let looks = thread::spawn(move || {
            leave(standing_by);
            drop(attempt);
        });
        used.return_to_pool();
        use_it(next);
        joined(looks);
        assert_whole(&slots);
    });
}

// fault: P22, P30
#[test]
fn a_pool_that_is_closed_leaves_no_slot_with_what_goes_on() {
    loom::model(|| {
        let (slots, used, attempt, standing_by) = one_made_beside_another();
        let (own, made) = (slots.clone(), Arc::clone(&attempt));
        let served = thread::spawn(move || be_served(&own, &attempt, standing_by));
        let late = thread::spawn(move || arrive_late(&made));
        for idle in slots.close() {
            idle.discard();
        }
        if let Some(surplus) = slots.put_back(used) {
            surplus.discard();
        }
        joined(served);
        joined(late);
        let status = slots.status();
        assert_eq!((status.in_use, status.idle, status.waiting), (0, 0, 0), "{status:?}");
    });
}
