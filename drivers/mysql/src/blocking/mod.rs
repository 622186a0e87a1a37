//! The blocking driver, over mysql. Its files are named after those of the async one.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//!
//! use aludel_core::dbapi::Driver;
//! use aludel_mysql::BlockingDriver;
//!
//! # fn main() -> aludel_core::Result<()> {
//! let url = "mysql://scott:tiger@localhost/test?read_timeout=30".parse()?;
//! let connection = BlockingDriver::from_url(&url)?.connect(Instant::now() + Duration::from_secs(5))?;
//! # drop(connection);
//! # Ok(())
//! # }
//! ```

mod answer;
mod connect;
mod connection;
mod cursor;
mod dbapi;
mod driver;
mod ending;
mod exchange;
mod protocol;
mod recover;
mod socket;
mod target;
mod watch;

pub use connection::BlockingConnection;
pub use driver::BlockingDriver;
