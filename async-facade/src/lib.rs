//! The async facade of Aludel: the synchronous core, awaited.
//!
//! Every method here is the method of the same name in the core, run on a greenlet: when the core
//! reaches the driver, the greenlet suspends and the task that awaits is pending. No logic lives
//! here, and no state that the synchronous objects do not have.
//!
//! Where greenlets run is a [`Strategy`], chosen by type: [`Hosted`], whose futures are `Send` and
//! run under any executor, or [`Local`], which runs inline in the task that polls.

mod connection;
mod engine;
mod home;
mod strategy;
mod stream;
mod transaction;

pub use connection::AsyncConnection;
pub use engine::AsyncEngine;
pub use strategy::{Hosted, Local, Strategy};
pub use stream::AsyncStream;
pub use transaction::AsyncTransaction;
