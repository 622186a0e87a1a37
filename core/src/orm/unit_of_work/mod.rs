//! The unit of work: what a flush sends, and in which order.
//!
//! ```text
//! changed objects ──► dependencies ──► order ──► INSERT, UPDATE ──► rows of secondary tables ──► DELETE
//!                     what follows                of all classes,     of many-to-many
//!                     from relationships          parents first
//! ```
//!
//! The session's objects are changed on the way: foreign keys get the keys of what they refer to, keys and defaults come
//! back from the database. If a statement fails they are what they were before.

mod changed_keys;
mod delete;
mod dependencies;
mod order;
mod plan;
mod run;
mod secondary;
mod switch;
mod undo;
mod write;

pub(in crate::orm) use delete::delete;

use self::undo::Undo;
use super::session::Inner;
use crate::error::{Error, ErrorKind, Result};

/// Writes all changes of a session.
pub(in crate::orm) fn flush(inner: &mut Inner) -> Result<()> {
    inner.check()?;
    if inner.flushing {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            "the session is flushing already; a listener of a flush cannot flush",
        ));
    }
    inner.store.settle()?;
    inner.store.tidy_touched();
    if inner.store.touched().is_empty() {
        return Ok(());
    }
    inner.flushing = true;
    let begun = inner.before_flush().and_then(|()| inner.store.settle());
    if begun.is_err() || inner.store.touched().is_empty() {
        inner.flushing = false;
        return begun;
    }
    let written = inner.to_be_written();
    let mut undo = Undo::new(&inner.store);
    let flushed = run::run(inner, &mut undo);
    match &flushed {
        Ok(()) => undo.keep(&mut inner.store),
        Err(error) => {
            undo.restore(&mut inner.store);
            inner.fail(&format!("a flush failed: {}", error.message()));
        }
    }
    let heard = flushed.and_then(|()| inner.after_flush(written));
    inner.flushing = false;
    heard.and_then(|()| inner.after_flush_postexec())
}
