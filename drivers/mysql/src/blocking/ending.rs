//! The ends of transactions and of exchanges that fail, and the ping.

use std::time::Instant;

use aludel_core::error::Result;
use mysql::prelude::Queryable;

use super::connection::BlockingConnection;
use super::protocol::{catch_panic, query_last_row};
use crate::error::Failure;
use crate::session::{PING_SQL, READ_ONLY_SQL, check_writes};
use crate::state::SessionState;

impl BlockingConnection {
    /// Reads the rest of the rows of a dropped cursor, which may have failed: its transaction is about
    /// to be ended.
    pub(super) fn drain_before_end(&mut self) -> Result<(), Failure> {
        match self.drain_unread() {
            Err(Failure::Refused(_)) => Ok(()),
            drained => drained,
        }
    }

    /// Rolls back and waits for the answer.
    pub(super) fn roll_back(&mut self) -> Result<(), Failure> {
        self.drain_before_end()?;
        let conn = self.conn()?;
        let outcome = catch_panic(|| conn.query_drop("ROLLBACK"));
        self.state.rolled_back(outcome)
    }

    /// Commits a transaction in which something was sent.
    pub(super) fn commit_used(&mut self) -> Result<(), Failure> {
        if let Some(lost) = self.state.transaction.lost() {
            self.roll_back()?;
            return Err(lost.into());
        }
        self.drain_unread()?;
        let conn = self.conn()?;
        let outcome = catch_panic(|| conn.query_drop("COMMIT"));
        self.state.committed(outcome, None)
    }

    /// Pings the server, which must answer before the deadline.
    pub(super) fn ping_until(&mut self, deadline: Instant) -> Result<(), Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = |wanted: Option<_>| Some(wanted.map_or(left, |wanted| left.min(wanted)));
        self.drain_unread()?;
        let config = &self.state.config;
        self.socket.limit(limit(config.read_timeout), limit(config.write_timeout));
        let conn = self.conn()?;
        let outcome = catch_panic(|| conn.query_drop(PING_SQL));
        self.state.pinged(outcome)?;
        if self.state.config.writes {
            check_writes(query_last_row(self.conn()?, READ_ONLY_SQL.to_owned())?)?;
        }
        self.set_timeouts();
        Ok(())
    }

    /// Ends an exchange.
    #[inline]
    pub(super) fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        let failure = match outcome {
            Err(failure) if failure.is_lock_wait() => self.waited(failure),
            outcome => return self.state.leave(outcome),
        };
        self.state.leave(Err(failure))
    }

    #[cold]
    fn waited(&mut self, wait: Failure) -> Failure {
        let Some(conn) = &mut self.conn else { return wait };
        let pinged = catch_panic(|| conn.query_drop(PING_SQL));
        SessionState::<mysql::Statement>::waited(wait, pinged)
    }
}
