//! The errors of the server: their kinds, and what they mean for the transaction.

use aludel_core::error::{Constraint, Details, Error, ErrorKind};
use mysql_async::ServerError;

use super::message;
use super::names::Named;

/// The server's own error inside one of ours.
pub(crate) fn server_error(error: &Error) -> Option<&ServerError> {
    error.driver_error()?.downcast_ref()
}

/// Whether the server rolled the whole transaction back when it answered this.
pub(crate) fn ends_transaction(error: &Error, rollback_on_timeout: bool) -> bool {
    server_error(error).is_some_and(|server| match server.code {
        // The lock table is full; the record changed since it was read; a commit failed, which in a
        // cluster a transaction learns of at a statement as well.
        1206 | 1020 | 1180 => true,
        _ if is_too_large_for_cluster(server) => true,
        1205 => rollback_on_timeout,
        // Deadlocks, in a cluster also conflicts with other servers.
        _ => server.state.starts_with("40"),
    })
}

/// Whether a cluster refused the transaction because of its size, which is certain: nothing of it is
/// committed anywhere.
fn is_too_large_for_cluster(server: &ServerError) -> bool {
    const LIMITS: [&str; 4] =
        ["wsrep_max_ws_rows", "wsrep_max_ws_size", "aximum writeset size", "Message too long"];
    matches!(server.code, 1105 | 1180) && LIMITS.iter().any(|text| server.message.contains(text))
}

/// What an error says as the answer to COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The transaction was rolled back in place of being committed: a deadlock, or in a cluster a conflict with
    /// another node.
    RolledBack,
    /// Whether it has committed is open: a node that loses its cluster answers so, and the others may have
    /// taken the transaction.
    Unknown,
    /// The server refused for another reason, and does not say whether it left anything open.
    Other,
}

impl Refusal {
    pub(crate) fn of(error: &Error) -> Self {
        match server_error(error) {
            Some(server) if server.state.starts_with("40") => Self::RolledBack,
            Some(server) if server.code == 1180 && !is_too_large_for_cluster(server) => {
                Self::Unknown
            }
            Some(server) if is_unknown_to_oceanbase(server) => Self::Unknown,
            _ => Self::Other,
        }
    }
}

/// OceanBase does not know what became of a transaction, which its nodes commit together.
fn is_unknown_to_oceanbase(server: &ServerError) -> bool {
    server.code == 6225 && server.message.contains("result is unknown")
}

/// OceanBase's serialization failure: what a transaction changes was changed since its snapshot.
fn is_overtaken(server: &ServerError) -> bool {
    server.code == 6235 && server.message.contains("serialize")
}

/// Whether it is a node of a cluster that has lost its quorum: it does nothing with tables then, commits
/// nothing and rolls nothing back.
pub(crate) fn is_without_quorum(error: &Error) -> bool {
    server_error(error).is_some_and(lacks_quorum)
}

/// Whether the server takes no writes, as one does that has become a replica. Others have the first number for
/// other options.
pub(crate) fn is_read_only(error: &Error) -> bool {
    server_error(error).is_some_and(|server| match server.code {
        1290 => server.message.contains("read-only"),
        1836 => true,
        _ => false,
    })
}

/// Whether MariaDB has ended the statement because of its `max_statement_time`.
pub(crate) fn is_limit_reached(error: &Error) -> bool {
    server_error(error).is_some_and(|server| server.code == 1969)
}

/// Others have this number for a command that they do not know.
fn lacks_quorum(server: &ServerError) -> bool {
    server.code == 1047 && server.message.contains("WSREP")
}

/// The server's error: its message and number, its SQLSTATE, and what it names.
pub(super) fn from_server(server: ServerError) -> Error {
    let code = server.code;
    let named = Named::of(code, &server.message);
    let (text, wording) = message::shown(code, &server.state, &server.message);
    let details = Details {
        sqlstate: Some(server.state.clone()),
        violated: violated(code),
        constraint: named.constraint,
        table: named.table,
        column: named.column,
        columns: Vec::new(),
        disconnect: ends_session(&server),
        retryable: server.state.starts_with("40")
            || matches!(code, 1020 | 1205 | 1206 | 1213 | 1614 | 3572)
            || is_overtaken(&server),
        syntax: code == 1064,
        missing_table: matches!(code, 1051 | 1146),
        busy: matches!(code, 1205 | 3572),
    };
    let text = format!("{text} (error {code})");
    let cure = cure(&server);
    let error = Error::from_server(kind(code, &server.state), text, wording)
        .with_details(details)
        .with_unredacted(format!("{} (error {code})", server.message))
        .with_driver_error(server);
    match cure {
        Some(cure) => error.with_cure(cure),
        None => error,
    }
}

/// Adds to the error of a lock wait that took too long what became of the transaction, which is the
/// server's choice.
pub(crate) fn with_fate(error: Error, ended: bool) -> Error {
    if server_error(&error).is_none_or(|server| server.code != 1205) {
        return error;
    }
    error.with_cure(if ended {
        ROLLED_BACK
    } else {
        "this statement did nothing, but its transaction is still open, so run the statement again or \
         roll back"
    })
}

const ROLLED_BACK: &str =
    "the whole transaction was rolled back, with its savepoints; run it again";

const TOO_LARGE: &str = "the whole transaction was rolled back, with its savepoints; make several \
    smaller ones of it, or raise wsrep_max_ws_rows and wsrep_max_ws_size of the cluster";

const LOST_CLUSTER: &str = "the transaction is over, with its savepoints, and if this was the answer to \
    a commit, or to a statement outside of a transaction, the other nodes of the cluster may have \
    committed it; look at the data before you do the work again";

const NO_QUORUM: &str = "this node of the cluster has lost its quorum, so it serves no data and commits \
    nothing; connect to a node that has a quorum, or try again when this one has";

const FULL_OF_STATEMENTS: &str = "other connections keep all prepared statements that the server has space \
    for, and this one has none to give up; lower statement_cache_size in the URL, or raise the server's \
    max_prepared_stmt_count";

const IMPLICIT_COMMIT: &str = "MySQL commits by itself at statements such as CREATE TABLE, with all that was \
    before them, and the savepoint ended with that transaction; run such statements outside of transactions";

const LOCK_WAIT: &str = "another transaction holds the lock (or, in a cluster with wsrep_sync_wait, \
    this node is behind the others)";

fn cure(server: &ServerError) -> Option<&'static str> {
    Some(match server.code {
        _ if is_too_large_for_cluster(server) => TOO_LARGE,
        _ if lacks_quorum(server) => NO_QUORUM,
        1180 => LOST_CLUSTER,
        1205 => LOCK_WAIT,
        1213 => ROLLED_BACK,
        1305 if server.message.starts_with("SAVEPOINT ") => IMPLICIT_COMMIT,
        1461 | 5930 => FULL_OF_STATEMENTS,
        1153 => "the server's max_allowed_packet says how much it takes at a time",
        _ => return None,
    })
}

pub(super) fn ends_session(server: &ServerError) -> bool {
    lacks_quorum(server)
        || matches!(
            server.code,
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
        1044 | 1045 | 1049 | 1203 | 1226 | 1461 | 5930 => return ErrorKind::Operational,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, state: &str, message: &str) -> Error {
        from_server(ServerError { code, state: state.to_owned(), message: message.to_owned() })
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
    fn a_deadlock_and_a_lock_wait_are_distinguished() {
        let deadlock = server(1213, "40001", "Deadlock found when trying to get lock");
        assert!(deadlock.is_retryable() && !deadlock.is_busy());
        assert!(ends_transaction(&deadlock, false));
        let wait = server(1205, "HY000", "Lock wait timeout exceeded");
        assert!(wait.is_retryable() && wait.is_busy());
        assert!(!ends_transaction(&wait, false) && ends_transaction(&wait, true));
        for (ended, fate) in [(false, "is still open"), (true, "was rolled back")] {
            let wait = server(1205, "HY000", "Lock wait timeout exceeded").context("set 3");
            let error = with_fate(wait, ended);
            assert!(error.message().starts_with("set 3: Lock wait") && error.is_busy(), "{error}");
            assert!(error.message().ends_with("run it again") == ended, "{error}");
            assert!(error.message().contains(fate), "{error}");
            assert!(ends_transaction(&error, true));
        }
        assert!(deadlock.message().contains("(error 1213)"), "{deadlock}");
    }
}
