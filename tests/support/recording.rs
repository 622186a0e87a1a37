//! A driver that records what the core asks of another one.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use aludel::dbapi::{
    Alternative, Attempted, Connection, Cursor, Driver, ExecutionOptions, IsolationLevel,
    LateConnectionCallback, Outcome, RecoveryCallback, Released, RowSink, ServerInfo, ServerNotice,
    SessionReset, Statement, StatementHandle, TransactionOptions, Waits,
};
use aludel::dialect::Dialect;
use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::{Engine, EngineOptions, Result, Url, Value, mysql, postgres, sqlite};

use super::Database;

/// What the core has asked of a driver: the SQL of statements, and the names of other calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    list: Arc<Mutex<Vec<String>>>,
    hears: Arc<OnceLock<Hears>>,
}

/// Who is told of each call at its time.
struct Hears(Box<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Hears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hears").finish_non_exhaustive()
    }
}

impl Calls {
    fn list(&self) -> MutexGuard<'_, Vec<String>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells somebody of each call before it is made. Only the first who asks is told.
    pub(crate) fn hear(&self, hears: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.hears.set(Hears(Box::new(hears)));
    }

    /// The calls since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.list())
    }
}

/// A driver, and what it is asked.
#[derive(Debug)]
pub(crate) struct Recording {
    driver: Arc<dyn Driver>,
    calls: Calls,
}

impl Recording {
    pub(crate) fn new(driver: Arc<dyn Driver>) -> Self {
        Self { driver, calls: Calls::default() }
    }

    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }
}

impl Driver for Recording {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn Connection>> {
        Ok(record(self.driver.connect(deadline)?, self.calls()))
    }

    fn url(&self) -> Option<&Url> {
        self.driver.url()
    }

    fn with_url(&self, url: &Url) -> Result<Arc<dyn Driver>> {
        Ok(Arc::new(Self { driver: self.driver.with_url(url)?, calls: self.calls() }))
    }

    fn connect_unless(
        &self,
        deadline: Instant,
        alternative: Alternative<'_>,
        late: LateConnectionCallback,
    ) -> Result<Attempted> {
        let calls = self.calls();
        let late: LateConnectionCallback =
            Box::new(move |made| late(made.map(|made| record(made, calls))));
        Ok(match self.driver.connect_unless(deadline, alternative, late)? {
            Attempted::Connected(made) => Attempted::Connected(record(made, self.calls())),
            other => other,
        })
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
        if let Some(Hears(hears)) = self.calls.hears.get() {
            hears(call);
        }
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
        self.note(&format!("{} x {}", statement.sql(), sets.len()));
        self.connection.execute_many(statement, sets, options, sink)
    }

    fn open_cursor<'c>(
        &'c mut self,
        statement: &Statement,
        params: &[Value],
        options: &ExecutionOptions,
    ) -> Result<Box<dyn Cursor + 'c>> {
        self.note(&format!("CURSOR {}", statement.sql()));
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

    fn keep_settings(&mut self, deadline: Instant) -> Result<()> {
        self.connection.keep_settings(deadline)
    }

    fn hear_notices(&mut self) {
        self.connection.hear_notices();
    }

    fn take_notices(&mut self, may_ask: bool) -> Result<Vec<ServerNotice>> {
        self.connection.take_notices(may_ask)
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

    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.connection.set_deadline(deadline);
    }

    fn runtime(&self) -> Option<tokio::runtime::Id> {
        self.connection.runtime()
    }

    fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    fn require_reset(&mut self, reset: SessionReset) {
        self.connection.require_reset(reset);
    }

    fn look(&mut self) -> bool {
        self.connection.look()
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

/// An engine over the usual driver of a database, which records what it asks of that driver. `blocks`
/// says whether it waits on threads, and not in greenlets.
pub(crate) fn recorded(
    database: Database,
    url: &str,
    blocks: bool,
    options: EngineOptions,
) -> Result<(Engine, Calls)> {
    let waits = if blocks { Waits::OnThreads } else { Waits::InGreenlets };
    let parsed: Url = url.parse()?;
    let driver: Arc<dyn Driver> = match database {
        Database::Sqlite => Arc::new(sqlite::SqliteDriver::from_url(&parsed)?),
        Database::SqliteThread => sqlite::ThreadDriver::from_url(&parsed)?.adapted(waits),
        Database::Postgres => postgres::PostgresDriver::from_url(&parsed)?.adapted(waits),
        Database::PostgresBlocking => Arc::new(postgres::BlockingDriver::from_url(&parsed)?),
        Database::MySql => mysql::MysqlDriver::from_url(&parsed)?.adapted(waits),
        Database::MySqlBlocking => Arc::new(mysql::BlockingDriver::from_url(&parsed)?),
    };
    let dialect: Arc<dyn Dialect> = match database.server() {
        Database::Postgres => Arc::new(PostgreSql::new()),
        Database::MySql => Arc::new(MySql::new()),
        _ => Arc::new(Sqlite::new()),
    };
    let driver = Recording::new(driver);
    let calls = driver.calls();
    Ok((Engine::new(url, dialect, Arc::new(driver), options)?, calls))
}
