//! A connection in use: lent to one borrower, and given back by its drop.

use std::time::Instant;

use tokio::runtime;

use super::holder::Place;
use super::limit::Limit;
use super::queue::Slot;
use super::record::{ConnectionRecord, Fired, log_failure};
use super::{Checkin, Info, Invalidate, Reset, ResetOnReturn};
use crate::dbapi::{
    Connection, ExecutionOptions, IsolationLevel, Released, ServerInfo, SessionReset, Statement,
    StatementHandle,
};
use crate::error::{Error, Result};

/// Statements that a session keeps prepared; of more, those used least recently are closed.
const MAX_PREPARED: usize = 64;

/// A connection in use. Dropping it gives it back without blocking: what is open is rolled back,
/// and what was interrupted is recovered in the background.
#[derive(Debug)]
pub struct Pooled {
    /// Present until the drop.
    record: Option<ConnectionRecord>,
    /// Where the program checked it out, if it did, so that its return is a checkin.
    lent: Option<Place>,
    /// A call of it was cut, or its outcome was not taken: it may have taken locks.
    interrupted: bool,
}

impl Pooled {
    pub(super) fn new(record: ConnectionRecord) -> Self {
        Self { record: Some(record), lent: None, interrupted: false }
    }

    /// Notes that it is checked out, and by whom.
    pub(super) fn lend(mut self, place: Place) -> Self {
        self.lent = Some(place);
        let session = &mut self.record().session;
        session.noted = None;
        session.holder.lend(place);
        self
    }

    /// Where the program checked it out.
    pub(crate) fn place(&self) -> Option<Place> {
        self.lent
    }

    /// The runtime on which the connection lives, if it is bound to one.
    #[must_use]
    pub fn runtime(&self) -> Option<runtime::Id> {
        self.record.as_ref()?.runtime()
    }

    /// The number of the session, which no other one in the program has.
    pub(crate) fn number(&self) -> u64 {
        self.record.as_ref().map_or(0, |record| record.session.holder.number())
    }

    /// Notes which statement its holder runs.
    #[inline]
    pub(crate) fn note(&mut self, statement: &Statement) {
        let session = &mut self.record().session;
        if session.noted != Some(statement.sql().as_ptr().addr()) {
            session.note(statement);
        }
    }

    /// Has listeners make it ready: whatever ends them, it is not returned to the pool.
    pub(super) fn make_ready(
        mut self,
        ready: impl FnOnce(&mut ConnectionRecord) -> Result<()>,
    ) -> Result<Self> {
        let generation = self.record().slot.mark_unusable();
        if let Err(error) = ready(self.record()) {
            return Err(self.refuse(error));
        }
        self.record().slot.mark_usable(generation);
        Ok(self)
    }

    /// A listener has failed: the connection is closed. If the listener was cut in the middle of a
    /// statement, by a cancel or by its deadline, the driver stops the server's work first.
    #[cold]
    pub(super) fn refuse(mut self, error: Error) -> Error {
        if error.is_cancelled() {
            drop(self);
        } else if self.is_usable() {
            self.invalidate(error.message());
        } else {
            let record = self.record();
            record.slot.mark_unusable();
            fire_invalidate(record, error.message());
            drop(self);
        }
        error
    }

    #[inline]
    pub(super) fn record(&mut self) -> &mut ConnectionRecord {
        match &mut self.record {
            Some(record) => record,
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }

    /// The driver's connection.
    #[inline]
    pub fn connection(&mut self) -> &mut dyn Connection {
        &mut *self.record().connection
    }

    /// What the program keeps with the session.
    pub fn info(&mut self) -> &mut Info {
        &mut self.record().session.info
    }

    /// What the server says of itself.
    #[must_use]
    pub fn server(&self) -> &ServerInfo {
        match &self.record {
            Some(record) => record.connection.server(),
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }

    /// Sets the isolation level until the connection is given back.
    ///
    /// # Errors
    ///
    /// As [`Connection::set_isolation_level`].
    pub fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        let record = self.record();
        if record.session.level != level {
            record.connection.set_isolation_level(level)?;
            record.session.level = level;
        }
        Ok(())
    }

    /// The handle of a statement, which the session prepares unless it has it prepared for the
    /// owner of this number. The handle outlives the use of the connection.
    #[inline]
    pub(crate) fn prepared(
        &mut self,
        owner: u64,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        if let Some(record) = &self.record
            && let Some((first, handle)) = record.session.prepared.first()
            && *first == owner
            && record.connection.is_prepared(*handle)
        {
            return Ok(*handle);
        }
        self.prepare(owner, statement, options)
    }

    #[cold]
    fn prepare(
        &mut self,
        owner: u64,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        let ConnectionRecord { connection, session, .. } = self.record();
        let known = &mut session.prepared;
        if let Some(at) = known.iter().position(|(known, _)| *known == owner) {
            let (_, handle) = known[at];
            if connection.is_prepared(handle) {
                known[..=at].rotate_right(1);
                return Ok(handle);
            }
            known.remove(at);
        }
        if known.len() == MAX_PREPARED
            && let Some((_, last)) = known.pop()
        {
            connection.close_prepared(last);
        }
        let handle = connection.prepare(statement, options)?;
        known.insert(0, (owner, handle));
        Ok(handle)
    }

    /// Whether the connection can be used for another statement.
    #[inline]
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.connection.is_usable())
    }

    /// Whether no listener is called with the connection when it is given back.
    pub(crate) fn returns_unheard(&self) -> bool {
        self.record.as_ref().is_none_or(|record| {
            let listeners = &record.session.listeners;
            !listeners.has_listeners(|to| &to.checkin) && !listeners.has_listeners(|to| &to.reset)
        })
    }

    /// A call of it was cut, or had an outcome that nobody took.
    pub(crate) fn mark_interrupted(&mut self) {
        self.interrupted = true;
    }

    /// Closes the connection instead of giving it back, for a reason that listeners get; the slot is
    /// free again.
    pub(crate) fn invalidate(self, reason: &str) {
        let meters = self.record.as_ref().map(|record| record.session.holders.meters.clone());
        let slot = self.terminate(reason);
        let slots = slot.slots().clone();
        drop(slot);
        if let Some(meters) = meters {
            meters.changed(|| slots.counts());
        }
    }

    /// Closes the connection and keeps the right to another.
    #[cold]
    pub(super) fn terminate(mut self, reason: &str) -> Slot {
        match self.record.take() {
            Some(mut record) => {
                fire_invalidate(&mut record, reason);
                if self.lent.is_some() {
                    let since = record.session.holder.give_back();
                    record.session.holders.meters.used(since);
                }
                record.terminate()
            }
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else { return };
        if self.lent.is_some() {
            let since = record.session.holder.give_back();
            record.session.holders.meters.used(since);
        }
        let due = if self.lent.is_some() { Due::Reset } else { Due::Nothing };
        match record.session.reset {
            ResetOnReturn::Full if self.lent.is_some() => {
                record.connection.require_reset(SessionReset::All);
                record.was_reset();
            }
            ResetOnReturn::None if self.interrupted && record.connection.is_usable() => {
                return record.discard();
            }
            _ if self.interrupted => record.connection.require_reset(SessionReset::Locks),
            _ => {}
        }
        // While unwinding nothing is known of the statement that was running.
        if std::thread::panicking() || record.connection.release() == Released::Dirty {
            return recover(record, due);
        }
        give_back(record, due, false);
    }
}

/// The event that is due before a clean connection is idle again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Reset,
    Checkin,
    Nothing,
}

/// Lets the driver clean up in the background. The slot stays taken until it is done, and until the
/// listeners that are due were called.
fn recover(record: ConnectionRecord, due: Due) {
    let ConnectionRecord { connection, session, slot, created, .. } = record;
    connection.recover(Box::new(move |recovered| {
        let Some(connection) = recovered else {
            let (slots, meters) = (slot.slots().clone(), session.holders.meters.clone());
            drop(session);
            drop(slot);
            return meters.changed(|| slots.counts());
        };
        let since = Instant::now();
        let record = ConnectionRecord { connection, session, slot, created, since };
        give_back(record, due, true);
    }));
}

/// Calls the listeners that are due for a clean connection, and returns it to the pool.
fn give_back(mut record: ConnectionRecord, mut due: Due, recovered: bool) {
    // Most often nobody listens, and the time need not be asked for.
    let mut limit = None;
    loop {
        let (fired, next) = match due {
            Due::Reset => (fire_reset(&mut record, recovered, &mut limit), Due::Checkin),
            Due::Checkin => (fire_checkin(&mut record, &mut limit), Due::Nothing),
            Due::Nothing => return record.return_to_pool(),
        };
        match fired {
            Fired::Nothing => {}
            Fired::Failed if record.connection.is_usable() => return record.discard(),
            // The server may still be at work: it is stopped before the slot is free.
            Fired::Failed => {
                record.slot.mark_unusable();
                return recover(record, Due::Nothing);
            }
            Fired::Done => {
                if record.connection.release() == Released::Dirty {
                    return recover(record, next);
                }
            }
        }
        due = next;
    }
}

fn fire_reset(record: &mut ConnectionRecord, recovered: bool, limit: &mut Option<Limit>) -> Fired {
    if !record.session.listeners.has_listeners(|to| &to.reset) {
        return Fired::Nothing;
    }
    let time = record.session.return_timeout;
    let limit = *limit.get_or_insert_with(|| Limit::of_return(time));
    let (dbapi_connection, info, listeners) = record.event_parts(limit);
    let mut event = Reset { dbapi_connection, info, recovered };
    let fine = log_failure("reset", || listeners.fire(|to| &to.reset, &mut event));
    drop(event);
    outcome(fine, record)
}

fn fire_checkin(record: &mut ConnectionRecord, limit: &mut Option<Limit>) -> Fired {
    if !record.session.listeners.has_listeners(|to| &to.checkin) {
        return Fired::Nothing;
    }
    let time = record.session.return_timeout;
    let limit = *limit.get_or_insert_with(|| Limit::of_return(time));
    let (dbapi_connection, info, listeners) = record.event_parts(limit);
    let mut event = Checkin { dbapi_connection, info };
    let fine = log_failure("checkin", || listeners.fire(|to| &to.checkin, &mut event));
    drop(event);
    outcome(fine, record)
}

/// What listeners that were called have left behind.
fn outcome(fine: bool, record: &ConnectionRecord) -> Fired {
    if fine && record.connection.is_usable() { Fired::Done } else { Fired::Failed }
}

fn fire_invalidate(record: &mut ConnectionRecord, reason: &str) {
    let (info, listeners) = record.farewell_parts();
    if listeners.has_listeners(|to| &to.invalidate) {
        let mut event = Invalidate { info, reason };
        log_failure("invalidate", || listeners.fire(|to| &to.invalidate, &mut event));
    }
}
