//! The dialect of SQLite: its types, and what its catalogue is asked.

mod schema;

use std::fmt::Write as _;

use super::Dialect;
use crate::sql::schema::TableName;
use crate::sql::{SqlDialect, Text, text};

/// The dialect of SQLite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sqlite;

impl SqlDialect for Sqlite {
    fn dialect_name(&self) -> &'static str {
        self.name()
    }

    fn placeholder(&self, number: usize, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(to, "?{number}");
    }

    fn limit_before_offset(&self) -> Option<&'static str> {
        Some("-1")
    }
}

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn has_table_statement(&self, name: &TableName) -> Text {
        let Some(schema) = name.schema() else {
            return text(
                "SELECT 1 FROM sqlite_master \
                 WHERE type IN ('table', 'view') AND name = :name COLLATE NOCASE \
                 UNION ALL SELECT 1 FROM sqlite_temp_master \
                 WHERE type IN ('table', 'view') AND name = :name COLLATE NOCASE",
            )
            .bind("name", &**name.name());
        };
        text(
            "SELECT 1 FROM pragma_table_list WHERE type IN ('table', 'view', 'virtual') \
             AND schema = :schema COLLATE NOCASE AND name = :name COLLATE NOCASE",
        )
        .bind("schema", &**schema)
        .bind("name", &**name.name())
    }
}
