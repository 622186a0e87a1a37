//! Errors of tokio-postgres as errors of Aludel, and what each says about the session.

use std::error::Error as _;
use std::io;

use aludel_core::dbapi::errors;
use aludel_core::error::{Constraint, Details, Error, ErrorKind, Wording};
use tokio_postgres::error::{DbError, Severity};

/// An exchange that went wrong: the error, and in what state it left the session.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer was read to its end, or nothing was sent: the session goes on.
    Refused(Error),
    /// The session lives, but its state is unknown.
    Broken(Error),
    /// The server ended the session and said why.
    Ended(Error),
    /// The session is lost; the connection's task may know why.
    Gone(tokio_postgres::Error),
}

impl Failure {
    /// The state of the session is unknown after this one, whatever the server answered.
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
        let mut error = error.with_kind(ErrorKind::Operational).with_cure(
            "a statement made the server forget all prepared statements (DISCARD ALL, DEALLOCATE \
             ALL), and with them those that look up types, so the connection is closed",
        );
        error.set_disconnect(true);
        Self::Ended(error)
    }

    /// Whether the session has ended.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Gone(_))
    }

    /// Whether a statement could not be prepared since the session has one of its name.
    pub(crate) fn is_name_taken(&self) -> bool {
        matches!(self, Self::Refused(error) if error.sqlstate() == Some(NAME_TAKEN))
    }

    /// Whether a prepared statement is out of date: its tables changed, or the server forgot it.
    /// Both are found before anything is executed.
    pub(crate) fn is_stale(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        match error.sqlstate() {
            Some("26000") => true,
            Some("0A000") => error
                .driver_error()
                .and_then(|error| error.downcast_ref::<DbError>())
                .is_some_and(|server| server.routine() == Some("RevalidateCachedQuery")),
            _ => false,
        }
    }
}

/// There is a prepared statement of that name.
pub(crate) const NAME_TAKEN: &str = "42P05";

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
        let cause = Cause::of(&error);
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
        let text = format!("{said}{because}");
        let mut ours = match cause {
            Cause::Encode => Error::new(ErrorKind::Data, text),
            Cause::Unexpected => Error::new(ErrorKind::NotSupported, text).with_cure(
                "COPY FROM STDIN and COPY TO STDOUT must go through the driver's own client",
            ),
            Cause::Lost => Error::new(ErrorKind::Operational, text),
            Cause::Other => Error::new(ErrorKind::Interface, text),
        };
        if let Some(source) = source {
            ours = ours.with_source(source);
        }
        match cause {
            Cause::Encode => Self::Refused(ours),
            Cause::Unexpected | Cause::Other => Self::Broken(ours),
            Cause::Lost => {
                ours.set_disconnect(true);
                Self::Ended(ours)
            }
        }
    }
}

/// What an error of tokio-postgres is about, which it says by its text alone. Its texts are pinned by
/// the tests below; a lost socket is found without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The socket failed.
    Lost,
    /// The message could not be written; nothing was sent.
    Encode,
    /// The server sent another message than the client waited for.
    Unexpected,
    Other,
}

impl Cause {
    fn of(error: &tokio_postgres::Error) -> Self {
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        match error.to_string().as_str() {
            "error communicating with the server" => Self::Lost,
            "error encoding message to server" => Self::Encode,
            "unexpected message from server" => Self::Unexpected,
            _ if io.is_some_and(is_of_the_socket) => Self::Lost,
            _ => Self::Other,
        }
    }
}

/// Whether an error comes from the system, and not from reading what arrived.
fn is_of_the_socket(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let kinds = [
        Kind::BrokenPipe,
        Kind::ConnectionAborted,
        Kind::ConnectionReset,
        Kind::NotConnected,
        Kind::TimedOut,
        Kind::UnexpectedEof,
    ];
    error.raw_os_error().is_some() || kinds.contains(&error.kind())
}

/// Which parameter tokio-postgres means: it counts from 0, the statement's text from 1.
fn parameter(said: &str) -> String {
    let index = said.rsplit(' ').next().and_then(|last| last.parse::<usize>().ok());
    index.map_or_else(|| said.to_owned(), |index| format!("parameter ${}", index + 1))
}

/// Whether the server closes the connection after this error.
pub(crate) fn is_fatal(server: &DbError) -> bool {
    matches!(server.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

/// The server's error: its message, its code, and what it names.
pub(crate) fn from_server(server: &DbError) -> Error {
    with_wording(server, wording(server))
}

fn with_wording(server: &DbError, wording: Wording) -> Error {
    let code = server.code().code();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let details = Details {
        sqlstate: Some(code.to_owned()),
        violated: violated(code),
        constraint: owned(server.constraint()),
        table: owned(server.table()),
        column: owned(server.column()),
        columns: if code == "23505" { key_columns(server.detail()) } else { Vec::new() },
        disconnect: is_fatal(server) || ends_session(code),
        retryable: matches!(code, "40001" | "40P01" | "55P03"),
        syntax: code == "42601",
        missing_table: code == "42P01",
        busy: code == "55P03",
    };
    let mut text = server.message().to_owned();
    // What depends on an object, or why a name is ambiguous. Elsewhere the detail has rows and keys.
    if let Some(detail) = server.detail().filter(|_| explains_names(code)) {
        text.push_str("; ");
        text.push_str(detail);
    }
    let mut error = Error::from_server(kind(code), text, wording)
        .with_details(details)
        .with_unredacted(all_said(server))
        .with_driver_error(server.clone());
    // The server writes its hints on names from its own catalogue.
    if let Some(hint) =
        server.hint().filter(|_| explains_names(code) && wording != Wording::Program)
    {
        error = error.with_cure(hint);
    }
    match cure(code, server.routine().unwrap_or_default()) {
        Some(cure) => error.with_cure(cure),
        None => error,
    }
}

/// The columns of a unique key: `Key (a, lower(b))=(1, x) already exists.`, in whatever language.
fn key_columns(detail: Option<&str>) -> Vec<String> {
    let Some((_, list)) = detail.and_then(|detail| detail.split_once('(')) else {
        return Vec::new();
    };
    let (mut depth, mut quoted, mut columns) = (0, false, vec![String::new()]);
    for letter in list.chars() {
        let last = columns.last_mut();
        match (letter, last) {
            ('"', Some(last)) => {
                quoted = !quoted;
                last.push('"');
            }
            (')', _) if !quoted && depth == 0 => {
                return columns.iter().map(|name| unquoted(name.trim())).collect();
            }
            (',', _) if !quoted && depth == 0 => columns.push(String::new()),
            (letter, Some(last)) => {
                depth += match letter {
                    '(' if !quoted => 1,
                    ')' if !quoted => -1,
                    _ => 0,
                };
                last.push(letter);
            }
            (_, None) => {}
        }
    }
    // What is not closed is nothing that we know.
    Vec::new()
}

/// A name without the quotes that PostgreSQL writes around some; an expression as it is.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inside) if !inside.replace("\"\"", "").contains('"') => inside.replace("\"\"", "\""),
        _ => name.to_owned(),
    }
}

/// Message, detail, hint and context, with the values in them.
fn all_said(server: &DbError) -> String {
    let mut said = server.message().to_owned();
    for part in [server.detail(), server.hint(), server.where_()].into_iter().flatten() {
        said.push_str("; ");
        said.push_str(part);
    }
    said
}

/// Whether detail and hint are about names of the schema: of a wrong statement, but for refusals by
/// row, and of objects that others depend on.
fn explains_names(code: &str) -> bool {
    code == "2BP01" || code.starts_with("42") && code != "42501"
}

/// Where a message of the server can have values.
fn wording(server: &DbError) -> Wording {
    let of_a_program = match server.file().unwrap_or_default() {
        // RAISE and ASSERT of PL/pgSQL, which may use any SQLSTATE.
        "pl_exec.c" => matches!(server.routine(), Some("exec_stmt_raise" | "exec_stmt_assert")),
        "plperl.c" | "pltcl.c" => true,
        file => file.starts_with("plpy_"),
    };
    if of_a_program { Wording::Program } else { wording_of(server.code().code()) }
}

fn wording_of(code: &str) -> Wording {
    match code.get(..2).unwrap_or_default() {
        _ if code == "2BP01" => Wording::Plain,
        "08" | "0A" | "21" | "23" | "24" | "25" | "26" | "28" | "2B" | "2D" | "34" | "3B"
        | "3D" | "3F" | "40" | "42" | "44" | "53" | "55" | "57" | "58" => Wording::Names,
        "22" | "54" | "XX" => Wording::Values,
        // Functions of extensions, foreign servers, codes of a program's own.
        _ => Wording::Program,
    }
}

fn cure(code: &str, routine: &str) -> Option<&'static str> {
    Some(match code {
        "25001" if routine == "PreventInTransactionBlock" => {
            "execute it outside of any: `set_isolation_level(IsolationLevel::Autocommit)` of the connection"
        }
        "25P02" => "an earlier statement of this transaction failed, so roll it back",
        "22P02" | "22007" => "bind a value of the type that the statement takes",
        "42883" | "42725" => {
            "integers are bound as bigint and floats as double precision, so a function that \
             takes another type needs a cast, such as $1::int"
        }
        "42P18" => {
            "text and NULL are bound without a type, so a parameter whose type the statement does not \
             determine needs a cast, such as $1::text"
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
        // The server became a standby, or the session idled for too long.
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
        // Who may connect to which database: no statement is there yet that could bind a value.
        let wording = match server.code().code().get(..2) {
            Some("28" | "3D" | "53" | "57") => Wording::Plain,
            _ => wording(server),
        };
        let refusal = with_wording(server, wording).with_kind(ErrorKind::Operational);
        let mut refusal = refusal.context(&doing);
        refusal.set_disconnect(false);
        return refusal;
    }
    if let Some(why) = crate::tls::of_crate(&error) {
        return Error::new(ErrorKind::Operational, format!("{doing}: {why}")).with_source(error);
    }
    let said = error.to_string();
    match error.into_source() {
        Some(source) => match source.downcast::<io::Error>() {
            Ok(source) => errors::cannot_connect(place, *source),
            Err(source) => Error::new(ErrorKind::Operational, format!("{doing}: {said}: {source}"))
                .with_source(source),
        },
        None => Error::new(ErrorKind::Operational, format!("{doing}: {said}")),
    }
}

#[cfg(test)]
mod tests;
