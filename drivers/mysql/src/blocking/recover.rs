//! Bringing a connection back: the transaction is rolled back, or the session is ended on the server,
//! which so stops what it is doing and lets go its locks.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, RecoveryCallback, run_with_timeout};
use mysql::Conn;
use mysql::prelude::Queryable;
use parking_lot::Mutex;

use super::connection::BlockingConnection;
use super::driver::BlockingDriver;
use super::exchange::{ask, missing, survive};
use crate::error::Failure;
use crate::session::{Session, UPTIME, pause};

/// Delivers the connection, or `None` after terminating it. This waits for the server.
pub(super) fn recover(mut connection: Box<BlockingConnection>, recovered: RecoveryCallback) {
    let budget = connection.driver.config.recovery_budget;
    if connection.is_usable() {
        connection.dirty = true;
        if clean_up(&mut connection, budget).is_ok() {
            connection.dirty = false;
            return recovered(Some(connection));
        }
    }
    // A session that ended by itself needs no end.
    let doomed = connection.cut || connection.gone.is_none();
    let target = Arc::clone(&connection.target);
    drop(connection);
    if doomed {
        // The server may be slow to answer, but not for ever.
        run_with_timeout(budget, move || target.end());
    }
    recovered(None);
}

fn clean_up(connection: &mut BlockingConnection, budget: Duration) -> Result<(), Failure> {
    // This has limits of its own, and takes them away at its end.
    connection.pay_at_last()?;
    connection.socket.limit(Some(budget), Some(budget));
    connection.roll_back()?;
    if connection.transaction.altered {
        let conn = connection.conn.as_mut().ok_or_else(missing)?;
        let answer = ask(conn, connection.session.restoring())?;
        connection.session.check_restored(answer)?;
        if connection.transaction.restored() {
            connection.forget_all();
        }
    }
    connection.unlimit();
    Ok(())
}

/// A session, for who ends it from elsewhere.
pub(super) struct Target {
    driver: BlockingDriver,
    session: Session,
    tried: Mutex<bool>,
}

impl Target {
    pub(super) fn new(driver: BlockingDriver, session: Session) -> Self {
        Self { driver, session, tried: Mutex::new(false) }
    }

    /// Has the server end the session, unless another thread has or is about to, and waits for that. If
    /// it cannot be done in time, the server will find out by itself that nobody listens to the session
    /// any more.
    pub(super) fn end(&self) {
        let mut tried = self.tried.lock();
        if std::mem::replace(&mut *tried, true) {
            return;
        }
        let deadline = Instant::now() + self.driver.config.recovery_budget;
        if !self.kill(deadline).unwrap_or(false) {
            tracing::debug!(
                target: "aludel::pool",
                id = self.session.id,
                "the server was not seen to end a session that was given up"
            );
        }
    }

    /// Waits until the session is over: as long as it counts on the server, its place in the pool is
    /// not free, or a pool would take more of the server than its size.
    fn kill(&self, deadline: Instant) -> Result<bool, Failure> {
        let (mut side, own) = self.approach(deadline)?;
        let uptime = ask(&mut side, UPTIME.to_owned())?;
        if !self.session.may_be_ended_by(&own, uptime) {
            return Ok(true);
        }
        match survive(|| side.query_drop(self.session.kill())) {
            Err(failure) if failure.is_no_session() => return Ok(true),
            outcome => outcome?,
        }
        let mut looks = 0;
        while !ask(&mut side, self.session.find())?.is_empty() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(pause(looks));
            looks += 1;
        }
        Ok(true)
    }

    /// Another session, as soon as the server has a place for one.
    fn approach(&self, deadline: Instant) -> Result<(Conn, Session), Failure> {
        let mut tries = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.driver.attempt(left) {
                Err(failure) if failure.is_full() && !left.is_zero() => sleep(pause(tries)),
                outcome => return outcome,
            }
            tries += 1;
        }
    }
}
