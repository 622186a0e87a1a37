//! The end of a session's use, and what belongs to the session itself.

use super::{Session, SessionInfo};
use crate::dbapi::ExecutionOptions;
use crate::engine::{Connection, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::orm::mapper::Mapper;

impl Session {
    /// Ends the use: rolls back what is open, and gives all objects up. Their keys are
    /// [`Detached`](ErrorKind::Detached) from now on. The session can be used again, unless
    /// [`close_resets_only`](super::SessionOptions::close_resets_only) is off.
    ///
    /// # Errors
    ///
    /// As [`rollback`](Self::rollback).
    pub fn close(&mut self) -> Result<()> {
        let ended = self.reset();
        self.0.closed = !self.0.options.close_resets_only;
        ended
    }

    /// Makes it new: as [`close`](Self::close), and it can be used again in any case.
    ///
    /// # Errors
    ///
    /// As [`rollback`](Self::rollback).
    pub fn reset(&mut self) -> Result<()> {
        let ended = self.0.connections.roll_back();
        self.make_new();
        ended
    }

    /// As [`close`](Self::close), for when the connection cannot be relied on: it is thrown away with its transaction,
    /// and nothing is sent.
    pub fn invalidate(&mut self) {
        self.0.connections.invalidate();
        self.make_new();
        self.0.closed = !self.0.options.close_resets_only;
    }

    fn make_new(&mut self) {
        self.0.failed = None;
        self.0.flushing = false;
        self.0.closed = false;
        self.0.store.clear();
        self.0.callbacks.roll_back(1);
        self.0.store.set_level(1);
        self.0.connections.forget_writes();
    }

    /// Closes it, and gives back the connection that it was [made on](Self::on_connection).
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it was made on none, and as [`rollback`](Self::rollback).
    pub fn into_connection(mut self) -> Result<Connection> {
        self.reset()?;
        self.0.connections.take_given().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "this session was made on an engine, not on a connection: there is none to give back",
            )
        })
    }

    /// The engine that a statement would run on: of a mapped struct or of none, writing or not. `None` if the session
    /// was made on a connection.
    #[must_use]
    pub fn get_bind(&self, class: Option<&Mapper>, writes: bool) -> Option<Engine> {
        self.0.connections.bind(class, writes)
    }

    /// What the program keeps with it.
    #[must_use]
    pub fn info(&self) -> &SessionInfo {
        &self.0.options.info
    }

    /// The same, to change it.
    pub fn info_mut(&mut self) -> &mut SessionInfo {
        &mut self.0.options.info
    }

    /// What all statements are executed with, under their own options.
    #[must_use]
    pub fn execution_options(&self) -> Option<&ExecutionOptions> {
        self.0.options.execution_options.as_ref()
    }
}
