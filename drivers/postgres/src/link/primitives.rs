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
    pub(in crate::link) struct AtomicWaker(Mutex<Option<Waker>>);

    impl AtomicWaker {
        pub(in crate::link) fn new() -> Self {
            Self(Mutex::new(None))
        }

        pub(in crate::link) fn register(&self, waker: &Waker) {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *slot = Some(waker.clone());
        }

        pub(in crate::link) fn wake(&self) {
            let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(waker) = taken {
                waker.wake();
            }
        }
    }
}
