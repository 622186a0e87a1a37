//! What the tests share: short ways to run a statement and to read what it returns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Columns, Connection, ExecutionOptions, Outcome, RawRow, Released, RowSink, Statement,
    StatementKind,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};
use aludel_sqlite::SqliteDriver;

pub(crate) fn statement(sql: &str) -> Statement {
    Statement::new(sql, StatementKind::Text).unwrap()
}

pub(crate) fn connect(driver: &SqliteDriver) -> Box<dyn Connection> {
    crate::kind::door(driver).connect(Instant::now() + Duration::from_secs(5)).unwrap()
}

/// A connection to a memory database of its own, after some statements.
pub(crate) fn memory(setup: &[&str]) -> Box<dyn Connection> {
    let mut connection = connect(&SqliteDriver::memory().unwrap());
    for sql in setup {
        connection.run(sql).unwrap();
    }
    connection
}

pub(crate) fn recovered(connection: Box<dyn Connection>) -> Option<Box<dyn Connection>> {
    let (send, receive) = mpsc::channel();
    connection.recover(Box::new(move |connection| send.send(connection).unwrap()));
    receive.recv_timeout(Duration::from_secs(5)).expect("home is called once")
}

/// The connection after a panic of its sink. On a thread of its own it must be recovered.
pub(crate) fn after_panic(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    if connection.is_usable() {
        return connection;
    }
    assert_eq!(connection.release(), Released::Dirty);
    recovered(connection).expect("a clean connection")
}

/// Keeps everything.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) columns: Option<Arc<Columns>>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// Fail when so many rows were kept.
    pub(crate) fail_at: Option<usize>,
}

impl Kept {
    pub(crate) fn names(&self) -> Vec<&str> {
        self.columns.iter().flat_map(|columns| columns.names()).collect()
    }
}

impl RowSink for Kept {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        assert!(self.columns.replace(Arc::clone(columns)).is_none(), "columns came twice");
        assert!(self.rows.is_empty(), "columns came after a row");
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        if self.fail_at == Some(self.rows.len()) {
            return Err(Error::new(ErrorKind::Decode, "the sink has enough"));
        }
        let cells = (0..row.len()).map(|index| row.get(index)?.to_value());
        self.rows.push(cells.collect::<Result<_>>()?);
        Ok(())
    }
}

/// Short ways.
pub(crate) trait Short {
    fn run(&mut self, sql: &str) -> Result<Outcome>;
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Kept>;
    /// The one integer that a query returns.
    fn int(&mut self, sql: &str) -> i64;
    /// Whether SQLite is outside a transaction.
    fn autocommit(&mut self) -> bool;
}

impl Short for dyn Connection + '_ {
    fn run(&mut self, sql: &str) -> Result<Outcome> {
        self.execute(&statement(sql), &[], &ExecutionOptions::DEFAULT, &mut Kept::default())
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Kept> {
        let mut kept = Kept::default();
        self.execute(&statement(sql), params, &ExecutionOptions::DEFAULT, &mut kept)?;
        Ok(kept)
    }

    fn int(&mut self, sql: &str) -> i64 {
        match self.query(sql, &[]).unwrap().rows[..] {
            [ref row] => match row[..] {
                [Value::Int(value)] => value,
                ref other => panic!("no integer: {other:?}"),
            },
            ref other => panic!("{} rows", other.len()),
        }
    }

    fn autocommit(&mut self) -> bool {
        crate::kind::with_rusqlite(self, |raw| raw.is_autocommit())
    }
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("aludel-sqlite-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a single cell of a single row is.
pub(crate) fn cell<T: Send>(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
    read: impl Fn(ValueRef<'_>) -> T + Send,
) -> Result<T> {
    struct One<T, F>(F, Option<T>);
    impl<T: Send, F: Fn(ValueRef<'_>) -> T + Send> RowSink for One<T, F> {
        fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
            Ok(())
        }
        fn row(&mut self, row: &dyn RawRow) -> Result<()> {
            self.1 = Some((self.0)(row.get(0)?));
            Ok(())
        }
    }
    let mut one = One(read, None);
    connection.execute(&statement(sql), params, &ExecutionOptions::DEFAULT, &mut one)?;
    Ok(one.1.expect("a row"))
}
