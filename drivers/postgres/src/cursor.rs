//! Rows in portions: from a cursor on the server, or as they arrive.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use aludel_core::dbapi::{
    AsyncCursor, Columns, ExecutionOptions, RowSink, ServerNotice, Statement,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use futures::FutureExt;
use futures::future::try_join3;
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;

use crate::connection::PostgresConnection;
use crate::error::Failure;
use crate::exchange::{Pushing, drain_after, push};
use crate::pending::{PendingReply, collect, drain, read_rest};
use crate::session::{Keep, fetch_sql};
use crate::statements::{Kind, Prepared, kinds};
use crate::value::Bound;

/// The rows of an open statement.
///
/// A SELECT within a transaction has a cursor on the server, and between two portions nothing is
/// under way. All else is read as it arrives, and the connection serves nothing else until then.
pub struct PostgresCursor<'c> {
    connection: &'c mut PostgresConnection,
    columns: Arc<Columns>,
    source: Source,
}

enum Source {
    /// A cursor on the server, with the FETCH that is prepared, for so many rows.
    Declared { number: u64, portion: usize, fetch: Arc<Prepared>, exhausted: bool },
    /// The answer itself. The connection is dirty until its end is read.
    Streamed { stream: Pin<Box<RowStream>>, prepared: Arc<Prepared> },
    /// Nothing is left to do.
    Ended,
}

impl<'c> PostgresCursor<'c> {
    pub(crate) async fn open(
        connection: &'c mut PostgresConnection,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Self> {
        connection.enter()?;
        if let Err(failure) = connection.hear_from_now().await {
            return connection.leave(Err(failure)).await;
        }
        if connection.session.declares(statement) {
            connection.session.limit.enter(statement, options);
            let outcome = connection.declare(statement, params, options.portion).await;
            let (number, fetch) = connection.leave(outcome).await?;
            let columns = Arc::clone(&fetch.columns);
            let portion = options.portion;
            let source = Source::Declared { number, portion, fetch, exhausted: false };
            return Ok(Self { connection, columns, source });
        }
        connection.session.limit.enter_stream(statement, options);
        connection.session.note_raw_statement(statement);
        match connection.start_planned(statement, params, Keep::of(options), true).await {
            Ok((prepared, stream)) => {
                let columns = Arc::clone(&prepared.columns);
                let source = Source::Streamed { stream: Box::pin(stream), prepared };
                Ok(Self { connection, columns, source })
            }
            Err(failure) => connection.leave(Err(failure)).await,
        }
    }

    async fn fetch_declared(
        &mut self,
        number: u64,
        fetch: Option<Arc<Prepared>>,
        max: usize,
        sink: &mut dyn RowSink,
    ) -> Result<bool> {
        self.connection.session.limit.enter_again();
        self.connection.enter()?;
        let outcome = self.connection.fetch(number, fetch, max, sink).await;
        let (fetch, count) = self.connection.leave(outcome).await?;
        let exhausted = count < max;
        self.source = Source::Declared { number, portion: max, fetch, exhausted };
        Ok(!exhausted)
    }

    async fn fetch_streamed(
        &mut self,
        mut stream: Pin<Box<RowStream>>,
        prepared: Arc<Prepared>,
        max: usize,
        sink: &mut dyn RowSink,
    ) -> Result<bool> {
        match push(stream.as_mut(), &prepared, sink, max).await {
            Ok(count) if count < max => self.connection.leave(Ok(false)).await,
            Ok(_) => {
                self.source = Source::Streamed { stream, prepared };
                Ok(true)
            }
            Err(Pushing::Sink(error)) => {
                self.source = Source::Streamed { stream, prepared };
                Err(error)
            }
            Err(Pushing::Server(failure)) => self.connection.leave(Err(failure)).await,
        }
    }
}

impl AsyncCursor for PostgresCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    async fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if max == 0 {
            return Ok(!matches!(
                self.source,
                Source::Ended | Source::Declared { exhausted: true, .. }
            ));
        }
        // Whatever goes wrong below, or is dropped there, is over.
        match mem::replace(&mut self.source, Source::Ended) {
            Source::Ended => Ok(false),
            Source::Declared { exhausted: true, number, portion, fetch } => {
                self.source = Source::Declared { exhausted: true, number, portion, fetch };
                Ok(false)
            }
            Source::Declared { number, portion, fetch, .. } => {
                let fetch = (portion == max).then_some(fetch);
                self.fetch_declared(number, fetch, max, sink).await
            }
            Source::Streamed { stream, prepared } => {
                self.fetch_streamed(stream, prepared, max, sink).await
            }
        }
    }

    async fn take_notices(&mut self, _: bool) -> Result<Vec<ServerNotice>> {
        Ok(self.connection.task.notices().take_some())
    }

    async fn close(mut self) -> Result<()> {
        match mem::replace(&mut self.source, Source::Ended) {
            Source::Ended => Ok(()),
            Source::Declared { number, exhausted: true, .. } => {
                // Not worth a round trip.
                self.connection.session.cursor_to_close = Some(number);
                Ok(())
            }
            Source::Declared { number, .. } => {
                self.connection.enter()?;
                self.connection.session.cursor_to_close = Some(number);
                let outcome = self.connection.close_dropped().await;
                self.connection.leave(outcome).await
            }
            Source::Streamed { stream, .. } => {
                let outcome = read_rest(stream, self.connection.recovery_budget).await;
                self.connection.leave(outcome).await
            }
        }
    }
}

impl Drop for PostgresCursor<'_> {
    fn drop(&mut self) {
        match mem::replace(&mut self.source, Source::Ended) {
            Source::Ended => {}
            Source::Declared { number, .. } => {
                self.connection.session.cursor_to_close = Some(number)
            }
            Source::Streamed { stream, .. } => {
                let budget = self.connection.recovery_budget;
                self.connection.pending_replies.push(PendingReply::Rows(stream, budget));
                self.connection.session.dirty = false;
            }
        }
    }
}

impl fmt::Debug for PostgresCursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Declared { .. } => "declared",
            Source::Streamed { .. } => "streamed",
            Source::Ended => "ended",
        };
        f.debug_struct("PostgresCursor")
            .field("columns", &self.columns)
            .field("source", &source)
            .finish_non_exhaustive()
    }
}

impl PostgresConnection {
    /// Declares a cursor and prepares its FETCH, in one round trip.
    async fn declare(
        &mut self,
        statement: &Statement,
        params: &[Value],
        portion: usize,
    ) -> Result<(u64, Arc<Prepared>), Failure> {
        let types = self.cursor_types(statement, params).await?;
        self.send_ahead()?;
        let (number, declare) = self.session.declare_sql("", statement);
        let client = Arc::clone(&self.client);
        let values = params.iter().map(Bound).zip(types);
        let declared = async { drain(client.query_typed_raw(&declare, values).await?).await };
        let client = Arc::clone(&self.client);
        let sql = fetch_sql(portion, number);
        let replies = mem::take(&mut self.pending_replies);
        let fetch = self.preparing.insert(async move { client.prepare(&sql).await }.boxed());
        // Polled, and so sent, in this order.
        let ((), declared, fetch) =
            try_join3(collect(replies), declared.map(Ok), fetch.map(Ok)).await?;
        self.preparing = None;
        declared?;
        Ok((number, Arc::new(Prepared::new(fetch?))))
    }

    /// The types of the parameters of a cursor. What the server makes of an array is known when the
    /// statement is prepared.
    async fn cursor_types(
        &mut self,
        statement: &Statement,
        params: &[Value],
    ) -> Result<Vec<Type>, Failure> {
        let kinds = kinds(statement, params);
        if kinds.clone().any(Kind::is_array) {
            let prepared = self.prepared(statement, kinds, Keep::Cached).await?;
            return Ok(prepared.statement.params().to_vec());
        }
        Ok(kinds.map(Kind::declared).collect())
    }

    async fn fetch(
        &mut self,
        number: u64,
        fetch: Option<Arc<Prepared>>,
        max: usize,
        sink: &mut dyn RowSink,
    ) -> Result<(Arc<Prepared>, usize), Failure> {
        let fetch = match fetch {
            Some(fetch) => fetch,
            None => {
                let sql = fetch_sql(max, number).into_boxed_str();
                Arc::new(self.prepare(sql, Vec::new()).await?)
            }
        };
        let mut stream = Box::pin(self.start(&fetch, &[]).await?);
        let mut stream = stream.as_mut();
        match push(stream.as_mut(), &fetch, sink, usize::MAX).await {
            Ok(count) => Ok((fetch, count)),
            Err(Pushing::Server(failure)) => Err(failure),
            Err(Pushing::Sink(error)) => {
                let failure = drain_after(&mut stream, error, self.recovery_budget).await;
                self.session.cursor_to_close = Some(number);
                Err(failure)
            }
        }
    }

    /// Closes the cursor that was dropped, and waits.
    async fn close_dropped(&mut self) -> Result<(), Failure> {
        self.send_ahead()?;
        collect(mem::take(&mut self.pending_replies)).await
    }
}
