//! What a rollback costs the driver: however many savepoints are open, one call ends them all.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use aludel::dbapi::{
    self, Cursor, Driver, ExecutionOptions, IsolationLevel, Outcome, RecoveryCallback, Released,
    RowSink, ServerInfo, Statement, StatementHandle, TransactionOptions,
};
use aludel::dialect::sqlite::Sqlite;
use aludel::sqlite::SqliteDriver;
use aludel::{Connection, Engine, EngineOptions, Result, Value, text};

/// What the core has asked of the driver.
type Calls = Arc<Mutex<Vec<String>>>;

/// SQLite, with a record of what it was asked.
#[derive(Debug)]
struct Recording {
    driver: SqliteDriver,
    calls: Calls,
}

impl Driver for Recording {
    fn name(&self) -> &'static str {
        "recording"
    }

    fn connect(&self, deadline: Instant) -> Result<Box<dyn dbapi::Connection>> {
        let connection = self.driver.connect(deadline)?;
        Ok(Box::new(Recorded { connection, calls: Arc::clone(&self.calls) }))
    }
}

#[derive(Debug)]
struct Recorded {
    connection: Box<dyn dbapi::Connection>,
    calls: Calls,
}

impl Recorded {
    fn note(&self, call: &str) {
        self.calls.lock().unwrap().push(call.to_owned());
    }
}

impl dbapi::Connection for Recorded {
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

    fn prepare(&mut self, statement: &Statement) -> Result<StatementHandle> {
        self.note("PREPARE");
        self.connection.prepare(statement)
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
        self.connection.recover(recovered);
    }

    fn close(self: Box<Self>) {
        self.connection.close();
    }

    fn terminate(self: Box<Self>) {
        self.connection.terminate();
    }
}

/// Runs a body on a connection with a table, and tells what the driver was asked since.
fn asked(body: impl FnOnce(Connection) -> Result<()>) -> Vec<String> {
    let calls = Calls::default();
    let driver = SqliteDriver::memory().expect("a driver");
    let driver = Arc::new(Recording { driver, calls: Arc::clone(&calls) });
    let options = EngineOptions::new().pool_size(1).max_overflow(0);
    let engine = Engine::new("recording://", &Sqlite, driver, options).expect("an engine");
    let table = engine.begin(|conn| conn.execute(text("create table t (a integer)")).map(drop));
    table.expect("a table");
    calls.lock().unwrap().clear();
    body(engine.connect().expect("a connection")).expect("the body");
    let calls = std::mem::take(&mut *calls.lock().unwrap());
    let mut conn = engine.connect().expect("the connection is back");
    let rows: Option<i64> = conn.scalar(text("select count(*) from t")).expect("a count");
    assert_eq!(rows, Some(0), "nothing was kept");
    calls
}

fn add(conn: &mut Connection) -> Result<()> {
    conn.execute(text("insert into t values (1)")).map(drop)
}

const TWO_OPEN: [&str; 4] =
    ["BEGIN", "SAVEPOINT aludel_2", "SAVEPOINT aludel_3", "insert into t values (1)"];

// conforms: D2.10, D2.14
#[test]
fn one_rollback_ends_every_savepoint() {
    let calls = asked(|mut conn| {
        let mut outer = conn.begin_nested()?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner)?;
        Connection::rollback(&mut inner)?;
        // Both are over, and to roll them back once more asks for nothing.
        inner.rollback()?;
        outer.rollback()?;
        assert!(!conn.in_transaction() && !conn.in_nested_transaction());
        conn.rollback()?;
        conn.close()
    });
    assert_eq!(calls[..4], TWO_OPEN);
    assert_eq!(calls[4..], ["ROLLBACK"]);
}

// conforms: D2.17
#[test]
fn closing_with_open_savepoints_is_one_rollback() {
    // A guard that is forgotten leaves its savepoint open, one that is dropped owes its rollback.
    for forget in [true, false] {
        let calls = asked(|mut conn| {
            let mut outer = conn.begin_nested()?;
            let mut inner = outer.begin_nested()?;
            add(&mut inner)?;
            if forget {
                std::mem::forget(inner);
                std::mem::forget(outer);
                assert!(conn.in_nested_transaction());
            } else {
                drop(inner);
                drop(outer);
            }
            assert!(conn.in_transaction());
            conn.close()
        });
        assert_eq!(calls[..4], TWO_OPEN);
        assert_eq!(calls[4..], ["ROLLBACK"], "forgotten: {forget}");
    }
}

// The driver rolls back by itself, without being asked to wait for it.
// conforms: B70
#[test]
fn dropping_with_open_savepoints_asks_for_nothing() {
    let calls = asked(|mut conn| {
        let mut outer = conn.begin_nested()?;
        let mut inner = outer.begin_nested()?;
        add(&mut inner)?;
        std::mem::forget(inner);
        std::mem::forget(outer);
        drop(conn);
        Ok(())
    });
    assert_eq!(calls, TWO_OPEN);
}
