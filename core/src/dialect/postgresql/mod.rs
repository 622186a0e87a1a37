//! The dialect of PostgreSQL: its types, and what its catalogue is asked.

mod expressions;
mod features;
mod functions;
mod json;
mod schema;

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Capabilities, Dialect, Preparation};
use crate::dbapi::{IsolationLevel, SchemaTranslateMap, ServerInfo, Version};
use crate::lex::LexicalRules;
use crate::sql::schema::TableName;
use crate::sql::{Feature, Features, SqlDialect, SqlWriter, Text, text};

/// What PostgreSQL can do since version 10.
const CAPABILITIES: Capabilities = Capabilities {
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    on_conflict: true,
    isolation_levels: &[
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ],
    transactional_ddl: true,
    statement_errors_keep_transaction: false,
    deferrable_constraints: true,
    identity_columns: true,
    intervals: true,
    arrays: true,
    decimals: true,
    decimal_scale: true,
    decimal_nan: true,
    unsigned_integers: true,
    distant_dates: true,
    long_intervals: true,
    float_infinity: true,
    float_nan: true,
    float_negative_zero: true,
    distinguishes_bytes_from_text: true,
    errors_name_constraint: true,
    errors_name_table: true,
    typed_parameters: true,
    max_parameters: 65_535,
    reports_lastrowid: false,
    server_sessions: true,
};

/// The dialect of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgreSql {
    version: Option<Version>,
    features: Features,
    capabilities: Capabilities,
    schemas: Option<SchemaTranslateMap>,
}

impl PostgreSql {
    /// That of the newest version.
    #[must_use]
    pub const fn new() -> Self {
        Self::of(None)
    }

    const fn of(version: Option<Version>) -> Self {
        let features = features::features(version);
        let identity_columns = features.has(Feature::IdentityColumns);
        let capabilities = Capabilities { identity_columns, ..CAPABILITIES };
        Self { version, features, capabilities, schemas: None }
    }
}

impl Default for PostgreSql {
    fn default() -> Self {
        Self::new()
    }
}

impl SqlDialect for PostgreSql {
    fn schema_translate_map(&self) -> Option<&SchemaTranslateMap> {
        self.schemas.as_ref()
    }

    fn has_nul_in_text(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn version(&self) -> Option<Version> {
        self.version
    }

    #[inline]
    fn features(&self) -> Features {
        self.features
    }

    fn placeholder(&self, number: usize, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(to, "${number}");
    }

    fn updates_a_row_twice(&self) -> bool {
        false
    }

    fn lexical_rules(&self) -> LexicalRules {
        LexicalRules::default().with_nested_comments()
    }

    fn locks_only_rows_of_tables(&self) -> bool {
        true
    }

    fn write_next_value(&self, sequence: &TableName, to: &mut SqlWriter<'_>) {
        let mut name = String::new();
        if let Some(schema) = self.translated(sequence.schema().map(|schema| &**schema)) {
            self.quote(schema, &mut name);
            name.push('.');
        }
        self.quote(sequence.name(), &mut name);
        to.sql("nextval(");
        to.text(&name);
        to.sql(")");
    }
}

impl Dialect for PostgreSql {
    fn translating(&self, schemas: SchemaTranslateMap) -> Arc<dyn Dialect> {
        Arc::new(Self { schemas: Some(schemas), ..self.clone() })
    }

    fn preparation(&self, sql: &str, _: usize) -> Preparation {
        Preparation::by(format!("PREPARE aludel_checked AS {sql}"), Vec::new())
            .ended_by("DEALLOCATE aludel_checked")
            .left_over("42P05")
    }

    fn has_enum_type_statement(&self, name: &TableName) -> Option<Text> {
        if let Some(schema) = name.schema() {
            let statement = text(
                "SELECT 1 FROM pg_catalog.pg_type t \
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
                 WHERE t.typname = :name AND n.nspname = :schema AND t.typtype = 'e'",
            );
            return Some(statement.bind("schema", &**schema).bind("name", &**name.name()));
        }
        let statement = text(
            "SELECT 1 FROM pg_catalog.pg_type WHERE typname = :name AND typtype = 'e' \
             AND pg_catalog.pg_type_is_visible(oid)",
        );
        Some(statement.bind("name", &**name.name()))
    }

    fn has_sequence_statement(&self, name: &TableName) -> Option<Text> {
        let Some(schema) = name.schema() else {
            let statement = text(
                "SELECT 1 FROM pg_catalog.pg_class WHERE relname = :name AND relkind = 'S' \
                 AND pg_catalog.pg_table_is_visible(oid)",
            );
            return Some(statement.bind("name", &**name.name()));
        };
        let statement = text(
            "SELECT 1 FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = :name AND n.nspname = :schema AND c.relkind = 'S'",
        );
        Some(statement.bind("schema", &**schema).bind("name", &**name.name()))
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn for_server(&self, server: &ServerInfo) -> Arc<dyn Dialect> {
        // A server that does not say its version is taken for a new one.
        let version = Some(server.version()).filter(|version| version.major > 0);
        Arc::new(Self::of(version))
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
