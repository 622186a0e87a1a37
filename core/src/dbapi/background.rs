//! Work that must not keep its caller waiting: clean-ups of connections, on threads that come and go.
//!
//! A job may block for as long as its own budget says, so it never waits behind another one: it goes
//! to a thread that is idle, or to a new one. A thread without work ends after some seconds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::error::{Error, ErrorKind, Result};

type Job = Box<dyn FnOnce() + Send>;

/// How long a thread waits for another job.
const IDLE_TIME: Duration = Duration::from_secs(5);

/// Runs a job on a background thread, and does not wait for it. The caller is not blocked.
///
/// For what [`Connection::recover`](super::Connection::recover) does in a driver that blocks. If the
/// system refuses the thread, the job is dropped without being run, and the log says so.
pub fn in_background(job: impl FnOnce() + Send + 'static) {
    if let Err(error) = try_in_background(job) {
        tracing::error!(target: "aludel::pool", %error, "a connection could not be cleaned up");
    }
}

/// As [`in_background`], for a job that somebody depends on.
///
/// # Errors
///
/// [`ErrorKind::Operational`]: the system refuses the thread, and the job was dropped.
pub fn try_in_background(job: impl FnOnce() + Send + 'static) -> Result<()> {
    // A channel without room: a job is taken by a thread that waits right now, or by none.
    static IDLE: OnceLock<(Sender<Job>, Receiver<Job>)> = OnceLock::new();
    let (sender, receiver) = IDLE.get_or_init(|| bounded(0));
    let Err(refused) = sender.try_send(Box::new(job)) else { return Ok(()) };
    let (TrySendError::Full(job) | TrySendError::Disconnected(job)) = refused;
    let receiver = receiver.clone();
    let started = thread::Builder::new().name("aludel-background".to_owned()).spawn(move || {
        run(job);
        while let Ok(job) = receiver.recv_timeout(IDLE_TIME) {
            run(job);
        }
    });
    started.map(drop).map_err(|error| {
        Error::new(
            ErrorKind::Operational,
            format!(
                "a background thread of the driver could not be started ({error}); raise the limits \
                 on threads and memory of the process, or lower pool_size"
            ),
        )
        .with_source(error)
    })
}

/// Has something done on a background thread and waits for it, but not longer than a time. `None`
/// says that it took longer; then the work goes on, and what it makes is dropped there.
///
/// For calls that take no time to give up after, such as the search for a host's addresses.
///
/// # Errors
///
/// As [`try_in_background`].
pub fn run_with_timeout<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>> {
    let (send, receive) = sync_channel(1);
    try_in_background(move || {
        // Whoever has waited long enough is gone.
        let _ = send.send(work());
    })?;
    Ok(receive.recv_timeout(time).ok())
}

fn run(job: Job) {
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        tracing::error!(target: "aludel::pool", "work for a connection in the background panicked");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Barrier};

    use super::*;

    /// Each of them ends only when all have begun.
    #[test]
    fn a_long_job_holds_nobody_up() {
        let together = Arc::new(Barrier::new(8));
        let (done, all) = channel();
        for _ in 0..8 {
            let (together, done) = (Arc::clone(&together), done.clone());
            in_background(move || {
                together.wait();
                done.send(()).unwrap();
            });
        }
        for _ in 0..8 {
            all.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }

    #[test]
    fn a_long_job_is_not_waited_for_and_its_work_is_dropped() {
        struct Made(std::sync::mpsc::Sender<()>);
        impl Drop for Made {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        let (done, all) = channel();
        let (go_on, wait) = channel();
        let late = run_with_timeout(Duration::from_millis(20), move || {
            wait.recv().unwrap();
            Made(done)
        });
        assert!(late.unwrap().is_none());
        go_on.send(()).unwrap();
        all.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(run_with_timeout(Duration::from_secs(10), || 7).unwrap(), Some(7));
        let panicked = run_with_timeout::<()>(Duration::from_secs(10), || panic!("on purpose"));
        assert_eq!(panicked.unwrap(), None);
    }

    #[test]
    fn a_panic_ends_one_job_only() {
        let (done, all) = channel();
        in_background(|| panic!("on purpose"));
        in_background(move || done.send(()).unwrap());
        all.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
