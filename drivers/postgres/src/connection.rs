//! A session with a PostgreSQL server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, IsolationLevel, Outcome, Released, RowSink, ServerInfo,
    Statement, StatementHandle, TransactionOptions,
};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::cursor::PostgresCursor;
use crate::error::Failure;
use crate::exchange::check_count;
use crate::execute::Target;
use crate::pending::PendingReply;
use crate::recover;
use crate::session::{Keep, Session, Transaction};
use crate::target::Address;
use crate::task::Task;

/// How long the server may take to be sent the message that closes the session.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A session with a PostgreSQL server, over tokio-postgres.
pub struct PostgresConnection {
    // The order matters: statements that are dropped after the client are not closed one by one,
    // and the task that would carry their closes ends last.
    pub(crate) client: Arc<Client>,
    pub(crate) pending_replies: Vec<PendingReply>,
    pub(crate) preparing:
        Option<BoxFuture<'static, Result<tokio_postgres::Statement, tokio_postgres::Error>>>,
    pub(crate) session: Session,
    pub(crate) task: Task,
    pub(crate) handle: Handle,
    pub(crate) address: Address,
    pub(crate) recovery_budget: Duration,
}

impl PostgresConnection {
    /// The client of tokio-postgres, for what only it can do: COPY, notifications, types of its
    /// own. Its calls run in the transaction that was begun, and must be awaited to their end.
    /// What is open afterwards is rolled back when the connection is given back.
    ///
    /// # Errors
    ///
    /// The connection is gone, or was interrupted in the middle of an exchange.
    pub fn client(&mut self) -> Result<&Client> {
        self.check()?;
        self.session.raw_transaction = true;
        match self.send_ahead() {
            Ok(()) => Ok(&self.client),
            Err(_) => Err(self.task.disconnected()),
        }
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.session.cache.len()
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.client.is_closed() && !self.task.is_over()
    }

    pub(crate) fn check(&mut self) -> Result<()> {
        if !self.is_alive() {
            self.learn();
            return Err(self.task.disconnected());
        }
        self.session.check()
    }

    /// Looks for the reason of the end in replies that were not waited for.
    fn learn(&mut self) {
        for reply in self.pending_replies.drain(..) {
            if let Some(Failure::Ended(error)) = reply.received_failure() {
                self.task.note_end(&error);
            }
        }
    }

    /// Opens an exchange: from here on a future that is dropped leaves the connection dirty.
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.session.dirty = true;
        Ok(())
    }

    /// Closes an exchange.
    pub(crate) async fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.session.dirty = false;
                Ok(value)
            }
            Err(failure) => {
                self.session.dirty = !matches!(failure, Failure::Refused(_));
                Err(Box::pin(self.explain(failure)).await)
            }
        }
    }

    /// The error of a failure, with the reason if the connection is gone.
    pub(crate) async fn explain(&mut self, failure: Failure) -> Error {
        match failure {
            Failure::Refused(error) | Failure::Broken(error) => error,
            Failure::Ended(error) => {
                self.task.note_end(&error);
                error
            }
            Failure::Gone(source) => self.task.disconnect_reason().await.with_source(source),
        }
    }
}

impl AsyncConnection for PostgresConnection {
    type Cursor<'c> = PostgresCursor<'c>;

    fn server(&self) -> &ServerInfo {
        &self.session.server
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>> {
        self.run(Target::Statement(statement, Keep::of(options)), params, sink)
    }

    async fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.enter()?;
        let outcome = self.run_many(statement, sets, Keep::of(options), sink).await;
        self.leave(outcome).await
    }

    async fn open_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<PostgresCursor<'_>> {
        check_count(params)?;
        PostgresCursor::open(self, statement, params, options).await
    }

    /// Keeps the text: what it is prepared for depends on the kinds of its values.
    async fn prepare(&mut self, statement: &Statement) -> Result<StatementHandle> {
        self.check()?;
        Ok(self.session.hold(statement))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.session.is_held(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        _: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>> {
        self.run(Target::Handle(handle), params, sink)
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.session.release_held(handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        self.session.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.check()?;
        self.session.set_isolation_level(level)
    }

    async fn commit(&mut self) -> Result<()> {
        // A transaction of the program's own making is committed as well.
        if !self.session.may_be_open() {
            self.check()?;
            self.session.transaction = Transaction::None;
            return Ok(());
        }
        self.enter()?;
        let outcome = self.commit_open().await;
        self.leave(outcome).await
    }

    async fn rollback(&mut self) -> Result<()> {
        if !self.session.may_be_open() {
            self.check()?;
            self.session.transaction = Transaction::None;
            return Ok(());
        }
        self.enter()?;
        let outcome = self.roll_back().await;
        self.leave(outcome).await
    }

    async fn ping(&mut self) -> Result<()> {
        self.enter()?;
        let outcome = self.sign_of_life().await;
        self.leave(outcome).await
    }

    fn interrupted(&mut self) {
        self.session.dirty = true;
    }

    fn is_usable(&self) -> bool {
        !self.session.dirty && self.is_alive()
    }

    fn release(&mut self) -> Released {
        self.release_session()
    }

    fn recover(self, recovered: Box<dyn FnOnce(Option<Self>) + Send>) {
        recover::spawn(self, recovered);
    }

    async fn close(self) {
        let Self { client, pending_replies, preparing, mut task, .. } = self;
        drop((pending_replies, preparing));
        // Without its client the task closes the session, after the replies that are still to come.
        drop(client);
        task.end(CLOSE_TIMEOUT).await;
    }

    fn terminate(self) {
        drop(self);
    }
}

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("address", &self.address)
            .field("transaction", &self.session.transaction)
            .field("dirty", &self.session.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.session.cache.len())
            .finish_non_exhaustive()
    }
}
