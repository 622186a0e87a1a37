//! Exchanges with the server: how statements are planned and started, and rows pushed.

use std::sync::Arc;

use aludel_core::dbapi::{Outcome, ROWS_OF_A_TURN, RowSink, Statement};
use aludel_core::error::Error;
use aludel_core::value::Value;
use mysql_async::prelude::Queryable;
use tokio::time::timeout;

use crate::answer::{DRAINED_ROWS, Pushing, announce, outcome};
use crate::connection::MysqlConnection;
use crate::error::Failure;
use crate::limit::Sent;
use crate::protocol::{Form, catch_panic, columns, drain, drain_within, next_row, status};
use crate::statements::{Execution, Keep, LookUp, Plan, Prepared};
use crate::value::{Layout, Texts};

type ServerPlan = Plan<mysql_async::Statement>;

/// A statement that the server is answering.
pub(crate) struct Started {
    pub(crate) form: Form,
    /// None if there are no rows in the first set of the answer.
    pub(crate) layout: Option<Arc<Layout>>,
    outcome: Outcome,
}

impl MysqlConnection {
    /// Reads the rest of the rows of a cursor that was dropped.
    pub(crate) async fn drain_unread(&mut self) -> Result<(), Failure> {
        if let Some(form) = self.unread.take() {
            let read = drain_within(&mut self.conn, form, self.state.config.recovery_budget).await;
            self.state.abandoned(read)?;
        }
        Ok(())
    }

    /// Closes on the server the statements that were dropped.
    pub(crate) async fn close_dropped(&mut self) -> Result<(), Failure> {
        while let Some(statement) = self.state.statements.next_to_close() {
            catch_panic(self.conn.close(statement)).await?;
        }
        Ok(())
    }

    /// Gets the connection ready for a statement: sends what must go before it, which is the isolation
    /// level of the session and the beginning of a transaction. Most often there is nothing to do.
    #[inline]
    pub(crate) async fn get_ready(&mut self) -> Result<(), Failure> {
        if self.unread.is_some() || self.state.statements.has_statements_to_close() {
            Box::pin(async {
                self.drain_unread().await?;
                self.close_dropped().await
            })
            .await?;
        }
        match self.state.transaction.take_ahead(self.state.session.info.product()) {
            None => Ok(()),
            Some(sql) => {
                let sent = catch_panic(self.conn.query_drop(sql)).await;
                sent.map_err(Failure::breaking)
            }
        }
    }

    /// How a statement is to be sent, prepared now unless it was before.
    async fn plan(
        &mut self,
        statement: &Statement,
        values: usize,
        keep: Keep,
    ) -> Result<ServerPlan, Failure> {
        let sql = match self.state.statements.look_up(statement, values, keep)? {
            LookUp::Planned(plan) => return Ok(plan),
            LookUp::Prepare(sql) => sql,
        };
        // It is rare, and its future is large.
        let prepared = Box::pin(self.prepare_on_server(&sql)).await;
        self.state.statements.keep_prepared(statement, values, keep, prepared)
    }

    /// Prepares a text. A server that keeps no more statements is given those of this connection back, one
    /// after the other.
    async fn prepare_on_server(
        &mut self,
        sql: &str,
    ) -> Result<Prepared<mysql_async::Statement>, Failure> {
        loop {
            match catch_panic(self.conn.prep(sql)).await {
                Err(failure)
                    if failure.is_full_of_statements() && self.state.statements.yield_one() =>
                {
                    self.close_dropped().await?;
                }
                outcome => {
                    return outcome.map(|prepared| {
                        let (params, columns) = (prepared.num_params(), prepared.columns());
                        Prepared::new(prepared, params, columns)
                    });
                }
            }
        }
    }

    /// Sends a statement and waits for the head of its answer, twice if the first time shows that it
    /// was out of date. The plan is kept for the next time; a cache may keep none.
    #[inline]
    pub(crate) async fn start(
        &mut self,
        sent: &Sent<'_>,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<ServerPlan>,
    ) -> Result<Started, Failure> {
        let statement = sent.prepared();
        self.state.session.check_text(statement.sql())?;
        let mut again = true;
        loop {
            let values = sent.values(params)?;
            let chosen = match plan {
                Some(plan) => plan,
                None => plan.insert(self.plan(statement, params.len(), keep).await?),
            };
            let execution =
                Execution::new(&self.state.session, chosen, values, sent.more_values())?;
            let known = execution.layout().map(Arc::clone);
            let (form, begun) = match execution {
                Execution::Text => {
                    let begun = self.conn.query_iter(sent.text());
                    (Form::Text, catch_panic(async { begun.await.map(drop) }).await)
                }
                Execution::Prepared(prepared, values) => {
                    let begun = self.conn.exec_iter(&prepared.statement, values);
                    (Form::Binary, catch_panic(async { begun.await.map(drop) }).await)
                }
            };
            match begun {
                Ok(()) => return self.read_head(statement, form, known, plan).await,
                Err(failure) if again && failure.is_stale() => {
                    self.state.statements.forget(statement, plan.take(), keep);
                    again = false;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Goes to the first set that has rows, if there is one. What a procedure did before it is of no
    /// interest.
    #[inline]
    async fn read_head(
        &mut self,
        statement: &Statement,
        form: Form,
        known: Option<Arc<Layout>>,
        plan: &mut Option<ServerPlan>,
    ) -> Result<Started, Failure> {
        let mut started = Started { form, layout: None, outcome: Outcome::default() };
        while let Some(columns) = columns(&mut self.conn) {
            if !columns.is_empty() {
                let (layout, changed) = Layout::of_answer(&columns, known.as_ref());
                if changed {
                    self.state.statements.set_layout(statement, plan, &layout);
                }
                started.layout = Some(layout);
                break;
            }
            started.outcome = outcome(self.conn.affected_rows(), self.conn.last_insert_id());
            next_row(&mut self.conn, form).await?;
        }
        Ok(started)
    }

    /// Runs a statement to its end, in the form in which it is sent.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        sent: &Sent<'_>,
        params: &[Value],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready().await?;
        let before = self.state.transaction.on_server();
        self.state.sending(statement);
        let mut plan = self.state.statements.take_plan(keep, sent.prepared());
        let started = self.start(sent, params, keep, &mut plan).await;
        self.state.statements.return_plan(keep, sent.prepared(), plan);
        let outcome = self.push_all(&started?, None, sink).await?;
        self.state.transaction.answered(statement, before, status(&self.conn));
        if self.state.statements.has_statements_to_close() {
            Box::pin(self.close_dropped()).await?;
        }
        Ok(outcome)
    }

    /// Runs one statement for many sets of parameters, in order, up to the first failure.
    pub(crate) async fn run_many(
        &mut self,
        statement: &Statement,
        sent: &Sent<'_>,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready().await?;
        let mut plan = None;
        let mut rows = 0;
        for (index, set) in sets.iter().enumerate() {
            let before = self.state.transaction.on_server();
            self.state.sending(statement);
            let one = async {
                let started = self.start(sent, set, keep, &mut plan).await?;
                self.push_all(&started, Some(index), sink).await
            };
            rows += one.await.map_err(|failure: Failure| failure.in_set(index))?.rowcount;
            self.state.transaction.answered(statement, before, status(&self.conn));
        }
        self.close_dropped().await?;
        Ok(Outcome::rows(rows))
    }

    /// Sends a statement and reads up to its first row. None has no rows, and is read to its end.
    pub(crate) async fn begin_reading(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
    ) -> Result<Option<(Form, Arc<Layout>)>, Failure> {
        self.get_ready().await?;
        self.state.sending(statement);
        let started = self.start(&Sent::unlimited(statement), params, keep, &mut None).await?;
        let Some(layout) = started.layout else {
            drain(&mut self.conn, started.form).await?;
            return Ok(None);
        };
        Ok(Some((started.form, layout)))
    }

    /// Pushes at most `max` rows and says how many there were. After [`ROWS_OF_A_TURN`] others of the thread have a
    /// turn.
    #[inline]
    pub(crate) async fn push(
        &mut self,
        form: Form,
        layout: &Layout,
        sink: &mut dyn RowSink,
        max: usize,
    ) -> Result<usize, Pushing> {
        let mut texts = Texts::default();
        for count in 0..max {
            if count % ROWS_OF_A_TURN == ROWS_OF_A_TURN - 1 {
                tokio::task::yield_now().await;
            }
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
            return Ok(started.outcome);
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
            Err(Pushing::Sink(error)) => {
                Err(Box::pin(self.drain_after_sink(started.form, error)).await)
            }
        }
    }

    /// Reads the rest of an answer after the sink failed, within bounds.
    async fn drain_after_sink(&mut self, form: Form, error: Error) -> Failure {
        let conn = &mut self.conn;
        let reading = async {
            for _ in 0..DRAINED_ROWS {
                if next_row(conn, form).await?.is_none() {
                    drain(conn, form).await?;
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let budget = self.state.config.recovery_budget;
        let rest = timeout(budget, reading).await.unwrap_or(Ok(false));
        self.state.after_sink(error, rest)
    }
}
