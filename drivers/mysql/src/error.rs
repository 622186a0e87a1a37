//! Errors of the server and of both drivers as errors of Aludel, and what each says about the
//! session.

use std::io;

use aludel_core::error::{Constraint, Details, Error, ErrorKind};
use mysql_async::{DriverError, IoError, ServerError};

/// An exchange that went wrong: the error, and in what state it left the session.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer was read to its end, or nothing was sent: the session goes on.
    Refused(Error),
    /// The session lives, but nobody knows what it is doing.
    Broken(Error),
    /// The session is gone.
    Gone(Error),
}

impl Failure {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) | Self::Broken(error) | Self::Gone(error) => error,
        }
    }

    /// The number of the server's error, if it refused.
    pub(crate) fn code(&self) -> Option<u16> {
        let Self::Refused(error) = self else { return None };
        server_error(error).map(|server| server.code)
    }

    /// Whether the server forgot a prepared statement, or cannot prepare it anew by itself. Both are
    /// found before anything is executed.
    pub(crate) fn is_stale(&self) -> bool {
        matches!(self.code(), Some(1243 | 1615))
    }

    /// Whether the server cannot prepare the text, though it may execute it.
    pub(crate) fn is_unpreparable(&self) -> bool {
        self.code() == Some(1295)
    }

    /// Whether the server knows no session of that number.
    pub(crate) fn is_no_session(&self) -> bool {
        self.code() == Some(1094)
    }

    /// Whether the server has no place for another session now.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.code(), Some(1040 | 1203 | 1226))
    }

    /// Says which set of parameters it was.
    /// The failure of what goes ahead of a statement: without it the session is of no use.
    pub(crate) fn breaking(self) -> Self {
        match self {
            Self::Refused(error) => Self::Broken(error),
            other => other,
        }
    }

    pub(crate) fn in_set(self, index: usize) -> Self {
        let doing = format!("set {} of parameters", index + 1);
        match self {
            Self::Refused(error) => Self::Refused(error.context(&doing)),
            Self::Broken(error) => Self::Broken(error.context(&doing)),
            Self::Gone(error) => Self::Gone(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<mysql_async::Error> for Failure {
    fn from(error: mysql_async::Error) -> Self {
        match error {
            mysql_async::Error::Server(server) => Self::from(server),
            mysql_async::Error::Io(IoError::Io(error)) => Self::Gone(lost(error)),
            mysql_async::Error::Driver(DriverError::LocalInfile(_)) => Self::Gone(local_infile()),
            mysql_async::Error::Driver(DriverError::ConnectionClosed) => {
                Self::Gone(lost(io::ErrorKind::NotConnected.into()))
            }
            other => Self::Broken(odd(&other.to_string())),
        }
    }
}

impl From<mysql::Error> for Failure {
    fn from(error: mysql::Error) -> Self {
        use mysql_common::proto::codec::error::PacketCodecError as Codec;
        match error {
            mysql::Error::MySqlError(error) => {
                let mysql::MySqlError { code, message, state } = error;
                Self::from(ServerError { code, message, state })
            }
            mysql::Error::IoError(error) | mysql::Error::CodecError(Codec::Io(error)) => {
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
                    return Self::Broken(too_slow(error));
                }
                if error.get_ref().is_some_and(|inner| inner.is::<RefusedFile>()) {
                    return Self::Gone(local_infile());
                }
                Self::Gone(lost(error))
            }
            mysql::Error::DriverError(mysql::DriverError::ConnectTimeout) => {
                Self::Gone(lost(io::ErrorKind::TimedOut.into()))
            }
            mysql::Error::DriverError(mysql::DriverError::CouldNotConnect(Some((
                _,
                why,
                kind,
            )))) => Self::Gone(lost(io::Error::new(kind, why))),
            other => Self::Broken(odd(&other.to_string())),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(server: ServerError) -> Self {
        if ends_session(server.code) {
            Self::Gone(from_server(server))
        } else {
            Self::Refused(from_server(server))
        }
    }
}

/// The server's own error inside one of ours.
pub(crate) fn server_error(error: &Error) -> Option<&ServerError> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Whether the server rolled the whole transaction back when it answered this.
pub(crate) fn ends_transaction(error: &Error, rollback_on_timeout: bool) -> bool {
    server_error(error).is_some_and(|server| match server.code {
        // The lock table is full; the record changed since it was read.
        1206 | 1020 => true,
        1205 => rollback_on_timeout,
        // Deadlocks, in a cluster also conflicts with other servers.
        _ => server.state.starts_with("40"),
    })
}

/// What the handler of `LOAD DATA LOCAL` fails with.
#[derive(Debug)]
pub(crate) struct RefusedFile;

impl std::fmt::Display for RefusedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("local files are not sent")
    }
}

impl std::error::Error for RefusedFile {}

#[cold]
fn lost(error: io::Error) -> Error {
    let message = format!("the connection to the server was lost: {error}");
    let mut lost = Error::new(ErrorKind::Operational, message).with_source(error);
    lost.set_disconnect(true);
    lost
}

#[cold]
fn too_slow(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Operational,
        "the server did not answer, or did not take what it was sent, within the timeout of the \
         connection, which cannot be used any more; a longer read_timeout or write_timeout in the \
         URL allows longer statements",
    )
    .with_source(error)
}

#[cold]
pub(crate) fn odd(said: &str) -> Error {
    Error::new(ErrorKind::Interface, format!("the exchange with the server went wrong: {said}"))
}

#[cold]
pub(crate) fn local_infile() -> Error {
    let mut error = Error::new(
        ErrorKind::NotSupported,
        "the server asked for a file of this machine (LOAD DATA LOCAL INFILE), which is never sent; \
         the connection is closed; insert the rows by statements, or load a file of the server",
    );
    error.set_disconnect(true);
    error
}

/// The server's error: its message and number, its SQLSTATE, and what it names.
fn from_server(server: ServerError) -> Error {
    let code = server.code;
    let named = named(code, &server.message);
    let mut message = format!("{} (error {code})", server.message);
    if let Some(cure) = cure(code) {
        message.push_str("; ");
        message.push_str(cure);
    }
    let details = Details {
        sqlstate: Some(server.state.clone()),
        violated: violated(code),
        constraint: named.constraint,
        table: named.table,
        column: named.column,
        disconnect: ends_session(code),
        retryable: matches!(code, 1020 | 1205 | 1206 | 1213 | 1614 | 3572),
        syntax: code == 1064,
        missing_table: matches!(code, 1051 | 1146),
        busy: matches!(code, 1205 | 3572),
    };
    Error::new(kind(code, &server.state), message).with_details(details).with_source(server)
}

/// Adds to the error of a lock wait that took too long what became of the transaction, which is the
/// server's choice.
pub(crate) fn with_fate(error: Error, ended: bool) -> Error {
    let Some(server) = server_error(&error).filter(|server| server.code == 1205) else {
        return error;
    };
    let fate = if ended {
        ROLLED_BACK
    } else {
        "this statement did nothing, but its transaction is still open, so run the statement again or \
         roll back"
    };
    Error::new(error.kind(), format!("{}; {fate}", error.message()))
        .with_details(error.details().clone())
        .with_source(server.clone())
}

const ROLLED_BACK: &str =
    "the whole transaction was rolled back, with its savepoints; run it again";

fn cure(code: u16) -> Option<&'static str> {
    Some(match code {
        1205 => "another transaction holds the lock",
        1213 => ROLLED_BACK,
        1153 => "the server's max_allowed_packet says how much it takes at a time",
        _ => return None,
    })
}

fn ends_session(code: u16) -> bool {
    matches!(
        code,
        1053 | 1077..=1080 | 1152 | 1153 | 1158..=1161 | 1927 | 2006 | 2013 | 3169 | 4031
    )
}

fn violated(code: u16) -> Option<Constraint> {
    match code {
        1022 | 1062 | 1169 | 1557 | 1586 | 1761 | 1762 | 1859 => Some(Constraint::Unique),
        1216 | 1217 | 1451 | 1452 => Some(Constraint::ForeignKey),
        // A field without a default is one that is not null.
        1048 | 1263 | 1364 => Some(Constraint::NotNull),
        3819 | 4025 => Some(Constraint::Check),
        _ => None,
    }
}

/// The kind of an error, by its SQLSTATE where its number does not stand out: many have one that
/// says nothing, or the wrong thing.
fn kind(code: u16, state: &str) -> ErrorKind {
    if violated(code).is_some() {
        return ErrorKind::Integrity;
    }
    match code {
        1044 | 1045 | 1049 | 1203 | 1226 => return ErrorKind::Operational,
        1052 => return ErrorKind::Programming,
        1153 | 1265 | 1300 | 1301 | 1366 | 1367 | 1411 | 1416 => return ErrorKind::Data,
        1148 | 1235 | 1286 | 1295 | 3948 | 4166 => return ErrorKind::NotSupported,
        1054 | 1065 | 1111 | 1146 | 1193 | 1231 | 1305 | 1582 => return ErrorKind::Programming,
        _ => {}
    }
    match state.get(..2).unwrap_or_default() {
        "0A" => ErrorKind::NotSupported,
        "22" => ErrorKind::Data,
        "23" => ErrorKind::Integrity,
        "24" => ErrorKind::InvalidRequest,
        "21" | "2F" | "34" | "42" | "44" => ErrorKind::Programming,
        // What a program's own SIGNAL says.
        "45" => ErrorKind::Internal,
        _ => ErrorKind::Operational,
    }
}

/// What a message names. The words of messages are the server's, so what is not found is not told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    constraint: Option<String>,
    table: Option<String>,
    column: Option<String>,
}

fn named(code: u16, message: &str) -> Named {
    let mut named = Named::default();
    match code {
        1062 | 1586 => {
            // Its value stands before, and may contain the same words.
            let key = message.rsplit_once(" for key '").map(|(_, key)| key.trim_end_matches('\''));
            // Newer servers put the table before the key.
            let (table, key) = match key.and_then(|key| key.rsplit_once('.')) {
                Some((table, key)) => (Some(table), Some(key)),
                None => (None, key),
            };
            named.constraint = key.map(str::to_owned);
            named.table = table.map(str::to_owned);
        }
        1451 | 1452 => {
            named.constraint = between(message, "CONSTRAINT `", "`");
            named.table = between(message, "(`", ",").and_then(|table| last_quoted(&table));
            named.column = between(message, "FOREIGN KEY (`", "`");
        }
        1048 | 1054 | 1264 | 1265 | 1364 | 1366 | 1406 => {
            named.column = between(message, "olumn '", "'")
                .or_else(|| between(message, "Field '", "'"))
                .or_else(|| {
                    let column = between(message, "for column ", " at row")?;
                    last_quoted(&column)
                });
        }
        3819 => named.constraint = between(message, "constraint '", "'"),
        4025 => {
            named.constraint = between(message, "CONSTRAINT `", "`");
            named.table =
                between(message, "failed for ", "\0").and_then(|table| last_quoted(&table));
            // Of a constraint on a column it names table and column as one.
            if let Some((table, column)) =
                named.constraint.clone().as_deref().and_then(|name| name.split_once('.'))
            {
                named.table.get_or_insert_with(|| table.to_owned());
                named.column = Some(column.to_owned());
            }
        }
        1051 | 1146 => {
            named.table = between(message, "able '", "'")
                .map(|name| name.rsplit('.').next().unwrap_or(&name).to_owned());
        }
        _ => {}
    }
    named
}

/// What stands between two marks; the end of the text counts as the second.
fn between(text: &str, before: &str, behind: &str) -> Option<String> {
    let rest = text.split_once(before)?.1;
    Some(rest.split_once(behind).map_or(rest, |(found, _)| found).to_owned())
}

/// The last of names in backquotes.
fn last_quoted(names: &str) -> Option<String> {
    names.trim_end_matches(['`', ')']).rsplit('`').next().map(str::to_owned)
}

/// Why a connection could not be made, naming where to and no secret.
pub(crate) fn from_connect(failure: Failure, place: &str) -> Error {
    let error = failure.into_error();
    let io =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    if let Some(io) = io {
        return from_connect_io(io, place);
    }
    let details = Details { disconnect: false, ..error.details().clone() };
    let message = format!("cannot connect to {place}: {}", error.message());
    // Settings that the program chose wrongly are its mistake, and TLS is not there yet.
    let kind = match error.kind() {
        kind @ (ErrorKind::Argument | ErrorKind::NotSupported) => kind,
        _ => ErrorKind::Operational,
    };
    Error::new(kind, message).with_details(details).with_source(error)
}

/// The same, for what the socket says.
pub(crate) fn from_connect_io(error: &io::Error, place: &str) -> Error {
    let cure = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "; nothing listens there: is the server running, and is this its port?"
        }
        io::ErrorKind::NotFound => "; is the server running, and is this its socket?",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            "; is it down, overloaded, or behind a firewall?"
        }
        _ => "",
    };
    let said = match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.to_string(),
        _ => error.to_string(),
    };
    Error::new(ErrorKind::Operational, format!("cannot connect to {place}: {said}{cure}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, state: &str, message: &str) -> Error {
        from_server(ServerError { code, state: state.to_owned(), message: message.to_owned() })
    }

    fn assert_named(code: u16, message: &str, expected: [Option<&str>; 3]) {
        let found = named(code, message);
        let found = [&found.constraint, &found.table, &found.column];
        assert_eq!(found.map(Option::as_deref), expected, "{message}");
    }

    #[test]
    fn what_messages_name() {
        let duplicate = "Duplicate entry 'x' for key 'y' for key 'users.name'";
        assert_named(1062, duplicate, [Some("name"), Some("users"), None]);
        let duplicate = "Duplicate entry '1' for key 'PRIMARY'";
        assert_named(1062, duplicate, [Some("PRIMARY"), None, None]);
        let foreign = "Cannot add or update a child row: a foreign key constraint fails \
                       (`test`.`orders`, CONSTRAINT `orders_user` FOREIGN KEY (`user_id`) REFERENCES \
                       `users` (`id`))";
        let names = [Some("orders_user"), Some("orders"), Some("user_id")];
        assert_named(1452, foreign, names);
        assert_named(1048, "Column 'name' cannot be null", [None, None, Some("name")]);
        assert_named(1364, "Field 'name' doesn't have a default value", [None, None, Some("name")]);
        assert_named(1406, "Data too long for column 'name' at row 1", [None, None, Some("name")]);
        let incorrect = "Incorrect integer value: 'x' for column `test`.`users`.`age` at row 1";
        assert_named(1366, incorrect, [None, None, Some("age")]);
        assert_named(3819, "Check constraint 'grown' is violated.", [Some("grown"), None, None]);
        let check = "CONSTRAINT `grown` failed for `test`.`users`";
        assert_named(4025, check, [Some("grown"), Some("users"), None]);
        assert_named(1146, "Table 'test.users' doesn't exist", [None, Some("users"), None]);
        assert_named(1062, "Doppelter Eintrag", [None, None, None]);
        assert_named(1064, "anything", [None, None, None]);
    }

    #[test]
    fn numbers_states_and_their_kinds() {
        for (code, state, expected) in [
            (1062, "23000", ErrorKind::Integrity),
            (1052, "23000", ErrorKind::Programming),
            (1364, "HY000", ErrorKind::Integrity),
            (1406, "22001", ErrorKind::Data),
            (1366, "22007", ErrorKind::Data),
            (1064, "42000", ErrorKind::Programming),
            (1045, "28000", ErrorKind::Operational),
            (1203, "42000", ErrorKind::Operational),
            (1213, "40001", ErrorKind::Operational),
            (1295, "HY000", ErrorKind::NotSupported),
            (1644, "45000", ErrorKind::Internal),
            (9999, "", ErrorKind::Operational),
        ] {
            assert_eq!(kind(code, state), expected, "{code}");
        }
    }

    // fault: T08, T09
    #[test]
    fn a_deadlock_and_a_lock_wait_are_told_apart() {
        let deadlock = server(1213, "40001", "Deadlock found when trying to get lock");
        assert!(deadlock.is_retryable() && !deadlock.is_busy());
        assert!(ends_transaction(&deadlock, false));
        let wait = server(1205, "HY000", "Lock wait timeout exceeded");
        assert!(wait.is_retryable() && wait.is_busy());
        assert!(!ends_transaction(&wait, false) && ends_transaction(&wait, true));
        for (ended, fate) in [(false, "is still open"), (true, "was rolled back")] {
            let wait = server(1205, "HY000", "Lock wait timeout exceeded").context("set 3");
            let told = with_fate(wait, ended);
            assert!(told.message().starts_with("set 3: Lock wait") && told.is_busy(), "{told}");
            assert!(told.message().ends_with("run it again") == ended, "{told}");
            assert!(told.message().contains(fate), "{told}");
            assert!(ends_transaction(&told, true));
        }
        assert!(deadlock.message().contains("(error 1213)"), "{deadlock}");
    }
}
