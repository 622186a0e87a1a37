//! What the driver knows of a connection besides SQLite, and what an error does to it.

use aludel_core::dbapi::{errors, execution_timed_out};
use aludel_core::error::{Error, ErrorKind, Result};
use rusqlite::ffi;

use crate::cooperation::Cooperation;
use crate::error::{Failure, in_read_only_transaction, translate};

/// What SQLite does not know itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    /// SQLite has ended a transaction by itself, which was not reported yet.
    pub(crate) lost: bool,
    /// `begin()` has begun a transaction, which `commit()` has not ended.
    pub(crate) begun: bool,
    /// The transaction is read-only: `PRAGMA query_only` was set for it.
    pub(crate) query_only: bool,
    /// The connection is one of those that only read, beside one that writes.
    pub(crate) reader: bool,
    /// The connection cannot be used until it is recovered. A cursor sets it while it is open.
    pub(crate) dirty: bool,
}

impl State {
    /// Whether `commit()` or `rollback()` has something to do or to say, whatever SQLite says.
    pub(crate) fn awaits_end(&self) -> bool {
        self.lost || self.begun
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.dirty {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the connection cannot be used: a cursor was forgotten without being dropped, or a \
                 rollback failed; give the connection back and take another",
            ));
        }
        if self.lost {
            return Err(errors::rollback_required());
        }
        Ok(())
    }
}

/// Makes an error of what ended a statement, and notices whether it took the transaction with it.
/// `open` says whether there was one before.
#[cold]
pub(crate) fn failed(
    raw: &rusqlite::Connection,
    state: &mut State,
    cooperation: &Cooperation,
    open: bool,
    failure: Failure,
) -> Error {
    state.lost |= open && raw.is_autocommit();
    let error = match failure {
        Failure::Ours(error) => return error,
        Failure::Sqlite(error) => error,
    };
    if let Some(timeout) = cooperation.expired() {
        return execution_timed_out(timeout).with_driver_error(error);
    }
    // The extended codes of busy explain themselves.
    let is = |code| error.sqlite_error().is_some_and(|error| error.extended_code == code);
    let busy = is(ffi::SQLITE_BUSY);
    if is(ffi::SQLITE_READONLY) && state.begun && (state.query_only || state.reader) {
        return in_read_only_transaction(error);
    }
    let error = translate(error);
    if !busy || error.is_cancelled() {
        error
    } else if cooperation.waited() {
        error.context(&format!("waited {} ms", cooperation.busy_timeout()))
    } else if open {
        // SQLite does not call the handler where waiting would be a deadlock.
        error.context(
            "the transaction has read before it wrote, so waiting cannot help; roll back and run \
             it again, or begin it with begin=immediate",
        )
    } else {
        error
    }
}
