//! The task that moves a connection's bytes while no statement does, and why it ended.

use std::time::Duration;

use aludel_core::error::Error;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::ending::Ending;
use crate::link::Link;
use crate::mover::Mover;
use crate::notices::Notices;

/// How long an error waits for the reason that the task learns. The task is about to end by then.
const REASON_WAIT: Duration = Duration::from_millis(100);

/// The task of one connection. Dropping it closes the socket at once.
#[derive(Debug)]
pub(crate) struct Task {
    join: JoinHandle<()>,
    link: Link,
    ending: Ending,
    /// The server has ended the session, whether or not the task knows it yet.
    ended: bool,
}

impl Task {
    /// Starts it.
    pub(crate) fn spawn(handle: &Handle, mover: Mover, place: &str) -> Self {
        let ending = Ending::of(place);
        let link = Link::new(mover, ending.clone());
        Self { join: handle.spawn(link.task()), link, ending, ended: false }
    }

    /// What moves the bytes.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// What the server remarks.
    pub(crate) fn notices(&self) -> &Notices {
        &self.ending.notices
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
        self.link.close();
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
