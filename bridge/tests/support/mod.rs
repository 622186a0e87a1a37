//! Devices that the tests share: a poll by hand, a waker that counts, and a gate to wait at.
#![allow(dead_code, reason = "no test file uses all of them")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

pub(crate) mod child;
pub(crate) mod older_kernel;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that counts how often it was called.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once, with a waker that does nothing.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls once, with a waker that counts.
pub(crate) fn poll_with<F: Future + ?Sized>(
    future: Pin<&mut F>,
    count: &Arc<Count>,
) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(count))))
}

/// A gate that futures wait at until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Rc<Inside>);

#[derive(Default)]
struct Inside {
    open: Cell<bool>,
    polls: Cell<usize>,
    drops: Cell<usize>,
    wakers: RefCell<Vec<Waker>>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&self) {
        self.0.open.set(true);
        let wakers = self.0.wakers.take();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How often a future of this gate was polled.
    pub(crate) fn polls(&self) -> usize {
        self.0.polls.get()
    }

    /// How many futures of this gate were dropped.
    pub(crate) fn drops(&self) -> usize {
        self.0.drops.get()
    }

    pub(crate) fn pass(&self) -> Pass {
        Pass(self.clone())
    }
}

/// The future of a [`Gate`].
pub(crate) struct Pass(Gate);

impl Future for Pass {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let inside = &self.0.0;
        inside.polls.set(inside.polls.get() + 1);
        if inside.open.get() {
            return Poll::Ready(());
        }
        *inside.wakers.borrow_mut() = vec![context.waker().clone()];
        Poll::Pending
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let drops = &self.0.0.drops;
        drops.set(drops.get() + 1);
    }
}

/// Calls a closure when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Pending `n` times, waking each time.
pub(crate) struct Steps(pub(crate) u32);

impl Future for Steps {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
