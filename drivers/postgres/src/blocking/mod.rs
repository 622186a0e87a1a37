//! PostgreSQL by the `postgres` crate, which blocks the calling thread.
//!
//! The crate has no way to send without waiting, so BEGIN costs a round trip, many sets of
//! parameters one each, and a transaction that is left open when the connection is given back is
//! rolled back on a background thread. Its client panics when it is used or dropped inside of a
//! runtime, so it is refused there and always dropped on a background thread.
//!
//! It cannot be made to close its socket either. A thread that connects to a server that does
//! not answer, or waits for a server that is gone, is left behind when its time is over, and ends
//! when the system gives the socket up (`tcp_user_timeout`, `keepalives_idle`). So the time-out of a
//! statement asks the server to stop it, and the call returns when the server has answered: behind a
//! network that is silent it lasts until then. Whoever needs the time-out there takes the driver on
//! tokio-postgres, or sets `tcp_user_timeout`.

mod background;
mod connection;
mod cursor;
mod dbapi;
mod driver;
mod exchange;
mod recover;
mod transaction;

pub use connection::BlockingConnection;
pub use driver::BlockingDriver;
