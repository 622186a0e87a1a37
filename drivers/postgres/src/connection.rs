//! A session with a PostgreSQL server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{AsyncConnection, Done, Released, RowSink, Statement};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::cursor::PostgresCursor;
use crate::driver::Address;
use crate::error::Failure;
use crate::exchange::check_count;
use crate::owed::Owed;
use crate::recover;
use crate::statements::StatementCache;
use crate::task::Task;

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Where the transaction stands that [`AsyncConnection::begin`] began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// There is none.
    None,
    /// It was asked for; BEGIN goes with the first statement.
    Noted,
    /// BEGIN was sent.
    Open,
}

/// A session with a PostgreSQL server, over tokio-postgres.
pub struct PostgresConnection {
    // The order matters: statements that are dropped after the client are not closed one by one,
    // and the task that would carry their closes ends last.
    pub(crate) client: Arc<Client>,
    pub(crate) owed: Vec<Owed>,
    pub(crate) preparing:
        Option<BoxFuture<'static, Result<tokio_postgres::Statement, tokio_postgres::Error>>>,
    pub(crate) cache: StatementCache,
    pub(crate) task: Task,
    pub(crate) handle: Handle,
    pub(crate) address: Address,
    pub(crate) recovery_budget: Duration,
    pub(crate) transaction: Transaction,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(crate) dirty: bool,
    /// Somebody may have begun a transaction behind the driver's back.
    pub(crate) foreign: bool,
    /// The number of the last cursor.
    pub(crate) cursors: u64,
    /// The cursor that was dropped and is still open on the server.
    pub(crate) close_owed: Option<u64>,
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
        self.foreign = true;
        match self.send_ahead() {
            Ok(()) => Ok(&self.client),
            Err(_) => Err(self.task.disconnected()),
        }
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.cache.len()
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.client.is_closed() && !self.task.is_over()
    }

    fn check(&mut self) -> Result<()> {
        if !self.is_alive() {
            self.learn();
            return Err(self.task.disconnected());
        }
        if self.dirty {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the connection was interrupted in the middle of an exchange with the server and \
                 cannot be used any more; give it back to the pool and take another",
            ));
        }
        Ok(())
    }

    /// Looks for the server's last words in answers that nobody waited for.
    fn learn(&mut self) {
        for owed in self.owed.drain(..) {
            if let Some(Failure::Ended(error)) = owed.last_words() {
                self.task.note(&error);
            }
        }
    }

    /// Opens an exchange: from here on a future that is dropped leaves the connection dirty.
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.dirty = true;
        Ok(())
    }

    /// Closes an exchange.
    pub(crate) async fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.dirty = false;
                Ok(value)
            }
            Err(failure) => {
                self.dirty = !matches!(failure, Failure::Refused(_));
                Err(self.explain(failure).await)
            }
        }
    }

    /// The error of a failure, with the reason if the connection is gone.
    pub(crate) async fn explain(&mut self, failure: Failure) -> Error {
        match failure {
            Failure::Refused(error) | Failure::Broken(error) => error,
            Failure::Ended(error) => {
                self.task.note(&error);
                error
            }
            Failure::Gone(source) => self.task.why().await.with_source(source),
        }
    }
}

impl AsyncConnection for PostgresConnection {
    type Cursor<'c> = PostgresCursor<'c>;

    async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        check_count(params)?;
        self.enter()?;
        let outcome = self.run(statement, params, sink).await;
        self.leave(outcome).await
    }

    async fn execute_many(&mut self, statement: &Statement, sets: &[Vec<Value>]) -> Result<Done> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.enter()?;
        let outcome = self.run_many(statement, sets).await;
        self.leave(outcome).await
    }

    async fn open(
        &mut self,
        statement: &Statement,
        params: &[Value],
    ) -> Result<PostgresCursor<'_>> {
        check_count(params)?;
        PostgresCursor::open(self, statement, params).await
    }

    fn begin(&mut self) -> Result<()> {
        self.check()?;
        if self.transaction != Transaction::None {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a transaction is open already; commit it or roll it back first",
            ));
        }
        self.transaction = Transaction::Noted;
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        // A transaction of the program's own making is committed as well.
        if self.transaction != Transaction::Open && !self.foreign {
            self.check()?;
            self.transaction = Transaction::None;
            return Ok(());
        }
        self.enter()?;
        let outcome = self.commit_open().await;
        self.leave(outcome).await
    }

    async fn rollback(&mut self) -> Result<()> {
        if self.transaction != Transaction::Open && !self.foreign {
            self.check()?;
            self.transaction = Transaction::None;
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
        self.dirty = true;
    }

    fn is_usable(&self) -> bool {
        !self.dirty && self.is_alive()
    }

    fn release(&mut self) -> Released {
        self.let_go()
    }

    fn recover(self, home: Box<dyn FnOnce(Option<Self>) + Send>) {
        recover::spawn(self, home);
    }

    async fn close(self) {
        let Self { client, owed, preparing, mut task, .. } = self;
        drop((owed, preparing));
        // Without its client the task says goodbye, after the answers that are on their way.
        drop(client);
        task.end(GOODBYE).await;
    }

    fn terminate(self) {
        drop(self);
    }
}

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("address", &self.address)
            .field("transaction", &self.transaction)
            .field("dirty", &self.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.cache.len())
            .finish_non_exhaustive()
    }
}
