//! A statement that stays open between fetches.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{Columns, Cursor, ExecutionOptions, RowSink, Statement};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;

use crate::cooperation::Cooperation;
use crate::error::Failure;
use crate::execution::bind;
use crate::state::{State, failed};
use crate::statements::{Prepared, StatementCache};
use crate::turns::Turns;
use crate::value::{OwnedRow, RowView};

/// An open statement of a connection.
pub(crate) struct SqliteCursor<'c> {
    opened: Opened<'c>,
    raw: &'c rusqlite::Connection,
    state: &'c mut State,
    cooperation: &'c Cooperation,
    turns: &'c mut Turns,
    timeout: Option<Duration>,
}

/// A statement that was stepped once, which is what finds out its columns.
pub(crate) struct Opened<'c> {
    prepared: Prepared<'c>,
    columns: Arc<Columns>,
    position: Position,
}

enum Position {
    /// On its first row, which is here because SQLite gives a row once.
    First(OwnedRow),
    /// Between two rows.
    Running,
    /// Behind its last row; the statement is reset.
    Ended,
    /// Somewhere unknown; the statement is reset, or will be.
    Failed,
}

impl<'c> SqliteCursor<'c> {
    pub(crate) fn new(
        opened: Opened<'c>,
        raw: &'c rusqlite::Connection,
        state: &'c mut State,
        cooperation: &'c Cooperation,
        turns: &'c mut Turns,
        timeout: Option<Duration>,
    ) -> Self {
        state.dirty = true;
        turns.after(raw);
        Self { opened, raw, state, cooperation, turns, timeout }
    }
}

impl<'c> Opened<'c> {
    pub(crate) fn start(
        raw: &'c rusqlite::Connection,
        statements: &mut StatementCache,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        ahead: impl FnOnce(&rusqlite::Statement<'_>) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let (mut prepared, mut known) =
            statements.prepare(raw, statement, options.cache_statement)?;
        ahead(&prepared)?;
        let learned = known.learned(&prepared);
        let mut rows = bind(&mut prepared, params)?;
        let (columns, position) = if let Some(row) = rows.next()? {
            let columns = Arc::clone(learned.after_step(row.as_ref()));
            let first = OwnedRow::copy(row, columns.len())?;
            keep_open(rows);
            (columns, Position::First(first))
        } else {
            drop(rows);
            (Arc::clone(learned.after_step(&prepared)), Position::Ended)
        };
        Ok(Self { prepared, columns, position })
    }

    /// The next rows. While the sink has one the position is unknown, so that a panic there
    /// cannot make the next call start the statement over.
    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool, Failure> {
        let mut left = max;
        match mem::replace(&mut self.position, Position::Failed) {
            Position::First(row) if max > 0 => {
                sink.row(&row)?;
                left -= 1;
            }
            Position::First(row) => {
                self.position = Position::First(row);
                return Ok(true);
            }
            Position::Running => {}
            Position::Ended => {
                self.position = Position::Ended;
                return Ok(false);
            }
            Position::Failed => {
                return Err(over().into());
            }
        }
        let len = self.columns.len();
        let mut rows = self.prepared.raw_query();
        while left > 0 {
            let Some(row) = rows.next()? else {
                self.position = Position::Ended;
                return Ok(false);
            };
            sink.row(&RowView::new(row, len))?;
            left -= 1;
        }
        keep_open(rows);
        self.position = Position::Running;
        Ok(true)
    }

    /// Ends the statement. One that writes outside a transaction commits when it ends, and only
    /// its last step shows whether it did; all its changes were made by its first.
    fn finish(&mut self) -> Result<(), Failure> {
        let open = matches!(self.position, Position::First(_) | Position::Running);
        self.position = Position::Ended;
        if open && !self.prepared.readonly() {
            let mut rows = self.prepared.raw_query();
            while rows.next()?.is_some() {}
        }
        Ok(())
    }
}

impl Opened<'_> {
    /// Dropping `Rows` resets the statement, whatever its position; only then does SQLite
    /// release its locks, and only then may the statement go back into the cache.
    fn reset(&mut self) {
        drop(self.prepared.raw_query());
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Gives rows up without resetting their statement.
///
/// `Rows` is a reference to the statement and to its current row; it owns nothing, so forgetting
/// it leaks nothing, and making one (`raw_query`) neither steps nor resets. That is how `rusqlite`
/// is written rather than what it promises: `tests/driver/cursor.rs` would notice.
fn keep_open(rows: rusqlite::Rows<'_>) {
    mem::forget(rows);
}

impl Cursor for SqliteCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.opened.columns)
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        self.cooperation.checkpoint()?;
        self.cooperation.start(self.timeout);
        let open = !self.raw.is_autocommit();
        let fetched = self.opened.fetch(max, sink);
        self.turns.after(self.raw);
        fetched.map_err(|failure| failed(self.raw, self.state, self.cooperation, open, failure))
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        self.cooperation.start(None);
        let open = !self.raw.is_autocommit();
        let Self { opened, raw, state, cooperation, .. } = &mut *self;
        opened.finish().map_err(|failure| failed(raw, state, cooperation, open, failure))
    }
}

impl Drop for SqliteCursor<'_> {
    fn drop(&mut self) {
        self.opened.reset();
        self.turns.after(self.raw);
        self.state.dirty = false;
    }
}

/// The error for a cursor that has failed before.
#[cold]
pub(crate) fn over() -> Error {
    let message = "the cursor ended when it failed; open the statement again";
    Error::new(ErrorKind::ResourceClosed, message)
}

/// One row that the driver made, and not SQLite.
pub(crate) struct OneRow {
    columns: Arc<Columns>,
    row: Option<OwnedRow>,
}

impl OneRow {
    pub(crate) fn new(columns: Arc<Columns>, row: OwnedRow) -> Self {
        Self { columns, row: Some(row) }
    }
}

impl Cursor for OneRow {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if max > 0
            && let Some(row) = self.row.take()
        {
            sink.row(&row)?;
        }
        Ok(self.row.is_some())
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
