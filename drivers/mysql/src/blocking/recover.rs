//! Recovery of a connection: the transaction is rolled back, or the session is ended on the server,
//! which then stops what it is doing and releases its locks.

use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{RecoveryCallback, run_with_timeout};

use super::connection::BlockingConnection;
use super::protocol::query_last_row;
use crate::error::Failure;

/// Delivers the connection, or `None` after terminating it. This waits for the server.
pub(super) fn recover(mut connection: Box<BlockingConnection>, recovered: RecoveryCallback) {
    let budget = connection.state.config.recovery_budget;
    if connection.is_ready() {
        connection.state.dirty = true;
        if clean_up(&mut connection, budget).is_ok() {
            connection.state.dirty = false;
            return recovered(Some(connection));
        }
    }
    // A session that has ended by itself needs no end.
    let needs_end = connection.cut || !connection.state.is_gone();
    let target = Arc::clone(&connection.target);
    drop(connection);
    if needs_end {
        // The server may be slow to answer, and there may be no thread to ask it; the log says so.
        if let Err(error) = run_with_timeout(budget, move || target.end()) {
            tracing::error!(target: "aludel::pool", %error, "a session could not be ended");
        }
    }
    recovered(None);
}

fn clean_up(connection: &mut BlockingConnection, budget: Duration) -> Result<(), Failure> {
    // This sets timeouts of its own, and restores those of the connection at its end.
    connection.drain_before_end()?;
    connection.socket.limit(Some(budget), Some(budget));
    connection.roll_back()?;
    if connection.state.transaction.altered {
        let sql = connection.state.restore_sql();
        let answer = query_last_row(connection.conn()?, sql)?;
        connection.state.restored(answer)?;
    }
    connection.set_timeouts();
    Ok(())
}
