//! One statement for many sets of parameters.

mod support;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, NoRows, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_testing::awaited::{execute, query, scalar};
use aludel_testing::statement;
use support::connect;

// conforms: D10.11
#[tokio::test]
async fn execute_many_keeps_the_order_and_adds_up() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (id serial, a int, b text)").await.unwrap();
    let insert = statement("insert into n (a, b) values ($1, $2)", StatementKind::Dml);
    let sets: Vec<_> = (0..1000)
        .map(|n| {
            let word = if n % 3 == 0 { Value::Null } else { Value::from(n.to_string()) };
            vec![if n % 7 == 0 { Value::Null } else { Value::Int(n) }, word]
        })
        .collect();
    for transaction in [true, false] {
        if transaction {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
        }
        let done = connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap();
        assert_eq!(done.rowcount, 1000);
        let rows = query(&mut connection, "select a, b from n order by id", &[]).await.unwrap();
        assert_eq!(rows, sets);
        if transaction {
            connection.rollback().await.unwrap();
        }
    }
    let none = connection
        .execute_many(&insert, &[], &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap();
    assert_eq!(none.rowcount, 0);
}

#[tokio::test]
async fn execute_many_takes_sets_of_different_kinds() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a float8)").await.unwrap();
    let insert = statement("insert into n values ($1)", StatementKind::Dml);
    let sets =
        [vec![Value::Null], vec![Value::Int(1)], vec![Value::Float(2.5)], vec![Value::Int(3)]];
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap()
            .rowcount,
        4
    );
    let sum = scalar(&mut connection, "select sum(a) from n", &[]).await.unwrap();
    assert_eq!(sum, Value::Float(6.5));
}

#[tokio::test]
async fn execute_many_stops_at_the_first_failure() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int unique)").await.unwrap();
    let insert = statement("insert into n values ($1)", StatementKind::Dml);
    let sets: Vec<_> = (0..300).map(|n| vec![Value::Int(if n == 100 { 5 } else { n })]).collect();
    let count = "select count(*) from n";

    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert!(error.is_unique_violation());
    assert!(error.message().starts_with("parameter set number 101: "), "{error}");
    assert!(connection.is_usable());
    connection.rollback().await.unwrap();
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(0));

    // Without a transaction nothing behind the failure may be executed.
    assert!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap_err()
            .is_unique_violation()
    );
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(100));

    // Nor behind a set that cannot be sent, though the server knows nothing of that failure.
    execute(&mut connection, "delete from n").await.unwrap();
    let mut sets: Vec<_> = (0..300).map(|n| vec![Value::Int(n)]).collect();
    sets[100] = vec![];
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.message().starts_with("parameter set number 101: "), "{error}");
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(100));
    connection.rollback().await.unwrap();

    // Text where the server wants a number is found when it is to be bound.
    let inferred: Vec<_> = (0..300).map(|_| vec![Value::Null]).collect();
    let mut sets = inferred;
    sets[70] = vec![Value::from("seventy")];
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.message().starts_with("parameter set number 71: "), "{error}");
    assert_eq!(scalar(&mut connection, count, &[]).await.unwrap(), Value::Int(70));
    connection.rollback().await.unwrap();
}

// fault: D15, Q04
#[tokio::test]
async fn large_values_are_not_all_in_flight_at_once() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (id int, a bytea)").await.unwrap();
    let insert = statement("insert into n values ($1, $2)", StatementKind::Dml);
    let large = Value::Bytes(vec![7; 700_000].into());
    let sets: Vec<_> = (0..20).map(|n| vec![Value::Int(n), large.clone()]).collect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap()
            .rowcount,
        20
    );
    let sum = "select sum(id * length(a))::int8 from n";
    assert_eq!(scalar(&mut connection, sum, &[]).await.unwrap(), Value::Int(190 * 700_000));
    connection.rollback().await.unwrap();

    // More sets than are in flight at a time, the last of them bad.
    let mut sets: Vec<_> = (0..5_000).map(|n| vec![Value::Int(n), Value::Null]).collect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .await
            .unwrap()
            .rowcount,
        5_000
    );
    sets.push(vec![Value::Int(i64::MAX), Value::Null]);
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert!(error.message().starts_with("parameter set number 5001: "), "{error}");
    assert_eq!(error.kind(), ErrorKind::Data);
    connection.rollback().await.unwrap();
}
