//! What the tests of the drivers share: sinks, short calls, waits for a state, futures that are
//! dropped half-way, and a proxy in front of a server.
//!
//! The package is not published, and only tests depend on it. What is special to one database is in
//! `tests/support` of its driver.
//!
//! [`blocking`] and [`awaited`] are parallel: the same functions over
//! [`Connection`](aludel_core::dbapi::Connection) and over
//! [`AsyncConnection`](aludel_core::dbapi::AsyncConnection).

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

pub mod awaited;
pub mod blocking;
pub mod certificates;
pub mod conformance;
mod environment;
mod polls;
pub mod private_mariadb;
pub mod private_server;
pub mod proxy;
mod settle;
mod sink;
mod statement;

pub use environment::{nonce, say, server_url, unique};
pub use polls::{drop_after_polls, drop_when};
pub use settle::{BOUND, NEVER, settle, settle_awaited, within_bound};
pub use sink::{Cell, Keep, Kept, Panicking, Rows, Values};
pub use statement::{raw, statement, terminate_sql};
