//! What only a node of a cluster answers, played by a server that follows a script: the texts are those
//! that Galera's nodes and OceanBase gave. `tests/servers/` has the same of real ones.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, TransactionOptions};
use aludel_core::dialect::mysql::MySql;
use aludel_core::error::{Error, ErrorKind};
use aludel_core::sql::text;
use aludel_core::{Engine, EngineOptions};
use aludel_testing::blocking::{execute, give_back};
use support::Kind;
use support::rogue::{Rogue, err};

const BOTH: [Kind; 2] = [Kind::Async, Kind::Blocking];

const NOT_READY: &str = "WSREP has not yet prepared node for application use";
const DEADLOCK: &str = "Deadlock found when trying to get lock; try restarting transaction";
const LOST_CLUSTER: &str = "Error while appending streaming replication fragment(provider status: Not \
                            connected to Primary Component)";

fn no_quorum() -> Vec<u8> {
    err(1047, "08S01", NOT_READY)
}

/// A server that answers the texts that begin so.
fn answering(answers: &[(&'static str, Vec<u8>)]) -> Rogue {
    let answers = answers.to_vec();
    Rogue::start_scripted(move |text| {
        answers.iter().find(|(start, _)| text.starts_with(start)).map(|(_, answer)| answer.clone())
    })
}

fn begun(rogue: &Rogue, kind: Kind) -> Box<dyn Connection> {
    let mut connection = rogue.db(kind).connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection
}

fn ping(connection: &mut dyn Connection) -> Result<(), Error> {
    connection.ping(Instant::now() + Duration::from_secs(5))
}

// fault: T08
#[test]
fn a_transaction_that_is_too_large_for_the_cluster_is_over() {
    for kind in BOTH {
        let rogue = answering(&[("insert 3", err(1180, "HY000", "wsrep_max_ws_rows exceeded"))]);
        let mut connection = begun(&rogue, kind);
        execute(&mut *connection, "insert 1").unwrap();
        let error = execute(&mut *connection, "insert 3").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("make several smaller ones"), "{error}");
        let error = execute(&mut *connection, "insert 2").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        let error = connection.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
        assert_eq!(rogue.heard_texts(), ["insert 1", "insert 3", "ROLLBACK"]);
        execute(&mut *connection, "insert 4").unwrap();
    }
}

// fault: T07
#[test]
fn a_commit_that_a_node_gives_up_while_it_loses_its_cluster_is_unknown() {
    for (code, state, message) in
        [(1180, "HY000", LOST_CLUSTER), (6225, "25000", "Transaction result is unknown")]
    {
        for kind in BOTH {
            let rogue = answering(&[("COMMIT", err(code, state, message))]);
            let mut connection = begun(&rogue, kind);
            execute(&mut *connection, "insert 1").unwrap();
            let error = connection.commit().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
            assert!(!error.is_disconnect() && !error.is_retryable(), "{error:?}");
            assert!(error.message().contains("look at the data"), "{error}");
            connection.rollback().unwrap();
            assert_eq!(rogue.heard_texts(), ["insert 1", "COMMIT", "ROLLBACK"]);
        }
    }
}

/// OceanBase undoes the statement alone, as for any that fails.
// fault: T08
#[test]
fn a_snapshot_that_was_overtaken_may_be_run_again() {
    for kind in BOTH {
        let overtaken = err(6235, "25000", "can't serialize access for this transaction");
        let rogue = answering(&[("update", overtaken)]);
        let mut connection = begun(&rogue, kind);
        let error = execute(&mut *connection, "update 1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
        connection.rollback().unwrap();
        assert_eq!(rogue.heard_texts(), ["update 1", "ROLLBACK"]);
    }
}

/// Galera's certification, the same of MySQL's group replication, and of OceanBase.
// fault: T08
#[test]
fn a_commit_that_loses_against_another_node_has_rolled_back_and_may_be_run_again() {
    for (code, state, message) in [
        (1213, "40001", DEADLOCK),
        (3101, "40000", "Plugin instructed the server to rollback the current transaction."),
        (6002, "40000", "transaction is rolled back"),
    ] {
        for kind in BOTH {
            let rogue = answering(&[("COMMIT", err(code, state, message))]);
            let mut connection = begun(&rogue, kind);
            execute(&mut *connection, "insert 1").unwrap();
            let error = connection.commit().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
            assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
            assert_eq!(error.sqlstate(), Some(state));
            assert!(error.message().starts_with("nothing was committed"), "{error}");
            connection.rollback().unwrap();
            execute(&mut *connection, "insert 1").unwrap();
            assert_eq!(rogue.heard_texts(), ["insert 1", "COMMIT", "ROLLBACK", "insert 1"]);
        }
    }
}

#[test]
fn a_commit_that_is_refused_because_of_its_size_is_certain() {
    for (code, message) in [
        (1180, "wsrep_max_ws_rows exceeded"),
        (1105, "Maximum writeset size exceeded"),
        (1180, "Got error 90 \"Message too long\" during COMMIT"),
    ] {
        for kind in BOTH {
            let rogue = answering(&[("COMMIT", err(code, "HY000", message))]);
            let mut connection = begun(&rogue, kind);
            execute(&mut *connection, "insert 1").unwrap();
            let error = connection.commit().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
            assert!(error.message().contains("rolled back"), "{error}");
            connection.rollback().unwrap();
        }
    }
}

#[track_caller]
fn assert_without_quorum(error: &Error) {
    assert!(error.is_disconnect(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("lost its quorum"), "{error}");
}

// fault: P17
#[test]
fn a_node_without_quorum_is_left() {
    for kind in BOTH {
        for text in ["insert", "COMMIT", "ROLLBACK", "DO 1"] {
            let rogue = answering(&[(text, no_quorum())]);
            let mut connection = begun(&rogue, kind);
            execute(&mut *connection, "select 1").unwrap();
            let refused = match text {
                "COMMIT" => connection.commit(),
                "ROLLBACK" => connection.rollback(),
                "DO 1" => ping(&mut *connection),
                text => execute(&mut *connection, text).map(drop),
            };
            assert_without_quorum(&refused.unwrap_err());
            assert!(!connection.is_usable(), "{text}");
            assert_without_quorum(&execute(&mut *connection, "select 1").unwrap_err());
        }
        // It takes settings, and shows its state at what ends a transaction.
        let rogue = answering(&[("SET NAMES", no_quorum())]);
        let error = rogue.db(kind).try_connect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("lost its quorum"), "{error}");
        assert!(error.message().starts_with("cannot connect to"), "{error}");
    }
}

#[test]
fn a_server_that_refuses_the_ping_otherwise_is_there() {
    for kind in BOTH {
        for answer in [err(1064, "42000", "DO"), err(1047, "08S01", "Unknown command")] {
            let rogue = answering(&[("DO 1", answer)]);
            let mut connection = rogue.db(kind).connect();
            ping(&mut *connection).unwrap();
            execute(&mut *connection, "select 1").unwrap();
        }
    }
}

// fault: T09
#[test]
fn a_wait_that_took_too_long_is_one_for_a_lock_only_if_the_node_serves() {
    let wait = || err(1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
    for kind in BOTH {
        let rogue = answering(&[("select", wait()), ("DO 1", no_quorum())]);
        let mut connection = begun(&rogue, kind);
        let error = execute(&mut *connection, "select 1").unwrap_err();
        assert_without_quorum(&error);
        assert!(!error.is_busy() && !error.message().contains("lock"), "{error}");
        let rogue = answering(&[("select", wait())]);
        let mut connection = begun(&rogue, kind);
        let error = execute(&mut *connection, "select 1").unwrap_err();
        assert!(error.is_busy() && error.message().contains("holds the lock"), "{error}");
        assert_eq!(rogue.heard_texts(), ["select 1", "DO 1"]);
        connection.commit().unwrap();
    }
}

// fault: T08
#[test]
fn a_rollback_that_hears_of_the_lost_conflict_has_rolled_back() {
    for kind in BOTH {
        let rogue = answering(&[("ROLLBACK", err(1213, "40001", DEADLOCK))]);
        let mut connection = begun(&rogue, kind);
        execute(&mut *connection, "select 1").unwrap();
        connection.rollback().unwrap();
        assert!(connection.is_usable());
        execute(&mut *connection, "select 2").unwrap();
        // Given back with a transaction open, it is recovered and not thrown away.
        let mut connection = give_back(connection);
        execute(&mut *connection, "select 3").unwrap();
        assert_eq!(
            rogue.heard_texts(),
            ["select 1", "ROLLBACK", "select 2", "ROLLBACK", "select 3"]
        );
        // A ping learns of it just as well, and what comes behind waits for a rollback.
        let rogue = answering(&[("DO 1", err(1213, "40001", DEADLOCK))]);
        let mut connection = begun(&rogue, kind);
        execute(&mut *connection, "select 1").unwrap();
        ping(&mut *connection).unwrap();
        let error = execute(&mut *connection, "select 2").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        connection.rollback().unwrap();
    }
}

// fault: T08
#[test]
fn a_savepoint_that_hears_of_the_lost_conflict_is_rolled_back_with_all_before_it() {
    for kind in BOTH {
        let rogue = answering(&[("ROLLBACK", err(1213, "40001", DEADLOCK))]);
        let db = rogue.db(kind);
        let driver = Arc::from(db.driver().unwrap());
        let engine =
            Engine::new(&*db.url, Arc::new(MySql::new()), driver, EngineOptions::new()).unwrap();
        let mut connection = engine.connect().unwrap();
        connection.execute(text("select 1")).unwrap();
        connection.begin_nested().unwrap().rollback().unwrap();
        let error = connection.execute(text("select 2")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
        connection.commit().unwrap_err();
        connection.rollback().unwrap();
        connection.execute(text("select 3")).unwrap();
        connection.close().unwrap();
        let heard = rogue.heard_texts();
        assert_eq!(heard[0], "select 1");
        assert!(heard[1].starts_with("SAVEPOINT") && heard[2].starts_with("ROLLBACK TO"));
        assert_eq!(heard[3..], ["ROLLBACK", "select 3", "ROLLBACK"]);
        assert_eq!(engine.pool().status().idle, 1, "the session goes on");
    }
}
