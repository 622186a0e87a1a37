//! SQLite's result codes as Aludel's errors.

use std::ffi::c_int;

use crate::decimal;
use aludel_bridge as bridge;
use aludel_core::error::{Constraint, Details, Error, ErrorKind, Wording};
use rusqlite::ffi;

/// What ends a statement: an error of SQLite, or one of the driver or its caller.
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// Makes an error of Aludel of one of `rusqlite`.
#[cold]
pub(crate) fn translate(error: rusqlite::Error) -> Error {
    use rusqlite::Error as E;
    let translated = match &error {
        E::SqliteFailure(failure, Some(message)) => from_code(failure.extended_code, message),
        E::SqliteFailure(failure, None) => {
            from_code(failure.extended_code, ffi::code_to_str(failure.extended_code))
        }
        // What SQLite does not understand in a text stands in that text.
        E::SqlInputError { error, msg, sql, .. } => {
            from_code(error.extended_code, msg).with_statement(sql)
        }
        E::MultipleStatement => {
            return Error::new(
                ErrorKind::Programming,
                "the text holds more than one statement; run them one by one",
            );
        }
        E::ToSqlConversionFailure(_) => return refused_value(error),
        _ => Error::from_server(ErrorKind::Interface, error.to_string(), Wording::Values),
    };
    translated.with_driver_error(error)
}

/// The error of a write in a transaction that was begun as read-only.
#[cold]
pub(crate) fn in_read_only_transaction(error: rusqlite::Error) -> Error {
    let details =
        Details { sqlstate: Some(ffi::SQLITE_READONLY.to_string()), ..Details::default() };
    Error::new(
        ErrorKind::Operational,
        "a read-only transaction cannot write; begin one without read_only for what writes",
    )
    .with_details(details)
    .with_driver_error(error)
}

fn refused_value(error: rusqlite::Error) -> Error {
    let rusqlite::Error::ToSqlConversionFailure(inner) = error else { return translate(error) };
    match inner.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(other) => Error::from_server(ErrorKind::Data, other.to_string(), Wording::Program)
            .with_driver_error(other),
    }
}

fn from_code(code: c_int, message: &str) -> Error {
    let primary = code & 0xff;
    if matches!(primary, ffi::SQLITE_INTERRUPT | ffi::SQLITE_BUSY) && bridge::is_cancelled() {
        // The cancel has interrupted the statement, or ended its wait for a lock.
        return Error::from(bridge::Error::Cancelled);
    }
    let (kind, cure) = classify(primary, code, message);
    let mut details = Details { sqlstate: Some(code.to_string()), ..Details::default() };
    match primary {
        ffi::SQLITE_CONSTRAINT => constraint(code, message, &mut details),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
            details.busy = true;
            details.retryable = true;
        }
        ffi::SQLITE_SCHEMA => details.retryable = true,
        ffi::SQLITE_ERROR => {
            details.syntax = is_syntax(message);
            if let Some(table) = message.strip_prefix("no such table: ") {
                details.missing_table = true;
                details.table = Some(table.to_owned());
            } else if let Some(column) = message.strip_prefix("no such column: ") {
                details.column = Some(column.to_owned());
            }
        }
        _ => {}
    }
    let error = Error::from_server(kind, message, wording(code, message)).with_details(details);
    if cure.is_empty() { error } else { error.with_cure(cure) }
}

/// Where a message of SQLite can have values.
fn wording(code: c_int, message: &str) -> Wording {
    match code & 0xff {
        ffi::SQLITE_CONSTRAINT => match code {
            // RAISE in a trigger.
            ffi::SQLITE_CONSTRAINT_TRIGGER => Wording::Program,
            // Of virtual tables and functions, which are extensions.
            ffi::SQLITE_CONSTRAINT_VTAB | ffi::SQLITE_CONSTRAINT_FUNCTION => Wording::Program,
            _ => Wording::Plain,
        },
        // The name is one that ATTACH has, which may be bound.
        ffi::SQLITE_ERROR if message.starts_with("database ") && message.ends_with(" in use") => {
            Wording::Program
        }
        ffi::SQLITE_BUSY
        | ffi::SQLITE_INTERRUPT
        | ffi::SQLITE_ABORT
        | ffi::SQLITE_FULL
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_NOTADB
        | ffi::SQLITE_NOMEM
        | ffi::SQLITE_PROTOCOL
        | ffi::SQLITE_PERM
        | ffi::SQLITE_SCHEMA
        | ffi::SQLITE_TOOBIG
        | ffi::SQLITE_MISMATCH
        | ffi::SQLITE_RANGE
        | ffi::SQLITE_MISUSE => Wording::Plain,
        _ => Wording::NamesAfterColon,
    }
}

const VANISHED: &str = "the file was deleted or moved away while this connection had it open; put it back, \
    and dispose of the engine's connections";

fn classify(primary: c_int, code: c_int, message: &str) -> (ErrorKind, &'static str) {
    use ErrorKind::{Data, Integrity, Interface, Internal, NotSupported, Operational, Programming};
    match primary {
        ffi::SQLITE_ERROR => (of_plain_error(message), cure_of_plain_error(message)),
        ffi::SQLITE_CONSTRAINT if code == ffi::SQLITE_CONSTRAINT_DATATYPE => (Data, ""),
        ffi::SQLITE_CONSTRAINT => (Integrity, ""),
        ffi::SQLITE_BUSY if code == ffi::SQLITE_BUSY_SNAPSHOT => (
            Operational,
            "another connection has written since this transaction read for the first time, so it \
             cannot write any more; roll back and run it again, or begin it with begin=immediate",
        ),
        ffi::SQLITE_BUSY => (Operational, "another connection holds the lock"),
        ffi::SQLITE_LOCKED => {
            (Operational, "a statement that is still open uses the table; read it to its end first")
        }
        ffi::SQLITE_INTERRUPT => (Operational, "the statement was interrupted"),
        ffi::SQLITE_ABORT => (Operational, "a rollback ended the statement"),
        ffi::SQLITE_FULL => {
            (Operational, "there is no space left on the disk, or max_page_count is reached")
        }
        ffi::SQLITE_IOERR => (Operational, "the system could not read or write the file"),
        ffi::SQLITE_READONLY if code == ffi::SQLITE_READONLY_DBMOVED => (Operational, VANISHED),
        ffi::SQLITE_READONLY => (
            Operational,
            "the database was opened with mode=ro, `pragma query_only` is on, or the file or its \
             directory may not be written to",
        ),
        ffi::SQLITE_CANTOPEN => (Operational, ""),
        ffi::SQLITE_NOTADB => (
            Operational,
            "the file holds something else than a SQLite database, or an encrypted one",
        ),
        ffi::SQLITE_CORRUPT => (
            Operational,
            "the file is damaged; `pragma integrity_check` shows where, and a backup has the data",
        ),
        ffi::SQLITE_NOMEM => {
            (Operational, "there is no memory left; lower cache_size, or give the process more")
        }
        ffi::SQLITE_PROTOCOL => {
            (Operational, "too many connections open the write-ahead log at once; run it again")
        }
        ffi::SQLITE_PERM => (
            Operational,
            "the system does not permit the access; check the permissions of the file",
        ),
        ffi::SQLITE_SCHEMA => (Operational, "the schema changed meanwhile; run it again"),
        ffi::SQLITE_TOOBIG => {
            (Data, "the value or the statement is larger than SQLite allows; split it")
        }
        ffi::SQLITE_MISMATCH => {
            (Data, "the value has another type than the column, which takes no other")
        }
        ffi::SQLITE_RANGE => (
            Programming,
            "there is no such parameter; bind as many values as the statement has parameters",
        ),
        ffi::SQLITE_AUTH => (Programming, "the statement is not allowed on this connection"),
        ffi::SQLITE_NOLFS => (
            NotSupported,
            "the system's files cannot be as large as this one; move it to another file system",
        ),
        ffi::SQLITE_MISUSE => (
            Interface,
            "the driver has called SQLite in a way that SQLite does not allow; please report it",
        ),
        _ => (Internal, ""),
    }
}

/// `SQLITE_ERROR` is everything else; the message is all there is.
fn of_plain_error(message: &str) -> ErrorKind {
    let is = |start: &str| message.starts_with(start);
    let of_decimals = [decimal::NO_NUMBER, decimal::NO_INTEGER, decimal::NO_FLOAT];
    if of_decimals.contains(&message)
        || ["integer overflow", "malformed JSON", "bad JSON path"].into_iter().any(is)
    {
        ErrorKind::Data
    } else if ["too many", "Expression tree is too large", "Recursion limit", "at most"]
        .into_iter()
        .any(is)
    {
        ErrorKind::ResourceExhausted
    } else {
        ErrorKind::Programming
    }
}

/// SQLite does not say how many it takes. This is the number that it is built with.
const TOO_MANY_VARIABLES: &str = "SQLite takes 32766 parameters, unless its limit was lowered; insert rows by \
    execute_many, or some thousand with each statement; of a long IN list make several statements with a \
    part of it each, or put its values into a temporary table and join that";

fn cure_of_plain_error(message: &str) -> &'static str {
    if message.starts_with("too many SQL variables") {
        TOO_MANY_VARIABLES
    } else if message.starts_with("Expression tree is too large") {
        "SQLite counts the operands too, so that it takes a few levels fewer than Aludel writes, and \
         fewer still on a small stack of a greenlet; give `and_` or `or_` all conditions that belong \
         together, which is one level, or run several statements"
    } else if message == decimal::NO_NUMBER {
        "correct what is stored there, or cast what is computed with"
    } else if message == decimal::NO_INTEGER {
        "cast it to Decimal or f64"
    } else if message == decimal::NO_FLOAT {
        "leave it out by `.ne(Decimal::nan())`"
    } else {
        ""
    }
}

fn is_syntax(message: &str) -> bool {
    message.ends_with(": syntax error")
        || message == "incomplete input"
        || message.starts_with("unrecognized token: ")
}

/// Reads what was violated: `UNIQUE constraint failed: t.a, t.b`.
fn constraint(code: c_int, message: &str, details: &mut Details) {
    details.violated = match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Some(Constraint::Unique),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(Constraint::NotNull),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(Constraint::ForeignKey),
        ffi::SQLITE_CONSTRAINT_CHECK => Some(Constraint::Check),
        _ => None,
    };
    if code == ffi::SQLITE_CONSTRAINT_DATATYPE
        && let Some((_, column)) = message.rsplit_once(" column ")
        && let Some((table, column)) = column.split_once('.')
    {
        // "cannot store TEXT value in INTEGER column t.a", of a STRICT table.
        details.table = Some(table.to_owned());
        details.column = Some(column.to_owned());
    }
    let Some((_, what)) = message.split_once(" constraint failed: ") else { return };
    match details.violated {
        Some(Constraint::Check) => details.constraint = Some(what.to_owned()),
        Some(Constraint::Unique | Constraint::NotNull) => {
            if let Some(index) = what.strip_prefix("index ") {
                details.constraint = Some(index.trim_matches('\'').to_owned());
            } else if let Some((table, _)) = what.split_once('.') {
                let prefix = format!("{table}.");
                let columns: Vec<_> =
                    what.split(", ").map(|it| it.strip_prefix(&prefix).unwrap_or(it)).collect();
                details.table = Some(table.to_owned());
                details.column = columns.first().map(|name| (*name).to_owned());
                if details.violated == Some(Constraint::Unique) {
                    details.columns = columns.into_iter().map(str::to_owned).collect();
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_retryable_in_all_its_forms() {
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_BUSY_SNAPSHOT, ffi::SQLITE_BUSY_RECOVERY] {
            let error = from_code(code, "database is locked");
            assert_eq!(error.kind(), ErrorKind::Operational);
            assert!(error.is_busy() && error.is_retryable() && !error.is_disconnect());
            assert_eq!(error.sqlstate(), Some(code.to_string().as_str()));
        }
    }

    #[test]
    fn every_code_of_the_system_is_operational_and_explained() {
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_READONLY_DBMOVED,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_CORRUPT_VTAB,
            ffi::SQLITE_NOMEM,
            ffi::SQLITE_INTERRUPT,
        ] {
            let error = from_code(code, "short");
            assert_eq!(error.kind(), ErrorKind::Operational, "{code}");
            assert!(error.message().len() > "short; ".len(), "{code}");
        }
    }

    #[test]
    fn an_index_on_an_expression_is_named() {
        let error = from_code(
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: index 'lower_name'",
        );
        assert_eq!(error.constraint(), Some("lower_name"));
        assert_eq!(error.table(), None);
    }

    // fault: S08
    #[test]
    fn what_may_be_a_value_is_not_shown() {
        for (code, message) in [
            (ffi::SQLITE_ERROR, "no such column: canary"),
            (ffi::SQLITE_ERROR, "bad JSON path: 'canary'"),
            (ffi::SQLITE_ERROR, "fts5: syntax error near \"canary\""),
            (ffi::SQLITE_ERROR, "database canary is already in use"),
            (ffi::SQLITE_CANTOPEN, "unable to open database: canary"),
            (ffi::SQLITE_CONSTRAINT_TRIGGER, "card canary was refused"),
        ] {
            let error = from_code(code, message).with_statement("select ?1");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("canary"), "{shown}");
            assert_eq!(error.unredacted(), Some(message));
        }
        let error = from_code(ffi::SQLITE_CONSTRAINT_CHECK, "CHECK constraint failed: n < 10");
        assert_eq!(error.message(), "CHECK constraint failed: n < 10");
    }
}
