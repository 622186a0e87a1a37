//! The side of a connection that is awaited.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, IsolationLevel, NoRows, Outcome, PreparedStatements,
    Released, RowSink, ServerInfo, Statement, StatementHandle, StatementKind, TransactionOptions,
    errors, unknown_handle,
};
use aludel_core::error::{Details, Error, ErrorKind, Result};
use aludel_core::value::Value;
use crossbeam_channel::Sender;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};

use super::chunk::{Chunk, End, Status};
use super::cursor::ThreadCursor;
use super::worker::{IN_FLIGHT, Job};
use crate::connection::{SUPPORT, SqliteConnection, server};
use crate::cooperation::Cooperation;

/// A connection to a SQLite database that lives on a thread of its own.
///
/// BEGIN goes to the thread with the first statement, so with `begin=immediate` a database that is
/// busy is reported by that statement. Rows are checked when they are copied, so a text that is not
/// UTF-8 is an error whether it is read or not.
pub struct ThreadConnection {
    jobs: Sender<Job>,
    answers: mpsc::Receiver<Chunk>,
    cooperation: Arc<Cooperation>,
    enough: Arc<AtomicBool>,
    status: Status,
    /// A transaction was asked for; BEGIN goes with the first statement.
    noted: Option<TransactionOptions>,
    prepared: PreparedStatements<Statement>,
    server: ServerInfo,
    /// Set before a job is sent, cleared when its answer was read to the end.
    dirty: bool,
}

impl ThreadConnection {
    pub(super) fn new(
        jobs: Sender<Job>,
        answers: mpsc::Receiver<Chunk>,
        cooperation: Arc<Cooperation>,
        enough: Arc<AtomicBool>,
    ) -> Self {
        let status = Status::idle();
        Self {
            jobs,
            answers,
            cooperation,
            enough,
            status,
            noted: None,
            prepared: PreparedStatements::new(),
            server: server(),
            dirty: false,
        }
    }

    /// Calls a function with the connection, on its thread, for what only `rusqlite` can do. It is
    /// called in the transaction that was begun. If the future is dropped, the function runs to its
    /// end all the same.
    ///
    /// # Errors
    ///
    /// The connection cannot be used.
    ///
    /// # Panics
    ///
    /// If the function panics.
    pub async fn call<T: Send + 'static>(
        &mut self,
        f: impl FnOnce(&mut SqliteConnection) -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, mut returned) = oneshot::channel();
        let job = Job::Call(Box::new(move |connection| {
            // The future may be gone.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(|| f(connection))));
        }));
        self.exchange(true, job, &mut NoRows).await?.result?;
        match returned.try_recv() {
            Ok(Some(Ok(value))) => Ok(value),
            Ok(Some(Err(panic))) => resume_unwind(panic),
            _ => Err(gone()),
        }
    }

    fn check(&self) -> Result<()> {
        if !self.dirty {
            return Ok(());
        }
        Err(errors::connection_interrupted())
    }

    fn send(&self, job: Job) -> Result<()> {
        self.jobs.send(job).map_err(|_| gone())
    }

    /// Has a job done and reads its answer, after BEGIN if that is due and the job is one that runs
    /// in a transaction.
    pub(super) async fn exchange(
        &mut self,
        in_transaction: bool,
        job: Job,
        sink: &mut dyn RowSink,
    ) -> Result<End> {
        self.check()?;
        let begins = self.noted.take_if(|_| in_transaction);
        let harmless = matches!(&job, Job::Execute(statement, ..)
            if statement.kind() == StatementKind::Select);
        self.dirty = true;
        if let Some(options) = begins {
            self.send(Job::Begin(options))?;
        }
        self.send(job)?;
        let asked = Asked { connection: self, answered: false };
        let end = asked.answer(harmless, sink).await?;
        // What could not begin begins with the next statement.
        if !self.status.is_open() {
            self.noted = self.noted.or(begins);
        }
        Ok(end)
    }

    /// The worker has cleaned the connection up.
    pub(super) fn recovered(&mut self) {
        self.cooperation.resume();
        self.enough.store(false, Ordering::Relaxed);
        self.status = Status::idle();
        self.noted = None;
        self.dirty = false;
    }

    /// Ends a cursor without waiting. If it was cut in the middle, the recovery ends it.
    pub(super) fn drop_cursor(&mut self) {
        if !self.dirty && self.send(Job::Drop).is_err() {
            self.dirty = true;
        }
    }
}

/// A job whose answer was not read to the end. Dropping it stops the statement.
struct Asked<'c> {
    connection: &'c mut ThreadConnection,
    answered: bool,
}

impl Asked<'_> {
    /// Reads the answer and pushes its rows. After a sink's failure the rest is thrown away, and
    /// the worker is asked to make no more of it. A statement that is `harmless` is interrupted even
    /// between two rows; a write that SQLite interrupts would take its transaction with it.
    async fn answer(mut self, harmless: bool, sink: &mut dyn RowSink) -> Result<End> {
        let connection = &mut *self.connection;
        let mut refused = None;
        let mut end = loop {
            let Some(mut chunk) = connection.answers.next().await else { return Err(gone()) };
            if refused.is_none()
                && let Err(error) = chunk.push(&mut *sink)
            {
                refused = Some(error);
                connection.enough.store(true, Ordering::Relaxed);
                if harmless {
                    connection.cooperation.stop();
                }
            }
            if let Some(end) = chunk.end {
                break end;
            }
        };
        if let Some(error) = refused {
            connection.enough.store(false, Ordering::Relaxed);
            connection.cooperation.resume();
            end.result = Err(error);
        }
        connection.status = end.status;
        connection.dirty = false;
        self.answered = true;
        Ok(end)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.connection.cooperation.stop();
        }
    }
}

/// The thread has ended although there was work for it: something panicked there.
#[cold]
pub(super) fn gone() -> Error {
    let details = Details { disconnect: true, ..Details::default() };
    Error::new(
        ErrorKind::Internal,
        "the thread of the SQLite connection has ended after a panic; take another connection, and \
         please report the panic",
    )
    .with_details(details)
}

impl AsyncConnection for ThreadConnection {
    type Cursor<'c> = ThreadCursor<'c>;

    fn server(&self) -> &ServerInfo {
        &self.server
    }

    async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let job = Job::Execute(statement.clone(), params.to_vec(), untimed(options));
        self.exchange(true, job, sink).await?.result
    }

    async fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let job = Job::ExecuteMany(statement.clone(), sets.to_vec(), untimed(options));
        self.exchange(true, job, sink).await?.result
    }

    async fn open_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<ThreadCursor<'_>> {
        ThreadCursor::open(self, statement, params, untimed(options)).await
    }

    async fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        let job = Job::Prepare(statement.clone(), untimed(options));
        self.exchange(true, job, &mut NoRows).await?.result?;
        Ok(self.prepared.insert(statement.clone()))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.prepared.get(handle).is_some()
    }

    async fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let statement = self.prepared.get(handle).cloned().ok_or_else(unknown_handle)?;
        self.execute(&statement, params, options, sink).await
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.prepared.remove(handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        self.status.state.check()?;
        SUPPORT.check_options(options)?;
        if self.noted.is_some() || self.status.autocommit == Some(false) {
            return Err(errors::transaction_already_open());
        }
        self.noted = Some(*options);
        Ok(())
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.check()?;
        let open = self.noted.is_some() || self.status.autocommit == Some(false);
        SUPPORT.check_level(level, open)
    }

    /// As that of [`SqliteConnection`].
    async fn commit(&mut self) -> Result<()> {
        self.check()?;
        if self.noted.take().is_some() || !self.status.is_open() {
            return Ok(());
        }
        self.exchange(false, Job::Commit, &mut NoRows).await?.result.map(drop)
    }

    async fn rollback(&mut self) -> Result<()> {
        self.check()?;
        if self.noted.take().is_some() || !self.status.is_open() {
            return Ok(());
        }
        self.exchange(false, Job::Rollback, &mut NoRows).await?.result.map(drop)
    }

    async fn ping(&mut self) -> Result<()> {
        self.exchange(false, Job::Ping, &mut NoRows).await?.result.map(drop)
    }

    fn interrupted(&mut self) {
        self.dirty = true;
    }

    fn is_usable(&self) -> bool {
        !self.dirty && !self.status.state.dirty
    }

    fn release(&mut self) -> Released {
        self.noted = None;
        if !self.is_usable() || (self.status.is_open() && self.send(Job::Release).is_err()) {
            self.dirty = true;
            return Released::Dirty;
        }
        // If the rollback fails, the next job is refused.
        self.status = Status::idle();
        Released::Clean
    }

    /// The worker does it, as soon as it has noticed that it is to stop.
    fn recover(mut self, recovered: Box<dyn FnOnce(Option<Self>) + Send>) {
        let (answers, received) = mpsc::channel(IN_FLIGHT);
        // A worker that waits for space in the channel finds that it is closed.
        self.answers = received;
        let jobs = self.jobs.clone();
        // If the thread has ended, the job is dropped, and the callback with it, which counts as None.
        let _ = jobs.send(Job::Recover { answers, connection: Box::new(self), recovered });
    }

    /// Waits until the database is closed.
    async fn close(self) {
        let Self { jobs, mut answers, .. } = self;
        drop(jobs);
        while answers.next().await.is_some() {}
    }

    /// The thread ends by itself, without delay: what runs is stopped.
    fn terminate(self) {
        self.cooperation.stop();
    }
}

/// The adapter keeps the time-out: it drops the future, and the statement is stopped.
fn untimed(options: &ExecutionOptions) -> ExecutionOptions {
    options.clone().timeout(None)
}

impl fmt::Debug for ThreadConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadConnection")
            .field("noted", &self.noted)
            .field("dirty", &self.dirty)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
