//! Exchanges with the server: how statements are planned and started, and rows pushed.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use aludel_core::dbapi::{Outcome, RowSink, Statement};
use aludel_core::value::Value;
use mysql::Conn;
use mysql::prelude::Queryable;
use self_cell::MutBorrow;

use super::answer::{Answer, Reading};
use super::connection::{BlockingConnection, cursor_open};
use super::protocol::catch_panic;
use super::socket::Socket;
use crate::answer::{Pushing, not_drained};
use crate::error::Failure;
use crate::limit::Sent;
use crate::state::SessionState;
use crate::statements::{Execution, Keep, LookUp, Plan, Prepared};
use crate::value::Layout;

type ServerPlan = Plan<mysql::Statement>;

/// Closes the socket, unless it is disarmed, before the answer that is dropped behind it reads itself to
/// its end.
struct Stopper {
    socket: Socket,
    armed: bool,
}

impl Drop for Stopper {
    fn drop(&mut self) {
        if self.armed {
            self.socket.cut();
        }
    }
}

/// Sends a statement and waits for the head of its answer.
#[inline]
fn send<'c>(
    conn: &'c mut Conn,
    sent: &Sent<'_>,
    execution: &mut Execution<mysql::Statement>,
) -> Result<Answer<'c>, Failure> {
    match execution {
        Execution::Text => Answer::of_text(conn, &sent.text()),
        Execution::Prepared(prepared, values) => {
            Answer::of_prepared(conn, &prepared.statement, mem::take(values))
        }
    }
}

/// The layout of an answer, and whether it is not the known one.
#[inline]
fn layout(answer: &Answer<'_>, known: Option<&Arc<Layout>>) -> (Arc<Layout>, bool) {
    answer.with_columns(|columns| Layout::of_answer(columns, known))
}

/// Pushes all rows of an answer. The layout is returned if it is not the known one.
fn push_all(
    mut answer: Answer<'_>,
    known: Option<&Arc<Layout>>,
    set: Option<usize>,
    sink: &mut dyn RowSink,
    state: &SessionState<mysql::Statement>,
    socket: Socket,
) -> Result<(Outcome, Option<Arc<Layout>>), Failure> {
    let (outcome, rows) = answer.skip_to_rows()?;
    let mut stopper = Stopper { socket, armed: true };
    let found = rows.then(|| layout(&answer, known));
    let using = found.as_ref().map(|(layout, _)| &**layout);
    let pushed = answer.push_all(outcome, using, set, sink).map_err(|pushing| match pushing {
        Pushing::Server(failure) => failure,
        Pushing::Sink(error) => {
            let budget = state.config.recovery_budget;
            socket.limit(Some(budget), Some(budget));
            let rest = answer.drain_some(Instant::now().checked_add(budget));
            socket.limit(state.config.read_timeout, state.config.write_timeout);
            state.after_sink(error, rest)
        }
    });
    stopper.armed = matches!(pushed, Err(Failure::Broken(_)));
    Ok((pushed?, found.and_then(|(layout, changed)| changed.then_some(layout))))
}

impl BlockingConnection {
    /// Reads the rest of the rows of a cursor that was dropped.
    pub(super) fn drain_unread(&mut self) -> Result<(), Failure> {
        if !mem::take(&mut self.unread) {
            return Ok(());
        }
        let drained = self.drain_reading();
        self.state.abandoned(drained)
    }

    /// Reads the rest of an abandoned answer, unless that takes too long.
    pub(super) fn drain_reading(&mut self) -> Result<(), Failure> {
        let Some(mut reading) = self.reading.take() else { return Ok(()) };
        let budget = self.state.config.recovery_budget;
        self.socket.limit(Some(budget), Some(budget));
        let drained = match reading.drain(Instant::now().checked_add(budget)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(not_drained(budget)),
            Err(failure) => Err(failure),
        };
        self.set_timeouts();
        self.put_back(reading, &drained);
        drained
    }

    /// Reads what is behind the last row.
    pub(super) fn finish_reading(&mut self) -> Result<(), Failure> {
        let Some(mut reading) = self.reading.take() else { return Ok(()) };
        let drained = reading.drain(None).map(drop);
        self.put_back(reading, &drained);
        drained
    }

    /// Closes on the server the statements that were dropped.
    fn close_dropped(&mut self) -> Result<(), Failure> {
        let conn = self.conn.as_mut().ok_or_else(cursor_open)?;
        while let Some(statement) = self.state.statements.next_to_close() {
            catch_panic(|| conn.close(statement))?;
        }
        Ok(())
    }

    /// Gets the connection ready for a statement: sends what must go before it, which is the isolation
    /// level of the session and the beginning of a transaction. Most often there is nothing to do.
    #[inline]
    pub(super) fn get_ready(&mut self) -> Result<(), Failure> {
        self.drain_unread()?;
        self.close_dropped()?;
        match self.state.transaction.take_ahead(self.state.session.info.product()) {
            None => Ok(()),
            Some(sql) => {
                let conn = self.conn()?;
                catch_panic(|| conn.query_drop(sql)).map_err(Failure::breaking)
            }
        }
    }

    /// How a statement is to be sent, prepared now unless it was before.
    fn plan(
        &mut self,
        statement: &Statement,
        values: usize,
        keep: Keep,
    ) -> Result<ServerPlan, Failure> {
        let sql = match self.state.statements.look_up(statement, values, keep)? {
            LookUp::Planned(plan) => return Ok(plan),
            LookUp::Prepare(sql) => sql,
        };
        let prepared = self.prepare_on_server(&sql);
        self.state.statements.keep_prepared(statement, values, keep, prepared)
    }

    /// Prepares a text. A server that keeps no more statements is given those of this connection back, one
    /// after the other.
    fn prepare_on_server(&mut self, sql: &str) -> Result<Prepared<mysql::Statement>, Failure> {
        loop {
            let conn = self.conn()?;
            match catch_panic(|| conn.prep(sql)) {
                Err(failure)
                    if failure.is_full_of_statements() && self.state.statements.yield_one() =>
                {
                    self.close_dropped()?;
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

    /// Checks and plans one execution, unless it was planned before.
    #[inline]
    fn execution(
        &mut self,
        sent: &Sent<'_>,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<ServerPlan>,
    ) -> Result<Execution<mysql::Statement>, Failure> {
        self.state.session.check_text(sent.prepared().sql())?;
        let values = sent.values(params)?;
        let chosen = match plan {
            Some(plan) => plan,
            None => plan.insert(self.plan(sent.prepared(), params.len(), keep)?),
        };
        Execution::new(&self.state.session, chosen, values, sent.more_values())
    }

    /// Runs a statement to its end, in the form in which it is sent.
    pub(super) fn run(
        &mut self,
        statement: &Statement,
        sent: &Sent<'_>,
        params: &[Value],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready()?;
        self.state.sending(statement);
        let mut plan = self.state.statements.take_plan(keep, sent.prepared());
        let outcome = self.run_once(sent, params, keep, &mut plan, None, sink);
        self.state.statements.return_plan(keep, sent.prepared(), plan);
        let outcome = outcome?;
        self.state.transaction.answered(statement, None, None);
        self.close_dropped()?;
        Ok(outcome)
    }

    /// Runs a statement for one set of parameters and pushes its rows. It is sent twice if the first
    /// time shows that it was out of date. The plan is kept for the next time; a cache may keep none.
    fn run_once(
        &mut self,
        sent: &Sent<'_>,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<ServerPlan>,
        set: Option<usize>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        let statement = sent.prepared();
        let mut again = true;
        loop {
            let mut execution = self.execution(sent, params, keep, plan)?;
            let conn = self.conn.as_mut().ok_or_else(cursor_open)?;
            match send(conn, sent, &mut execution) {
                Ok(answer) => {
                    let known = execution.layout();
                    let (state, socket) = (&self.state, self.socket);
                    let (outcome, changed) = push_all(answer, known, set, sink, state, socket)?;
                    if let Some(changed) = changed {
                        self.state.statements.set_layout(statement, plan, &changed);
                    }
                    return Ok(outcome);
                }
                Err(failure) if again && failure.is_stale() => {
                    self.state.statements.forget(statement, plan.take(), keep);
                    again = false;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Runs one statement for many sets of parameters, in order, up to the first failure.
    pub(super) fn run_many(
        &mut self,
        statement: &Statement,
        sent: &Sent<'_>,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready()?;
        let mut plan = None;
        let mut rows = 0;
        for (index, set) in sets.iter().enumerate() {
            self.state.sending(statement);
            let one = self.run_once(sent, set, keep, &mut plan, Some(index), sink);
            rows += one.map_err(|failure| failure.in_set(index))?.rowcount;
            self.state.transaction.answered(statement, None, None);
        }
        self.close_dropped()?;
        Ok(Outcome::rows(rows))
    }

    /// Sends a statement and reads up to its first row. None has no rows, and is read to its end.
    pub(super) fn begin_reading(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
    ) -> Result<Option<Arc<Layout>>, Failure> {
        self.get_ready()?;
        self.state.sending(statement);
        let sent = Sent::unlimited(statement);
        let mut again = true;
        loop {
            let mut execution = self.execution(&sent, params, keep, &mut None)?;
            let conn = MutBorrow::new(self.conn.take().ok_or_else(cursor_open)?);
            let started = Reading::try_new_or_recover(conn, |conn| {
                send(conn.borrow_mut(), &sent, &mut execution)
            });
            match started {
                Ok(reading) => return self.read_head(statement, reading, execution.layout()),
                Err((conn, failure)) => {
                    self.conn = Some(conn.into_inner());
                    if !again || !failure.is_stale() {
                        return Err(failure);
                    }
                    self.state.statements.forget(statement, None, keep);
                    again = false;
                }
            }
        }
    }

    fn read_head(
        &mut self,
        statement: &Statement,
        mut reading: Reading,
        known: Option<&Arc<Layout>>,
    ) -> Result<Option<Arc<Layout>>, Failure> {
        let head = reading.with_dependent_mut(|_, answer| {
            let (_, rows) = answer.skip_to_rows()?;
            Ok(rows.then(|| layout(answer, known)))
        });
        let Ok(Some((layout, changed))) = head else {
            self.put_back(reading, &head);
            return head.map(|_| None);
        };
        self.reading = Some(reading);
        if changed {
            self.state.statements.set_layout(statement, &mut None, &layout);
        }
        Ok(Some(layout))
    }
}
