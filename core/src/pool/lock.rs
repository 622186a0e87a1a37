//! The lock of the queue: parking_lot's, or loom's where a model looks into it (`scripts/loom`).

#[cfg(not(aludel_loom))]
pub(super) use parking_lot::Mutex;

#[cfg(aludel_loom)]
pub(super) use self::modelled::Mutex;

#[cfg(aludel_loom)]
mod modelled {
    use std::sync::PoisonError;

    use loom::sync::MutexGuard;

    #[derive(Debug, Default)]
    pub(in crate::pool) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in crate::pool) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(in crate::pool) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
