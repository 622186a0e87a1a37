//! Exchanges with the server: how statements are planned and started, and rows pushed.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use aludel_core::dbapi::{Outcome, RowSink, Statement, StatementKind, errors};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use mysql::prelude::Queryable;
use mysql::{Conn, Row};
use self_cell::MutBorrow;

use super::answer::{Answer, Reading, layout};
use super::connection::BlockingConnection;
use super::driver::BlockingDriver;
use super::socket::Socket;
use crate::error::{Failure, unreadable};
use crate::exchange::{Pushing, after_sink, given_up, unread};
use crate::statements::{self, Keep, Plan, Prepared, wrong_count};
use crate::value::{Layout, encode};

/// Calls mysql, whose panics over what a server sends are errors.
pub(super) fn survive<T>(exchange: impl FnOnce() -> mysql::Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(exchange)) {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(panicked()),
    }
}

#[cold]
pub(super) fn panicked() -> Failure {
    Failure::Broken(unreadable())
}

/// Sends constants of the driver's own in one message, and gives the row that the last returns.
pub(super) fn ask(conn: &mut Conn, sql: String) -> Result<Vec<mysql::Value>, Failure> {
    survive(|| {
        let mut answer = Vec::new();
        let mut sets = conn.query_iter(sql)?;
        while let Some(set) = sets.iter() {
            for row in set {
                // No cell was taken out of it, which is what this panics over.
                answer = Row::unwrap(row?);
            }
        }
        Ok(answer)
    })
}

/// Ends the connection, unless it is told not to, before the answer that is dropped behind it reads
/// itself to its end.
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

/// What bounds the reading of an answer that nobody wants any more.
struct Bounds {
    socket: Socket,
    driver: BlockingDriver,
    rollback_on_timeout: bool,
}

impl Bounds {
    /// Reads the rest of an answer after the sink failed.
    fn drain_after(&self, answer: &mut Answer<'_>, error: Error) -> Failure {
        let config = &self.driver.config;
        let budget = config.recovery_budget;
        self.socket.limit(Some(budget), Some(budget));
        let rest = answer.drain_some(Instant::now().checked_add(budget));
        self.socket.limit(config.read_timeout, config.write_timeout);
        after_sink(error, rest, self.rollback_on_timeout)
    }
}

/// How one execution is sent.
enum Sending {
    Text,
    Prepared(Arc<Prepared<mysql::Statement>>, Vec<mysql::Value>),
}

impl Sending {
    fn start<'c>(&mut self, conn: &'c mut Conn, sql: &str) -> Result<Answer<'c>, Failure> {
        match self {
            Self::Text => Answer::of_text(conn, sql),
            Self::Prepared(prepared, values) => {
                Answer::of_prepared(conn, &prepared.statement, mem::take(values))
            }
        }
    }

    fn layout(&self) -> Option<&Arc<Layout>> {
        match self {
            Self::Text => None,
            Self::Prepared(prepared, _) => Some(&prepared.layout),
        }
    }
}

impl BlockingConnection {
    /// Reads what is left of the rows of a cursor that was dropped.
    pub(super) fn pay(&mut self) -> Result<(), Failure> {
        if !mem::take(&mut self.unread) {
            return Ok(());
        }
        given_up(self.read_rest(), self.session.rollback_on_timeout)
    }

    /// Reads the rows that nobody wants any more, unless that takes too long.
    pub(super) fn read_rest(&mut self) -> Result<(), Failure> {
        let Some(mut reading) = self.reading.take() else { return Ok(()) };
        let budget = self.driver.config.recovery_budget;
        self.socket.limit(Some(budget), Some(budget));
        let outcome = reading.drain(Instant::now().checked_add(budget));
        self.unlimit();
        match outcome {
            Ok(true) => {
                self.conn = Some(reading.into_conn());
                Ok(())
            }
            Err(Failure::Refused(error)) => {
                self.conn = Some(reading.into_conn());
                Err(Failure::Refused(error))
            }
            Ok(false) => {
                self.reading = Some(reading);
                Err(Failure::Broken(unread(budget)))
            }
            Err(failure) => {
                self.reading = Some(reading);
                Err(failure)
            }
        }
    }

    /// Sends what must go before the next statement: the session's isolation level, and the
    /// beginning of a transaction.
    fn send_ahead(&mut self) -> Result<(), Failure> {
        let Some(sql) = self.transaction.take_ahead(self.session.info.product()) else {
            return Ok(());
        };
        let conn = self.conn.as_mut().ok_or_else(missing)?;
        survive(|| conn.query_drop(sql)).map_err(Failure::breaking)
    }

    /// Gets the connection ready for a statement.
    pub(super) fn get_ready(&mut self) -> Result<(), Failure> {
        self.pay()?;
        self.close_thrown_out()?;
        self.send_ahead()
    }

    /// How a text is to be sent, prepared now unless it was before.
    fn plan(
        &mut self,
        statement: &Statement,
        params: usize,
        keep: Keep,
    ) -> Result<Plan<mysql::Statement>, Failure> {
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
        let conn = self.conn.as_mut().ok_or_else(missing)?;
        let prepared = match statements::preparable(statement.sql()) {
            Some(sql) => survive(|| conn.prep(&*sql)),
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
    fn forget(&mut self, statement: &Statement, plan: Option<Plan<mysql::Statement>>, keep: Keep) {
        let held = plan.filter(|_| matches!(keep, Keep::Held(_)));
        for old in [self.cache.remove(statement), held].into_iter().flatten() {
            self.close_later(&old);
        }
    }

    /// Has a plan closed on the server by the next statement.
    pub(super) fn close_later(&mut self, plan: &Plan<mysql::Statement>) {
        if let Plan::Prepared(old) = plan {
            self.closing.push(old.statement.clone());
        }
    }

    /// Drops all statements: each runs in the database that was chosen when it was prepared.
    pub(super) fn forget_all(&mut self) {
        for plan in self.cache.drain() {
            if let Plan::Prepared(old) = plan {
                self.closing.push(old.statement.clone());
            }
        }
    }

    /// Notes that a statement is about to be sent.
    pub(super) fn sending(&mut self, statement: &Statement) {
        if self.transaction.sending(statement) {
            self.forget_all();
        }
    }

    /// Closes on the server what the cache has thrown out.
    fn close_thrown_out(&mut self) -> Result<(), Failure> {
        let conn = self.conn.as_mut().ok_or_else(missing)?;
        while let Some(statement) = self.closing.pop() {
            survive(|| conn.close(statement))?;
        }
        Ok(())
    }

    /// Checks and plans one execution, unless it was planned before.
    fn ready(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<Plan<mysql::Statement>>,
    ) -> Result<Sending, Failure> {
        self.session.check_text(statement.sql())?;
        let values = encode(params)?;
        let plan = match plan {
            Some(plan) => plan.clone(),
            None => plan.insert(self.plan(statement, params.len(), keep)?).clone(),
        };
        match plan {
            Plan::Text if params.is_empty() => Ok(Sending::Text),
            Plan::Text => Err(wrong_count(0, params.len()).into()),
            Plan::Prepared(prepared) => {
                if params.len() != prepared.params {
                    return Err(wrong_count(prepared.params, params.len()).into());
                }
                self.session.check_values(&values)?;
                Ok(Sending::Prepared(prepared, values))
            }
        }
    }

    /// Does something with the answer to one execution, which is sent twice if the first time shows
    /// that the statement was out of date. The plan is kept for the next time; a cache may keep none.
    fn with_answer<T>(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<Plan<mysql::Statement>>,
        f: impl FnOnce(Answer<'_>, Option<&Arc<Layout>>) -> Result<(T, Option<Arc<Layout>>), Failure>,
    ) -> Result<T, Failure> {
        let mut again = true;
        loop {
            let mut sending = self.ready(statement, params, keep, plan)?;
            let conn = self.conn.as_mut().ok_or_else(missing)?;
            let failure = match sending.start(conn, statement.sql()) {
                Ok(answer) => {
                    let (done, changed) = f(answer, sending.layout())?;
                    if let Some(changed) = changed {
                        self.cache.relayout(statement, &changed);
                        if let Some(Plan::Prepared(prepared)) = plan {
                            *prepared = prepared.with_layout(&changed);
                        }
                    }
                    return Ok(done);
                }
                Err(failure) => failure,
            };
            if !again || !failure.is_stale() {
                return Err(failure);
            }
            self.forget(statement, plan.take(), keep);
            again = false;
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            socket: self.socket,
            driver: self.driver.clone(),
            rollback_on_timeout: self.session.rollback_on_timeout,
        }
    }

    /// Runs a statement to its end.
    pub(super) fn run(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready()?;
        self.sending(statement);
        let mut plan = self.cache.held_plan(keep);
        let done = self.run_once(statement, params, keep, &mut plan, None, sink);
        self.cache.hold_plan(keep, plan);
        let done = done?;
        self.transaction.answered(statement, None, None);
        self.close_thrown_out()?;
        Ok(done)
    }

    /// Runs a statement for one set of parameters, and pushes its rows.
    fn run_once(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        plan: &mut Option<Plan<mysql::Statement>>,
        set: Option<usize>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        let bounds = self.bounds();
        self.with_answer(statement, params, keep, plan, |mut answer, known| {
            let (done, rows) = answer.skip_to_rows()?;
            let mut stopper = Stopper { socket: bounds.socket, armed: true };
            let found = rows.then(|| layout(&answer, known));
            let using = found.as_ref().map(|(layout, _)| &**layout);
            let pushed = answer.push_all(done, using, set, sink).map_err(|pushing| match pushing {
                Pushing::Server(failure) => failure,
                Pushing::Sink(error) => bounds.drain_after(&mut answer, error),
            });
            stopper.armed = matches!(pushed, Err(Failure::Broken(_)));
            Ok((pushed?, found.and_then(|(layout, changed)| changed.then_some(layout))))
        })
    }

    /// Runs one statement for many sets of parameters, in order, up to the first failure.
    pub(super) fn run_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.get_ready()?;
        let mut plan = None;
        let mut rows = 0;
        for (index, set) in sets.iter().enumerate() {
            self.sending(statement);
            let one = self.run_once(statement, set, keep, &mut plan, Some(index), sink);
            rows += one.map_err(|failure| failure.in_set(index))?.rowcount;
            self.transaction.answered(statement, None, None);
        }
        self.close_thrown_out()?;
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
        self.sending(statement);
        let mut again = true;
        loop {
            let mut sending = self.ready(statement, params, keep, &mut None)?;
            let conn = MutBorrow::new(self.conn.take().ok_or_else(missing)?);
            let started = Reading::try_new_or_recover(conn, |conn| {
                sending.start(conn.borrow_mut(), statement.sql())
            });
            match started {
                Ok(mut reading) => {
                    let rows =
                        reading.with_dependent_mut(|_, answer| match answer.skip_to_rows() {
                            Ok((_, true)) => Ok(Some(layout(answer, sending.layout()))),
                            Ok((_, false)) => Ok(None),
                            Err(failure) => Err(failure),
                        });
                    return self.head(statement, reading, rows);
                }
                Err((conn, failure)) => {
                    self.conn = Some(conn.into_inner());
                    if !again || !failure.is_stale() {
                        return Err(failure);
                    }
                    self.forget(statement, None, keep);
                    again = false;
                }
            }
        }
    }

    fn head(
        &mut self,
        statement: &Statement,
        reading: Reading,
        rows: Result<Option<(Arc<Layout>, bool)>, Failure>,
    ) -> Result<Option<Arc<Layout>>, Failure> {
        match rows {
            Ok(Some((layout, changed))) => {
                if changed {
                    self.cache.relayout(statement, &layout);
                }
                self.reading = Some(reading);
                Ok(Some(layout))
            }
            Ok(None) => {
                self.conn = Some(reading.into_conn());
                Ok(None)
            }
            Err(failure) => {
                if matches!(failure, Failure::Refused(_)) {
                    self.conn = Some(reading.into_conn());
                } else {
                    self.reading = Some(reading);
                }
                Err(failure)
            }
        }
    }
}

#[cold]
pub(super) fn missing() -> Failure {
    Failure::Broken(errors::cursor_open())
}
