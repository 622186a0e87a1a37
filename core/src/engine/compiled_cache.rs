//! A cache of compiled statements that is the program's own.

use std::fmt;
use std::sync::Arc;

use super::plan::Caches;
use crate::dbapi::{CompiledIn, ExecutionOptions};

/// A cache of compiled statements of the program's own, for
/// [`ExecutionOptions::compiled_cache`]: what is rare, or what has many texts, then drops nothing of the
/// engine's. The clones are one cache.
///
/// ```
/// use aludel::engine::CompiledCache;
/// use aludel::{ExecutionOptions, create_engine, text};
///
/// let reports = CompiledCache::new(20);
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let options = ExecutionOptions::new().compiled_cache(&reports);
/// conn.execute(text("select 1").execution_options(options.clone()))?;
/// conn.execute(text("select 1").execution_options(options))?;
/// assert_eq!(reports.len(), 1);
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Clone)]
pub struct CompiledCache(Arc<Caches>);

impl CompiledCache {
    /// Keeps so many statements of each dialect; those that were used longest ago are dropped first.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self(Arc::new(Caches::new(size)))
    }

    /// How many statements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0.clear();
    }
}

impl From<&CompiledCache> for Option<CompiledCache> {
    fn from(cache: &CompiledCache) -> Self {
        Some(cache.clone())
    }
}

impl fmt::Debug for CompiledCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl ExecutionOptions {
    /// Sets where what is compiled of the statement is remembered: in a [`CompiledCache`] of the program's
    /// own, or nowhere. Default: with the engine.
    pub fn compiled_cache(self, cache: impl Into<Option<CompiledCache>>) -> Self {
        self.compiled_in(match cache.into() {
            None => CompiledIn::Nothing,
            Some(CompiledCache(caches)) => CompiledIn::Own(caches),
        })
    }
}
