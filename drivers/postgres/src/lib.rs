//! PostgreSQL for Aludel, by tokio-postgres.
//!
//! ```text
//!   PostgresDriver ── connect ──► PostgresConnection ── open ──► PostgresCursor
//!                                    │        ▲
//!                              recover.rs   task.rs: moves the bytes, knows why the end came
//! ```
//!
//! ```no_run
//! use aludel_core::dbapi::AsyncDriver;
//! use aludel_postgres::PostgresDriver;
//!
//! # async fn example() -> aludel_core::Result<()> {
//! let url = "postgresql://scott:tiger@localhost/test?application_name=shop".parse()?;
//! let connection = PostgresDriver::from_url(&url)?.connect().await?;
//! # drop(connection);
//! # Ok(())
//! # }
//! ```
//!
//! A transaction costs no round trip of its own: BEGIN goes out with the first statement, the
//! ROLLBACK of a connection that is given back is sent and its answer read by the next statement.
//! COMMIT is believed only if the server committed. A connection whose future was dropped in the
//! middle of an exchange is dirty until it is recovered: the server is told to stop, the answers
//! are read and the transaction is rolled back, within a budget.

mod batch;
mod config;
mod connection;
mod cursor;
mod driver;
mod error;
mod exchange;
mod owed;
mod recover;
mod statements;
mod task;
mod transaction;
mod value;
mod words;

pub use connection::PostgresConnection;
pub use cursor::PostgresCursor;
pub use driver::PostgresDriver;
/// The driver underneath, for [`PostgresDriver::new`] and [`PostgresConnection::client`].
pub use tokio_postgres;
