//! Waits for a state, and one bound for all of them.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::say;

/// The time after which a test has failed. It is far longer than anything takes on a loaded machine:
/// no test proves by it that something was fast, only that it did not hang.
pub const BOUND: Duration = Duration::from_secs(30);

/// A time that a test never waits for: the budget or time-out of a wait that must not happen, or that
/// something else must end.
pub const NEVER: Duration = Duration::from_secs(600);

const PAUSE: Duration = Duration::from_millis(5);

/// Waits until something is so, blocking the thread.
///
/// # Panics
///
/// It is not so within [`BOUND`].
#[track_caller]
pub fn settle(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < BOUND, "not in time: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until something is so, and lets other tasks run meanwhile.
///
/// # Panics
///
/// It is not so within [`BOUND`].
pub async fn settle_awaited(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < BOUND, "not in time: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs what must not wait, in a state in which a wait would last far longer than [`BOUND`].
///
/// # Panics
///
/// It took longer than that. Should it not return at all, the process is aborted.
#[track_caller]
pub fn within_bound<T>(what: &str, f: impl FnOnce() -> T) -> T {
    let (ended, end) = channel::<()>();
    let hangs = format!("aborted: {what} did not return");
    std::thread::spawn(move || {
        if end.recv_timeout(2 * BOUND) == Err(RecvTimeoutError::Timeout) {
            say(&hangs);
            std::process::abort();
        }
    });
    let start = Instant::now();
    let outcome = f();
    drop(ended);
    assert!(start.elapsed() < BOUND, "{what} took {:?}", start.elapsed());
    outcome
}
