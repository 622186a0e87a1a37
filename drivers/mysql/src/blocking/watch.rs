//! Calls that block are ended from outside when the job of a worker they run in is cancelled.

use aludel_bridge::{self as bridge, OnCancel};
use aludel_core::dbapi::{in_background, refuse_in_async};
use aludel_core::error::Result;

use super::connection::MysqlConnection;
use super::driver::NAME;
use super::recover::end;
use crate::ending::{Gone, interrupted};

impl MysqlConnection {
    /// Opens a call that blocks. While it runs, a cancel of its job has the server told to end the
    /// session, which the call then hears of.
    pub(super) fn watch(&self) -> Result<OnCancel> {
        refuse_in_async(NAME)?;
        let target = std::sync::Arc::clone(&self.target);
        let budget = self.driver.config.recovery_budget;
        Ok(bridge::on_cancel(move || {
            in_background(move || {
                if end(&target.0, &target.1, budget).is_err() {
                    tracing::debug!("a statement that nobody waits for could not be stopped");
                }
            });
        })?)
    }

    /// Closes a call. The session of one that was cancelled ends, nobody knows when.
    pub(super) fn watched<T>(&mut self, watch: OnCancel, outcome: Result<T>) -> Result<T> {
        if !watch.disarm() {
            self.gone.get_or_insert_with(|| Gone::of(&interrupted()));
            bridge::checkpoint()?;
        }
        outcome
    }
}
