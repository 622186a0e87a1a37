//! How one statement is executed.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// Rows fetched at a time from a cursor when nothing else is asked for.
const PORTION: usize = 512;

/// How one statement is executed.
///
/// ```
/// use std::time::Duration;
///
/// use aludel_core::dbapi::ExecutionOptions;
///
/// let options = ExecutionOptions::new().timeout(Duration::from_secs(2)).portion(64);
/// assert_eq!(options.portion, 64);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct ExecutionOptions {
    /// Rows that are fetched at a time from a cursor: what [`Cursor::fetch`](super::Cursor::fetch)
    /// will be asked for. At least 1. Default 512.
    pub portion: usize,
    /// How long one call of the driver may take: the execution, or, of a cursor, opening it and
    /// each portion. The statement is then ended on the server, its transaction waits for its
    /// rollback, and the error is [`Timeout`](crate::ErrorKind::Timeout). Default: without limit.
    pub timeout: Option<Duration>,
    /// Whether the statement is kept prepared for the next time. Default: yes.
    pub cache_statement: bool,
}

impl ExecutionOptions {
    /// The defaults.
    pub const DEFAULT: Self = Self { portion: PORTION, timeout: None, cache_statement: true };

    /// The defaults.
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// Sets how many rows are fetched at a time from a cursor; 0 counts as 1.
    pub const fn portion(mut self, rows: usize) -> Self {
        self.portion = if rows == 0 { 1 } else { rows };
        self
    }

    /// Sets how long one call of the driver may take.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Sets whether the statement is kept prepared for the next time.
    pub const fn cache_statement(mut self, cache: bool) -> Self {
        self.cache_statement = cache;
        self
    }

    /// The moment at which a call that begins now must have ended. A time-out too long for the
    /// clock is none.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.timeout?)
    }
}

impl Default for ExecutionOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The error of a call that its [time-out](ExecutionOptions::timeout) ended.
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
