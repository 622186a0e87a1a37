//! Statements: the cache, plans that went out of date, kinds of errors.

mod support;

use aludel_core::dbapi::{AsyncConnection, ExecutionOptions, NoRows, TransactionOptions};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_testing::awaited::{execute, query, scalar};
use aludel_testing::{raw, unique};
use support::{assert_right_answers, connect};

// fault: D26
// conforms: B103
#[tokio::test]
async fn the_cache_is_bounded_on_both_sides() {
    let driver = driver!().with_statement_cache_size(5);
    let mut connection = connect(&driver).await;
    for round in 0..40 {
        let value = scalar(&mut connection, &format!("select {round}"), &[]).await.unwrap();
        assert_eq!(value, Value::Int(round));
        assert!(connection.cached_statements() <= 5);
    }
    let known = "select count(*) from pg_prepared_statements";
    let Value::Int(known) = scalar(&mut connection, known, &[]).await.unwrap() else { panic!() };
    assert!((1..=6).contains(&known), "{known}");

    let mut without = connect(&driver.with_statement_cache_size(0)).await;
    for _ in 0..3 {
        assert_right_answers(&mut without).await;
        assert_eq!(without.cached_statements(), 0);
    }
    let known = "select count(*) from pg_prepared_statements";
    assert_eq!(scalar(&mut without, known, &[]).await.unwrap(), Value::Int(1));
}

// fault: D26
#[tokio::test]
async fn one_text_for_many_kinds_of_parameters_is_bounded_too() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for value in [
        Value::Int(1),
        Value::Float(1.0),
        Value::Bool(true),
        Value::from("a"),
        Value::Bytes([1].into()),
        Value::Int(2),
    ] {
        let back = scalar(&mut connection, "select $1", std::slice::from_ref(&value)).await;
        assert_eq!(back.unwrap(), value);
        assert!(connection.cached_statements() <= 4);
    }
}

// fault: D13
#[tokio::test]
async fn a_plan_out_of_date_is_made_again_where_nothing_was_executed() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let mut other = connect(&driver).await;
    let table = unique("t");
    execute(&mut other, &format!("create table {table} (a int)")).await.unwrap();
    execute(&mut other, &format!("insert into {table} values (1)")).await.unwrap();
    let select = format!("select * from {table}");
    let width = async |connection: &mut aludel_postgres::PostgresConnection| {
        query(connection, &select, &[]).await.map(|rows| rows[0].len())
    };
    let add = async |other: &mut aludel_postgres::PostgresConnection, name: &str| {
        execute(other, &format!("alter table {table} add {name} int")).await.unwrap();
    };
    assert_eq!(width(&mut connection).await.unwrap(), 1);
    add(&mut other, "b").await;
    assert_eq!(width(&mut connection).await.unwrap(), 2);
    add(&mut other, "c").await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 3, "first in its transaction");
    connection.commit().await.unwrap();
    add(&mut other, "d").await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    let error = width(&mut connection).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.is_retryable(), "{error}");
    connection.rollback().await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);

    // Forgotten by the server behind the driver's back, and before its eyes.
    connection.client().unwrap().batch_execute("deallocate all").await.unwrap();
    connection.rollback().await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);
    execute(&mut connection, "discard all").await.unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);
    connection.rollback().await.unwrap();
    execute(&mut other, &format!("drop table {table}")).await.unwrap();
}

// conforms: D4.04
#[tokio::test]
async fn errors_are_told_apart() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(
        &mut connection,
        "create temporary table thing (id int primary key, n int constraint positive check (n > \
         0) not null, parent int constraint parent references thing)",
    )
    .await
    .unwrap();
    execute(&mut connection, "insert into thing values (1, 1)").await.unwrap();
    for (sql, kind, state) in [
        ("insert into thing values (1, 1)", ErrorKind::Integrity, "23505"),
        ("insert into thing values (2, 0)", ErrorKind::Integrity, "23514"),
        ("insert into thing values (2, null)", ErrorKind::Integrity, "23502"),
        ("insert into thing values (2, 1, 9)", ErrorKind::Integrity, "23503"),
        ("selekt 1", ErrorKind::Programming, "42601"),
        ("select 1; select 2", ErrorKind::Programming, "42601"),
        ("select * from no_such_table", ErrorKind::Programming, "42P01"),
        ("select nothing from thing", ErrorKind::Programming, "42703"),
        ("select 1/0", ErrorKind::Data, "22012"),
        ("create database x template nothing", ErrorKind::Operational, "3D000"),
        ("do $$ begin raise exception 'own'; end $$", ErrorKind::Internal, "P0001"),
    ] {
        let error = execute(&mut connection, sql).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (kind, Some(state)), "{sql}: {error}");
        assert!(!error.is_disconnect());
        assert_eq!(error.is_unique_violation(), state == "23505");
        assert_eq!(error.is_check_violation(), state == "23514");
        assert_eq!(error.is_not_null_violation(), state == "23502");
        assert_eq!(error.is_foreign_key_violation(), state == "23503");
        assert_eq!(error.is_syntax_error(), state == "42601");
        assert_eq!(error.is_missing_table(), state == "42P01");
        assert!(connection.is_usable());
    }
    let error = execute(&mut connection, "insert into thing values (2, 0)").await.unwrap_err();
    assert_eq!((error.table(), error.constraint()), (Some("thing"), Some("positive")));
    let error = execute(&mut connection, "insert into thing values (2, null)").await.unwrap_err();
    assert_eq!(error.column(), Some("n"));
    let error = connection
        .execute(
            &raw("select repeat('x', $1)"),
            &[Value::Int(1)],
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )
        .await
        .unwrap_err();
    assert!(error.message().contains("$1::int"), "{error}");
    let error = scalar(&mut connection, "select $1 is null", &[Value::Null]).await.unwrap_err();
    assert!(error.message().contains("$1::text"), "{error}");
}

// fault: T09, T11
#[tokio::test]
async fn locks_and_conflicts_are_told_apart() {
    let driver = driver!();
    let mut one = connect(&driver).await;
    let mut two = connect(&driver).await;
    let table = unique("t");
    execute(&mut one, &format!("create table {table} as select 1 as a, 0 as n")).await.unwrap();
    let update = format!("update {table} set n = n + 1");

    one.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut one, &update).await.unwrap();
    two.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = execute(&mut two, &format!("select * from {table} for update nowait")).await;
    let error = error.unwrap_err();
    assert!(error.is_busy() && error.kind() == ErrorKind::Operational, "{error}");
    two.rollback().await.unwrap();

    two.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut two, "set transaction isolation level repeatable read").await.unwrap();
    execute(&mut two, &format!("select * from {table}")).await.unwrap();
    one.commit().await.unwrap();
    let error = execute(&mut two, &update).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("40001"));
    assert!(error.is_retryable());
    two.rollback().await.unwrap();
    execute(&mut one, &format!("drop table {table}")).await.unwrap();
}

// fault: T08, T09
#[tokio::test]
async fn a_deadlock_and_a_timeout_are_told_apart() {
    let driver = driver!();
    let mut one = connect(&driver).await;
    let mut two = connect(&driver).await;
    let table = unique("t");
    let create = format!("create table {table} as select a, 0 as n from generate_series(1, 2) a");
    execute(&mut one, &create).await.unwrap();
    let update = |a| format!("update {table} set n = n + 1 where a = {a}");

    one.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut one, &update(1)).await.unwrap();
    two.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut two, &update(2)).await.unwrap();
    let (first, second) = (update(2), update(1));
    let (first, second) = tokio::join!(execute(&mut one, &first), execute(&mut two, &second));
    let victim = match (first, second) {
        (Err(victim), Ok(_)) | (Ok(_), Err(victim)) => victim,
        other => panic!("{other:?}"),
    };
    assert_eq!((victim.kind(), victim.sqlstate()), (ErrorKind::Operational, Some("40P01")));
    assert!(victim.is_retryable() && !victim.is_disconnect());
    one.rollback().await.unwrap();
    two.rollback().await.unwrap();

    one.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut one, &update(1)).await.unwrap();
    execute(&mut two, "set lock_timeout = 20").await.unwrap();
    let error = execute(&mut two, &update(1)).await.unwrap_err();
    assert!(error.is_busy() && error.is_retryable(), "{error}");
    execute(&mut two, "set statement_timeout = 20").await.unwrap();
    let error = execute(&mut two, "select pg_sleep(5)").await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("57014")));
    assert!(!error.is_busy() && !error.is_disconnect());
    assert_right_answers(&mut two).await;
    one.rollback().await.unwrap();
    execute(&mut one, &format!("drop table {table}")).await.unwrap();
}

// fault: D24, D25
#[tokio::test]
async fn notices_and_notifications_break_nothing() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "set client_min_messages = notice").await.unwrap();
    execute(&mut connection, "listen noise").await.unwrap();
    let noise = raw("do $$ begin for i in 1..20000 loop raise notice 'notice %', i; end loop; \
         for i in 1..2000 loop perform pg_notify('noise', i::text); end loop; end $$");
    for _ in 0..2 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.execute(&noise, &[], &ExecutionOptions::DEFAULT, &mut NoRows).await.unwrap();
        assert_right_answers(&mut connection).await;
        connection.commit().await.unwrap();
        assert_right_answers(&mut connection).await;
    }
}

// fault: D20
#[tokio::test]
async fn integers_go_into_columns_of_every_width() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let columns = "a int2, b int4, c int8, d numeric, e float8, f oid";
    execute(&mut connection, &format!("create temporary table n ({columns})")).await.unwrap();
    let insert = raw("insert into n values ($1, $2, $3, $4, $5, $6)");
    let seven =
        [Value::Int(7), Value::Int(7), Value::Int(7), Value::Int(7), Value::Int(7), Value::Int(7)];
    connection.execute(&insert, &seven, &ExecutionOptions::DEFAULT, &mut NoRows).await.unwrap();
    let select = "select a, b, c, d::text, e from n where a = $1 and b = $2 and c = $3 and d = $4 \
                  and e = $5 and f = $6 limit $3 offset $1 - 7";
    let row = query(&mut connection, select, &seven).await.unwrap().remove(0);
    let int = Value::Int(7);
    assert_eq!(row, [int.clone(), int.clone(), int, Value::from("7"), Value::Float(7.0)]);
    for (column, value) in [("a", 1 << 15), ("b", 1 << 31), ("f", -1)] {
        let sql = format!("insert into n ({column}) values ($1)");
        let error = connection
            .execute(&raw(&sql), &[Value::Int(value)], &ExecutionOptions::DEFAULT, &mut NoRows)
            .await;
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Data, Some("22003")), "{column}");
    }
}

// fault: D13
#[tokio::test]
async fn a_statement_that_the_server_forgot_is_made_again_or_said_to_be_gone() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    assert_right_answers(&mut connection).await;
    let forget = async |connection: &mut aludel_postgres::PostgresConnection| {
        connection.client().unwrap().batch_execute("deallocate all").await.unwrap();
        connection.rollback().await.unwrap();
    };
    forget(&mut connection).await;
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_right_answers(&mut connection).await;
    connection.commit().await.unwrap();

    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.client().unwrap().batch_execute("deallocate all").await.unwrap();
    let select = "select $1 * 3";
    let error = scalar(&mut connection, select, &[Value::Int(1)]).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("26000")));
    assert!(error.is_retryable() && !error.is_disconnect(), "{error}");
    connection.rollback().await.unwrap();
    assert_right_answers(&mut connection).await;

    // Those with which tokio-postgres asks for types cannot be prepared again.
    let enums = [unique("mood"), unique("mood")];
    for name in &enums {
        execute(&mut connection, &format!("create type {name} as enum ('glad')")).await.unwrap();
    }
    let select = |name| format!("select 'glad'::{name}");
    scalar(&mut connection, &select(&enums[0]), &[]).await.unwrap();
    execute(&mut connection, "discard all").await.unwrap();
    scalar(&mut connection, &select(&enums[0]), &[]).await.unwrap();
    let error = scalar(&mut connection, &select(&enums[1]), &[]).await.unwrap_err();
    assert!(error.is_disconnect() && error.message().contains("DISCARD ALL"), "{error}");
    assert_eq!(connection.release(), aludel_core::dbapi::Released::Dirty);
    assert!(aludel_testing::awaited::recover(connection).await.is_none());
    let mut connection = connect(&driver).await;
    for name in &enums {
        execute(&mut connection, &format!("drop type {name}")).await.unwrap();
    }
}
