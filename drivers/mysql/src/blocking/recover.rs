//! Recovery of a connection: the transaction is rolled back, or the session is ended on the server,
//! which then stops what it is doing and releases its locks.

use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{RecoveryCallback, SessionReset, run_with_timeout};
use mysql::prelude::Queryable;

use super::connection::BlockingConnection;
use super::protocol::{catch_panic, query_last_row};
use crate::error::Failure;
use crate::session::{Session, UNLOCK_SQL, set_up_sql};

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
    match connection.state.reset.take() {
        None => {}
        Some(SessionReset::All) => start_anew(connection)?,
        Some(_) => {
            let conn = connection.conn()?;
            UNLOCK_SQL.iter().try_for_each(|sql| catch_panic(|| conn.query_drop(sql)))?;
        }
    }
    if connection.state.transaction.altered {
        let sql = connection.state.restore_sql();
        let answer = query_last_row(connection.conn()?, sql)?;
        connection.state.restored(answer)?;
    }
    connection.set_timeouts();
    Ok(())
}

/// Has the server reset the session, and sets it up as a new one.
fn start_anew(connection: &mut BlockingConnection) -> Result<(), Failure> {
    let sql = set_up_sql(connection.state.config.sql_mode.as_deref());
    let conn = connection.conn()?;
    catch_panic(|| conn.reset())?;
    let answer = query_last_row(conn, sql)?;
    connection.state.begin_anew(Session::checked(answer)?);
    Ok(())
}
