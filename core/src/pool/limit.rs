//! How long the SQL of listeners may take.

use std::time::{Duration, Instant};

use crate::dbapi::ExecutionOptions;
use crate::error::{Error, ErrorKind, Result};

/// The moment at which what listeners wait for is stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    deadline: Instant,
    of: Of,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Checkout,
    /// Of a connection's return, and how much it is.
    Return(Duration),
}

impl Limit {
    /// For the listeners of a checkout.
    pub(super) fn of_checkout(deadline: Instant) -> Self {
        Self { deadline, of: Of::Checkout }
    }

    /// For the listeners of a connection that is given back now.
    pub(super) fn of_return(time: Duration) -> Self {
        let now = Instant::now();
        Self { deadline: now.checked_add(time).unwrap_or(now), of: Of::Return(time) }
    }

    pub(super) fn deadline(self) -> Instant {
        self.deadline
    }

    /// Runs a statement within what is left of the time.
    pub(super) fn run<T>(self, run: impl FnOnce(&ExecutionOptions) -> Result<T>) -> Result<T> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.passed());
        }
        self.explain(run(&ExecutionOptions::new().time_left(left)))
    }

    /// Says whose time it was that has passed.
    pub(super) fn explain<T>(self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| match error.kind() {
            ErrorKind::Timeout if Instant::now() >= self.deadline => {
                self.passed().with_source(error)
            }
            _ => error,
        })
    }

    #[cold]
    fn passed(self) -> Error {
        let message = match self.of {
            Of::Checkout => {
                "the SQL of the pool's connect and checkout listeners did not end before the deadline of the \
                 checkout (pool_timeout); make it shorter, or raise pool_timeout"
                    .to_owned()
            }
            Of::Return(time) => format!(
                "the SQL of the pool's reset and checkin listeners did not end within {time:?} \
                 (pool_return_timeout) and was stopped; make it shorter, or raise pool_return_timeout"
            ),
        };
        Error::new(ErrorKind::Timeout, message)
    }
}
