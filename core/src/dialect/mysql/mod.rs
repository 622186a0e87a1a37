//! The dialect of MySQL and MariaDB: their types, and what their catalogue is asked.

mod schema;
mod words;

use super::Dialect;
use crate::sql::schema::TableName;
use crate::sql::{Lexis, Spelling, Text, text};

/// The dialect of MySQL and MariaDB, as far as the two agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MySql;

impl Spelling for MySql {
    fn placeholder(&self, _: usize, to: &mut String) {
        to.push('?');
    }

    fn numbers_places(&self) -> bool {
        false
    }

    fn quotation_mark(&self) -> char {
        '`'
    }

    fn is_reserved(&self, word: &str) -> bool {
        words::is_reserved(word)
    }

    fn lexis(&self) -> Lexis {
        Lexis::default().with_backslashes()
    }

    fn no_values(&self) -> &'static str {
        " () VALUES ()"
    }

    fn no_limit(&self) -> Option<&'static str> {
        Some("18446744073709551615")
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
