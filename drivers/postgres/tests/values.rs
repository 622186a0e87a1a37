//! Values: what goes in comes out, to the extremes, and what does not fit says so.

mod support;

use aludel_core::dbapi::{
    AsyncConnection, ExecutionOptions, NoRows, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_testing::awaited::{execute, query, scalar};
use aludel_testing::{Cell, Rows, raw, statement};
use support::{assert_right_answers, connect};

// fault: D15, D19
#[tokio::test]
async fn bound_values_come_back_as_what_they_were() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for value in [
        Value::Null,
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Int(-1),
        Value::Float(f64::MAX),
        Value::Float(f64::MIN_POSITIVE / 4.0),
        Value::Float(f64::NEG_INFINITY),
        Value::from(""),
        Value::from("h\u{e4}\u{1f980}'\\\"$1"),
        Value::from("x".repeat(3_000_000)),
        Value::Bytes([].into()),
        Value::Bytes((0..=255).collect()),
        Value::Bytes(vec![0; 3_000_000].into()),
    ] {
        let back = scalar(&mut connection, "select $1", std::slice::from_ref(&value)).await;
        assert_eq!(back.unwrap(), value);
    }
    for odd in [f64::NAN, -0.0] {
        let back = scalar(&mut connection, "select $1", &[Value::Float(odd)]).await.unwrap();
        let Value::Float(back) = back else { panic!("{back:?}") };
        assert_eq!(back.is_nan(), odd.is_nan());
        assert_eq!(back.is_sign_negative(), odd.is_sign_negative());
    }
}

// fault: D16, D19
#[tokio::test]
async fn columns_of_each_type_are_read() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let sql = "select true, (-32768)::int2, (-2147483648)::int4, 9223372036854775807::int8, \
               1.5::float4, '-Infinity'::float8, 'a'::text, 'b'::varchar(3), 'c'::char(3), \
               'd'::name, '\\x00ff'::bytea, null::int4, null::text, null::uuid";
    let row = query(&mut connection, sql, &[]).await.unwrap().remove(0);
    let expected = [
        Value::Bool(true),
        Value::Int(-32768),
        Value::Int(-2_147_483_648),
        Value::Int(i64::MAX),
        Value::Float(1.5),
        Value::Float(f64::NEG_INFINITY),
        Value::from("a"),
        Value::from("b"),
        Value::from("c  "),
        Value::from("d"),
        Value::Bytes([0, 255].into()),
        Value::Null,
        Value::Null,
        Value::Null,
    ];
    assert_eq!(row, expected);

    let mut rows = Rows::default();
    let select = raw("select '(1,2)'::point, 5::money");
    connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut rows).await.unwrap();
    let [Cell::Wire(600, point), Cell::Wire(790, _)] = &rows.rows[0][..] else {
        panic!("{rows:?}")
    };
    assert_eq!(point.len(), 16);
}

#[tokio::test]
async fn an_enum_is_text() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let name = aludel_testing::unique("mood");
    execute(&mut connection, &format!("create type {name} as enum ('glad', 'sad')")).await.unwrap();
    let sql = format!("select $1::{name}");
    let back = scalar(&mut connection, &sql, &[Value::from("sad")]).await.unwrap();
    assert_eq!(back, Value::from("sad"));
    execute(&mut connection, &format!("drop type {name}")).await.unwrap();
}

#[tokio::test]
async fn text_is_read_as_the_type_that_the_statement_wants() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    for (sql, given, back) in [
        ("select $1::uuid::text", "00000000-0000-0000-0000-0000000000ff", None),
        ("select ($1::date + 1)::text", "2026-02-28", Some("2026-03-01")),
        ("select ($1::numeric * 2)::text", "0.1", Some("0.2")),
        ("select ($1::jsonb -> 'a')::text", r#"{"a": [1]}"#, Some("[1]")),
        ("select ($1::timestamptz at time zone 'utc')::text", "infinity", Some("infinity")),
    ] {
        let got = scalar(&mut connection, sql, &[Value::from(given)]).await.unwrap();
        assert_eq!(got, Value::from(back.unwrap_or(given)), "{sql}");
    }
    let error = scalar(&mut connection, "select $1::uuid", &[Value::from("no")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.sqlstate(), Some("22P02"));
}

// fault: D18, D20
#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (small int2, word text)").await.unwrap();
    let insert = raw("insert into n (small) values ($1)");
    let error = connection
        .execute(&insert, &[Value::Int(40_000)], &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.sqlstate(), Some("22003"));

    // Text where the server inferred a number: known only after preparing, refused before sending.
    let error = connection
        .execute(&insert, &[Value::from("12")], &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.message().starts_with("parameter $1: text was bound"), "{error}");
    assert!(error.message().contains("int2"), "{error}");

    let insert = raw("insert into n (word) values ($1)");
    let error = connection
        .execute(&insert, &[Value::from("a\0b")], &ExecutionOptions::DEFAULT, &mut NoRows)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(connection.is_usable());
    assert_right_answers(&mut connection).await;
}

#[tokio::test]
async fn a_refused_parameter_leaves_the_transaction_that_began_with_it() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (small int2)").await.unwrap();
    let insert = raw("insert into n values ($1)");
    // The first use prepares; the second one finds the statement and sends BEGIN by itself.
    for _ in 0..2 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let refused = connection
            .execute(&insert, &[Value::from("1")], &ExecutionOptions::DEFAULT, &mut NoRows)
            .await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Data);
        assert_right_answers(&mut connection).await;
        connection.commit().await.unwrap();
    }
}

// fault: D16
#[tokio::test]
async fn null_goes_with_every_preparation() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    execute(&mut connection, "create temporary table n (a int4, b text)").await.unwrap();
    let insert = raw("insert into n values ($1, $2) returning a, b");
    for (params, statements) in [
        ([Value::Int(1), Value::from("x")], 2),
        ([Value::Null, Value::from("x")], 2),
        ([Value::Int(1), Value::Null], 2),
        ([Value::Null, Value::Null], 2),
    ] {
        let mut rows = Rows::default();
        connection.execute(&insert, &params, &ExecutionOptions::DEFAULT, &mut rows).await.unwrap();
        assert_eq!(rows.values(), [params.to_vec()]);
        assert_eq!(connection.cached_statements(), statements);
    }
}

// fault: D14
#[tokio::test]
async fn the_number_of_parameters_is_checked() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let numbers = |count: i64| (1..=count).map(Value::Int).collect::<Vec<_>>();
    let places = |count| (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
    let select = format!("select 65535 = any(array[{}])", places(65_535));
    let found = scalar(&mut connection, &select, &numbers(65_535)).await.unwrap();
    assert_eq!(found, Value::Bool(true));
    let error = scalar(&mut connection, "select 1", &numbers(65_536)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("65536"), "{error}");
    assert!(error.message().contains("temporary table and join"), "{error}");
    let all = "select count(*) from generate_series(1, 3) n \
               where n = ANY (string_to_array($1, ',')::bigint[])";
    assert!(error.message().contains(&all[all.find("= ANY").unwrap()..]), "{error}");
    let found = scalar(&mut connection, all, &[Value::from("2,3,4")]).await.unwrap();
    assert_eq!(found, Value::Int(2));
    let error = scalar(&mut connection, "select $1, $2", &numbers(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(
        error.message().contains("1 value was bound, but the number of parameters is 2"),
        "{error}"
    );
    assert_right_answers(&mut connection).await;
}

// fault: D16
#[tokio::test]
async fn results_of_odd_shapes() {
    let driver = driver!();
    let mut connection = connect(&driver).await;
    let run = async |connection: &mut aludel_postgres::PostgresConnection, sql: &str| {
        let mut rows = Rows::default();
        let done = connection
            .execute(&raw(sql), &[], &ExecutionOptions::DEFAULT, &mut rows)
            .await
            .unwrap();
        (rows.columns.is_some(), rows.rows.len(), done.rowcount)
    };
    assert_eq!(run(&mut connection, "select 1 where false").await, (true, 0, 0));
    assert_eq!(run(&mut connection, "select from generate_series(1, 3)").await, (false, 3, 3));
    assert_eq!(run(&mut connection, "").await, (false, 0, 0));
    assert_eq!(run(&mut connection, "-- nothing").await, (false, 0, 0));
    assert_eq!(run(&mut connection, "create temporary table n (a int)").await, (false, 0, 0));
    assert_eq!(run(&mut connection, "insert into n values (1), (2)").await, (false, 0, 2));
    let wide = (0..1600).map(|n| format!("{n} as c{n}")).collect::<Vec<_>>().join(", ");
    let row = query(&mut connection, &format!("select {wide}"), &[]).await.unwrap().remove(0);
    assert_eq!(row[1599], Value::Int(1599));
    let define = statement("create index on n (a)", StatementKind::Ddl);
    let before = connection.cached_statements();
    connection.execute(&define, &[], &ExecutionOptions::DEFAULT, &mut NoRows).await.unwrap();
    assert_eq!(connection.cached_statements(), before);
}
