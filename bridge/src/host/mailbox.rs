//! The jobs on their way to a host: senders wake it only while it sleeps.
//!
//! A channel whose receiver is woken by each send, or by each first one since its last look, has the system called
//! while the host is awake anyway: tokio interrupts the wait of a runtime that does not wait. Here the host says when it
//! goes to sleep, under the lock under which jobs are put, so a job is seen by the host or wakes it.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::Waker;

use crate::ending::contain_panic;
use crate::primitives::{Mutex, MutexGuard};

pub(super) struct Mailbox<T>(Mutex<State<T>>);

struct State<T> {
    jobs: Vec<T>,
    /// Present while the host sleeps.
    sleeper: Option<Waker>,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Jobs may come.
    Open,
    /// None will come any more.
    NoSender,
    /// None is taken any more.
    NoReceiver,
}

/// What the host finds when it wants to sleep.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: it sleeps, and the next job wakes it.
    Nothing,
    /// There are jobs.
    Jobs,
    /// There will be none.
    End,
}

impl<T> Mailbox<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { jobs: Vec::new(), sleeper: None, end: End::Open }))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Neither jobs nor wakers run, are cloned or are dropped under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job; it is returned if nobody will take it.
    pub(super) fn send(&self, job: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.end == End::NoReceiver {
            return Err(job);
        }
        state.jobs.push(job);
        let sleeper = state.sleeper.take();
        drop(state);
        wake(sleeper);
        Ok(())
    }

    /// The last handle is gone.
    pub(super) fn no_sender(&self) {
        let mut state = self.lock();
        if state.end == End::Open {
            state.end = End::NoSender;
        }
        let sleeper = state.sleeper.take();
        drop(state);
        wake(sleeper);
    }

    /// The host takes no more; what is left is returned.
    fn no_receiver(&self) -> Vec<T> {
        let mut state = self.lock();
        state.end = End::NoReceiver;
        let left = mem::take(&mut state.jobs);
        let sleeper = state.sleeper.take();
        drop(state);
        drop(sleeper);
        left
    }
}

/// The host's end. When it is dropped, so are the jobs that nobody has taken.
pub(super) struct Receiver<T>(pub(super) Arc<Mailbox<T>>);

impl<T> Receiver<T> {
    /// The host is awake, and takes all jobs that there are, in the order in which they were sent, into an empty
    /// list. Nobody wakes it until it sleeps.
    pub(super) fn take(&self, into: &mut Vec<T>) {
        let mut state = self.0.lock();
        mem::swap(&mut state.jobs, into);
        let sleeper = state.sleeper.take();
        drop(state);
        drop(sleeper);
    }

    /// The host goes to sleep, if there is nothing to do: the next job wakes it.
    pub(super) fn sleep(&self, waker: &Waker) -> Found {
        // To clone a waker is to run code of the executor's, as to drop one.
        let waker = waker.clone();
        let mut state = self.0.lock();
        if !state.jobs.is_empty() {
            return Found::Jobs;
        }
        if state.end != End::Open {
            return Found::End;
        }
        let before = state.sleeper.replace(waker);
        drop(state);
        drop(before);
        Found::Nothing
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        drop(self.0.no_receiver());
    }
}

fn wake(sleeper: Option<Waker>) {
    if let Some(sleeper) = sleeper {
        contain_panic("waking a host", || sleeper.wake());
    }
}

#[cfg(all(test, not(aludel_loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_host_is_woken_once_while_it_sleeps_and_never_while_it_is_awake() {
        let (mailbox, counts) = (Arc::new(Mailbox::new()), Arc::new(Counts::default()));
        let (receiver, waker) = (Receiver(Arc::clone(&mailbox)), Waker::from(Arc::clone(&counts)));
        let woken = || counts.0.load(Ordering::SeqCst);
        let mut jobs = Vec::new();
        assert_eq!(mailbox.send(1), Ok(()));
        assert_eq!((receiver.sleep(&waker), woken()), (Found::Jobs, 0));
        receiver.take(&mut jobs);
        assert_eq!(mem::take(&mut jobs), [1]);
        assert_eq!((receiver.sleep(&waker), woken()), (Found::Nothing, 0));
        assert_eq!((mailbox.send(2), mailbox.send(3), woken()), (Ok(()), Ok(()), 1));
        receiver.take(&mut jobs);
        assert_eq!(jobs, [2, 3]);
        // Whatever else has woken it: it is awake.
        assert_eq!(receiver.sleep(&waker), Found::Nothing);
        receiver.take(&mut Vec::new());
        assert_eq!((mailbox.send(4), woken()), (Ok(()), 1));
        receiver.take(&mut Vec::new());
        assert_eq!(receiver.sleep(&waker), Found::Nothing);
        mailbox.no_sender();
        assert_eq!((receiver.sleep(&waker), woken()), (Found::End, 2));
        drop(receiver);
        assert_eq!(mailbox.send(5), Err(5));
    }
}
