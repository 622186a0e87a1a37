//! The task that moves a connection's bytes, and why it ended.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use aludel_core::error::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Connection};

use crate::ending::{Ending, log};

/// How long an error waits for the reason that the task learns. The task is about to end by then.
const REASON_WAIT: Duration = Duration::from_millis(100);

/// The task of one connection. Dropping it closes the socket at once.
#[derive(Debug)]
pub(crate) struct Task {
    join: JoinHandle<()>,
    ending: Ending,
    /// The server has ended the session, whether or not the task knows it yet.
    ended: bool,
}

impl Task {
    /// Starts it.
    pub(crate) fn spawn<S, T>(handle: &Handle, connection: Connection<S, T>, place: &str) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let ending = Ending::of(place);
        let told = ending.clone();
        let join = handle.spawn(async move {
            let mut connection = pin!(connection);
            // The reason must stand before the connection is dropped, which wakes who waits.
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notice(notice)) => log(&notice),
                    Ok(_) => {}
                    Err(error) => {
                        told.learn(&error);
                        break;
                    }
                }
            }
        });
        Self { join, ending, ended: false }
    }

    /// Whether no byte will move any more.
    pub(crate) fn is_over(&self) -> bool {
        self.ended || self.join.is_finished()
    }

    /// The server has ended the session: keeps what it said, for the errors of later calls.
    pub(crate) fn note_end(&mut self, error: &Error) {
        self.ended = true;
        self.ending.note(error);
    }

    /// The error for a call that found the connection gone.
    pub(crate) fn disconnected(&self) -> Error {
        self.ending.disconnected()
    }

    /// The same, after the task had a moment to learn the reason.
    pub(crate) async fn disconnect_reason(&mut self) -> Error {
        self.end(REASON_WAIT).await;
        self.disconnected()
    }

    /// Closes the socket.
    pub(crate) fn abort(&self) {
        self.join.abort();
    }

    /// Waits until the task has closed the session, which it does when its client is dropped.
    pub(crate) async fn end(&mut self, within: Duration) {
        if !self.join.is_finished() {
            // Too late or cancelled: the socket is closed when this is dropped.
            let _ = timeout(within, &mut self.join).await;
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.abort();
    }
}
