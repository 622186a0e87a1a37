//! The end of a statement by its time-out.

use std::time::{Duration, Instant};

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

/// A call whose time the server keeps.
///
/// A server ends a statement with the same error whether its limit is over or somebody has cancelled it. So whose
/// doing it was is found by the time that has passed.
#[derive(Debug, Clone, Copy)]
pub struct LimitedCall {
    timeout: Duration,
    limit: Duration,
    begun: Instant,
}

impl LimitedCall {
    /// A call with this time-out begins. The server was told of `limit`, which is not shorter.
    #[must_use]
    pub fn begin(timeout: Duration, limit: Duration) -> Self {
        Self { timeout, limit, begun: Instant::now() }
    }

    /// The server begins to count anew, as for the next statement of the same call.
    pub fn begin_again(&mut self) {
        self.begun = Instant::now();
    }

    /// What the server's refusal is, if `is_of_limit` says that a limit can be its reason: a time-out where as much
    /// time has passed, and the error as it is elsewhere.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use aludel_core::dbapi::LimitedCall;
    /// use aludel_core::error::{Error, ErrorKind};
    ///
    /// let ended = || Error::new(ErrorKind::Operational, "canceling statement");
    /// let hour = Duration::from_secs(3600);
    /// assert_eq!(LimitedCall::begin(hour, hour).judge(ended(), true).kind(), ErrorKind::Operational);
    ///
    /// let over = LimitedCall::begin(Duration::ZERO, Duration::ZERO);
    /// assert_eq!(over.judge(ended(), true).kind(), ErrorKind::Timeout);
    /// assert_eq!(over.judge(ended(), false).kind(), ErrorKind::Operational);
    /// ```
    #[must_use]
    pub fn judge(&self, error: Error, is_of_limit: bool) -> Error {
        // Two clocks do not run alike.
        if !is_of_limit || self.begun.elapsed() < self.limit - self.limit / 1000 {
            return error;
        }
        let cure = format!(
            "the statement did not end within its time-out of {:?}; roll back, and raise the time-out or make \
             the statement faster",
            self.timeout
        );
        error.with_kind(ErrorKind::Timeout).with_cure(&cure)
    }
}
