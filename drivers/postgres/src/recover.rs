//! Bringing a dirty connection back: the server stops, the answers are read, the session is clean.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aludel_core::dbapi::SessionReset;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Client, Config, Error, Statement};

use crate::connection::PostgresConnection;
use crate::pending::collect;
use crate::session::PREPARED_BY_SQL;
use crate::socket::Socket;
use crate::target::Server;
use crate::tls::{AsItIs, BoxError};
use crate::transaction::texts;

/// How long a cancel may take to show before another one is sent: with several statements in
/// flight it stops only the one that runs.
const RESEND_AFTER: Duration = Duration::from_millis(250);

/// How long a server may take to act on a cancel and close its socket. Pgpool-II takes a second, PGlite
/// never does.
const CANCEL_BUDGET: Duration = Duration::from_secs(2);

/// How often a ROLLBACK is sent again that had no effect.
const ROLLBACKS: u32 = 3;

type Preparing = BoxFuture<'static, Result<Statement, Error>>;

/// Recovers in the background and delivers the connection, or `None` after terminating it.
pub(crate) fn spawn(
    mut connection: PostgresConnection,
    recovered: Box<dyn FnOnce(Option<PostgresConnection>) + Send>,
) {
    let handle = connection.handle.clone();
    // The future of its statement may have been forgotten instead of dropped.
    connection.task.link().reset();
    handle.spawn(async move {
        let clean = timeout(connection.recovery_budget, clean_up(&mut connection)).await;
        if clean == Ok(true) && connection.is_alive() {
            recovered(Some(connection));
        } else {
            drop(connection);
            recovered(None);
        }
    });
}

async fn clean_up(connection: &mut PostgresConnection) -> bool {
    if !connection.is_alive() {
        return false;
    }
    let all = connection.session.reset == Some(SessionReset::All);
    let was_cut = connection.session.dirty;
    let (roll_back, reset) = connection.session.clean_sql(was_cut);
    let client = Arc::clone(&connection.client);
    let committing = std::mem::take(&mut connection.session.committing);
    let stopped = if committing {
        // Its answer comes before that of the rollback, if it comes within the budget.
        connection.pending_replies.clear();
        until_done(&client, roll_back).await.map_err(Failed::from)
    } else if was_cut {
        // The task reads replies that are not waited for.
        connection.pending_replies.clear();
        let preparing = connection.preparing.take();
        stop(&client, &connection.server, preparing, roll_back).await
    } else {
        let replies = collect(std::mem::take(&mut connection.pending_replies)).await;
        match replies {
            Ok(()) if connection.session.awaits_rollback => {
                until_rolled_back(&client, roll_back).await.map_err(Failed::from)
            }
            Ok(()) => until_done(&client, roll_back).await.map_err(Failed::from),
            Err(_) => Err(Failed),
        }
    };
    if stopped.is_err() || all && reset_all(&client, reset).await.is_err() {
        return false;
    }
    connection.session.ended();
    connection.session.dirty = false;
    true
}

async fn reset_all(client: &Client, reset: &str) -> Result<(), Error> {
    client.batch_execute(reset).await?;
    let prepared = texts(&client.simple_query(PREPARED_BY_SQL).await?);
    client.batch_execute(&prepared).await
}

/// Cancels what runs until a ROLLBACK is answered.
///
/// No cancel is under way when this returns: the server closes the socket of a cancel only after
/// it has signalled the session, and each socket's end is waited for. Of one that does not end, nobody
/// knows when it hits what, so the session is given up. One that came too late for its
/// statement hits the ROLLBACK or the query after it, which are sent again.
async fn stop(
    client: &Client,
    server: &Server,
    preparing: Option<Preparing>,
    roll_back: &str,
) -> Result<(), Failed> {
    let token = client.cancel_token();
    cancel(&token, server).await?;
    let mut rolled_back = Box::pin(async {
        if let Some(preparing) = preparing {
            // It is closed on the server by being dropped.
            drop(preparing.await);
        }
        until_done(client, roll_back).await
    });
    loop {
        match timeout(RESEND_AFTER, &mut rolled_back).await {
            Ok(answer) => break answer?,
            Err(_) => cancel(&token, server).await?,
        }
    }
    until_done(client, "SELECT 1").await?;
    Ok(())
}

/// Rolls back until a statement can run. Pgpool-II answers one that comes close behind a failure without having
/// passed it on.
async fn until_rolled_back(client: &Client, roll_back: &str) -> Result<(), Error> {
    let mut tries = ROLLBACKS;
    loop {
        until_done(client, roll_back).await?;
        match client.batch_execute("SELECT 1").await {
            Err(error)
                if tries > 0 && error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) =>
            {
                tries -= 1;
            }
            answer => return answer,
        }
    }
}

async fn until_done(client: &Client, sql: &str) -> Result<(), Error> {
    loop {
        match client.batch_execute(sql).await {
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => {}
            answer => return answer,
        }
    }
}

/// Sends a cancel, encrypted as the session is, and waits until the server has acted on it.
async fn cancel(token: &CancelToken, server: &Server) -> Result<(), Failed> {
    let cancelled = async {
        let socket = Socket::open(&server.address, &Config::new()).await?;
        let mut end = socket.share();
        let stream = server.encryption.open(KeptOpen(socket), &server.host).await?;
        token.cancel_query_raw(stream, AsItIs).await?;
        let mut buffer = [0; 64];
        // What it has not read, such as the end of the encryption, it answers with a reset.
        while end.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        Ok(())
    };
    timeout(CANCEL_BUDGET, cancelled).await.unwrap_or(Err(Failed))
}

/// A socket that is not half closed by who has written everything. PgBouncer takes a client that does so
/// for one that has gone, and drops its request.
struct KeptOpen<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for KeptOpen<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for KeptOpen<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The session could not be saved. It is terminated, whatever the reason.
struct Failed;

impl From<io::Error> for Failed {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self
    }
}

impl From<BoxError> for Failed {
    fn from(_: BoxError) -> Self {
        Self
    }
}
