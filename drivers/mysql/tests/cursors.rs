//! Rows in portions.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::time::Duration;

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, int, recover};
use aludel_testing::{Cell, Rows, raw, settle, statement, unique, within_bound};
use support::{Db, Table, assert_right_answers, doing, session};

both! {
    portions_of_any_size
    a_statement_without_rows
    rows_arrive_before_the_statement_ends
    a_cursor_dropped_unfinished_leaves_the_connection_usable
    a_dropped_cursors_late_failure_is_not_the_next_statements
    a_deadlock_behind_a_dropped_cursor_is_told
    an_endless_rest_is_not_waited_for
    a_forgotten_cursor_blocks_no_other
    errors_of_a_cursor
    an_error_behind_the_rows_of_a_cursor
    a_deadlock_behind_a_dropped_cursor_does_not_terminate_the_session
}

const SERIES: &str = "select seq, ? from seq_1_to_1000000 where seq <= ?";
const ENDLESS: &str = "select a.seq from seq_1_to_1000000 a, seq_1_to_1000000 b";

fn ints(rows: &Rows) -> Vec<i64> {
    let first = |row: &Vec<Cell>| match row[0] {
        Cell::Plain(Value::Int(value)) => value,
        _ => panic!("{row:?}"),
    };
    rows.rows.iter().map(first).collect()
}

fn portions_of_any_size(db: &Db) {
    let mut connection = db.connect();
    let series = statement(SERIES, StatementKind::Select);
    for (sql, params) in [
        (series.clone(), vec![Value::from("x"), Value::Int(10)]),
        (raw("select seq, 'y' from seq_1_to_10"), vec![]),
    ] {
        for portion in [1, 3, 10, 11, usize::MAX] {
            let mut rows = Rows::default();
            let mut cursor =
                connection.open_cursor(&sql, &params, &ExecutionOptions::DEFAULT).unwrap();
            assert_eq!(cursor.columns().len(), 2);
            assert!(cursor.fetch(0, &mut rows).unwrap());
            let mut portions = 1;
            while cursor.fetch(portion, &mut rows).unwrap() {
                assert_eq!(rows.rows.len(), portion * portions);
                portions += 1;
            }
            assert!(!cursor.fetch(portion, &mut rows).unwrap());
            assert!(!cursor.fetch(0, &mut rows).unwrap());
            assert_eq!(ints(&rows), (1..=10).collect::<Vec<_>>());
            cursor.close().unwrap();
            assert_right_answers(&mut *connection);
        }
    }
}

fn a_statement_without_rows(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let insert = statement(&format!("insert into {table} values (?)"), StatementKind::Dml);
    let mut cursor =
        connection.open_cursor(&insert, &[Value::Int(1)], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.columns().is_empty());
    assert!(!cursor.fetch(5, &mut Rows::default()).unwrap());
    cursor.close().unwrap();
    let returning = format!("insert into {table} values (?) returning a");
    let mut rows = Rows::default();
    let mut cursor = connection
        .open_cursor(&raw(&returning), &[Value::Int(2)], &ExecutionOptions::DEFAULT)
        .unwrap();
    assert!(!cursor.fetch(5, &mut rows).unwrap());
    drop(cursor);
    assert_eq!(ints(&rows), [2]);
    assert_eq!(int(&mut *connection, &format!("select count(*) from {table}")), 2);
    connection.rollback().unwrap();
}

// fault: Q05
fn rows_arrive_before_the_statement_ends(db: &Db) {
    let mut connection = db.connect();
    let slow = raw("select seq, repeat('x', 1000), sleep(seq > 200) from seq_1_to_1000");
    let mut rows = Rows::default();
    within_bound("a part of what takes minutes", || {
        let mut cursor = connection.open_cursor(&slow, &[], &ExecutionOptions::DEFAULT).unwrap();
        assert!(cursor.fetch(100, &mut rows).unwrap());
    });
    assert_eq!(rows.rows.len(), 100);
    assert_eq!(connection.release(), Released::Dirty);
    connection.terminate();
}

// fault: D03
fn a_cursor_dropped_unfinished_leaves_the_connection_usable(db: &Db) {
    let mut connection = db.connect();
    for fetched in [0, 7] {
        for _ in 0..2 {
            let series = statement(SERIES, StatementKind::Select);
            let params = [Value::Null, Value::Int(10_000)];
            let mut cursor =
                connection.open_cursor(&series, &params, &ExecutionOptions::DEFAULT).unwrap();
            cursor.fetch(fetched, &mut Rows::default()).unwrap();
            drop(cursor);
            assert!(connection.is_usable());
        }
        assert_right_answers(&mut *connection);
        let mut cursor = connection
            .open_cursor(&raw("select seq from seq_1_to_20000"), &[], &ExecutionOptions::DEFAULT)
            .unwrap();
        cursor.fetch(fetched, &mut Rows::default()).unwrap();
        cursor.close().unwrap();
        assert_right_answers(&mut *connection);
        connection.commit().unwrap();
    }
    // Given back with rows unread, it comes back without them.
    drop(
        connection
            .open_cursor(&raw("select seq from seq_1_to_20000"), &[], &ExecutionOptions::DEFAULT)
            .unwrap(),
    );
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).expect("it comes back");
    assert_right_answers(&mut *connection);
}

// fault: D03
fn a_dropped_cursors_late_failure_is_not_the_next_statements(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    let late = "select seq, cast(concat('9', if(seq < 400, '', repeat('9', 30))) as int) \
                + 9223372036854775000 from seq_1_to_500 where seq = 500 or seq < 100 or \
                (select seq union select if(seq < 400, seq, null)) is not null";
    for n in [1, 2] {
        let mut rows = Rows::default();
        let mut cursor =
            connection.open_cursor(&raw(late), &[], &ExecutionOptions::DEFAULT).unwrap();
        assert!(cursor.fetch(10, &mut rows).unwrap());
        drop(cursor);
        let insert = statement(&format!("insert into {table} values (?)"), StatementKind::Dml);
        let done = connection
            .execute_many(&insert, &[vec![Value::Int(n)]], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap();
        assert_eq!(done.rowcount, 1);
    }
    assert_eq!(int(&mut *connection, &format!("select count(*) from {table}")), 2);
    // Whoever waits for it hears it.
    let mut cursor = connection.open_cursor(&raw(late), &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(10, &mut Rows::default()).unwrap());
    cursor.fetch(10_000, &mut Rows::default()).unwrap_err();
    drop(cursor);
    assert_right_answers(&mut *connection);
    connection.rollback().unwrap();
}

// fault: T08, D03
fn a_deadlock_behind_a_dropped_cursor_is_told(db: &Db) {
    let table = Table::new(db, "id int primary key, a int, b longtext");
    let mut other = db.connect();
    let fill = format!("insert into {table} select seq, 0, repeat('x', 9999) from seq_1_to_300");
    execute(&mut *other, &fill).unwrap();
    other.commit().unwrap();
    // It has locked the last row and more than the cursor's transaction.
    execute(&mut *other, &format!("update {table} set a = 1 where id = 300")).unwrap();
    execute(&mut *other, &fill.replace("seq, 0", "seq + 1000, 0")).unwrap();

    let mut connection = db.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let insert = format!("insert into {table} values (9999, 1, 'first half')");
    execute(&mut *connection, &insert).unwrap();
    let id = session(&mut *connection);
    let select = raw(&format!("select * from {table} where id < 400 order by id for update"));
    let mut cursor = connection.open_cursor(&select, &[], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(5, &mut Rows::default()).unwrap());
    drop(cursor);
    let first = format!("update {table} set a = 2 where id = 1");
    let waiter = std::thread::spawn(move || {
        let outcome = execute(&mut *other, &first).map(drop);
        other.rollback().unwrap();
        outcome
    });
    let mut watch = db.connect();
    settle("the cursor's statement waits or the other does", || doing(&mut *watch, id).is_some());
    let insert = format!("insert into {table} values (8888, 1, 'second half')");
    let error = execute(&mut *connection, &insert).map(drop);
    let waited = waiter.join().unwrap();
    // One of the two was the victim. If it was ours, nothing of it may be committed.
    assert!(error.is_err() != waited.is_err(), "{error:?} {waited:?}");
    let aborted = error.is_err();
    if aborted {
        assert_eq!(error.unwrap_err().sqlstate(), Some("40001"));
        let refused = execute(&mut *connection, &insert).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PendingRollback);
        assert_eq!(connection.commit().unwrap_err().kind(), ErrorKind::TransactionAborted);
    } else {
        connection.commit().unwrap();
    }
    let halves = format!("select count(*) from {table} where b like '%half'");
    assert_eq!(int(&mut *watch, &halves), if aborted { 0 } else { 2 });
    watch.rollback().unwrap();
}

// fault: D03
fn an_endless_rest_is_not_waited_for(db: &Db) {
    let db = db.with_recovery_budget(Duration::from_millis(200));
    let mut other = db.connect();
    for way in 0..3 {
        let mut connection = db.connect();
        let id = session(&mut *connection);
        let mut cursor =
            connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap();
        assert!(cursor.fetch(10, &mut Rows::default()).unwrap());
        within_bound("the end of a cursor with endless rows", move || match way {
            0 => {
                let error = cursor.close().unwrap_err();
                assert!(error.message().contains("a cursor was ended"), "{error}");
            }
            _ => drop(cursor),
        });
        if way == 1 {
            let next = || execute(&mut *connection, "select 1").unwrap_err();
            let error = within_bound("the statement after it", next);
            assert!(error.message().contains("a cursor was ended"), "{error}");
        }
        assert_eq!(connection.is_usable(), way == 2);
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).is_none());
        settle("the server has stopped", || doing(&mut *other, id).is_none());
    }
}

// fault: B08, D07
fn a_forgotten_cursor_blocks_no_other(db: &Db) {
    let mut connection = db.connect();
    std::mem::forget(
        connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap(),
    );
    let error = execute(&mut *connection, "select 1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

fn assert_over(connection: &mut dyn Connection) {
    assert!(connection.is_usable());
    assert_right_answers(connection);
}

// fault: D11
// conforms: D7.06
fn errors_of_a_cursor(db: &Db) {
    let mut connection = db.connect();
    let missing = statement("select * from no_such_table", StatementKind::Select);
    assert!(
        connection
            .open_cursor(&missing, &[], &ExecutionOptions::DEFAULT)
            .err()
            .unwrap()
            .is_missing_table()
    );
    assert_over(&mut *connection);
    assert!(connection.open_cursor(&raw("select ?"), &[], &ExecutionOptions::DEFAULT).is_err());
    assert_over(&mut *connection);

    let mut cursor = connection
        .open_cursor(&raw("select seq from seq_1_to_100"), &[], &ExecutionOptions::DEFAULT)
        .unwrap();
    let mut sink = Rows { fail_at: Some(5), ..Rows::default() };
    let error = cursor.fetch(100, &mut sink).unwrap_err();
    assert_eq!(error.message(), "the sink had enough");
    // The failed row is gone, the others are not.
    let mut rest = Rows::default();
    assert!(!cursor.fetch(1000, &mut rest).unwrap());
    assert_eq!(ints(&rest), (7..=100).collect::<Vec<_>>());
    drop(cursor);
    assert_over(&mut *connection);
}

// fault: D11, D23
fn an_error_behind_the_rows_of_a_cursor(db: &Db) {
    let mut connection = db.connect();
    let name = unique("p");
    let create =
        format!("create procedure {name}() begin select 1 a; signal sqlstate '45000'; end");
    execute(&mut *connection, &create).unwrap();
    let call = raw(&format!("call {name}()"));
    for way in 0..3 {
        let mut rows = Rows::default();
        let mut cursor = connection.open_cursor(&call, &[], &ExecutionOptions::DEFAULT).unwrap();
        let heard = match way {
            0 => {
                let heard = cursor.fetch(5, &mut rows).map(drop);
                drop(cursor);
                heard
            }
            1 => cursor.close(),
            _ => {
                drop(cursor);
                Ok(())
            }
        };
        // The outcome of a dropped cursor is not awaited.
        assert_eq!(heard.err().as_ref().and_then(Error::sqlstate), (way < 2).then_some("45000"));
        assert_over(&mut *connection);
        connection.commit().unwrap();
    }
    execute(&mut *connection, &format!("drop procedure {name}")).unwrap();
}

// fault: T08, D03
fn a_deadlock_behind_a_dropped_cursor_does_not_terminate_the_session(db: &Db) {
    let mut connection = db.connect();
    let id = session(&mut *connection);
    let name = unique("p");
    let create = format!(
        "create procedure {name}() begin select 1; rollback; signal sqlstate '40001' set \
         mysql_errno = 1213; end"
    );
    execute(&mut *connection, &create).unwrap();
    let call = raw(&format!("call {name}()"));
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    drop(connection.open_cursor(&call, &[], &ExecutionOptions::DEFAULT).unwrap());
    // The rows are read only now, and what they end in is over.
    connection.rollback().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    drop(connection.open_cursor(&call, &[], &ExecutionOptions::DEFAULT).unwrap());
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).expect("it comes back");
    assert_eq!(session(&mut *connection), id);
    execute(&mut *connection, &format!("drop procedure {name}")).unwrap();
}
