//! One call of `text`.

use std::path::{Path, PathBuf};

/// A call of `text` in a program's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    pub(super) path: PathBuf,
    pub(super) line: usize,
    /// The SQL, or why it is not known.
    pub(super) sql: Result<String, &'static str>,
}

impl SourceText {
    /// The file that it stands in.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line that it stands in, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The SQL; `None` if the source does not show it, because it is made at run time.
    #[must_use]
    pub fn sql(&self) -> Option<&str> {
        self.sql.as_deref().ok()
    }
}
