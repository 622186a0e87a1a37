//! The listeners of one event on one target.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;

use super::listener::{Event, Listener};
use crate::error::Result;

type Links<K> = Arc<[(u64, Arc<dyn Listener<K>>)]>;

/// An ordered list of listeners. It allocates nothing before the first one is added.
pub struct Chain<K: Event> {
    /// Read before each statement, so that a target without listeners costs one load.
    any: AtomicBool,
    links: RwLock<Option<Links<K>>>,
}

impl<K: Event> Default for Chain<K> {
    fn default() -> Self {
        Self { any: AtomicBool::new(false), links: RwLock::new(None) }
    }
}

impl<K: Event> fmt::Debug for Chain<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listeners = self.links.read().as_ref().map_or(0, |links| links.len());
        f.debug_struct("Chain").field("listeners", &listeners).finish()
    }
}

impl<K: Event> Chain<K> {
    /// Whether anybody listens.
    #[inline]
    #[must_use]
    pub fn has_listeners(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Delivers an event to each listener in turn, until one fails.
    ///
    /// # Errors
    ///
    /// That listener's.
    #[inline]
    pub fn fire(&self, event: &mut K::Of<'_>) -> Result<()> {
        if !self.has_listeners() {
            return Ok(());
        }
        let links = self.links.read().clone();
        links.iter().flat_map(|links| links.iter()).try_for_each(|(_, heard)| heard.hear(event))
    }

    pub(super) fn add(&self, listener: impl Listener<K>) -> Listening<K> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let listener: Arc<dyn Listener<K>> = Arc::new(listener);
        let mut links = self.links.write();
        let before = links.iter().flat_map(|links| links.iter()).cloned();
        *links = Some(before.chain([(id, listener)]).collect());
        self.any.store(true, Ordering::Release);
        Listening { id, event: PhantomData }
    }

    pub(super) fn remove(&self, id: u64) -> bool {
        let mut links = self.links.write();
        let Some(before) = links.clone() else { return false };
        let after: Links<K> = before.iter().filter(|(this, _)| *this != id).cloned().collect();
        let found = after.len() < before.len();
        self.any.store(!after.is_empty(), Ordering::Release);
        *links = Some(after);
        // The last owner of the listener must not drop it under the lock: it may hold a connection.
        drop(links);
        found
    }
}

/// Identifies a registered listener, for [`remove`](super::remove).
#[derive(Debug)]
pub struct Listening<K> {
    pub(super) id: u64,
    event: PhantomData<fn(K)>,
}
