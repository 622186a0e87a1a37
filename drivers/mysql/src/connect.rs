//! Making a session with mysql_async.

use aludel_core::dbapi::{IdleSocket, SocketMark};

use crate::abrupt::{AbruptConn, AbruptConnect};
use crate::config::{Config, KEEPALIVE_IDLE};
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row};
use crate::session::{Session, set_up_sql};

/// Makes a session and sets it up. The socket is there if it can be found.
pub(crate) async fn connect(
    config: &Config,
) -> Result<(AbruptConn, Session, Option<IdleSocket>), Failure> {
    let mark = SocketMark::new();
    let connecting = AbruptConnect::new(config.for_async(mark.silence().unwrap_or(KEEPALIVE_IDLE)));
    let mut conn = AbruptConn::new(catch_panic(connecting).await?)?;
    let socket = mark.find(Some(KEEPALIVE_IDLE));
    let answer = query_last_row(&mut conn, set_up_sql(config.sql_mode.as_deref())).await?;
    Ok((conn, Session::checked(answer)?, socket))
}
