//! Statements: the cache, plans that went out of date, many sets, errors told apart.

mod support;

use aludel_core::dbapi::{AsyncConnection, NoRows, StatementKind};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use support::{assert_right_answers, connect, execute, query, raw, scalar, statement, unique};

#[tokio::test]
async fn the_cache_is_bounded_on_both_sides() {
    let driver = driver!().with_cached_statements(5);
    let mut connection = connect(&driver).await;
    for round in 0..40 {
        let value = scalar(&mut connection, &format!("select {round}"), &[]).await.unwrap();
        assert_eq!(value, Value::Int(round));
        assert!(connection.cached_statements() <= 5);
    }
    let known = "select count(*) from pg_prepared_statements";
    let Value::Int(known) = scalar(&mut connection, known, &[]).await.unwrap() else { panic!() };
    assert!((1..=6).contains(&known), "{known}");

    let mut without = connect(&driver.with_cached_statements(0)).await;
    for _ in 0..3 {
        assert_right_answers(&mut without).await;
        assert_eq!(without.cached_statements(), 0);
    }
    let known = "select count(*) from pg_prepared_statements";
    assert_eq!(scalar(&mut without, known, &[]).await.unwrap(), Value::Int(1));
}

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
    connection.begin().unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 3, "first in its transaction");
    connection.commit().await.unwrap();
    add(&mut other, "d").await;
    connection.begin().unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    let error = width(&mut connection).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.is_retryable(), "{error}");
    connection.rollback().await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);

    // Forgotten by the server behind the driver's back, and before its eyes.
    connection.client().batch_execute("deallocate all").await.unwrap();
    connection.rollback().await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);
    execute(&mut connection, "discard all").await.unwrap();
    connection.begin().unwrap();
    execute(&mut connection, "select 1").await.unwrap();
    assert_eq!(width(&mut connection).await.unwrap(), 4);
    connection.rollback().await.unwrap();
    execute(&mut other, &format!("drop table {table}")).await.unwrap();
}

#[tokio::test]
async fn execute_many_keeps_the_order_and_adds_up() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (id serial, a int, b text)").await.unwrap();
    let insert = statement("insert into n (a, b) values ($1, $2)", StatementKind::Modify);
    let sets: Vec<_> = (0..1000)
        .map(|n| {
            let word = if n % 3 == 0 { Value::Null } else { Value::from(n.to_string()) };
            vec![if n % 7 == 0 { Value::Null } else { Value::Int(n) }, word]
        })
        .collect();
    for transaction in [true, false] {
        if transaction {
            connection.begin().unwrap();
        }
        let done = connection.execute_many(&insert, &sets).await.unwrap();
        assert_eq!(done.rowcount, 1000);
        let rows = query(&mut connection, "select a, b from n order by id", &[]).await.unwrap();
        assert_eq!(rows, sets);
        if transaction {
            connection.rollback().await.unwrap();
        }
    }
    let none = connection.execute_many(&insert, &[]).await.unwrap();
    assert_eq!(none.rowcount, 0);
}

#[tokio::test]
async fn execute_many_takes_sets_of_different_kinds() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a float8)").await.unwrap();
    let insert = statement("insert into n values ($1)", StatementKind::Modify);
    let sets =
        [vec![Value::Null], vec![Value::Int(1)], vec![Value::Float(2.5)], vec![Value::Int(3)]];
    connection.begin().unwrap();
    assert_eq!(connection.execute_many(&insert, &sets).await.unwrap().rowcount, 4);
    let sum = scalar(&mut connection, "select sum(a) from n", &[]).await.unwrap();
    assert_eq!(sum, Value::Float(6.5));
}

#[tokio::test]
async fn execute_many_stops_at_the_first_failure() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int unique)").await.unwrap();
    let insert = statement("insert into n values ($1)", StatementKind::Modify);
    let sets: Vec<_> = (0..300).map(|n| vec![Value::Int(if n == 100 { 5 } else { n })]).collect();
    let count = "select count(*) from n";

    connection.begin().unwrap();
    let error = connection.execute_many(&insert, &sets).await.unwrap_err();
    assert!(error.is_unique_violation());
    assert!(error.message().starts_with("set 101 of parameters: "), "{error}");
    assert!(connection.is_usable());
    connection.rollback().await.unwrap();
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(0));

    // Without a transaction nothing behind the failure may be executed.
    assert!(connection.execute_many(&insert, &sets).await.unwrap_err().is_unique_violation());
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(100));

    // Nor behind a set that cannot be sent, though the server knows nothing of that failure.
    execute(&mut connection, "delete from n").await.unwrap();
    let mut sets: Vec<_> = (0..300).map(|n| vec![Value::Int(n)]).collect();
    sets[100] = vec![];
    connection.begin().unwrap();
    let error = connection.execute_many(&insert, &sets).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.message().starts_with("set 101 of parameters: "), "{error}");
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(100));
    connection.rollback().await.unwrap();

    // Text where the server wants a number is found when it is to be bound.
    let inferred: Vec<_> = (0..300).map(|_| vec![Value::Null]).collect();
    let mut sets = inferred;
    sets[70] = vec![Value::from("seventy")];
    connection.begin().unwrap();
    let error = connection.execute_many(&insert, &sets).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.message().starts_with("set 71 of parameters: "), "{error}");
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(70));
    connection.rollback().await.unwrap();
}

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
        .execute(&raw("select repeat('x', $1)"), &[Value::Int(1)], &mut NoRows)
        .await
        .unwrap_err();
    assert!(error.message().contains("$1::int"), "{error}");
}

#[tokio::test]
async fn locks_and_conflicts_are_told_apart() {
    let driver = driver!();
    let mut one = connect(&driver).await;
    let mut two = connect(&driver).await;
    let table = unique("t");
    execute(&mut one, &format!("create table {table} as select 1 as a, 0 as n")).await.unwrap();
    let update = format!("update {table} set n = n + 1");

    one.begin().unwrap();
    execute(&mut one, &update).await.unwrap();
    two.begin().unwrap();
    let error = execute(&mut two, &format!("select * from {table} for update nowait")).await;
    let error = error.unwrap_err();
    assert!(error.is_busy() && error.kind() == ErrorKind::Operational, "{error}");
    two.rollback().await.unwrap();

    two.begin().unwrap();
    execute(&mut two, "set transaction isolation level repeatable read").await.unwrap();
    execute(&mut two, &format!("select * from {table}")).await.unwrap();
    one.commit().await.unwrap();
    let error = execute(&mut two, &update).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("40001"));
    assert!(error.is_retryable());
    two.rollback().await.unwrap();
    execute(&mut one, &format!("drop table {table}")).await.unwrap();
}
