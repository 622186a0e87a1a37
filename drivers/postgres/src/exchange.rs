//! Exchanges with the server: what is sent ahead, how statements are started and rows pushed.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use aludel_core::dbapi::{Outcome, ROWS_OF_A_TURN, RowSink, Statement, errors};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use futures::future::try_join;
use futures::{FutureExt, Stream, TryStreamExt};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{RowStream, SimpleQueryStream};

use crate::connection::PostgresConnection;
use crate::error::Failure;
use crate::pending::{PendingReply, collect};
use crate::session::{Keep, Transaction, close_sql};
use crate::statements::{Kind, Prepared, kinds, with_arrays};
use crate::value::{Bound, PgRow};
use crate::words::refuse_copy;

/// The protocol counts parameters in 16 bits.
const MAX_PARAMS: usize = 65_535;

/// Rows that are read and thrown away after a sink failed, within the budget of a recovery. With
/// more to come the connection is recovered, which stops the server's work.
pub(crate) const DRAINED_ROWS: usize = 4_096;

/// Names under which a statement is tried to be prepared. Those that other clients left behind in a
/// session are as many as they keep statements.
pub(crate) const MOST_NAMES: usize = 256;

/// Refuses what the protocol cannot carry.
pub(crate) fn check_count(params: &[Value]) -> Result<()> {
    if params.len() <= MAX_PARAMS {
        return Ok(());
    }
    Err(errors::too_many_parameters("PostgreSQL", MAX_PARAMS, params.len()).with_cure(
        "`= ANY (string_to_array($1, ',')::bigint[])` takes a whole list as one parameter",
    ))
}

impl PostgresConnection {
    /// Sends a constant without waiting.
    pub(crate) fn send(&self, sql: &str) -> Result<Pin<Box<SimpleQueryStream>>, Failure> {
        // The call sends when it is first polled, and has nothing to wait for.
        match self.client.simple_query_raw(sql).now_or_never() {
            Some(stream) => Ok(Box::pin(stream?)),
            None => Err(Failure::Broken(errors::impossible("tokio-postgres did not send at once"))),
        }
    }

    /// Sends what must go before the next statement: the close of a dropped cursor, and BEGIN.
    pub(crate) fn send_ahead(&mut self) -> Result<(), Failure> {
        if let Some(number) = self.session.cursor_to_close.take() {
            let stream = self.send(&close_sql(number))?;
            self.pending_replies.push(PendingReply::Close(stream));
        }
        if let Some(sql) = self.session.limit.take_sql(self.session.place()) {
            let stream = self.send(&sql)?;
            self.pending_replies.push(PendingReply::Limit(stream, self.session.limit.refusals()));
        }
        if self.session.transaction == Transaction::Requested {
            let stream = self.send(self.session.begin_sql())?;
            self.pending_replies.push(PendingReply::Boundary("BEGIN", stream));
            self.session.transaction = Transaction::Open;
        }
        Ok(())
    }

    /// Reads the pending replies first where somebody hears what the server remarks of what comes now: what it
    /// remarks of them, such as of the ROLLBACK of who had the connection before, is not of that.
    pub(crate) async fn hear_from_now(&mut self) -> Result<(), Failure> {
        if self.task.notices().is_later() {
            collect(mem::take(&mut self.pending_replies)).await?;
            self.task.notices().hear(false);
        }
        Ok(())
    }

    /// Waits for the pending replies together with an exchange whose message is sent after theirs. If
    /// one of them fails the session, the exchange is not waited for.
    pub(crate) async fn after_pending_replies<T>(
        &mut self,
        exchange: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if self.pending_replies.is_empty() {
            return exchange.await;
        }
        let replies = collect(mem::take(&mut self.pending_replies));
        let ((), answer) = try_join(replies, exchange.map(Ok)).await?;
        answer
    }

    /// The prepared statement for parameters of these kinds, prepared now unless it was before.
    pub(crate) async fn prepared(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
        keep: Keep,
    ) -> Result<Arc<Prepared>, Failure> {
        if let Some(found) = self.session.find_prepared(statement, kinds.clone(), keep) {
            return Ok(found);
        }
        let mut names = MOST_NAMES;
        loop {
            let before = self.session.transaction;
            match Box::pin(self.prepare_for(statement, kinds.clone())).await {
                Ok(prepared) => {
                    let prepared = Arc::new(prepared);
                    self.session.keep_prepared(statement, kinds, &prepared, keep);
                    return Ok(prepared);
                }
                Err(failure) if names > 1 && failure.is_name_taken() => {
                    names -= 1;
                    Box::pin(self.replan(statement, keep, before, failure)).await?;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn prepare_for(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
    ) -> Result<Prepared, Failure> {
        refuse_copy(statement.sql())?;
        let types = kinds.clone().map(Kind::declared).collect();
        self.send_ahead()?;
        let mut prepared = self.prepare(statement.sql().into(), types).await?;
        if let Some(types) = with_arrays(kinds, prepared.statement.params()) {
            prepared = self.prepare(statement.sql().into(), types).await?;
        }
        self.session.limit.enter_again();
        Ok(prepared)
    }

    /// Prepares a text. The work is kept outside of the returned future, so that the statement is
    /// not left behind on the server when that is dropped.
    pub(crate) async fn prepare(
        &mut self,
        sql: Box<str>,
        types: Vec<Type>,
    ) -> Result<Prepared, Failure> {
        let client = Arc::clone(&self.client);
        self.shortcut.expect(&sql);
        let replies = mem::take(&mut self.pending_replies);
        let preparing =
            self.preparing.insert(async move { client.prepare_typed(&sql, &types).await }.boxed());
        let ((), statement) = try_join(collect(replies), preparing.map(Ok)).await?;
        self.preparing = None;
        match statement {
            Ok(statement) => Ok(Prepared::new(statement).named(self.shortcut.name())),
            // Preparing uses no statement but those with which tokio-postgres asks for types.
            Err(error) if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => {
                self.task.abort();
                Err(Failure::from(error).forgotten())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a prepared statement and waits until the server accepted it.
    pub(crate) async fn start(
        &mut self,
        prepared: &Prepared,
        params: &[Value],
    ) -> Result<RowStream, Failure> {
        let wanted = prepared.statement.params().len();
        if params.len() != wanted {
            return Err(wrong_count(wanted, params.len()).into());
        }
        self.send_ahead()?;
        let client = Arc::clone(&self.client);
        let query = client.query_raw(&prepared.statement, params.iter().map(Bound));
        self.after_pending_replies(async { Ok(query.await?) }).await
    }

    /// Runs a statement that cannot have parameters and is not worth preparing.
    pub(crate) async fn start_unnamed(
        &mut self,
        statement: &Statement,
    ) -> Result<RowStream, Failure> {
        self.send_ahead()?;
        let client = Arc::clone(&self.client);
        let none = std::iter::empty::<(Bound<'_>, Type)>();
        let query = client.query_typed_raw(statement.sql(), none);
        self.after_pending_replies(async { Ok(query.await?) }).await
    }

    /// Prepares and starts a statement. If it proves to be out of date, it is prepared and started
    /// `again`.
    pub(crate) async fn start_planned(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        mut again: bool,
    ) -> Result<(Arc<Prepared>, RowStream), Failure> {
        loop {
            let before = self.session.transaction;
            let prepared = self.prepared(statement, kinds(statement, params), keep).await?;
            match self.start(&prepared, params).await {
                Ok(stream) => return Ok((prepared, stream)),
                Err(failure) if again && failure.is_stale() => {
                    Box::pin(self.replan(statement, keep, before, failure)).await?;
                    again = false;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Drops a statement that is out of date and gets the session ready to run it again, if
    /// nothing of the transaction can have been executed. Gives the failure back otherwise.
    pub(crate) async fn replan(
        &mut self,
        statement: &Statement,
        keep: Keep,
        before: Transaction,
        failure: Failure,
    ) -> Result<(), Failure> {
        if self.session.replan(statement, keep, before, failure)? {
            self.roll_back().await?;
            self.session.transaction = Transaction::Requested;
        }
        Ok(())
    }
}

#[cold]
pub(crate) fn wrong_count(wanted: usize, found: usize) -> Error {
    errors::wrong_parameter_count(wanted, found)
}

pub(crate) async fn drain_counting(stream: RowStream) -> Result<Outcome, Failure> {
    let mut stream = pin!(stream);
    while stream.try_next().await?.is_some() {}
    Ok(Outcome::rows(stream.rows_affected().unwrap_or(0)))
}

/// Pushes at most `max` rows and says how many there were. After [`ROWS_OF_A_TURN`] that were there at once, others
/// of the thread have a turn.
pub(crate) fn push<'a>(
    mut stream: Pin<&'a mut RowStream>,
    prepared: &'a Prepared,
    sink: &'a mut dyn RowSink,
    max: usize,
) -> impl Future<Output = Result<usize, Pushing>> + 'a {
    let mut count = 0;
    poll_fn(move |context| {
        let begun = count;
        while count < max {
            if count - begun == ROWS_OF_A_TURN {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            match ready!(stream.as_mut().poll_next(context)) {
                Some(Ok(row)) => sink
                    .row(&PgRow { row: &row, decoders: &prepared.decoders })
                    .map_err(Pushing::Sink)?,
                Some(Err(error)) => return Poll::Ready(Err(Pushing::Server(error.into()))),
                None => break,
            }
            count += 1;
        }
        Poll::Ready(Ok(count))
    })
}

/// Whose failure ended the pushing.
pub(crate) enum Pushing {
    /// The server's: its answer is over.
    Server(Failure),
    /// The sink's: the rest of the answer is still to be read.
    Sink(Error),
}

/// Pushes all rows.
pub(crate) async fn push_all(
    stream: RowStream,
    prepared: &Prepared,
    sink: &mut dyn RowSink,
    budget: Duration,
) -> Result<Outcome, Failure> {
    let mut stream = pin!(stream);
    let mut pushed = Ok(0);
    if !prepared.columns.is_empty() {
        pushed = sink.columns(&prepared.columns).map(|()| 0).map_err(Pushing::Sink);
    }
    if pushed.is_ok() {
        pushed = push(stream.as_mut(), prepared, sink, usize::MAX).await;
    }
    match pushed {
        Ok(_) => Ok(Outcome::rows(stream.rows_affected().unwrap_or(0))),
        Err(Pushing::Server(failure)) => Err(failure),
        Err(Pushing::Sink(error)) => Err(drain_after(&mut stream, error, budget).await),
    }
}

/// Reads the rest of an answer after the sink failed, within bounds.
pub(crate) async fn drain_after(
    stream: &mut Pin<&mut RowStream>,
    error: Error,
    budget: Duration,
) -> Failure {
    let reading = async {
        for _ in 0..DRAINED_ROWS {
            if stream.try_next().await?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    after_sink(error, timeout(budget, reading).await.unwrap_or(Ok(false)))
}

/// The failure of a statement whose sink failed. `rest` says whether its answer was read to the end.
/// What the server refused meanwhile is not reported: its transaction is aborted and cannot be committed.
pub(crate) fn after_sink(error: Error, rest: Result<bool, tokio_postgres::Error>) -> Failure {
    match rest {
        Ok(true) => Failure::Refused(error),
        Ok(false) => Failure::Broken(error),
        Err(failed) => match Failure::from(failed) {
            Failure::Refused(_) => Failure::Refused(error),
            worse => worse,
        },
    }
}
