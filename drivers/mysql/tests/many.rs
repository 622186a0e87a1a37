//! One statement for many sets of parameters.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::thread;
use std::time::Duration;

use aludel_core::dbapi::{ExecutionOptions, NoRows, StatementKind, TransactionOptions};
use aludel_core::error::ErrorKind;
use aludel_core::value::{DateTime, Interval, Value};
use aludel_testing::blocking::{execute, int, query, scalar};
use aludel_testing::statement;
use support::{Db, Table, assert_right_answers, session};

both! {
    execute_many_keeps_the_order_and_adds_up
    execute_many_stops_at_the_first_failure
    each_set_has_kinds_of_its_own
    a_kill_in_the_middle_is_no_success
    what_triggers_change_is_not_counted
    execute_many_throws_rows_away
    without_a_cache_many_sets_need_one_statement
    what_failed_sets_prepared_is_closed
}

// conforms: D10.11
fn execute_many_keeps_the_order_and_adds_up(db: &Db) {
    let table = Table::new(db, "id int auto_increment primary key, a int, b text");
    let mut connection = db.connect();
    let insert =
        statement(&format!("insert into {table} (a, b) values (?, ?)"), StatementKind::Dml);
    let sets: Vec<_> = (0..500)
        .map(|n| {
            let word = if n % 3 == 0 { Value::Null } else { Value::from(n.to_string()) };
            vec![if n % 7 == 0 { Value::Null } else { Value::Int(n) }, word]
        })
        .collect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        500
    );
    let sql = format!("select a, b from {table} order by id");
    assert_eq!(query(&mut *connection, &sql, &[]).unwrap(), sets);
    assert_eq!(
        connection
            .execute_many(&insert, &[], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        0
    );
    // Sets of different kinds, and a statement without parameters.
    let kinds = [vec![Value::Float(2.5), Value::Int(3)], vec![Value::from("4"), Value::Null]];
    assert_eq!(
        connection
            .execute_many(&insert, &kinds, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        2
    );
    let more = statement(&format!("insert into {table} (a) values (1)"), StatementKind::Dml);
    assert_eq!(
        connection
            .execute_many(&more, &[vec![], vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        2
    );
    connection.rollback().unwrap();
}

fn execute_many_stops_at_the_first_failure(db: &Db) {
    let table = Table::new(db, "a int unique");
    let mut connection = db.connect();
    let insert = statement(&format!("insert into {table} values (?)"), StatementKind::Dml);
    let good: Vec<_> = (0..300).map(|n| vec![Value::Int(n)]).collect();
    let count = format!("select count(*) from {table}");
    for (bad, kind) in [
        (vec![Value::Int(5)], ErrorKind::Integrity),
        (vec![], ErrorKind::Argument),
        (vec![Value::from("one hundred")], ErrorKind::Data),
        (vec![Value::Float(f64::NAN)], ErrorKind::Data),
    ] {
        let mut sets = good.clone();
        sets[100] = bad;
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let error = connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().starts_with("parameter set number 101: "), "{error}");
        assert!(connection.is_usable());
        // What ran before stays in the transaction, and nothing ran behind it.
        assert_eq!(int(&mut *connection, &count), 100);
        connection.rollback().unwrap();
        assert_eq!(int(&mut *connection, &count), 0);
        connection.rollback().unwrap();
    }
}

fn each_set_has_kinds_of_its_own(db: &Db) {
    let table = Table::new(db, "id int primary key, a text");
    let mut connection = db.connect();
    execute(&mut *connection, &format!("insert into {table} select seq, '' from seq_1_to_2"))
        .unwrap();
    let moment: DateTime = "2020-01-02 03:04:05.000006".parse().unwrap();
    let size = (26 * 3600 + 3 * 60 + 4) * 1_000_000;
    for (set, first, second, stored) in [
        ("?", Value::Int(1), Value::Float(2.5), ["1", "2.5"]),
        ("?", Value::Float(2.5), Value::Int(7), ["2.5", "7"]),
        ("?", Value::UInt(u64::MAX), Value::Int(-1), ["18446744073709551615", "-1"]),
        ("?", Value::Int(1), Value::from("two"), ["1", "two"]),
        (
            "?",
            moment.into(),
            Interval::from_micros(-size).into(),
            ["2020-01-02 03:04:05.000006", "-26:03:04"],
        ),
        // NULL has no kind, and so the number decides what is written in hexadecimal.
        ("hex(coalesce(?, 255))", Value::from("255"), Value::Null, ["323535", "FF"]),
    ] {
        let sql = format!("update {table} set a = {set} where id = ?");
        let sets = [vec![first, Value::Int(1)], vec![second, Value::Int(2)]];
        let update = statement(&sql, StatementKind::Dml);
        let outcome =
            connection.execute_many(&update, &sets, &ExecutionOptions::DEFAULT, &mut NoRows);
        assert_eq!(outcome.unwrap().rowcount, 2, "{sets:?}");
        let rows = query(&mut *connection, &format!("select a from {table} order by id"), &[]);
        assert_eq!(rows.unwrap(), stored.map(|text| vec![Value::from(text)]), "{sets:?}");
    }
    connection.rollback().unwrap();
}

/// MariaDB, given all sets in one command, may leave out those behind a KILL QUERY and report no error.
fn a_kill_in_the_middle_is_no_success(db: &Db) {
    const SETS: u64 = 3_000;
    let table = Table::new(db, "id int primary key, a int");
    let mut connection = db.connect();
    execute(&mut *connection, &format!("insert into {table} select seq, 0 from seq_1_to_{SETS}"))
        .unwrap();
    connection.commit().unwrap();
    let id = session(&mut *connection);
    let sql = format!("update {table} set a = a + 1 where id = ?");
    let update = statement(&sql, StatementKind::Dml);
    let sets: Vec<_> = (1..=SETS).map(|n| vec![Value::UInt(n)]).collect();
    for round in 0..20 {
        let mut other = db.connect();
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(1 + round));
            execute(&mut *other, &format!("kill query {id}")).unwrap();
        });
        let outcome =
            connection.execute_many(&update, &sets, &ExecutionOptions::DEFAULT, &mut NoRows);
        killer.join().unwrap();
        // What came behind the last set is for the next statement.
        let _ = execute(&mut *connection, "do 0");
        let done = int(&mut *connection, &format!("select count(*) from {table} where a = 1"));
        match outcome {
            Ok(outcome) => {
                assert_eq!(outcome.rowcount, SETS);
                assert_eq!(done.unsigned_abs(), SETS);
            }
            Err(error) => {
                assert_eq!(error.sqlstate(), Some("70100"), "{error}");
                let set = format!("parameter set number {}: ", done + 1);
                assert!(error.message().starts_with(&set), "{error}, but {done} ran");
            }
        }
        connection.rollback().unwrap();
    }
}

fn what_triggers_change_is_not_counted(db: &Db) {
    let table = Table::new(db, "id int primary key, a int");
    let log = Table::new(db, "id int, a int");
    let mut connection = db.connect();
    for sql in [
        format!("insert into {table} select seq, 0 from seq_1_to_4"),
        format!("insert into {log} select seq, 0 from seq_1_to_9"),
        format!(
            "create trigger {table}_log before update on {table} for each row update {log} set a = a + 1"
        ),
    ] {
        execute(&mut *connection, &sql).unwrap();
    }
    let update = statement(&format!("update {table} set a = ? where id = ?"), StatementKind::Dml);
    let sets: Vec<_> = (1..=4).map(|n| vec![Value::Int(n), Value::Int(n)]).collect();
    let outcome = connection.execute_many(&update, &sets, &ExecutionOptions::DEFAULT, &mut NoRows);
    assert_eq!(outcome.unwrap().rowcount, 4);
    assert_eq!(int(&mut *connection, &format!("select cast(sum(a) as int) from {log}")), 36);
    connection.rollback().unwrap();
}

fn execute_many_throws_rows_away(db: &Db) {
    let mut connection = db.connect();
    let select = statement("select ?, seq from seq_1_to_1000", StatementKind::Select);
    let sets: Vec<_> = (0..5).map(|n| vec![Value::Int(n)]).collect();
    connection.execute_many(&select, &sets, &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
    assert_right_answers(&mut *connection);
    assert_eq!(scalar(&mut *connection, "select ?", &[Value::Int(3)]).unwrap(), Value::Int(3));
}

const OPEN: &str = "select sum(if(variable_name = 'COM_STMT_CLOSE', -1, 1) * variable_value) \
                    from information_schema.session_status \
                    where variable_name in ('COM_STMT_PREPARE', 'COM_STMT_CLOSE')";

// fault: D26
fn without_a_cache_many_sets_need_one_statement(db: &Db) {
    let table = Table::new(db, "a int, open_ones int");
    let mut connection = db.with("statement_cache_size=0").connect();
    // Each set notes how many statements are open on the server while it runs.
    let insert = statement(&format!("insert into {table} select ?, ({OPEN})"), StatementKind::Dml);
    let sets: Vec<_> = (0..300).map(|n| vec![Value::Int(n)]).collect();
    for _ in 0..2 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        assert_eq!(
            connection
                .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
                .unwrap()
                .rowcount,
            300
        );
        let most = int(&mut *connection, &format!("select max(open_ones) from {table}"));
        assert!(most <= 2, "{most} on the server");
        connection.rollback().unwrap();
    }
}

// fault: D26
fn what_failed_sets_prepared_is_closed(db: &Db) {
    let table = Table::new(db, "a int unique");
    let mut connection = db.with("statement_cache_size=0").connect();
    let sets = [vec![Value::Int(1)], vec![Value::Int(1)]];
    for n in 0..30 {
        let sql = format!("insert into {table} values (? + {n})");
        let insert = statement(&sql, StatementKind::Dml);
        connection
            .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap_err();
        connection.execute(&insert, &sets[0], &ExecutionOptions::DEFAULT, &mut NoRows).unwrap_err();
    }
    let open = scalar(&mut *connection, &format!("select cast(({OPEN}) as int)"), &[]).unwrap();
    assert!(matches!(open, Value::Int(..=2)), "{open:?}");
    connection.rollback().unwrap();
}
