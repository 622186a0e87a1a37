//! How a connection waits inside SQLite: it lets others run, and it stops when it is cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aludel_bridge as bridge;
use aludel_core::error::Result;
use parking_lot::Mutex;

/// Steps of SQLite's virtual machine between two calls of the progress handler: about half a millisecond.
const STEPS: i32 = 20_000;

/// The pauses between two tries to get a lock; the last one repeats. The holder is most often
/// another greenlet of this thread that needs one turn only, hence the short ones first.
const PAUSES: [Duration; 11] = [
    Duration::from_micros(100),
    Duration::from_micros(400),
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(15),
    Duration::from_millis(20),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
];

/// What a connection and the callbacks that SQLite holds of it share. SQLite calls back only from
/// within a call of the connection, so two threads never use the same field at once, except
/// `stop`.
#[derive(Debug)]
pub(crate) struct Cooperation {
    /// In milliseconds.
    busy_timeout: AtomicU64,
    /// Whether the busy handler was called since the statement began.
    waited: AtomicBool,
    /// The time for locks was over before the statement began.
    no_time: AtomicBool,
    /// In microseconds: how long the statement has waited for its turn, until SQLite waits for a lock.
    spent: AtomicU64,
    /// While it is set, nothing is suspended, interrupted or waited for.
    uninterrupted: AtomicBool,
    /// Another thread has asked for the end of the statement.
    stop: AtomicBool,
    /// The time-out of the statement.
    limit: Mutex<Option<Limit>>,
    /// Whether there is one, and whether it ended the statement.
    limited: AtomicBool,
    expired: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Limit {
    timeout: Duration,
    deadline: Instant,
}

impl Cooperation {
    /// Gives SQLite the callbacks.
    pub(crate) fn install(
        raw: &mut rusqlite::Connection,
        busy_timeout: Duration,
    ) -> rusqlite::Result<Arc<Self>> {
        let this = Arc::new(Self {
            busy_timeout: AtomicU64::new(0),
            waited: AtomicBool::new(false),
            no_time: AtomicBool::new(false),
            spent: AtomicU64::new(0),
            uninterrupted: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            limit: Mutex::new(None),
            limited: AtomicBool::new(false),
            expired: AtomicBool::new(false),
        });
        this.set_busy_timeout(u64::try_from(busy_timeout.as_millis()).unwrap_or(u64::MAX));
        let shared = Arc::clone(&this);
        raw.progress_handler(STEPS, Some(move || shared.interrupts()))?;
        let shared = Arc::clone(&this);
        let mut since = Instant::now();
        raw.busy_handler(Some(move |tries: i32| {
            if tries == 0 {
                since = shared.begins_to_wait();
            }
            shared.waits(tries, since)
        }))?;
        Ok(this)
    }

    pub(crate) fn busy_timeout(&self) -> u64 {
        self.busy_timeout.load(Ordering::Relaxed)
    }

    pub(crate) fn set_busy_timeout(&self, milliseconds: u64) {
        self.busy_timeout.store(milliseconds, Ordering::Relaxed);
    }

    /// Whether the statement has waited for a lock.
    pub(crate) fn waited(&self) -> bool {
        self.waited.load(Ordering::Relaxed)
    }

    /// A call begins, which may have a time-out.
    #[inline]
    pub(crate) fn start(&self, timeout: Option<Duration>) {
        self.waited.store(false, Ordering::Relaxed);
        self.no_time.store(false, Ordering::Relaxed);
        self.spent.store(0, Ordering::Relaxed);
        if timeout.is_some() || self.limited.load(Ordering::Relaxed) {
            self.limit(timeout);
        }
    }

    #[cold]
    fn limit(&self, timeout: Option<Duration>) {
        let limit = timeout.and_then(|timeout| {
            let deadline = Instant::now().checked_add(timeout)?;
            Some(Limit { timeout, deadline })
        });
        self.limited.store(limit.is_some(), Ordering::Relaxed);
        self.expired.store(false, Ordering::Relaxed);
        *self.limit.lock() = limit;
    }

    /// The time that is left of the time-out, if there is one.
    fn left(&self) -> Option<Duration> {
        if !self.limited.load(Ordering::Relaxed) {
            return None;
        }
        let left = (*self.limit.lock())?.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.expired.store(true, Ordering::Relaxed);
        }
        Some(left)
    }

    /// The time-out that ended the statement, if one did.
    pub(crate) fn expired(&self) -> Option<Duration> {
        if !self.expired.load(Ordering::Relaxed) {
            return None;
        }
        (*self.limit.lock()).map(|limit| limit.timeout)
    }

    /// Ends the statement that runs, and refuses the next ones until [`resume`](Self::resume).
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Statements may run again. It MUST NOT be called while one that was stopped may still run.
    pub(crate) fn resume(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Whether work may go on: neither was the greenlet cancelled, nor has another thread asked for the end.
    #[inline]
    pub(crate) fn checkpoint(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(bridge::Error::Cancelled.into());
        }
        Ok(bridge::checkpoint()?)
    }

    /// Runs what must work in a cancelled greenlet and in a destructor too.
    pub(crate) fn uninterrupted<T>(&self, f: impl FnOnce() -> T) -> T {
        self.uninterrupted.store(true, Ordering::Relaxed);
        let result = f();
        self.uninterrupted.store(false, Ordering::Relaxed);
        result
    }

    /// The progress handler: whether the statement is to end here.
    fn interrupts(&self) -> bool {
        if self.uninterrupted.load(Ordering::Relaxed) {
            return false;
        }
        if self.stop.load(Ordering::Relaxed) || self.left().is_some_and(|left| left.is_zero()) {
            return true;
        }
        if !bridge::can_await() {
            return false;
        }
        // Nothing may unwind through SQLite, so a refusal has to be an answer. One for another
        // reason than a cancel, such as a panic that is under way, does not end the statement.
        bridge::in_callback(|| bridge::yield_now().is_err() && bridge::is_cancelled())
    }

    /// What is left of the time that a statement waits for locks, if there is any.
    pub(crate) fn left_for_locks(&self, since: Instant) -> Option<Duration> {
        let budget = Duration::from_millis(self.busy_timeout());
        let mut left = budget.saturating_sub(since.elapsed());
        if let Some(limit) = self.left() {
            left = left.min(limit);
        }
        (!left.is_zero()).then_some(left)
    }

    /// The statement has waited for all the time that it has, before it was begun.
    pub(crate) fn has_waited(&self) {
        self.no_time.store(true, Ordering::Relaxed);
    }

    /// The statement has waited for its turn, which counts for the first lock that it waits for.
    pub(crate) fn has_spent(&self, time: Duration) {
        self.spent.store(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// When the wait for a lock that begins now has begun, with that for the turn.
    fn begins_to_wait(&self) -> Instant {
        let spent = Duration::from_micros(self.spent.swap(0, Ordering::Relaxed));
        let now = Instant::now();
        now.checked_sub(spent).unwrap_or(now)
    }

    /// The busy handler: whether to try again. It is also for what SQLite does not ask its handler about.
    pub(crate) fn waits(&self, tries: i32, since: Instant) -> bool {
        if self.uninterrupted.load(Ordering::Relaxed) {
            return false;
        }
        self.waited.store(true, Ordering::Relaxed);
        if self.no_time.load(Ordering::Relaxed) {
            return false;
        }
        let Some(left) = self.left_for_locks(since) else { return false };
        let tries = usize::try_from(tries).unwrap_or(0).min(PAUSES.len() - 1);
        let slept = bridge::in_callback(|| bridge::sleep(PAUSES[tries].min(left)).is_ok());
        slept && !self.stop.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_for_a_turn_counts_once_and_for_one_call() {
        let mut raw = rusqlite::Connection::open_in_memory().unwrap();
        let hour = Duration::from_secs(3600);
        let cooperation = Cooperation::install(&mut raw, hour).unwrap();
        let left = || cooperation.left_for_locks(cooperation.begins_to_wait());
        cooperation.start(None);
        cooperation.has_spent(hour / 2);
        assert!(left().is_some_and(|left| left <= hour / 2));
        // Another lock of the same statement.
        assert!(left().is_some_and(|left| left > hour / 2));
        cooperation.has_spent(hour / 2);
        cooperation.start(None);
        assert!(left().is_some_and(|left| left > hour / 2));
    }
}
