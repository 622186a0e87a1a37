//! Errors of tokio-postgres as errors of Aludel, and what each says about the session.

use std::error::Error as _;
use std::io;

use aludel_core::error::{Constraint, Details, Error, ErrorKind};
use tokio_postgres::error::{DbError, Severity};

/// An exchange that went wrong: the error, and in what state it left the session.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer was read to its end, or nothing was sent: the session goes on.
    Refused(Error),
    /// The session lives, but nobody knows what it is doing.
    Broken(Error),
    /// The server ended the session and said why.
    Ended(Error),
    /// The session is gone; the connection's task may know why.
    Gone(tokio_postgres::Error),
}

impl Failure {
    /// The session cannot be trusted after this one, however well it was answered.
    pub(crate) fn breaking(self, doing: &str, disconnect: bool) -> Self {
        match self {
            Self::Refused(error) | Self::Broken(error) => {
                let mut error = error.context(doing);
                error.set_disconnect(disconnect || error.is_disconnect());
                Self::Broken(error)
            }
            gone => gone,
        }
    }

    /// The server forgot the statements that tokio-postgres keeps and cannot prepare again.
    pub(crate) fn forgotten(self) -> Self {
        let Self::Refused(error) = self else { return self };
        let message = format!(
            "{}; the server was told to forget all prepared statements (DISCARD ALL, DEALLOCATE \
             ALL), and with them those that ask for types, so the connection is closed",
            error.message()
        );
        let details = Details { disconnect: true, ..error.details().clone() };
        Self::Ended(Error::new(ErrorKind::Operational, message).with_details(details))
    }

    /// Whether the session is no more.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Gone(_))
    }

    /// Whether a prepared statement is out of date: its tables changed, or the server forgot it.
    /// Both are found before anything is executed.
    pub(crate) fn is_stale(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        match error.sqlstate() {
            Some("26000") => true,
            Some("0A000") => error
                .source()
                .and_then(|source| source.downcast_ref::<DbError>())
                .is_some_and(|server| server.routine() == Some("RevalidateCachedQuery")),
            _ => false,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            let ends = is_fatal(server);
            let mapped = from_server(server);
            return if ends { Self::Ended(mapped) } else { Self::Refused(mapped) };
        }
        if error.is_closed() {
            return Self::Gone(error);
        }
        let said = error.to_string();
        let source = match error.into_source() {
            Some(source) => match source.downcast::<Error>() {
                // A parameter that could not be bound; nothing was sent.
                Ok(ours) => return Self::Refused(ours.context(&parameter(&said))),
                Err(source) => Some(source),
            },
            None => None,
        };
        let because = source.as_ref().map(|source| format!(": {source}")).unwrap_or_default();
        let build = |kind, cure: &str| {
            let error = Error::new(kind, format!("{said}{because}{cure}"));
            match source {
                Some(source) => error.with_source(source),
                None => error,
            }
        };
        match said.as_str() {
            "error communicating with the server" => {
                let mut error = build(ErrorKind::Operational, "");
                error.set_disconnect(true);
                Self::Ended(error)
            }
            "error encoding message to server" => Self::Refused(build(ErrorKind::Data, "")),
            "unexpected message from server" => Self::Broken(build(
                ErrorKind::NotSupported,
                "; COPY FROM STDIN and COPY TO STDOUT must go through the driver's own client",
            )),
            _ => Self::Broken(build(ErrorKind::Interface, "")),
        }
    }
}

/// Which parameter tokio-postgres speaks of: it counts from 0, the statement's text from 1.
fn parameter(said: &str) -> String {
    let index = said.rsplit(' ').next().and_then(|last| last.parse::<usize>().ok());
    index.map_or_else(|| said.to_owned(), |index| format!("parameter ${}", index + 1))
}

/// Whether the server closes the connection after this error.
pub(crate) fn is_fatal(server: &DbError) -> bool {
    matches!(server.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

/// The server's error: its message with detail and hint, its code, and what it names.
pub(crate) fn from_server(server: &DbError) -> Error {
    let code = server.code().code();
    let mut message = server.message().to_owned();
    for part in [server.detail(), server.hint()].into_iter().flatten() {
        message.push_str("; ");
        message.push_str(part);
    }
    if let Some(cure) = cure(code) {
        message.push_str("; ");
        message.push_str(cure);
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let details = Details {
        sqlstate: Some(code.to_owned()),
        violated: violated(code),
        constraint: owned(server.constraint()),
        table: owned(server.table()),
        column: owned(server.column()),
        disconnect: is_fatal(server) || ends_session(code),
        retryable: matches!(code, "40001" | "40P01" | "55P03"),
        syntax: code == "42601",
        missing_table: code == "42P01",
        busy: code == "55P03",
    };
    Error::new(kind(code), message).with_details(details).with_source(server.clone())
}

fn cure(code: &str) -> Option<&'static str> {
    Some(match code {
        "25P02" => "an earlier statement of this transaction failed, so roll it back",
        "42883" | "42725" => {
            "integers are bound as bigint and floats as double precision, so a function that \
             takes another type needs a cast, such as $1::int"
        }
        "42P18" => {
            "text and NULL are bound without a type, so a parameter that gets none from what \
             stands around it needs a cast, such as $1::text"
        }
        _ => return None,
    })
}

fn ends_session(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
}

fn violated(code: &str) -> Option<Constraint> {
    match code {
        "23502" => Some(Constraint::NotNull),
        "23503" => Some(Constraint::ForeignKey),
        "23505" => Some(Constraint::Unique),
        "23514" => Some(Constraint::Check),
        _ => None,
    }
}

/// The kind of a SQLSTATE, by its class where no single code stands out.
fn kind(code: &str) -> ErrorKind {
    match code {
        // The kind whose meaning this is: the transaction is broken and waits for `rollback()`.
        "25P02" => return ErrorKind::PendingRollback,
        // What a program meets when its server became a standby, or when it idled too long.
        "25006" | "25P03" => return ErrorKind::Operational,
        _ => {}
    }
    match code.get(..2).unwrap_or_default() {
        "0A" => ErrorKind::NotSupported,
        "08" | "26" | "28" | "3D" | "40" | "53" | "54" | "55" | "57" | "58" => {
            ErrorKind::Operational
        }
        "22" => ErrorKind::Data,
        "23" => ErrorKind::Integrity,
        "24" | "25" => ErrorKind::InvalidRequest,
        "21" | "34" | "3B" | "3F" | "42" | "44" => ErrorKind::Programming,
        _ => ErrorKind::Internal,
    }
}

/// Why a connection could not be made, naming where to and no secret.
pub(crate) fn from_connect(error: tokio_postgres::Error, place: &str) -> Error {
    let doing = format!("cannot connect to {place}");
    if let Some(server) = error.as_db_error() {
        let refusal = from_server(server);
        let details = Details { disconnect: false, ..refusal.details().clone() };
        let message = format!("{doing}: {}", refusal.message());
        return Error::new(ErrorKind::Operational, message)
            .with_details(details)
            .with_source(error);
    }
    let said = error.to_string();
    match error.into_source() {
        Some(source) => match source.downcast::<io::Error>() {
            Ok(source) => from_connect_io(*source, place),
            Err(source) => Error::new(ErrorKind::Operational, format!("{doing}: {said}: {source}"))
                .with_source(source),
        },
        None => Error::new(ErrorKind::Operational, format!("{doing}: {said}")),
    }
}

/// The same, for what the socket says.
pub(crate) fn from_connect_io(error: io::Error, place: &str) -> Error {
    let cure = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "; nothing listens there: is the server running, and is this its port?"
        }
        io::ErrorKind::NotFound => "; is the server running, and is this its socket's directory?",
        io::ErrorKind::TimedOut => "; is it down, or behind a firewall?",
        _ => "",
    };
    let message = format!("cannot connect to {place}: {error}{cure}");
    Error::new(ErrorKind::Operational, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_exceptions() {
        for (code, expected) in [
            ("23505", ErrorKind::Integrity),
            ("22003", ErrorKind::Data),
            ("42P01", ErrorKind::Programming),
            ("40001", ErrorKind::Operational),
            ("0A000", ErrorKind::NotSupported),
            ("XX000", ErrorKind::Internal),
            ("P0001", ErrorKind::Internal),
            ("25P02", ErrorKind::PendingRollback),
            ("25001", ErrorKind::InvalidRequest),
            ("3D000", ErrorKind::Operational),
            ("", ErrorKind::Internal),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
