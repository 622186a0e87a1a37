//! Rows in portions, read as they arrive.

use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{
    Columns, Connection, Cursor, ExecutionOptions, RowSink, ServerNotice, Statement,
};
use aludel_core::error::Result;
use aludel_core::value::Value;

use super::connection::BlockingConnection;
use crate::answer::Pushing;
use crate::error::Failure;
use crate::statements::Keep;
use crate::value::Layout;

/// The rows of an open statement. The connection is dirty until their end is read.
pub(super) struct BlockingCursor<'c> {
    connection: &'c mut BlockingConnection,
    statement: Statement,
    columns: Arc<Columns>,
    /// None if there are no more.
    rows: Option<Arc<Layout>>,
    timeout: Option<Duration>,
}

impl<'c> BlockingCursor<'c> {
    pub(super) fn open(
        connection: &'c mut BlockingConnection,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Self> {
        let timeout = options.timeout;
        let watch = connection.watch(timeout)?;
        connection.state.enter()?;
        let rows = match connection.begin_reading(statement, params, Keep::of(options)) {
            Ok(rows) => rows,
            Err(failure) => {
                let outcome = connection.leave(Err(failure));
                return connection.watched(watch, outcome);
            }
        };
        connection.watched(watch, Ok(()))?;
        let columns = rows.as_ref().map(|layout| Arc::clone(&layout.columns)).unwrap_or_default();
        if rows.is_none() {
            connection.state.leave(Ok(()))?;
            connection.state.transaction.answered(statement, None, None);
        }
        Ok(Self { connection, statement: statement.clone(), columns, rows, timeout })
    }

    fn fetch_now(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        // What fails below is over.
        let Some(layout) = self.rows.take() else { return Ok(false) };
        let Some(reading) = &mut self.connection.reading else { return Ok(false) };
        match reading.push(&layout, sink, max) {
            Ok(count) if count < max => self.finish().map(|()| false),
            Ok(_) => {
                self.rows = Some(layout);
                Ok(true)
            }
            Err(Pushing::Sink(error)) => {
                self.rows = Some(layout);
                Err(error)
            }
            Err(Pushing::Server(failure)) => {
                if matches!(failure, Failure::Refused(_)) {
                    self.connection.stop_reading();
                }
                self.connection.leave(Err(failure))
            }
        }
    }

    fn end(&mut self, outcome: Result<(), Failure>) -> Result<()> {
        let read = outcome.is_ok();
        self.connection.state.leave(outcome)?;
        if read {
            self.connection.state.transaction.answered(&self.statement, None, None);
        }
        Ok(())
    }

    /// Reads what is behind the last row.
    fn finish(&mut self) -> Result<()> {
        let outcome = self.connection.finish_reading();
        self.end(outcome)
    }
}

impl Cursor for BlockingCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if max == 0 {
            return Ok(self.rows.is_some());
        }
        let watch = self.connection.watch(self.timeout)?;
        let outcome = self.fetch_now(max, sink);
        self.connection.watched(watch, outcome)
    }

    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        let is_over = self.rows.is_none();
        self.connection.take_notices(may_ask && is_over)
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        if self.rows.take().is_none() {
            return Ok(());
        }
        let watch = self.connection.watch(None)?;
        let outcome = self.connection.drain_reading();
        let outcome = self.end(outcome);
        self.connection.watched(watch, outcome)
    }
}

impl Drop for BlockingCursor<'_> {
    fn drop(&mut self) {
        if self.rows.take().is_some() {
            self.connection.unread = true;
            self.connection.state.dirty = false;
        }
    }
}
