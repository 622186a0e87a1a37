//! What both drivers do with an answer, however they wait for it.

use std::time::Duration;

use aludel_core::dbapi::{Outcome, RowSink, errors};
use aludel_core::error::{Error, Result};

use crate::error::Failure;
use crate::value::Layout;

/// Rows that are read and thrown away after a sink failed, within the budget of a recovery. With more
/// to come the connection is terminated, and the server is asked to end the session.
pub(crate) const DRAINED_ROWS: usize = 4_096;

/// The failure that ended the pushing of rows.
pub(crate) enum Pushing {
    /// The server's: its answer is over.
    Server(Failure),
    /// The sink's: the rest of the answer is still to be read.
    Sink(Error),
}

/// Announces rows to the sink: the columns once, and which set of parameters they belong to.
pub(crate) fn announce(sink: &mut dyn RowSink, layout: &Layout, set: Option<usize>) -> Result<()> {
    if set.is_none_or(|index| index == 0) {
        sink.columns(&layout.columns)?;
    }
    set.map_or(Ok(()), |index| sink.begin_set(index))
}

/// The outcome of a statement without rows. Of several new rows the server reports the key of the
/// first.
pub(crate) fn outcome(rows: u64, key: Option<u64>) -> Outcome {
    let key = key.filter(|_| rows <= 1).and_then(|key| i64::try_from(key).ok());
    match key {
        Some(key) => Outcome::rows(rows).with_lastrowid(key),
        None => Outcome::rows(rows),
    }
}

/// The failure of a cursor whose rest could not be read in time.
#[cold]
pub(crate) fn not_drained(budget: Duration) -> Failure {
    let cure = "limit the statement, or close the connection";
    Failure::Broken(errors::cursor_not_drained(budget, cure))
}
