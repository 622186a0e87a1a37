//! The network goes away after every seventh byte of a conversation, which meets all of its
//! messages, and most of them in their middle.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, AsyncDriver, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_postgres::PostgresDriver;
use aludel_testing::awaited::{execute, query, recover, scalar};
use aludel_testing::proxy::Cut;
use aludel_testing::{BOUND, Rows, statement, unique};
use support::{connect, proxied};
use tokio::time::timeout;

/// How far a conversation came.
#[derive(Debug, Default)]
struct Reached {
    connected: bool,
    committed: Option<bool>,
}

/// Everything a session does, with an answer that shows whether it was the right one.
async fn converse(
    driver: &PostgresDriver,
    table: &str,
    id: i64,
    reached: &mut Reached,
) -> Result<()> {
    let mut connection = driver.connect().await?;
    reached.connected = true;
    let outcome: Result<()> = async {
        connection.begin(&TransactionOptions::DEFAULT)?;
        let insert = statement(&format!("insert into {table} values ($1)"), StatementKind::Dml);
        let done = connection
            .execute(&insert, &[Value::Int(id)], &ExecutionOptions::DEFAULT, &mut NoRows)
            .await?;
        assert_eq!(done.rowcount, 1);
        let sets: Vec<_> = (0..3).map(|n| vec![Value::Int(-n)]).collect();
        assert_eq!(
            connection
                .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
                .await?
                .rowcount,
            3
        );
        let select = statement("select g * $1 from generate_series(1, 5) g", StatementKind::Select);
        let mut rows = Rows::default();
        let mut cursor =
            connection.open_cursor(&select, &[Value::Int(id)], &ExecutionOptions::DEFAULT).await?;
        while cursor.fetch(2, &mut rows).await? {}
        cursor.close().await?;
        let expected: Vec<_> = (1..=5).map(|n| vec![Value::Int(n * id)]).collect();
        assert_eq!(rows.values(), expected);
        let committed = connection.commit().await;
        reached.committed = match &committed {
            Ok(()) => Some(true),
            // Nobody knows.
            Err(error) if error.kind() == ErrorKind::CommitUnknown => None,
            Err(_) => Some(false),
        };
        committed?;
        connection.begin(&TransactionOptions::DEFAULT)?;
        query(&mut connection, "select $1::text", &[Value::from("after")]).await?;
        assert_eq!(connection.release(), Released::Clean);
        connection.ping().await
    }
    .await;
    if outcome.is_err() {
        assert!(!connection.is_usable());
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).await.is_none());
    } else {
        connection.close().await;
    }
    outcome
}

fn assert_says_so(error: &Error, reached: &Reached, cut: Cut) {
    if reached.connected {
        assert!(error.is_disconnect(), "{cut:?}: {error:?}");
        let kinds = [ErrorKind::Operational, ErrorKind::CommitUnknown];
        assert!(kinds.contains(&error.kind()), "{cut:?}: {error:?}");
    } else {
        assert_eq!(error.kind(), ErrorKind::Operational, "{cut:?}: {error:?}");
    }
}

async fn cut_everywhere(cut: impl Fn(usize) -> Cut, step: usize) {
    let Some(config) = support::server() else { return };
    let mut other = connect(&PostgresDriver::new(config.clone())).await;
    let table = unique("cut");
    execute(&mut other, &format!("create table {table} (id bigint)")).await.unwrap();
    let (proxy, through) = proxied(&config);
    let driver = PostgresDriver::new(through);
    let (mut seen_open, mut seen_unknown) = (false, false);
    let mut bytes = 0;
    loop {
        let cut = cut(bytes);
        let id = i64::try_from(bytes).unwrap() + 1;
        proxy.cut(cut);
        let mut reached = Reached::default();
        let conversation = converse(&driver, &table, id, &mut reached);
        let outcome = timeout(BOUND, conversation).await.expect("it hangs");
        let sql = format!("select count(*) from {table} where id = $1");
        let count = scalar(&mut other, &sql, &[Value::Int(id)]).await.unwrap();
        if let Some(committed) = reached.committed {
            assert_eq!(count, Value::Int(i64::from(committed)), "{cut:?}");
        } else if reached.connected {
            seen_open = true;
            let unknown = |error: &Error| error.kind() == ErrorKind::CommitUnknown;
            if outcome.as_ref().is_err_and(unknown) {
                seen_unknown = true;
            } else {
                assert_eq!(count, Value::Int(0), "COMMIT was never sent: {cut:?}");
            }
        }
        match outcome {
            Ok(()) => break,
            Err(error) => assert_says_so(&error, &reached, cut),
        }
        bytes += step;
    }
    assert!(seen_open && seen_unknown, "the cuts missed the commit");
    execute(&mut other, &format!("drop table {table}")).await.unwrap();
}

// fault: D08, T07
#[tokio::test]
async fn after_bytes_from_the_server() {
    cut_everywhere(Cut::ServerBytes, 7).await;
}

// fault: D08, T07
#[tokio::test]
async fn after_bytes_from_the_client() {
    cut_everywhere(Cut::ClientBytes, 7).await;
}
