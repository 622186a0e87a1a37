//! Futures that are dropped after each number of polls, and waits that are given up by a timeout:
//! whatever was under way, no statement gets the rows of another one.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, AsyncDriver, ExecutionOptions, NoRows, Released, Statement,
    StatementKind, TransactionOptions,
};
use aludel_core::value::Value;
use aludel_mysql::{MysqlConnection, MysqlDriver};
use aludel_testing::{Rows, drop_after_polls, nonce, raw, statement};
use support::{Db, Kind, Table, parts, proxied};

/// On one thread the bytes move between two polls; on several also in the middle of one.
macro_rules! sweeps {
    ($($name:ident)*) => {
        mod on_one_thread {
            $(#[tokio::test] async fn $name() { super::$name().await; })*
        }

        mod on_threads {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() { super::$name().await; }
            )*
        }
    };
}

// fault: D01, D03, D04, T02
sweeps! {
    dropping_a_text
    dropping_a_first_execution
    dropping_a_cached_statement_of_many_rows
    dropping_execute_many
    dropping_commit
    dropping_rollback
    dropping_ping
    dropping_a_cursor
    dropping_what_reads_a_dropped_cursors_rest
    dropping_a_procedure
    dropping_a_long_value
}

async fn query(connection: &mut MysqlConnection, sql: &str, params: &[Value]) -> Vec<Vec<Value>> {
    let mut rows = Rows::default();
    let select = statement(sql, StatementKind::Select);
    connection.execute(&select, params, &ExecutionOptions::DEFAULT, &mut rows).await.unwrap();
    rows.values()
}

async fn execute(connection: &mut MysqlConnection, sql: &str) {
    connection.execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut NoRows).await.unwrap();
}

async fn assert_right_answers(connection: &mut MysqlConnection) {
    for _ in 0..3 {
        let nonce = nonce();
        let answer = query(connection, "select ? * 3", &[Value::Int(nonce)]).await;
        assert_eq!(answer, [[Value::Int(nonce * 3)]]);
        let mut rows = Rows::default();
        let ask = raw(&format!("select {nonce}"));
        connection.execute(&ask, &[], &ExecutionOptions::DEFAULT, &mut rows).await.unwrap();
        assert_eq!(rows.values(), [[Value::Int(nonce)]]);
    }
}

async fn recover(connection: MysqlConnection) -> Option<MysqlConnection> {
    let (send, receive) = tokio::sync::oneshot::channel();
    connection.recover(Box::new(move |recovered| assert!(send.send(recovered).is_ok())));
    receive.await.unwrap()
}

/// Drops a future after each number of polls that it may take, and asks the next query: of the same
/// connection if it says that it can be used, of another one otherwise.
async fn sweep(work: impl AsyncFn(&mut MysqlConnection, &str, usize) -> bool) {
    sweep_in_pieces(40, work).await;
}

async fn sweep_in_pieces(
    bytes: usize,
    work: impl AsyncFn(&mut MysqlConnection, &str, usize) -> bool,
) {
    let Some(db) = Db::live(Kind::Async) else { return };
    // What passes in small pieces takes many polls.
    let (proxy, through) = proxied(&db);
    let table = Table::new(&db, "a int, b longtext");
    let driver = MysqlDriver::from_url(&parts(&through.url)).unwrap();
    let mut connection = driver.connect().await.unwrap();
    proxy.pass_in_steps(bytes);
    // No answer is there before the future that asked for it was polled.
    proxy.delay_answers(Duration::from_micros(500));
    let (mut complete, mut polls, mut lost) = (0, 0, 0);
    while complete < 3 && polls < 400 {
        let done = work(&mut connection, &table.name, polls).await;
        if done {
            complete += 1;
        } else if AsyncConnection::is_usable(&connection) {
            // The future had not sent anything, or had read all of its answer.
            assert_right_answers(&mut connection).await;
        } else {
            let error = connection
                .execute(&raw("select 1"), &[], &ExecutionOptions::DEFAULT, &mut NoRows)
                .await;
            assert!(error.is_err(), "a connection in the middle of an exchange answers");
        }
        let dirty = !AsyncConnection::is_usable(&connection);
        connection = match AsyncConnection::release(&mut connection) {
            Released::Clean => connection,
            Released::Dirty => match recover(connection).await {
                Some(connection) => {
                    assert!(!dirty, "a connection in the middle of an exchange came back");
                    connection
                }
                None => {
                    lost += 1;
                    driver.connect().await.unwrap()
                }
            },
        };
        assert_right_answers(&mut connection).await;
        let sql = format!("select count(*) from {table} where a > 0");
        let count = query(&mut connection, &sql, &[]).await;
        assert_eq!(count, [[Value::Int(0)]], "after {polls} polls");
        connection.rollback().await.unwrap();
        polls += 1;
    }
    assert_eq!(complete, 3, "the work never came to its end");
    assert!(lost > 0 && lost <= polls, "nothing was ever interrupted");
}

async fn run(
    connection: &mut MysqlConnection,
    statement: &Statement,
    params: &[Value],
    polls: usize,
) -> bool {
    let mut rows = Rows::default();
    drop_after_polls(
        connection.execute(statement, params, &ExecutionOptions::DEFAULT, &mut rows),
        polls,
    )
    .await
    .is_some_and(|done| done.is_ok())
}

async fn dropping_a_text() {
    sweep(async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let sql = format!("insert into {table} values (1, 'a'), (2, 'b')");
        run(connection, &statement(&sql, StatementKind::Ddl), &[], polls).await
    })
    .await;
}

async fn dropping_a_first_execution() {
    sweep(async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        // A text of its own each time, so that preparing is dropped too.
        let sql =
            format!("insert into {table} select ?, ? from seq_1_to_9 where seq < {polls} + 5");
        let insert = statement(&sql, StatementKind::Dml);
        run(connection, &insert, &[Value::Int(1), Value::from("x")], polls).await
    })
    .await;
}

async fn dropping_a_cached_statement_of_many_rows() {
    sweep(async |connection, _, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw("select seq, 'some text' from seq_1_to_150 where seq != ?");
        query(connection, select.sql(), &[Value::Int(-1)]).await;
        run(connection, &select, &[Value::Int(0)], polls).await
    })
    .await;
}

async fn dropping_execute_many() {
    sweep(async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let insert = statement(&format!("insert into {table} (a) values (?)"), StatementKind::Dml);
        let sets: Vec<_> = (1..20).map(|n| vec![Value::Int(n)]).collect();
        let done = drop_after_polls(
            connection.execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows),
            polls,
        )
        .await;
        done.is_some_and(|done| done.unwrap().rowcount == 19)
    })
    .await;
}

async fn dropping_commit() {
    sweep(async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, &format!("insert into {table} values (-1, 'kept')")).await;
        drop_after_polls(connection.commit(), polls).await.is_some()
    })
    .await;
}

async fn dropping_rollback() {
    sweep(async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, &format!("insert into {table} values (1, 'lost')")).await;
        drop_after_polls(connection.rollback(), polls).await.is_some()
    })
    .await;
}

async fn dropping_ping() {
    sweep(async |connection, _, polls| drop_after_polls(connection.ping(), polls).await.is_some())
        .await;
}

async fn dropping_a_cursor() {
    sweep(async |connection, _, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw("select seq, repeat('x', 50) from seq_1_to_60");
        let work = async {
            let mut rows = Rows::default();
            let mut cursor =
                connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).await.unwrap();
            while cursor.fetch(25, &mut rows).await.unwrap() {}
            cursor.close().await.unwrap();
            rows.rows.len()
        };
        drop_after_polls(work, polls).await.is_some_and(|rows| rows == 60)
    })
    .await;
}

async fn dropping_what_reads_a_dropped_cursors_rest() {
    sweep(async |connection, _, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw("select seq, repeat('x', 50) from seq_1_to_60");
        let mut cursor =
            connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).await.unwrap();
        cursor.fetch(5, &mut Rows::default()).await.unwrap();
        drop(cursor);
        run(connection, &raw("select 1"), &[], polls).await
    })
    .await;
}

async fn dropping_a_procedure() {
    sweep(async |connection, table, polls| {
        let name = format!("p_{table}");
        execute(
            connection,
            &format!("create or replace procedure {name}() begin select 1; select 2, 3; end"),
        )
        .await;
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let call = raw(&format!("call {name}()"));
        run(connection, &call, &[], polls).await
    })
    .await;
}

async fn dropping_a_long_value() {
    sweep_in_pieces(usize::MAX, async |connection, table, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let insert = raw(&format!("insert into {table} values (1, ?)"));
        // More than a socket takes at once.
        let long = Value::from("x".repeat(3_000_000));
        run(connection, &insert, &[long], polls).await
    })
    .await;
}

// fault: D02
#[test]
fn a_read_timeout_leaves_no_rows_for_the_next() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let mut other = db.connect();
    let db = db.with("read_timeout=0.1");
    for way in 0..4 {
        let mut connection = db.connect();
        let id = support::session(&mut *connection);
        connection.rollback().unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let slow = raw("select 1111 + sleep(1)");
        let error = match way {
            0 => aludel_testing::blocking::execute(&mut *connection, slow.sql()).map(drop),
            1 => {
                let slow = statement(slow.sql(), StatementKind::Ddl);
                connection.execute(&slow, &[], &ExecutionOptions::DEFAULT, &mut NoRows).map(drop)
            }
            2 => connection
                .execute_many(
                    &raw("select ? + sleep(1)"),
                    &[vec![Value::Int(1)]],
                    &ExecutionOptions::DEFAULT,
                    &mut NoRows,
                )
                .map(drop),
            _ => {
                let rows = raw("select seq, repeat('x', 9999), sleep(seq > 20) from seq_1_to_30");
                let mut cursor =
                    connection.open_cursor(&rows, &[], &ExecutionOptions::DEFAULT).unwrap();
                let outcome = cursor.fetch(1000, &mut Rows::default()).map(drop);
                assert!(!cursor.fetch(1000, &mut Rows::default()).unwrap());
                outcome
            }
        }
        .unwrap_err();
        assert!(error.message().contains("read_timeout"), "{error}");
        for _ in 0..5 {
            // Without the rule these would be answered with 0 and 42, and so on for ever.
            assert!(aludel_testing::blocking::scalar(&mut *connection, "select 42", &[]).is_err());
            assert!(connection.commit().is_err() && connection.rollback().is_err());
        }
        assert!(!connection.is_usable());
        assert_eq!(connection.release(), Released::Dirty);
        assert!(aludel_testing::blocking::recover(connection).is_none());
        aludel_testing::settle("the server has stopped", || {
            support::doing(&mut *other, id).is_none()
        });
        support::assert_right_answers(&mut *db.connect());
    }
    // Whoever is slower than the timeout but not silent for so long is none of its business.
    let patient = Db::live(Kind::Blocking).unwrap().with("read_timeout=1");
    let mut patient = patient.connect();
    let rows = "select seq, sleep(0.1), repeat('x', 20000) from seq_1_to_15";
    assert_eq!(aludel_testing::blocking::query(&mut *patient, rows, &[]).unwrap().len(), 15);
    // Longer than the timeout, during which nothing is asked.
    std::thread::sleep(Duration::from_millis(1100));
    support::assert_right_answers(&mut *patient);
}
