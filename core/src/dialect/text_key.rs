//! What the text of statements depends on.

use std::fmt;

use crate::dbapi::Version;
use crate::sql::Features;

/// What the text of statements depends on: the dialect, and which parts of SQL the server has. Two
/// dialects with equal keys write the same text for every statement.
///
/// ```
/// use aludel::dialect::Dialect;
/// use aludel::dialect::mysql::MySql;
///
/// assert_eq!(MySql::new().text_key(), MySql::new().text_key());
/// assert_ne!(MySql::new().text_key(), MySql::mariadb().text_key());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TextKey {
    name: &'static str,
    features: Features,
    /// For messages only.
    version: Option<Version>,
}

impl TextKey {
    /// Of the dialect of this name, for a server that has these features.
    #[must_use]
    pub const fn new(name: &'static str, features: Features, version: Option<Version>) -> Self {
        Self { name, features, version }
    }
}

impl PartialEq for TextKey {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.features == other.features
            && (std::ptr::eq(self.name, other.name) || self.name == other.name)
    }
}

impl Eq for TextKey {}

impl fmt::Display for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match self.version {
            Some(version) => write!(f, " {version}"),
            None => Ok(()),
        }
    }
}
