//! The session on the server, for those who end it over another connection.

use std::sync::Arc;
use std::thread::sleep;
use std::time::Instant;

use mysql::Conn;
use mysql::prelude::Queryable;
use parking_lot::Mutex;

use super::connect::connect;
use super::protocol::{catch_panic, query_last_row};
use crate::config::Config;
use crate::error::Failure;
use crate::session::{Session, UPTIME_SQL, pause};

/// A session that can be ended over another connection.
pub(super) struct Target {
    config: Arc<Config>,
    session: Session,
    tried: Mutex<bool>,
}

impl Target {
    pub(super) fn new(config: Arc<Config>, session: Session) -> Self {
        Self { config, session, tried: Mutex::new(false) }
    }

    /// Has the server end the session, unless another thread has or is about to, and waits for that. If
    /// it cannot be done in time, the server will notice by itself that the socket is closed.
    pub(super) fn end(&self) {
        let mut tried = self.tried.lock();
        if std::mem::replace(&mut *tried, true) {
            return;
        }
        let deadline = Instant::now() + self.config.recovery_budget;
        if !self.kill(deadline).unwrap_or(false) {
            tracing::debug!(
                target: "aludel::pool",
                id = self.session.id,
                "the server did not confirm in time that a terminated session has ended"
            );
        }
    }

    /// Waits until the session is over: as long as it counts on the server, its slot in the pool is not
    /// free, or a pool would have more sessions than its size.
    fn kill(&self, deadline: Instant) -> Result<bool, Failure> {
        let (mut side, own) = self.connect_when_possible(deadline)?;
        let uptime = query_last_row(&mut side, UPTIME_SQL.to_owned())?;
        if !self.session.may_be_ended_by(&own, uptime) {
            return Ok(true);
        }
        match catch_panic(|| side.query_drop(self.session.kill_sql())) {
            Err(failure) if failure.is_no_session() => return Ok(true),
            outcome => outcome?,
        }
        let mut tries = 0;
        while !query_last_row(&mut side, self.session.find_sql())?.is_empty() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(pause(tries));
            tries += 1;
        }
        Ok(true)
    }

    /// Makes another session, as soon as the server has a place for one.
    fn connect_when_possible(&self, deadline: Instant) -> Result<(Conn, Session), Failure> {
        let mut tries = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match connect(&self.config, left) {
                Err(failure) if failure.is_full() && !left.is_zero() => sleep(pause(tries)),
                outcome => return outcome,
            }
            tries += 1;
        }
    }
}
