//! A place where the engine keeps the listeners of a table or of metadata.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What the language does not know, kept with what it describes.
#[derive(Default)]
pub(crate) struct Slot(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Slot {
    /// What is kept, made the first time. It is always of one type.
    pub(crate) fn get<T: Any + Send + Sync + Default>(&self) -> &T {
        let kept = self.0.get_or_init(|| Arc::new(T::default()));
        match kept.downcast_ref() {
            Some(kept) => kept,
            None => unreachable!("one module uses the slot, for one type"),
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}
