//! SQLite on a thread of its own for each connection, for programs that must not wait for the disk.
//!
//! ```text
//!   ThreadConnection ── jobs (crossbeam-channel) ──► worker.rs: SqliteConnection
//!          ▲                                            │
//!          └───── answers, rows in blocks of 64 KiB ◄───┘  two on their way at most
//! ```
//!
//! A future that is dropped stops the statement: SQLite asks every few thousand steps, and between
//! two tries for a lock, whether it is to go on. The connection is dirty until the worker has
//! answered and rolled back; then it delivers itself.

mod chunk;
mod connection;
mod cursor;
mod driver;
mod worker;

pub use connection::ThreadConnection;
pub use cursor::ThreadCursor;
pub use driver::ThreadDriver;
