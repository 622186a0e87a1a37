//! A statement as drivers get it: finished text that was checked, with a key for their caches.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::ParamType;
use crate::error::{Error, ErrorKind, Result};
use crate::statement::StatementKind;

/// The text of a statement and the types of its parameters. Cheap to clone; statements of the same
/// text and types are equal, and the hash is computed once.
#[derive(Clone)]
pub struct Statement {
    sql: Arc<str>,
    hash: u64,
    kind: StatementKind,
    /// None if no type is known.
    param_types: Option<Arc<[ParamType]>>,
}

impl Statement {
    /// Takes finished text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if the text contains NUL: SQLite would silently stop reading there.
    pub fn new(sql: impl Into<Arc<str>>, kind: StatementKind) -> Result<Self> {
        let sql = sql.into();
        if let Some(position) = sql.bytes().position(|byte| byte == 0) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the SQL text contains the character NUL at byte {position}; databases stop \
                     reading there, so remove it or bind the text as a value"
                ),
            ));
        }
        let hash = FixedState::with_seed(0).hash_one(&*sql);
        Ok(Self { sql, hash, kind, param_types: None })
    }

    /// Sets the types of the parameters, in order. Those behind the last are not specified.
    #[must_use]
    pub fn with_param_types(mut self, types: impl IntoIterator<Item = ParamType>) -> Self {
        let types: Arc<[ParamType]> = types.into_iter().collect();
        let known = types.iter().any(|param| *param != ParamType::Unspecified);
        self.param_types = known.then_some(types);
        self
    }

    /// The text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The text, shared.
    pub(crate) fn shared_sql(&self) -> Arc<str> {
        Arc::clone(&self.sql)
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> StatementKind {
        self.kind
    }

    /// The types of the parameters, in order; those behind the last are not specified. Most often
    /// there is none: then the driver goes by the kinds of the values.
    #[inline]
    #[must_use]
    pub fn param_types(&self) -> &[ParamType] {
        self.param_types.as_deref().unwrap_or_default()
    }

    /// The type of the parameter at an index.
    #[inline]
    #[must_use]
    pub fn param_type(&self, index: usize) -> ParamType {
        self.param_types().get(index).copied().unwrap_or_default()
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
            && (Arc::ptr_eq(&self.sql, &other.sql) || self.sql == other.sql)
            && self.param_types == other.param_types
    }
}

impl Eq for Statement {}

impl Hash for Statement {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Statement").field(&self.sql).finish()
    }
}
