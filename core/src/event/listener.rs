//! What an event and a listener are.

use crate::error::Result;

/// The family of an event type: what a listener receives, for every lifetime.
pub trait Event: 'static {
    /// The argument.
    type Of<'a>;
}

/// A closure that listens to the event `K`. The parameter is found by the compiler.
pub trait Listener<K: Event>: Send + Sync + 'static {
    /// Delivers one event.
    ///
    /// # Errors
    ///
    /// The listener's; it ends the operation that caused the event.
    fn hear(&self, event: &mut K::Of<'_>) -> Result<()>;
}
