//! The driver interface of a connection over mysql.

use std::time::Instant;

use aludel_core::dbapi::{
    Connection, Cursor, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback, Released,
    RowSink, ServerInfo, ServerNotice, SessionReset, Statement, StatementHandle,
    TransactionOptions, in_background,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use mysql::prelude::Queryable;
use mysql::{Conn, Row};

use super::connection::BlockingConnection;
use super::cursor::BlockingCursor;
use super::protocol::{catch_panic, query_last_row};
use super::recover;
use crate::error::Failure;
use crate::session::{WARNINGS_SQL, keep_sql, warning};
use crate::statements::{Keep, check_count};

impl BlockingConnection {
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
        self.state.enter()?;
        let ready = self.get_ready();
        self.state.leave(ready)?;
        self.state.transaction.unknown();
        self.conn().map_err(Failure::into_error)
    }
}

impl BlockingConnection {
    fn keep(&mut self) -> Result<(), Failure> {
        self.drain_unread()?;
        let sql = self.state.session.transactions_sql();
        let transactions = query_last_row(self.conn()?, sql)?;
        let answer = query_last_row(self.conn()?, keep_sql())?;
        self.state.kept(transactions, answer)
    }
}

impl Connection for BlockingConnection {
    fn server(&self) -> &ServerInfo {
        &self.state.session.info
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        check_count(params)?;
        self.state.transaction.check()?;
        let sent = self.state.limited(statement, params.len(), options)?;
        let watch = self.watch_call(options)?;
        self.state.enter()?;
        let outcome = self.run(statement, &sent, params, Keep::of(options), sink);
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
        self.state.transaction.check()?;
        let sent = self.state.limited(statement, sets.first().map_or(0, Vec::len), options)?;
        let watch =
            if sets.len() == 1 { self.watch_call(options)? } else { self.watch(options.timeout)? };
        self.state.enter()?;
        let outcome = self.run_many(statement, &sent, sets, Keep::of(options), sink);
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
        self.state.transaction.check()?;
        self.state.streamed();
        Ok(Box::new(BlockingCursor::open(self, statement, params, options)?))
    }

    /// The first execution prepares it, within its time-out.
    fn prepare(&mut self, statement: &Statement, _: &ExecutionOptions) -> Result<StatementHandle> {
        self.state.check()?;
        Ok(self.state.statements.hold(statement))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.state.statements.is_held(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let statement = self.state.statements.held_statement(handle)?;
        check_count(params)?;
        self.state.transaction.check()?;
        let sent = self.state.limited(&statement, params.len(), options)?;
        let watch = self.watch_call(options)?;
        self.state.enter()?;
        let outcome = self.run(&statement, &sent, params, Keep::Held(handle), sink);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.state.statements.release(handle);
    }

    /// Notes it only. With autocommit off any statement begins a transaction; options go before the
    /// first one, and so does switching autocommit off in a session that is set to it.
    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.state.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.state.set_level(level)
    }

    /// Commits. A statement of the kind that MySQL commits by itself, such as CREATE TABLE, has
    /// committed what was before it; this commits what came behind it.
    fn commit(&mut self) -> Result<()> {
        if self.state.end_unused()? {
            return Ok(());
        }
        let watch = self.watch(None)?;
        self.state.enter()?;
        let outcome = self.commit_used();
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        let warnings = self.conn.as_ref().map_or(0, Conn::warnings);
        if !may_ask || self.unread || warnings == 0 {
            return Ok(Vec::new());
        }
        let watch = self.watch(Some(self.state.config.recovery_budget))?;
        self.state.enter()?;
        let outcome = match self.conn() {
            Ok(conn) => catch_panic(|| conn.query::<Row, _>(WARNINGS_SQL)),
            Err(failure) => Err(failure),
        };
        let outcome = self.leave(outcome);
        let rows = self.watched(watch, outcome)?;
        Ok(rows.into_iter().filter_map(|row| warning(Row::unwrap(row))).collect())
    }

    fn keep_settings(&mut self, deadline: Instant) -> Result<()> {
        if !self.state.transaction.altered {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let watch = self.watch(Some(left))?;
        self.state.enter()?;
        let outcome = self.keep();
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn rollback(&mut self) -> Result<()> {
        if self.state.end_unused()? {
            return Ok(());
        }
        let watch = self.watch(None)?;
        self.state.enter()?;
        let outcome = self.roll_back();
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        let watch = self.watch(None)?;
        self.state.enter()?;
        let outcome = self.ping_until(deadline);
        let outcome = self.leave(outcome);
        self.watched(watch, outcome)
    }

    fn is_usable(&self) -> bool {
        self.is_ready()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.state.reset = self.state.reset.max(Some(reset));
    }

    fn look(&mut self) -> bool {
        self.find_socket();
        self.is_ready() && !self.unread && self.socket.is_silent()
    }

    /// Nothing can be sent without waiting, so an open transaction is rolled back in the background.
    fn release(&mut self) -> Released {
        let is_open = self.unread || self.state.transaction.is_open() || self.state.reset.is_some();
        if is_open || !self.is_ready() {
            return Released::Dirty;
        }
        self.state.transaction.end();
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        in_background(move || recover::recover(self, recovered));
    }

    fn close(mut self: Box<Self>) {
        if self.is_ready() && !self.unread {
            // Dropping it sends COM_QUIT.
            drop(self.conn.take());
        }
    }

    fn terminate(self: Box<Self>) {
        drop(self);
    }
}
