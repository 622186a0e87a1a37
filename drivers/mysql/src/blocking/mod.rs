//! The blocking driver, over mysql. Its files are named after those of the async one.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//!
//! use aludel_core::dbapi::Driver;
//! use aludel_mysql::blocking::MysqlDriver;
//!
//! # fn main() -> aludel_core::Result<()> {
//! let url = "mysql://scott:tiger@localhost/test?read_timeout=30".parse()?;
//! let connection = MysqlDriver::from_url(&url)?.connect(Instant::now() + Duration::from_secs(5))?;
//! # drop(connection);
//! # Ok(())
//! # }
//! ```

mod answer;
mod connection;
mod cursor;
mod driver;
mod exchange;
mod recover;
mod socket;
mod watch;

pub use connection::MysqlConnection;
pub use driver::MysqlDriver;
/// The driver underneath, for [`MysqlConnection::client`].
pub use mysql;
