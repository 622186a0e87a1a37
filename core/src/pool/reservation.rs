//! A turn that has come: the right to a connection, before anything is done with it.

use std::fmt;
use std::time::Instant;

use tokio::runtime;

use super::holder::Place;
use super::metrics::Pending;
use super::queue::Grant;
use super::{Pool, Pooled};
use crate::error::Result;

/// What [`Pool::reserve`] gives: the right to a connection. Dropping it passes it on.
///
/// It splits a checkout in two, for async programs: anybody can await the turn, while the rest may
/// have to wait for the database or call listeners, which takes place where those may wait.
pub struct Reservation {
    pool: Pool,
    /// Present until it is redeemed or dropped.
    grant: Option<Grant>,
    deadline: Instant,
    place: Place,
    /// Until it is redeemed.
    _pending: Pending,
}

impl Reservation {
    pub(super) fn new(
        pool: Pool,
        grant: Grant,
        deadline: Instant,
        place: Place,
        pending: Pending,
    ) -> Self {
        Self { pool, grant: Some(grant), deadline, place, _pending: pending }
    }

    /// The runtime on which the connection lives that is granted, if it is an idle one that is bound to one.
    #[must_use]
    pub fn runtime(&self) -> Option<runtime::Id> {
        match &self.grant {
            Some(Grant::Idle(idle)) => idle.runtime(),
            _ => None,
        }
    }

    /// Makes it a connection: pings one that was idle for long, makes a new one, calls listeners.
    ///
    /// # Errors
    ///
    /// As [`Pool::checkout`].
    pub fn redeem(mut self) -> Result<Pooled> {
        self.pool.refuse_to_block()?;
        match self.grant.take() {
            Some(grant) => {
                let lent = self.pool.redeem(grant, self.deadline, self.place)?;
                self.pool.count_lent(self.deadline);
                Ok(lent)
            }
            None => unreachable!("a reservation keeps its grant until it is redeemed"),
        }
    }

    /// As [`redeem`](Self::redeem), if nothing has to be waited for and no listener be called. `used_here`
    /// says that the connection will be used on the runtime where this is called, if there is one.
    ///
    /// # Errors
    ///
    /// The reservation, which needs more than that.
    pub fn redeem_now(mut self, used_here: bool) -> Result<Pooled, Self> {
        let grant = match self.grant.take() {
            Some(Grant::Idle(mut idle)) => {
                if self.pool.is_ready(&mut idle, used_here) {
                    let lent = Pooled::new(idle).lend(self.place);
                    self.pool.count_lent(self.deadline);
                    self.pool.keep_ready();
                    return Ok(lent);
                }
                Some(Grant::Idle(idle))
            }
            other => other,
        };
        self.grant = grant;
        Err(self)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match self.grant.take() {
            Some(Grant::Idle(idle)) => idle.return_to_pool(),
            // It passes itself on.
            Some(slot) => {
                drop(slot);
                self.pool.count_changed();
            }
            None => {}
        }
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
