//! Text that is SQL because the program says so.

use std::sync::Arc;

use super::Name;

/// SQL made at run time.
///
/// Functions that take SQL take `&'static str`, text that stands in the program. Text made at run
/// time must be wrapped, which is the place to ask where it came from: a value belongs into a bind
/// and a name into a column or a table, where they are quoted.
///
/// ```
/// use aludel::{RawSql, text};
///
/// let column = ["name", "age"][1];
/// let statement = text(RawSql::new(format!("select {column} from users")));
/// # let _ = statement;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSql(pub(super) Name);

impl RawSql {
    /// Says that this text is SQL.
    ///
    /// ```
    /// # use aludel::{RawSql, text};
    /// let column = String::from("a");
    /// let statement = text(RawSql::new(format!("SELECT {column} FROM t")));
    /// assert_eq!(statement.to_string(), "SELECT a FROM t");
    /// ```
    #[must_use]
    pub fn new(sql: String) -> Self {
        Self(sql.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub(crate) fn into_text(self) -> Arc<str> {
        match self.0 {
            Name::Static(sql) => sql.into(),
            Name::Shared(sql) => sql,
        }
    }
}

impl From<RawSql> for Name {
    fn from(sql: RawSql) -> Self {
        sql.0
    }
}

/// What functions that take SQL take: text that stands in the program, or [`RawSql`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not SQL that stands in the program",
    label = "text made at run time",
    note = "values belong into binds: `text(\"… = :name\").bind(\"name\", value)`",
    note = "if the text is SQL all the same, say so: `RawSql::new(text)`"
)]
pub trait IntoSql {
    /// As SQL.
    fn into_sql(self) -> RawSql;
}

impl IntoSql for &'static str {
    fn into_sql(self) -> RawSql {
        RawSql(self.into())
    }
}

impl IntoSql for RawSql {
    fn into_sql(self) -> RawSql {
        self
    }
}
