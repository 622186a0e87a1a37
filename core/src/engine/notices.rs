//! What the server remarks: kept while a statement runs, and reported when it has ended.

use super::Connection;
use super::connection::OnError;
use super::events::{AllEngines, Listens, Notice};
use crate::dbapi::{ServerNotice, Statement};
use crate::error::Result;
use crate::pool::Pooled;

impl Connection {
    /// Has the driver keep what the server remarks of a statement, if anybody listens; whether it does.
    #[inline]
    pub(super) fn hear_notices(&mut self, statement: &Statement) -> Result<bool> {
        let listened = self.has_listeners(|to| &to.notice);
        if listened {
            self.dbapi_for(statement)?.hear_notices();
        }
        Ok(listened)
    }

    /// The same before COMMIT, for which there is a session.
    #[inline]
    pub(super) fn hear_notices_of_commit(&mut self) -> bool {
        let listened = self.has_listeners(|to| &to.notice);
        if listened && let Some(pooled) = &mut self.0.pooled {
            pooled.connection().hear_notices();
        }
        listened
    }

    /// What was remarked of what is done; the driver may ask for it if that has succeeded. Where it
    /// cannot be had, that is in the log only, and the next use finds what is wrong with the session.
    #[inline]
    pub(super) fn taken_notices(&mut self, heard: bool, succeeded: bool) -> Vec<ServerNotice> {
        match &mut self.0.pooled {
            Some(pooled) => taken(pooled, heard, succeeded),
            None => Vec::new(),
        }
    }

    /// Notifies the listeners. An error of theirs is that of the call, unless it has failed already.
    #[inline]
    pub(super) fn tell_notices<T>(
        &mut self,
        notices: &[ServerNotice],
        statement: &str,
        done: Result<T>,
    ) -> Result<T> {
        let notified = self.notify(notices, statement);
        let done = done?;
        notified.map(|()| done)
    }

    /// Notifies them of a COMMIT, whose outcome is what the server has answered.
    #[inline]
    pub(super) fn tell_notices_of_commit(&mut self, notices: &[ServerNotice]) {
        if let Err(error) = self.notify(notices, "COMMIT") {
            tracing::warn!(target: "aludel::engine", %error, "a notice listener failed behind COMMIT");
        }
    }

    fn notify(&mut self, notices: &[ServerNotice], statement: &str) -> Result<()> {
        notices.iter().try_for_each(|notice| {
            self.deliver(|to| &to.notice, |chain, _| chain.fire(&mut Notice { notice, statement }))
        })
    }
}

impl OnError<'_> {
    /// Notifies the listeners of what was remarked of a stream so far. They get no connection, which its cursor borrows.
    pub(super) fn tell_notices(&self, notices: &[ServerNotice], statement: &str) -> Result<()> {
        let all = [AllEngines.listeners(), self.engine().listeners(), self.listeners()];
        notices.iter().try_for_each(|notice| {
            let mut event = Notice { notice, statement };
            all.iter().try_for_each(|listeners| listeners.notice.fire(&mut event))
        })
    }
}

/// What was remarked of what is done, if that was heard; the driver may ask for it if that has succeeded.
#[inline]
pub(super) fn taken(pooled: &mut Pooled, heard: bool, succeeded: bool) -> Vec<ServerNotice> {
    if heard { taken_of(pooled, succeeded) } else { Vec::new() }
}

#[cold]
fn taken_of(pooled: &mut Pooled, succeeded: bool) -> Vec<ServerNotice> {
    let may_ask = succeeded && pooled.is_usable();
    or_logged(pooled.connection().take_notices(may_ask))
}

/// Where they cannot be had, that is in the log only.
pub(super) fn or_logged(taken: Result<Vec<ServerNotice>>) -> Vec<ServerNotice> {
    taken.unwrap_or_else(|error| {
        tracing::warn!(target: "aludel::engine", %error, "what the server remarked could not be read");
        Vec::new()
    })
}
