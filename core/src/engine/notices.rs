//! What the server remarks: kept while a statement runs, and told when it has ended.

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

    /// What was remarked of what is done, beside its outcome.
    #[inline]
    pub(super) fn with_notices<T>(
        &mut self,
        heard: bool,
        done: Result<T>,
    ) -> (Result<T>, Vec<ServerNotice>) {
        match &mut self.0.pooled {
            Some(pooled) if heard => taken(pooled, done),
            _ => (done, Vec::new()),
        }
    }

    /// Tells the listeners. An error of theirs is that of the call, unless it has failed already.
    #[inline]
    pub(super) fn tell_notices<T>(
        &mut self,
        notices: &[ServerNotice],
        statement: &str,
        done: Result<T>,
    ) -> Result<T> {
        let told = notices.iter().try_for_each(|notice| {
            self.deliver(|to| &to.notice, |chain, _| chain.fire(&mut Notice { notice, statement }))
        });
        let done = done?;
        told.map(|()| done)
    }
}

#[cold]
fn taken<T>(pooled: &mut Pooled, done: Result<T>) -> (Result<T>, Vec<ServerNotice>) {
    let may_ask = done.is_ok() && pooled.is_usable();
    match pooled.connection().take_notices(may_ask) {
        Ok(notices) => (done, notices),
        Err(error) => (done.and(Err(error)), Vec::new()),
    }
}
