//! Cursors: portions, dropping them unfinished, and what their rows may be.

mod support;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::PostgresDriver;
use aludel_testing::awaited::{execute, recover, scalar};
use aludel_testing::proxy::{mentions, round_trips};
use aludel_testing::{Rows, raw, statement};
use support::{assert_right_answers, connect, open_cursors, proxied};

const SERIES: &str = "select g, $2 from generate_series(1, $1) g";

fn ints(rows: &Rows) -> Vec<i64> {
    rows.rows
        .iter()
        .map(|row| match row[0] {
            aludel_testing::Cell::Plain(Value::Int(value)) => value,
            ref other => panic!("{other:?}"),
        })
        .collect()
}

// conforms: A25
#[tokio::test]
async fn a_cursor_gives_its_rows_in_portions() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for transaction in [true, false] {
        for portion in [1, 3, 5, 10, 11, 512, usize::MAX] {
            if transaction {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let select = statement(SERIES, StatementKind::Select);
            let params = [Value::Int(10), Value::from("x")];
            let mut cursor =
                connection.open_cursor(&select, &params, &ExecutionOptions::DEFAULT).await.unwrap();
            assert_eq!(cursor.columns().names().collect::<Vec<_>>(), ["g", "?column?"]);
            let mut rows = Rows::default();
            assert!(cursor.fetch(0, &mut rows).await.unwrap());
            let mut portions = 1;
            while cursor.fetch(portion, &mut rows).await.unwrap() {
                assert_eq!(rows.rows.len(), portion * portions);
                portions += 1;
            }
            assert!(!cursor.fetch(portion, &mut rows).await.unwrap());
            assert_eq!(ints(&rows), (1..=10).collect::<Vec<_>>());
            cursor.close().await.unwrap();
            assert_right_answers(&mut connection).await;
            connection.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn opening_costs_one_round_trip_and_so_does_each_portion() {
    let Some(config) = support::server() else { return };
    let (proxy, through) = proxied(&config);
    let mut connection = connect(&PostgresDriver::new(through)).await;
    proxy.take_log();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let select = statement(SERIES, StatementKind::Select);
    let params = [Value::Int(2000), Value::Null];
    let mut cursor =
        connection.open_cursor(&select, &params, &ExecutionOptions::DEFAULT).await.unwrap();
    let log = proxy.take_log();
    assert_eq!(round_trips(&log), 1);
    assert!(mentions(&log, "BEGIN") && mentions(&log, "DECLARE"));
    let mut rows = Rows::default();
    for _ in 0..3 {
        assert!(cursor.fetch(512, &mut rows).await.unwrap());
        assert_eq!(round_trips(&proxy.take_log()), 1);
    }
    assert!(!cursor.fetch(512, &mut rows).await.unwrap());
    proxy.take_log();
    cursor.close().await.unwrap();
    assert_eq!(proxy.take_log(), []);
    assert_eq!(rows.rows.len(), 2000);
    assert_right_answers(&mut connection).await;
    assert!(mentions(&proxy.take_log(), "CLOSE aludel_c1"));
}

// fault: D03
#[tokio::test]
async fn a_cursor_dropped_unfinished_leaves_the_connection_usable() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for fetched in [0, 7] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = statement(SERIES, StatementKind::Select);
        let params = [Value::Int(1_000_000), Value::Null];
        let mut cursor =
            connection.open_cursor(&select, &params, &ExecutionOptions::DEFAULT).await.unwrap();
        let mut rows = Rows::default();
        cursor.fetch(fetched, &mut rows).await.unwrap();
        drop(cursor);
        assert!(connection.is_usable());
        let open = open_cursors(&mut connection).await;
        assert_eq!(open, Value::Int(0));
        assert_right_answers(&mut connection).await;
        // A second one, and its end with the transaction.
        drop(connection.open_cursor(&select, &params, &ExecutionOptions::DEFAULT).await.unwrap());
        if fetched == 0 {
            connection.commit().await.unwrap();
        } else {
            assert_eq!(connection.release(), Released::Clean);
        }
        let open = open_cursors(&mut connection).await;
        assert_eq!(open, Value::Int(0));
    }
}

// fault: D03
#[tokio::test]
async fn what_cannot_be_declared_is_read_as_it_arrives() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int)").await.unwrap();
    let insert = raw("insert into n select generate_series(1, $1) returning a");
    let count = "select count(*) from n";
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let mut cursor = connection
        .open_cursor(&insert, &[Value::Int(50_000)], &ExecutionOptions::DEFAULT)
        .await
        .unwrap();
    let mut rows = Rows::default();
    assert!(cursor.fetch(10, &mut rows).await.unwrap());
    cursor.close().await.unwrap();
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(50_000));

    // Dropped: the next statement reads what is left.
    let mut cursor = connection
        .open_cursor(&insert, &[Value::Int(50_000)], &ExecutionOptions::DEFAULT)
        .await
        .unwrap();
    assert!(cursor.fetch(10, &mut rows).await.unwrap());
    drop(cursor);
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(100_000));
    connection.commit().await.unwrap();

    // Given back with rows unread: that is for the recovery to stop.
    let endless = raw("with n as (select generate_series(1, 100000000) a) select a from n");
    let mut cursor =
        connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).await.unwrap();
    assert!(cursor.fetch(10, &mut rows).await.unwrap());
    drop(cursor);
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    assert_right_answers(&mut connection).await;
}

// fault: D03
#[tokio::test]
async fn a_dropped_cursors_late_failure_is_not_the_next_statements() {
    // So long is waited for a rest without end, and so long may the recovery behind it take.
    let driver = driver!().with_recovery_budget(std::time::Duration::from_secs(2));
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int)").await.unwrap();
    let late = raw("select 100 / (50 - g) from generate_series(1, 100) g");
    let mut rows = Rows::default();
    for sql in ["insert into n values (1)", "insert into n values (2)"] {
        let mut cursor =
            connection.open_cursor(&late, &[], &ExecutionOptions::DEFAULT).await.unwrap();
        assert!(cursor.fetch(10, &mut rows).await.unwrap());
        drop(cursor);
        let done = if sql.contains('1') {
            execute(&mut connection, sql).await
        } else {
            let insert = statement("insert into n values ($1)", StatementKind::Dml);
            connection
                .execute_many(
                    &insert,
                    &[vec![Value::Int(2)]],
                    &ExecutionOptions::DEFAULT,
                    &mut NoRows,
                )
                .await
        };
        assert_eq!(done.unwrap().rowcount, 1, "{sql}");
    }
    let count = scalar(&mut connection, "select count(*) from n", &[]).await.unwrap();
    assert_eq!(count, Value::Int(2));

    // A rest without end is not waited for.
    let endless = raw("select generate_series(1, 100000000)");
    let cursor = connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).await.unwrap();
    let error = cursor.close().await.unwrap_err();
    assert!(error.message().contains("a cursor was ended"), "{error}");
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    drop(connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).await.unwrap());
    let error = execute(&mut connection, "select 1").await.unwrap_err();
    assert!(error.message().contains("a cursor was ended"), "{error}");
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).await.expect("it comes back");
    assert_right_answers(&mut connection).await;
}

// fault: B08, D07
#[tokio::test]
async fn a_forgotten_streamed_cursor_blocks_nobody() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let endless = raw("select generate_series(1, 100000000)");
    std::mem::forget(
        connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).await.unwrap(),
    );
    let error = execute(&mut connection, "select 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(connection.release(), Released::Dirty);
}

// fault: D11
// conforms: D7.06
#[tokio::test]
async fn errors_of_a_cursor() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for transaction in [true, false] {
        if transaction {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        let missing = statement("select * from no_such_table", StatementKind::Select);
        assert!(
            connection
                .open_cursor(&missing, &[], &ExecutionOptions::DEFAULT)
                .await
                .unwrap_err()
                .is_missing_table()
        );
        connection.rollback().await.unwrap();

        if transaction {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        // The first rows are good, a later one is not.
        let late = statement(
            "select 100 / (50 - g) from generate_series(1, 100) g",
            StatementKind::Select,
        );
        let mut cursor =
            connection.open_cursor(&late, &[], &ExecutionOptions::DEFAULT).await.unwrap();
        let mut rows = Rows::default();
        assert!(cursor.fetch(20, &mut rows).await.unwrap());
        let error = cursor.fetch(100, &mut rows).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(!cursor.fetch(100, &mut rows).await.unwrap());
        cursor.close().await.unwrap();
        connection.rollback().await.unwrap();
        assert_right_answers(&mut connection).await;

        if transaction {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        let series = statement(SERIES, StatementKind::Select);
        let mut cursor = connection
            .open_cursor(&series, &[Value::Int(1000), Value::Null], &ExecutionOptions::DEFAULT)
            .await
            .unwrap();
        let mut sink = Rows { fail_at: Some(5), ..Rows::default() };
        let error = cursor.fetch(100, &mut sink).await.unwrap_err();
        assert_eq!(error.message(), "the sink had enough");
        drop(cursor);
        assert_right_answers(&mut connection).await;
        let open = open_cursors(&mut connection).await;
        assert_eq!(open, Value::Int(0));
        connection.commit().await.unwrap();
    }
}
