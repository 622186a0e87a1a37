//! A driver without a database, which answers at once: what is left of an execution is the core's own.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use aludel::dbapi::{
    self, Cursor, Driver, ExecutionOptions, IsolationLevel, Outcome, PreparedStatements,
    RecoveryCallback, Released, RowSink, ServerInfo, Statement, StatementHandle,
    TransactionOptions,
};
use aludel::dialect::Dialect;
use aludel::{Engine, EngineOptions, Error, ErrorKind, Result, Value};

/// A driver without a database: no statement has rows.
#[derive(Debug)]
struct Idle(ServerInfo, PreparedStatements<()>);

impl Driver for Idle {
    fn name(&self) -> &'static str {
        "idle"
    }

    fn connect(&self, _: Instant) -> Result<Box<dyn dbapi::Connection>> {
        Ok(Box::new(Self(self.0.clone(), PreparedStatements::new())))
    }
}

fn none<T>() -> Result<T> {
    Err(Error::new(ErrorKind::NotSupported, "there is no database"))
}

impl dbapi::Connection for Idle {
    fn server(&self) -> &ServerInfo {
        &self.0
    }

    fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        black_box((statement, params));
        Ok(Outcome::default())
    }

    fn execute_many(
        &mut self,
        _: &Statement,
        _: &[Vec<Value>],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        none()
    }

    fn open_cursor<'c>(
        &'c mut self,
        _: &Statement,
        _: &[Value],
        _: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        none()
    }

    fn prepare(&mut self, _: &Statement, _: &ExecutionOptions) -> Result<StatementHandle> {
        Ok(self.1.insert(()))
    }

    fn is_prepared(&self, handle: StatementHandle) -> bool {
        self.1.get(handle).is_some()
    }

    fn execute_prepared(
        &mut self,
        _: StatementHandle,
        params: &[Value],
        _: &ExecutionOptions,
        _: &mut dyn RowSink,
    ) -> Result<Outcome> {
        black_box(params);
        Ok(Outcome::default())
    }

    fn close_prepared(&mut self, handle: StatementHandle) {
        self.1.remove(handle);
    }

    fn begin(&mut self, _: &TransactionOptions) -> Result<()> {
        Ok(())
    }

    fn set_isolation_level(&mut self, _: Option<IsolationLevel>) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        Ok(())
    }

    fn ping(&mut self, _: Instant) -> Result<()> {
        Ok(())
    }

    fn is_usable(&self) -> bool {
        true
    }

    fn release(&mut self) -> Released {
        Released::Clean
    }

    fn recover(self: Box<Self>, recovered: RecoveryCallback) {
        recovered(Some(self));
    }

    fn close(self: Box<Self>) {}

    fn terminate(self: Box<Self>) {}
}

/// An engine that writes SQL for this server.
pub(crate) fn engine(server: ServerInfo, dialect: Arc<dyn Dialect>) -> Result<Engine> {
    let driver = Idle(server, PreparedStatements::new());
    Engine::new("idle://", dialect, Arc::new(driver), EngineOptions::new())
}
