//! The driver: where the database is, and how a connection to it is opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver};
use aludel_core::error::{Error, ErrorKind, Result};
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use crate::connection::SqliteConnection;
use crate::error::translate;
use crate::options::{Mode, SqliteOptions};
use crate::stack::Fitted;
use crate::{decimal, math};

/// Opens connections to one SQLite database.
///
/// ```
/// use std::time::Instant;
///
/// use aludel_core::dbapi::{Driver, ExecutionOptions, NoRows, Statement, StatementKind};
/// use aludel_sqlite::SqliteDriver;
///
/// let driver = SqliteDriver::memory()?;
/// let mut connection = driver.connect(Instant::now())?;
/// let create = Statement::new("create table t (a integer)", StatementKind::Ddl)?;
/// connection.execute(&create, &[], &ExecutionOptions::DEFAULT, &mut NoRows)?;
/// # Ok::<(), aludel_core::Error>(())
/// ```
///
/// Cheap to clone; the clones open the same database.
#[derive(Clone)]
pub struct SqliteDriver {
    /// What it was made from, if that was a URL.
    pub(crate) url: Option<Url>,
    database: Database,
    options: SqliteOptions,
    /// Its connections only read.
    reads: bool,
}

#[derive(Clone)]
enum Database {
    File {
        path: PathBuf,
        /// The file was there when this driver opened it.
        seen: Arc<AtomicBool>,
    },
    Memory {
        uri: String,
        /// The database lives as long as a connection to it is open.
        _keeper: Arc<Mutex<rusqlite::Connection>>,
    },
}

impl SqliteDriver {
    /// A database in memory, of this driver's own. All its connections see the same database,
    /// which is gone when the driver and its last connection are. SQLite lets it grow to 1 GiB.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operational`] if there is no memory for it.
    pub fn memory() -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let uri = format!("file:/aludel-{}-{number}?vfs=memdb", process::id());
        let keeper =
            rusqlite::Connection::open_with_flags(&uri, memory_flags()).map_err(translate)?;
        let database = Database::Memory { uri, _keeper: Arc::new(Mutex::new(keeper)) };
        Ok(Self { url: None, database, options: SqliteOptions::default(), reads: false })
    }

    /// The database in a file. It is opened by [`connect`](Driver::connect).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for the names to which SQLite gives another meaning.
    pub fn file(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        if path.as_os_str().is_empty() || path == Path::new(":memory:") {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "{path:?} is not the name of a file: each connection would get a database of \
                     its own; use SqliteDriver::memory() or the URL `sqlite://`"
                ),
            ));
        }
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("the path {path:?} contains NUL, at which the system stops reading"),
            ));
        }
        // SQLite is built to read names that begin so as URIs, in which `?` has a meaning too.
        let path = if path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
            Path::new(".").join(path)
        } else {
            path
        };
        let database = Database::File { path, seen: Arc::default() };
        Ok(Self { url: None, database, options: SqliteOptions::default(), reads: false })
    }

    /// What a URL says: `sqlite://` is a memory database, `sqlite:///name.db` a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for an unknown option, and for a host, which is most often a path
    /// with a slash too few.
    pub fn from_url(url: &Url) -> Result<Self> {
        if url.host().is_some() || url.username().is_some() || url.password().is_some() {
            return Err(Error::new(
                ErrorKind::Argument,
                "a SQLite URL has no host, user or password; a file is written with three slashes \
                 before its path (`sqlite:///name.db`), with four if the path is absolute \
                 (`sqlite:////folder/name.db`)",
            ));
        }
        let options = SqliteOptions::from_url(url)?;
        let driver = match url.database() {
            None | Some(":memory:") => Self::memory(),
            Some(path) => Self::file(path),
        };
        Self { url: Some(url.clone()), ..driver? }.with_options(options)
    }

    /// Sets the options.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if they say how to open a file and there is none.
    pub fn with_options(mut self, options: SqliteOptions) -> Result<Self> {
        if options.mode.is_some() && matches!(self.database, Database::Memory { .. }) {
            return Err(Error::new(
                ErrorKind::Argument,
                "the SQLite option `mode` says how a file is opened, but this is a memory \
                 database; leave the option out",
            ));
        }
        if options.journal_mode.is_some() && matches!(self.database, Database::Memory { .. }) {
            return Err(Error::new(
                ErrorKind::Argument,
                "the SQLite option `journal_mode` is about the journal of a file, but this is a memory \
                 database; leave the option out",
            ));
        }
        if options.writer_readers {
            if matches!(self.database, Database::Memory { .. }) {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "the SQLite option `pool=writer-readers` is about readers that do not wait for a writer, \
                     but this is a memory database, whose readers do; leave the option out, or use a file",
                ));
            }
            if options.mode == Some(Mode::ReadOnly) {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "the SQLite options `mode=ro` and `pool=writer-readers` exclude each other: nothing could \
                     write; leave one of them out",
                ));
            }
        }
        self.options = options;
        Ok(self)
    }

    /// The driver of the sessions that only read, if there is to be one that writes.
    pub(crate) fn of_readers(&self) -> Option<Self> {
        let options = self.options.of_readers()?;
        Some(Self { options, reads: true, ..self.clone() })
    }

    /// Opens a connection for the calling thread.
    pub(crate) fn open(&self) -> Result<SqliteConnection> {
        let raw = self.open_raw()?;
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, self.options.foreign_keys)
            .map_err(translate)?;
        let fitted = Fitted::to_opener(&raw)?;
        // Without it a column that does not exist, written in double quotes, would be text.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(translate)?;
        lasting(&raw, |raw| math::register(raw).and_then(|()| decimal::register(raw)))
            .map_err(translate)?;
        let mut connection =
            SqliteConnection::new(raw, &self.name(), fitted, &self.options).map_err(translate)?;
        if let Some(mode) = self.options.journal_mode {
            connection.set_journal_mode(mode)?;
        }
        if self.reads {
            connection.only_read()?;
        }
        Ok(connection)
    }

    /// What the database is called, which is the same for all connections to it.
    fn name(&self) -> String {
        match &self.database {
            Database::File { path, .. } => path.display().to_string(),
            Database::Memory { uri, .. } => uri.clone(),
        }
    }

    fn open_raw(&self) -> Result<rusqlite::Connection> {
        match &self.database {
            Database::Memory { uri, .. } => {
                rusqlite::Connection::open_with_flags(uri, memory_flags()).map_err(translate)
            }
            Database::File { path, seen } => {
                let mode = self.options.mode.unwrap_or_default();
                // One that has vanished is not replaced by an empty one.
                let seen_before = seen.load(Ordering::Relaxed);
                let access = match mode {
                    Mode::Create if seen_before => OpenFlags::SQLITE_OPEN_READ_WRITE,
                    Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
                    Mode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
                    Mode::Create => {
                        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
                    }
                };
                let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let opened = rusqlite::Connection::open_with_flags(path, flags)
                    .map_err(|error| cannot_open(path, mode, seen_before, error))?;
                seen.store(true, Ordering::Relaxed);
                Ok(opened)
            }
        }
    }
}

/// More than SQLite has of the quick pieces of memory of a connection, unless it was built with other numbers.
const PIECES: usize = 125;

/// Gives a connection what it has as long as it lives, without taking for it any of the quick pieces of memory that
/// statements and values come and go in: they are in use meanwhile, for the values of a statement that is never
/// run. It is one that SQLite prepares without a look at the database.
fn lasting(
    raw: &rusqlite::Connection,
    give: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut values = raw.prepare(&format!("vacuum into ?{PIECES}"))?;
    for place in 1..=PIECES {
        // Empty text would take none.
        values.raw_bind_parameter(place, "-")?;
    }
    give(raw)
}

impl Driver for SqliteDriver {
    fn name(&self) -> &'static str {
        "rusqlite"
    }

    /// Opens a connection. The deadline is kept by doing nothing that waits: no lock is taken and
    /// nothing is read before the first statement, so a file that is no database is found then. With
    /// `journal_mode` the file is read, and locks are waited for as long as statements do.
    fn connect(&self, _: Instant) -> Result<Box<dyn Connection>> {
        Ok(Box::new(self.open()?))
    }

    fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    fn readers(&self) -> Option<Arc<dyn Driver>> {
        Some(Arc::new(self.of_readers()?))
    }
}

impl fmt::Debug for SqliteDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = match &self.database {
            Database::File { path, .. } => path.as_path(),
            Database::Memory { uri, .. } => Path::new(uri),
        };
        f.debug_struct("SqliteDriver")
            .field("database", &database)
            .field("options", &self.options)
            .finish()
    }
}

fn memory_flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// SQLite says "unable to open database file" whatever the reason.
fn cannot_open(path: &Path, mode: Mode, seen_before: bool, error: rusqlite::Error) -> Error {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let reason = if path.is_dir() {
        "it is a directory".to_owned()
    } else if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        format!("the directory {} does not exist; make it first", folder.display())
    } else if !path.exists() && seen_before {
        "the file has vanished since this engine opened it first; put it back, or make a new engine, which \
         makes a new file"
            .to_owned()
    } else if !path.exists() && mode != Mode::Create {
        "the file does not exist, and only mode=rwc makes one".to_owned()
    } else {
        "the system refuses; check the permissions of the file and of its directory".to_owned()
    };
    translate(error).context(&format!("cannot open {}: {reason}", path.display()))
}
