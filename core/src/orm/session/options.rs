//! How a session works.

/// How a session works.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Whether queries write the changes first, so that they see them.
    pub autoflush: bool,
    /// Whether objects are loaded anew when they are read after a commit.
    pub expire_on_commit: bool,
}

impl SessionOptions {
    /// Both are on.
    #[must_use]
    pub fn new() -> Self {
        Self { autoflush: true, expire_on_commit: true }
    }

    /// Whether queries write the changes first, so that they see them.
    #[must_use]
    pub fn autoflush(self, autoflush: bool) -> Self {
        Self { autoflush, ..self }
    }

    /// Whether objects are loaded anew when they are read after a commit. Without it what is in memory stays,
    /// also where another transaction has changed the row.
    #[must_use]
    pub fn expire_on_commit(self, expire_on_commit: bool) -> Self {
        Self { expire_on_commit, ..self }
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self::new()
    }
}
