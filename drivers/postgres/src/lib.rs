//! PostgreSQL for Aludel, by tokio-postgres. With the feature `blocking` there is `BlockingDriver` too, by the
//! `postgres` crate.
//!
//! ```text
//!   PostgresDriver ── connect ──► PostgresConnection ── open_cursor ──► PostgresCursor
//!                                    │        ▲
//!                              recover.rs   task.rs, link/: move the bytes, know why they ended
//!
//!   BlockingDriver ── connect ──► BlockingConnection     the same, driven by the calling thread
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
//! COMMIT succeeds only if the server committed. A connection whose future was dropped in the
//! middle of an exchange is dirty until it is recovered: the server is asked to stop, the replies
//! are read and the transaction is rolled back, within a budget.

mod batch;
#[cfg(feature = "blocking")]
mod blocking;
mod config;
mod connection;
mod cursor;
mod dbapi;
mod driver;
mod ending;
mod error;
mod exchange;
mod execute;
mod limit;
mod link;
mod mover;
mod notices;
mod pending;
mod recover;
mod role;
mod session;
mod shortcut;
mod socket;
mod statements;
mod target;
mod task;
mod tls;
mod transaction;
mod value;
mod wire;
mod words;

#[cfg(feature = "blocking")]
pub use blocking::{BlockingConnection, BlockingDriver};
pub use connection::PostgresConnection;
pub use cursor::PostgresCursor;
pub use driver::PostgresDriver;
/// The driver underneath, for [`BlockingConnection::client`].
#[cfg(feature = "blocking")]
pub use postgres;
pub use role::TargetSessionAttrs;
/// The driver underneath, for [`PostgresDriver::new`] and [`PostgresConnection::client`].
pub use tokio_postgres;
