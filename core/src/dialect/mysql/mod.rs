//! The dialect of MySQL and MariaDB: their words for types, and what their catalogue is asked.

mod words;

use std::borrow::Cow;

use super::Dialect;
use crate::sql::types::Type;
use crate::sql::{Lexis, Spelling, Text, standard_type, text};

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

    fn column_type(&self, ty: Type) -> Cow<'static, str> {
        match ty {
            // A VARCHAR has a length here.
            Type::String => "LONGTEXT".into(),
            Type::Boolean => "BOOL".into(),
            Type::LargeBinary => "LONGBLOB".into(),
            other => standard_type(other),
        }
    }

    fn serial_type(&self, ty: Type) -> Cow<'static, str> {
        format!("{} AUTO_INCREMENT", self.column_type(ty)).into()
    }

    fn lexis(&self) -> Lexis {
        Lexis::default().with_backslashes()
    }

    fn no_values(&self) -> &'static str {
        " () VALUES ()"
    }

    fn measures_keys(&self) -> bool {
        true
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
    fn has_table(&self, name: &str) -> Text {
        text(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_name = :name \
             AND (BINARY table_name = BINARY :name OR @@lower_case_table_names != 0)",
        )
        .bind("name", name)
    }
}
