//! A future that is dropped once it was woken, before it is polled: cancellation between the end of
//! something elsewhere and the moment at which the future would notice.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Remembers that it was woken, and wakes the task.
struct Bell {
    rung: AtomicBool,
    task: Mutex<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::SeqCst);
        self.task.lock().expect("nothing panics under it").wake_by_ref();
    }
}

/// Polls a future whenever it was woken, and drops it when it was woken for the n-th time.
pub(crate) struct DropWhenWoken<F> {
    future: Option<Pin<Box<F>>>,
    bell: Arc<Bell>,
    left: u32,
}

impl<F: Future> Future for DropWhenWoken<F> {
    /// `None` if the future was dropped.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The first poll has the wake-up that every future begins with.
        *self.bell.task.lock().expect("nothing panics under it") = cx.waker().clone();
        if !self.bell.rung.swap(false, Ordering::SeqCst) {
            return Poll::Pending;
        }
        if self.left == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.left -= 1;
        let waker = Waker::from(Arc::clone(&self.bell));
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        future.as_mut().poll(&mut Context::from_waker(&waker)).map(|output| {
            self.future = None;
            Some(output)
        })
    }
}

/// Drops a future when it was woken so many times, which its next poll would have answered.
pub(crate) fn when_woken<F: Future>(times: u32, future: F) -> DropWhenWoken<F> {
    let bell = Bell { rung: AtomicBool::new(true), task: Mutex::new(Waker::noop().clone()) };
    DropWhenWoken { future: Some(Box::pin(future)), bell: Arc::new(bell), left: times }
}
