//! The driver interface of a session.

use std::sync::Arc;
use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, DirectSocket, ExecutionOptions, IsolationLevel, Outcome, Released, RowSink,
    ServerInfo, ServerNotice, SessionReset, Statement, StatementHandle, TransactionOptions,
};
use aludel_core::error::Result;
use aludel_core::value::Value;
use tokio::runtime;

use crate::connection::{CLOSE_TIMEOUT, PostgresConnection};
use crate::cursor::PostgresCursor;
use crate::exchange::check_count;
use crate::execute::Target;
use crate::recover;
use crate::session::Keep;

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
        self.session.limit.enter(statement, options);
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
        self.session.limit.enter(statement, options);
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

    /// Keeps the text: what it is prepared for depends on the kinds of its values. The first
    /// execution prepares it, within its time-out.
    async fn prepare(
        &mut self,
        statement: &Statement,
        _: &ExecutionOptions,
    ) -> Result<StatementHandle> {
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
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Outcome>> {
        self.session.enter_held(handle, options);
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

    fn patience(&self, options: &ExecutionOptions) -> Option<Duration> {
        self.session.limit.patience(options, self.session.place())
    }

    fn cursor_patience(
        &self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Option<Duration> {
        // Rows that are read as they come are no concern of the server's.
        if self.session.declares(statement) { self.patience(options) } else { options.timeout }
    }

    fn hear_notices(&mut self) {
        self.task.notices().hear(!self.pending_replies.is_empty());
    }

    async fn take_notices(&mut self, _: bool) -> Result<Vec<ServerNotice>> {
        Ok(self.task.notices().take())
    }

    async fn commit(&mut self) -> Result<()> {
        self.session.limit.enter_nothing();
        // A transaction of the program's own making is committed as well.
        if !self.session.may_be_open() {
            self.check()?;
            self.session.leave_transaction();
            return Ok(());
        }
        self.enter()?;
        let outcome = self.commit_open().await;
        self.leave(outcome).await
    }

    async fn rollback(&mut self) -> Result<()> {
        self.session.limit.enter_nothing();
        if !self.session.may_be_open() {
            self.check()?;
            self.session.leave_transaction();
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

    fn runtime(&self) -> Option<runtime::Id> {
        Some(self.handle.id())
    }

    fn is_usable(&self) -> bool {
        !self.session.dirty && self.is_alive()
    }

    fn direct_socket(&self) -> Option<Arc<DirectSocket>> {
        Some(Arc::clone(&self.direct))
    }

    fn look(&mut self) -> bool {
        self.look_at_socket()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.session.reset = self.session.reset.max(Some(reset));
    }

    fn release(&mut self) -> Released {
        drop(self.task.notices().take());
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
