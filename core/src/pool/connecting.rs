//! How the pool makes a connection, unless one that is given back comes first.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;

use super::limit::Limit;
use super::queue::{Attempt, Grant, Slot, Stood, closed};
use super::record::ConnectionRecord;
use super::{Connect, Pool, Pooled};
use crate::dbapi::{Connection, LateCallback, errors};
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
        let standing_by = match self.0.slots.stand_by(here)? {
            Stood::Idle(idle) => return Ok(Made::Returned(idle)),
            Stood::By(waiting) => waiting,
        };
        let url = self.0.ask_where()?;
        let attempt = Attempt::new(slot);
        let begun = Instant::now();
        let late = self.late(&attempt, begun);
        let mut returned = None;
        let made = {
            let sooner = pin!(async { returned = Some(standing_by.await) });
            self.0.driver.connect_unless(url.as_ref(), deadline, sooner, late)
        };
        if !matches!(made, Ok(Some(_))) {
            self.0.slots.goes_on(&attempt);
        }
        match (made, returned) {
            (Ok(None), Some(Ok(Grant::Idle(idle)))) => Ok(Made::Returned(idle)),
            (Ok(None), Some(Err(error))) => Err(error),
            (Ok(None), _) => {
                Err(errors::impossible("a driver has given a connection up for nothing"))
            }
            (Ok(Some(connection)), returned) => {
                pass_on(returned);
                let Some(slot) = attempt.take() else {
                    connection.terminate();
                    return Err(closed());
                };
                let mut record = self.record(connection, slot, begun)?;
                record.session.is_to_set_up = false;
                Self::set_up(record, deadline).map(Made::New)
            }
            (Err(error), returned) => {
                pass_on(returned);
                Err(self.failed(error))
            }
        }
    }

    /// What becomes of a connection that is made when nobody waits for it any more: it is idle, or the next
    /// one's.
    fn late(&self, attempt: &Arc<Attempt>, begun: Instant) -> LateCallback {
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
                }
            }
        })
    }

    /// A new connection in its slot, at the level that every checkout finds. Its listeners are due.
    fn record(
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
    pub(super) fn set_up(mut record: ConnectionRecord, deadline: Instant) -> Result<Pooled> {
        record.session.is_to_set_up = false;
        record.set_known();
        Pooled::make_ready(record, |record| {
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
