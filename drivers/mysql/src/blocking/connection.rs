//! A session with a MySQL or MariaDB server, over mysql.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use aludel_core::dbapi::{
    Connection, Cursor, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback, Released,
    RowSink, ServerInfo, Statement, StatementHandle, TransactionOptions, in_background,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use mysql::Conn;
use mysql::prelude::Queryable;

use super::answer::Reading;
use super::cursor::BlockingCursor;
use super::driver::BlockingDriver;
use super::exchange::{missing, survive};
use super::recover::{self, Target};
use super::socket::Socket;
use crate::ending::{Gone, interrupted, unknown};
use crate::error::{Failure, ends_transaction, with_fate};
use crate::session::Session;
use crate::statements::{Keep, StatementCache, check_count};
use crate::transaction::Transaction;

/// A session with a MySQL or MariaDB server, over mysql. It blocks the calling thread.
pub struct BlockingConnection {
    /// None while an answer is being read in portions.
    pub(super) conn: Option<Conn>,
    /// The connection with the answer, while one is being read in portions.
    pub(super) reading: Option<Reading>,
    pub(super) socket: Socket,
    pub(super) cache: StatementCache<mysql::Statement>,
    /// Statements that are to be closed on the server.
    pub(super) closing: Vec<mysql::Statement>,
    pub(super) session: Session,
    pub(super) driver: BlockingDriver,
    pub(super) transaction: Transaction,
    /// Set before the first byte of an exchange, cleared when its answer was read to the end.
    pub(super) dirty: bool,
    /// A cursor was dropped before its last row.
    pub(super) unread: bool,
    /// How the session ended.
    pub(super) gone: Option<Gone>,
    /// It was ended from elsewhere, by a cancel.
    pub(super) cut: bool,
    pub(super) target: Arc<Target>,
}

impl BlockingConnection {
    pub(super) fn new(conn: Conn, session: Session, driver: BlockingDriver) -> Self {
        Self {
            socket: Socket::of(&conn),
            conn: Some(conn),
            target: Arc::new(Target::new(driver.clone(), session.clone())),
            reading: None,
            cache: StatementCache::new(driver.config.cached_statements),
            closing: Vec::new(),
            session,
            driver,
            transaction: Transaction::default(),
            dirty: false,
            unread: false,
            gone: None,
            cut: false,
        }
    }

    /// The connection of mysql, for what only it can do. Its calls run in the transaction that was
    /// begun. What is open afterwards is rolled back when the connection is given back.
    ///
    /// After an error that is not the server's own the connection must not be used any more: the
    /// driver cannot see it.
    ///
    /// Statements that were prepared before stay in the database of then, whatever this one chooses.
    ///
    /// # Errors
    ///
    /// The connection is gone, or was interrupted in the middle of an exchange.
    pub fn client(&mut self) -> Result<&mut Conn> {
        self.enter()?;
        let ready = self.get_ready();
        self.leave(ready)?;
        self.transaction.unknown();
        self.conn.as_mut().ok_or_else(|| missing().into_error())
    }

    /// How many prepared statements are kept.
    #[must_use]
    pub fn cached_statements(&self) -> usize {
        self.cache.len()
    }

    fn check(&self) -> Result<()> {
        match &self.gone {
            Some(gone) => Err(gone.error()),
            None if self.dirty => Err(interrupted()),
            None => Ok(()),
        }
    }

    /// Looks where the socket is: a program that had the connection of mysql may have put another one
    /// in its place.
    pub(super) fn find_socket(&mut self) {
        if let Some(conn) = &self.conn {
            self.socket = Socket::of(conn);
        }
    }

    /// Opens an exchange.
    pub(super) fn enter(&mut self) -> Result<()> {
        self.check()?;
        self.dirty = true;
        Ok(())
    }

    /// Closes an exchange.
    pub(super) fn leave<T>(&mut self, outcome: Result<T, Failure>) -> Result<T> {
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

    /// Reads what is behind the last row.
    pub(super) fn finish_reading(&mut self) -> Result<(), Failure> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let outcome = reading.drain(None).map(drop);
        if matches!(outcome, Ok(()) | Err(Failure::Refused(_))) {
            self.stop_reading();
        }
        outcome
    }

    /// Takes the connection back from an answer that is over.
    pub(super) fn stop_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            self.conn = Some(reading.into_conn());
        }
    }

    /// Sets the timeouts that the program wants.
    pub(super) fn unlimit(&self) {
        self.socket.limit(self.driver.config.read_timeout, self.driver.config.write_timeout);
    }

    /// Sends one of the driver's own statements. The connection owes nothing.
    fn command(&mut self, sql: &'static str) -> Result<(), Failure> {
        let conn = self.conn.as_mut().ok_or_else(missing)?;
        survive(|| conn.query_drop(sql))
    }

    /// Reads what is left of the rows of a dropped cursor, which may fail as it likes: its transaction
    /// is about to be ended.
    pub(super) fn pay_at_last(&mut self) -> Result<(), Failure> {
        match self.pay() {
            Err(Failure::Refused(_)) => Ok(()),
            paid => paid,
        }
    }

    /// Rolls back and waits for the answer.
    pub(super) fn roll_back(&mut self) -> Result<(), Failure> {
        self.pay_at_last()?;
        self.command("ROLLBACK")?;
        self.transaction.end();
        Ok(())
    }

    fn commit_open(&mut self) -> Result<(), Failure> {
        if let Some(lost) = self.transaction.lost() {
            self.roll_back()?;
            return Err(lost.into());
        }
        self.pay()?;
        match self.command("COMMIT") {
            Ok(()) => {
                self.transaction.end();
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

    fn sign_of_life(&mut self, deadline: Instant) -> Result<(), Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = |wanted: Option<_>| Some(wanted.map_or(left, |wanted| left.min(wanted)));
        self.pay()?;
        self.socket
            .limit(limit(self.driver.config.read_timeout), limit(self.driver.config.write_timeout));
        let conn = self.conn.as_mut().ok_or_else(missing)?;
        survive(|| conn.ping())?;
        self.unlimit();
        Ok(())
    }
}

impl Connection for BlockingConnection {
    fn server(&self) -> &ServerInfo {
        &self.session.info
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        check_count(params)?;
        self.transaction.check()?;
        let watch = self.watch(options.timeout)?;
        self.enter()?;
        let outcome = self.run(statement, params, Keep::of(options), sink);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.transaction.check()?;
        let watch = self.watch(options.timeout)?;
        self.enter()?;
        let outcome = self.run_many(statement, sets, Keep::of(options), sink);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        check_count(params)?;
        self.transaction.check()?;
        Ok(Box::new(BlockingCursor::open(self, statement, params, options)?))
    }

    /// The first execution prepares it, within its time-out.
    fn prepare(&mut self, statement: &Statement) -> Result<StatementHandle> {
        self.check()?;
        Ok(self.cache.hold(statement))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.cache.is_held(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let statement = self.cache.held_statement(handle)?;
        check_count(params)?;
        self.transaction.check()?;
        let watch = self.watch(options.timeout)?;
        self.enter()?;
        let outcome = self.run(&statement, params, Keep::Held(handle), sink);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
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
    fn commit(&mut self) -> Result<()> {
        if !self.transaction.is_used() {
            self.check()?;
            self.transaction.end();
            return Ok(());
        }
        let watch = self.watch(None)?;
        self.enter()?;
        let outcome = self.commit_open();
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn rollback(&mut self) -> Result<()> {
        if !self.transaction.is_used() {
            self.check()?;
            self.transaction.end();
            return Ok(());
        }
        let watch = self.watch(None)?;
        self.enter()?;
        let outcome = self.roll_back();
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        let watch = self.watch(None)?;
        self.enter()?;
        let outcome = self.sign_of_life(deadline);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn is_usable(&self) -> bool {
        !self.dirty && self.gone.is_none()
    }

    /// Nothing can be sent without waiting, so what is open goes to be rolled back in the background.
    fn release(&mut self) -> Released {
        if !self.is_usable() || self.unread || self.transaction.is_open() {
            return Released::Dirty;
        }
        self.transaction.end();
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        in_background(move || recover::recover(self, recovered));
    }

    fn close(mut self: Box<Self>) {
        if self.is_usable() && !self.unread {
            // Dropping it says goodbye.
            drop(self.conn.take());
        }
    }

    fn terminate(self: Box<Self>) {
        drop(self);
    }
}

/// Closes the socket without saying goodbye, which could take a while.
impl Drop for BlockingConnection {
    fn drop(&mut self) {
        if self.conn.is_none() && self.reading.is_none() {
            return;
        }
        self.find_socket();
        self.socket.cut();
        drop(self.conn.take());
        if let Some(reading) = self.reading.take() {
            // What has arrived of its rows is read when it is dropped.
            in_background(move || drop(reading));
        }
    }
}

impl fmt::Debug for BlockingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingConnection")
            .field("place", &self.driver.config.place())
            .field("id", &self.session.id)
            .field("transaction", &self.transaction)
            .field("dirty", &self.dirty)
            .field("alive", &self.gone.is_none())
            .field("statements", &self.cache.len())
            .finish_non_exhaustive()
    }
}
