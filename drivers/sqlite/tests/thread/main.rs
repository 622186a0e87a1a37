//! What the SQLite driver promises, with each connection on a thread of its own.
#![allow(clippy::unwrap_used, reason = "what the tests share fails the test that called")]

mod awaited;
mod cancelling;
mod holding_up;
mod kind;
// The same promises as those of a connection on the calling thread.
#[path = "../driver/busy.rs"]
mod busy;
#[path = "../driver/connecting.rs"]
mod connecting;
#[path = "../driver/cursor.rs"]
mod cursor;
#[path = "../driver/errors.rs"]
mod errors;
#[path = "../driver/release.rs"]
mod release;
#[path = "../driver/statements.rs"]
mod statements;
#[path = "../driver/support.rs"]
mod support;
#[path = "../driver/transactions.rs"]
mod transactions;
#[path = "../driver/turns.rs"]
mod turns;
#[path = "../driver/values.rs"]
mod values;
