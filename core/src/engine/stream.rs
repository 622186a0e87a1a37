//! Streams: the rows of a statement, read in portions while the statement stays open.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connection::OnError;
use super::notices::or_logged;
use super::own_cursor::StreamCursor;
use super::result::Collect;
use super::violation::with_violated_key;
use crate::dbapi::{ExecutionOptions, Statement};
use crate::error::{Error, Result};
use crate::row::{Columns, Fetch, Rows};

/// The rows of the first portion, where portions grow, and by how much the next one is larger.
const FIRST_PORTION: usize = 8;
const GROWTH: usize = 4;

/// The rows of an open statement. It borrows the connection, which can run nothing else meanwhile.
///
/// Dropping it before the end is allowed: the database's cursor is closed by the next statement.
pub struct StreamResult<'c, T: Fetch> {
    /// `None` once the statement has ended.
    cursor: Option<StreamCursor<'c>>,
    portion: Collect<T>,
    size: usize,
    /// How large a portion becomes, where they grow.
    most: Option<usize>,
    columns: Arc<Columns>,
    statement: Statement,
    on_error: OnError<'c>,
    heard: bool,
    timeout: Option<Duration>,
    /// An error behind rows that came before it, or behind the columns.
    deferred: Option<Error>,
}

/// A statement that was opened, whatever its rows become.
pub(super) struct OpenStream<'c> {
    pub(super) cursor: StreamCursor<'c>,
    pub(super) statement: Statement,
    /// How many rows are fetched at a time.
    pub(super) options: ExecutionOptions,
    pub(super) on_error: OnError<'c>,
    /// Whether somebody listens to what the server remarks.
    pub(super) heard: bool,
}

impl<'c, T: Fetch> StreamResult<'c, T> {
    pub(super) fn new(open: OpenStream<'c>) -> Self {
        let OpenStream { cursor, statement, options, on_error, heard } = open;
        let most = options.growing_portions();
        let size = most.map_or(options.portion, |most| most.min(FIRST_PORTION));
        let columns = cursor.columns();
        let mut portion = Collect::<T>::default();
        let deferred = portion.rows().columns(&columns).err();
        let (cursor, timeout) = (Some(cursor), options.timeout);
        Self { cursor, portion, size, most, columns, statement, on_error, heard, timeout, deferred }
    }

    /// Sets how many rows are fetched at a time.
    #[must_use]
    pub fn yield_per(mut self, rows: usize) -> Self {
        self.size = rows.max(1);
        self.most = None;
        self
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// As [`columns`](Self::columns), to be kept.
    #[doc(hidden)]
    #[must_use]
    pub fn shared_columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    /// The next rows as they come: a whole portion, `None` at the end.
    ///
    /// # Errors
    ///
    /// The database's, or a row that cannot be decoded. The statement is over then.
    pub fn next_partition(&mut self) -> Result<Option<Vec<T>>> {
        if self.portion.rows().is_empty() {
            self.fill()?;
        }
        let rows = self.portion.rows().all();
        Ok(if rows.is_empty() { None } else { Some(rows) })
    }

    /// The next `size` rows, fewer at the end.
    ///
    /// # Errors
    ///
    /// As [`next_partition`](Self::next_partition).
    pub fn fetchmany(&mut self, size: usize) -> Result<Vec<T>> {
        self.by_ref().take(size).collect()
    }

    /// All rows that are left.
    ///
    /// # Errors
    ///
    /// As [`next_partition`](Self::next_partition).
    pub fn fetchall(&mut self) -> Result<Vec<T>> {
        self.collect()
    }

    /// Ends the statement and waits until the connection is free.
    ///
    /// # Errors
    ///
    /// The database's refusal, or a lost connection.
    pub fn close(mut self) -> Result<()> {
        self.end_statement()
    }

    fn fill(&mut self) -> Result<()> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        while let Some(cursor) = &mut self.cursor {
            let more = match cursor.fetch(self.size, &mut self.portion) {
                Ok(more) => more,
                Err(error) => {
                    let error = self.end_failed(error);
                    return self.behind_rows(error);
                }
            };
            if let Err(error) = self.tell_notices(!more) {
                self.cursor = None;
                return self.behind_rows(error);
            }
            if !more {
                return self.end_statement();
            }
            if !self.portion.rows().is_empty() {
                if let Some(most) = self.most {
                    self.size = self.size.saturating_mul(GROWTH).min(most);
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// An error of a statement that is over. The rows before it are delivered first.
    #[cold]
    fn behind_rows(&mut self, error: Error) -> Result<()> {
        if self.portion.rows().is_empty() {
            return Err(error);
        }
        self.deferred = Some(error);
        Ok(())
    }

    /// Ends the statement that has failed, and asks its session for what the error did not say.
    #[cold]
    fn end_failed(&mut self, error: Error) -> Error {
        let Some(mut cursor) = self.cursor.take() else { return self.failed(error) };
        let notices = if self.heard { or_logged(cursor.take_notices(false)) } else { Vec::new() };
        let (timeout, sql) = (self.timeout, self.statement.sql());
        let dialect = self.on_error.engine().dialect();
        let error = cursor.end_with(|session| {
            with_violated_key(dialect, Some(session), timeout, error, Some(sql))
        });
        let error = self.failed(error);
        // An error of the listener is nothing beside it.
        let _ = self.on_error.tell_notices(&notices, self.statement.sql());
        error
    }

    fn end_statement(&mut self) -> Result<()> {
        match self.cursor.take() {
            Some(cursor) => cursor.close().map_err(|error| self.failed(error)),
            None => Ok(()),
        }
    }

    /// Notifies the listeners of what the server has remarked so far.
    #[inline]
    fn tell_notices(&mut self, is_over: bool) -> Result<()> {
        match &mut self.cursor {
            Some(cursor) if self.heard => {
                let notices = or_logged(cursor.take_notices(is_over));
                self.on_error.tell_notices(&notices, self.statement.sql())
            }
            _ => Ok(()),
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        self.on_error.apply(error, Some(self.statement.sql()))
    }
}

impl<T: Fetch> Iterator for StreamResult<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.portion.rows().is_empty()
            && let Err(error) = self.fill()
        {
            return Some(Err(error));
        }
        self.portion.rows().next().map(Ok)
    }
}

impl<T: Fetch> fmt::Debug for StreamResult<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamResult")
            .field("statement", &self.statement)
            .field("open", &self.cursor.is_some())
            .finish_non_exhaustive()
    }
}
