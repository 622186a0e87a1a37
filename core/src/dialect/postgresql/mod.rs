//! The dialect of PostgreSQL: its types, and what its catalogue is asked.

mod schema;

use std::fmt::Write as _;

use super::Dialect;
use crate::lex::LexicalRules;
use crate::sql::schema::TableName;
use crate::sql::{SqlDialect, Text, text};

/// The dialect of PostgreSQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostgreSql;

impl SqlDialect for PostgreSql {
    fn dialect_name(&self) -> &'static str {
        self.name()
    }

    fn placeholder(&self, number: usize, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(to, "${number}");
    }

    fn lexical_rules(&self) -> LexicalRules {
        LexicalRules::default().with_nested_comments()
    }
}

impl Dialect for PostgreSql {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn has_table_statement(&self, name: &TableName) -> Text {
        let Some(schema) = name.schema() else {
            return text(
                "SELECT 1 FROM pg_catalog.pg_class WHERE relname = :name \
                 AND relkind IN ('r', 'p', 'f', 'v', 'm') \
                 AND pg_catalog.pg_table_is_visible(oid) \
                 AND relnamespace != 'pg_catalog'::regnamespace",
            )
            .bind("name", &**name.name());
        };
        text(
            "SELECT 1 FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = :name AND n.nspname = :schema \
             AND c.relkind IN ('r', 'p', 'f', 'v', 'm')",
        )
        .bind("schema", &**schema)
        .bind("name", &**name.name())
    }
}
