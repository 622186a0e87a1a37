//! Rows in portions, read as they arrive.

use std::fmt;
use std::mem;
use std::sync::Arc;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, Columns, ExecutionOptions, RowSink, ServerNotice, Statement,
};
use aludel_core::error::Result;
use aludel_core::value::Value;

use crate::answer::Pushing;
use crate::connection::MysqlConnection;
use crate::error::Failure;
use crate::protocol::{Form, drain, drain_within, status};
use crate::statements::Keep;
use crate::value::Layout;

/// The rows of an open statement. They are read as they arrive, and the connection serves nothing
/// else until their end.
pub struct MysqlCursor<'c> {
    connection: &'c mut MysqlConnection,
    statement: Statement,
    before: Option<bool>,
    columns: Arc<Columns>,
    source: Source,
}

enum Source {
    /// The connection is dirty until their end is read.
    Rows(Form, Arc<Layout>),
    /// Nothing is left to do.
    Over,
}

impl<'c> MysqlCursor<'c> {
    pub(crate) async fn open(
        connection: &'c mut MysqlConnection,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Self> {
        connection.enter()?;
        let before = connection.state.transaction.on_server();
        match connection.begin_reading(statement, params, Keep::of(options)).await {
            Ok(Some((form, layout))) => {
                let columns = Arc::clone(&layout.columns);
                let source = Source::Rows(form, layout);
                Ok(Self { connection, statement: statement.clone(), before, columns, source })
            }
            Ok(None) => {
                connection.state.leave(Ok(()))?;
                let columns = Arc::new(Columns::default());
                let mut cursor = Self {
                    connection,
                    statement: statement.clone(),
                    before,
                    columns,
                    source: Source::Over,
                };
                cursor.answered();
                Ok(cursor)
            }
            Err(failure) => connection.leave(Err(failure)).await,
        }
    }

    fn answered(&mut self) {
        let status = status(&self.connection.conn);
        self.connection.state.transaction.answered(&self.statement, self.before, status);
    }

    /// Reads what is behind the last row.
    async fn finish(&mut self, form: Form) -> Result<()> {
        let outcome = drain(&mut self.connection.conn, form).await;
        self.end(outcome)
    }

    fn end(&mut self, outcome: Result<(), Failure>) -> Result<()> {
        let read = outcome.is_ok();
        self.connection.state.leave(outcome)?;
        if read {
            self.answered();
        }
        Ok(())
    }
}

impl AsyncCursor for MysqlCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    async fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if max == 0 {
            return Ok(!matches!(self.source, Source::Over));
        }
        // What fails below, or is dropped there, is over.
        let Source::Rows(form, layout) = mem::replace(&mut self.source, Source::Over) else {
            return Ok(false);
        };
        match self.connection.push(form, &layout, sink, max).await {
            Ok(count) if count < max => self.finish(form).await.map(|()| false),
            Ok(_) => {
                self.source = Source::Rows(form, layout);
                Ok(true)
            }
            Err(Pushing::Sink(error)) => {
                self.source = Source::Rows(form, layout);
                Err(error)
            }
            Err(Pushing::Server(failure)) => self.connection.leave(Err(failure)).await,
        }
    }

    async fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        let is_over = matches!(self.source, Source::Over);
        self.connection.take_notices(may_ask && is_over).await
    }

    async fn close(mut self) -> Result<()> {
        match mem::replace(&mut self.source, Source::Over) {
            Source::Over => Ok(()),
            Source::Rows(form, _) => {
                let budget = self.connection.state.config.recovery_budget;
                let outcome = drain_within(&mut self.connection.conn, form, budget).await;
                self.end(outcome)
            }
        }
    }
}

impl Drop for MysqlCursor<'_> {
    fn drop(&mut self) {
        if let Source::Rows(form, _) = mem::replace(&mut self.source, Source::Over) {
            self.connection.unread = Some(form);
            self.connection.state.dirty = false;
        }
    }
}

impl fmt::Debug for MysqlCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlCursor")
            .field("columns", &self.columns)
            .field("over", &matches!(self.source, Source::Over))
            .finish_non_exhaustive()
    }
}
