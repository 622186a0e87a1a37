//! A statement that stays open on the thread between fetches.

use std::fmt;
use std::sync::Arc;

use aludel_core::dbapi::{
    AsyncCursor, Columns, ExecutionOptions, NoRows, RawRow, RowSink, Statement,
};
use aludel_core::error::Result;
use aludel_core::value::Value;

use super::connection::ThreadConnection;
use super::worker::Job;
use crate::cursor::over;

/// The rows of an open statement. Between two portions the thread waits for what it is asked next.
pub struct ThreadCursor<'c> {
    connection: &'c mut ThreadConnection,
    columns: Arc<Columns>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    /// A portion failed, perhaps between its rows; the thread does not know of it.
    Failed,
    Closed,
}

impl<'c> ThreadCursor<'c> {
    pub(super) async fn open(
        connection: &'c mut ThreadConnection,
        statement: &Statement,
        params: &[Value],
        options: ExecutionOptions,
    ) -> Result<Self> {
        /// Takes the columns.
        #[derive(Default)]
        struct Heading(Arc<Columns>);
        impl RowSink for Heading {
            fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
                self.0 = Arc::clone(columns);
                Ok(())
            }
            fn row(&mut self, _: &dyn RawRow) -> Result<()> {
                Ok(())
            }
        }
        let mut heading = Heading::default();
        let job = Job::Open(statement.clone(), params.to_vec(), options);
        connection.exchange(true, job, &mut heading).await?.result?;
        Ok(Self { connection, columns: heading.0, state: State::Open })
    }
}

impl AsyncCursor for ThreadCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    async fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if self.state == State::Failed {
            return Err(over());
        }
        // Also if the future is dropped, or the sink panics.
        self.state = State::Failed;
        let end = self.connection.exchange(false, Job::Fetch(max), sink).await?;
        let more = end.result.map(|_| end.more)?;
        self.state = State::Open;
        Ok(more)
    }

    async fn close(mut self) -> Result<()> {
        self.state = State::Closed;
        self.connection.exchange(false, Job::Close, &mut NoRows).await?.result.map(drop)
    }
}

impl Drop for ThreadCursor<'_> {
    fn drop(&mut self) {
        if self.state != State::Closed {
            self.connection.drop_cursor();
        }
    }
}

impl fmt::Debug for ThreadCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadCursor").field("columns", &self.columns).finish_non_exhaustive()
    }
}
