//! The driver interface of a connection over mysql_async.

use std::time::Duration;

use aludel_core::dbapi::{
    Arrived, AsyncConnection, ExecutionOptions, IsolationLevel, Outcome, Released, RowSink,
    ServerInfo, ServerNotice, SessionReset, Statement, StatementHandle, TransactionOptions,
    execution_timed_out,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};
use tokio::runtime;
use tokio::time::timeout;

use crate::connection::MysqlConnection;
use crate::cursor::MysqlCursor;
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row};
use crate::recover;
use crate::session::{WARNINGS_SQL, keep_sql, warning};
use crate::statements::{Keep, check_count};

/// How long the end of a session in the protocol's way may take.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

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
        self.state.leave(ready)?;
        self.state.transaction.unknown();
        self.socket = None;
        Ok(&mut self.conn)
    }
}

impl AsyncConnection for MysqlConnection {
    type Cursor<'c> = MysqlCursor<'c>;

    fn server(&self) -> &ServerInfo {
        &self.state.session.info
    }

    async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        check_count(params)?;
        self.state.transaction.check()?;
        let sent = self.state.limited(statement, params.len(), options)?;
        self.enter()?;
        let outcome = self.run(statement, &sent, params, Keep::of(options), sink).await;
        self.leave(outcome).await
    }

    async fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.state.transaction.check()?;
        let sent = self.state.limited(statement, sets.first().map_or(0, Vec::len), options)?;
        self.enter()?;
        let outcome = self.run_many(statement, &sent, sets, Keep::of(options), sink).await;
        self.leave(outcome).await
    }

    async fn open_cursor(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<MysqlCursor<'_>> {
        check_count(params)?;
        self.state.transaction.check()?;
        self.state.streamed();
        MysqlCursor::open(self, statement, params, options).await
    }

    /// The first execution prepares it, within its time-out.
    async fn prepare(
        &mut self,
        statement: &Statement,
        _: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        self.state.check()?;
        Ok(self.state.statements.hold(statement))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.state.statements.is_held(handle)
    }

    async fn execute_prepared(
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
        self.enter()?;
        let outcome = self.run(&statement, &sent, params, Keep::Held(handle), sink).await;
        self.leave(outcome).await
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
    async fn commit(&mut self) -> Result<()> {
        if self.state.end_unused()? {
            return Ok(());
        }
        self.enter()?;
        let outcome = self.commit_used().await;
        self.leave(outcome).await
    }

    fn patience(&self, options: &ExecutionOptions) -> Option<Duration> {
        self.state.patience(options)
    }

    async fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        if !may_ask || self.unread.is_some() || self.conn.get_warnings() == 0 {
            return Ok(Vec::new());
        }
        self.enter()?;
        let budget = self.state.config.recovery_budget;
        let asked = timeout(budget, catch_panic(self.conn.query::<Row, _>(WARNINGS_SQL))).await;
        let outcome = asked.unwrap_or_else(|_| Err(Failure::Broken(execution_timed_out(budget))));
        let rows = self.leave(outcome).await?;
        Ok(rows.into_iter().filter_map(|row| warning(Row::unwrap(row))).collect())
    }

    async fn keep_settings(&mut self) -> Result<()> {
        if !self.state.transaction.altered {
            return Ok(());
        }
        self.enter()?;
        let outcome = async {
            self.drain_unread().await?;
            let sql = self.state.session.transactions_sql();
            let transactions = query_last_row(&mut self.conn, sql).await?;
            let answer = query_last_row(&mut self.conn, keep_sql()).await?;
            self.state.kept(transactions, answer)
        }
        .await;
        self.leave(outcome).await
    }

    async fn rollback(&mut self) -> Result<()> {
        if self.state.end_unused()? {
            return Ok(());
        }
        self.enter()?;
        let outcome = self.roll_back().await;
        self.leave(outcome).await
    }

    async fn ping(&mut self) -> Result<()> {
        self.enter()?;
        let outcome = self.ping_now().await;
        self.leave(outcome).await
    }

    fn interrupted(&mut self) {
        self.state.dirty = true;
    }

    fn runtime(&self) -> Option<runtime::Id> {
        Some(self.handle.id())
    }

    fn is_usable(&self) -> bool {
        self.is_ready()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.state.reset = self.state.reset.max(Some(reset));
    }

    /// While nothing is asked, a server sends nothing but its last words.
    fn look(&mut self) -> bool {
        let silent = self.socket.is_none_or(|socket| socket.peek(&mut [0]) == Arrived::Nothing);
        silent && self.is_ready() && self.unread.is_none()
    }

    /// Nothing can be sent without waiting, so an open transaction is rolled back in the background.
    fn release(&mut self) -> Released {
        let is_open =
            self.unread.is_some() || self.state.transaction.is_open() || self.state.reset.is_some();
        if is_open || !self.is_ready() {
            return Released::Dirty;
        }
        self.state.transaction.end();
        Released::Clean
    }

    fn recover(self, recovered: Box<dyn FnOnce(Option<Self>) + Send>) {
        recover::spawn(self, recovered);
    }

    async fn close(mut self) {
        let is_idle = self.is_ready() && self.unread.is_none();
        if let Some(conn) = is_idle.then(|| self.conn.take()).flatten() {
            // The session is over either way, so a failure has no consequence.
            let _ = timeout(DISCONNECT_TIMEOUT, conn.disconnect()).await;
        }
    }

    fn terminate(self) {
        drop(self);
    }
}
