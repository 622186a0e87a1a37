//! Isolation level and execution options of a connection.

use aludel_core::dbapi::{ExecutionOptions, IsolationLevel};
use aludel_core::{Connection, Result};

use crate::connection::AsyncConnection;
use crate::strategy::Strategy;

impl<S: Strategy> AsyncConnection<S> {
    /// As [`Connection::set_isolation_level`](aludel_core::Connection::set_isolation_level). If its
    /// future is dropped, the connection has the level of before.
    ///
    /// # Errors
    ///
    /// As [`Connection::set_isolation_level`](aludel_core::Connection::set_isolation_level).
    ///
    /// # Examples
    ///
    /// ```
    /// use aludel::dbapi::IsolationLevel;
    /// use aludel::{create_async_engine, text};
    ///
    /// # futures::executor::block_on(async {
    /// let engine = create_async_engine("sqlite://")?;
    /// let mut conn = engine.connect().await?;
    /// conn.set_isolation_level(IsolationLevel::Autocommit).await?;
    /// conn.execute(text("vacuum")).await?;
    /// # Ok::<(), aludel::Error>(())
    /// # })?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub async fn set_isolation_level(
        &mut self,
        level: impl Into<Option<IsolationLevel>>,
    ) -> Result<()> {
        let level = level.into();
        self.owner().call(move |connection| connection.set_isolation_level(level)).await?
    }

    /// As [`Connection::isolation_level`](aludel_core::Connection::isolation_level).
    ///
    /// # Errors
    ///
    /// An earlier, dropped call does not give the connection back.
    pub async fn isolation_level(&self) -> Result<Option<IsolationLevel>> {
        self.owner().use_here(|connection| connection.isolation_level()).await
    }

    /// As [`Connection::set_execution_options`](aludel_core::Connection::set_execution_options).
    ///
    /// # Errors
    ///
    /// An earlier, dropped call does not give the connection back.
    pub async fn set_execution_options(&mut self, options: ExecutionOptions) -> Result<&mut Self> {
        let set = move |connection: &mut Connection| {
            connection.set_execution_options(options);
        };
        self.owner().use_here(set).await?;
        Ok(self)
    }

    /// As [`Connection::execution_options`](aludel_core::Connection::execution_options).
    ///
    /// # Errors
    ///
    /// An earlier, dropped call does not give the connection back.
    pub async fn execution_options(&self) -> Result<ExecutionOptions> {
        self.owner().use_here(|connection| connection.execution_options()).await
    }
}
