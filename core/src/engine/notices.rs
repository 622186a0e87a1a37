//! What the server remarks: kept while a statement runs, and reported when it has ended.

use super::Connection;
use super::events::Notice;
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
            Some(pooled) if heard => taken(pooled, succeeded),
            _ => Vec::new(),
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

#[cold]
fn taken(pooled: &mut Pooled, succeeded: bool) -> Vec<ServerNotice> {
    let may_ask = succeeded && pooled.is_usable();
    pooled.connection().take_notices(may_ask).unwrap_or_else(|error| {
        tracing::warn!(target: "aludel::engine", %error, "what the server remarked could not be read");
        Vec::new()
    })
}
