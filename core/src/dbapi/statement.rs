//! A statement as drivers get it: finished text that was checked, with a key for their caches.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::error::{Error, ErrorKind, Result};

/// What a statement does, as far as a driver must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementKind {
    /// A SELECT, which a server-side cursor can serve.
    Select,
    /// INSERT, UPDATE or DELETE.
    Modify,
    /// CREATE, DROP and the like: not worth caching.
    Define,
    /// Text that the program wrote: anything.
    Raw,
}

/// The text of a statement. Cheap to clone; equal texts are equal, and the hash is computed once.
#[derive(Clone)]
pub struct Statement {
    sql: Arc<str>,
    hash: u64,
    kind: StatementKind,
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
        Ok(Self { sql, hash, kind })
    }

    /// The text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> StatementKind {
        self.kind
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && (Arc::ptr_eq(&self.sql, &other.sql) || self.sql == other.sql)
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
