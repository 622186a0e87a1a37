//! Futures that are dropped after each number of polls: whatever was under way, the connection
//! comes back with nothing open and nothing left behind, and answers what it is asked.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::value::Value;
use aludel_postgres::{PostgresConnection, PostgresDriver};
use aludel_testing::awaited::{execute, query, recover, scalar};
use aludel_testing::{Rows, drop_after_polls, raw, statement, unique};
use support::{assert_right_answers, await_state, backend, connect};

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
    dropping_execute
    dropping_a_cached_statement_of_many_rows
    dropping_what_is_prepared
    dropping_what_is_prepared_and_fails
    dropping_execute_many
    dropping_commit
    dropping_rollback
    dropping_ping
    dropping_a_first_use_of_a_type
    dropping_a_plan_out_of_date
    dropping_a_cursor
    dropping_what_pays_a_debt
}

/// Drops a future after each number of polls that it may take, and asks the next query.
async fn sweep(
    driver: &PostgresDriver,
    setup: &[&str],
    work: impl AsyncFn(&mut PostgresConnection, usize) -> bool,
) {
    let mut other = connect(driver).await;
    let mut connection = connect(driver).await;
    let pid = backend(&mut connection).await;
    for sql in setup {
        execute(&mut connection, sql).await.unwrap();
    }
    let mut complete = 0;
    let mut polls = 0;
    while complete < 3 && polls < 200 {
        if work(&mut connection, polls).await {
            complete += 1;
        }
        connection = match connection.release() {
            Released::Clean => connection,
            Released::Dirty => recover(connection).await.expect("it comes back"),
        };
        assert_right_answers(&mut connection).await;
        let count = scalar(&mut connection, "select count(*) from swept", &[]).await.unwrap();
        assert_eq!(count, Value::Int(0), "after {polls} polls");
        await_state(&mut other, pid, Some("idle")).await;
        let kept = connection.cached_statements();
        let sql = "select count(*) from pg_prepared_statements where statement not like '%pg_%'";
        let known = scalar(&mut connection, sql, &[]).await.unwrap();
        let Value::Int(known) = known else { panic!("{known:?}") };
        assert!(known <= i64::try_from(kept).unwrap(), "{known} on the server, {kept} kept");
        polls += 1;
    }
    assert_eq!(complete, 3, "the work never came to its end");
}

async fn dropping_execute() {
    let driver = driver!().with_statement_cache_size(8);
    sweep(&driver, &["create temporary table swept (a int, b text)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        // A text of its own each time, so that preparing is dropped too.
        let sql = format!("insert into swept select $1, $2 from generate_series(1, {polls} + 9)");
        let insert = statement(&sql, StatementKind::Dml);
        let params = [Value::Int(1), Value::from("x")];
        drop_after_polls(
            connection.execute(&insert, &params, &ExecutionOptions::DEFAULT, &mut NoRows),
            polls,
        )
        .await
        .is_some()
    })
    .await;
}

async fn dropping_a_cached_statement_of_many_rows() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw("select g, repeat('x', 100) from generate_series(1, 3000) g");
        let mut rows = Rows::default();
        let done = drop_after_polls(
            connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut rows),
            polls,
        )
        .await;
        done.is_some_and(|done| done.unwrap().rowcount == 3000)
    })
    .await;
}

/// A statement that was prepared before, of which nothing goes through the client crate.
async fn dropping_what_is_prepared() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, "select 1").await.unwrap();
        let insert = statement(
            "insert into swept select g from generate_series(1, 3000) g returning a, repeat('x', 100)",
            StatementKind::Dml,
        );
        let mut rows = Rows::default();
        let done = drop_after_polls(
            connection.execute(&insert, &[], &ExecutionOptions::DEFAULT, &mut rows),
            polls,
        )
        .await;
        done.is_some_and(|done| done.unwrap().rowcount == 3000)
    })
    .await;
}

/// The same, with an answer that the client crate must read behind some rows, and with a statement that is closed
/// meanwhile.
async fn dropping_what_is_prepared_and_fails() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        let options = ExecutionOptions::DEFAULT;
        let closed = statement(&format!("select {polls} + $1"), StatementKind::Select);
        let closed = connection.prepare(&closed, &options).await.unwrap();
        connection.execute_prepared(closed, &[Value::Int(1)], &options, &mut NoRows).await.unwrap();
        connection.close_prepared(closed);
        let failing =
            statement("select 1 / (2000 - g) from generate_series(1, $1) g", StatementKind::Select);
        let params = [Value::Int(3000)];
        let mut sink = NoRows;
        let failing = connection.execute(&failing, &params, &options, &mut sink);
        drop_after_polls(failing, polls)
            .await
            .is_some_and(|done| done.unwrap_err().sqlstate() == Some("22012"))
    })
    .await;
}

async fn dropping_execute_many() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let insert = statement("insert into swept values ($1)", StatementKind::Dml);
        let sets: Vec<_> = (0..150).map(|n| vec![Value::Int(n)]).collect();
        let done = drop_after_polls(
            connection.execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows),
            polls,
        )
        .await;
        done.is_some_and(|done| done.unwrap().rowcount == 150)
    })
    .await;
}

async fn dropping_commit() {
    let driver = driver!();
    let setup = ["create temporary table swept (a int)", "create temporary table kept (a int)"];
    sweep(&driver, &setup, async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, "insert into kept values (1)").await.unwrap();
        drop_after_polls(connection.commit(), polls).await.is_some()
    })
    .await;
}

async fn dropping_rollback() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, "insert into swept values (1)").await.unwrap();
        drop_after_polls(connection.rollback(), polls).await.is_some()
    })
    .await;
}

async fn dropping_ping() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        drop_after_polls(connection.ping(), polls).await.is_some()
    })
    .await;
}

/// Preparing asks for the type, by statements of tokio-postgres' own.
async fn dropping_a_first_use_of_a_type() {
    let driver = driver!();
    let name = unique("mood");
    let setup = ["create temporary table swept (a int)"];
    let mut other = connect(&driver).await;
    sweep(&driver, &setup, async |connection, polls| {
        let mine = format!("{name}_{polls}");
        execute(connection, &format!("create type {mine} as enum ('glad')")).await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw(&format!("select 'glad'::{mine}"));
        let mut rows = Rows::default();
        let done = drop_after_polls(
            connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut rows),
            polls,
        )
        .await;
        done.is_some_and(|done| done.unwrap().rowcount == 1)
    })
    .await;
    let sql = "select typname::text from pg_type where starts_with(typname, $1)";
    for row in query(&mut other, sql, &[Value::from(name)]).await.unwrap() {
        let Value::Text(name) = &row[0] else { panic!("{row:?}") };
        execute(&mut other, &format!("drop type {name}")).await.unwrap();
    }
}

async fn dropping_a_plan_out_of_date() {
    let driver = driver!();
    let setup = ["create temporary table swept (a int)", "create temporary table wide (a int)"];
    sweep(&driver, &setup, async |connection, polls| {
        let select = "select * from wide";
        query(connection, select, &[]).await.unwrap();
        let column = format!("alter table wide add c{polls} int");
        execute(connection, &column).await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        drop_after_polls(query(connection, select, &[]), polls).await.is_some()
    })
    .await;
}

async fn dropping_a_cursor() {
    let driver = driver!();
    for transaction in [true, false] {
        sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
            if transaction {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let select = raw("select g, repeat('x', 50) from generate_series(1, 2000) g");
            let work = async {
                let mut rows = Rows::default();
                let mut cursor =
                    connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).await.unwrap();
                while cursor.fetch(700, &mut rows).await.unwrap() {}
                cursor.close().await.unwrap();
                rows.rows.len()
            };
            drop_after_polls(work, polls).await.is_some_and(|rows| rows == 2000)
        })
        .await;
    }
}

/// The answer to a ROLLBACK, or to a CLOSE, is read together with the next statement's.
async fn dropping_what_pays_a_debt() {
    let driver = driver!();
    sweep(&driver, &["create temporary table swept (a int)"], async |connection, polls| {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(connection, "insert into swept values (1)").await.unwrap();
        if polls % 2 == 0 {
            assert_eq!(connection.release(), Released::Clean);
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        } else {
            drop(
                connection
                    .open_cursor(&raw("select a from swept"), &[], &ExecutionOptions::DEFAULT)
                    .await
                    .unwrap(),
            );
        }
        drop_after_polls(execute(connection, "select 1"), polls).await.is_some()
    })
    .await;
}
