//! What a server remarks besides its answers.

/// How serious a remark is, as PostgreSQL and MySQL have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// For who looks for a fault in the server.
    Debug,
    /// For the log of the server.
    Log,
    /// Asked for by the statement.
    Info,
    /// Worth knowing: NOTICE of PostgreSQL, Note of MySQL.
    Notice,
    /// Perhaps a mistake.
    Warning,
    /// What would have been an error in another mode of the server.
    Error,
}

/// A remark of the server about a statement that it has executed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerNotice {
    /// How serious it is.
    pub severity: Severity,
    /// The SQLSTATE in PostgreSQL, the number of the message in MySQL.
    pub code: String,
    /// The server's words, in which there may be values.
    pub message: String,
}

impl ServerNotice {
    /// A remark.
    #[must_use]
    pub fn new(severity: Severity, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity, code: code.into(), message: message.into() }
    }
}
