//! Bringing a connection back: the transaction is rolled back, or the session is ended on the server,
//! which so stops what it is doing and lets go its locks.

use std::time::Duration;

use aludel_core::dbapi::{Connection, Home, within};
use mysql::prelude::Queryable;

use super::connection::BlockingConnection;
use super::driver::BlockingDriver;
use super::exchange::{ask, missing, survive};
use crate::error::Failure;
use crate::session::{Session, UPTIME};

/// Delivers the connection, or `None` after burying it. This waits for the server.
pub(super) fn recover(mut connection: Box<BlockingConnection>, home: Home) {
    let budget = connection.driver.config.recovery_budget;
    if connection.is_usable() {
        connection.dirty = true;
        if clean_up(&mut connection, budget).is_ok() {
            connection.dirty = false;
            return home(Some(connection));
        }
    }
    let over = connection.gone.is_some();
    let (session, driver) = (connection.session.clone(), connection.driver.clone());
    drop(connection);
    let id = session.id;
    let told = || within(budget, move || end(&driver, &session, budget).is_ok());
    // A session that is over already needs no end.
    if !over && told() != Some(true) {
        tracing::debug!(
            target: "aludel::pool",
            id,
            "the server was not told to end a session that was given up"
        );
    }
    home(None);
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

/// Tells the server to end a session. If that cannot be done in time, the server will find out by
/// itself that nobody listens to it any more.
pub(super) fn end(
    driver: &BlockingDriver,
    session: &Session,
    budget: Duration,
) -> Result<(), Failure> {
    let (mut side, own) = driver.attempt(budget)?;
    let uptime = ask(&mut side, UPTIME.to_owned())?;
    if session.may_be_ended_by(&own, uptime) {
        // It fails if the session is over already.
        let _ = survive(|| side.query_drop(format!("KILL CONNECTION {}", session.id)));
    }
    Ok(())
}
