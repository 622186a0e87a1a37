//! MySQL and MariaDB for Aludel: by mysql_async for async programs, and by mysql for blocking ones.
//!
//! ```text
//!   MysqlDriver ── connect ──► MysqlConnection ── open ──► MysqlCursor
//!                                 │        ▲
//!                           recover.rs   burial.rs: closes sockets at once
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
//! What lasts longer is said in the URL. Other settings of the session stay as the program left them.
//!
//! Both drivers underneath hand the next query the rows of an interrupted one. Here a connection that
//! was interrupted in the middle of an exchange serves nobody any more: its socket is closed, and the
//! server is told, over another connection, to end the session and so what it is doing.

mod blocking;
mod burial;
mod config;
mod connection;
mod cursor;
mod driver;
mod ending;
mod error;
mod exchange;
mod recover;
mod session;
mod statements;
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
