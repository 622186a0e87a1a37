//! The dialect of SQLite: its words for types, and what its catalogue is asked.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Dialect;
use crate::sql::types::Type;
use crate::sql::{Spelling, Text, text};

/// The dialect of SQLite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sqlite;

impl Spelling for Sqlite {
    fn placeholder(&self, number: usize, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(to, "?{number}");
    }

    /// Only a key of exactly this type is counted.
    fn serial_type(&self, _: Type) -> Cow<'static, str> {
        "INTEGER".into()
    }

    fn no_limit(&self) -> Option<&'static str> {
        Some("-1")
    }
}

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn has_table(&self, name: &str) -> Text {
        text(
            "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = :name COLLATE NOCASE \
              UNION ALL \
              SELECT 1 FROM sqlite_temp_master WHERE type IN ('table', 'view') AND name = :name COLLATE NOCASE",
        )
        .bind("name", name)
    }
}
