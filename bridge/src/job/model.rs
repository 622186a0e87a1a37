//! A cancel beside what a job does, in every order that two or three threads can take.

use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::JobState;
use crate::primitives::thread::{self, Thread};

/// A hook runs once or never, as its guard says, and not once the guard is gone.
#[test]
fn a_hook_runs_only_while_its_guard_lives() {
    loom::model(|| {
        let job = JobState::new();
        let (calls, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
        let canceller = job.canceller();
        let cancelling = loom::thread::spawn(move || canceller.wake());
        let (counted, guard) = (Arc::clone(&calls), Arc::clone(&alive));
        let armed = job.arm(Box::new(move || {
            assert!(guard.load(Ordering::Acquire), "the guard is gone");
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        match armed {
            Some(id) => {
                let in_time = job.disarm(id);
                alive.store(false, Ordering::Release);
                assert_eq!(calls.load(Ordering::Relaxed), usize::from(!in_time));
            }
            None => assert!(job.is_cancelled()),
        }
        let before = calls.load(Ordering::Relaxed);
        assert!(cancelling.join().is_ok());
        assert_eq!(calls.load(Ordering::Relaxed), before);
        assert!(job.is_cancelled());
    });
}

struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A runtime that the job drives hears of a cancel, whenever it comes.
#[test]
fn a_cancel_is_not_missed() {
    loom::model(|| {
        let job = JobState::new();
        let canceller = job.canceller();
        let cancelling = loom::thread::spawn(move || canceller.wake());
        let waker = Waker::from(Arc::new(Unparks(thread::current())));
        loop {
            job.listen(&waker);
            if job.is_cancelled() {
                break;
            }
            thread::park();
        }
        assert!(cancelling.join().is_ok());
    });
}

/// Two cancels, as of a caller that goes while its worker's queue ends, call a hook once.
#[test]
fn a_hook_is_called_once() {
    loom::model(|| {
        let job = JobState::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let armed = job.arm(Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        assert!(armed.is_some());
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let canceller = job.canceller();
                loom::thread::spawn(move || canceller.wake())
            })
            .collect();
        for thread in threads {
            assert!(thread.join().is_ok());
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    });
}
