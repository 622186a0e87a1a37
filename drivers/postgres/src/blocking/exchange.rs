//! Exchanges with the server: what goes ahead, how statements are run and rows pushed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Outcome, RowSink, Statement, StatementKind};
use aludel_core::error::Error;
use aludel_core::value::Value;
use postgres::RowIter;
use postgres::fallible_iterator::FallibleIterator;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::connection::BlockingConnection;
use crate::batch::{check_same_count, in_set};
use crate::error::Failure;
use crate::exchange::{DRAINED_ROWS, MOST_NAMES, after_sink, wrong_count};
use crate::pending::ignore_refusal;
use crate::session::{Keep, Transaction, close_sql};
use crate::statements::{Kind, Prepared, common_kinds, kinds, with_arrays};
use crate::value::{Bound, PgRow};
use crate::words::refuse_copy;

impl BlockingConnection {
    /// Does what must be done before the next statement: the close of a dropped cursor, and BEGIN.
    pub(super) fn before_statement(&mut self) -> Result<(), Failure> {
        if let Some(number) = self.session.cursor_to_close.take() {
            let closed = self.client.batch_execute(&close_sql(number));
            ignore_refusal(closed.map_err(Failure::from))?;
        }
        if let Some(sql) = self.session.limit.take_sql(self.session.place()) {
            let set = self.client.batch_execute(&sql).map_err(Failure::from);
            ignore_refusal(set.inspect_err(|failure| self.session.limit.refusals().note(failure)))?;
        }
        if self.session.transaction == Transaction::Requested {
            // Whether a transaction is open is unknown, so the session must not be used again.
            self.client
                .batch_execute(self.session.begin_sql())
                .map_err(|error| Failure::from(error).breaking("BEGIN failed", false))?;
            self.session.transaction = Transaction::Open;
        }
        Ok(())
    }

    /// The prepared statement for parameters of these kinds, prepared now unless it was before.
    pub(super) fn prepared(
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
            match self.prepare_for(statement, kinds.clone()) {
                Ok(prepared) => {
                    let prepared = Arc::new(prepared);
                    self.session.keep_prepared(statement, kinds, &prepared, keep);
                    return Ok(prepared);
                }
                Err(failure) if names > 1 && failure.is_name_taken() => {
                    names -= 1;
                    self.replan(statement, keep, before, failure)?;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    fn prepare_for(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
    ) -> Result<Prepared, Failure> {
        refuse_copy(statement.sql())?;
        let types: Vec<Type> = kinds.clone().map(Kind::declared).collect();
        self.before_statement()?;
        let mut prepared = self.prepare(statement.sql(), &types)?;
        if let Some(types) = with_arrays(kinds, prepared.statement.params()) {
            prepared = self.prepare(statement.sql(), &types)?;
        }
        self.session.limit.enter_again();
        Ok(prepared)
    }

    pub(super) fn prepare(&mut self, sql: &str, types: &[Type]) -> Result<Prepared, Failure> {
        match self.client.prepare_typed(sql, types) {
            Ok(statement) => Ok(Prepared::new(statement)),
            // Preparing uses no statement but those with which tokio-postgres asks for types.
            Err(error) if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => {
                Err(Failure::from(error).forgotten())
            }
            Err(error) => Err(error.into()),
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
        self.session.note_raw_statement(statement);
        if statement.kind() == StatementKind::Ddl && params.is_empty() {
            self.before_statement()?;
            let none = std::iter::empty::<(Bound<'_>, Type)>();
            let mut rows = self.client.query_typed_raw(statement.sql(), none)?;
            while rows.next()?.is_some() {}
            return Ok(Outcome::rows(rows.rows_affected().unwrap_or(0)));
        }
        self.planned(statement, params, keep, |this, prepared| {
            // The crate drives its runtime once for this, and for rows once for each.
            if prepared.columns.is_empty() {
                let affected = this.client.execute(&prepared.statement, &as_sql(&bound(params)))?;
                return Ok(Outcome::rows(affected));
            }
            let params = params.iter().map(Bound);
            let rows = this.client.query_raw(&prepared.statement, params)?;
            push_all(rows, prepared, sink, this.recovery_budget)
        })
    }

    /// Prepares and runs a statement, twice if the first time shows that it was out of date, which
    /// the server says before any row.
    pub(super) fn planned<T>(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        mut run: impl FnMut(&mut Self, &Arc<Prepared>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut again = true;
        loop {
            let before = self.session.transaction;
            let prepared = self.prepared(statement, kinds(statement, params), keep)?;
            check_params(&prepared, params)?;
            self.before_statement()?;
            match run(self, &prepared) {
                Err(failure) if again && failure.is_stale() => {
                    self.replan(statement, keep, before, failure)?;
                    again = false;
                }
                outcome => return outcome,
            }
        }
    }

    /// Gets the session ready to run a statement again that was out of date.
    fn replan(
        &mut self,
        statement: &Statement,
        keep: Keep,
        before: Transaction,
        failure: Failure,
    ) -> Result<(), Failure> {
        if self.session.replan(statement, keep, before, failure)? {
            self.roll_back()?;
            self.session.transaction = Transaction::Requested;
        }
        Ok(())
    }

    /// Runs all sets in order, up to the first failure, each in a round trip of its own.
    pub(super) fn run_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        keep: Keep,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Failure> {
        self.session.note_raw_statement(statement);
        let mut rows = 0;
        let mut first = 0;
        let mut again = true;
        while first < sets.len() {
            check_same_count(sets, first)?;
            let before = self.session.transaction;
            let (kinds, len) = common_kinds(statement, &sets[first..]);
            let prepared = self.prepared(statement, kinds.iter().copied(), keep)?;
            self.before_statement()?;
            for (index, set) in sets.iter().enumerate().skip(first).take(len) {
                self.may_go_on()?;
                match self.run_set(&prepared, set, index, sink) {
                    Ok(affected) => rows += affected,
                    Err(failure) if index == 0 && again && failure.is_stale() => {
                        self.replan(statement, keep, before, failure)?;
                        again = false;
                        break;
                    }
                    Err(failure) => {
                        if failure.is_stale() {
                            self.session.forget_prepared(statement, keep);
                        }
                        return Err(in_set(failure, index));
                    }
                }
                first = index + 1;
            }
        }
        Ok(Outcome::rows(rows))
    }

    fn run_set(
        &mut self,
        prepared: &Prepared,
        set: &[Value],
        index: usize,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failure> {
        check_params(prepared, set)?;
        if prepared.columns.is_empty() {
            return Ok(self.client.execute(&prepared.statement, &as_sql(&bound(set)))?);
        }
        let budget = self.recovery_budget;
        let mut rows = self.client.query_raw(&prepared.statement, set.iter().map(Bound))?;
        let mut announced = if index == 0 { sink.columns(&prepared.columns) } else { Ok(()) };
        announced = announced.and_then(|()| sink.begin_set(index));
        if let Err(error) = announced {
            return Err(drain_after(&mut rows, error, budget));
        }
        push(&mut rows, prepared, sink, budget)?;
        Ok(rows.rows_affected().unwrap_or(0))
    }
}

/// Values in the form that some calls of the crate want.
pub(super) fn bound(params: &[Value]) -> Vec<Bound<'_>> {
    params.iter().map(Bound).collect()
}

/// See [`bound`].
pub(super) fn as_sql<'a>(bound: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

fn check_params(prepared: &Prepared, params: &[Value]) -> Result<(), Failure> {
    let wanted = prepared.statement.params().len();
    if params.len() == wanted { Ok(()) } else { Err(wrong_count(wanted, params.len()).into()) }
}

/// Pushes all rows.
fn push_all(
    mut rows: RowIter<'_>,
    prepared: &Prepared,
    sink: &mut dyn RowSink,
    budget: Duration,
) -> Result<Outcome, Failure> {
    if let Err(error) = sink.columns(&prepared.columns) {
        return Err(drain_after(&mut rows, error, budget));
    }
    push(&mut rows, prepared, sink, budget)?;
    Ok(Outcome::rows(rows.rows_affected().unwrap_or(0)))
}

/// Pushes all rows, without the columns, and says how many there were.
pub(super) fn push(
    rows: &mut RowIter<'_>,
    prepared: &Prepared,
    sink: &mut dyn RowSink,
    budget: Duration,
) -> Result<usize, Failure> {
    let mut count = 0;
    while let Some(row) = rows.next()? {
        if let Err(error) = sink.row(&PgRow { row: &row, decoders: &prepared.decoders }) {
            return Err(drain_after(rows, error, budget));
        }
        count += 1;
    }
    Ok(count)
}

/// Reads the rest of an answer after the sink failed, within bounds. The wait for one row has none:
/// the crate takes no time for it.
fn drain_after(rows: &mut RowIter<'_>, error: Error, budget: Duration) -> Failure {
    let start = Instant::now();
    let mut reading = || {
        for _ in 0..DRAINED_ROWS {
            if rows.next()?.is_none() {
                return Ok(true);
            }
            if start.elapsed() > budget {
                return Ok(false);
            }
        }
        Ok(false)
    };
    after_sink(error, reading())
}
