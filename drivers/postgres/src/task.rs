//! The task that moves a connection's bytes, and why it ended.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel_core::error::{Details, Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Connection};

/// How long an error waits for the task to tell the reason. The task is about to end by then.
const REASON_WAIT: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
struct Reason {
    message: String,
    sqlstate: Option<String>,
}

/// The task of one connection. Dropping it closes the socket without a goodbye.
#[derive(Debug)]
pub(crate) struct Task {
    join: JoinHandle<()>,
    reason: Arc<Mutex<Option<Reason>>>,
    place: Arc<str>,
}

impl Task {
    /// Starts it.
    pub(crate) fn spawn<S, T>(handle: &Handle, connection: Connection<S, T>, place: &str) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let reason = Arc::new(Mutex::new(None));
        let told = Arc::clone(&reason);
        let join = handle.spawn(async move {
            let mut connection = pin!(connection);
            // The reason must stand before the connection is dropped, which wakes who waits.
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notice(notice)) => {
                        tracing::debug!(severity = notice.severity(), "{}", notice.message());
                    }
                    Ok(_) => {}
                    Err(error) => {
                        note(&told, Reason::of(&error));
                        break;
                    }
                }
            }
        });
        Self { join, reason, place: place.into() }
    }

    /// Whether no byte will move any more.
    pub(crate) fn is_over(&self) -> bool {
        self.join.is_finished()
    }

    /// Keeps what the server said in its last answer, for the errors of later calls.
    pub(crate) fn note(&self, error: &Error) {
        note(
            &self.reason,
            Reason {
                message: error.message().to_owned(),
                sqlstate: error.sqlstate().map(str::to_owned),
            },
        );
    }

    /// The error for a call that found the connection gone.
    pub(crate) fn disconnected(&self) -> Error {
        let reason = lock(&self.reason).clone();
        let (why, sqlstate) = match reason {
            Some(reason) => (reason.message, reason.sqlstate),
            None => ("it was closed".to_owned(), None),
        };
        let details = Details { disconnect: true, sqlstate, ..Details::default() };
        Error::new(
            ErrorKind::Operational,
            format!("the connection to {} is gone: {why}", self.place),
        )
        .with_details(details)
    }

    /// The same, after the task had a moment to learn the reason.
    pub(crate) async fn why(&mut self) -> Error {
        self.end(REASON_WAIT).await;
        self.disconnected()
    }

    /// Closes the socket.
    pub(crate) fn abort(&self) {
        self.join.abort();
    }

    /// Waits for the goodbye, which the task says when its client is dropped.
    pub(crate) async fn end(&mut self, within: Duration) {
        if !self.join.is_finished() {
            // Too late or cancelled: the socket is closed without a goodbye when this is dropped.
            let _ = timeout(within, &mut self.join).await;
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.abort();
    }
}

impl Reason {
    fn of(error: &tokio_postgres::Error) -> Self {
        let sqlstate = error.code().map(|code| code.code().to_owned());
        let message = match error.as_db_error() {
            Some(server) => server.message().to_owned(),
            None if error.is_closed() => "the server closed it without a word".to_owned(),
            None => match std::error::Error::source(error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        Self { message, sqlstate }
    }
}

/// The server's own words are kept over what the socket says after them.
fn note(slot: &Mutex<Option<Reason>>, reason: Reason) {
    let mut slot = lock(slot);
    let known = slot.as_ref().is_some_and(|known| known.sqlstate.is_some());
    if !known {
        *slot = Some(reason);
    }
}

fn lock(slot: &Mutex<Option<Reason>>) -> std::sync::MutexGuard<'_, Option<Reason>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
