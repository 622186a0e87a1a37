//! Where the code of a greenlet runs, and the step there and back.
//!
//! On stacks. With `--cfg aludel_threads`, for tests only, on threads that take turns, which do the
//! same without any change of stack: what differs between the two is a fault of one of them.

#[cfg(not(aludel_threads))]
mod stacks;
#[cfg(aludel_threads)]
mod threads;

pub(crate) use corosensei::CoroutineResult;

#[cfg(not(aludel_threads))]
pub(crate) use stacks::{Body, Yielder, on_host};
#[cfg(aludel_threads)]
pub(crate) use threads::{Body, Yielder, on_host};
