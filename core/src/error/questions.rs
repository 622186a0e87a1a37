//! The questions that a program asks an error.

use super::{Constraint, Error, ErrorKind};

impl Error {
    /// The server's five-character SQLSTATE, or SQLite's extended result code.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.details.sqlstate.as_deref()
    }

    /// The name of the violated constraint, where the server reports it.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.0.details.constraint.as_deref()
    }

    /// The table concerned, where the server reports it.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.0.details.table.as_deref()
    }

    /// The column concerned, where the server reports it; of a unique constraint the first of its
    /// [`columns`](Self::columns).
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        let details = &self.0.details;
        details.column.as_deref().or(details.columns.first().map(String::as_str))
    }

    /// The columns of the unique constraint, primary key or unique index that was violated, in its order,
    /// where the database's message or its catalogue has them. Of an index on an expression it is the
    /// expression in PostgreSQL, and nothing elsewhere.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.0.details.columns
    }

    /// A constraint of the schema was violated.
    #[must_use]
    pub fn is_integrity(&self) -> bool {
        self.kind() == ErrorKind::Integrity
    }

    /// A unique constraint or a primary key was violated.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.0.details.violated == Some(Constraint::Unique)
    }

    /// A foreign key was violated.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        self.0.details.violated == Some(Constraint::ForeignKey)
    }

    /// NULL, or no value, was given for a column that is NOT NULL.
    #[must_use]
    pub fn is_not_null_violation(&self) -> bool {
        self.0.details.violated == Some(Constraint::NotNull)
    }

    /// A check constraint was violated.
    #[must_use]
    pub fn is_check_violation(&self) -> bool {
        self.0.details.violated == Some(Constraint::Check)
    }

    /// The statement's text does not parse.
    #[must_use]
    pub fn is_syntax_error(&self) -> bool {
        self.0.details.syntax
    }

    /// The statement names a table that does not exist.
    #[must_use]
    pub fn is_missing_table(&self) -> bool {
        self.0.details.missing_table
    }

    /// The connection is lost; the next checkout makes a new one.
    #[must_use]
    pub fn is_disconnect(&self) -> bool {
        self.0.details.disconnect
    }

    /// Another connection holds the lock that was needed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.0.details.busy
    }

    /// The same transaction may succeed if it is run again from its beginning.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.details.retryable
    }

    /// The future that waited for this call was dropped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }
}
