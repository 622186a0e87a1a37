//! PostgreSQL by the `postgres` crate, which blocks the calling thread.
//!
//! The crate has no way to send without waiting, so BEGIN costs a round trip, many sets of
//! parameters one each, and a transaction that is left open when the connection is given back is
//! rolled back on a background thread. Its client panics when it is used or dropped inside of a
//! runtime, so it is refused there and always dropped on a background thread.
//!
//! It keeps its socket to itself, but for a connector through which all bytes pass, so that the
//! connection can be cut from outside (`socket.rs`). The time-out of a statement asks the server to stop
//! it, and the call returns when the server has answered; behind a network that is silent the connection
//! is cut a second later. A Unix socket passes no connector: there the call lasts until the server
//! answers, as a server on the same machine does unless it was stopped.

mod background;
mod connection;
mod cursor;
mod dbapi;
mod driver;
mod exchange;
mod recover;
mod socket;
mod transaction;

pub use connection::BlockingConnection;
pub use driver::BlockingDriver;
