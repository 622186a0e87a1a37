//! Whose turn it is to write: one queue for each database, for all its connections in this process.
//!
//! SQLite has one writer at a time and no queue: who finds the lock taken sleeps and tries again, so that
//! whoever has slept longest is the least likely to meet the moment when it is free. Here those of one
//! process stand in the order in which they came; locks of other processes are SQLite's as before.

use std::collections::HashMap;
use std::ffi::CStr;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use parking_lot::Mutex;
use rusqlite::TransactionState;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cooperation::Cooperation;
use crate::error::Failure;

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
}

impl Turns {
    /// For a connection to the file, or to the memory database, of this name.
    pub(crate) fn new(name: &str) -> Self {
        Self { queue: queue_of(name), turn: None }
    }

    /// Waits for its turn if a statement is the first that writes.
    #[inline]
    pub(crate) fn before(
        &mut self,
        raw: &rusqlite::Connection,
        prepared: &rusqlite::Statement<'_>,
        cooperation: &Cooperation,
    ) -> Result<(), Failure> {
        if self.turn.is_some() || prepared.readonly() {
            return Ok(());
        }
        self.take(raw, cooperation)
    }

    /// Waits for its turn to write. After as long as statements wait for locks it is SQLite's to say who
    /// holds one, at once.
    pub(crate) fn take(
        &mut self,
        raw: &rusqlite::Connection,
        cooperation: &Cooperation,
    ) -> Result<(), Failure> {
        // Who has read already keeps the writer from its commit: to wait for it would be a deadlock.
        let has_read = !matches!(raw.transaction_state(None::<&str>), Ok(TransactionState::None));
        if self.turn.is_some() || has_read || cooperation.busy_timeout() == 0 {
            return Ok(());
        }
        if let Ok(turn) = Arc::clone(&self.queue).try_acquire_owned() {
            self.turn = Some(turn);
            return Ok(());
        }
        self.wait(cooperation)
    }

    #[cold]
    fn wait(&mut self, cooperation: &Cooperation) -> Result<(), Failure> {
        let mut turn = pin!(Arc::clone(&self.queue).acquire_owned());
        let since = Instant::now();
        while let Some(left) = cooperation.left_for_locks(since) {
            let soon = Instant::now() + left.min(LOOK);
            match bridge::sync::wait(turn.as_mut(), Some(soon)) {
                Ok(Some(Ok(turn))) => {
                    self.turn = Some(turn);
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
        if self.turn.is_some() && !writes(raw) {
            self.turn = None;
        }
    }
}

/// Whether a connection holds the lock of the writer of its database: what it has written to temporary
/// tables or to attached databases is nothing to those who wait.
fn writes(raw: &rusqlite::Connection) -> bool {
    matches!(raw.transaction_state(Some(MAIN)), Ok(TransactionState::Write))
}
