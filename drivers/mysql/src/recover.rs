//! Bringing a connection back: the transaction is rolled back, or the session is ended on the server,
//! which so stops what it is doing and lets go its locks.

use std::time::Duration;

use aludel_core::dbapi::AsyncConnection;
use mysql_async::prelude::Queryable;
use tokio::time::{sleep, timeout};

use crate::burial::Mortal;
use crate::connection::MysqlConnection;
use crate::driver::MysqlDriver;
use crate::error::Failure;
use crate::exchange::{ask, survive};
use crate::session::{Session, UPTIME, pause};

/// Recovers in the background and delivers the connection, or `None` after terminating it.
pub(crate) fn spawn(
    mut connection: MysqlConnection,
    recovered: Box<dyn FnOnce(Option<MysqlConnection>) + Send>,
) {
    let handle = connection.handle.clone();
    handle.spawn(async move {
        let budget = connection.driver.recovery_budget();
        if connection.is_usable() {
            connection.dirty = true;
            if let Ok(Ok(())) = timeout(budget, clean_up(&mut connection)).await {
                connection.dirty = false;
                return recovered(Some(connection));
            }
        }
        let MysqlConnection { conn, session, driver, gone, .. } = connection;
        drop(conn);
        // A session that is over already needs no end.
        if gone.is_none() {
            end(&driver, &session, budget).await;
        }
        recovered(None);
    });
}

async fn clean_up(connection: &mut MysqlConnection) -> Result<(), Failure> {
    connection.roll_back().await?;
    if connection.transaction.altered {
        let answer = ask(&mut connection.conn, connection.session.restoring()).await?;
        connection.session.check_restored(answer)?;
        if connection.transaction.restored() {
            connection.forget_all();
        }
    }
    Ok(())
}

/// Has the server end a session. If that cannot be done in time, the server will find out by itself
/// that nobody listens to it any more.
async fn end(driver: &MysqlDriver, session: &Session, budget: Duration) {
    let ending = async {
        let (mut side, own) = approach(driver).await?;
        let uptime = ask(&mut side, UPTIME.to_owned()).await?;
        if session.may_be_ended_by(&own, uptime) {
            kill(&mut side, session).await?;
        }
        if let Some(side) = side.take() {
            let _ = side.disconnect().await;
        }
        Ok::<_, Failure>(())
    };
    if !matches!(timeout(budget, ending).await, Ok(Ok(()))) {
        tracing::debug!(
            target: "aludel::pool",
            id = session.id,
            "the server was not seen to end a session that was given up"
        );
    }
}

/// Another session, as soon as the server has a place for one.
async fn approach(driver: &MysqlDriver) -> Result<(Mortal, Session), Failure> {
    let mut tries = 0;
    loop {
        match driver.attempt().await {
            Err(failure) if failure.is_full() => sleep(pause(tries)).await,
            outcome => return outcome,
        }
        tries += 1;
    }
}

/// Waits until the session is over: as long as it counts on the server, its place in the pool is not
/// free, or a pool would take more of the server than its size.
async fn kill(side: &mut Mortal, session: &Session) -> Result<(), Failure> {
    match survive(side.query_drop(session.kill())).await {
        Err(failure) if failure.is_no_session() => return Ok(()),
        outcome => outcome?,
    }
    let mut looks = 0;
    while !ask(side, session.find()).await?.is_empty() {
        sleep(pause(looks)).await;
        looks += 1;
    }
    Ok(())
}
