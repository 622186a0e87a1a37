//! The one error type: a kind for programs, a sentence for people, the driver's own error inside.
//!
//! The kinds keep the names of PEP 249 and of SQLAlchemy, so that somebody who knows either finds
//! them. Questions a program asks are methods (`is_unique_violation()`, `is_disconnect()`); the
//! message names the mistake and, where there is one, the cure. Each kind has a stable
//! [`code`](Error::code) with a section in `docs/errors.md`.
//!
//! No value of a row or of a parameter is shown: neither by `Display` nor by `Debug`, nor by the
//! chain of sources. What a server says with values in it is behind [`Error::unredacted`], and the
//! driver's own error behind [`Error::driver_error`].

mod bridge;
mod details;
mod kind;
mod questions;
mod wording;

use std::error::Error as StdError;
use std::fmt;

pub use details::Details;
pub use kind::{Constraint, ErrorKind};
pub use wording::{HIDDEN, Wording};

/// What every fallible operation of Aludel returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of Aludel or of a database behind it. One pointer wide.
pub struct Error(Box<Inner>);

type Source = Box<dyn StdError + Send + Sync>;

struct Inner {
    kind: ErrorKind,
    /// What is shown, without the statement and without the code.
    message: String,
    server: Option<ServerMessage>,
    details: Details,
    statement: Option<String>,
    source: Option<Source>,
    driver_error: Option<Source>,
}

/// A message in a server's words, and what Aludel puts around it.
struct ServerMessage {
    text: String,
    wording: Wording,
    before: String,
    behind: String,
    unredacted: Option<String>,
}

impl Inner {
    /// Writes the message anew, since more is known of what it may show.
    fn refresh(&mut self) {
        let Some(server) = &self.server else { return };
        let names = self.details.names().filter(|_| self.kind.names_the_schema());
        let text = wording::redact(&server.text, server.wording, self.statement.as_deref(), names);
        self.message = format!("{}{text}{}", server.before, server.behind);
    }
}

impl Error {
    /// An error of a kind, with the sentence that explains it. The sentence must hold no value; for
    /// one that a server wrote there is [`from_server`](Self::from_server).
    #[cold]
    #[inline(never)]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            server: None,
            details: Details::default(),
            statement: None,
            source: None,
            driver_error: None,
        }))
    }

    /// An error in the words of a server, of which [`Wording`] says where values can stand. Those are
    /// shown as `***`, and [`unredacted`](Self::unredacted) returns them.
    ///
    /// ```
    /// use aludel_core::error::{Error, ErrorKind, Wording};
    ///
    /// let said = "invalid input syntax for type integer: \"4111 1111\"";
    /// let error = Error::from_server(ErrorKind::Data, said, Wording::Values);
    /// assert_eq!(error.message(), "invalid input syntax for type integer: \"***\"");
    /// assert_eq!(error.unredacted(), Some(said));
    /// ```
    #[cold]
    #[inline(never)]
    pub fn from_server(kind: ErrorKind, text: impl Into<String>, wording: Wording) -> Self {
        let mut error = Self::new(kind, "");
        error.0.server = Some(ServerMessage {
            text: text.into(),
            wording,
            before: String::new(),
            behind: String::new(),
            unredacted: None,
        });
        error.0.refresh();
        error
    }

    /// Adds the error that caused this one. It is shown by whoever prints the chain of sources, so it
    /// must hold no value: for an error of a database there is
    /// [`with_driver_error`](Self::with_driver_error).
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the driver's own error, which may hold values and is shown by nothing.
    #[must_use]
    pub fn with_driver_error(mut self, error: impl Into<Source>) -> Self {
        self.0.driver_error = Some(error.into());
        self
    }

    /// Adds what the driver knows.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.0.details = details;
        self.0.refresh();
        self
    }

    /// Adds what is known of the unique key that was violated.
    #[must_use]
    pub(crate) fn with_unique_key(
        mut self,
        table: Option<String>,
        constraint: Option<String>,
        columns: Vec<String>,
    ) -> Self {
        let details = &mut self.0.details;
        (details.table, details.constraint, details.columns) = (table, constraint, columns);
        self.0.refresh();
        self
    }

    /// Adds all that the server said, where that is more than its message.
    #[must_use]
    pub fn with_unredacted(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        match &mut self.0.server {
            Some(server) => server.unredacted = Some(text),
            None => {
                self.0.server = Some(ServerMessage {
                    text: std::mem::take(&mut self.0.message),
                    wording: Wording::Plain,
                    before: String::new(),
                    behind: String::new(),
                    unredacted: Some(text),
                });
                self.0.refresh();
            }
        }
        self
    }

    /// Adds the text of the statement that failed, unless one is there already.
    #[must_use]
    pub fn with_statement(mut self, statement: &str) -> Self {
        if self.0.statement.is_none() {
            self.0.statement = Some(statement.to_owned());
            self.0.refresh();
        }
        self
    }

    /// The same error as one of another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self.0.refresh();
        self
    }

    /// Puts a sentence before the message: what was being done when it went wrong.
    #[must_use]
    pub fn context(mut self, doing: &str) -> Self {
        if let Some(server) = &mut self.0.server {
            server.before = format!("{doing}: {}", server.before);
        }
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// Puts a sentence behind the message: how to go on.
    #[must_use]
    pub fn with_cure(mut self, cure: &str) -> Self {
        let behind = match &mut self.0.server {
            Some(server) => &mut server.behind,
            None => &mut self.0.message,
        };
        behind.push_str("; ");
        behind.push_str(cure);
        self.0.refresh();
        self
    }

    /// Marks whether this error means that the connection is lost, as a `handle_error` listener
    /// may.
    pub fn set_disconnect(&mut self, disconnect: bool) {
        self.0.details.disconnect = disconnect;
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code of the kind: the anchor of its section in `docs/errors.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// The message without the statement and without the code. No value is part of it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// All that the server said, with the values that it wrote into its message, detail and hint.
    /// `None` if no server said anything.
    ///
    /// This text may hold data of rows and parameters. It is meant for a developer's eyes and does
    /// not belong in a log.
    #[must_use]
    pub fn unredacted(&self) -> Option<&str> {
        match &self.0.server {
            Some(server) => Some(server.unredacted.as_ref().unwrap_or(&server.text)),
            None => self.cause()?.unredacted(),
        }
    }

    /// The driver's own error, such as `tokio_postgres::error::DbError`, to be downcast. Its `Display`
    /// and its `Debug` may show values.
    #[must_use]
    pub fn driver_error(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        match &self.0.driver_error {
            Some(error) => Some(error.as_ref()),
            None => self.cause()?.driver_error(),
        }
    }

    /// The error of Aludel that caused this one.
    fn cause(&self) -> Option<&Self> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// The text of the statement that failed, all of it; `Display` and `Debug` show the first 2,000
    /// characters. Bound values are never part of it.
    #[must_use]
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// What the driver reported beyond the message.
    #[must_use]
    pub fn details(&self) -> &Details {
        &self.0.details
    }
}

/// How much of a statement's text is shown, in characters.
const SHOWN: usize = 2_000;

/// The beginning of a statement, and how much is left out.
struct Shown<'s>(&'s str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => f.write_str(self.0),
            Some((end, _)) => {
                let more = self.0[end..].chars().count();
                write!(f, "{} … ({more} more characters: Error::statement())", &self.0[..end])
            }
        }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

/// The message, the first 2,000 characters of the statement, and the code.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(statement) = &self.0.statement {
            write!(f, " [SQL: {}]", Shown(statement))?;
        }
        write!(f, " ({})", self.code())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.0.kind).field("message", &self.0.message);
        let details = &self.0.details;
        let names = [
            ("sqlstate", &details.sqlstate),
            ("constraint", &details.constraint),
            ("table", &details.table),
            ("column", &details.column),
            ("statement", &self.0.statement),
        ];
        for (name, text) in names {
            // Of a wrong statement a name may be a value that was bound.
            let is_shown =
                self.0.kind.names_the_schema() || matches!(name, "sqlstate" | "statement");
            if let (Some(text), true) = (text, is_shown) {
                shown.field(name, &Shown(text));
            }
        }
        if let Some(source) = &self.0.source {
            shown.field("source", source);
        }
        shown.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Error {
        let details = Details { constraint: Some("grown".to_owned()), ..Details::default() };
        Error::from_server(ErrorKind::Integrity, "check \"grown\" of \"t\" fails", Wording::Names)
            .with_details(details)
            .with_unredacted("check \"grown\" of \"t\" fails; row (canary)")
            .with_driver_error("canary")
    }

    // fault: S08
    #[test]
    fn what_is_shown_grows_with_what_is_known_and_holds_no_value() {
        let error = refused().context("row 1").with_cure("mend it");
        assert_eq!(error.message(), "row 1: check \"grown\" of \"***\" fails; mend it");
        let error = error.with_statement("insert into t values ($1)").context("again");
        assert_eq!(error.message(), "again: row 1: check \"grown\" of \"t\" fails; mend it");
        let outer = Error::new(ErrorKind::CommitUnknown, "lost").with_source(error);
        let shown = format!("{outer} {outer:?} {outer:#?}");
        assert!(shown.contains("grown") && !shown.contains("canary"), "{shown}");
        assert!(outer.unredacted().is_some_and(|text| text.contains("canary")));
        assert_eq!(outer.driver_error().map(ToString::to_string).as_deref(), Some("canary"));
        assert_eq!(outer.code(), "commit-unknown");
    }

    #[test]
    fn a_long_statement_is_shown_in_part_and_had_as_a_whole() {
        let error = |sql: &str| Error::new(ErrorKind::Data, "no").with_statement(sql);
        let fits = "ä".repeat(SHOWN);
        assert_eq!(error(&fits).to_string(), format!("no [SQL: {fits}] (data)"));
        let long = format!("{fits}ö and more");
        let error = error(&long);
        let cut = format!("{fits} … (10 more characters: Error::statement())");
        assert_eq!(error.to_string(), format!("no [SQL: {cut}] (data)"));
        assert!(format!("{error:?}").contains(&format!("statement: {cut:?}")), "{error:?}");
        assert_eq!(error.statement(), Some(&*long));
    }

    #[test]
    fn an_error_of_our_own_is_shown_as_it_is() {
        let error = Error::new(ErrorKind::Argument, "wrong \"x\" 1").with_cure("right");
        assert_eq!(error.message(), "wrong \"x\" 1; right");
        assert_eq!((error.unredacted(), error.driver_error().is_none()), (None, true));
        assert_eq!(error.to_string(), "wrong \"x\" 1; right (argument)");
    }
}
