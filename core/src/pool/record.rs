//! A connection with its slot, and what the pool keeps with it: idle, or in use.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_bridge::Hosts;
use tokio::runtime;

use super::holder::{Holder, Holders};
use super::limit::Limit;
use super::queue::{Slot, Slots};
use super::{Close, DbapiConnection, Info, Listeners, ResetOnReturn};
use crate::dbapi::{Connection, IsolationLevel, Statement, StatementHandle};
use crate::error::Result;

/// A connection of the pool, whoever has it.
#[derive(Debug)]
pub(super) struct ConnectionRecord {
    // The order matters: the connection is closed before its slot is free.
    pub(super) connection: Box<dyn Connection>,
    /// Behind a pointer, since a record moves with each checkout and each return.
    pub(super) session: Box<SessionRecord>,
    pub(super) slot: Slot,
    pub(super) created: Instant,
    /// Since when it is idle.
    pub(super) since: Instant,
}

/// What is left of a session whose slot has another use. Its end calls listeners, so it is not for a lock.
pub(super) struct Remains {
    connection: Box<dyn Connection>,
    session: Box<SessionRecord>,
}

impl Remains {
    /// Closes the session at once, and calls its listeners.
    pub(super) fn terminate(self) {
        let Self { connection, session } = self;
        connection.terminate();
        drop(session);
    }
}

/// What the pool keeps of a session besides the driver's connection. Its drop is the end of the session,
/// whatever the reason: the close listeners are called.
#[derive(Debug)]
pub(super) struct SessionRecord {
    /// The runtime outside of which the connection is not to be lent.
    runtime: Option<runtime::Id>,
    /// The level at checkout.
    default_level: Option<IsolationLevel>,
    pub(super) level: Option<IsolationLevel>,
    /// The handles of prepared statements by the numbers of their owners, the one used last first.
    pub(super) prepared: Vec<(u64, StatementHandle)>,
    pub(super) info: Info,
    pub(super) listeners: Arc<Listeners>,
    pub(super) holder: Arc<Holder>,
    /// Those of the pool.
    pub(super) holders: Holders,
    /// The address of the text that was recorded last at its holder, which keeps it alive meanwhile.
    pub(super) noted: Option<usize>,
    /// How long the listeners of its return may take.
    pub(super) return_timeout: Duration,
    /// Whether connect listeners know of it.
    is_known: bool,
    /// What is done at its return.
    pub(super) reset: ResetOnReturn,
    /// It was reset, so that connect listeners are due once more.
    pub(super) is_to_set_up: bool,
}

/// The outcome of calling listeners whose result no caller awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fired {
    /// There are no listeners.
    Nothing,
    /// They may have run SQL.
    Done,
    /// The connection must not be used again.
    Failed,
}

impl ConnectionRecord {
    pub(super) fn new(
        connection: Box<dyn Connection>,
        mut slot: Slot,
        listeners: Arc<Listeners>,
        holders: Holders,
        reset: ResetOnReturn,
        return_timeout: Duration,
    ) -> Self {
        slot.renew();
        let now = Instant::now();
        let session = Box::new(SessionRecord {
            runtime: connection.runtime(),
            default_level: None,
            level: None,
            prepared: Vec::new(),
            info: Info::default(),
            listeners,
            holder: holders.add(),
            holders,
            noted: None,
            return_timeout,
            is_known: false,
            reset,
            is_to_set_up: false,
        });
        Self { connection, session, slot, created: now, since: now }
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

    /// The session is as a new one. A driver that keeps statements through a reset is notified that nobody has
    /// their handles any more.
    pub(super) fn was_reset(&mut self) {
        self.session.level = None;
        for (_, handle) in self.session.prepared.drain(..) {
            self.connection.close_prepared(handle);
        }
        self.session.is_to_set_up = true;
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

    /// How old it may become, where connections may become so old.
    pub(super) fn lifetime(&self, age: Duration, jitter: Option<Duration>) -> Duration {
        let most = jitter.unwrap_or(age / 10).min(age);
        age - most.mul_f64(self.session.holder.share())
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

    /// What an event of the pool hands out, and the listeners.
    pub(super) fn event_parts(
        &mut self,
        limit: Limit,
    ) -> (DbapiConnection<'_>, &mut Info, &Listeners) {
        let SessionRecord { info, listeners, .. } = &mut *self.session;
        (DbapiConnection::new(&mut *self.connection, limit), info, listeners)
    }

    /// The same of an event that hands out no connection.
    pub(super) fn farewell_parts(&mut self) -> (&mut Info, &Listeners) {
        let SessionRecord { info, listeners, .. } = &mut *self.session;
        (info, listeners)
    }

    /// The runtime where this is asked, if the connection lives on another one. Where there is none, what the
    /// connection needs is missing whichever it is.
    pub(super) fn foreign_runtime(&self) -> Option<runtime::Id> {
        self.session.runtime?;
        let here = runtime::Handle::try_current().ok()?.id();
        (!self.lives_on(here)).then_some(here)
    }

    /// Whether it may be lent on a runtime: its own, or that of another host of the same engine, from where it is
    /// as good, but for a change of threads.
    pub(super) fn lives_on(&self, runtime: runtime::Id) -> bool {
        self.session.runtime.is_none_or(|own| Hosts::live_together(own, runtime))
    }

    /// The runtime outside of which the connection is not to be lent.
    pub(super) fn runtime(&self) -> Option<runtime::Id> {
        self.session.runtime
    }

    /// Connect listeners are about to be called.
    pub(super) fn set_known(&mut self) {
        self.session.is_known = true;
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
        let (slots, meters) = (self.slots().clone(), self.session.holders.meters.clone());
        match slots.put_back(self) {
            Some(surplus) => surplus.discard(),
            None => meters.changed(|| slots.counts()),
        }
    }

    /// Terminates the connection and gives the right back.
    pub(super) fn discard(self) {
        let (slots, meters) = (self.slots().clone(), self.session.holders.meters.clone());
        drop(self.terminate());
        meters.changed(|| slots.counts());
    }

    /// Its slot, and what is to be ended. Calls nothing.
    pub(super) fn into_remains(self) -> (Slot, Remains) {
        let Self { connection, session, slot, .. } = self;
        (slot, Remains { connection, session })
    }

    /// Ends the record of the session; what is left is to be closed by the caller.
    pub(super) fn split(self) -> (Box<dyn Connection>, Slot) {
        (self.connection, self.slot)
    }
}

impl SessionRecord {
    /// Records another statement at its holder.
    pub(super) fn note(&mut self, statement: &Statement) {
        self.noted = Some(statement.sql().as_ptr().addr());
        self.holder.note(statement);
    }
}

impl Drop for SessionRecord {
    fn drop(&mut self) {
        self.holders.remove(&self.holder);
        if !self.is_known || !self.listeners.has_listeners(|to| &to.close) {
            return;
        }
        let Self { listeners, info, .. } = self;
        log_failure("close", || listeners.fire(|to| &to.close, &mut Close { info }));
    }
}

/// Calls listeners whose errors and panics reach the log only; whether there were none.
pub(super) fn log_failure(event: &str, fire: impl FnOnce() -> Result<()>) -> bool {
    match catch_unwind(AssertUnwindSafe(fire)) {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => {
            tracing::error!(target: "aludel::pool", %error, "a listener of {event} failed");
        }
        Err(_) => tracing::error!(target: "aludel::pool", "a listener of {event} panicked"),
    }
    false
}
