//! Events: synchronous hooks that receive the live object and may run SQL on it.
//!
//! An event is a type, such as `pool::Connect`; its listeners are closures that take it by
//! `&mut`. [`listen`] finds the event from the closure's argument:
//!
//! ```text
//! event::listen(&engine, |e: &mut BeforeCursorExecute<'_>| { …; Ok(()) });
//! ```
//!
//! Listeners run with no lock held. They are a shared snapshot: one that is added while an event
//! is being delivered gets the next one.

mod chain;
mod listener;

pub use chain::{Chain, Listening};
pub use listener::{Event, Listener};

use crate::error::{Error, ErrorKind, Result};

/// Something that has listeners for the event `K`.
pub trait Target<K: Event> {
    /// The listeners of that event.
    fn chain(&self) -> &Chain<K>;
}

/// Adds a listener, behind those that are there.
///
/// The returned [`Listening`] names it for [`remove`].
pub fn listen<K: Event>(target: &impl Target<K>, listener: impl Listener<K>) -> Listening<K> {
    target.chain().add(listener)
}

/// Removes a listener. An event that is being delivered may still reach it.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`] if the listener is not registered on this target.
pub fn remove<K: Event>(target: &impl Target<K>, listening: &Listening<K>) -> Result<()> {
    if target.chain().remove(listening.id) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        "this listener is not registered here: it was removed already, or added to another target",
    ))
}

/// Declares an event type: its family and the closures that listen to it.
macro_rules! event {
    ($(#[$meta:meta])* $kind:ident = $event:ident) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $kind {}

        impl $crate::event::Event for $kind {
            type Of<'a> = $event<'a>;
        }

        impl<F> $crate::event::Listener<$kind> for F
        where
            F: for<'a, 'e> Fn(&'a mut $event<'e>) -> $crate::error::Result<()>
                + Send
                + Sync
                + 'static,
        {
            fn hear(&self, event: &mut $event<'_>) -> $crate::error::Result<()> {
                self(event)
            }
        }
    };
}
pub(crate) use event;
