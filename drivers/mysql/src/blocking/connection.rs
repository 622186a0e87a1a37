//! A session with a MySQL or MariaDB server, over mysql: what a connection keeps.

use std::fmt;
use std::sync::Arc;

use aludel_core::dbapi::{errors, in_background};
use mysql::Conn;

use super::answer::Reading;
use super::socket::Socket;
use super::target::Target;
use crate::config::Config;
use crate::error::Failure;
use crate::session::Session;
use crate::state::SessionState;

/// A session with a MySQL or MariaDB server, over mysql. It blocks the calling thread.
pub struct BlockingConnection {
    /// None while an answer is being read in portions.
    pub(super) conn: Option<Conn>,
    /// The connection with the answer, while one is being read in portions.
    pub(super) reading: Option<Reading>,
    pub(super) socket: Socket,
    pub(super) state: SessionState<mysql::Statement>,
    /// A cursor was dropped before its last row.
    pub(super) unread: bool,
    /// It was ended over another connection, by a cancel.
    pub(super) cut: bool,
    pub(super) target: Arc<Target>,
}

impl BlockingConnection {
    pub(super) fn new(conn: Conn, session: Session, config: Arc<Config>) -> Self {
        Self {
            socket: Socket::of(&conn),
            conn: Some(conn),
            reading: None,
            target: Arc::new(Target::new(Arc::clone(&config), session.clone())),
            state: SessionState::new(session, config),
            unread: false,
            cut: false,
        }
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.state.statements.len()
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.state.dirty && !self.state.is_gone()
    }

    /// The connection of mysql, unless it is reading an answer in portions.
    #[inline]
    pub(super) fn conn(&mut self) -> Result<&mut Conn, Failure> {
        self.conn.as_mut().ok_or_else(cursor_open)
    }

    /// Looks up the socket: a program that had the connection of mysql may have replaced it.
    pub(super) fn find_socket(&mut self) {
        if let Some(conn) = &self.conn {
            self.socket = Socket::of(conn);
        }
    }

    /// Takes the connection back from an answer that is over.
    pub(super) fn stop_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            self.conn = Some(reading.into_conn());
        }
    }

    /// Keeps what is left of an answer by the outcome of reading it: the connection after its end, the
    /// answer if there is more of it.
    pub(super) fn put_back<T>(&mut self, reading: Reading, outcome: &Result<T, Failure>) {
        if matches!(outcome, Ok(_) | Err(Failure::Refused(_))) {
            self.conn = Some(reading.into_conn());
        } else {
            self.reading = Some(reading);
        }
    }

    /// Sets the timeouts that the program wants.
    pub(super) fn set_timeouts(&self) {
        self.socket.limit(self.state.config.read_timeout, self.state.config.write_timeout);
    }
}

#[cold]
pub(super) fn cursor_open() -> Failure {
    Failure::Broken(errors::cursor_open())
}

/// Closes the socket without COM_QUIT, which could take a while.
impl Drop for BlockingConnection {
    fn drop(&mut self) {
        if self.conn.is_none() && self.reading.is_none() {
            return;
        }
        self.find_socket();
        self.socket.cut();
        drop(self.conn.take());
        if let Some(reading) = self.reading.take() {
            // What has arrived of its rows is read when it is dropped.
            in_background(move || drop(reading));
        }
    }
}

impl fmt::Debug for BlockingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingConnection")
            .field("place", &self.state.config.place())
            .field("id", &self.state.session.id)
            .field("transaction", &self.state.transaction)
            .field("dirty", &self.state.dirty)
            .field("alive", &!self.state.is_gone())
            .field("statements", &self.state.statements.len())
            .finish_non_exhaustive()
    }
}
