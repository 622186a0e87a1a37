//! What the two who poll a mover share: std's and futures', or loom's where a model looks into it.

#[cfg(not(aludel_loom))]
pub(super) use {
    futures::task::AtomicWaker,
    std::sync::Mutex,
    std::sync::atomic::{AtomicBool, AtomicU8, Ordering},
};

#[cfg(aludel_loom)]
pub(super) use {
    self::modelled::AtomicWaker,
    loom::sync::Mutex,
    loom::sync::atomic::{AtomicBool, AtomicU8, Ordering},
};

#[cfg(aludel_loom)]
mod modelled {
    use std::sync::PoisonError;
    use std::task::Waker;

    use loom::sync::Mutex;

    /// As futures' own promises it, but that a waker which is registered beside a wake-up is not
    /// woken: who registers must look afterwards.
    #[derive(Debug)]
    pub(crate) struct AtomicWaker(Mutex<Option<Waker>>);

    impl AtomicWaker {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn register(&self, waker: &Waker) {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *slot = Some(waker.clone());
        }

        pub(crate) fn wake(&self) {
            let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(waker) = taken {
                waker.wake();
            }
        }
    }
}
