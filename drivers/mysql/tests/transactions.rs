//! Transactions: what they cost, what the server does to them, and that their ends are reported as they
//! were.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::thread;

use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, give_back, int, query, recover, scalar};
use aludel_testing::proxy::{Cut, mentions, round_trips};
use aludel_testing::{Rows, settle, statement, unique};
use support::{Db, Table, assert_right_answers, proxied, session};

both! {
    nothing_sent_costs_nothing
    a_transactional_select_costs_one_round_trip
    commit_and_rollback_do_what_they_say
    what_is_open_does_not_reach_the_next_borrower
    autocommit_stays_off
    a_deadlock_ends_the_transaction_and_a_lock_wait_does_not
    a_deadlock_behind_a_failed_sink_is_told
    a_statement_that_commits_by_itself
    a_transaction_that_the_program_ended_is_not_committed
    a_savepoint_that_an_implicit_commit_has_ended
    savepoints_are_no_ends
    a_commit_whose_answer_is_lost_is_unknown
    a_read_only_transaction_is_the_servers_to_refuse
}

fn nothing_sent_costs_nothing(db: &Db) {
    let (proxy, through) = proxied(db);
    let mut connection = through.connect();
    proxy.take_log();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.commit().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    connection.rollback().unwrap();
    connection.rollback().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    assert_eq!(connection.release(), Released::Clean);
    assert_eq!(proxy.take_log(), []);
}

fn a_transactional_select_costs_one_round_trip(db: &Db) {
    let (proxy, through) = proxied(db);
    let mut connection = through.connect();
    for round in 0..3 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        proxy.take_log();
        let two = scalar(&mut *connection, "select ? + 1", &[Value::Int(1)]).unwrap();
        assert_eq!(two, Value::Int(2));
        let log = proxy.take_log();
        assert_eq!(round_trips(&log), if round == 0 { 2 } else { 1 });
        assert!(!mentions(&log, "BEGIN"));
        connection.rollback().unwrap();
        assert!(mentions(&proxy.take_log(), "ROLLBACK"));
    }
}

fn commit_and_rollback_do_what_they_say(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    let insert = format!("insert into {table} values (1)");
    for commit in [true, false] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        assert_eq!(
            connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
        execute(&mut *connection, &insert).unwrap();
        assert_eq!(
            connection.begin(&TransactionOptions::DEFAULT).unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
        if commit { connection.commit() } else { connection.rollback() }.unwrap();
        assert_eq!(table.count(), 1);
    }
}

// fault: T01, T04
fn what_is_open_does_not_reach_the_next_borrower(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    let id = session(&mut *connection);
    let insert = format!("insert into {table} values (1)");
    type Work<'a> = &'a dyn Fn(&mut dyn Connection);
    let works: [Work<'_>; 4] = [
        &|connection| {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            execute(connection, &insert).unwrap();
        },
        &|connection| {
            execute(connection, "start transaction").unwrap();
            execute(connection, &insert).unwrap();
        },
        &|connection| {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            execute(connection, &insert).unwrap();
            execute(connection, "select no_such_column").unwrap_err();
        },
        &|connection| {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            let cursor = connection
                .open_cursor(&aludel_testing::raw(&insert), &[], &ExecutionOptions::DEFAULT)
                .unwrap();
            drop(cursor);
        },
    ];
    for work in works {
        work(&mut *connection);
        assert_eq!(connection.release(), Released::Dirty);
        connection = recover(connection).expect("it comes back");
        assert_eq!(session(&mut *connection), id);
        // The session itself, and not the list of transactions, which the server makes anew only if nobody
        // has read it for a moment.
        assert_eq!(int(&mut *connection, "select @@in_transaction"), 0);
        assert_eq!(table.count(), 0);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.rollback().unwrap();
    }
}

fn autocommit_stays_off(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    for words in ["set autocommit = 1", "SET @@SESSION.autocommit = ON"] {
        execute(&mut *connection, words).unwrap();
        connection.rollback().unwrap();
        connection = give_back(connection);
        assert_eq!(int(&mut *connection, "select @@autocommit"), 0);
        execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
        connection.rollback().unwrap();
        assert_eq!(table.count(), 0);
    }
}

/// Two sessions that have each locked a row, one of which waits for the other's.
fn cross(db: &Db, table: &Table, wait: &'static str) -> (Box<dyn Connection>, Result<()>) {
    let update = |row: i64| format!("update {table} set a = a + 1 where id = {row}");
    let (mut first, mut second) = (db.connect(), db.connect());
    execute(&mut *first, wait).unwrap();
    first.commit().unwrap();
    first.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *first, &format!("insert into {table} values (7, 7)")).unwrap();
    execute(&mut *first, &update(1)).unwrap();
    second.begin(&TransactionOptions::DEFAULT).unwrap();
    // The heavier transaction is not the victim.
    for n in 10..30 {
        execute(&mut *second, &format!("insert into {table} values ({n}, 0)")).unwrap();
    }
    execute(&mut *second, &update(2)).unwrap();
    let id = session(&mut *second);
    let mut watch = db.connect();
    let (waiting, sql) = (update(1), update(2));
    let other = thread::spawn(move || {
        let waited = execute(&mut *second, &waiting);
        second.rollback().unwrap();
        waited
    });
    settle("the second waits", || {
        let doing = support::doing(&mut *watch, id);
        doing.is_some_and(|doing| doing.starts_with("update"))
    });
    let outcome = execute(&mut *first, &sql).map(drop);
    if outcome.as_ref().is_err_and(|error| !error.is_busy()) {
        // Its locks are gone already, although it has said nothing yet.
        other.join().unwrap().unwrap();
    } else {
        first.rollback().unwrap();
        let _ = other.join().unwrap();
        first.begin(&TransactionOptions::DEFAULT).unwrap();
    }
    (first, outcome)
}

fn two_rows(db: &Db) -> Table {
    let table = Table::new(db, "id int primary key, a int");
    let mut connection = db.connect();
    execute(&mut *connection, &format!("insert into {table} values (1, 0), (2, 0)")).unwrap();
    connection.commit().unwrap();
    table
}

// fault: T08, T09
// conforms: D7.06
fn a_deadlock_ends_the_transaction_and_a_lock_wait_does_not(db: &Db) {
    let mut table = two_rows(db);
    let (mut victim, outcome) = cross(db, &table, "set innodb_lock_wait_timeout = 20");
    let error: Error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("40001")));
    assert!(error.is_retryable() && !error.is_busy() && !error.is_disconnect(), "{error}");
    // Another transaction would begin silently, with the second half only.
    let insert = format!("insert into {table} values (8, 8)");
    let refused = [
        execute(&mut *victim, &insert).map(drop),
        victim
            .execute_many(
                &aludel_testing::raw(&insert),
                &[vec![]],
                &ExecutionOptions::DEFAULT,
                &mut NoRows,
            )
            .map(drop),
        victim
            .open_cursor(&aludel_testing::raw(&insert), &[], &ExecutionOptions::DEFAULT)
            .map(drop),
        victim.begin(&TransactionOptions::DEFAULT),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::PendingRollback);
    }
    assert_eq!(victim.commit().unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(table.count(), 2);
    // After its end it goes on.
    victim.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *victim, &insert).unwrap();
    victim.commit().unwrap();
    assert_eq!(table.count(), 3);

    // The lock wait: the transaction keeps what it did before.
    let mut holder = db.connect();
    execute(&mut *holder, &format!("update {table} set a = 5 where id = 1")).unwrap();
    execute(&mut *victim, "set innodb_lock_wait_timeout = 1").unwrap();
    victim.commit().unwrap();
    victim.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *victim, &format!("insert into {table} values (9, 9)")).unwrap();
    let blocked = format!("update {table} set a = 6 where id = 1");
    let error = execute(&mut *victim, &blocked).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.is_busy() && error.is_retryable() && !error.is_disconnect(), "{error}");
    assert!(error.message().contains("still open"), "{error}");
    let error =
        query(&mut *victim, &format!("select * from {table} where id = 1 for update nowait"), &[]);
    assert!(error.unwrap_err().is_busy());
    holder.rollback().unwrap();
    execute(&mut *victim, &blocked).unwrap();
    victim.commit().unwrap();
    assert_eq!(table.count(), 4);
}

// fault: T08
fn a_deadlock_behind_a_failed_sink_is_told(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    // What the server does to a victim: it rolls back, and says so behind the rows.
    let name = unique("victim");
    let create = format!(
        "create procedure {name}(chosen bool) begin select 1; if chosen then rollback; signal \
         sqlstate '40001' set mysql_errno = 1213; end if; signal sqlstate '45000'; end"
    );
    execute(&mut *connection, &create).unwrap();
    let insert = format!("insert into {table} values (1)");
    let call = aludel_testing::raw(&format!("call {name}(?)"));
    for chosen in [true, false] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &insert).unwrap();
        let mut sink = Rows { fail_at: Some(0), ..Rows::default() };
        let error = connection
            .execute(&call, &[Value::Bool(chosen)], &ExecutionOptions::DEFAULT, &mut sink)
            .unwrap_err();
        assert!(connection.is_usable());
        if chosen {
            assert_eq!(error.sqlstate(), Some("40001"), "{error}");
            let refused = execute(&mut *connection, &insert).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PendingRollback);
            assert_eq!(connection.commit().unwrap_err().kind(), ErrorKind::TransactionAborted);
        } else {
            assert_eq!(error.message(), "the sink had enough");
            execute(&mut *connection, &insert).unwrap();
            connection.commit().unwrap();
        }
        assert_eq!(table.count(), if chosen { 0 } else { 2 });
    }
    execute(&mut *connection, &format!("drop procedure {name}")).unwrap();
}

// fault: T16
fn a_statement_that_commits_by_itself(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    for kind in [StatementKind::Ddl, StatementKind::Text] {
        let other = unique("implicit");
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
        let create = statement(&format!("create table {other} (a int)"), kind);
        connection
            .execute(&create, &[], &ExecutionOptions::DEFAULT, &mut aludel_core::dbapi::NoRows)
            .unwrap();
        execute(&mut *connection, &format!("insert into {table} values (2)")).unwrap();
        // The first is committed already, the second by this.
        connection.commit().unwrap();
        assert_eq!(table.count(), 2);
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (3)")).unwrap();
        execute(&mut *connection, &format!("drop table {other}")).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (4)")).unwrap();
        connection.rollback().unwrap();
        assert_eq!(table.count(), 3);
        execute(&mut *connection, &format!("delete from {table}")).unwrap();
        connection.commit().unwrap();
    }
}

fn a_transaction_that_the_program_ended_is_not_committed(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    let insert = format!("insert into {table} values (1)");
    for (words, left) in [
        ("rollback", 0),
        ("/* so */ COMMIT", 1),
        ("/*!50000 rollback */", 0),
        ("commit and chain", 1),
    ] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &insert).unwrap();
        execute(&mut *connection, words).unwrap();
        execute(&mut *connection, &insert).unwrap();
        let error = connection.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{words}: {error}");
        assert!(error.message().contains("ended the transaction"), "{error}");
        assert_eq!(table.count(), left, "{words}");
        execute(&mut *connection, &format!("delete from {table}")).unwrap();
        connection.commit().unwrap();
    }
}

// fault: T16
fn a_savepoint_that_an_implicit_commit_has_ended(db: &Db) {
    let mut table = Table::new(db, "a int");
    for end in ["rollback to savepoint a", "release savepoint a"] {
        let mut connection = db.connect();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
        execute(&mut *connection, "savepoint a").unwrap();
        let other = unique("t");
        execute(&mut *connection, &format!("create table {other} (a int)")).unwrap();
        let error = execute(&mut *connection, end).unwrap_err();
        assert!(error.message().contains("commits by itself at statements such as"), "{error}");
        connection.rollback().unwrap();
        execute(&mut *connection, &format!("drop table {other}")).unwrap();
    }
    assert_eq!(table.count(), 2, "what was before is committed");
}

fn savepoints_are_no_ends(db: &Db) {
    let mut table = Table::new(db, "a int");
    let mut connection = db.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let insert = format!("insert into {table} values (1)");
    for words in [
        &insert,
        "savepoint `a b`",
        &insert,
        "rollback to savepoint `a b`",
        "release savepoint `a b`",
    ] {
        execute(&mut *connection, words).unwrap();
    }
    connection.commit().unwrap();
    assert_eq!(table.count(), 1);
}

// fault: T07
fn a_commit_whose_answer_is_lost_is_unknown(db: &Db) {
    let mut table = Table::new(db, "a int");
    let (proxy, through) = proxied(db);
    for (cut, left) in [(Cut::BeforeCommit, 0), (Cut::AfterCommit, 1)] {
        proxy.cut(Cut::Never);
        let mut connection = through.connect();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
        proxy.cut(cut);
        let error = connection.commit().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
        assert!(error.is_disconnect() && !connection.is_usable());
        let later = connection.commit().unwrap_err();
        assert!(later.is_disconnect(), "{later}");
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).is_none());
        settle("the server has done what was asked", || table.count() == left);
    }
}

fn a_read_only_transaction_is_the_servers_to_refuse(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    execute(&mut *connection, "set transaction read only").unwrap();
    let error = execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("25006")));
    connection.rollback().unwrap();
    assert_right_answers(&mut *connection);
}
