//! Whose turn it is to write: one queue for each database, for all its connections in this process.
//!
//! SQLite has one writer at a time and no queue: who finds the lock taken sleeps and tries again, so that
//! whoever has slept longest is the least likely to meet the moment when it is free. Here those of one
//! process stand in the order in which they came; locks of other processes are SQLite's as before.

use std::collections::HashMap;
use std::ffi::CStr;
use std::iter;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use aludel_bridge::sync::ContainedWaker;
use parking_lot::Mutex;
use rusqlite::TransactionState;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cooperation::Cooperation;
use crate::error::Failure;
use crate::text::{is_pragma, takes_lock};

/// Between two looks whether another thread has asked for the end of the statement.
const LOOK: Duration = Duration::from_millis(50);

/// The database that a connection was opened for.
const MAIN: &CStr = c"main";

/// A database, whatever its path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    #[cfg(unix)]
    File(u64, u64),
    Name(String),
}

impl Key {
    fn of(name: &str) -> Self {
        #[cfg(unix)]
        if let Ok(file) = std::fs::metadata(name) {
            use std::os::unix::fs::MetadataExt;
            return Self::File(file.dev(), file.ino());
        }
        let path = Path::new(name).canonicalize();
        Self::Name(path.map_or_else(|_| name.to_owned(), |path| path.display().to_string()))
    }
}

/// The queue of the writers of a database.
fn queue_of(name: &str) -> Arc<Semaphore> {
    static ALL: Mutex<Option<HashMap<Key, Weak<Semaphore>>>> = Mutex::new(None);
    let key = Key::of(name);
    let mut all = ALL.lock();
    let all = all.get_or_insert_default();
    if let Some(queue) = all.get(&key).and_then(Weak::upgrade) {
        return queue;
    }
    all.retain(|_, queue| queue.strong_count() > 0);
    let queue = Arc::new(Semaphore::new(1));
    all.insert(key, Arc::downgrade(&queue));
    queue
}

/// A connection's place among the writers of its database.
pub(crate) struct Turns {
    queue: Arc<Semaphore>,
    /// It is this connection's turn, until its transaction ends.
    turn: Option<OwnedSemaphorePermit>,
    /// It was seen to write in the transaction that is open: SQLite keeps the lock until that ends, also when a
    /// savepoint is rolled back.
    has_written: bool,
}

impl Turns {
    /// For a connection to the file, or to the memory database, of this name.
    pub(crate) fn new(name: &str) -> Self {
        Self { queue: queue_of(name), turn: None, has_written: false }
    }

    /// Waits for its turn if a statement is the first that writes.
    #[inline]
    pub(crate) fn before(
        &mut self,
        raw: &rusqlite::Connection,
        prepared: &rusqlite::Statement<'_>,
        sql: &str,
        cooperation: &Cooperation,
    ) -> Result<(), Failure> {
        if self.turn.is_some() || prepared.readonly() {
            return Ok(());
        }
        self.before_writing(raw, prepared, sql, cooperation)
    }

    #[inline(never)]
    fn before_writing(
        &mut self,
        raw: &rusqlite::Connection,
        prepared: &rusqlite::Statement<'_>,
        sql: &str,
        cooperation: &Cooperation,
    ) -> Result<(), Failure> {
        // To SQLite what is explained is as read-only as what is executed.
        if prepared.is_explain() != 0 {
            return Ok(());
        }
        // To SQLite a pragma that may write is one that writes, as is one that only asks.
        if is_pragma(sql) {
            return if pragma_writes(raw, sql) { self.take(raw, cooperation) } else { Ok(()) };
        }
        if self.need_not_wait(raw, cooperation) || writes_elsewhere(raw, sql) {
            return Ok(());
        }
        self.wait(cooperation)
    }

    /// Waits for its turn to write. After as long as statements wait for locks it is SQLite's to say who
    /// holds one, at once.
    pub(crate) fn take(
        &mut self,
        raw: &rusqlite::Connection,
        cooperation: &Cooperation,
    ) -> Result<(), Failure> {
        if self.need_not_wait(raw, cooperation) {
            return Ok(());
        }
        self.wait(cooperation)
    }

    /// Whether it is its turn already or from now on, or there is no use in waiting for it.
    fn need_not_wait(&mut self, raw: &rusqlite::Connection, cooperation: &Cooperation) -> bool {
        // Who has read already keeps the writer from its commit: to wait for it would be a deadlock.
        if self.turn.is_some() || cooperation.busy_timeout() == 0 || has_read(raw) {
            return true;
        }
        self.turn = Arc::clone(&self.queue).try_acquire_owned().ok();
        self.turn.is_some()
    }

    #[cold]
    fn wait(&mut self, cooperation: &Cooperation) -> Result<(), Failure> {
        // Whoever ends a turn wakes the next one, perhaps behind a COMMIT, and wakers are code of an executor's.
        let mut waker = ContainedWaker::default();
        let mut turn = pin!(waker.contain(Arc::clone(&self.queue).acquire_owned()));
        let since = Instant::now();
        while let Some(left) = cooperation.left_for_locks(since) {
            let soon = Instant::now() + left.min(LOOK);
            match bridge::sync::wait(turn.as_mut(), Some(soon)) {
                Ok(Some(Ok(turn))) => {
                    self.turn = Some(turn);
                    cooperation.has_spent(since.elapsed());
                    return Ok(());
                }
                Ok(None) => cooperation.checkpoint().map_err(Failure::Ours)?,
                Err(error @ bridge::Error::Cancelled) => {
                    return Err(Failure::Ours(error.into()));
                }
                // Where nothing may wait here, it is as it would be without a queue.
                Ok(Some(Err(_))) | Err(_) => return Ok(()),
            }
        }
        cooperation.has_waited();
        Ok(())
    }

    /// Lets the next one write, if this connection holds no lock of a writer. A statement outside of a
    /// transaction holds it until it is reset.
    #[inline]
    pub(crate) fn after(&mut self, raw: &rusqlite::Connection) {
        if self.turn.is_some() && !self.goes_on(raw) {
            self.turn = None;
        }
    }

    /// Whether it holds the lock of a writer. Within a transaction SQLite is asked until it says so.
    #[inline]
    fn goes_on(&mut self, raw: &rusqlite::Connection) -> bool {
        let is_open = !raw.is_autocommit();
        if is_open && self.has_written {
            return true;
        }
        let writes = writes(raw);
        self.has_written = is_open && writes;
        writes
    }
}

/// Whether a connection holds the lock of the writer of its database: what it has written to temporary
/// tables or to attached databases is nothing to those who wait.
fn writes(raw: &rusqlite::Connection) -> bool {
    matches!(raw.transaction_state(Some(MAIN)), Ok(TransactionState::Write))
}

/// Whether a connection holds a lock that a writer may wait for. Nobody waits for temporary tables.
fn has_read(raw: &rusqlite::Connection) -> bool {
    if matches!(raw.transaction_state(None::<&CStr>), Ok(TransactionState::None)) {
        return false;
    }
    let reads =
        |name: &str| !matches!(raw.transaction_state(Some(name)), Ok(TransactionState::None));
    // The second one is that of the temporary tables.
    iter::once(0).chain(2..).map_while(|index| raw.db_name(index).ok()).any(|name| reads(&name))
}

/// What a statement takes of databases to write to them.
#[derive(Default)]
struct Written {
    /// The lock of the main database.
    main: bool,
    /// That of another one, or of the temporary tables.
    others: bool,
}

/// What a statement writes to. SQLite says it by the program that it has made of the statement.
#[cold]
fn written(raw: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Written> {
    // EXPLAIN of nothing explains nothing.
    let sql = sql.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    let mut explained = raw.prepare(&format!("explain {sql}"))?;
    let mut rows = explained.raw_query();
    let mut written = Written::default();
    while let Some(row) = rows.next()? {
        let code = row.get_ref("opcode")?;
        let begins = code.as_str().is_ok_and(|code| code == "Transaction");
        // Which database, and whether to write.
        if begins && row.get::<_, i64>("p2")? != 0 {
            let main = row.get::<_, i64>("p1")? == 0;
            written.main |= main;
            written.others |= !main;
        }
    }
    Ok(written)
}

/// Whether a statement surely writes, and only to temporary tables or to attached databases. This is asked
/// of one only that would have to wait.
#[cold]
fn writes_elsewhere(raw: &rusqlite::Connection, sql: &str) -> bool {
    written(raw, sql).is_ok_and(|written| written.others && !written.main)
}

/// Whether a pragma takes a lock that only one writer can have.
#[cold]
fn pragma_writes(raw: &rusqlite::Connection, sql: &str) -> bool {
    // These two take it without a transaction.
    takes_lock(sql) || written(raw, sql).is_ok_and(|written| written.main)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn databases() -> rusqlite::Connection {
        let raw = rusqlite::Connection::open_in_memory().unwrap();
        raw.execute_batch(
            "create table t (a); create temp table x (a); attach ':memory:' as b;
             create table b.u (a);
             create temp trigger copies after insert on u begin insert into t values (new.a); end",
        )
        .unwrap();
        raw
    }

    #[test]
    fn what_writes_to_other_databases_only_is_known() {
        let raw = databases();
        for (sql, elsewhere) in [
            ("insert into x values (?)", true),
            ("-- it reads\n insert into x select a from t", true),
            ("create temp table y (a)", true),
            ("update b.u set a = 1", true),
            ("insert into t select a from x", false),
            // A trigger writes.
            ("insert into b.u values (1)", false),
            ("create table y (a)", false),
            ("vacuum", false),
            ("select a from t", false),
            ("no statement", false),
        ] {
            assert_eq!(writes_elsewhere(&raw, sql), elsewhere, "{sql}");
        }
    }

    #[test]
    fn a_pragma_that_only_asks_does_not_write() {
        let raw = databases();
        for (sql, writes) in [
            ("pragma user_version", false),
            ("pragma user_version = 3", true),
            ("; -- say\n pragma main.application_id(7)", true),
            ("pragma b.user_version = 3", false),
            ("pragma journal_mode", false),
            ("pragma journal_mode = wal", true),
            ("pragma main.journal_mode(delete)", true),
            ("pragma wal_checkpoint", false),
            ("pragma wal_checkpoint(passive)", false),
            ("pragma wal_checkpoint(TRUNCATE)", true),
            ("pragma incremental_vacuum(10)", true),
            ("pragma foreign_keys = on", false),
            ("pragma cache_size = 100", false),
            ("pragma table_info(t)", false),
        ] {
            assert_eq!(pragma_writes(&raw, sql), writes, "{sql}");
        }
    }

    #[test]
    fn a_turn_lasts_as_long_as_the_lock() {
        let mut raw = rusqlite::Connection::open_in_memory().unwrap();
        let cooperation = Cooperation::install(&mut raw, Duration::from_secs(1)).unwrap();
        raw.execute_batch("create table t (a unique)").unwrap();
        let mut turns = Turns::new("a turn lasts as long as the lock");
        for (sql, lasts) in [
            ("insert into t values (1)", false),
            ("begin", false),
            ("insert into t values (2)", true),
            ("select * from t", true),
            ("savepoint s; insert into t values (3); rollback to s", true),
            // It is refused.
            ("insert into t values (2)", true),
            ("rollback", false),
            ("begin", false),
            ("insert into t values (3)", true),
            ("insert or rollback into t values (1)", false),
            ("savepoint s; insert into t values (4); rollback to s", true),
            ("release s", false),
            // The end of a transaction that has written is not that of the next one.
            ("begin; insert into t values (5); commit; begin", false),
            ("insert into t values (6)", true),
            ("commit", false),
        ] {
            assert!(turns.need_not_wait(&raw, &cooperation));
            let _ = raw.execute_batch(sql);
            turns.after(&raw);
            assert_eq!((turns.turn.is_some(), writes(&raw)), (lasts, lasts), "{sql}");
        }
    }

    #[test]
    fn temporary_tables_are_in_nobodys_way() {
        let raw = databases();
        for (sql, reads, has_written) in [
            ("insert into x values (1)", false, false),
            ("select count(*) from t", true, false),
            ("select count(*) from u", true, false),
            ("delete from u", true, false),
            ("insert into t values (1)", true, true),
        ] {
            raw.execute_batch(&format!("begin; {sql}")).unwrap();
            assert_eq!((has_read(&raw), writes(&raw)), (reads, has_written), "{sql}");
            raw.execute_batch("rollback").unwrap();
            assert!(!has_read(&raw) && !writes(&raw), "{sql}");
        }
    }
}
