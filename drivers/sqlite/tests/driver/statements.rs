//! Statements: what they return, how they are counted, and what is refused before SQLite sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, ParamType, Statement, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_sqlite::{SqliteDriver, SqliteOptions};
use aludel_testing::{Panicking, Values, raw};

use crate::kind::with_rusqlite;
use crate::support::{Folder, Short, after_panic, connect, memory};

#[test]
fn rows_are_pushed_after_their_columns() {
    let mut connection =
        memory(&["create table t (a, b)", "insert into t values (1, 'x'), (2, 'y')"]);
    let kept = connection.query("select a, b as c from t order by a", &[]).unwrap();
    assert_eq!(kept.names(), ["a", "c"]);
    assert_eq!(
        kept.rows,
        [vec![Value::Int(1), Value::from("x")], vec![Value::Int(2), Value::from("y")]]
    );
}

#[test]
fn a_result_without_rows_has_columns_and_other_statements_have_none() {
    let mut connection = memory(&["create table t (a, b)"]);
    assert_eq!(connection.query("select * from t", &[]).unwrap().names(), ["a", "b"]);
    assert!(connection.query("insert into t values (1, 2)", &[]).unwrap().columns.is_none());
    let returning = connection.query("delete from t where a = 9 returning b", &[]).unwrap();
    assert_eq!(returning.names(), ["b"]);
}

#[test]
fn done_counts_changes_of_modifying_statements_and_rows_of_others() {
    let mut connection = memory(&["create table t (a integer primary key, b)"]);
    let mut done = |sql: &str| {
        let done = connection.run(sql).unwrap();
        (done.rowcount, done.lastrowid)
    };
    assert_eq!(done("insert into t (b) values (1), (1), (1)"), (3, Some(3)));
    assert_eq!(done("insert or ignore into t values (1, 9)"), (0, None));
    assert_eq!(done("/* hm */ replace into t values (7, 1)"), (1, Some(7)));
    assert_eq!(done("update t set b = 2 where a < 3"), (2, None));
    assert_eq!(done("select * from t"), (4, None));
    assert_eq!(done("delete from t where b = 2 returning a"), (2, None));
    assert_eq!(done("create table u (a)"), (0, None));
    assert_eq!(done("with x as (select 1) select * from x"), (1, None));
    assert_eq!(done("with x(y) as (values (1), (2)) insert into u select y from x"), (2, None));
    assert_eq!(done("pragma user_version"), (1, None));
    assert_eq!(done("insert into u values (5) returning a"), (1, Some(3)));
}

#[test]
fn columns_are_made_once_and_follow_the_schema() {
    let mut connection = memory(&["create table t (a, b)", "insert into t values (1, 2)"]);
    let select = raw("select * from t");
    let mut columns = || {
        let mut kept = Values::default();
        connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut kept).unwrap();
        (kept.columns.unwrap(), kept.rows[0].len())
    };
    let (first, _) = columns();
    assert!(Arc::ptr_eq(&first, &columns().0), "the columns were made again");
    connection.run("alter table t add column c default 3").unwrap();
    let mut columns = || {
        let mut kept = Values::default();
        connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut kept).unwrap();
        (kept.columns.unwrap(), kept.rows[0].len())
    };
    let (second, width) = columns();
    assert_eq!((second.names().collect::<Vec<_>>(), width), (vec!["a", "b", "c"], 3));
    assert!(Arc::ptr_eq(&second, &columns().0), "the columns were made again");
    connection.run("alter table t rename column b to d").unwrap();
    assert_eq!(connection.query("select * from t", &[]).unwrap().names(), ["a", "d", "c"]);
}

// fault: D13
#[test]
fn columns_follow_what_another_connection_does_to_the_schema() {
    let driver = SqliteDriver::memory().unwrap();
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    other.run("create table t (a)").unwrap();
    other.run("insert into t values (1)").unwrap();
    for (change, names) in [
        ("alter table t add column b", &["a", "b"][..]),
        ("alter table t rename column a to c", &["c", "b"]),
        ("alter table t drop column b", &["c"]),
    ] {
        connection.query("select * from t", &[]).unwrap();
        other.run(change).unwrap();
        for transaction in [true, false] {
            if transaction {
                connection.begin(&TransactionOptions::DEFAULT).unwrap();
            }
            let kept = connection.query("select * from t", &[]).unwrap();
            assert_eq!((kept.names(), kept.rows[0].len()), (names.to_vec(), names.len()));
            connection.rollback().unwrap();
        }
    }
}

#[test]
fn columns_follow_the_schema_however_the_text_is_spaced_and_whoever_empties_the_cache() {
    let mut connection = memory(&["create table t (a)"]);
    let texts = ["select * from t", "  select * from t\n"];
    for (change, flush, names) in [
        ("select 1", false, &["a"][..]),
        ("alter table t add column b", false, &["a", "b"]),
        ("alter table t add column c", true, &["a", "b", "c"]),
    ] {
        connection.run(change).unwrap();
        if flush {
            with_rusqlite(&mut *connection, |raw| raw.flush_prepared_statement_cache());
        }
        for text in texts {
            assert_eq!(connection.query(text, &[]).unwrap().names(), names, "{change}");
        }
    }
}

// fault: D13
#[test]
fn handles_and_texts_that_share_a_statement_all_see_a_change_of_the_schema() {
    let mut connection = memory(&["create table t (a)"]);
    let plain = raw("select * from t");
    let typed = plain.clone().with_param_types([ParamType::Integer]);
    let handles = [&plain, &typed, &raw(" select * from t ")]
        .map(|statement| connection.prepare(statement, &ExecutionOptions::DEFAULT).unwrap());
    for (change, flush, expected) in [
        ("select 1", false, &["a"][..]),
        ("alter table t add column b", false, &["a", "b"]),
        ("alter table t add column c", true, &["a", "b", "c"]),
        ("alter table t rename column a to d", false, &["d", "b", "c"]),
    ] {
        connection.run(change).unwrap();
        if flush {
            with_rusqlite(&mut *connection, |raw| raw.flush_prepared_statement_cache());
        }
        for statement in [&plain, &typed] {
            let mut kept = Values::default();
            connection.execute(statement, &[], &ExecutionOptions::DEFAULT, &mut kept).unwrap();
            assert_eq!(kept.names(), expected, "{change}");
        }
        for handle in handles {
            let mut kept = Values::default();
            let options = ExecutionOptions::DEFAULT;
            connection.execute_prepared(handle, &[], &options, &mut kept).unwrap();
            assert_eq!(kept.names(), expected, "{change}");
        }
    }
}

/// A SELECT of one row is not stepped behind it once it has run often, and is again when the schema lets it have
/// several.
#[test]
fn a_select_by_key_has_all_its_rows_when_its_key_is_no_key_any_more() {
    let folder = Folder::new();
    let driver = SqliteDriver::file(folder.path("t.db")).unwrap();
    let (mut connection, mut other) = (connect(&driver), connect(&driver));
    connection.run("create table t (a, b)").unwrap();
    connection.run("create unique index of_a on t (a)").unwrap();
    connection.run("insert into t values (1, 'x'), (2, 'y')").unwrap();
    let select = Statement::new("select b from t where a = ?", StatementKind::Select).unwrap();
    let handle = connection.prepare(&select, &ExecutionOptions::DEFAULT).unwrap();
    let rows = |connection: &mut Box<dyn Connection>, key: i64| {
        let (mut kept, options) = (Values::default(), ExecutionOptions::DEFAULT);
        let done =
            connection.execute_prepared(handle, &[Value::Int(key)], &options, &mut kept).unwrap();
        assert_eq!(done.rowcount, kept.rows.len() as u64);
        kept.rows.concat()
    };
    for by_other in [false, true] {
        for _ in 0..20 {
            assert_eq!(rows(&mut connection, 1), [Value::from("x")]);
            assert_eq!(rows(&mut connection, 2), [Value::from("y")]);
            assert_eq!(rows(&mut connection, 3), []);
        }
        let changes = if by_other { &mut other } else { &mut connection };
        changes.run("drop index of_a").unwrap();
        changes.run("insert into t values (1, 'z')").unwrap();
        for _ in 0..20 {
            assert_eq!(rows(&mut connection, 1), [Value::from("x"), Value::from("z")]);
        }
        connection.run("delete from t where b = 'z'").unwrap();
        connection.run("create unique index of_a on t (a)").unwrap();
    }
}

#[test]
fn the_pragma_that_the_driver_answers_runs_by_a_handle_too() {
    let mut connection = memory(&[]);
    let handle =
        connection.prepare(&raw("pragma busy_timeout = 70"), &ExecutionOptions::DEFAULT).unwrap();
    assert_eq!(connection.int("pragma busy_timeout"), 5000, "preparing it has executed it");
    let mut kept = Values::default();
    connection.execute_prepared(handle, &[], &ExecutionOptions::DEFAULT, &mut kept).unwrap();
    assert_eq!(kept.rows, [vec![Value::Int(70)]]);
    assert_eq!(connection.int("pragma busy_timeout"), 70);
}

// fault: D26
#[test]
fn more_statements_than_the_cache_holds_are_no_trouble() {
    let mut connection = memory(&[]);
    for round in 0..2 {
        for number in 0..1000 {
            assert_eq!(connection.int(&format!("select {number} + {round}")), number + round);
        }
    }
}

#[test]
fn columns_follow_the_schema_after_the_statement_left_the_cache() {
    let driver = SqliteDriver::memory().unwrap();
    let driver = driver.with_options(SqliteOptions::new().statement_cache_size(2)).unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    connection.run("insert into t values (1)").unwrap();
    assert_eq!(connection.query("select * from t", &[]).unwrap().names(), ["a"]);
    assert_eq!(connection.query("  select * from t\n", &[]).unwrap().names(), ["a"]);
    connection.run("alter table t rename to u").unwrap();
    connection.run("create table t (x, y)").unwrap();
    for number in 0..10 {
        connection.run(&format!("select {number}")).unwrap();
    }
    assert_eq!(connection.query("select * from t", &[]).unwrap().names(), ["x", "y"]);
    assert_eq!(connection.query("  select * from t\n", &[]).unwrap().names(), ["x", "y"]);
}

#[test]
fn a_cache_of_no_size_works_too() {
    let driver = SqliteDriver::memory().unwrap();
    let driver = driver.with_options(SqliteOptions::new().statement_cache_size(0)).unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    for number in 1..5 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.run("insert into t values (1)").unwrap();
        connection.commit().unwrap();
        assert_eq!(connection.int("select count(*) from t"), number);
    }
}

#[test]
fn statements_that_define_are_not_cached() {
    let mut connection = memory(&[]);
    let create = Statement::new("create table t (a)", StatementKind::Ddl).unwrap();
    let drop = Statement::new("drop table t", StatementKind::Ddl).unwrap();
    for _ in 0..3 {
        connection.execute(&create, &[], &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
        connection.execute(&drop, &[], &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
    }
    assert_eq!(connection.int("select count(*) from sqlite_schema"), 0);
}

#[test]
fn the_number_of_values_must_be_right() {
    let mut connection = memory(&[]);
    let two = [Value::Int(1), Value::Int(2)];
    for (sql, params, message) in [
        ("select ?, ?", &two[..1], "1 value was bound, but the number of parameters is 2"),
        ("select ?", &two[..], "2 values were bound, but the number of parameters is 1"),
        ("select 1", &two[..], "2 values were bound, but the number of parameters is 0"),
        ("select ?", &[], "0 values were bound, but the number of parameters is 1"),
    ] {
        let error = connection.query(sql, params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().starts_with(message), "{error}");
    }
    assert_eq!(connection.query("select ?2, ?1", &two).unwrap().rows[0][0], Value::Int(2));
}

#[test]
fn values_of_an_earlier_execution_do_not_come_back() {
    let mut connection = memory(&[]);
    assert_eq!(connection.query("select ?", &[Value::Int(5)]).unwrap().rows[0][0], Value::Int(5));
    assert_eq!(connection.query("select ?", &[Value::Null]).unwrap().rows[0][0], Value::Null);
}

#[test]
fn one_statement_at_a_time() {
    let mut connection = memory(&["create table t (a)"]);
    for sql in ["select 1; select 2", "insert into t values (1); drop table t"] {
        let error = connection.run(sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming, "{error}");
        assert!(error.message().contains("more than one statement"), "{error}");
    }
    assert_eq!(connection.int("select count(*) from t"), 0);
    assert_eq!(connection.int(" select 1 ; -- that is all\n ;"), 1);
    for sql in ["", "  ", "-- nothing", ";", "/* a */ ; ;"] {
        let error = connection.run(sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming, "{sql:?}: {error}");
        assert!(error.message().contains("no statement"), "{error}");
    }
}

#[test]
fn many_sets_run_in_order_and_stop_at_the_first_refusal() {
    let mut connection = memory(&["create table t (a integer primary key)"]);
    let insert = raw("insert into t values (?)");
    let sets: Vec<_> = (0..200).map(|number| vec![Value::Int(number)]).collect();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        200
    );
    assert_eq!(
        connection
            .execute_many(&insert, &[], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        0
    );
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let sets: Vec<_> = [300, 301, 5, 302].map(|number| vec![Value::Int(number)]).into();
    let error = connection
        .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(connection.int("select count(*) from t where a >= 300"), 2);
    connection.rollback().unwrap();
    let returning = raw("update t set a = a where a = ? returning a");
    let sets = [vec![Value::Int(1)], vec![Value::Int(900)], vec![Value::Int(2)]];
    assert_eq!(
        connection
            .execute_many(&returning, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        2
    );
    let error = connection
        .execute_many(
            &insert,
            &[vec![Value::Int(901)], vec![]],
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )
        .unwrap_err();
    assert!(error.message().contains("parameter set number 2"), "{error}");
}

// fault: D12
#[test]
fn a_sink_that_fails_ends_the_statement_only() {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    connection.run("insert into t values (1), (2), (3)").unwrap();
    for fail_at in 0..3 {
        let mut sink = Values { fail_at: Some(fail_at), ..Values::default() };
        let error = connection
            .execute(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT, &mut sink)
            .unwrap_err();
        assert_eq!(error.message(), "the sink had enough");
        assert_eq!(sink.rows.len(), fail_at);
        // No read lock is left: another connection can write.
        connect(&driver).run("update t set a = a").unwrap();
        assert_eq!(connection.int("select count(*) from t"), 3);
    }
}

#[test]
fn a_sink_that_panics_leaves_the_connection_usable() {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    connection.run("insert into t values (1), (2)").unwrap();
    let select = raw("select a from t");
    let caught = catch_unwind(AssertUnwindSafe(|| {
        connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut Panicking)
    }));
    assert!(caught.is_err());
    let mut connection = after_panic(connection);
    connect(&driver).run("update t set a = a").unwrap();
    assert!(connection.is_usable());
    assert_eq!(connection.query("select a from t", &[]).unwrap().rows.len(), 2);
}

#[test]
fn busy_timeout_is_ours() {
    let mut connection = memory(&[]);
    assert_eq!(connection.int("pragma busy_timeout"), 5000);
    assert_eq!(connection.query("PRAGMA busy_timeout = 70", &[]).unwrap().names(), ["timeout"]);
    assert_eq!(connection.int("pragma main.busy_timeout;"), 70);
    assert_eq!(connection.int("pragma busy_timeout(-5)"), 0);
    let error = connection.run("pragma busy_timeout = soon").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let error = connection.run("pragma busy_timeout = 9; drop table t").unwrap_err();
    assert!(error.message().contains("more than one statement"), "{error}");
    assert_eq!(connection.int("explain pragma busy_timeout"), 0, "nothing was changed");
    let mut kept = Values::default();
    let mut cursor = connection
        .open_cursor(&raw("pragma busy_timeout = 8"), &[], &ExecutionOptions::DEFAULT)
        .unwrap();
    assert_eq!(cursor.columns().names().collect::<Vec<_>>(), ["timeout"]);
    assert!(!cursor.fetch(5, &mut kept).unwrap());
    assert_eq!(kept.rows, [[Value::Int(8)]]);
}
