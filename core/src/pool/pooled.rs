//! A connection with its slot: idle in the pool, or in use.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::queue::{Slot, Slots};
use super::{Checkin, DbapiConnection, Listeners};
use crate::dbapi::{
    Connection, ExecutionOptions, IsolationLevel, Released, ServerInfo, Statement, StatementHandle,
};
use crate::error::{Error, Result};

/// Statements that a session keeps prepared; of more, those used least recently are closed.
const MAX_PREPARED: usize = 64;

/// A clean connection that nobody uses.
#[derive(Debug)]
pub(super) struct Idle {
    // The order matters: the connection is closed before its slot is free.
    pub(super) connection: Box<dyn Connection>,
    slot: Slot,
    pub(super) created: Instant,
    pub(super) since: Instant,
    session: SessionState,
}

/// What the pool keeps of a session besides the driver's connection.
#[derive(Debug, Default)]
struct SessionState {
    /// The level at checkout.
    default_level: Option<IsolationLevel>,
    level: Option<IsolationLevel>,
    /// The handles of prepared statements by the numbers of their owners, the one used last first.
    prepared: Vec<(u64, StatementHandle)>,
}

impl Idle {
    pub(super) fn new(connection: Box<dyn Connection>, mut slot: Slot) -> Self {
        slot.renew();
        let now = Instant::now();
        let session = SessionState::default();
        Self { connection, slot, created: now, since: now, session }
    }

    /// Sets the isolation level that every checkout finds.
    pub(super) fn set_default_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        if level.is_some() {
            self.connection.set_isolation_level(level)?;
        }
        self.session.default_level = level;
        self.session.level = level;
        Ok(())
    }

    /// Puts the isolation level back; `false` if that cannot be done.
    fn restore_level(&mut self) -> bool {
        let default = self.session.default_level;
        if self.session.level == default {
            return true;
        }
        self.session.level = default;
        self.connection.set_isolation_level(default).is_ok()
    }

    pub(super) fn is_current(&self) -> bool {
        self.slot.is_current()
    }

    pub(super) fn slots(&self) -> &Slots {
        self.slot.slots()
    }

    pub(super) fn generation(&self) -> u64 {
        self.slot.generation()
    }

    /// Terminates the connection and keeps the right to another.
    pub(super) fn terminate(self) -> Slot {
        let (connection, slot) = self.split();
        connection.terminate();
        slot
    }

    /// Returns it to the pool, which closes what it has too many of.
    pub(super) fn return_to_pool(mut self) {
        if !self.restore_level() {
            return self.discard();
        }
        let slots = self.slots().clone();
        if let Some(surplus) = slots.put_back(self) {
            surplus.discard();
        }
    }

    /// Terminates the connection and gives the right back.
    pub(super) fn discard(self) {
        drop(self.terminate());
    }

    pub(super) fn split(self) -> (Box<dyn Connection>, Slot) {
        (self.connection, self.slot)
    }
}

/// A connection in use. Dropping it gives it back without blocking: what is open is rolled back,
/// and what was interrupted is recovered in the background.
#[derive(Debug)]
pub struct Pooled {
    /// Present until the drop.
    idle: Option<Idle>,
    /// Whether it was checked out, so that its return is a checkin.
    lent: bool,
    listeners: Arc<Listeners>,
}

impl Pooled {
    pub(super) fn new(idle: Idle, listeners: Arc<Listeners>) -> Self {
        Self { idle: Some(idle), lent: false, listeners }
    }

    /// Notes that it is checked out.
    pub(super) fn lend(mut self) -> Self {
        self.lent = true;
        self
    }

    /// A connection that was just made, while its listeners make it ready: whatever ends them, it is
    /// not returned to the pool.
    pub(super) fn make_ready(
        mut idle: Idle,
        listeners: Arc<Listeners>,
        ready: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<Self> {
        let generation = idle.slot.mark_unusable();
        let mut this = Self::new(idle, listeners);
        if let Err(error) = ready(&mut this) {
            return Err(this.refuse(error));
        }
        if let Some(idle) = &mut this.idle {
            idle.slot.mark_usable(generation);
        }
        Ok(this)
    }

    /// A listener has failed: the connection is closed, or, if the listener was cut in the middle of
    /// a statement, recovered, which stops the server's work.
    #[cold]
    pub(super) fn refuse(self, error: Error) -> Error {
        if error.is_cancelled() {
            drop(self)
        } else {
            self.discard()
        }
        error
    }

    /// The driver's connection.
    #[inline]
    pub fn connection(&mut self) -> &mut dyn Connection {
        match &mut self.idle {
            Some(idle) => &mut *idle.connection,
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }

    /// What the server says of itself.
    #[must_use]
    pub fn server(&self) -> &ServerInfo {
        match &self.idle {
            Some(idle) => idle.connection.server(),
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }

    /// Sets the isolation level until the connection is given back.
    ///
    /// # Errors
    ///
    /// As [`Connection::set_isolation_level`].
    pub fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        let Some(idle) = &mut self.idle else { return Ok(()) };
        if idle.session.level != level {
            idle.connection.set_isolation_level(level)?;
            idle.session.level = level;
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
        if let Some(idle) = &self.idle
            && let Some((first, handle)) = idle.session.prepared.first()
            && *first == owner
            && idle.connection.is_prepared(*handle)
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
        let Some(idle) = &mut self.idle else {
            unreachable!("a pooled connection keeps its connection until it is dropped")
        };
        let known = &mut idle.session.prepared;
        if let Some(at) = known.iter().position(|(known, _)| *known == owner) {
            let (_, handle) = known[at];
            if idle.connection.is_prepared(handle) {
                known[..=at].rotate_right(1);
                return Ok(handle);
            }
            known.remove(at);
        }
        if known.len() == MAX_PREPARED
            && let Some((_, last)) = known.pop()
        {
            idle.connection.close_prepared(last);
        }
        let handle = idle.connection.prepare(statement, options)?;
        known.insert(0, (owner, handle));
        Ok(handle)
    }

    /// Whether the connection can be used for another statement.
    #[inline]
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.idle.as_ref().is_some_and(|idle| idle.connection.is_usable())
    }

    /// Whether no listener is called when it is given back.
    pub(crate) fn has_no_checkin_listeners(&self) -> bool {
        !self.listeners.has_listeners(|to| &to.checkin)
    }

    /// Closes the connection instead of giving it back; the slot is free again.
    pub(crate) fn discard(mut self) {
        if let Some(idle) = self.idle.take() {
            idle.discard();
        }
    }

    pub(super) fn terminate(mut self) -> Slot {
        match self.idle.take() {
            Some(idle) => idle.terminate(),
            None => unreachable!("a pooled connection keeps its connection until it is dropped"),
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(mut idle) = self.idle.take() else { return };
        // While unwinding nothing is known of the statement that was running.
        if std::thread::panicking() || idle.connection.release() == Released::Dirty {
            return recover(idle, self.lent.then(|| Arc::clone(&self.listeners)));
        }
        if self.lent {
            check_in(idle, &self.listeners);
        } else {
            idle.return_to_pool();
        }
    }
}

/// Lets the driver clean up in the background. The slot stays taken until it is done, and until the
/// checkin listeners, if they are due, were called.
fn recover(idle: Idle, checkin: Option<Arc<Listeners>>) {
    let Idle { connection, slot, created, session, .. } = idle;
    connection.recover(Box::new(move |recovered| {
        let Some(connection) = recovered else { return drop(slot) };
        let idle = Idle { connection, slot, created, since: Instant::now(), session };
        match checkin {
            Some(listeners) => check_in(idle, &listeners),
            None => idle.return_to_pool(),
        }
    }));
}

/// Calls the checkin listeners for a clean connection, and returns it to the pool.
fn check_in(mut idle: Idle, listeners: &Listeners) {
    if !fire_checkin(&mut idle, listeners) {
        return idle.discard();
    }
    if idle.connection.release() == Released::Dirty {
        return recover(idle, None);
    }
    idle.return_to_pool();
}

/// Calls the listeners; `false` if the connection must not be used again.
fn fire_checkin(idle: &mut Idle, listeners: &Listeners) -> bool {
    if !listeners.has_listeners(|to| &to.checkin) {
        return true;
    }
    let fired = catch_unwind(AssertUnwindSafe(|| {
        let dbapi_connection = DbapiConnection::new(&mut *idle.connection);
        listeners.fire(|to| &to.checkin, &mut Checkin { dbapi_connection })
    }));
    match fired {
        Ok(Ok(())) => idle.connection.is_usable(),
        Ok(Err(error)) => {
            tracing::error!(target: "aludel::pool", %error, "a checkin listener failed");
            false
        }
        Err(_) => {
            tracing::error!(target: "aludel::pool", "a checkin listener panicked");
            false
        }
    }
}
