//! What threads share and wait by where a model looks into it: std's, or loom's.
//!
//! With `--cfg aludel_loom` the hand-off of jobs and the parking of threads run as a model, in which
//! loom takes every order of their steps: `scripts/loom`. Nothing else of the crate works then.

#[cfg(not(aludel_loom))]
pub(crate) use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
};

#[cfg(aludel_loom)]
pub(crate) use self::{atomic::AtomicBool, thread::Thread};
#[cfg(aludel_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic::Ordering};

/// A flag whose every change follows the one before, as a swap's must. Loom itself lets a swap miss
/// a store that came after the last swap and before this one.
#[cfg(aludel_loom)]
mod atomic {
    use loom::sync::atomic::{self, Ordering};

    pub(crate) struct AtomicBool(atomic::AtomicBool);

    impl AtomicBool {
        pub(crate) fn new(value: bool) -> Self {
            Self(atomic::AtomicBool::new(value))
        }

        pub(crate) fn load(&self, order: Ordering) -> bool {
            self.0.load(order)
        }

        pub(crate) fn store(&self, value: bool, order: Ordering) {
            self.0.swap(value, order);
        }

        pub(crate) fn swap(&self, value: bool, order: Ordering) -> bool {
            self.0.swap(value, order)
        }
    }
}

/// Parking as std promises it. Loom's own forgets an unpark that comes while the thread waits for a
/// mutex.
#[cfg(aludel_loom)]
pub(crate) mod thread {
    use std::sync::{Arc, PoisonError};
    use std::time::Duration;

    use loom::sync::{Condvar, Mutex};

    loom::thread_local! {
        static CURRENT: Thread = Thread(Arc::default());
    }

    /// A thread, and whether it was unparked since it last parked.
    #[derive(Clone)]
    pub(crate) struct Thread(Arc<(Mutex<bool>, Condvar)>);

    impl Thread {
        pub(crate) fn unpark(&self) {
            *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.0.1.notify_one();
        }
    }

    pub(crate) fn current() -> Thread {
        CURRENT.with(Clone::clone)
    }

    pub(crate) fn park() {
        let Thread(this) = current();
        let mut unparked = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*unparked {
            unparked = this.1.wait(unparked).unwrap_or_else(PoisonError::into_inner);
        }
        *unparked = false;
    }

    /// A model has no clock: this may end at any moment.
    pub(crate) fn park_timeout(_: Duration) {
        loom::thread::yield_now();
    }
}
