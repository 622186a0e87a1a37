//! The errors that every driver has to report, in the same words.
//!
//! A driver of another database uses them too, so that a program meets one text, one kind and one
//! cure for one mistake, whatever database it runs on.

use std::io;

use crate::error::{Details, Error, ErrorKind};

fn lost(kind: ErrorKind, message: impl Into<String>) -> Error {
    let details = Details { disconnect: true, ..Details::default() };
    Error::new(kind, message).with_details(details)
}

/// `begin()` was called while a transaction is open.
#[cold]
#[must_use]
pub fn transaction_already_open() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "a transaction is open already; commit it or roll it back first",
    )
}

/// A call on a connection that was interrupted in the middle of an exchange with the database.
#[cold]
#[must_use]
pub fn connection_interrupted() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the connection was interrupted in the middle of a statement and cannot be used any more; \
         give it back to the pool and take another",
    )
}

/// COMMIT was sent, and the connection was lost before its answer. The cause becomes the source.
///
/// ```
/// use aludel_core::ErrorKind;
/// use aludel_core::dbapi::errors;
///
/// let error = errors::commit_unknown(errors::connection_interrupted());
/// assert_eq!(error.kind(), ErrorKind::CommitUnknown);
/// assert!(error.is_disconnect());
/// ```
#[cold]
#[must_use]
pub fn commit_unknown(cause: Error) -> Error {
    let details = Details { disconnect: true, ..cause.details().clone() };
    let message = format!(
        "COMMIT was sent, but its answer was lost, so the transaction may be committed or not; look \
         at the data before you do the work again: {}",
        cause.message()
    );
    Error::new(ErrorKind::CommitUnknown, message).with_details(details).with_source(cause)
}

/// COMMIT was answered by an error that does not say whether the transaction is committed. The cause becomes
/// the source.
///
/// ```
/// use aludel_core::ErrorKind;
/// use aludel_core::dbapi::errors;
///
/// let error = errors::commit_in_doubt(errors::cursor_open());
/// assert_eq!(error.kind(), ErrorKind::CommitUnknown);
/// assert!(!error.is_disconnect());
/// ```
#[cold]
#[must_use]
pub fn commit_in_doubt(cause: Error) -> Error {
    let details = Details { retryable: false, ..cause.details().clone() };
    let message = format!(
        "COMMIT was answered by an error that leaves open whether the transaction is committed; look at \
         the data before you do the work again: {}",
        cause.message()
    );
    Error::new(ErrorKind::CommitUnknown, message).with_details(details).with_source(cause)
}

/// COMMIT was answered by an error that says that the transaction was rolled back in its place, such as a
/// conflict with another node of a cluster. The cause becomes the source.
///
/// ```
/// use aludel_core::dbapi::errors;
/// use aludel_core::error::Details;
/// use aludel_core::{Error, ErrorKind};
///
/// let conflict = Error::new(ErrorKind::Operational, "a conflict")
///     .with_details(Details { retryable: true, ..Details::default() });
/// let error = errors::commit_rolled_back(conflict);
/// assert_eq!(error.kind(), ErrorKind::TransactionAborted);
/// assert!(error.is_retryable());
/// ```
#[cold]
#[must_use]
pub fn commit_rolled_back(cause: Error) -> Error {
    let message = format!(
        "nothing was committed: the database answered COMMIT by rolling the transaction back: {}",
        cause.message()
    );
    let details = cause.details().clone();
    Error::new(ErrorKind::TransactionAborted, message).with_details(details).with_source(cause)
}

/// A rollback after a `commit()` that was cut, or whose outcome nobody took.
#[cold]
#[must_use]
pub fn commit_outcome_lost() -> Error {
    Error::new(
        ErrorKind::CommitUnknown,
        "an earlier commit() was cut before its outcome was taken, so the transaction may be committed \
         or not, and this rollback has not undone it; look at the data before you do the work again. The \
         connection can be used",
    )
}

/// `commit()` found that a statement of the program, such as a COMMIT of its own, had ended the
/// transaction.
#[cold]
#[must_use]
pub fn transaction_ended_before() -> Error {
    Error::new(
        ErrorKind::TransactionAborted,
        "nothing was committed: a statement of the program had ended the transaction before; end \
         transactions by commit() and rollback()",
    )
}

/// `commit()` found that the database had rolled the transaction back, because a statement failed.
#[cold]
#[must_use]
pub fn transaction_rolled_back() -> Error {
    Error::new(
        ErrorKind::TransactionAborted,
        "nothing was committed: the database rolled the transaction back when a statement of it \
         failed; run the transaction again",
    )
}

/// A statement in a transaction that the database has rolled back by itself.
#[cold]
#[must_use]
pub fn rollback_required() -> Error {
    Error::new(
        ErrorKind::PendingRollback,
        "the database rolled the transaction back when a statement failed; call rollback() before \
         the next statement, which would otherwise run without the first half of the transaction",
    )
}

/// The number of values is not that of the statement's parameters.
#[cold]
#[must_use]
pub fn wrong_parameter_count(parameters: usize, values: usize) -> Error {
    let (noun, verb) = if values == 1 { ("value", "was") } else { ("values", "were") };
    Error::new(
        ErrorKind::Argument,
        format!(
            "{values} {noun} {verb} bound, but the number of parameters is {parameters}; bind one \
             value for each parameter of the statement"
        ),
    )
}

/// What to do instead of binding more parameters than a database takes.
pub const TOO_MANY_PARAMETERS_CURE: &str = "insert rows by execute_many, or some thousand with each statement; of a long IN list make several \
     statements with a part of it each, or put its values into a temporary table and join that";

/// The statement binds more parameters than the protocol can carry. A driver adds what else its
/// database has for long lists.
#[cold]
#[must_use]
pub fn too_many_parameters(database: &str, most: usize, values: usize) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the statement binds {values} parameters, but {database} takes at most {most}; \
             {TOO_MANY_PARAMETERS_CURE}"
        ),
    )
}

/// Says which set of `execute_many` an error is about. The index counts from 0, the text from 1.
#[cold]
#[must_use]
pub fn in_parameter_set(index: usize, error: Error) -> Error {
    error.context(&format!("parameter set number {}", index + 1))
}

/// The deadline of a checkout came before the server had completed the connection.
#[cold]
#[must_use]
pub fn connect_timed_out() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the server did not complete the connection before the deadline of the checkout \
         (pool_timeout); it may be down, behind a firewall or overloaded",
    )
}

/// What a listener of the pool has the connection do took longer than listeners have.
#[cold]
#[must_use]
pub fn listener_timed_out() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "what a listener of the pool has its connection do did not end before the deadline of the checkout \
         (pool_timeout), or within the time of a connection's return",
    )
}

/// The server did not answer the ping of a connection that was idle.
#[cold]
#[must_use]
pub fn ping_timed_out() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the server did not answer the ping of an idle connection before the deadline of the \
         checkout (pool_timeout); it may be down, behind a firewall or overloaded",
    )
}

/// The socket could not be opened. The place names host and port, or the socket's path, and no secret.
#[cold]
#[must_use]
pub fn cannot_connect(place: &str, error: io::Error) -> Error {
    let cure = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "; nothing listens there: is the server running, and is this its port?"
        }
        io::ErrorKind::NotFound => "; is the server running, and is this its socket?",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            "; is it down, overloaded, or behind a firewall?"
        }
        io::ErrorKind::PermissionDenied => "; may this user open the socket?",
        _ => "",
    };
    let said = match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.to_string(),
        _ => error.to_string(),
    };
    let message = format!("cannot connect to {place}: {said}{cure}");
    Error::new(ErrorKind::Operational, message).with_source(error)
}

/// The connection to the server was lost.
#[cold]
#[must_use]
pub fn connection_lost(error: io::Error) -> Error {
    let message = format!("the connection to the server was lost: {error}");
    lost(ErrorKind::Operational, message).with_source(error)
}

/// A listener has changed a URL whose driver makes connections to one database only.
#[cold]
#[must_use]
pub fn cannot_change_url(driver: &str) -> Error {
    Error::new(
        ErrorKind::NotSupported,
        format!(
            "a do_connect listener has changed the URL, but {driver} makes connections to one database \
             only; leave the URL as it is, and make another engine for another database"
        ),
    )
}

/// An async driver was used where no tokio runtime is.
#[cold]
#[must_use]
pub fn no_tokio_runtime(driver: &str) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "{driver} needs a tokio runtime, and this future is polled outside one; use \
             `create_async_engine`, which brings its own (Hosted), or run the future inside a tokio \
             runtime"
        ),
    )
}

/// A statement on a connection whose cursor has not been read to its end.
#[cold]
#[must_use]
pub fn cursor_open() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the connection is reading the rows of another statement; read its cursor to the end or drop \
         it first",
    )
}

/// The rest of a cursor that was closed early could not be read in time.
#[cold]
#[must_use]
pub fn cursor_not_drained(budget: std::time::Duration, cure: &str) -> Error {
    Error::new(
        ErrorKind::Operational,
        format!(
            "a cursor was ended before its last row, and {budget:?} were not enough to read the \
             rest; {cure}"
        ),
    )
}

/// Text of the database is not UTF-8. The cure says how to read its bytes.
#[cold]
#[must_use]
pub fn text_not_utf8(error: std::str::Utf8Error, cure: &str) -> Error {
    let message =
        format!("the text is not valid UTF-8 from byte {} on; {cure}", error.valid_up_to());
    Error::new(ErrorKind::Decode, message).with_source(error)
}

/// The row has fewer columns than were asked for. The index counts from 0.
#[cold]
#[must_use]
pub fn no_column_at(index: usize, columns: usize) -> Error {
    Error::new(
        ErrorKind::NoSuchColumn,
        format!(
            "column number {} was asked for, but the row has {columns}; the struct or tuple and the \
             statement do not match",
            index + 1
        ),
    )
}

/// The server sent bytes that its protocol does not have there.
#[cold]
#[must_use]
pub fn protocol_violation(driver: &str, what: &str) -> Error {
    Error::new(
        ErrorKind::Interface,
        format!(
            "the driver {driver} got from the server what the protocol does not have there: {what}; \
             if no proxy changes what the server sends, please report it"
        ),
    )
}

/// A state that the driver holds to be impossible.
#[cold]
#[must_use]
pub fn impossible(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("{what}, which Aludel holds to be impossible; please report it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_from_one() {
        let error = in_parameter_set(1, transaction_already_open());
        assert!(error.message().starts_with("parameter set number 2: a tr"));
        assert!(no_column_at(2, 2).message().starts_with("column number 3"));
        let one = wrong_parameter_count(2, 1);
        assert!(one.message().starts_with("1 value was bound"), "{one}");
    }

    #[test]
    fn what_the_socket_says_comes_with_a_cure() {
        let error = |kind: io::ErrorKind| cannot_connect("h:1", kind.into());
        assert!(error(io::ErrorKind::ConnectionRefused).message().contains("its port?"));
        assert!(error(io::ErrorKind::NotFound).message().contains("its socket?"));
        assert!(error(io::ErrorKind::WouldBlock).message().contains("timed out"));
        assert!(connection_lost(io::ErrorKind::BrokenPipe.into()).is_disconnect());
    }

    #[test]
    fn a_lost_commit_keeps_what_is_known_of_its_cause() {
        let details = Details { sqlstate: Some("57P01".to_owned()), ..Details::default() };
        let cause = Error::new(ErrorKind::Operational, "shutdown").with_details(details);
        let error = commit_unknown(cause);
        assert_eq!((error.sqlstate(), error.is_disconnect()), (Some("57P01"), true));
        assert!(error.message().ends_with(": shutdown"), "{error}");
    }
}
