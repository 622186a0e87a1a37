//! What a URL may say behind its `?`.

use std::time::Duration;

use aludel_core::dbapi::TransactionMode;
use aludel_core::error::{Error, ErrorKind, Result};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// `mode=ro`: for reading; the file must exist.
    ReadOnly,
    /// `mode=rw`: for reading and writing; the file must exist.
    ReadWrite,
    /// `mode=rwc`: for reading and writing; the file is made if it does not exist.
    #[default]
    Create,
}

/// How a [`SqliteDriver`](crate::SqliteDriver) opens its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    pub(crate) mode: Option<Mode>,
    pub(crate) busy_timeout: Duration,
    pub(crate) foreign_keys: bool,
    pub(crate) begin: TransactionMode,
    pub(crate) statement_cache: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            mode: None,
            busy_timeout: Duration::from_secs(5),
            foreign_keys: true,
            begin: TransactionMode::default(),
            statement_cache: 100,
        }
    }
}

impl SqliteOptions {
    /// The defaults: create the file, wait five seconds for locks, enforce foreign keys, begin
    /// deferred, keep 100 prepared statements.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How a file is opened. Means nothing for a memory database, which refuses it.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// How long a statement waits for a lock that another connection holds.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Whether foreign keys are enforced. They are by default, unlike in SQLite: whoever declares
    /// one expects it.
    #[must_use]
    pub fn foreign_keys(mut self, on: bool) -> Self {
        self.foreign_keys = on;
        self
    }

    /// Which locks a transaction takes when it begins, unless it has an option of its own.
    #[must_use]
    pub fn begin(mut self, begin: TransactionMode) -> Self {
        self.begin = begin;
        self
    }

    /// How many prepared statements a connection keeps.
    #[must_use]
    pub fn statement_cache(mut self, capacity: usize) -> Self {
        self.statement_cache = capacity;
        self
    }

    /// Reads the options of a URL: `mode`, `busy_timeout` in milliseconds, `foreign_keys`, `begin`
    /// and `statement_cache`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an option that is unknown or whose value makes no sense.
    pub fn from_query<'a>(query: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in query {
            match name {
                "mode" => {
                    options.mode = Some(match value {
                        "ro" => Mode::ReadOnly,
                        "rw" => Mode::ReadWrite,
                        "rwc" => Mode::Create,
                        _ => return Err(bad(name, value, "ro, rw or rwc")),
                    });
                }
                "busy_timeout" => {
                    let milliseconds =
                        value.parse().map_err(|_| bad(name, value, "a number of milliseconds"))?;
                    options.busy_timeout = Duration::from_millis(milliseconds);
                }
                "foreign_keys" => {
                    options.foreign_keys = match value {
                        "on" | "true" | "yes" | "1" => true,
                        "off" | "false" | "no" | "0" => false,
                        _ => return Err(bad(name, value, "on or off")),
                    };
                }
                "begin" => {
                    options.begin = match value {
                        "deferred" => TransactionMode::Deferred,
                        "immediate" => TransactionMode::Immediate,
                        "exclusive" => TransactionMode::Exclusive,
                        _ => return Err(bad(name, value, "deferred, immediate or exclusive")),
                    };
                }
                "statement_cache" => {
                    options.statement_cache =
                        value.parse().map_err(|_| bad(name, value, "a number of statements"))?;
                }
                "cache" => return Err(shared_cache()),
                _ => return Err(unknown(name)),
            }
        }
        Ok(options)
    }
}

fn bad(name: &str, value: &str, allowed: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("the SQLite option {name}={value} makes no sense; it takes {allowed}"),
    )
}

fn unknown(name: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "unknown SQLite option {name:?}; known are mode, busy_timeout, foreign_keys, begin and \
             statement_cache"
        ),
    )
}

fn shared_cache() -> Error {
    Error::new(
        ErrorKind::Argument,
        "the SQLite option `cache` is not supported: with a shared cache two connections of one \
         thread can block each other for ever; `sqlite://` already gives all connections of an \
         engine one memory database (memdb), and a file is shared as it is",
    )
}
