//! The thread of a connection: does its jobs one after the other.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use aludel_core::dbapi::{Connection, ExecutionOptions, Outcome, Statement, TransactionOptions};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use crossbeam_channel::{Receiver, unbounded};
use futures::channel::mpsc;

use super::chunk::{Chunk, ChunkSink, End, Status};
use super::connection::ThreadConnection;
use crate::connection::SqliteConnection;

/// Parts of an answer that wait to be read, besides the one that the sender may always send.
pub(super) const IN_FLIGHT: usize = 1;

/// Takes a connection that is clean again.
type Recovered = Box<dyn FnOnce(Option<ThreadConnection>) + Send>;

/// What the thread is asked for.
pub(super) enum Job {
    /// Goes before the job that needs a transaction; what went wrong is answered there.
    Begin(TransactionOptions),
    Execute(Statement, Vec<Value>, ExecutionOptions),
    ExecuteMany(Statement, Vec<Vec<Value>>, ExecutionOptions),
    Open(Statement, Vec<Value>, ExecutionOptions),
    /// Prepares a statement, which stays in the cache.
    Prepare(Statement, ExecutionOptions),
    Fetch(usize),
    /// Ends the cursor.
    Close,
    /// Ends the cursor, without an answer.
    Drop,
    Commit,
    Rollback,
    /// Answers with the state.
    Ping,
    Call(Box<dyn FnOnce(&mut SqliteConnection) + Send>),
    /// Rolls back, without an answer.
    Release,
    /// Rolls back and gives the connection to the callback.
    Recover {
        answers: mpsc::Sender<Chunk>,
        connection: Box<ThreadConnection>,
        recovered: Recovered,
    },
}

/// What lives on the thread.
pub(super) struct Worker {
    // The order matters: when the answers end, the connection is closed already.
    connection: SqliteConnection,
    jobs: Receiver<Job>,
    answers: mpsc::Sender<Chunk>,
    /// Set by the other side when it needs no more rows.
    enough: Arc<AtomicBool>,
    /// Why there is no transaction.
    not_begun: Option<Error>,
}

impl Worker {
    pub(super) fn new(connection: SqliteConnection) -> (Self, ThreadConnection) {
        let (sender, jobs) = unbounded();
        let (answers, received) = mpsc::channel(IN_FLIGHT);
        let enough = Arc::<AtomicBool>::default();
        let cooperation = connection.cooperation();
        let other = ThreadConnection::new(sender, received, cooperation, Arc::clone(&enough));
        (Self { connection, jobs, answers, enough, not_begun: None }, other)
    }

    /// Works until the other side is gone.
    pub(super) fn run(mut self) {
        let mut waiting = None;
        while let Some(job) = waiting.take().or_else(|| self.jobs.recv().ok()) {
            waiting = self.work(job);
        }
    }

    /// Does one job. A cursor's end may be another job, which is given back.
    fn work(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Begin(options) => self.not_begun = self.connection.begin(&options).err(),
            Job::Release => {
                // If it fails the connection refuses what comes next, and says so.
                let _ = self.connection.release();
            }
            Job::Recover { answers, connection, recovered } => {
                self.recover(answers, *connection, recovered);
            }
            // Left over from a cursor that ended before.
            Job::Drop => {}
            Job::Open(statement, params, options) => {
                return self.serve_cursor(&statement, &params, &options);
            }
            job => self.answer(job),
        }
        None
    }

    /// Does a job that is answered once.
    fn answer(&mut self, job: Job) {
        let Self { connection, answers, enough, .. } = self;
        let mut sink = ChunkSink::new(answers, enough);
        let result = match (self.not_begun.take(), job) {
            (Some(error), _) => Err(error),
            (None, Job::Execute(statement, params, options)) => {
                connection.execute(&statement, &params, &options, &mut sink)
            }
            (None, Job::ExecuteMany(statement, sets, options)) => {
                connection.execute_many(&statement, &sets, &options, &mut sink)
            }
            (None, Job::Prepare(statement, options)) => {
                connection.prepare(&statement, &options).map(|handle| {
                    connection.close_prepared(handle);
                    Outcome::default()
                })
            }
            (None, Job::Commit) => connection.commit().map(|()| Outcome::default()),
            (None, Job::Rollback) => connection.rollback().map(|()| Outcome::default()),
            (None, Job::Ping) => connection.ping(Instant::now()).map(|()| Outcome::default()),
            (None, Job::Call(f)) => {
                f(connection);
                Ok(Outcome::default())
            }
            // A fetch or a close behind the end of the cursor has nothing to do.
            (None, _) => Ok(Outcome::default()),
        };
        sink.end(End { result, more: false, status: Status::of(connection) });
    }

    /// Opens a cursor and does its jobs, until one comes that is not for a cursor.
    fn serve_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Option<Job> {
        let outcome = match self.not_begun.take() {
            Some(error) => Err(error),
            None => self.with_cursor(statement, params, options),
        };
        if let Ok(Some(job)) = outcome {
            return Some(job);
        }
        let end = end_of(outcome.map(|_| false), Status::of(&self.connection));
        ChunkSink::new(&mut self.answers, &self.enough).end(end);
        None
    }

    /// `None` says that the cursor was closed.
    fn with_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Option<Job>> {
        let Self { connection, jobs, answers, enough, .. } = self;
        let mut cursor = connection.open_cursor(statement, params, options)?;
        let columns = cursor.columns();
        let mut sink = ChunkSink::new(answers, enough);
        sink.add_columns(&columns);
        let mut result = Ok(true);
        loop {
            // What it did to the transaction is reported when it is closed.
            sink.end(end_of(result, Status::default()));
            match jobs.recv() {
                Ok(Job::Fetch(max)) => {
                    sink = ChunkSink::new(answers, enough).with_columns(&columns);
                    result = cursor.fetch(max, &mut sink);
                }
                Ok(Job::Close) => return cursor.close().map(|()| None),
                Ok(other) => return Ok(Some(other)),
                // The other side is gone; the next read of a job finds it too.
                Err(_) => return Ok(Some(Job::Drop)),
            }
        }
    }

    fn recover(
        &mut self,
        answers: mpsc::Sender<Chunk>,
        mut connection: ThreadConnection,
        recovered: Recovered,
    ) {
        self.answers = answers;
        self.not_begun = None;
        let clean = self.connection.clean_up();
        connection.recovered();
        recovered(clean.then_some(connection));
    }
}

/// The end of a cursor's job, which says whether there are more rows.
fn end_of(result: Result<bool>, status: Status) -> End {
    let more = matches!(result, Ok(true));
    End { result: result.map(|_| Outcome::default()), more, status }
}
