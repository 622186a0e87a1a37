//! What a driver knows of an error beyond its message.

use super::Constraint;

/// What a driver knows of an error beyond its message.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The five-character SQLSTATE, or SQLite's extended result code as a number.
    pub sqlstate: Option<String>,
    /// Which constraint an [`ErrorKind::Integrity`](super::ErrorKind::Integrity) error violated.
    pub violated: Option<Constraint>,
    /// The constraint's name, where the server reports it.
    pub constraint: Option<String>,
    /// The table, where the server reports it.
    pub table: Option<String>,
    /// The column, where the server reports it; of a unique constraint the first of its columns.
    pub column: Option<String>,
    /// The columns of a unique constraint, in its order, or the expressions of its index as the database
    /// writes them.
    pub columns: Vec<String>,
    /// The connection is lost.
    pub disconnect: bool,
    /// The same transaction may succeed if it is run again (deadlock, serialization, busy).
    pub retryable: bool,
    /// The statement's text does not parse.
    pub syntax: bool,
    /// The statement names a table that does not exist.
    pub missing_table: bool,
    /// Another connection holds the lock that was needed.
    pub busy: bool,
}

impl Details {
    /// The names of parts of the schema.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = [&self.constraint, &self.table, &self.column].into_iter().flatten();
        names.chain(&self.columns).map(String::as_str)
    }
}
