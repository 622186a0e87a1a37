//! The dialect of SQLite: its types, and what its catalogue is asked.

mod expressions;
mod features;
mod functions;
mod json;
mod schema;
mod unique_keys;

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Capabilities, CatalogueQuery, Dialect, UniqueKey, since};
use crate::dbapi::{IsolationLevel, SchemaTranslateMap, ServerInfo, Version};
use crate::sql::schema::TableName;
use crate::sql::{
    Coercion, Expression, Feature, Features, SqlDialect, SqlWriter, Text, ValuesClause, text,
};

/// What SQLite can do since version 3.35.
const CAPABILITIES: Capabilities = Capabilities {
    insert_returning: true,
    update_returning: true,
    delete_returning: true,
    on_conflict: true,
    isolation_levels: &[IsolationLevel::Serializable, IsolationLevel::ReadUncommitted],
    transactional_ddl: true,
    statement_errors_keep_transaction: true,
    deferrable_constraints: true,
    identity_columns: false,
    intervals: false,
    arrays: false,
    decimals: false,
    decimal_scale: true,
    decimal_nan: true,
    unsigned_integers: false,
    distant_dates: false,
    long_intervals: true,
    float_infinity: true,
    float_nan: false,
    // Whole numbers are stored as integers.
    float_negative_zero: false,
    distinguishes_bytes_from_text: true,
    errors_name_constraint: false,
    errors_name_table: true,
    typed_parameters: false,
    max_parameters: 32_766,
    reports_lastrowid: true,
    server_sessions: false,
};

/// The dialect of SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sqlite {
    version: Option<Version>,
    features: Features,
    capabilities: Capabilities,
    schemas: Option<SchemaTranslateMap>,
}

impl Sqlite {
    /// That of the newest version.
    #[must_use]
    pub const fn new() -> Self {
        Self::of(None)
    }

    const fn of(version: Option<Version>) -> Self {
        let features = features::features(version);
        let max_parameters = if since(version, Version::new(3, 32, 0)) { 32_766 } else { 999 };
        let capabilities = Capabilities {
            max_parameters,
            insert_returning: features.has(Feature::InsertReturning),
            update_returning: features.has(Feature::UpdateReturning),
            delete_returning: features.has(Feature::DeleteReturning),
            on_conflict: features.has(Feature::OnConflict),
            ..CAPABILITIES
        };
        Self { version, features, capabilities, schemas: None }
    }
}

impl Default for Sqlite {
    fn default() -> Self {
        Self::new()
    }
}

impl SqlDialect for Sqlite {
    /// It does not find a column there by the name of its schema.
    fn write_returning(&self, columns: &[Expression], to: &mut SqlWriter<'_>) {
        to.sql(" RETURNING ");
        to.without_schemas(|to| to.columns(columns));
    }

    fn schema_translate_map(&self) -> Option<&SchemaTranslateMap> {
        self.schemas.as_ref()
    }

    /// What is exact is in columns for text, which keep what they are given.
    fn coercion(&self) -> Coercion {
        Coercion::Never
    }

    fn name(&self) -> &'static str {
        "sqlite"
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
        let _ = write!(to, "?{number}");
    }

    /// Behind FROM, ON is that of a join.
    fn ends_select_before_on(&self) -> bool {
        false
    }

    fn limit_before_offset(&self) -> Option<&'static str> {
        Some("-1")
    }

    fn explain_sql(&self, _: bool) -> &'static str {
        "EXPLAIN QUERY PLAN "
    }

    fn names_columns_behind(&self) -> bool {
        false
    }

    /// The columns of VALUES are called `column1` and so on.
    fn write_values(&self, clause: &ValuesClause<'_>, to: &mut SqlWriter<'_>) {
        if clause.names.is_none() && !clause.compares_numbers() {
            return clause.write_rows("", to);
        }
        to.sql("SELECT ");
        for index in 0..clause.rows.first().map_or(0, Vec::len) {
            let (before, behind) = clause.form_of(index);
            to.sql(if index > 0 { ", " } else { "" });
            to.sql(before);
            to.sql(&format!("column{}", index + 1));
            to.sql(behind);
            if let Some(name) = clause.names.and_then(|names| names.get(index)) {
                to.sql(" AS ");
                to.name(name);
            }
        }
        to.sql(" FROM (");
        clause.write_rows("", to);
        to.sql(")");
    }
}

impl Dialect for Sqlite {
    fn translating(&self, schemas: SchemaTranslateMap) -> Arc<dyn Dialect> {
        Arc::new(Self { schemas: Some(schemas), ..self.clone() })
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn for_server(&self, server: &ServerInfo) -> Arc<dyn Dialect> {
        Arc::new(Self::of(Some(server.version())))
    }

    fn unique_key_query(&self, known: &UniqueKey) -> Option<CatalogueQuery> {
        unique_keys::query(known)
    }

    fn complete_unique_key(&self, known: &mut UniqueKey, rows: &[Vec<Option<String>>]) {
        unique_keys::complete(known, rows);
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
