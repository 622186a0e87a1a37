//! Prepared statements, which do not go through the client crate, among what does.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{AsyncConnection, ExecutionOptions, NoRows, StatementKind};
use aludel_core::value::Value;
use aludel_testing::awaited::{execute, query, scalar};
use aludel_testing::{Rows, statement};
use support::{assert_right_answers, connect, proxied, server};

/// Each answer is that of its statement, whatever is sent between: statements that are closed, which nobody waits for,
/// and statements that fail before and after their first row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_belong_to_their_statements() {
    let driver = driver!().with_statement_cache_size(4);
    let mut connection = connect(&driver).await;
    let connection = &mut connection;
    let options = ExecutionOptions::DEFAULT;
    for n in 0..300_i64 {
        let text = format!("select $1 * 1000 + {n}");
        let handle = connection.prepare(&statement(&text, StatementKind::Select), &options).await;
        let handle = handle.unwrap();
        for factor in 0..3 {
            let mut rows = Rows::default();
            connection
                .execute_prepared(handle, &[Value::Int(factor)], &options, &mut rows)
                .await
                .unwrap();
            assert_eq!(rows.values(), [[Value::Int(factor * 1000 + n)]]);
        }
        connection.close_prepared(handle);
        match n % 3 {
            0 => {
                let error = scalar(connection, "select 100 / $1", &[Value::Int(0)]).await;
                assert_eq!(error.unwrap_err().sqlstate(), Some("22012"));
            }
            1 => {
                let sql = "select 10 / (5 - g) from generate_series(1, $1) g";
                let error = query(connection, sql, &[Value::Int(9)]).await.unwrap_err();
                assert_eq!(error.sqlstate(), Some("22012"));
            }
            _ => {}
        }
        let found = scalar(connection, "select $1 + 1", &[Value::Int(n)]).await.unwrap();
        assert_eq!(found, Value::Int(n + 1));
    }
    assert_right_answers(connection).await;
}

/// What the server says of its own accord stands in the middle of an answer.
#[tokio::test]
async fn settings_and_notifications_do_not_belong_to_answers() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "listen aludel_shortcut").await.unwrap();
    for n in 0..50_i64 {
        let name = Value::from(format!("aludel {n}"));
        let sql = "select set_config('application_name', $1, false)";
        assert_eq!(scalar(&mut connection, sql, std::slice::from_ref(&name)).await.unwrap(), name);
        let notify = "select 1 from pg_notify('aludel_shortcut', $1)";
        let notified = scalar(&mut connection, notify, &[name]).await.unwrap();
        assert_eq!(notified, Value::Int(1));
        let found = scalar(&mut connection, "select $1 + 1", &[Value::Int(n)]).await.unwrap();
        assert_eq!(found, Value::Int(n + 1));
    }
    execute(&mut connection, "unlisten *").await.unwrap();
    assert_right_answers(&mut connection).await;
}

/// NULL, nothing, wide rows, statements without rows, and what is affected, in pieces of one byte.
#[tokio::test]
async fn rows_are_the_same_the_second_time() {
    let (driver, Some(config)) = (driver!(), server()) else { return };
    let (proxy, through) = proxied(&config);
    let through = aludel_postgres::PostgresDriver::new(through);
    drop(driver);
    let mut connection = connect(&through).await;
    execute(&mut connection, "create temporary table kept (a int8, b text, c bytea)")
        .await
        .unwrap();
    let params = [
        Value::Int(7),
        Value::Null,
        Value::Bytes(b"\0\x01\xff".as_slice().into()),
        Value::from(""),
    ];
    let sql = "select $1::int8, $2::text, $3::bytea, $4::text, array[1, 2]::text, 1.5::float8";
    let first = query(&mut connection, sql, &params).await.unwrap();
    let insert = statement("insert into kept select $1, b, c from kept", StatementKind::Dml);
    let fill =
        statement("insert into kept select g from generate_series(1, 7) g", StatementKind::Dml);
    let options = ExecutionOptions::DEFAULT;
    for step in [1, 3, 4096] {
        proxy.pass_in_steps(step);
        assert_eq!(query(&mut connection, sql, &params).await.unwrap(), first);
        execute(&mut connection, "delete from kept").await.unwrap();
        let filled = connection.execute(&fill, &[], &options, &mut NoRows).await.unwrap();
        assert_eq!(filled.rowcount, 7);
        let doubled =
            connection.execute(&insert, &[Value::Int(1)], &options, &mut NoRows).await.unwrap();
        assert_eq!(doubled.rowcount, 7);
        let none = "select a from kept where a > $1";
        assert!(query(&mut connection, none, &[Value::Int(100)]).await.unwrap().is_empty());
        let counted = scalar(&mut connection, "select count(*) from kept", &[]).await.unwrap();
        assert_eq!(counted, Value::Int(14));
    }
}
