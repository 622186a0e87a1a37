//! A session with a MySQL or MariaDB server, over mysql_async.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, IsolationLevel, Outcome, Released, RowSink, ServerInfo,
    Statement, StatementHandle, TransactionOptions,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::burial::Mortal;
use crate::cursor::MysqlCursor;
use crate::driver::MysqlDriver;
use crate::ending::{Gone, interrupted, unknown};
use crate::error::{Failure, ends_transaction, with_fate};
use crate::exchange::{Form, status, survive};
use crate::recover;
use crate::session::Session;
use crate::statements::{Keep, StatementCache, check_count};
use crate::transaction::Transaction;

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// A session with a MySQL or MariaDB server, over mysql_async.
pub struct MysqlConnection {
    pub(crate) conn: Mortal,
    pub(crate) cache: StatementCache<mysql_async::Statement>,
    /// Statements that are to be closed on the server.
    pub(crate) closing: Vec<mysql_async::Statement>,
    pub(crate) session: Session,
    pub(crate) driver: Arc<MysqlDriver>,
    pub(crate) handle: Handle,
    pub(crate) transaction: Transaction,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(crate) dirty: bool,
    /// A cursor was dropped before its last row.
    pub(crate) unread: Option<Form>,
    /// How the session ended.
    pub(crate) gone: Option<Gone>,
}

impl MysqlConnection {
    /// The connection of mysql_async, for what only it can do. Its calls run in the transaction that
    /// was begun, and must be awaited to their end, with all rows read. What is open afterwards is
    /// rolled back when the connection is given back.
    ///
    /// Statements that were prepared before stay in the database of then, whatever this one chooses.
    ///
    /// # Errors
    ///
    /// The connection is gone, or was interrupted in the middle of an exchange.
    pub async fn client(&mut self) -> Result<&mut Conn> {
        self.enter()?;
        let ready = self.get_ready().await;
        self.leave(ready)?;
        self.transaction.unknown();
        Ok(&mut self.conn)
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.cache.len()
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.gone.is_none() && !self.conn.is_disconnected()
    }

    fn check(&self) -> Result<()> {
        if let Some(gone) = &self.gone {
            return Err(gone.error());
        }
        if self.dirty || self.conn.is_disconnected() {
            return Err(interrupted());
        }
        Ok(())
    }

    /// Opens an exchange: from here on a future that is dropped leaves the connection dirty.
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.dirty = true;
        Ok(())
    }

    /// Closes an exchange.
    pub(crate) fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.dirty = false;
                Ok(value)
            }
            Err(Failure::Refused(error)) => {
                self.dirty = false;
                let ended = ends_transaction(&error, self.session.rollback_on_timeout);
                if ended {
                    self.transaction.rolled_back();
                }
                Err(with_fate(error, ended))
            }
            Err(Failure::Broken(error)) => Err(error),
            Err(Failure::Gone(error)) => {
                self.gone = Some(Gone::of(&error));
                Err(error)
            }
        }
    }

    /// Sends one of the driver's own statements. The connection owes nothing.
    async fn command(&mut self, sql: &'static str) -> Result<(), Failure> {
        survive(self.conn.query_drop(sql)).await
    }

    /// Reads what is left of the rows of a dropped cursor, which may fail as it likes: its transaction
    /// is about to be ended.
    async fn pay_at_last(&mut self) -> Result<(), Failure> {
        match self.pay().await {
            Err(Failure::Refused(_)) => Ok(()),
            paid => paid,
        }
    }

    /// Rolls back and waits for the answer.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Failure> {
        self.pay_at_last().await?;
        self.command("ROLLBACK").await?;
        self.transaction.end();
        Ok(())
    }

    async fn commit_open(&mut self) -> Result<(), Failure> {
        if let Some(lost) = self.transaction.lost() {
            self.roll_back().await?;
            return Err(lost.into());
        }
        self.pay().await?;
        match self.command("COMMIT").await {
            Ok(()) => {
                self.transaction.end();
                if let Some(status) = status(&self.conn) {
                    self.transaction.note_autocommit(status);
                }
                Ok(())
            }
            Err(Failure::Refused(error)) => {
                // Nothing says whether it left anything open.
                self.transaction.unknown();
                Err(error.into())
            }
            Err(failure) => {
                self.transaction.end();
                Err(unknown(failure))
            }
        }
    }
}

impl AsyncConnection for MysqlConnection {
    type Cursor<'c> = MysqlCursor<'c>;

    fn server(&self) -> &ServerInfo {
        &self.session.info
    }

    async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        check_count(params)?;
        self.transaction.check()?;
        self.enter()?;
        let outcome = self.run(statement, params, Keep::of(options), sink).await;
        self.leave(outcome)
    }

    async fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.transaction.check()?;
        self.enter()?;
        let outcome = self.run_many(statement, sets, Keep::of(options), sink).await;
        self.leave(outcome)
    }

    async fn open_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<MysqlCursor<'_>> {
        check_count(params)?;
        self.transaction.check()?;
        MysqlCursor::open(self, statement, params, options).await
    }

    /// The first execution prepares it, within its time-out.
    async fn prepare(&mut self, statement: &Statement) -> Result<StatementHandle> {
        self.check()?;
        Ok(self.cache.hold(statement))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.cache.is_held(handle)
    }

    async fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        _: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let statement = self.cache.held_statement(handle)?;
        check_count(params)?;
        self.transaction.check()?;
        self.enter()?;
        let outcome = self.run(&statement, params, Keep::Held(handle), sink).await;
        self.leave(outcome)
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        if let Some(plan) = self.cache.release_held(handle) {
            self.close_later(&plan);
        }
    }

    /// Notes it only. With autocommit off any statement begins a transaction; options go before the
    /// first one, and so does switching autocommit off in a session that is set to it.
    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        self.transaction.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.check()?;
        self.transaction.set_level(level)
    }

    /// Commits. A statement of the kind that MySQL commits by itself, such as CREATE TABLE, has
    /// committed what was before it; this commits what came behind it.
    async fn commit(&mut self) -> Result<()> {
        if !self.transaction.is_used() {
            self.check()?;
            self.transaction.end();
            return Ok(());
        }
        self.enter()?;
        let outcome = self.commit_open().await;
        self.leave(outcome)
    }

    async fn rollback(&mut self) -> Result<()> {
        if !self.transaction.is_used() {
            self.check()?;
            self.transaction.end();
            return Ok(());
        }
        self.enter()?;
        let outcome = self.roll_back().await;
        self.leave(outcome)
    }

    async fn ping(&mut self) -> Result<()> {
        self.enter()?;
        let outcome = async {
            self.pay().await?;
            survive(self.conn.ping()).await
        }
        .await;
        self.leave(outcome)
    }

    fn interrupted(&mut self) {
        self.dirty = true;
    }

    fn is_usable(&self) -> bool {
        !self.dirty && self.is_alive()
    }

    /// Nothing can be sent without waiting, so what is open goes to be rolled back in the background.
    fn release(&mut self) -> Released {
        let owes = self.unread.is_some() || self.transaction.is_open();
        if self.dirty || owes || !self.is_alive() {
            return Released::Dirty;
        }
        self.transaction.end();
        Released::Clean
    }

    fn recover(self, recovered: Box<dyn FnOnce(Option<Self>) + Send>) {
        recover::spawn(self, recovered);
    }

    async fn close(mut self) {
        let quiet = self.is_usable() && self.unread.is_none();
        if let Some(conn) = quiet.then(|| self.conn.take()).flatten() {
            // Nobody is left to hear that the goodbye was not heard.
            let _ = timeout(GOODBYE, conn.disconnect()).await;
        }
    }

    fn terminate(self) {
        drop(self);
    }
}

impl fmt::Debug for MysqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlConnection")
            .field("place", &self.driver.place())
            .field("id", &self.session.id)
            .field("transaction", &self.transaction)
            .field("dirty", &self.dirty)
            .field("alive", &self.is_alive())
            .field("statements", &self.cache.len())
            .finish_non_exhaustive()
    }
}
