//! Greenlets for Rust: synchronous code that waits for futures.
mod error;
mod frame;
mod greenlet;
#[cfg(feature = "host")]
mod host;
mod overflow;
mod pool;
mod spans;
mod stack;
pub mod sync;
mod waiting;

pub use error::Error;
pub use greenlet::{Greenlet, Options, greenlet_spawn, greenlet_spawn_with};
#[cfg(feature = "host")]
pub use host::{Host, HostedTask};
pub use pool::{Stats, set_stack_size, stack_size, stats};
pub use waiting::{
    await_, checkpoint, in_callback, in_greenlet, is_cancelled, sleep, yield_now,
};
