//! The kind of connections that these tests run on: each on a thread of its own.

use std::any::Any;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{AdaptedConnection, AdaptedDriver, Connection, Driver, Waits};
use aludel_sqlite::{SqliteDriver, ThreadConnection, ThreadDriver, rusqlite};

pub(crate) fn driver(driver: &SqliteDriver) -> Box<dyn Driver> {
    Box::new(AdaptedDriver::new(ThreadDriver::new(driver.clone()), Waits::OnThreads))
}

pub(crate) fn with_rusqlite<T: Send + 'static>(
    connection: &mut (dyn Connection + '_),
    f: impl FnOnce(&mut rusqlite::Connection) -> T + Send + 'static,
) -> T {
    let connection: &mut dyn Any = connection;
    let connection: &mut AdaptedConnection<ThreadConnection> = connection.downcast_mut().unwrap();
    let call = async |connection: &mut ThreadConnection| {
        connection.call(move |connection| f(connection.rusqlite())).await
    };
    connection.run_async(call).unwrap()
}

/// Waits until a job without an answer is done.
pub(crate) fn settle(connection: &mut (dyn Connection + '_)) {
    connection.ping(Instant::now() + Duration::from_secs(5)).unwrap();
}
