//! The dialect of MySQL and MariaDB: their types, and what their catalogue is asked.

mod expressions;
mod features;
mod functions;
mod json;
mod schema;
mod unique_keys;
mod words;

use std::sync::Arc;

use super::{Capabilities, CatalogueQuery, Dialect, Preparation, UniqueKey};
use crate::dbapi::{IsolationLevel, Product, SchemaTranslateMap, ServerInfo, Version};
use crate::lex::LexicalRules;
use crate::sql::schema::TableName;
use crate::sql::{
    Coercion, Expression, Feature, Features, LimitClause, LockStrength, Nulls, OrderClause,
    SqlDialect, SqlWriter, Text, ValuesClause, text,
};

/// What MySQL can do.
const CAPABILITIES: Capabilities = Capabilities {
    insert_returning: false,
    update_returning: false,
    delete_returning: false,
    on_conflict: false,
    isolation_levels: &[
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ],
    transactional_ddl: false,
    statement_errors_keep_transaction: true,
    deferrable_constraints: false,
    identity_columns: false,
    intervals: false,
    arrays: false,
    decimals: true,
    decimal_scale: false,
    decimal_nan: false,
    unsigned_integers: true,
    distant_dates: false,
    long_intervals: false,
    float_infinity: false,
    float_nan: false,
    float_negative_zero: false,
    distinguishes_bytes_from_text: false,
    errors_name_constraint: true,
    errors_name_table: false,
    typed_parameters: false,
    max_parameters: 65_535,
    reports_lastrowid: true,
    server_sessions: true,
};

/// What stands for "no limit", without which OFFSET cannot stand: half of what an `i64` holds, because
/// servers that speak this protocol add the two up in one.
const NO_LIMIT: &str = "4611686018427387903";

/// The dialect of MySQL and MariaDB. They write statements alike; what they can do is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MySql {
    name: &'static str,
    version: Option<Version>,
    features: Features,
    capabilities: Capabilities,
    schemas: Option<SchemaTranslateMap>,
}

impl MySql {
    /// That of the newest version of MySQL.
    #[must_use]
    pub const fn new() -> Self {
        Self::of("mysql", None, features::mysql(None))
    }

    /// That of the newest version of MariaDB.
    #[must_use]
    pub const fn mariadb() -> Self {
        Self::of("mariadb", None, features::mariadb(None))
    }

    const fn of(name: &'static str, version: Option<Version>, features: Features) -> Self {
        let capabilities = Capabilities {
            insert_returning: features.has(Feature::InsertReturning),
            delete_returning: features.has(Feature::DeleteReturning),
            ..CAPABILITIES
        };
        Self { name, version, features, capabilities, schemas: None }
    }
}

impl Default for MySql {
    fn default() -> Self {
        Self::new()
    }
}

impl MySql {
    /// Whether it has VALUES ROW(…) with names for its columns.
    fn has_row_values(&self) -> bool {
        self.name == "mysql" && self.features.has(Feature::ValuesTable)
    }
}

impl SqlDialect for MySql {
    fn schema_translate_map(&self) -> Option<&SchemaTranslateMap> {
        self.schemas.as_ref()
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> Option<Version> {
        self.version
    }

    #[inline]
    fn features(&self) -> Features {
        self.features
    }

    fn placeholder(&self, _: usize, to: &mut String) {
        to.push('?');
    }

    fn has_numbered_placeholders(&self) -> bool {
        false
    }

    fn quotation_mark(&self) -> char {
        '`'
    }

    fn is_reserved(&self, word: &str) -> bool {
        words::is_reserved(word)
    }

    fn lexical_rules(&self) -> LexicalRules {
        LexicalRules::default().with_backslashes()
    }

    fn default_values_clause(&self) -> &'static str {
        " () VALUES ()"
    }

    fn limits_lists(&self) -> bool {
        false
    }

    fn explain_sql(&self, analyze: bool) -> &'static str {
        match (analyze, self.name) {
            (false, _) => "EXPLAIN ",
            (true, "mariadb") => "ANALYZE ",
            (true, _) => "EXPLAIN ANALYZE ",
        }
    }

    fn names_columns_behind(&self) -> bool {
        self.has_row_values()
    }

    /// MariaDB does so, where the value is an integer.
    fn takes_values_for_places(&self) -> bool {
        true
    }

    fn joins_rows_of_values(&self) -> bool {
        !self.has_row_values()
    }

    /// MariaDB does not name the columns of VALUES, and old versions of MySQL do not have it.
    fn write_values(&self, clause: &ValuesClause<'_>, to: &mut SqlWriter<'_>) {
        if self.has_row_values() {
            clause.write_rows("ROW", to);
        } else {
            clause.write_selects(to);
        }
    }

    /// `LOCK IN SHARE MODE` was there first, and is all that MariaDB has.
    fn write_lock_strength(&self, strength: LockStrength, to: &mut SqlWriter<'_>) {
        to.sql(match strength {
            LockStrength::Share if self.has(Feature::LockOf) => " FOR SHARE",
            LockStrength::Share => " LOCK IN SHARE MODE",
            _ => " FOR UPDATE",
        });
    }

    fn write_rollup(&self, terms: &[Expression], to: &mut SqlWriter<'_>) {
        to.require(Feature::Rollup);
        if !to.is_only_group() {
            to.refuse("ROLLUP beside other terms of GROUP BY", Feature::Rollup.cure());
        }
        to.list_of(terms);
        to.sql(" WITH ROLLUP");
    }

    /// What is updated would be looked for in the tables of the SELECT as well.
    fn ends_select_before_on(&self) -> bool {
        false
    }

    fn lists_joined_tables(&self) -> bool {
        true
    }

    fn assigns_one_after_the_other(&self) -> bool {
        true
    }

    fn coercion(&self) -> Coercion {
        Coercion::Kinds
    }

    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        if let Some(fetch) = &clause.fetch {
            return to.fetch(clause.offset, fetch);
        }
        to.sql(" LIMIT ");
        match clause.limit {
            Some(limit) => to.rows(limit),
            None => to.sql(NO_LIMIT),
        }
        if let Some(offset) = clause.offset {
            to.sql(" OFFSET ");
            to.rows(offset);
        }
        // Behind them: what was refused when it was given has a reason of its own.
        let computed = |rows: &Expression| !rows.is_value() && !rows.is_text();
        if clause.limit.is_some_and(computed) || clause.offset.is_some_and(computed) {
            to.require(Feature::ExpressionLimit);
        }
    }

    /// There is no NULLS FIRST; whether the value is NULL is sorted by first.
    fn write_order_term(&self, term: &OrderClause<'_>, to: &mut SqlWriter<'_>) {
        if let Some(nulls) = term.nulls {
            to.sql("(");
            to.expression(term.value);
            to.sql(if nulls == Nulls::First { ") IS NULL DESC, " } else { ") IS NULL, " });
        }
        to.order_by(term);
    }

    /// `||` is OR here, if the session does not say otherwise.
    fn write_concat(&self, left: &Expression, right: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("concat(");
        to.value_as_text(left);
        to.sql(", ");
        to.value_as_text(right);
        to.sql(")");
    }
}

impl Dialect for MySql {
    fn translating(&self, schemas: SchemaTranslateMap) -> Arc<dyn Dialect> {
        Arc::new(Self { schemas: Some(schemas), ..self.clone() })
    }

    fn preparation(&self, sql: &str, _: usize) -> Preparation {
        Preparation::by("SET @aludel_checked = ?".to_owned(), vec![sql.into()])
            .then("PREPARE aludel_checked FROM @aludel_checked")
            .ended_by("DEALLOCATE PREPARE aludel_checked")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn for_server(&self, server: &ServerInfo) -> Arc<dyn Dialect> {
        // A server that does not say its version is taken for a new one.
        let version = Some(server.version()).filter(|version| version.major > 0);
        Arc::new(match server.product() {
            Product::MariaDb => Self::of("mariadb", version, features::mariadb(version)),
            _ => Self::of("mysql", version, features::mysql(version)),
        })
    }

    fn has_sequence_statement(&self, name: &TableName) -> Option<Text> {
        if !self.features.has(Feature::Sequences) {
            return None;
        }
        if is_no_name(name) {
            return Some(text(NOTHING));
        }
        let statement = match name.schema() {
            None => text(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() \
                 AND table_name = :name AND table_type = 'SEQUENCE'",
            ),
            Some(schema) => text(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = :schema \
                 AND table_name = :name AND table_type = 'SEQUENCE'",
            )
            .bind("schema", &**schema),
        };
        Some(statement.bind("name", &**name.name()))
    }

    fn unique_key_query(&self, known: &UniqueKey) -> Option<CatalogueQuery> {
        unique_keys::query(known)
    }

    fn complete_unique_key(&self, known: &mut UniqueKey, rows: &[Vec<Option<String>>]) {
        unique_keys::complete(known, rows);
    }

    /// The catalogue compares names without case, which the tables do only if the server says so.
    /// Temporary tables are not in it.
    fn has_table_statement(&self, name: &TableName) -> Text {
        if is_no_name(name) {
            return text(NOTHING);
        }
        let statement = match name.schema() {
            None => text(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() \
                 AND table_name = :name \
                 AND (BINARY table_name = BINARY :name OR @@lower_case_table_names != 0)",
            ),
            Some(schema) => text(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = :schema \
                 AND table_name = :name \
                 AND (BINARY table_name = BINARY :name OR @@lower_case_table_names != 0)",
            )
            .bind("schema", &**schema),
        };
        statement.bind("name", &**name.name())
    }
}

/// Gives no row.
const NOTHING: &str = "SELECT 1 FROM DUAL WHERE 1 != 1";

/// Whether nothing can have this name: names have characters of three bytes at most, and the catalogue is
/// not compared with others.
fn is_no_name(name: &TableName) -> bool {
    let is_none = |name: &str| name.chars().any(|c| c > '\u{ffff}');
    is_none(name.name()) || name.schema().is_some_and(|schema| is_none(schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_and_mariadb_are_told_apart_by_what_the_server_says() {
        let dialect =
            |product, text: &str| MySql::new().for_server(&ServerInfo::new(product, text));
        let mysql = dialect(Product::MySql, "8.4.0");
        assert_eq!((mysql.name(), mysql.capabilities().insert_returning), ("mysql", false));
        let old = dialect(Product::MariaDb, "10.3.39-MariaDB");
        assert_eq!((old.name(), old.capabilities().insert_returning), ("mariadb", false));
        let new = dialect(Product::MariaDb, "10.11.6-MariaDB");
        assert_eq!((new.name(), new.capabilities().insert_returning), ("mariadb", true));
        assert_ne!(mysql.text_key(), new.text_key());
        assert_ne!(old.text_key(), new.text_key());
    }
}
