//! How the pool makes a connection, unless one that is given back comes first.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;

use super::limit::Limit;
use super::queue::{Attempt, Grant, Slot, closed};
use super::record::ConnectionRecord;
use super::{Connect, Pool, Pooled};
use crate::dbapi::{Attempted, Connection, LATE_GRACE, LateConnectionCallback, errors};
use crate::error::Result;

/// What who makes a connection has at the end.
pub(super) enum Made {
    New(Pooled),
    /// One that came back before, which is to be checked. The new one will be idle.
    Returned(ConnectionRecord),
}

impl Pool {
    /// Makes a connection, or takes the first that is given back meanwhile.
    pub(super) fn connect(&self, slot: Slot, deadline: Instant) -> Result<Made> {
        let here = Handle::try_current().ok().map(|runtime| runtime.id());
        let idle = || self.0.slots.take_idle(here);
        if let Some(idle) = idle()? {
            return Ok(Made::Returned(idle));
        }
        let driver = self.0.ask_where()?;
        // Listeners may wait, and nothing was kept for this checkout meanwhile.
        if let Some(idle) = idle()? {
            return Ok(Made::Returned(idle));
        }
        let (slots, meters) = (self.0.slots.clone(), self.0.holders.meters.clone());
        let attempt = Attempt::new(slot, move || meters.changed(|| slots.counts()));
        let begun = Instant::now();
        let late = self.late(&attempt, begun);
        let mut returned = None;
        let attempted = {
            let standing_by = self.0.slots.stand_by(here);
            let alternative = pin!(async { returned = Some(standing_by.await) });
            driver.connect_unless(deadline, alternative, late)
        };
        // Somebody has its callback, also behind an error.
        if Arc::strong_count(&attempt) > 1 {
            self.0.slots.goes_on(&attempt);
            attempt.end_at(deadline.checked_add(LATE_GRACE).unwrap_or(deadline));
        }
        match (attempted, returned) {
            (Ok(Attempted::GoesOn | Attempted::GivenUp), returned) => match returned {
                Some(Ok(Grant::Idle(idle))) => Ok(Made::Returned(idle)),
                Some(Err(error)) => Err(error),
                _ => Err(errors::impossible("a driver has given a connection up for nothing")),
            },
            (Ok(Attempted::Connected(connection)), returned) => {
                pass_on(returned);
                let Some(slot) = attempt.take() else {
                    connection.terminate();
                    return Err(closed());
                };
                let record = self.record(connection, slot, begun)?;
                Self::set_up(Pooled::new(record), deadline).map(Made::New)
            }
            (Err(error), returned) => {
                pass_on(returned);
                Err(self.failed(error))
            }
        }
    }

    /// What becomes of a connection that is made when nobody waits for it any more: it is idle, or the next
    /// one's.
    fn late(&self, attempt: &Arc<Attempt>, begun: Instant) -> LateConnectionCallback {
        let (pool, attempt) = (Arc::downgrade(&self.0), Arc::clone(attempt));
        Box::new(move |made| {
            let (Some(pool), Some(slot)) = (pool.upgrade().map(Pool), attempt.take()) else {
                if let Ok(connection) = made {
                    connection.terminate();
                }
                return;
            };
            match made.and_then(|connection| pool.record(connection, slot, begun)) {
                Ok(record) => record.return_to_pool(),
                Err(error) => {
                    tracing::warn!(target: "aludel::pool", %error, "a connection that nobody waited for was not made");
                    *pool.0.last_error.lock() = Some(error.message().to_owned());
                    pool.count_changed();
                }
            }
        })
    }

    /// A new connection in its slot, at the level that every checkout finds. Its listeners are due.
    pub(super) fn record(
        &self,
        connection: Box<dyn Connection>,
        slot: Slot,
        begun: Instant,
    ) -> Result<ConnectionRecord> {
        self.0.holders.meters.made(begun);
        let options = &self.0.options;
        let mut record = ConnectionRecord::new(
            connection,
            slot,
            Arc::clone(&self.0.listeners),
            self.0.holders.clone(),
            options.reset_on_return,
            options.return_timeout,
        );
        if let Err(error) = record.set_default_level(options.isolation_level) {
            record.discard();
            return Err(error);
        }
        record.session.is_to_set_up = true;
        Ok(record)
    }

    /// Has connect listeners make a session ready.
    pub(super) fn set_up(pooled: Pooled, deadline: Instant) -> Result<Pooled> {
        pooled.make_ready(|record| {
            record.session.is_to_set_up = false;
            record.set_known();
            let limit = Limit::of_checkout(deadline);
            let (dbapi_connection, info, listeners) = record.event_parts(limit);
            if !listeners.has_listeners(|to| &to.connect) {
                return Ok(());
            }
            listeners.fire(|to| &to.connect, &mut Connect { dbapi_connection, info })?;
            limit.explain(record.connection.keep_settings(deadline))
        })
    }
}

/// A connection that came back too late for who has one goes to the next.
fn pass_on(returned: Option<Result<Grant>>) {
    if let Some(Ok(Grant::Idle(idle))) = returned {
        idle.return_to_pool();
    }
}
