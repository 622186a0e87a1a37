//! The ends of transactions.

use mysql_async::prelude::Queryable;

use crate::connection::MysqlConnection;
use crate::error::Failure;
use crate::protocol::{catch_panic, status};

impl MysqlConnection {
    /// Rolls back and waits for the answer.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Failure> {
        // A dropped cursor may have failed: its transaction is about to be ended.
        match self.drain_unread().await {
            Ok(()) | Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        catch_panic(self.conn.query_drop("ROLLBACK")).await?;
        self.state.transaction.end();
        Ok(())
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
