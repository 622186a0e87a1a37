//! Making a session with mysql_async.

use aludel_core::TlsMode;
use aludel_core::dbapi::{IdleSocket, SocketMark};

use crate::abrupt::{AbruptConn, AbruptConnect};
use crate::config::Config;
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row};
use crate::session::{READ_ONLY_SQL, Session, check_writes, set_up_sql};

/// What a session is made of. The socket is there if it can be found.
pub(crate) type Connected = (AbruptConn, Session, Option<IdleSocket>);

/// Makes a session and sets it up, encrypted as it is to be.
pub(crate) async fn connect(config: &Config) -> Result<Connected, Failure> {
    let mode = config.tls_mode()?;
    match connect_by(config, mode).await {
        Err(failure) if mode == TlsMode::Prefer && failure.is_no_tls() => {
            config.tls.note_plain(&config.place());
            connect_by(config, TlsMode::Disable).await
        }
        outcome => outcome,
    }
}

async fn connect_by(config: &Config, mode: TlsMode) -> Result<Connected, Failure> {
    let mark = SocketMark::new();
    let keepalive = &config.keepalive;
    let idle = keepalive.on.then_some(keepalive.idle);
    let opts = config.for_async(mode, mark.silence().or(idle))?;
    let connecting = AbruptConnect::new(opts);
    let mut conn = AbruptConn::new(catch_panic(connecting).await?)?;
    let socket = mark.find(idle);
    if let (Some(socket), true) = (socket, keepalive.on) {
        socket.keep_alive(keepalive.interval, keepalive.retries, keepalive.user_timeout);
    }
    let answer = query_last_row(&mut conn, set_up_sql(config.sql_mode.as_deref())).await?;
    let session = Session::checked(answer)?.at(socket.and_then(IdleSocket::peer));
    if config.writes {
        check_writes(query_last_row(&mut conn, READ_ONLY_SQL.to_owned()).await?)?;
    }
    Ok((conn, session, socket))
}
