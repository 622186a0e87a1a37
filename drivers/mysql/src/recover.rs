//! Recovery of a connection: the transaction is rolled back, or the session is ended on the server,
//! which then stops what it is doing and releases its locks.

use std::time::Duration;

use aludel_core::dbapi::{SessionReset, errors};
use mysql_async::prelude::Queryable;
use tokio::time::{sleep, timeout};

use crate::abrupt::AbruptConn;
use crate::config::Config;
use crate::connect::connect;
use crate::connection::MysqlConnection;
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row};
use crate::session::{Session, UNLOCK_SQL, UPTIME_SQL, pause, set_up_sql};

/// Recovers in the background and delivers the connection, or `None` after terminating it.
pub(crate) fn spawn(
    mut connection: MysqlConnection,
    recovered: Box<dyn FnOnce(Option<MysqlConnection>) + Send>,
) {
    let handle = connection.handle.clone();
    handle.spawn(async move {
        let budget = connection.state.config.recovery_budget;
        if connection.is_ready() {
            connection.state.dirty = true;
            if let Ok(Ok(())) = timeout(budget, clean_up(&mut connection)).await {
                connection.state.dirty = false;
                return recovered(Some(connection));
            }
        }
        let MysqlConnection { conn, state, .. } = connection;
        drop(conn);
        // A session that has ended by itself needs no end.
        if !state.is_gone() {
            end_session(&state.config, &state.session, budget).await;
        }
        recovered(None);
    });
}

async fn clean_up(connection: &mut MysqlConnection) -> Result<(), Failure> {
    connection.roll_back().await?;
    match connection.state.reset.take() {
        None => {}
        Some(SessionReset::All) => return start_anew(connection).await,
        Some(_) => {
            for sql in UNLOCK_SQL {
                catch_panic(connection.conn.query_drop(sql)).await?;
            }
        }
    }
    if connection.state.transaction.altered {
        let sql = connection.state.restore_sql();
        let answer = query_last_row(&mut connection.conn, sql).await?;
        connection.state.restored(answer)?;
    }
    Ok(())
}

/// Has the server reset the session, and sets it up as a new one.
async fn start_anew(connection: &mut MysqlConnection) -> Result<(), Failure> {
    if !catch_panic(connection.conn.reset()).await? {
        return Err(not_reset());
    }
    let sql = set_up_sql(connection.state.config.sql_mode.as_deref());
    let answer = query_last_row(&mut connection.conn, sql).await?;
    connection.state.begin_anew(Session::checked(answer)?);
    Ok(())
}

/// The server is too old for it, so the session is ended.
#[cold]
fn not_reset() -> Failure {
    Failure::Broken(errors::protocol_violation("mysql_async", "no way to reset a session"))
}

/// Has the server end a session. If that cannot be done in time, the server will notice by itself that
/// the socket is closed.
async fn end_session(config: &Config, session: &Session, budget: Duration) {
    let ending = async {
        let (mut side, own) = connect_when_possible(config).await?;
        let uptime = query_last_row(&mut side, UPTIME_SQL.to_owned()).await?;
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
            "the server did not confirm in time that a terminated session has ended"
        );
    }
}

/// Makes another session, as soon as the server has a place for one.
async fn connect_when_possible(config: &Config) -> Result<(AbruptConn, Session), Failure> {
    let mut tries = 0;
    loop {
        match connect(config).await {
            Err(failure) if failure.is_full() => sleep(pause(tries)).await,
            outcome => return outcome.map(|(conn, session, _)| (conn, session)),
        }
        tries += 1;
    }
}

/// Waits until the session is over: as long as it counts on the server, its slot in the pool is not
/// free, or a pool would have more sessions than its size.
async fn kill(side: &mut AbruptConn, session: &Session) -> Result<(), Failure> {
    match catch_panic(side.query_drop(session.kill_sql())).await {
        Err(failure) if failure.is_no_session() => return Ok(()),
        outcome => outcome?,
    }
    let mut tries = 0;
    while !query_last_row(side, session.find_sql()).await?.is_empty() {
        sleep(pause(tries)).await;
        tries += 1;
    }
    Ok(())
}
