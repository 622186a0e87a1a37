//! A time-out for a call that blocks its thread: something is done when the time is over.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::in_background;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Disarmed,
    Expired,
}

/// Calls a function on a background thread when a time is over, unless it is disarmed or dropped
/// before.
///
/// For the time-outs of drivers that block: the function ends the call from outside.
#[must_use]
pub struct Timer(Arc<(Mutex<State>, Condvar)>);

impl Timer {
    /// Starts. A time too long for the clock is never over.
    pub fn start(time: Duration, expired: impl FnOnce() + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(State::Running), Condvar::new()));
        let this = Self(Arc::clone(&shared));
        let Some(deadline) = Instant::now().checked_add(time) else { return this };
        in_background(move || {
            let (state, changed) = &*shared;
            let mut state = state.lock();
            while *state == State::Running {
                if changed.wait_until(&mut state, deadline).timed_out() && *state == State::Running
                {
                    *state = State::Expired;
                    // The lock is held, so that the function has returned when `disarm` does.
                    return expired();
                }
            }
        });
        this
    }

    /// Stops it. `false` says that the function was called; it has returned by now.
    #[must_use]
    pub fn disarm(self) -> bool {
        self.stop()
    }

    fn stop(&self) -> bool {
        let (state, changed) = &*self.0;
        let mut state = state.lock();
        if *state == State::Running {
            *state = State::Disarmed;
            changed.notify_one();
        }
        *state == State::Disarmed
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timer").field(&*self.0.0.lock()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn it_calls_when_the_time_is_over_and_not_after_it_was_disarmed() {
        let (send, called) = channel();
        let timer = Timer::start(Duration::from_millis(5), move || send.send(()).unwrap());
        called.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(!timer.disarm());
        let (send, called) = channel::<()>();
        let timer = Timer::start(Duration::from_secs(3600), move || send.send(()).unwrap());
        assert!(timer.disarm());
        // The thread lets go of the function without calling it.
        assert!(called.recv_timeout(Duration::from_secs(10)).is_err());
        assert!(Timer::start(Duration::MAX, || ()).disarm());
    }
}
