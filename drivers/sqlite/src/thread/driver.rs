//! The driver: starts a thread for each connection.

use std::sync::Arc;
use std::thread;

use aludel_bridge as bridge;
use aludel_core::Url;
use aludel_core::dbapi::{AdaptedDriver, AsyncDriver, Driver, Waits};
use aludel_core::error::{Error, ErrorKind, Result};
use futures::channel::oneshot;

use super::connection::{ThreadConnection, gone};
use super::worker::Worker;
use crate::driver::SqliteDriver;

/// Opens connections to one SQLite database, each on a thread of its own.
///
/// It stands behind the URL `sqlite+thread://`, in all else the same as `sqlite://`. A statement
/// costs a hop to the thread and back, some microseconds; in return nothing of the database, neither
/// a commit that waits for the disk nor a long query, holds up the thread that awaits it.
///
/// ```
/// use aludel_core::dbapi::{
///     AsyncConnection, AsyncDriver, ExecutionOptions, NoRows, Statement, StatementKind,
/// };
/// use aludel_sqlite::{SqliteDriver, ThreadDriver};
///
/// # futures::executor::block_on(async {
/// let driver = ThreadDriver::new(SqliteDriver::memory()?);
/// let mut connection = driver.connect().await?;
/// let create = Statement::new("create table t (a integer)", StatementKind::Ddl)?;
/// connection.execute(&create, &[], &ExecutionOptions::DEFAULT, &mut NoRows).await?;
/// # Ok::<(), aludel_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ThreadDriver(SqliteDriver);

impl ThreadDriver {
    /// A driver for the database of another one.
    #[must_use]
    pub fn new(database: SqliteDriver) -> Self {
        Self(database)
    }

    /// What a URL says, as [`SqliteDriver::from_url`].
    ///
    /// # Errors
    ///
    /// As [`SqliteDriver::from_url`].
    pub fn from_url(url: &Url) -> Result<Self> {
        SqliteDriver::from_url(url).map(Self)
    }

    /// This driver for an engine, whose connections wait as it says.
    #[must_use]
    pub fn adapted(self, waits: Waits) -> Arc<dyn Driver> {
        Arc::new(AdaptedDriver::new(self, waits))
    }
}

impl AsyncDriver for ThreadDriver {
    type Connection = ThreadConnection;

    fn name(&self) -> &'static str {
        "thread"
    }

    fn url(&self) -> Option<&Url> {
        self.0.url.as_ref()
    }

    fn readers(&self) -> Option<Self> {
        self.0.of_readers().map(Self)
    }

    async fn connect(&self) -> Result<ThreadConnection> {
        let (sender, opened) = oneshot::channel();
        let database = self.0.clone();
        thread::Builder::new()
            .name("aludel-sqlite".to_owned())
            .spawn(move || {
                let opened = database.open();
                // A memory database lives by its connections and its driver, not by its workers.
                drop(database);
                match opened {
                    Ok(connection) => {
                        let (worker, connection) = Worker::new(connection);
                        // If the future was dropped, the worker finds that it has no work.
                        bridge::sync::waking(|| drop(sender.send(Ok(connection))));
                        worker.run();
                    }
                    Err(error) => bridge::sync::waking(|| drop(sender.send(Err(error)))),
                }
            })
            .map_err(|error| {
                let message = format!("no thread for the SQLite connection: {error}");
                Error::new(ErrorKind::Operational, message).with_source(error)
            })?;
        opened.await.unwrap_or_else(|_| Err(gone()))
    }
}
