//! Errors of the database: their kinds, and the names in them.

use aludel_core::dbapi::{Connection, Driver};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_sqlite::SqliteDriver;

use crate::support::{Folder, Short, connect, memory};

fn schema() -> Box<dyn Connection> {
    memory(&[
        "create table parent (id integer primary key, name text unique)",
        "create table child (id integer not null references parent, \
         n integer constraint positive check (n > 0), unique (id, n))",
        "create table plain (k text, v text, primary key (k)) without rowid",
        "create table folded (name text)",
        "create unique index lowered on folded (lower(name))",
        "insert into folded values ('a')",
        "create table strict_one (a integer) strict",
        "insert into parent values (1, 'a')",
        "insert into child values (1, 1)",
        "insert into plain values ('k', 'v')",
    ])
}

/// What an integrity error names: constraint, table, column.
fn names(error: &Error) -> (Option<&str>, Option<&str>, Option<&str>) {
    (error.constraint(), error.table(), error.column())
}

// conforms: D4.04
#[test]
fn violations_are_told_apart_and_named() {
    let mut connection = schema();
    let mut refused = |sql: &str| {
        let error = connection.run(sql).unwrap_err();
        assert!(error.is_integrity() && !error.is_retryable() && !error.is_disconnect(), "{error}");
        error
    };
    let unique = refused("insert into parent values (2, 'a')");
    assert!(unique.is_unique_violation());
    assert_eq!(names(&unique), (None, Some("parent"), Some("name")));
    let key = refused("insert into parent values (1, 'b')");
    assert!(key.is_unique_violation());
    assert_eq!(names(&key), (None, Some("parent"), Some("id")));
    let pair = refused("insert into child values (1, 1)");
    assert!(pair.is_unique_violation());
    assert_eq!(names(&pair), (None, Some("child"), Some("id")));
    assert_eq!(pair.columns(), ["id", "n"]);
    let text_key = refused("insert into plain values ('k', 'w')");
    assert!(text_key.is_unique_violation());
    assert_eq!(names(&text_key), (None, Some("plain"), Some("k")));
    let index = refused("insert into folded values ('A')");
    assert!(index.is_unique_violation());
    assert_eq!(names(&index), (Some("lowered"), None, None));
    let null = refused("insert into child values (null, 2)");
    assert!(null.is_not_null_violation());
    assert_eq!(names(&null), (None, Some("child"), Some("id")));
    let check = refused("insert into child values (1, -1)");
    assert!(check.is_check_violation());
    assert_eq!(names(&check), (Some("positive"), None, None));
    let foreign = refused("insert into child values (99, 2)");
    assert!(foreign.is_foreign_key_violation());
    assert_eq!(foreign.sqlstate(), Some("787"));
}

#[test]
fn values_that_a_column_does_not_take_are_errors_of_data() {
    let mut connection = schema();
    let error = connection.run("insert into strict_one values ('x')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert_eq!(names(&error), (None, Some("strict_one"), Some("a")));
    let error = connection.run("insert into parent values ('x', 'y')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    let error = connection.run("select abs(-9223372036854775807 - 1)").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    let error = connection.run("select json('{')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

#[test]
fn wrong_statements_are_errors_of_the_program() {
    let mut connection = schema();
    for sql in ["selec 1", "select (1", "select 1 from", "select 'x"] {
        let error = connection.run(sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming, "{sql}: {error}");
        assert!(error.is_syntax_error(), "{sql}: {error}");
    }
    let table = connection.run("select * from nowhere").unwrap_err();
    assert!(table.is_missing_table() && !table.is_syntax_error());
    assert_eq!((table.kind(), table.table()), (ErrorKind::Programming, Some("nowhere")));
    let column = connection.run("select absent from parent").unwrap_err();
    assert_eq!((column.kind(), column.column()), (ErrorKind::Programming, Some("absent")));
    let function = connection.run("select no_such_function()").unwrap_err();
    assert_eq!(function.kind(), ErrorKind::Programming);
}

// fault: D14
#[test]
fn limits_are_told_before_they_hurt() {
    let mut connection = schema();
    let text = |count: usize| format!("select {}", vec!["?"; count].join("+"));
    let params = |count: usize| vec![Value::Int(1); count];
    assert_eq!(connection.query(&text(900), &params(900)).unwrap().rows[0][0], Value::Int(900));
    let sql = format!("select 1 where 1 in ({})", vec!["?"; 32_766].join(","));
    connection.query(&sql, &params(32_766)).unwrap();
    let sql = format!("select 1 where 1 in ({})", vec!["?"; 32_767].join(","));
    let error = connection.query(&sql, &params(32_767)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error}");
    assert!(error.message().contains("temporary table and join"), "{error}");
    let error = connection.query(&text(2000), &params(2000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error}");
    assert!(error.message().contains("SQLite counts the operands too"), "{error}");
    let error = connection.run("select randomblob(2000000000)").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

// fault: T19
#[test]
fn a_file_that_may_not_be_written_is_told() {
    let mut connection = schema();
    connection.run("pragma query_only = on").unwrap();
    let error = connection.run("insert into parent values (5, 'e')").unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("8")));
    assert!(!error.is_busy() && !error.is_retryable() && !error.is_disconnect());
}

// fault: T19
#[test]
fn a_damaged_file_is_told() {
    let folder = Folder::new();
    let path = folder.path("t.db");
    let driver = SqliteDriver::file(&path).unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    connection
        .run(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) \
              insert into t select i || 'some text' from n",
        )
        .unwrap();
    connection.close();
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 12_000, "the table fits into too few pages");
    for byte in &mut bytes[4096..] {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    let error = connect(&driver).run("select sum(length(a)) from t").unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("11")));
    assert!(error.message().contains("damaged"), "{error}");
}

// fault: S08
#[test]
fn bound_values_are_not_in_errors() {
    let mut connection = schema();
    for sql in ["insert into parent values (1, ?)", "insert into strict_one values (?)"] {
        let error = connection.query(sql, &[Value::from("canary")]).unwrap_err();
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains("canary"), "{printed}");
    }
    let driver = SqliteDriver::memory().unwrap();
    assert_eq!(driver.name(), "rusqlite");
}

/// SQLite would take a column that does not exist, written in double quotes, for text.
#[test]
fn a_quoted_column_that_does_not_exist_is_an_error() {
    let mut connection = memory(&["create table t (a integer)"]);
    let error = connection.query("select \"nmae\" from t", &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Programming);
    assert!(error.message().contains("nmae"), "{error}");
}
