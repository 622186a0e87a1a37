//! A database for one run of a program, which other connections can open too.

use std::path::PathBuf;

use aludel::{Connection, Engine, EngineOptions, RawSql, Result, create_engine};

use crate::record::Db;
use crate::support::recording::{Calls, recorded};
use crate::support::{Database, Fresh, unique};

pub(crate) struct Place {
    pub(crate) db: Db,
    database: Database,
    url: String,
    /// Where there is a server.
    _fresh: Option<Fresh>,
    /// Of SQLite.
    file: Option<PathBuf>,
}

impl Place {
    /// `None`, and a printed line, if the database is not there. Only SQLite can do without foreign keys.
    pub(crate) fn new(db: Db, has_foreign_keys: bool) -> Option<Self> {
        let database = match db {
            Db::Sqlite => {
                let file = std::env::temp_dir().join(format!("{}.db", unique("aludel_orm")));
                let keys = if has_foreign_keys { "on" } else { "off" };
                let url = format!("sqlite:///{}?foreign_keys={keys}", file.display());
                return Some(Self {
                    db,
                    database: Database::Sqlite,
                    url,
                    _fresh: None,
                    file: Some(file),
                });
            }
            Db::PostgreSql => Database::Postgres,
            Db::MariaDb => Database::MySql,
        };
        let fresh = Fresh::new(database)?;
        Some(Self { db, database, url: fresh.url().to_owned(), _fresh: Some(fresh), file: None })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// An engine, and what its driver is asked. `blocks` says whether it waits on threads, and not in greenlets.
    pub(crate) fn engine(&self, blocks: bool) -> Result<(Engine, Calls)> {
        recorded(self.database, &self.url, blocks, EngineOptions::new())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}

/// Does something on another connection to a database, in a transaction that is committed. The program may be in a
/// greenlet, where a blocking engine is refused: it is done on a thread of its own.
pub(crate) fn elsewhere<T: Send>(
    url: &str,
    work: impl FnOnce(&mut Connection) -> Result<T> + Send,
) -> T {
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let engine = create_engine(url)?;
            let done = engine.begin(work);
            engine.dispose();
            done
        });
        thread.join()
    });
    match done {
        Ok(done) => done.unwrap_or_else(|error| panic!("on another connection: {error}")),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs text.
pub(crate) fn run(conn: &mut Connection, sql: &str) -> Result<()> {
    conn.exec_driver_sql(RawSql::new(sql.to_owned()), ()).map(drop)
}
