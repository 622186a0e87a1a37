//! The options of SQLite connections, by a builder or behind the `?` of a URL.

use std::time::Duration;

use aludel_core::Url;
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
    /// `mode=rwc`: for reading and writing; the file is created if it does not exist.
    #[default]
    Create,
}

/// How a file keeps what a rollback or a crash needs: `PRAGMA journal_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalMode {
    /// `journal_mode=wal`: changes go to a log beside the file. Readers and a writer do not wait for each
    /// other. The file keeps the mode.
    Wal,
    /// `journal_mode=delete`: SQLite's own default. What is overwritten is kept in a file that is deleted
    /// at the commit.
    Delete,
    /// `journal_mode=truncate`: as `delete`, but the file is emptied.
    Truncate,
    /// `journal_mode=persist`: as `delete`, but the file is left.
    Persist,
}

impl JournalMode {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Wal => "wal",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
            Self::Persist => "persist",
        }
    }
}

/// How a [`SqliteDriver`](crate::SqliteDriver) opens its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    pub(crate) mode: Option<Mode>,
    pub(crate) busy_timeout: Duration,
    pub(crate) journal_mode: Option<JournalMode>,
    pub(crate) foreign_keys: bool,
    pub(crate) begin: Option<TransactionMode>,
    pub(crate) writer_readers: bool,
    pub(crate) statement_cache_size: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            mode: None,
            busy_timeout: Duration::from_secs(5),
            journal_mode: None,
            foreign_keys: true,
            begin: None,
            writer_readers: false,
            statement_cache_size: 100,
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

    /// How a file is opened. A memory database refuses it, for it has none.
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

    /// The journal mode of the file, which each connection sets when it is opened, waiting for the locks of
    /// others as long as statements do. Without it the file stays as it is. A memory database refuses it.
    #[must_use]
    pub fn journal_mode(mut self, mode: JournalMode) -> Self {
        self.journal_mode = Some(mode);
        self
    }

    /// Whether foreign keys are enforced. The default is yes, unlike in SQLite itself.
    #[must_use]
    pub fn foreign_keys(mut self, on: bool) -> Self {
        self.foreign_keys = on;
        self
    }

    /// Which locks a transaction takes when it begins, unless it has an option of its own.
    #[must_use]
    pub fn begin(mut self, begin: TransactionMode) -> Self {
        self.begin = Some(begin);
        self
    }

    /// Has an engine keep one session that writes and others that only read, which
    /// [`Engine::writer_pool`](aludel_core::Engine::writer_pool) describes. Transactions of the writer begin
    /// as immediate unless [`begin`](Self::begin) says otherwise. Best with
    /// [`journal_mode`](Self::journal_mode) `Wal`, where readers do not wait for the writer's commit. Default:
    /// all sessions read and write. A memory database refuses it, and so does [`Mode::ReadOnly`].
    #[must_use]
    pub fn writer_readers(mut self, on: bool) -> Self {
        self.writer_readers = on;
        self
    }

    /// How a transaction begins that has no option of its own.
    pub(crate) fn begins(&self) -> TransactionMode {
        let usual = if self.writer_readers {
            TransactionMode::Immediate
        } else {
            TransactionMode::Deferred
        };
        self.begin.unwrap_or(usual)
    }

    /// Those of the sessions that only read, beside one that writes.
    pub(crate) fn of_readers(&self) -> Option<Self> {
        let begin = Some(TransactionMode::Deferred);
        self.writer_readers.then(|| Self { begin, writer_readers: false, ..self.clone() })
    }

    /// How many prepared statements a connection keeps.
    #[must_use]
    pub fn statement_cache_size(mut self, capacity: usize) -> Self {
        self.statement_cache_size = capacity;
        self
    }

    /// Reads the options of a URL: `mode`, `busy_timeout` in milliseconds, `foreign_keys`, `begin`,
    /// `journal_mode`, `pool` and `statement_cache_size`.
    ///
    /// ```
    /// use aludel_sqlite::SqliteOptions;
    ///
    /// let options = SqliteOptions::from_url(&"sqlite:///app.db?foreign_keys=off".parse()?)?;
    /// assert_eq!(options, SqliteOptions::new().foreign_keys(false));
    /// # Ok::<(), aludel_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an option that does not exist or whose value is invalid.
    pub fn from_url(url: &Url) -> Result<Self> {
        let mut options = Self::default();
        for option in url.options() {
            match option.name() {
                "mode" => options.mode = Some(option.one_of(MODES)?),
                "busy_timeout" => options.busy_timeout = option.milliseconds()?,
                "foreign_keys" => options.foreign_keys = option.flag()?,
                "begin" => options.begin = Some(option.one_of(BEGINS)?),
                "pool" => options.writer_readers = option.one_of(POOLS)?,
                "statement_cache_size" => options.statement_cache_size = option.number()?,
                "journal_mode" => options.journal_mode = Some(option.one_of(JOURNAL_MODES)?),
                "cache" => return Err(shared_cache()),
                _ => return Err(option.unknown(OPTIONS)),
            }
        }
        Ok(options)
    }
}

/// The options that a URL may have.
const OPTIONS: &[&str] = &[
    "begin",
    "busy_timeout",
    "foreign_keys",
    "journal_mode",
    "mode",
    "pool",
    "statement_cache_size",
];

const POOLS: &[(&str, bool)] = &[("writer-readers", true)];

const JOURNAL_MODES: &[(&str, JournalMode)] = &[
    ("wal", JournalMode::Wal),
    ("delete", JournalMode::Delete),
    ("truncate", JournalMode::Truncate),
    ("persist", JournalMode::Persist),
];

const MODES: &[(&str, Mode)] =
    &[("ro", Mode::ReadOnly), ("rw", Mode::ReadWrite), ("rwc", Mode::Create)];

const BEGINS: &[(&str, TransactionMode)] = &[
    ("deferred", TransactionMode::Deferred),
    ("immediate", TransactionMode::Immediate),
    ("exclusive", TransactionMode::Exclusive),
];

fn shared_cache() -> Error {
    Error::new(
        ErrorKind::Argument,
        "the connection option \"cache\" is not supported: with a shared cache two connections of \
         one thread can block each other for ever; leave it out: `sqlite://` already gives all \
         connections of an engine one memory database (memdb), and a file is shared as it is",
    )
}
