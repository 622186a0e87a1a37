//! Sessions that the server ends, in each state that a connection can be in.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge::Worker;
use aludel_core::dbapi::{
    Connection, ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions,
};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, query, recover};
use aludel_testing::{BOUND, Rows, raw, settle, statement};
use support::{Db, Kind, Table, doing, kill, proxied, session};

both! {
    between_two_calls
    while_a_call_waits
    while_a_commit_waits_the_outcome_is_unknown
    a_query_that_is_killed_alone
    a_statement_that_takes_too_long_for_the_server
    what_is_given_up_counts_until_it_is_over
    what_is_given_up_is_ended_as_soon_as_there_is_room
}

#[track_caller]
fn assert_ended(error: &Error, state: &str) {
    assert!(error.is_disconnect(), "{state}: {error:?}");
    let kinds = [ErrorKind::Operational, ErrorKind::CommitUnknown];
    assert!(kinds.contains(&error.kind()), "{state}: {error:?}");
}

#[track_caller]
fn assert_terminated(mut connection: Box<dyn Connection>, state: &str) {
    assert!(!connection.is_usable(), "{state}");
    let soon = Instant::now() + Duration::from_secs(1);
    for later in [
        connection.ping(soon),
        connection.begin(&TransactionOptions::DEFAULT),
        connection.commit(),
        connection.rollback(),
        connection
            .execute_many(&raw("select 1"), &[vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
            .map(drop),
        connection.open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT).map(drop),
    ] {
        if let Err(error) = later {
            assert_ended(&error, state);
            assert_eq!(error.kind(), ErrorKind::Operational, "{state}: {error}");
        }
    }
    assert!(execute(&mut *connection, "select 1").is_err(), "{state}");
    assert_eq!(connection.release(), Released::Dirty, "{state}");
    assert!(recover(connection).is_none(), "{state}");
}

type Step<'a> = &'a dyn Fn(&mut dyn Connection) -> Result<()>;

/// Brings a connection into a state, has its session ended and takes the next step.
fn ended_between(db: &Db, state: &str, prepare: Step<'_>, step: Step<'_>) {
    let (mut other, mut connection) = (db.connect(), db.connect());
    let id = session(&mut *connection);
    connection.rollback().unwrap();
    prepare(&mut *connection).unwrap();
    kill(&mut *other, id);
    let error = step(&mut *connection).unwrap_err();
    assert_ended(&error, state);
    assert_terminated(connection, state);
}

fn one(connection: &mut dyn Connection) -> Result<()> {
    execute(connection, "select 1").map(drop)
}

fn begun(connection: &mut dyn Connection) -> Result<()> {
    connection.begin(&TransactionOptions::DEFAULT)?;
    query(connection, "select ?", &[Value::Int(1)]).map(drop)
}

// fault: P17, T12
// conforms: D7.01, D7.02, D7.03
fn between_two_calls(db: &Db) {
    ended_between(db, "idle", &|_| Ok(()), &one);
    ended_between(db, "noted", &|connection| connection.begin(&TransactionOptions::DEFAULT), &one);
    ended_between(db, "in a transaction", &begun, &one);
    ended_between(db, "before a cached statement", &begun, &|connection| {
        query(connection, "select ?", &[Value::Int(2)]).map(drop)
    });
    ended_between(db, "before a rollback", &begun, &|connection| connection.rollback());
    ended_between(db, "before a commit", &begun, &|connection| connection.commit());
    let soon = Duration::from_secs(5);
    ended_between(db, "before a ping", &begun, &|connection| {
        connection.ping(Instant::now() + soon)
    });
    ended_between(db, "before many", &begun, &|connection| {
        let sets: Vec<_> = (0..20).map(|n| vec![Value::Int(n)]).collect();
        connection
            .execute_many(
                &statement("select ?", StatementKind::Dml),
                &sets,
                &ExecutionOptions::DEFAULT,
                &mut NoRows,
            )
            .map(drop)
    });
    ended_between(db, "before a cursor", &begun, &|connection| {
        connection.open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT).map(drop)
    });
    ended_between(
        db,
        "rows unread",
        &|connection| {
            connection
                .open_cursor(
                    &raw("select seq from seq_1_to_9000000"),
                    &[],
                    &ExecutionOptions::DEFAULT,
                )
                .map(drop)
        },
        &one,
    );
}

/// Has the session ended while a call waits for the server.
fn ended_during(db: &Db, state: &str, prepare: Step<'_>, marker: &str, step: Step<'_>) -> Error {
    let mut connection = db.connect();
    let id = session(&mut *connection);
    connection.rollback().unwrap();
    prepare(&mut *connection).unwrap();
    let mut other = db.connect();
    let marker = marker.to_owned();
    let killer = thread::spawn(move || {
        settle("it runs", || {
            doing(&mut *other, id).is_some_and(|text| text.to_lowercase().contains(&marker))
        });
        kill(&mut *other, id);
    });
    let error = step(&mut *connection).unwrap_err();
    killer.join().unwrap();
    // MariaDB says of a query that it was killed with its session what it says of the query alone.
    if error.is_disconnect() {
        assert_ended(&error, state);
    } else {
        assert_eq!(error.sqlstate(), Some("70100"), "{state}: {error:?}");
        assert_ended(&one(&mut *connection).unwrap_err(), state);
    }
    assert_terminated(connection, state);
    error
}

// fault: P17, P20, T12
// conforms: D7.01, D7.04, D7.11
fn while_a_call_waits(db: &Db) {
    let nothing: Step<'_> = &|_| Ok(());
    let sleeping: Step<'_> = &|connection| execute(connection, "select sleep(30)").map(drop);
    ended_during(db, "first statement", nothing, "sleep", sleeping);
    ended_during(db, "in a transaction", &begun, "sleep", sleeping);
    ended_during(db, "many", &begun, "sleep", &|connection| {
        let sets = vec![vec![Value::Float(0.05)]; 300];
        connection
            .execute_many(&raw("select sleep(?)"), &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .map(drop)
    });
    ended_during(db, "a cursor", &begun, "sleep", &|connection| {
        let slow = raw("select seq, repeat('x', 9999), sleep(0.01) from seq_1_to_5000");
        let mut cursor = connection.open_cursor(&slow, &[], &ExecutionOptions::DEFAULT)?;
        while cursor.fetch(10, &mut Rows::default())? {}
        cursor.close()
    });
    ended_during(db, "a dropped cursor's rest", &begun, "sleep", &|connection| {
        let slow = raw("select seq, repeat('x', 9999), sleep(0.01) from seq_1_to_5000");
        drop(connection.open_cursor(&slow, &[], &ExecutionOptions::DEFAULT)?);
        one(connection)
    });
}

// fault: P17, T07
fn while_a_commit_waits_the_outcome_is_unknown(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    let id = session(&mut *connection);
    connection.rollback().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
    // Behind the last of these there is no commit.
    let mut locker = db.connect();
    for stage in ["start", "flush", "block_ddl", "block_commit"] {
        execute(&mut *locker, &format!("backup stage {stage}")).unwrap();
    }
    let killer = thread::spawn(move || {
        settle("it commits", || {
            doing(&mut *locker, id).is_some_and(|text| text.to_lowercase().contains("commit"))
        });
        kill(&mut *locker, id);
        execute(&mut *locker, "backup stage end").unwrap();
    });
    let error = connection.commit().unwrap_err();
    killer.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::CommitUnknown, "{error}");
    assert!(error.is_disconnect(), "{error}");
    assert_terminated(connection, "while it commits");
    // The server knows.
    let mut watch = db.connect();
    assert_eq!(
        aludel_testing::blocking::int(&mut *watch, &format!("select count(*) from {table}")),
        0
    );
}

fn a_query_that_is_killed_alone(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    let id = session(&mut *connection);
    connection.rollback().unwrap();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, &format!("insert into {table} values (1)")).unwrap();
    let mut other = db.connect();
    let killer = thread::spawn(move || {
        settle("it runs", || {
            doing(&mut *other, id).is_some_and(|text| text.contains("seq_1_to_1000000"))
        });
        execute(&mut *other, &format!("kill query {id}")).unwrap();
    });
    let long = "select count(*) from seq_1_to_1000000 a, seq_1_to_1000000 b";
    let error = query(&mut *connection, long, &[]).unwrap_err();
    killer.join().unwrap();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("70100")));
    assert!(!error.is_disconnect());
    // The transaction is still there.
    connection.commit().unwrap();
    let count =
        aludel_testing::blocking::int(&mut *connection, &format!("select count(*) from {table}"));
    assert_eq!(count, 1);
    connection.rollback().unwrap();
}

// fault: T09
fn a_statement_that_takes_too_long_for_the_server(db: &Db) {
    let mut connection = db.connect();
    execute(&mut *connection, "set max_statement_time = 0.1").unwrap();
    let long = "select count(*) from seq_1_to_1000000 a, seq_1_to_1000000 b";
    let error = query(&mut *connection, long, &[]).unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Operational, Some("70100")));
    assert!(!error.is_disconnect() && connection.is_usable(), "{error}");
    support::assert_right_answers(&mut *connection);
}

/// Has a session so much to undo that its end takes the server a while.
fn much_to_undo(connection: &mut dyn Connection, table: &Table) {
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let fill = format!("insert into {table} select seq from seq_1_to_300000");
    execute(connection, &fill).unwrap();
}

/// Time for the server to undo that, also where it has much else to do.
const PATIENCE: Duration = Duration::from_secs(18);

const ENDLESS: &str = "select a.seq from seq_1_to_1000000 a, seq_1_to_1000000 b";

/// A pool that filled the place before would have more sessions on the server than its size.
// fault: P18
fn what_is_given_up_counts_until_it_is_over(db: &Db) {
    let db = &db.with_recovery_budget(PATIENCE);
    let table = Table::new(db, "a int");
    let (mut other, mut connection) = (db.connect(), db.connect());
    let id = session(&mut *connection);
    much_to_undo(&mut *connection, &table);
    std::mem::forget(
        connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap(),
    );
    assert!(recover(connection).is_none());
    assert_eq!(doing(&mut *other, id), None);
}

/// The same where the call was ended from elsewhere, which had the session ended as well.
#[test]
fn what_was_cut_counts_until_it_is_over() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let db = db.with_recovery_budget(PATIENCE);
    let table = Table::new(&db, "a int");
    let (mut other, mut connection) = (db.connect(), db.connect());
    let id = session(&mut *connection);
    much_to_undo(&mut *connection, &table);
    let worker = Worker::new().unwrap();
    let (end, ended) = channel();
    let task = worker.spawn(move || {
        let error = execute(&mut *connection, ENDLESS).unwrap_err();
        end.send((error.kind(), connection)).unwrap();
        Ok::<_, Error>(())
    });
    settle("it runs", || doing(&mut *other, id).is_some_and(|text| text == ENDLESS));
    drop(task);
    let (kind, connection) = ended.recv_timeout(BOUND).unwrap();
    assert_eq!(kind, ErrorKind::Cancelled);
    assert!(recover(connection).is_none());
    assert_eq!(doing(&mut *other, id), None);
}

/// Where the server has no place for the session that is to end another one, that is tried again.
// fault: P18
fn what_is_given_up_is_ended_as_soon_as_there_is_room(db: &Db) {
    let mut admin = db.connect();
    let user = aludel_testing::unique("two");
    let create = format!("create user {user} identified by 'x' with max_user_connections 2");
    execute(&mut *admin, &create).unwrap();
    execute(&mut *admin, &format!("grant select on *.* to {user}")).unwrap();
    let url = support::parts(&db.url);
    let (host, port) = (url.host().unwrap(), url.port().unwrap());
    let place = format!("{host}:{port}/{}", url.database().unwrap());
    let two = Db::at(db.kind, format!("mysql://{user}:x@{place}")).with_recovery_budget(PATIENCE);
    let (proxy, two) = proxied(&two);
    let (mut connection, other) = (two.connect(), two.connect());
    let id = session(&mut *connection);
    assert!(two.try_connect().is_err(), "there is room for a third");
    // Behind its first rows it takes a minute, and does not look who listens.
    let late = "select repeat('x', 30000), sleep(if(seq < 3, 0, 60)) from seq_1_to_9";
    std::mem::forget(connection.open_cursor(&raw(late), &[], &ExecutionOptions::DEFAULT).unwrap());
    proxy.take_log();
    let leaving = thread::spawn(move || {
        let refused = || proxy.has_answered("max_user_connections");
        settle("the recovery was refused a connection", refused);
        other.close();
    });
    assert!(recover(connection).is_none());
    assert_eq!(doing(&mut *admin, id), None);
    leaving.join().unwrap();
    execute(&mut *admin, &format!("drop user {user}")).unwrap();
}
