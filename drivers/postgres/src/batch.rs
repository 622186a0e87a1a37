//! One statement for many sets of parameters, several in flight at a time.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use aludel_core::dbapi::{Columns, Outcome, RowSink, Statement, errors};
use aludel_core::error::Result;
use aludel_core::value::{Value, ValueRef};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use tokio_postgres::{Client, RowStream};

use crate::connection::PostgresConnection;
use crate::error::Failure;
use crate::exchange::{Pushing, drain_after, push, wrong_count};
use crate::pending::{collect, ignore_refusal, read_rest};
use crate::session::{Keep, Transaction};
use crate::statements::{Prepared, common_kinds};
use crate::value::Bound;

/// Executions in flight. Each is answered on its own, so this many small answers may wait.
const WINDOW: usize = 1024;

/// Bytes of values in flight beyond which nothing is added.
const WINDOW_BYTES: usize = 1 << 20;

/// The head of the answer to one execution.
enum Answer {
    /// It returns no rows, and affected so many.
    Affected(u64),
    /// Its rows are to be read.
    Rows(Pin<Box<RowStream>>),
}

/// The sink of all sets.
struct Sets<'s> {
    sink: &'s mut dyn RowSink,
    /// Whether the sink knows the columns.
    announced: bool,
    /// The index of the first set of the run.
    first: usize,
}

impl Sets<'_> {
    fn begin(&mut self, columns: &Arc<Columns>, index: usize) -> Result<()> {
        if !mem::replace(&mut self.announced, true) {
            self.sink.columns(columns)?;
        }
        self.sink.begin_set(self.first + index)
    }
}

impl PostgresConnection {
    /// Runs all sets in order, up to the first failure.
    pub(crate) async fn run_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.hear_from_now().await?;
        self.session.note_raw_statement(statement);
        let mut into = Sets { sink, announced: false, first: 0 };
        let mut rows = 0;
        let mut first = 0;
        let mut again = true;
        while first < sets.len() {
            check_same_count(sets, first)?;
            let before = self.session.transaction;
            let (kinds, len) = common_kinds(statement, &sets[first..]);
            let prepared = self.prepared(statement, kinds.iter().copied(), keep).await?;
            // Outside of a transaction the sets behind a failure would be executed for good.
            let alone = before == Transaction::None || self.session.raw_transaction;
            let window = if alone { 1 } else { WINDOW };
            into.first = first;
            match self.pipeline(&prepared, &sets[first..first + len], window, &mut into).await {
                Ok(affected) => {
                    rows += affected;
                    first += len;
                }
                Err((0, failure)) if first == 0 && again && failure.is_stale() => {
                    self.replan(statement, keep, before, failure).await?;
                    again = false;
                }
                Err((index, failure)) => {
                    if failure.is_stale() {
                        self.session.forget_prepared(statement, keep);
                    }
                    return Err(in_set(failure, first + index));
                }
            }
        }
        Ok(Outcome::rows(rows))
    }

    /// Runs sets that share a prepared statement. A failure comes with its set.
    async fn pipeline(
        &mut self,
        prepared: &Prepared,
        sets: &[Vec<Value>],
        window: usize,
        into: &mut Sets<'_>,
    ) -> Result<u64, (usize, Failure)> {
        self.send_ahead().map_err(|failure| (0, failure))?;
        let wanted = prepared.statement.params().len();
        let client = Arc::clone(&self.client);
        let mut waiting = sets.iter();
        let mut in_flight: VecDeque<(usize, BoxFuture<'_, Result<Answer, Failure>>)> =
            VecDeque::new();
        let mut bytes = 0;
        let mut outcome = Ok(0);
        let mut at = 0;
        let mut sending = true;
        loop {
            // Many at a time: one for each answer would make both sides take turns.
            let refill = in_flight.len() <= window / 2;
            while sending && refill && in_flight.len() < window && bytes < WINDOW_BYTES {
                let Some(set) = waiting.next() else { break };
                if set.len() != wanted {
                    let error = wrong_count(wanted, set.len());
                    in_flight.push_back((0, ready(Err(error.into())).boxed()));
                    sending = false;
                    break;
                }
                let mut run = execute(&client, prepared, set);
                // The first poll sends, so the order of sending is the order of the sets.
                let run = match run.as_mut().now_or_never() {
                    Some(done) => {
                        // Where another thread moves the bytes it may be answered already. If it
                        // could not be sent, nothing after it must be sent either.
                        sending = done.is_ok();
                        ready(done).boxed()
                    }
                    None => run,
                };
                let size = set.iter().map(size).sum();
                bytes += size;
                in_flight.push_back((size, run));
            }
            if !self.pending_replies.is_empty() {
                collect(mem::take(&mut self.pending_replies))
                    .await
                    .map_err(|failure| (0, failure))?;
            }
            let Some((size, next)) = in_flight.pop_front() else { return outcome };
            let answer = match next.await {
                Ok(Answer::Affected(rows)) => Ok(rows),
                Ok(Answer::Rows(stream)) if outcome.is_ok() => {
                    self.push_set(stream, prepared, at, into).await
                }
                // What stands behind a failure is read and ignored.
                Ok(Answer::Rows(stream)) => {
                    ignore_refusal(read_rest(stream, self.recovery_budget).await).map(|()| 0)
                }
                Err(failure) => Err(failure),
            };
            bytes -= size;
            match (answer, &mut outcome) {
                (Ok(affected), Ok(sum)) => *sum += affected,
                (Err(failure), _) if failure.is_end() => return Err((at, failure)),
                (Err(failure), Ok(_)) => {
                    outcome = Err((at, failure));
                    sending = false;
                }
                // After the first failure the server refuses all others.
                (_, Err(_)) => {}
            }
            at += 1;
        }
    }
}

impl PostgresConnection {
    /// Pushes the rows of one set.
    async fn push_set(
        &mut self,
        mut stream: Pin<Box<RowStream>>,
        prepared: &Prepared,
        index: usize,
        into: &mut Sets<'_>,
    ) -> Result<u64, Failure> {
        let mut stream = stream.as_mut();
        let pushed = match into.begin(&prepared.columns, index) {
            Ok(()) => push(stream.as_mut(), prepared, into.sink, usize::MAX).await,
            Err(error) => Err(Pushing::Sink(error)),
        };
        match pushed {
            Ok(_) => Ok(stream.rows_affected().unwrap_or(0)),
            Err(Pushing::Server(failure)) => Err(failure),
            Err(Pushing::Sink(error)) => {
                Err(drain_after(&mut stream, error, self.recovery_budget).await)
            }
        }
    }
}

/// Starts one execution. The first poll sends it.
fn execute<'a>(
    client: &'a Client,
    prepared: &'a Prepared,
    set: &'a [Value],
) -> BoxFuture<'a, Result<Answer, Failure>> {
    let params = set.iter().map(Bound);
    if prepared.columns.is_empty() {
        let run = client.execute_raw(&prepared.statement, params);
        async { Ok(Answer::Affected(run.await?)) }.boxed()
    } else {
        let run = client.query_raw(&prepared.statement, params);
        async { Ok(Answer::Rows(Box::pin(run.await?))) }.boxed()
    }
}

/// What a value takes in memory while it waits to be sent, roughly.
fn size(value: &Value) -> usize {
    match value.as_ref() {
        ValueRef::Text(text) => text.len(),
        ValueRef::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// Refuses a set that has not as many values as the first. A server that is told the types of too
/// many would take them all.
pub(crate) fn check_same_count(sets: &[Vec<Value>], index: usize) -> Result<(), Failure> {
    let (wanted, found) = (sets[0].len(), sets[index].len());
    if wanted == found { Ok(()) } else { Err(in_set(wrong_count(wanted, found).into(), index)) }
}

pub(crate) fn in_set(failure: Failure, index: usize) -> Failure {
    match failure {
        Failure::Refused(error) => Failure::Refused(errors::in_parameter_set(index, error)),
        other => other,
    }
}
