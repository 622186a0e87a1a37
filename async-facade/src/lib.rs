//! The async facade of Aludel: the synchronous core, awaited.
//!
//! Every method here is the method of the same name in the core, run on a greenlet: when the core
//! reaches the driver, the greenlet suspends and the task that awaits is pending. What SQL does is
//! decided in the core alone. What is decided here is where a call runs, and what a future that is
//! dropped before its outcome was taken means for the connection ([`AsyncConnection`] says so).
//!
//! Where the core runs is a [`Strategy`], chosen by type:
//!
//! | strategy | futures | the core runs | for |
//! | --- | --- | --- | --- |
//! | [`Hosted`] | `Send`, any executor | in greenlets on threads of the engine's | async drivers, and programs that spawn |
//! | [`Local`] | not `Send` | in greenlets in the task that polls | current-thread runtimes |
//! | [`Threaded`] | `Send`, any executor | on a worker thread for each connection | drivers and code that block |

mod connect;
mod connection;
mod engine;
mod lease;
mod lend;
mod options;
mod owner;
mod scalars;
mod session;
mod strategy;
mod stream;
mod transaction;

pub use connection::AsyncConnection;
pub use engine::AsyncEngine;
pub use scalars::AsyncScalars;
pub use session::{
    AsyncScopedSession, AsyncSession, AsyncSessionLease, AsyncSessionMaker,
    AsyncSessionTransaction, async_scoped_session, async_sessionmaker,
};
pub use strategy::{Hosted, Local, Strategy, Threaded};
pub use stream::AsyncStream;
pub use transaction::AsyncTransaction;
