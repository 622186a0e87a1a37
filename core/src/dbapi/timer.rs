//! A time-out for a call that blocks its thread: something is done when the time is over.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::try_in_background;
use crate::error::Result;

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The first function was called.
    expired: bool,
    /// Nothing is called any more.
    ended: bool,
}

type Step = Box<dyn FnOnce() + Send>;

/// Calls a function on a background thread when a time is over, unless it is disarmed or dropped
/// before.
///
/// For the time-outs of drivers that block: the function ends the call from outside.
#[must_use]
pub struct Timer(Arc<(Mutex<State>, Condvar)>);

impl Timer {
    /// Starts. A time too long for the clock is never over.
    ///
    /// # Errors
    ///
    /// [`Operational`](crate::ErrorKind::Operational): the system refuses the thread, so that there
    /// is no time-out and the call must not be made.
    pub fn start(time: Duration, expired: impl FnOnce() + Send + 'static) -> Result<Self> {
        Self::start_steps(vec![(time, Box::new(expired))])
    }

    /// As [`start`](Self::start), with a second function for a call that the first did not end:
    /// it is called when the grace is over as well.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with_grace(
        time: Duration,
        expired: impl FnOnce() + Send + 'static,
        grace: Duration,
        given_up: impl FnOnce() + Send + 'static,
    ) -> Result<Self> {
        let given_up: Step = Box::new(given_up);
        Self::start_steps(vec![(time, Box::new(expired)), (time.saturating_add(grace), given_up)])
    }

    /// The times of all steps count from now.
    fn start_steps(steps: Vec<(Duration, Step)>) -> Result<Self> {
        let shared = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let this = Self(Arc::clone(&shared));
        let now = Instant::now();
        let steps: Vec<(Instant, Step)> = steps
            .into_iter()
            .map_while(|(time, step)| Some((now.checked_add(time)?, step)))
            .collect();
        if steps.is_empty() {
            return Ok(this);
        }
        try_in_background(move || {
            let (state, changed) = &*shared;
            let mut state = state.lock();
            for (deadline, step) in steps {
                while !state.ended {
                    if changed.wait_until(&mut state, deadline).timed_out() {
                        break;
                    }
                }
                if state.ended {
                    return;
                }
                state.expired = true;
                // The lock is held, so that the function has returned when `disarm` does.
                step();
            }
        })?;
        Ok(this)
    }

    /// Stops it. `false` says that the function was called; it has returned by now.
    #[must_use]
    pub fn disarm(self) -> bool {
        self.stop()
    }

    fn stop(&self) -> bool {
        let (state, changed) = &*self.0;
        let mut state = state.lock();
        state.ended = true;
        changed.notify_one();
        !state.expired
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
        let timer = Timer::start(Duration::from_millis(5), move || send.send(()).unwrap()).unwrap();
        called.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(!timer.disarm());
        let (send, called) = channel::<()>();
        let timer =
            Timer::start(Duration::from_secs(3600), move || send.send(()).unwrap()).unwrap();
        assert!(timer.disarm());
        // The thread lets go of the function without calling it.
        assert!(called.recv_timeout(Duration::from_secs(10)).is_err());
        assert!(Timer::start(Duration::MAX, || ()).unwrap().disarm());
    }

    #[test]
    fn the_second_step_comes_for_a_call_that_the_first_did_not_end() {
        let (soon, never) = (Duration::from_millis(5), Duration::from_secs(3600));
        for (grace, comes) in [(soon, true), (never, false), (Duration::MAX, false)] {
            let (send, called) = channel();
            let again = send.clone();
            let timer = Timer::start_with_grace(
                soon,
                move || send.send(1).unwrap(),
                grace,
                move || again.send(2).unwrap(),
            );
            let timer = timer.unwrap();
            assert_eq!(called.recv_timeout(Duration::from_secs(10)), Ok(1));
            if comes {
                assert_eq!(called.recv_timeout(Duration::from_secs(10)), Ok(2));
            }
            assert!(!timer.disarm());
            assert!(called.recv_timeout(Duration::from_secs(10)).is_err(), "nothing comes behind");
        }
    }
}
