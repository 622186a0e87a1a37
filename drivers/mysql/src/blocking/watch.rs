//! Calls that block are ended from outside when the job of a worker they run in is cancelled.

use std::sync::Arc;

use aludel_bridge::{self as bridge, OnCancel};
use aludel_core::dbapi::{in_background, refuse_in_async};
use aludel_core::error::Result;

use super::connection::BlockingConnection;
use super::driver::NAME;
use crate::ending::{Gone, interrupted};

impl BlockingConnection {
    /// Opens a call that blocks. A cancel of its job while it runs ends the connection, of which the
    /// call hears at once, and has the server told to end the session, which stops its work.
    pub(super) fn watch(&mut self) -> Result<OnCancel> {
        refuse_in_async(NAME)?;
        self.find_socket();
        let target = Arc::clone(&self.target);
        let socket = self.socket;
        Ok(bridge::on_cancel(move || {
            // The descriptor is still the connection's: what takes the callback back waits for it.
            socket.cut();
            in_background(move || target.end());
        })?)
    }

    /// Closes a call. The connection of one that was cancelled is at its end.
    pub(super) fn watched<T>(&mut self, watch: OnCancel, outcome: Result<T>) -> Result<T> {
        if !watch.disarm() {
            self.cut = true;
            self.gone.get_or_insert_with(|| Gone::of(&interrupted()));
            bridge::checkpoint()?;
        }
        outcome
    }
}
