//! Greenlets that work with a connection, which is found again however they end.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use aludel_bridge::greenlet_spawn;
use aludel_core::dbapi::Connection;
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_sqlite::SqliteDriver;

use crate::support::{Short, connect};

/// A query of a second or more that touches no table.
pub(crate) const LONG: &str = "with recursive n(i) as (select 1 union all select i + 1 from n \
                               where i < 20000000) select count(*) from n";

/// Where a greenlet finds its connection, and puts it back however it ends.
#[derive(Clone)]
pub(crate) struct Shelf(Rc<RefCell<Option<Box<dyn Connection>>>>);

impl Shelf {
    pub(crate) fn new(connection: Box<dyn Connection>) -> Self {
        Self(Rc::new(RefCell::new(Some(connection))))
    }

    pub(crate) fn take(&self) -> Box<dyn Connection> {
        self.0.borrow_mut().take().expect("the connection is in use")
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

/// A greenlet that runs one statement and leaves its error behind, because it is not awaited.
pub(crate) fn running(
    shelf: &Shelf,
    work: impl FnOnce(&mut dyn Connection) -> Result<()> + 'static,
) -> (impl Future<Output = Result<()>>, Rc<Cell<Option<ErrorKind>>>) {
    let ended = Rc::new(Cell::new(None));
    let (shelf, kind) = (shelf.clone(), Rc::clone(&ended));
    let greenlet = greenlet_spawn(move || {
        let result = shelf.with(work);
        kind.set(result.as_ref().err().map(Error::kind));
        result
    });
    (greenlet, ended)
}
