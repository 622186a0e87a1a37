//! A future that ends at a moment, under any executor: it needs no timer of a runtime.
//!
//! One thread of the process wakes all that wait. It comes with the first that does, and goes when there has
//! been none for some seconds.

use std::collections::BTreeMap;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::ending::contain_panic;

/// How long the thread waits for another timer.
const IDLE_TIME: Duration = Duration::from_secs(5);

static TIMERS: Timers = Timers { queue: Mutex::new(Queue::new()), changed: Condvar::new() };

struct Timers {
    queue: Mutex<Queue>,
    /// There is a moment before the one at which the thread would look.
    changed: Condvar,
}

/// Who is to be notified of another moment.
#[derive(Debug, PartialEq, Eq)]
enum Notify {
    /// Nobody: the thread looks in time.
    Nobody,
    /// The thread, which would look too late.
    Thread,
    /// There is no thread.
    Start,
}

struct Queue {
    waiting: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    is_served: bool,
    /// When the thread looks by itself, while it sleeps and was not notified.
    looks_at: Option<Instant>,
}

impl Queue {
    const fn new() -> Self {
        Self { waiting: BTreeMap::new(), next: 0, is_served: false, looks_at: None }
    }

    /// Who is to be notified of this moment. Most often nobody is: who waits for a connection of a pool is
    /// served long before its deadline, and those who come later have later ones.
    fn notify(&mut self, moment: Instant) -> Notify {
        if !mem::replace(&mut self.is_served, true) {
            Notify::Start
        } else if self.looks_at.take_if(|at| moment < *at).is_some() {
            Notify::Thread
        } else {
            Notify::Nobody
        }
    }
}

/// Ends at a moment, or never.
pub(crate) struct Timer {
    deadline: Option<Instant>,
    /// Its number in the queue.
    number: Option<u64>,
}

impl Timer {
    pub(crate) fn at(deadline: Instant) -> Self {
        Self { deadline: Some(deadline), number: None }
    }

    /// A duration too long for the clock is never over.
    pub(crate) fn after(duration: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(duration), number: None }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        let number = TIMERS.add(deadline, self.number, context.waker());
        if number.is_none() {
            // The system has no thread for it, so that who waits has to look by itself.
            context.waker().wake_by_ref();
        }
        self.number = number;
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(deadline), Some(number)) = (self.deadline, self.number) {
            let waker = TIMERS.lock().waiting.remove(&(deadline, number));
            // To drop a waker is to run code of the executor's, so not under the lock.
            drop(waker);
        }
    }
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that the waker is called at the moment. `None` says that it cannot be.
    fn add(&'static self, moment: Instant, number: Option<u64>, waker: &Waker) -> Option<u64> {
        // To clone a waker is to run code of the executor's, as to drop one.
        let waker = waker.clone();
        let mut queue = self.lock();
        let number = number.unwrap_or_else(|| {
            queue.next += 1;
            queue.next
        });
        let before = queue.waiting.insert((moment, number), waker);
        let notify = queue.notify(moment);
        drop(queue);
        drop(before);
        match notify {
            Notify::Nobody => {}
            Notify::Thread => self.changed.notify_one(),
            Notify::Start => return self.start().then_some(number),
        }
        Some(number)
    }

    #[cold]
    fn start(&'static self) -> bool {
        let thread = thread::Builder::new().name("aludel-timer".to_owned());
        if thread.spawn(|| self.serve()).is_ok() {
            return true;
        }
        let mut queue = self.lock();
        queue.is_served = false;
        let waiting = mem::take(&mut queue.waiting);
        drop(queue);
        // Each looks by itself from now on, and tries again to start the thread.
        wake(waiting.into_values());
        false
    }

    fn serve(&self) {
        let mut queue = self.lock();
        loop {
            let now = Instant::now();
            let later = queue.waiting.split_off(&(now, u64::MAX));
            let due = mem::replace(&mut queue.waiting, later);
            if !due.is_empty() {
                drop(queue);
                wake(due.into_values());
                queue = self.lock();
                continue;
            }
            let next = queue.waiting.first_key_value().map(|((moment, _), _)| *moment);
            let time = next.map_or(IDLE_TIME, |moment| moment.saturating_duration_since(now));
            queue.looks_at = now.checked_add(time);
            let waited = self.changed.wait_timeout(queue, time);
            let (woken, result) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.looks_at = None;
            if next.is_none() && result.timed_out() && queue.waiting.is_empty() {
                queue.is_served = false;
                return;
            }
        }
    }
}

/// A waker is code of the executor's, whose panic must not end the thread.
fn wake(wakers: impl Iterator<Item = Waker>) {
    wakers.for_each(|waker| contain_panic("waking a task by a timer", || waker.wake()));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use std::task::Wake;

    use super::*;
    use crate::park::park_on;

    struct Sends(Mutex<Sender<Instant>>);

    impl Wake for Sends {
        fn wake(self: Arc<Self>) {
            self.0.lock().unwrap().send(Instant::now()).unwrap();
        }
    }

    /// One that panics does not keep the others from being woken.
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    fn poll(timer: &mut Timer, waker: &Waker) -> Poll<()> {
        Pin::new(timer).poll(&mut Context::from_waker(waker))
    }

    #[test]
    fn each_is_woken_at_its_moment_and_not_before_also_behind_a_later_one() {
        let start = Instant::now();
        let (send, woken) = channel();
        let waker = Waker::from(Arc::new(Sends(Mutex::new(send))));
        let mut late = Timer::after(Duration::from_secs(3600));
        assert_eq!(poll(&mut late, &waker), Poll::Pending);
        let bad = Waker::from(Arc::new(Panics));
        let mut first = Timer::at(start + Duration::from_millis(10));
        assert_eq!(poll(&mut first, &bad), Poll::Pending);
        let mut soon = Timer::at(start + Duration::from_millis(20));
        // Polled twice, it is woken once.
        assert_eq!(poll(&mut soon, &waker), Poll::Pending);
        assert_eq!(poll(&mut soon, &waker), Poll::Pending);
        let moment = woken.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(moment >= start + Duration::from_millis(20));
        assert_eq!(poll(&mut soon, &waker), Poll::Ready(()));
        assert_eq!(poll(&mut late, &waker), Poll::Pending);
        drop(late);
        drop(waker);
        // Nothing of it is left in the queue: the last waker has gone.
        assert!(woken.recv_timeout(Duration::from_secs(10)).is_err());
        park_on(Timer::after(Duration::from_millis(5)));
        assert!(start.elapsed() >= Duration::from_millis(25));
    }

    #[test]
    fn the_thread_is_told_of_a_moment_before_it_would_look_and_of_no_other() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut queue = Queue::new();
        assert_eq!(queue.notify(after(30)), Notify::Start);
        // It has not looked yet.
        assert_eq!(queue.notify(after(1)), Notify::Nobody);
        queue.looks_at = Some(after(5));
        assert_eq!(queue.notify(after(30)), Notify::Nobody);
        assert_eq!(queue.notify(after(5)), Notify::Nobody);
        assert_eq!(queue.notify(after(4)), Notify::Thread);
        // It looks now, and sees all there are.
        assert_eq!(queue.notify(after(3)), Notify::Nobody);
    }

    #[test]
    fn a_moment_that_has_passed_ends_at_once_and_one_beyond_the_clock_never() {
        let waker = Waker::noop();
        assert_eq!(poll(&mut Timer::at(Instant::now()), waker), Poll::Ready(()));
        assert_eq!(poll(&mut Timer::after(Duration::MAX), waker), Poll::Pending);
    }
}
