//! The end of a statement by its time-out.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// The error of a call that its [time-out](super::ExecutionOptions::timeout) ended.
#[cold]
#[must_use]
pub fn execution_timed_out(timeout: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!(
            "the statement did not end within its time-out of {timeout:?} and was stopped; roll \
             back, and raise the time-out or make the statement faster"
        ),
    )
}
