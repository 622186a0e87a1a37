//! The dialect of PostgreSQL: its words for types, and what its catalogue is asked.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Dialect;
use crate::sql::types::Type;
use crate::sql::{Lexis, Spelling, Text, standard_type, text};

/// The dialect of PostgreSQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostgreSql;

impl Spelling for PostgreSql {
    fn placeholder(&self, number: usize, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(to, "${number}");
    }

    fn column_type(&self, ty: Type) -> Cow<'static, str> {
        match ty {
            Type::LargeBinary => "BYTEA".into(),
            other => standard_type(other),
        }
    }

    fn lexis(&self) -> Lexis {
        Lexis::default().with_nested_comments()
    }

    fn serial_type(&self, ty: Type) -> Cow<'static, str> {
        match ty {
            Type::SmallInteger => "SMALLSERIAL".into(),
            Type::BigInteger => "BIGSERIAL".into(),
            _ => "SERIAL".into(),
        }
    }
}

impl Dialect for PostgreSql {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn has_table(&self, name: &str) -> Text {
        text(
            "SELECT 1 FROM pg_catalog.pg_class WHERE relname = :name \
             AND relkind IN ('r', 'p', 'f', 'v', 'm') \
             AND pg_catalog.pg_table_is_visible(oid) AND relnamespace != 'pg_catalog'::regnamespace",
        )
        .bind("name", name)
    }
}
