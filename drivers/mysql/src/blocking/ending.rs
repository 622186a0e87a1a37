//! The ends of transactions, and the ping.

use std::time::Instant;

use mysql::prelude::Queryable;

use super::connection::BlockingConnection;
use super::protocol::catch_panic;
use crate::error::Failure;

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
        catch_panic(|| conn.query_drop("ROLLBACK"))?;
        self.state.transaction.end();
        Ok(())
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
        catch_panic(|| conn.ping())?;
        self.set_timeouts();
        Ok(())
    }
}
