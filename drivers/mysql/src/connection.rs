//! A session with a MySQL or MariaDB server, over mysql_async: what a connection keeps.

use std::fmt;
use std::sync::Arc;

use aludel_core::dbapi::{IdleSocket, errors};
use aludel_core::error::Result;
use tokio::runtime::Handle;

use crate::abrupt::AbruptConn;
use crate::config::Config;
use crate::protocol::Form;
use crate::session::Session;
use crate::state::SessionState;

/// A session with a MySQL or MariaDB server, over mysql_async.
pub struct MysqlConnection {
    pub(crate) conn: AbruptConn,
    /// Its socket, unless a program that had the connection of mysql_async may have replaced it.
    pub(crate) socket: Option<IdleSocket>,
    pub(crate) state: SessionState<mysql_async::Statement>,
    /// The runtime in which it is recovered.
    pub(crate) handle: Handle,
    /// A cursor was dropped before its last row.
    pub(crate) unread: Option<Form>,
}

impl MysqlConnection {
    pub(crate) fn new(
        conn: AbruptConn,
        session: Session,
        socket: Option<IdleSocket>,
        config: Arc<Config>,
        handle: Handle,
    ) -> Self {
        Self { conn, socket, state: SessionState::new(session, config), handle, unread: None }
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.state.statements.len()
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.state.is_gone() && !self.conn.is_disconnected()
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.state.dirty && self.is_alive()
    }

    /// Begins an exchange: a future that is dropped before its end leaves the connection dirty.
    pub(crate) fn enter(&mut self) -> Result<()> {
        if self.conn.is_disconnected() {
            self.state.check()?;
            return Err(errors::connection_interrupted());
        }
        self.state.enter()
    }
}

impl fmt::Debug for MysqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlConnection")
            .field("place", &self.state.config.place())
            .field("id", &self.state.session.id)
            .field("transaction", &self.state.transaction)
            .field("dirty", &self.state.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.state.statements.len())
            .finish_non_exhaustive()
    }
}
