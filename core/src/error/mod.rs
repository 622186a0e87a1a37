//! The one error type: a kind for programs, a sentence for people, the driver's own error inside.
//!
//! The kinds keep the names of PEP 249 and of SQLAlchemy, so that somebody who knows either finds
//! them. Questions a program asks are methods (`is_unique_violation()`, `is_disconnect()`); the
//! message always names the mistake and, where there is one, the cure. Each kind has a stable
//! [`code`](Error::code) with a page in `docs/errors.md`.

mod kind;

use std::error::Error as StdError;
use std::fmt;

pub use kind::{Constraint, ErrorKind};

/// What every fallible operation of Aludel returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of Aludel or of a database behind it. One pointer wide.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    details: Details,
    statement: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a driver knows of an error beyond its message.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The five-character SQLSTATE, or SQLite's extended result code as a number.
    pub sqlstate: Option<String>,
    /// Which constraint an [`ErrorKind::Integrity`] error violated.
    pub violated: Option<Constraint>,
    /// The constraint's name, where the server tells.
    pub constraint: Option<String>,
    /// The table, where the server tells.
    pub table: Option<String>,
    /// The column, where the server tells.
    pub column: Option<String>,
    /// The connection is gone.
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

impl Error {
    /// An error of a kind, with the sentence that explains it.
    #[cold]
    #[inline(never)]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            details: Details::default(),
            statement: None,
            source: None,
        }))
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds what the driver knows.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.0.details = details;
        self
    }

    /// Adds the text of the statement that failed, unless one is there already.
    #[must_use]
    pub fn with_statement(mut self, statement: &str) -> Self {
        self.0.statement.get_or_insert_with(|| statement.to_owned());
        self
    }

    /// Puts a sentence before the message: what was being done when it went wrong.
    #[must_use]
    pub fn context(mut self, doing: &str) -> Self {
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// Marks whether this error means that the connection is gone, as a `handle_error` listener
    /// may.
    pub fn set_disconnect(&mut self, disconnect: bool) {
        self.0.details.disconnect = disconnect;
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code of the kind: the anchor of its page in `docs/errors.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// The message without the statement and without the code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The text of the statement that failed. Bound values are never part of it.
    #[must_use]
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// What the driver told beyond the message.
    #[must_use]
    pub fn details(&self) -> &Details {
        &self.0.details
    }

    /// The server's five-character SQLSTATE, or SQLite's extended result code.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.details.sqlstate.as_deref()
    }

    /// The name of the violated constraint, where the server tells.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.0.details.constraint.as_deref()
    }

    /// The table concerned, where the server tells.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.0.details.table.as_deref()
    }

    /// The column concerned, where the server tells.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.0.details.column.as_deref()
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

    /// A column that may not be null was given none.
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

    /// The connection is gone; the next checkout makes a new one.
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

    /// The future that waited was dropped; the greenlet is on its way out.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(statement) = &self.0.statement {
            write!(f, " [SQL: {statement}]")?;
        }
        write!(f, " ({})", self.code())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("sqlstate", &self.0.details.sqlstate)
            .field("statement", &self.0.statement)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<aludel_bridge::Error> for Error {
    fn from(error: aludel_bridge::Error) -> Self {
        let kind = match &error {
            aludel_bridge::Error::Cancelled => ErrorKind::Cancelled,
            aludel_bridge::Error::MissingGreenlet => ErrorKind::MissingGreenlet,
            _ => ErrorKind::ResourceExhausted,
        };
        Self::new(kind, error.to_string())
    }
}
