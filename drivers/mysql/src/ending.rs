//! The ends of transactions, and of exchanges that fail.

use aludel_core::error::Result;
use mysql_async::prelude::Queryable;

use crate::connection::MysqlConnection;
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row, status};
use crate::session::{PING_SQL, READ_ONLY_SQL, check_writes};
use crate::state::SessionState;

impl MysqlConnection {
    /// Rolls back and waits for the answer.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Failure> {
        // A dropped cursor may have failed: its transaction is about to be ended.
        match self.drain_unread().await {
            Ok(()) | Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        let outcome = catch_panic(self.conn.query_drop("ROLLBACK")).await;
        self.state.rolled_back(outcome)
    }

    /// Asks the server for a sign of life.
    pub(crate) async fn ping_now(&mut self) -> Result<(), Failure> {
        self.drain_unread().await?;
        let outcome = catch_panic(self.conn.query_drop(PING_SQL)).await;
        self.state.pinged(outcome)?;
        if self.state.config.writes {
            check_writes(query_last_row(&mut self.conn, READ_ONLY_SQL.to_owned()).await?)?;
        }
        Ok(())
    }

    /// Ends an exchange.
    #[inline]
    pub(crate) async fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        let failure = match outcome {
            Err(failure) if failure.is_lock_wait() => Box::pin(self.waited(failure)).await,
            outcome => return self.state.leave(outcome),
        };
        self.state.leave(Err(failure))
    }

    async fn waited(&mut self, wait: Failure) -> Failure {
        let pinged = catch_panic(self.conn.query_drop(PING_SQL)).await;
        SessionState::<mysql_async::Statement>::waited(wait, pinged)
    }

    /// Commits a transaction in which something was sent.
    pub(crate) async fn commit_used(&mut self) -> Result<(), Failure> {
        if let Some(lost) = self.state.transaction.lost() {
            self.roll_back().await?;
            return Err(lost.into());
        }
        self.drain_unread().await?;
        let outcome = catch_panic(self.conn.query_drop("COMMIT")).await;
        self.state.committed(outcome, status(&self.conn))
    }
}
