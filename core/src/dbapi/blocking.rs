//! What blocks must not be called where other tasks wait for their turn.

use aludel_bridge as bridge;

use crate::error::{Error, ErrorKind, Result};

/// Refuses to block a thread that runs async tasks: one inside a tokio runtime, in a
/// greenlet or in a coroutine.
/// For the calls of a driver that [blocks](super::Driver::blocks_on_network).
///
/// tokio does not tell its threads for blocking work from the others, so those are refused too.
///
/// # Errors
///
/// [`ErrorKind::BlockingInAsync`].
pub fn refuse_in_async(driver: &str) -> Result<()> {
    let others_run_here = bridge::in_greenlet()
        || bridge::in_coroutine()
        || tokio::runtime::Handle::try_current().is_ok();
    if others_run_here { Err(refused(driver)) } else { Ok(()) }
}

#[cold]
fn refused(driver: &str) -> Error {
    Error::new(
        ErrorKind::BlockingInAsync,
        format!(
            "the driver {driver} blocks its thread, and this thread runs async tasks; use \
             `create_async_engine_on::<Threaded>`, or `create_async_engine` with an async driver, \
             or make the call on a thread that is none of the runtime's, such as one of \
             `std::thread::spawn`"
        ),
    )
}
