//! The dialect of MySQL and MariaDB: their types, and what their catalogue is asked.

mod schema;
mod words;

use super::Dialect;
use crate::lex::LexicalRules;
use crate::sql::schema::TableName;
use crate::sql::{Expression, LimitClause, Nulls, OrderTerm, SqlDialect, SqlWriter, Text, text};

/// The dialect of MySQL and MariaDB, as far as the two agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MySql;

impl SqlDialect for MySql {
    fn dialect_name(&self) -> &'static str {
        self.name()
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

    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        let computed = |rows: &Expression| !rows.is_value();
        if clause.limit.is_some_and(computed) || clause.offset.is_some_and(computed) {
            to.refuse("expressions in LIMIT and OFFSET", "give a value or a bind");
        }
        // The word stands for "no limit", without which OFFSET cannot stand.
        to.sql(" LIMIT ");
        match clause.limit {
            Some(limit) => to.expression(limit),
            None => to.sql("18446744073709551615"),
        }
        if let Some(offset) = clause.offset {
            to.sql(" OFFSET ");
            to.expression(offset);
        }
    }

    /// There is no NULLS FIRST; whether the value is NULL is sorted by first.
    fn write_order_term(&self, term: &OrderTerm, to: &mut SqlWriter<'_>) {
        if let Some(nulls) = term.nulls() {
            to.sql("(");
            to.expression(term.expression());
            to.sql(if nulls == Nulls::First { ") IS NULL DESC, " } else { ") IS NULL, " });
        }
        to.order_by(term);
    }

    /// `||` is OR here, if the session does not say otherwise.
    fn write_concat(&self, left: &Expression, right: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("concat(");
        to.expression(left);
        to.sql(", ");
        to.expression(right);
        to.sql(")");
    }
}

impl Dialect for MySql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    /// The catalogue compares names without case, which the tables do only if the server says so.
    /// Temporary tables are not in it.
    fn has_table_statement(&self, name: &TableName) -> Text {
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
