//! How a server is found out that falls silent without a farewell: the options of all drivers, by one name.

use std::time::Duration;

use super::UrlOption;
use crate::error::Result;

/// The longest silence in seconds that a URL can ask for: longer ones are marks by which sockets are found.
pub(crate) const LONGEST_SILENCE: u32 = 19_999;

const LONGEST_IDLE: Duration = Duration::from_secs(LONGEST_SILENCE as u64);

/// How the system finds out that the other side of a connection is gone: it asks for a sign of life after
/// some silence, and ends the connection if it gets none.
///
/// By default that is so two minutes after the last sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keepalive {
    /// Whether it asks at all.
    pub on: bool,
    /// How long it is silent before it asks. A URL can say up to 19,999 seconds; more is taken as that.
    pub idle: Duration,
    /// The time between two questions.
    pub interval: Duration,
    /// How many questions may have no answer.
    pub retries: u32,
    /// How long what was sent may be unread by the other system; `None` for what the system has. Linux counts the
    /// time also while a server answers and does not read, as one that waits for a lock in the middle of many sets.
    pub user_timeout: Option<Duration>,
}

impl Keepalive {
    /// The names of its options in a URL: those of PostgreSQL's own clients. Times are in seconds.
    pub const OPTIONS: [&str; 5] = [
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_retries",
        "tcp_user_timeout",
    ];

    /// What is the case if a URL says nothing.
    pub const DEFAULT: Self = Self {
        on: true,
        idle: Duration::from_secs(60),
        interval: Duration::from_secs(15),
        retries: 4,
        user_timeout: None,
    };

    /// Takes an option of a URL; `false` if it is none of these.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if its value is invalid.
    pub fn set(&mut self, option: &UrlOption<'_>) -> Result<bool> {
        match option.name() {
            "keepalives" => self.on = option.flag()?,
            "keepalives_idle" => self.idle = option.seconds()?.min(LONGEST_IDLE),
            "keepalives_interval" => self.interval = option.seconds()?,
            "keepalives_retries" => self.retries = option.number()?,
            "tcp_user_timeout" => self.user_timeout = Some(option.seconds()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Default for Keepalive {
    fn default() -> Self {
        Self::DEFAULT
    }
}
