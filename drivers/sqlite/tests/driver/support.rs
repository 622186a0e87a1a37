//! What the tests share: short ways to run a statement and to read what it returns.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use aludel_bridge::greenlet_spawn;
use aludel_core::dbapi::{
    Columns, Connection, Done, Driver, RawRow, RowSink, Statement, StatementKind,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::{Value, ValueRef};
use aludel_sqlite::SqliteDriver;

/// A query of a second or more that touches no table.
pub(crate) const LONG: &str = "with recursive n(i) as (select 1 union all select i + 1 from n \
                               where i < 20000000) select count(*) from n";

pub(crate) fn statement(sql: &str) -> Statement {
    Statement::new(sql, StatementKind::Raw).unwrap()
}

pub(crate) fn connect(driver: &SqliteDriver) -> Box<dyn Connection> {
    driver.connect(Instant::now() + Duration::from_secs(5)).unwrap()
}

/// A connection to a memory database of its own, after some statements.
pub(crate) fn memory(setup: &[&str]) -> Box<dyn Connection> {
    let mut connection = connect(&SqliteDriver::memory().unwrap());
    for sql in setup {
        connection.run(sql).unwrap();
    }
    connection
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
    fn run(&mut self, sql: &str) -> Result<Done>;
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Kept>;
    /// The one integer that a query returns.
    fn int(&mut self, sql: &str) -> i64;
    /// Whether SQLite is outside a transaction.
    fn autocommit(&mut self) -> bool;
}

impl Short for dyn Connection + '_ {
    fn run(&mut self, sql: &str) -> Result<Done> {
        self.execute(&statement(sql), &[], &mut Kept::default())
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Kept> {
        let mut kept = Kept::default();
        self.execute(&statement(sql), params, &mut kept)?;
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
        native(self).rusqlite().is_autocommit()
    }
}

pub(crate) fn native<'c>(
    connection: &'c mut (dyn Connection + '_),
) -> &'c mut aludel_sqlite::SqliteConnection {
    let connection: &mut dyn std::any::Any = connection;
    connection.downcast_mut().unwrap()
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

/// Where a greenlet finds its connection, and puts it back however it ends.
#[derive(Clone)]
pub(crate) struct Shelf(Rc<RefCell<Option<Box<dyn Connection>>>>);

impl Shelf {
    pub(crate) fn new(connection: Box<dyn Connection>) -> Self {
        Self(Rc::new(RefCell::new(Some(connection))))
    }

    pub(crate) fn take(&self) -> Box<dyn Connection> {
        self.0.borrow_mut().take().expect("the connection is lent")
    }

    pub(crate) fn put(&self, connection: Box<dyn Connection>) {
        assert!(self.0.borrow_mut().replace(connection).is_none(), "there is one already");
    }

    /// Runs with the connection, which is back afterwards, also after a panic.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut dyn Connection) -> T) -> T {
        struct Back<'s>(&'s Shelf, Option<Box<dyn Connection>>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.put(self.1.take().unwrap());
            }
        }
        let mut back = Back(self, Some(self.take()));
        f(&mut **back.1.as_mut().unwrap())
    }
}

/// What a single cell of a single row is.
pub(crate) fn cell<T>(
    connection: &mut dyn Connection,
    sql: &str,
    params: &[Value],
    read: impl Fn(ValueRef<'_>) -> T,
) -> Result<T> {
    struct One<T, F>(F, Option<T>);
    impl<T, F: Fn(ValueRef<'_>) -> T> RowSink for One<T, F> {
        fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
            Ok(())
        }
        fn row(&mut self, row: &dyn RawRow) -> Result<()> {
            self.1 = Some((self.0)(row.get(0)?));
            Ok(())
        }
    }
    let mut one = One(read, None);
    connection.execute(&statement(sql), params, &mut one)?;
    Ok(one.1.expect("a row"))
}

/// Polls once, as a task does that is not woken.
pub(crate) fn poll_once<F: Future>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

pub(crate) fn database(setup: &[&str]) -> (SqliteDriver, Shelf) {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    for sql in setup {
        connection.run(sql).unwrap();
    }
    (driver, Shelf::new(connection))
}

/// A greenlet that runs one statement and leaves its error behind, because nobody awaits it.
pub(crate) fn running(
    shelf: &Shelf,
    work: impl FnOnce(&mut dyn Connection) -> Result<()> + 'static,
) -> (impl Future<Output = Result<()>>, Rc<Cell<Option<ErrorKind>>>) {
    let ended = Rc::new(Cell::new(None));
    let (shelf, told) = (shelf.clone(), Rc::clone(&ended));
    let greenlet = greenlet_spawn(move || {
        let result = shelf.with(work);
        told.set(result.as_ref().err().map(Error::kind));
        result
    });
    (greenlet, ended)
}
