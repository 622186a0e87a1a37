//! What the tests share: short ways to run a statement and to read what it returns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    Columns, Connection, ExecutionOptions, Outcome, RawRow, Released, RowSink,
};
use aludel_core::error::Result;
use aludel_core::value::{Value, ValueRef};
use aludel_sqlite::SqliteDriver;
use aludel_testing::blocking::recover;
use aludel_testing::{Values, raw};

pub(crate) fn connect(driver: &SqliteDriver) -> Box<dyn Connection> {
    crate::kind::driver(driver).connect(Instant::now() + Duration::from_secs(5)).unwrap()
}

/// A connection to a memory database of its own, after some statements.
pub(crate) fn memory(setup: &[&str]) -> Box<dyn Connection> {
    let mut connection = connect(&SqliteDriver::memory().unwrap());
    for sql in setup {
        connection.run(sql).unwrap();
    }
    connection
}

/// The connection after a panic of its sink. On a thread of its own it must be recovered.
pub(crate) fn after_panic(mut connection: Box<dyn Connection>) -> Box<dyn Connection> {
    if connection.is_usable() {
        return connection;
    }
    assert_eq!(connection.release(), Released::Dirty);
    recover(connection).expect("a clean connection")
}

/// Short ways.
pub(crate) trait Short {
    fn run(&mut self, sql: &str) -> Result<Outcome>;
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Values>;
    /// The one integer that a query returns.
    fn int(&mut self, sql: &str) -> i64;
    /// Whether SQLite is outside a transaction.
    fn autocommit(&mut self) -> bool;
}

impl Short for dyn Connection + '_ {
    fn run(&mut self, sql: &str) -> Result<Outcome> {
        self.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut Values::default())
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Values> {
        let mut kept = Values::default();
        self.execute(&raw(sql), params, &ExecutionOptions::DEFAULT, &mut kept)?;
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
    connection.execute(&raw(sql), params, &ExecutionOptions::DEFAULT, &mut one)?;
    Ok(one.1.expect("a row"))
}
