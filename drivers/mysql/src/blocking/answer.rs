//! Answers of the server, read row by row.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use aludel_core::dbapi::{Outcome, RowSink};
use aludel_core::error::Result;
use mysql::prelude::Queryable;
use mysql::{Binary, Column, Conn, QueryResult, Row, Text};
use self_cell::{MutBorrow, self_cell};

use super::protocol::{catch_panic, panicked};
use crate::answer::{DRAINED_ROWS, Pushing, announce, outcome};
use crate::error::Failure;
use crate::value::{Layout, Texts};

/// An answer that is being read, in either protocol. Dropped, it reads itself to its end.
pub(super) enum Answer<'c> {
    Text(QueryResult<'c, 'c, 'c, Text>),
    Binary(QueryResult<'c, 'c, 'c, Binary>),
    /// mysql panicked over the answer, which is not used any more, and not even dropped.
    Lost,
}

impl<'c> Answer<'c> {
    pub(super) fn of_text(conn: &'c mut Conn, sql: &str) -> Result<Self, Failure> {
        catch_panic(|| conn.query_iter(sql)).map(Self::Text)
    }

    pub(super) fn of_prepared(
        conn: &'c mut Conn,
        statement: &mysql::Statement,
        values: Vec<mysql::Value>,
    ) -> Result<Self, Failure> {
        catch_panic(|| conn.exec_iter(statement, values)).map(Self::Binary)
    }

    /// The next row, or none behind the last of its set.
    fn next_row(&mut self) -> Result<Option<Row>, Failure> {
        let read = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Text(rows) => rows.next().transpose(),
            Self::Binary(rows) => rows.next().transpose(),
            Self::Lost => Ok(None),
        }));
        if let Ok(outcome) = read {
            return Ok(outcome?);
        }
        mem::forget(mem::replace(self, Self::Lost));
        Err(panicked())
    }

    /// Whether all sets were read.
    fn is_over(&mut self) -> bool {
        // The view of a set would read it to its end.
        match self {
            Self::Text(rows) => rows.iter().map(mem::forget).is_none(),
            Self::Binary(rows) => rows.iter().map(mem::forget).is_none(),
            Self::Lost => true,
        }
    }

    pub(super) fn with_columns<T>(&self, f: impl FnOnce(&[Column]) -> T) -> T {
        match self {
            Self::Text(rows) => f(rows.columns().as_ref()),
            Self::Binary(rows) => f(rows.columns().as_ref()),
            Self::Lost => f(&[]),
        }
    }

    /// The outcome of a set without rows.
    fn outcome(&self) -> Outcome {
        let (rows, key) = match self {
            Self::Text(answer) => (answer.affected_rows(), answer.last_insert_id()),
            Self::Binary(answer) => (answer.affected_rows(), answer.last_insert_id()),
            Self::Lost => (0, None),
        };
        outcome(rows, key)
    }

    /// Goes to the first set that has rows, if there is one. The outcome is that of the set before.
    pub(super) fn skip_to_rows(&mut self) -> Result<(Outcome, bool), Failure> {
        let mut outcome = Outcome::default();
        while !self.is_over() {
            if self.with_columns(|columns| !columns.is_empty()) {
                return Ok((outcome, true));
            }
            outcome = self.outcome();
            self.next_row()?;
        }
        Ok((outcome, false))
    }

    /// Reads to the end, or until a moment. `false` says that it was not reached.
    pub(super) fn drain(&mut self, until: Option<Instant>) -> Result<bool, Failure> {
        while !self.is_over() {
            while self.next_row()?.is_some() {
                if until.is_some_and(|until| Instant::now() > until) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Reads a limited number of rows, until a moment at most, and says whether the end was reached.
    pub(super) fn drain_some(&mut self, until: Option<Instant>) -> Result<bool, Failure> {
        for _ in 0..DRAINED_ROWS {
            if self.next_row()?.is_none() && self.is_over() {
                return Ok(true);
            }
            if until.is_some_and(|until| Instant::now() > until) {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Pushes at most `max` rows and says how many there were.
    fn push(
        &mut self,
        layout: &Layout,
        sink: &mut dyn RowSink,
        max: usize,
    ) -> Result<usize, Pushing> {
        let mut texts = Texts::default();
        for count in 0..max {
            match self.next_row().map_err(Pushing::Server)? {
                Some(row) => sink.row(&texts.row(&row, layout)).map_err(Pushing::Sink)?,
                None => return Ok(count),
            }
        }
        Ok(max)
    }

    /// Pushes all rows of the first set that has rows, and reads what is behind them.
    pub(super) fn push_all(
        &mut self,
        outcome: Outcome,
        layout: Option<&Layout>,
        set: Option<usize>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Pushing> {
        let Some(layout) = layout else { return Ok(outcome) };
        let mut pushed = announce(sink, layout, set).map(|()| 0).map_err(Pushing::Sink);
        if pushed.is_ok() {
            pushed = self.push(layout, sink, usize::MAX);
        }
        let count = pushed?;
        self.drain(None).map_err(Pushing::Server)?;
        Ok(Outcome::rows(u64::try_from(count).unwrap_or(u64::MAX)))
    }
}

self_cell!(
    /// A connection together with the answer that it is reading, so that the rows of a dropped cursor
    /// can be read later.
    pub(super) struct Reading {
        owner: MutBorrow<Conn>,
        #[not_covariant]
        dependent: Answer,
    }
);

impl Reading {
    /// Pushes at most `max` rows and says how many there were.
    pub(super) fn push(
        &mut self,
        layout: &Layout,
        sink: &mut dyn RowSink,
        max: usize,
    ) -> Result<usize, Pushing> {
        self.with_dependent_mut(|_, answer| answer.push(layout, sink, max))
    }

    /// Reads to the end, or until a moment. `false` says that it was not reached.
    pub(super) fn drain(&mut self, until: Option<Instant>) -> Result<bool, Failure> {
        self.with_dependent_mut(|_, answer| answer.drain(until))
    }

    /// The connection again, after the end.
    pub(super) fn into_conn(self) -> Conn {
        self.into_owner().into_inner()
    }
}
