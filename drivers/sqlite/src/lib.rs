//! SQLite for Aludel: [`SqliteDriver`] opens connections, [`SqliteConnection`] runs statements on
//! the calling thread.
//!
//! SQLite has no server to wait for, so nothing here is handed to another thread. Inside a
//! greenlet a connection is cooperative all the same: SQLite calls back every few thousand steps
//! of its virtual machine, and while it waits for a lock, and there the greenlet is suspended in
//! the middle of the C library, so that the other tasks of the thread run. A greenlet that was
//! cancelled makes the callback say *interrupt*. What still blocks the thread is the disk; a
//! program that cannot accept that uses a [`ThreadDriver`], whose connections live on threads of their
//! own.
//!
//! # What differs from SQLite's own habits
//!
//! - Foreign keys are enforced (`foreign_keys=off` turns that off).
//! - A busy database is waited for by [`bridge::sleep`](aludel_bridge::sleep), not by SQLite's own
//!   handler, which would block the thread on which the lock's holder may live.
//!   `PRAGMA busy_timeout` is answered here.
//! - After SQLite rolled a transaction back by itself (disk full, an interrupted write,
//!   `ON CONFLICT ROLLBACK`) the connection refuses statements until `rollback()`, because SQLite
//!   would run them outside any transaction.
//! - NaN is refused as a value: SQLite would store NULL.
//! - A text that holds more than one statement is refused: SQLite would run the first only.
//! - A path is a path: one that begins with `file:` is not read as a URI. Extensions cannot be
//!   loaded by SQL.
//! - Decimal numbers are text. The collation `decimal` and the functions `decimal_add`, `decimal_sub`,
//!   `decimal_mul`, `decimal_div`, `decimal_floordiv`, `decimal_mod`, `decimal_neg`, `decimal_abs`, `decimal_round`,
//!   `decimal_floor`, `decimal_ceil`, `decimal_cmp`, `decimal_integer`, `decimal_sum` and `decimal_avg` take that
//!   text for numbers; `decimal` makes it of any number.
//!
//! Shared-cache mode is refused in options, and `ATTACH` must not ask for it either: SQLite holds
//! its mutexes across the callbacks there, so that two connections of one thread would deadlock.
//! A memory database that several connections see is what [`SqliteDriver::memory`] makes.
//!
//! The key of the last inserted row is what `sqlite3_last_insert_rowid` returns, so it means nothing
//! for a table `WITHOUT ROWID` and for an upsert that updated; `RETURNING` is right in all cases.

mod connection;
mod cooperation;
mod cursor;
mod decimal;
mod driver;
mod error;
mod execution;
mod math;
mod options;
mod stack;
mod state;
mod statements;
mod text;
mod thread;
mod turns;
mod value;

pub use connection::SqliteConnection;
pub use driver::SqliteDriver;
pub use options::{JournalMode, Mode, SqliteOptions};
/// The crate underneath, for [`SqliteConnection::rusqlite`].
pub use rusqlite;
pub use thread::{ThreadConnection, ThreadCursor, ThreadDriver};
