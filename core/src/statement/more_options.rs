//! What the execution options have that few statements set, behind one pointer.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::SchemaTranslateMap;

/// An option of the program's own.
#[derive(Clone)]
pub(super) struct Custom {
    pub(super) name: Cow<'static, str>,
    pub(super) value: Arc<dyn Any + Send + Sync>,
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.value, &other.value)
    }
}

impl Eq for Custom {}

/// Shows the name, and not the value, which may be a secret.
impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Where compiled statements are remembered, if not with the engine.
#[derive(Clone)]
pub(crate) enum CompiledIn {
    /// Nowhere.
    Nothing,
    /// In a cache of the program's own, which is the engine's business.
    Own(Arc<dyn Any + Send + Sync>),
}

impl PartialEq for CompiledIn {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Own(one), Self::Own(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for CompiledIn {}

impl fmt::Debug for CompiledIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Own(_) => "Own",
        })
    }
}

/// Each is `None` where it was not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MoreOptions {
    pub(super) logging_token: Option<Arc<str>>,
    pub(super) stream_results: Option<bool>,
    pub(super) max_row_buffer: Option<usize>,
    pub(super) compiled_cache: Option<CompiledIn>,
    pub(super) schema_translate_map: Option<SchemaTranslateMap>,
    pub(super) custom: Vec<Custom>,
}

impl MoreOptions {
    /// What counts where these stand before others.
    pub(super) fn over(own: Option<Arc<Self>>, base: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let (Some(own), Some(base)) = (&own, base) else { return own.or_else(|| base.cloned()) };
        let mut custom = own.custom.clone();
        let is_set = |name: &str| own.custom.iter().any(|set| set.name == name);
        custom.extend(base.custom.iter().filter(|option| !is_set(&option.name)).cloned());
        Some(Arc::new(Self {
            logging_token: own.logging_token.clone().or_else(|| base.logging_token.clone()),
            stream_results: own.stream_results.or(base.stream_results),
            max_row_buffer: own.max_row_buffer.or(base.max_row_buffer),
            compiled_cache: own.compiled_cache.clone().or_else(|| base.compiled_cache.clone()),
            schema_translate_map: own
                .schema_translate_map
                .clone()
                .or_else(|| base.schema_translate_map.clone()),
            custom,
        }))
    }
}
