//! Exchanges with the server: how statements are planned and started, and rows pushed.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{Outcome, RowSink, Statement, StatementKind, errors};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use futures::FutureExt;
use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, Column, Conn, QueryResult, Row, TextProtocol, Value as Cell};
use tokio::time::timeout;

use crate::connection::MysqlConnection;
use crate::error::{Failure, ends_transaction, unreadable};
use crate::statements::{self, Keep, Plan, Prepared, wrong_count};
use crate::transaction::Status;
use crate::value::{Layout, Texts, encode};

/// Rows that are read and thrown away after a sink failed, within the budget of a recovery. With more
/// to come the connection goes to be buried, and the server is told to stop.
pub(crate) const DRAINED_ROWS: usize = 4_096;

/// The protocol in which an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Binary,
}

/// Waits for mysql_async, whose panics over what a server sends are errors.
pub(crate) async fn survive<T>(
    exchange: impl Future<Output = mysql_async::Result<T>>,
) -> Result<T, Failure> {
    match AssertUnwindSafe(exchange).catch_unwind().await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(Failure::Broken(unreadable())),
    }
}

/// The next row of the answer that a connection is reading, or none behind the last of its set.
pub(crate) async fn next_row(conn: &mut Conn, form: Form) -> Result<Option<Row>, Failure> {
    survive(async {
        match form {
            Form::Text => QueryResult::<TextProtocol>::new(conn).next().await,
            Form::Binary => QueryResult::<BinaryProtocol>::new(conn).next().await,
        }
    })
    .await
}

/// The columns of the set that a connection is reading. None has no rows.
fn columns(conn: &mut Conn) -> Option<Arc<[Column]>> {
    // The form makes no difference to this.
    QueryResult::<BinaryProtocol>::new(conn).columns()
}

/// Sends constants of the driver's own in one message, and gives the row that the last returns.
pub(crate) async fn ask(conn: &mut Conn, sql: String) -> Result<Vec<Cell>, Failure> {
    survive(async { conn.query_iter(sql).await.map(drop) }).await?;
    let mut answer = Vec::new();
    while columns(conn).is_some() {
        while let Some(row) = next_row(conn, Form::Text).await? {
            // No cell was taken out of it, which is what this panics over.
            answer = Row::unwrap(row);
        }
    }
    Ok(answer)
}

/// Reads an answer to its end.
pub(crate) async fn drain(conn: &mut Conn, form: Form) -> Result<(), Failure> {
    survive(async {
        match form {
            Form::Text => QueryResult::<TextProtocol>::new(conn).drop_result().await,
            Form::Binary => QueryResult::<BinaryProtocol>::new(conn).drop_result().await,
        }
    })
    .await
}

/// Reads the rows that nobody wants any more, unless that takes too long.
pub(crate) async fn read_rest(
    conn: &mut Conn,
    form: Form,
    budget: Duration,
) -> Result<(), Failure> {
    match timeout(budget, drain(conn, form)).await {
        Ok(read) => read,
        Err(_) => Err(Failure::Broken(unread(budget))),
    }
}

#[cold]
pub(crate) fn unread(budget: Duration) -> Error {
    errors::cursor_not_drained(budget, "limit the statement, or close the connection")
}

/// What became of a statement that was given up before its end. Its failure is nobody's any more,
/// unless it took the transaction with it.
pub(crate) fn given_up(
    outcome: Result<(), Failure>,
    rollback_on_timeout: bool,
) -> Result<(), Failure> {
    match outcome {
        Err(Failure::Refused(error)) if !ends_transaction(&error, rollback_on_timeout) => {
            tracing::debug!("a statement failed that was given up before its end: {error}");
            Ok(())
        }
        other => other,
    }
}

/// The failure of a statement whose sink failed. `rest` says whether its answer was read to the end:
/// what took the transaction with it must be heard, or the rest of the transaction is committed
/// without the first half.
pub(crate) fn after_sink(
    error: Error,
    rest: Result<bool, Failure>,
    rollback_on_timeout: bool,
) -> Failure {
    match rest {
        Ok(true) => Failure::Refused(error),
        Ok(false) => Failure::Broken(error),
        Err(failure) => match given_up(Err(failure), rollback_on_timeout) {
            Ok(()) => Failure::Refused(error),
            Err(worse) => worse,
        },
    }
}

/// What an answer said of the session.
pub(crate) fn status(conn: &Conn) -> Option<Status> {
    let flags = conn.last_ok_packet()?.status_flags();
    Some(Status {
        in_transaction: flags.contains(StatusFlags::SERVER_STATUS_IN_TRANS),
        autocommit: flags.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT),
    })
}

/// A statement that the server is answering.
pub(crate) struct Started {
    pub(crate) form: Form,
    /// None if there are no rows in the first set of the answer.
    pub(crate) layout: Option<Arc<Layout>>,
    done: Outcome,
}

/// Whose failure ended the pushing.
pub(crate) enum Pushing {
    /// The server's: its answer is over.
    Server(Failure),
    /// The sink's: the rest of the answer is still to be read.
    Sink(Error),
}

impl MysqlConnection {
    /// Reads what is left of the rows of a cursor that was dropped.
    pub(crate) async fn pay(&mut self) -> Result<(), Failure> {
        if let Some(form) = self.unread.take() {
            let budget = self.driver.recovery_budget();
            let outcome = read_rest(&mut self.conn, form, budget).await;
            given_up(outcome, self.session.rollback_on_timeout)?;
        }
        Ok(())
    }

    /// Sends what must go before the next statement: the session's isolation level, and the
    /// beginning of a transaction.
    async fn send_ahead(&mut self) -> Result<(), Failure> {
        let Some(sql) = self.transaction.take_ahead(self.session.info.product()) else {
            return Ok(());
        };
        survive(self.conn.query_drop(sql)).await.map_err(Failure::breaking)
    }

    /// Gets the connection ready for a statement.
    pub(crate) async fn get_ready(&mut self) -> Result<(), Failure> {
        self.pay().await?;
        self.close_thrown_out().await?;
        self.send_ahead().await
    }

    /// How a text is to be sent, prepared now unless it was before.
    async fn plan(
        &mut self,
        statement: &Statement,
        params: usize,
        keep: Keep,
    ) -> Result<Plan<mysql_async::Statement>, Failure> {
        if params == 0 && statement.kind() == StatementKind::Ddl {
            return Ok(Plan::Text);
        }
        let cached = match keep {
            Keep::Cached => self.cache.get(statement),
            Keep::Held(_) => self.cache.remove(statement),
            Keep::Once => None,
        };
        if let Some(plan) = cached {
            return Ok(plan);
        }
        let prepared = match statements::preparable(statement.sql()) {
            Some(sql) => survive(self.conn.prep(&*sql)).await,
            None if params == 0 => return Ok(Plan::Text),
            None => return Err(statements::unpreparable().into()),
        };
        let plan = match prepared {
            Ok(prepared) => Plan::Prepared(Arc::new(Prepared {
                params: prepared.num_params().into(),
                layout: Arc::new(Layout::of(&prepared.columns())),
                statement: prepared,
            })),
            Err(failure) if params == 0 && failure.is_unpreparable() => Plan::Text,
            Err(failure) => return Err(failure),
        };
        let thrown_out = match keep {
            Keep::Cached => self.cache.put(statement, plan.clone()),
            Keep::Held(_) => None,
            Keep::Once => Some(plan.clone()),
        };
        if let Some(Plan::Prepared(old)) = thrown_out {
            self.closing.push(old.statement.clone());
        }
        Ok(plan)
    }

    /// Drops a statement that is out of date.
    fn forget(
        &mut self,
        statement: &Statement,
        plan: Option<Plan<mysql_async::Statement>>,
        keep: Keep,
    ) {
        let held = plan.filter(|_| matches!(keep, Keep::Held(_)));
        for old in [self.cache.remove(statement), held].into_iter().flatten() {
            self.close_later(&old);
        }
    }

    /// Has a plan closed on the server by the next statement.
    pub(crate) fn close_later(&mut self, plan: &Plan<mysql_async::Statement>) {
        if let Plan::Prepared(old) = plan {
            self.closing.push(old.statement.clone());
        }
    }

    /// Drops all statements: each runs in the database that was chosen when it was prepared.
    pub(crate) fn forget_all(&mut self) {
        for plan in self.cache.drain() {
            if let Plan::Prepared(old) = plan {
                self.closing.push(old.statement.clone());
            }
        }
    }

    /// Notes that a statement is about to be sent.
    pub(crate) fn sending(&mut self, statement: &Statement) {
        if self.transaction.sending(statement) {
            self.forget_all();
        }
    }

    /// Closes on the server what the cache has thrown out.
    pub(crate) async fn close_thrown_out(&mut self) -> Result<(), Failure> {
        while let Some(statement) = self.closing.pop() {
            survive(self.conn.close(statement)).await?;
        }
        Ok(())
    }

    /// Sends a statement and waits for the head of its answer, twice if the first time shows that it
    /// was out of date. The plan is kept for the next time; a cache may keep none.
    pub(crate) async fn start(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<Plan<mysql_async::Statement>>,
    ) -> Result<Started, Failure> {
        self.session.check_text(statement.sql())?;
        let mut again = true;
        loop {
            match self.start_once(statement, params, keep, plan).await {
                Err(failure) if again && failure.is_stale() => {
                    self.forget(statement, plan.take(), keep);
                    again = false;
                }
                outcome => return outcome,
            }
        }
    }

    async fn start_once(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<Plan<mysql_async::Statement>>,
    ) -> Result<Started, Failure> {
        let values = encode(params)?;
        let chosen = match plan {
            Some(plan) => plan.clone(),
            None => plan.insert(self.plan(statement, params.len(), keep).await?).clone(),
        };
        let (form, known) = match chosen {
            Plan::Text if !params.is_empty() => return Err(wrong_count(0, params.len()).into()),
            Plan::Text => {
                survive(async { self.conn.query_iter(statement.sql()).await.map(drop) }).await?;
                (Form::Text, None)
            }
            Plan::Prepared(prepared) => {
                if params.len() != prepared.params {
                    return Err(wrong_count(prepared.params, params.len()).into());
                }
                self.session.check_values(&values)?;
                let sent = self.conn.exec_iter(&prepared.statement, values);
                survive(async { sent.await.map(drop) }).await?;
                (Form::Binary, Some(prepared))
            }
        };
        let mut started = Started { form, layout: None, done: Outcome::default() };
        // What a procedure did before its first rows is of no interest.
        while let Some(columns) = columns(&mut self.conn) {
            if !columns.is_empty() {
                started.layout = Some(self.layout(statement, &columns, known, plan));
                break;
            }
            started.done = done(self.conn.affected_rows(), self.conn.last_insert_id());
            next_row(&mut self.conn, form).await?;
        }
        Ok(started)
    }

    /// How the rows are read: as when the statement was prepared, unless its tables have changed.
    fn layout(
        &mut self,
        statement: &Statement,
        columns: &[Column],
        known: Option<Arc<Prepared<mysql_async::Statement>>>,
        plan: &mut Option<Plan<mysql_async::Statement>>,
    ) -> Arc<Layout> {
        match known {
            Some(known) if known.layout.fits(columns) => Arc::clone(&known.layout),
            Some(known) => {
                let layout = Arc::new(Layout::of(columns));
                self.cache.relayout(statement, &layout);
                *plan = Some(Plan::Prepared(known.with_layout(&layout)));
                layout
            }
            None => Arc::new(Layout::of(columns)),
        }
    }

    /// Runs a statement to its end.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready().await?;
        let before = self.transaction.on_server();
        self.sending(statement);
        let mut plan = self.cache.held_plan(keep);
        let started = self.start(statement, params, keep, &mut plan).await;
        self.cache.hold_plan(keep, plan);
        let done = self.push_all(&started?, None, sink).await?;
        self.transaction.answered(statement, before, status(&self.conn));
        self.close_thrown_out().await?;
        Ok(done)
    }

    /// Runs one statement for many sets of parameters, in order, up to the first failure.
    pub(crate) async fn run_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready().await?;
        let mut plan = None;
        let mut rows = 0;
        for (index, set) in sets.iter().enumerate() {
            let before = self.transaction.on_server();
            self.sending(statement);
            let one = async {
                let started = self.start(statement, set, keep, &mut plan).await?;
                self.push_all(&started, Some(index), sink).await
            };
            rows += one.await.map_err(|failure: Failure| failure.in_set(index))?.rowcount;
            self.transaction.answered(statement, before, status(&self.conn));
        }
        self.close_thrown_out().await?;
        Ok(Outcome::rows(rows))
    }

    /// Pushes at most `max` rows and says how many there were.
    pub(crate) async fn push(
        &mut self,
        form: Form,
        layout: &Layout,
        sink: &mut dyn RowSink,
        max: usize,
    ) -> Result<usize, Pushing> {
        let mut texts = Texts::default();
        for count in 0..max {
            match next_row(&mut self.conn, form).await.map_err(Pushing::Server)? {
                Some(row) => sink.row(&texts.row(&row, layout)).map_err(Pushing::Sink)?,
                None => return Ok(count),
            }
        }
        Ok(max)
    }

    /// Pushes all rows of the first set that has rows, and reads what is behind them.
    async fn push_all(
        &mut self,
        started: &Started,
        set: Option<usize>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        let Some(layout) = &started.layout else {
            drain(&mut self.conn, started.form).await?;
            return Ok(started.done);
        };
        let mut pushed = announce(sink, layout, set).map(|()| 0).map_err(Pushing::Sink);
        if pushed.is_ok() {
            pushed = self.push(started.form, layout, sink, usize::MAX).await;
        }
        match pushed {
            Ok(count) => {
                drain(&mut self.conn, started.form).await?;
                Ok(Outcome::rows(u64::try_from(count).unwrap_or(u64::MAX)))
            }
            Err(Pushing::Server(failure)) => Err(failure),
            Err(Pushing::Sink(error)) => Err(self.drain_after(started.form, error).await),
        }
    }

    /// Reads the rest of an answer after the sink failed, within bounds.
    async fn drain_after(&mut self, form: Form, error: Error) -> Failure {
        let reading = async {
            for _ in 0..DRAINED_ROWS {
                if next_row(&mut self.conn, form).await?.is_none() {
                    drain(&mut self.conn, form).await?;
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let rest = timeout(self.driver.recovery_budget(), reading).await.unwrap_or(Ok(false));
        after_sink(error, rest, self.session.rollback_on_timeout)
    }
}

/// Announces rows to the sink: the columns once, and which set of parameters they belong to.
pub(crate) fn announce(sink: &mut dyn RowSink, layout: &Layout, set: Option<usize>) -> Result<()> {
    if set.is_none_or(|index| index == 0) {
        sink.columns(&layout.columns)?;
    }
    set.map_or(Ok(()), |index| sink.begin_set(index))
}

/// What a statement without rows did. Of several new rows the server tells the key of the first.
pub(crate) fn done(rows: u64, key: Option<u64>) -> Outcome {
    let key = key.filter(|_| rows <= 1).and_then(|key| i64::try_from(key).ok());
    match key {
        Some(key) => Outcome::rows(rows).with_lastrowid(key),
        None => Outcome::rows(rows),
    }
}
