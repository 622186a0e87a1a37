//! The kind of connections that these tests run on: on the calling thread.

use std::any::Any;

use aludel_core::dbapi::{Connection, Driver};
use aludel_sqlite::{SqliteConnection, SqliteDriver, rusqlite};

pub(crate) fn driver(driver: &SqliteDriver) -> Box<dyn Driver> {
    Box::new(driver.clone())
}

pub(crate) fn native<'c>(connection: &'c mut (dyn Connection + '_)) -> &'c mut SqliteConnection {
    let connection: &mut dyn Any = connection;
    connection.downcast_mut().unwrap()
}

pub(crate) fn with_rusqlite<T>(
    connection: &mut (dyn Connection + '_),
    f: impl FnOnce(&mut rusqlite::Connection) -> T,
) -> T {
    f(native(connection).rusqlite())
}

/// Waits until a job without an answer is done. Here it is done at once.
pub(crate) fn settle(_: &mut (dyn Connection + '_)) {}
