//! MySQL and MariaDB for Aludel: by mysql_async for async programs, and by mysql for blocking ones.
//!
//! ```text
//!   MysqlDriver ── connect ──► MysqlConnection ── open ──► MysqlCursor
//!                                 │        ▲
//!                           recover.rs   abrupt.rs: closes sockets at once
//! ```
//!
//! ```no_run
//! use aludel_core::dbapi::AsyncDriver;
//! use aludel_mysql::MysqlDriver;
//!
//! # async fn example() -> aludel_core::Result<()> {
//! let url = "mysql://scott:tiger@localhost/test?connect_timeout=10".parse()?;
//! let connection = MysqlDriver::from_url(&url)?.connect().await?;
//! # drop(connection);
//! # Ok(())
//! # }
//! ```
//!
//! Autocommit is off, so there is no BEGIN: any statement begins a transaction. A connection that is
//! given back with one open is rolled back in the background. A deadlock rolls back the whole
//! transaction, and then everything waits for `rollback()`; a lock wait that takes too long fails its
//! statement only. CREATE TABLE and the like commit what was before them.
//!
//! A connection that is given back is set up anew if the program may have changed its character set,
//! its time zone, its `sql_mode`, autocommit or the database: by SET, USE or CALL, or by `client()`.
//! Settings for all uses belong in the URL. Other settings of the session stay as the program left them.
//!
//! Both drivers underneath return the rows of an interrupted query as those of the next one. Here a
//! connection that was interrupted in the middle of an exchange is not used again: its socket is closed,
//! and the server is asked, over another connection, to end the session and with it what it is doing.

mod abrupt;
mod answer;
mod blocking;
mod cache;
mod config;
mod connect;
mod connection;
mod cursor;
mod dbapi;
mod driver;
mod ending;
mod error;
mod exchange;
mod limit;
mod protocol;
mod recover;
mod session;
mod state;
mod statements;
mod tls;
mod transaction;
mod value;
mod wire_type;
mod words;

pub use blocking::{BlockingConnection, BlockingDriver};
pub use connection::MysqlConnection;
pub use cursor::MysqlCursor;
pub use driver::MysqlDriver;
/// The driver underneath, for [`BlockingConnection::client`].
pub use mysql;
/// The driver underneath, for [`MysqlConnection::client`].
pub use mysql_async;
