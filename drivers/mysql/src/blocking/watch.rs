//! Calls that block are ended from outside when the job of a worker they run in is cancelled.

use std::sync::Arc;
use std::time::Duration;

use aludel_bridge::{self as bridge, OnCancel};
use aludel_core::dbapi::{
    ExecutionOptions, Timer, execution_timed_out, in_background, refuse_in_async,
};
use aludel_core::error::Result;

use super::connect::NAME;
use super::connection::BlockingConnection;

/// A call that is watched.
pub(super) struct Watch {
    cancel: OnCancel,
    timed: Option<(Duration, Timer)>,
}

impl BlockingConnection {
    /// Opens a call that blocks. A cancel of its job while it runs ends the connection, which the
    /// call notices at once, and has the server end the session, which stops its work. So does the
    /// end of its time-out.
    pub(super) fn watch(&mut self, timeout: Option<Duration>) -> Result<Watch> {
        self.watch_for(timeout, timeout)
    }

    /// The same for a statement, whose time the server may keep, so that it is waited for longer.
    pub(super) fn watch_call(&mut self, options: &ExecutionOptions) -> Result<Watch> {
        self.watch_for(options.timeout, self.state.patience(options))
    }

    fn watch_for(
        &mut self,
        timeout: Option<Duration>,
        patience: Option<Duration>,
    ) -> Result<Watch> {
        refuse_in_async(NAME)?;
        self.find_socket();
        let stop = || {
            let target = Arc::clone(&self.target);
            let socket = self.socket;
            move || {
                // The descriptor is still the connection's: disarming waits for the callback.
                socket.cut();
                in_background(move || target.end());
            }
        };
        let cancel = bridge::on_cancel(stop())?;
        let timed = match timeout.zip(patience) {
            Some((timeout, patience)) => Some((timeout, Timer::start(patience, stop())?)),
            None => None,
        };
        Ok(Watch { cancel, timed })
    }

    /// Closes a call. The connection of one that was cancelled is at its end.
    pub(super) fn watched<T>(&mut self, watch: Watch, outcome: Result<T>) -> Result<T> {
        let Watch { cancel, timed } = watch;
        let expired = timed.and_then(|(timeout, timer)| (!timer.disarm()).then_some(timeout));
        let cancelled = !cancel.disarm();
        if cancelled || expired.is_some() {
            self.cut = true;
            self.state.cut();
        }
        if cancelled {
            bridge::checkpoint()?;
        }
        match expired {
            Some(timeout) => Err(execution_timed_out(timeout)),
            None => outcome,
        }
    }
}
