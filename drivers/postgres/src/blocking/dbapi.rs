//! The driver interface of a session that blocks.

use std::time::Instant;

use aludel_core::dbapi::{
    Connection, Cursor, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback, Released,
    RowSink, ServerInfo, ServerNotice, SessionReset, Statement, StatementHandle,
    TransactionOptions, refuse_in_async, run_with_timeout,
};
use aludel_core::error::Result;
use aludel_core::value::Value;

use super::connection::{BlockingConnection, NAME};
use super::{cursor, recover};
use crate::connection::CLOSE_TIMEOUT;
use crate::exchange::check_count;
use crate::session::Keep;

impl Connection for BlockingConnection {
    fn server(&self) -> &ServerInfo {
        &self.session.server
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        check_count(params)?;
        self.session.limit.enter(statement, options);
        self.exchange_within(options.timeout, |this| {
            this.run(statement, params, Keep::of(options), sink)
        })
    }

    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        sets.iter().try_for_each(|set| check_count(set))?;
        self.session.limit.enter(statement, options);
        if sets.len() > 1 {
            self.session.limit.enter_in_part();
        }
        self.exchange_within(options.timeout, |this| {
            this.run_many(statement, sets, Keep::of(options), sink)
        })
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        check_count(params)?;
        Ok(Box::new(cursor::open(self, statement, params, options)?))
    }

    /// Keeps the text: what it is prepared for depends on the kinds of its values. The first
    /// execution prepares it, within its time-out.
    fn prepare(&mut self, statement: &Statement, _: &ExecutionOptions) -> Result<StatementHandle> {
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
    ) -> Result<Outcome> {
        let statement = self.session.held_statement(handle)?;
        check_count(params)?;
        self.session.limit.enter(&statement, options);
        self.exchange_within(options.timeout, |this| {
            this.run(&statement, params, Keep::Held(handle), sink)
        })
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.session.release_held(handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.check()?;
        self.session.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.session.check()?;
        self.session.set_isolation_level(level)
    }

    fn commit(&mut self) -> Result<()> {
        self.session.limit.enter_nothing();
        // A transaction of the program's own making is committed as well.
        if !self.session.may_be_open() {
            self.check()?;
            self.session.leave_transaction();
            return Ok(());
        }
        self.session.committing = true;
        let committed = self.exchange(Self::commit_open);
        // A connection that did not hear of the outcome stays as it is, so that its drop cancels nothing.
        self.session.committing = self.session.dirty;
        committed
    }

    fn hear_notices(&mut self) {
        self.ending.notices.hear(false);
    }

    fn take_notices(&mut self, _: bool) -> Result<Vec<ServerNotice>> {
        Ok(self.ending.notices.take())
    }

    fn rollback(&mut self) -> Result<()> {
        self.session.limit.enter_nothing();
        if !self.session.may_be_open() {
            self.check()?;
            self.session.leave_transaction();
            return Ok(());
        }
        self.exchange(Self::roll_back)
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        self.exchange(|this| this.sign_of_life(deadline))
    }

    fn is_usable(&self) -> bool {
        !self.session.dirty && self.is_alive()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.session.reset = self.session.reset.max(Some(reset));
    }

    fn look(&mut self) -> bool {
        self.look_at_socket()
    }

    /// A transaction that is open is one for the background, since a ROLLBACK cannot be sent
    /// without waiting.
    fn release(&mut self) -> Released {
        drop(self.ending.notices.take());
        let waits = self.session.may_be_open() || self.session.reset.is_some();
        if !self.is_usable() || waits {
            return Released::Dirty;
        }
        self.session.leave_transaction();
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        recover::spawn(self, recovered);
    }

    fn close(mut self: Box<Self>) {
        // Otherwise it is dropped in the background, without waiting.
        if !self.session.dirty && refuse_in_async(NAME).is_ok() {
            let client = self.client.take();
            if !matches!(run_with_timeout(CLOSE_TIMEOUT, move || drop(client)), Ok(Some(()))) {
                self.cut.now();
            }
        }
    }

    fn terminate(self: Box<Self>) {
        drop(self);
    }
}
