//! One thread, or one coroutine of `may`, that blocks until it is woken.

use std::sync::Arc;
use std::task::Wake;
use std::time::Instant;

use crate::primitives::{AtomicBool, Ordering, Thread, thread};

/// One thread, or one coroutine, that waits to be woken. The flag tells a wake-up from any other
/// unpark.
pub(crate) struct Parker {
    sleeper: Sleeper,
    woken: AtomicBool,
}

enum Sleeper {
    Thread(Thread),
    #[cfg(feature = "may")]
    Coroutine(may::coroutine::Coroutine),
}

impl Parker {
    /// For the calling thread, which alone may park.
    pub(crate) fn of_thread() -> Self {
        Self { sleeper: Sleeper::Thread(thread::current()), woken: AtomicBool::new(false) }
    }

    /// For the calling coroutine of `may`, which alone may park.
    #[cfg(feature = "may")]
    pub(crate) fn of_coroutine() -> Self {
        let sleeper = Sleeper::Coroutine(may::coroutine::current());
        Self { sleeper, woken: AtomicBool::new(false) }
    }

    /// Waits until it is woken, once for each time; `false` if the deadline came first, which only
    /// threads look at.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        while !self.woken.swap(false, Ordering::Acquire) {
            match (&self.sleeper, deadline) {
                #[cfg(feature = "may")]
                (Sleeper::Coroutine(_), _) => may::coroutine::park(),
                (Sleeper::Thread(_), None) => thread::park(),
                (Sleeper::Thread(_), Some(deadline)) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    thread::park_timeout(left);
                }
            }
        }
        true
    }

    pub(crate) fn unpark(&self) {
        self.woken.store(true, Ordering::Release);
        match &self.sleeper {
            Sleeper::Thread(thread) => thread.unpark(),
            #[cfg(feature = "may")]
            Sleeper::Coroutine(coroutine) => coroutine.unpark(),
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}
