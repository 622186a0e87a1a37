//! What travels from the thread: rows in blocks, and how a job ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{future, mem};

use aludel_bridge as bridge;
use aludel_core::dbapi::{Columns, Outcome, RawRow, RowSink};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::row::{RowBuffer, Rows};
use futures::channel::mpsc;

use crate::connection::SqliteConnection;
use crate::state::State;

/// A part of an answer.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) columns: Option<Arc<Columns>>,
    pub(super) rows: RowBuffer,
    /// The sets of parameters that begin in this part: their index, and how many of the rows stand
    /// before them.
    pub(super) sets: Vec<(usize, usize)>,
    /// In the last part.
    pub(super) end: Option<End>,
}

/// How a job ended.
pub(super) struct End {
    pub(super) result: Result<Outcome>,
    /// Of a fetch: whether there are more rows.
    pub(super) more: bool,
    pub(super) status: Status,
}

/// What the other side knows of the connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Status {
    pub(super) state: State,
    /// Whether SQLite is outside a transaction; `None` while a cursor is open.
    pub(super) autocommit: Option<bool>,
}

impl Status {
    /// Of an idle connection.
    pub(super) fn idle() -> Self {
        Self { autocommit: Some(true), ..Self::default() }
    }

    pub(super) fn of(connection: &SqliteConnection) -> Self {
        let (state, autocommit) = connection.state();
        Self { state, autocommit: Some(autocommit) }
    }

    /// Whether a transaction waits for its end, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.state.awaits_end() || self.autocommit != Some(true)
    }
}

/// Collects rows on the thread and sends them when a block is full. At most two parts are on their
/// way: a slow reader makes the thread wait, and SQLite between two rows.
pub(super) struct ChunkSink<'w> {
    chunk: Chunk,
    /// The rows in the part.
    count: usize,
    columns: Arc<Columns>,
    answers: &'w mut mpsc::Sender<Chunk>,
    enough: &'w AtomicBool,
}

impl<'w> ChunkSink<'w> {
    pub(super) fn new(answers: &'w mut mpsc::Sender<Chunk>, enough: &'w AtomicBool) -> Self {
        Self { chunk: Chunk::default(), count: 0, columns: Arc::default(), answers, enough }
    }

    /// For rows whose columns the other side knows.
    pub(super) fn with_columns(mut self, columns: &Arc<Columns>) -> Self {
        self.columns = Arc::clone(columns);
        self.chunk.rows.set_columns(columns);
        self
    }

    /// Sends the columns with what is sent next.
    pub(super) fn add_columns(&mut self, columns: &Arc<Columns>) {
        self.chunk.columns = Some(Arc::clone(columns));
    }

    /// Sends what is left, with the end.
    pub(super) fn end(mut self, end: End) {
        self.chunk.end = Some(end);
        // The other side may have given the answer up, which needs no error.
        let _ = self.send();
    }

    fn send(&mut self) -> Result<()> {
        let chunk = mem::take(&mut self.chunk);
        self.count = 0;
        self.chunk.rows.set_columns(&self.columns);
        let mut sent = Ok(());
        // It is in the queue before the reader is woken.
        bridge::sync::waking(|| sent = self.answers.try_send(chunk));
        match sent {
            Ok(()) => Ok(()),
            Err(refused) if refused.is_full() => {
                let answers = &mut *self.answers;
                bridge::sync::park_on(future::poll_fn(|context| answers.poll_ready(context)))
                    .and_then(|()| {
                        let mut sent = Ok(());
                        bridge::sync::waking(|| sent = answers.start_send(refused.into_inner()));
                        sent
                    })
                    .map_err(|_| unwanted())
            }
            Err(_) => Err(unwanted()),
        }
    }
}

impl RowSink for ChunkSink<'_> {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        self.add_columns(columns);
        self.columns = Arc::clone(columns);
        self.chunk.rows.set_columns(columns);
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if self.enough.load(Ordering::Relaxed) {
            return Err(unwanted());
        }
        self.chunk.rows.push(row)?;
        self.count += 1;
        if !self.chunk.rows.has_full_block() {
            return Ok(());
        }
        self.send()
    }

    fn begin_set(&mut self, index: usize) -> Result<()> {
        if self.enough.load(Ordering::Relaxed) {
            return Err(unwanted());
        }
        self.chunk.sets.push((index, self.count));
        Ok(())
    }
}

impl Chunk {
    /// Pushes what is in the part.
    pub(super) fn push(&mut self, sink: &mut dyn RowSink) -> Result<()> {
        if let Some(columns) = &self.columns {
            sink.columns(columns)?;
        }
        let mut sets = mem::take(&mut self.sets).into_iter().peekable();
        let mut count = 0;
        mem::take(&mut self.rows).hand_on(|row| {
            while let Some((index, _)) = sets.next_if(|(_, before)| *before <= count) {
                sink.begin_set(index)?;
            }
            count += 1;
            sink.row(row)
        })?;
        sets.try_for_each(|(index, _)| sink.begin_set(index))
    }
}

/// Ends the statement, whose rows will not be read.
#[cold]
fn unwanted() -> Error {
    Error::new(ErrorKind::Cancelled, "the cursor was closed before its last row")
}
