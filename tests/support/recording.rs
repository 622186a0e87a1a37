//! A driver that records what the core asks of another one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use aludel::dbapi::{
    Connection, Cursor, Driver, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback,
    Released, RowSink, ServerInfo, Statement, StatementHandle, TransactionOptions,
};
use aludel::{Result, Value};

/// What the core has asked of a driver: the SQL of statements, and the names of other calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn list(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.list())
    }
}

/// A driver, and what it is asked.
#[derive(Debug)]
pub(crate) struct Recording<D> {
    driver: D,
    calls: Calls,
}

impl<D: Driver> Recording<D> {
    pub(crate) fn new(driver: D) -> Self {
        Self { driver, calls: Calls::default() }
    }

    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }
}

impl<D: Driver> Driver for Recording<D> {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        Ok(record(self.driver.connect(deadline)?, self.calls()))
    }

    fn blocks_on_network(&self) -> bool {
        self.driver.blocks_on_network()
    }
}

fn record(connection: Box<dyn Connection>, calls: Calls) -> Box<dyn Connection> {
    Box::new(RecordedConnection { connection, calls })
}

#[derive(Debug)]
struct RecordedConnection {
    connection: Box<dyn Connection>,
    calls: Calls,
}

impl RecordedConnection {
    fn note(&self, call: &str) {
        self.calls.list().push(call.to_owned());
    }
}

impl Connection for RecordedConnection {
    fn server(&self) -> &ServerInfo {
        self.connection.server()
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.note(statement.sql());
        self.connection.execute(statement, params, options, sink)
    }

    fn execute_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.note(statement.sql());
        self.connection.execute_many(statement, sets, options, sink)
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        self.note(statement.sql());
        self.connection.open_cursor(statement, params, options)
    }

    fn prepare(
        &mut self,
        statement: &Statement,
        options: &ExecutionOptions,
    ) -> Result<StatementHandle> {
        self.note("PREPARE");
        self.connection.prepare(statement, options)
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.connection.is_prepared(handle)
    }

    fn execute_prepared(
        &mut self,
        handle: StatementHandle,
        params: &[Value],
        options: &ExecutionOptions,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.note("EXECUTE");
        self.connection.execute_prepared(handle, params, options, sink)
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.note("DEALLOCATE");
        self.connection.close_prepared(handle);
    }

    fn begin(&mut self, options: &TransactionOptions) -> Result<()> {
        self.note("BEGIN");
        self.connection.begin(options)
    }

    fn set_isolation_level(&mut self, level: Option<IsolationLevel>) -> Result<()> {
        self.note(&format!("SET {level:?}"));
        self.connection.set_isolation_level(level)
    }

    fn commit(&mut self) -> Result<()> {
        self.note("COMMIT");
        self.connection.commit()
    }

    fn rollback(&mut self) -> Result<()> {
        self.note("ROLLBACK");
        self.connection.rollback()
    }

    fn ping(&mut self, deadline: Instant) -> Result<()> {
        self.connection.ping(deadline)
    }

    fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    fn release(&mut self) -> Released {
        self.connection.release()
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        let calls = self.calls;
        self.connection.recover(Box::new(move |connection| {
            recovered(connection.map(|connection| record(connection, calls)));
        }));
    }

    fn close(self: Box<Self>) {
        self.connection.close();
    }

    fn terminate(self: Box<Self>) {
        self.connection.terminate();
    }
}
