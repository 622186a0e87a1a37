//! Sessions that the server ends, in each state that a connection can be in.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_postgres::{PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, query, recover};
use aludel_testing::{Rows, drop_when, raw, settle_awaited, statement};
use support::{await_sleeping, backend, connect, proxied, terminate};

const SLEEP: &str = "select pg_sleep(30)";
const NAP: &str = "select pg_sleep($1)::text";

/// The reason is the server's, and nothing is left to do but to terminate the connection.
#[track_caller]
fn assert_ended(error: &Error, state: &str) {
    assert!(error.is_disconnect(), "{state}: {error}");
    assert_eq!(error.sqlstate(), Some("57P01"), "{state}: {error}");
    assert!(error.message().contains("administrator command"), "{state}: {error}");
}

async fn assert_given_up(mut connection: PostgresConnection, state: &str) {
    assert!(!connection.is_usable(), "{state}");
    let later = connection.ping().await.unwrap_err();
    assert_ended(&later, state);
    assert_ended(&connection.begin(&TransactionOptions::DEFAULT).unwrap_err(), state);
    assert_ended(&connection.client().err().unwrap(), state);
    assert_eq!(connection.release(), Released::Dirty, "{state}");
    assert!(recover(connection).await.is_none(), "{state}");
}

const COMMIT: &str = "before a commit";

/// Brings a connection into a state, has its session ended and takes the next step.
async fn ended_between(
    state: &str,
    prepare: impl AsyncFn(&mut PostgresConnection),
    step: impl AsyncFn(&mut PostgresConnection) -> Result<()>,
) {
    let driver = driver!();
    let (mut other, mut connection) = (connect(&driver).await, connect(&driver).await);
    let pid = backend(&mut connection).await;
    prepare(&mut connection).await;
    terminate(&mut other, pid).await;
    // Both before and after the task has heard of it.
    for has_heard in [false, true] {
        let error = step(&mut connection).await.unwrap_err();
        // Before the task has heard of it a COMMIT may be on its way, as far as can be known.
        if has_heard || error.kind() != ErrorKind::CommitUnknown || state != COMMIT {
            assert_eq!(error.kind(), ErrorKind::Operational, "{state}: {error}");
        }
        assert_ended(&error, state);
        settle_awaited("the task has heard of it", async || !connection.is_usable()).await;
    }
    assert_given_up(connection, state).await;
}

async fn begun(connection: &mut PostgresConnection) {
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(connection, "select 1").await.unwrap();
}

async fn one(connection: &mut PostgresConnection) -> Result<()> {
    execute(connection, "select 1").await.map(drop)
}

// fault: P17, T12
// conforms: D7.01, D7.02, D7.03
#[tokio::test]
async fn between_two_calls() {
    ended_between("idle", async |_| {}, one).await;
    ended_between(
        "noted",
        async |connection| connection.begin(&TransactionOptions::DEFAULT).unwrap(),
        one,
    )
    .await;
    ended_between("in a transaction", begun, one).await;
    ended_between(COMMIT, begun, async |connection| connection.commit().await).await;
    ended_between("before a rollback", begun, async |connection| connection.rollback().await).await;
    ended_between("before a ping", begun, async |connection| connection.ping().await).await;
    let many = async |connection: &mut PostgresConnection| {
        let sets: Vec<_> = (0..200).map(|n| vec![Value::Int(n)]).collect();
        let insert = statement("select $1", StatementKind::Dml);
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .map(drop)
    };
    ended_between("before many", begun, many).await;
    let open = async |connection: &mut PostgresConnection| {
        let select = statement("select generate_series(1, 10)", StatementKind::Select);
        connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).await.map(drop)
    };
    ended_between("before a cursor", begun, open).await;
    let given_back = async |connection: &mut PostgresConnection| {
        begun(connection).await;
        assert_eq!(connection.release(), Released::Clean);
    };
    ended_between("a pending rollback", given_back, one).await;
    let dropped = async |connection: &mut PostgresConnection| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        drop(
            connection
                .open_cursor(&raw("select generate_series(1, 10)"), &[], &ExecutionOptions::DEFAULT)
                .await
                .unwrap(),
        );
        // The cursor's FETCH is forgotten by a message whose answer tokio-postgres throws away,
        // and with it the server's last words, should it end the session just then.
        connection.ping().await.unwrap();
    };
    ended_between("a pending close", dropped, one).await;
}

/// Has the session ended while a call waits for the server.
async fn ended_during(
    state: &str,
    prepare: impl AsyncFn(&mut PostgresConnection),
    step: impl AsyncFn(&mut PostgresConnection) -> Result<()>,
) -> Option<Error> {
    let url = support::url()?;
    let driver = PostgresDriver::from_url(&url.parse().unwrap()).unwrap();
    let (mut other, mut connection) = (connect(&driver).await, connect(&driver).await);
    let pid = backend(&mut connection).await;
    prepare(&mut connection).await;
    let (outcome, ()) = tokio::join!(step(&mut connection), async {
        await_sleeping(&mut other, pid).await;
        terminate(&mut other, pid).await;
    });
    let error = outcome.unwrap_err();
    assert_ended(&error, state);
    assert_given_up(connection, state).await;
    Some(error)
}

// fault: P17, P20, T12
// conforms: D7.01, D7.04, D7.11
#[tokio::test]
async fn while_a_call_waits() {
    let sleeping =
        async |connection: &mut PostgresConnection| execute(connection, SLEEP).await.map(drop);
    ended_during("first statement", async |_| {}, sleeping).await;
    ended_during(
        "BEGIN with it",
        async |connection| connection.begin(&TransactionOptions::DEFAULT).unwrap(),
        sleeping,
    )
    .await;
    let cached = async |connection: &mut PostgresConnection| {
        query(connection, NAP, &[Value::Float(0.0)]).await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
    };
    let long = async |connection: &mut PostgresConnection| {
        query(connection, NAP, &[Value::Float(30.0)]).await.map(drop)
    };
    ended_during("BEGIN with a cached statement", cached, long).await;

    let many = async |connection: &mut PostgresConnection| {
        let sets = vec![vec![Value::Float(0.02)]; 300];
        let sleeps = statement("select pg_sleep($1)", StatementKind::Dml);
        connection
            .execute_many(&sleeps, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .map(drop)
    };
    ended_during("many in a transaction", begun, many).await;
    ended_during("many outside of one", async |_| {}, many).await;

    for transaction in [true, false] {
        let fetching = async |connection: &mut PostgresConnection| {
            if transaction {
                connection.begin(&TransactionOptions::DEFAULT)?;
            }
            let slow = raw("select g, pg_sleep(0.01) from generate_series(1, 5000) g");
            let mut cursor = connection.open_cursor(&slow, &[], &ExecutionOptions::DEFAULT).await?;
            let mut rows = Rows::default();
            while cursor.fetch(10, &mut rows).await? {}
            cursor.close().await
        };
        ended_during("a cursor", async |_| {}, fetching).await;
    }
    let draining = async |connection: &mut PostgresConnection| {
        let slow = raw("select g, pg_sleep(0.01) from generate_series(1, 5000) g");
        drop(connection.open_cursor(&slow, &[], &ExecutionOptions::DEFAULT).await?);
        one(connection).await
    };
    ended_during("a dropped cursor's rest", async |_| {}, draining).await;
}

// fault: P17, T07
#[tokio::test]
async fn while_a_commit_waits_the_outcome_is_unknown() {
    let deferred = async |connection: &mut PostgresConnection| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        for sql in [
            "create temporary table slow (a int)",
            "create function pg_temp.slowly() returns trigger language plpgsql as \
             'begin perform pg_sleep(30); return null; end'",
            "create constraint trigger late after insert on slow deferrable initially deferred \
             for each row execute function pg_temp.slowly()",
            "insert into slow values (1)",
        ] {
            execute(connection, sql).await.unwrap();
        }
    };
    let commit = async |connection: &mut PostgresConnection| connection.commit().await;
    let Some(error) = ended_during("a commit", deferred, commit).await else { return };
    assert_eq!(error.kind(), ErrorKind::CommitUnknown);
}

// fault: P17, P25
#[tokio::test]
async fn while_it_is_recovered() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let mut other = connect(&PostgresDriver::new(config)).await;
    let mut connection = connect(&PostgresDriver::new(through)).await;
    let pid = backend(&mut connection).await;
    // It does not listen to a cancel.
    let deaf = "do $$ begin loop begin perform pg_sleep(30); exception when query_canceled then \
                null; end; end loop; end $$";
    let running = execute(&mut connection, deaf);
    assert!(drop_when(running, await_sleeping(&mut other, pid)).await.is_none());
    let (recovered, ()) = tokio::join!(recover(connection), async {
        settle_awaited("it was asked to stop", async || proxy.has_cancelled()).await;
        terminate(&mut other, pid).await;
    });
    assert!(recovered.is_none());
}
