//! The synchronous core of Aludel.

#[cfg(any(test, doctest))]
extern crate self as aludel;

pub mod dbapi;
pub mod error;
pub mod event;
pub mod pool;
pub mod row;
mod url;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use row::{FromRow, Row};
pub use value::{FromValue, Value, ValueRef};
pub use url::{Secret, Url};
