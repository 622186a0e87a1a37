//! What blocks, and what must not: `release`, `recover` and `drop` wait for nothing, whatever the
//! server does meanwhile.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use aludel_bridge::Worker;
use aludel_core::dbapi::{Connection, ExecutionOptions, Released, TransactionOptions};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::Value;
use aludel_mysql::BlockingConnection;
use aludel_testing::blocking::{execute, recover, scalar};
use aludel_testing::{BOUND, NEVER, Rows, raw, within_bound};
use mysql::prelude::Queryable;
use support::{Db, Kind, assert_right_answers, proxied, session};

both! {
    releasing_and_recovering_do_not_wait
    terminating_and_dropping_do_not_wait
    threads_share_nothing_but_the_driver
}

const ENDLESS: &str = "select a.seq from seq_1_to_1000000 a, seq_1_to_1000000 b";

// fault: B18, P25
fn releasing_and_recovering_do_not_wait(db: &Db) {
    let (proxy, through) = proxied(db);
    let through = through.with_recovery_budget(NEVER);
    type Work<'a> = &'a dyn Fn(&mut dyn Connection);
    let works: [Work<'_>; 3] = [
        &|connection| {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            execute(connection, "select * from information_schema.tables limit 1").unwrap();
            execute(connection, "create temporary table t (a int) engine = innodb").unwrap();
            execute(connection, "insert into t values (1)").unwrap();
        },
        &|connection| {
            drop(connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap())
        },
        &|connection| {
            std::mem::forget(
                connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap(),
            )
        },
    ];
    for work in works {
        proxy.mute(false);
        let mut connection = through.connect();
        work(&mut *connection);
        proxy.mute(true);
        let released = within_bound("release", || connection.release());
        assert_eq!(released, Released::Dirty);
        let (send, receive) = channel();
        within_bound("recover", || {
            connection.recover(Box::new(move |recovered| send.send(recovered.is_some()).unwrap()));
        });
        // The recovery goes on: it has a budget, and no answer.
        assert_eq!(receive.try_recv(), Err(TryRecvError::Empty));
        proxy.mute(false);
        proxy.disconnect();
        assert_eq!(receive.recv_timeout(BOUND), Ok(false));
    }
}

fn terminating_and_dropping_do_not_wait(db: &Db) {
    let (proxy, through) = proxied(db);
    for reading in [false, true] {
        for end in [|connection: Box<dyn Connection>| connection.terminate(), drop] {
            proxy.mute(false);
            let mut connection = through.connect();
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            execute(&mut *connection, "select 1").unwrap();
            if reading {
                let mut cursor =
                    connection.open_cursor(&raw(ENDLESS), &[], &ExecutionOptions::DEFAULT).unwrap();
                cursor.fetch(3, &mut Rows::default()).unwrap();
            }
            proxy.mute(true);
            within_bound("the end of a connection", || end(connection));
        }
    }
}

fn threads_share_nothing_but_the_driver(db: &Db) {
    let driver = db.driver().unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let soon = Instant::now() + Duration::from_secs(10);
                    let mut connection = driver.connect(soon).unwrap();
                    connection.begin(&TransactionOptions::DEFAULT).unwrap();
                    assert_right_answers(&mut *connection);
                    let connection = aludel_testing::blocking::give_back(connection);
                    connection.close();
                }
            });
        }
    });
}

#[test]
fn the_connection_of_mysql_itself_can_be_used() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let mut connection = db.connect();
    let own = connection.downcast_mut::<BlockingConnection>().unwrap();
    let version: Option<String> = own.client().unwrap().query_first("select version()").unwrap();
    assert!(version.is_some());
    assert_eq!(own.cached_statements(), 0);
    // A dropped cursor's rows are not the client's.
    drop(
        connection
            .open_cursor(&raw("select seq from seq_1_to_1000"), &[], &ExecutionOptions::DEFAULT)
            .unwrap(),
    );
    let own = connection.downcast_mut::<BlockingConnection>().unwrap();
    let seven: Option<i64> = own.client().unwrap().query_first("select 7").unwrap();
    assert_eq!((seven, own.cached_statements()), (Some(7), 1));
    // Nobody knows what it did.
    assert_eq!(connection.release(), Released::Dirty);
    let mut connection = recover(connection).expect("it comes back");
    assert_right_answers(&mut *connection);
}

/// The server cannot be told over a second connection, and the thread is free all the same.
// fault: B05, D06, P26
#[test]
fn a_cancelled_call_waits_for_no_second_connection() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let mut admin = db.connect();
    let user = aludel_testing::unique("one");
    let create = format!("create user {user} identified by 'x' with max_user_connections 1");
    execute(&mut *admin, &create).unwrap();
    let url = support::parts(&db.url);
    let place = format!("{}:{}", url.host().unwrap(), url.port().unwrap());
    let one = Db::at(Kind::Blocking, format!("mysql://{user}:x@{place}"));
    let worker = Worker::new().unwrap();
    let (begin, begun) = channel();
    let (end, ended) = channel();
    let task = worker.spawn(move || {
        let mut connection = one.connect();
        begin.send(session(&mut *connection)).unwrap();
        let error = execute(&mut *connection, "select sleep(60)").unwrap_err();
        end.send((error.kind(), connection.is_usable())).unwrap();
        Ok::<_, Error>(())
    });
    let id = begun.recv().unwrap();
    aludel_testing::settle("it sleeps", || {
        support::doing(&mut *admin, id).is_some_and(|text| text.contains("sleep"))
    });
    drop(task);
    let heard = ended.recv_timeout(BOUND).expect("the thread is free");
    assert_eq!(heard, (ErrorKind::Cancelled, false));
    support::kill(&mut *admin, id);
    execute(&mut *admin, &format!("drop user {user}")).unwrap();
}

#[test]
fn what_was_cut_from_here_was_not_lost() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let soon = ExecutionOptions::new().timeout(Duration::from_millis(50));
    let mut connection = db.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    let mut rows = Rows::default();
    let error = connection.execute(&raw("select sleep(30)"), &[], &soon, &mut rows).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let later = Instant::now() + Duration::from_secs(5);
    for error in [connection.ping(later).unwrap_err(), connection.commit().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(!error.is_disconnect(), "{error:?}");
    }
    assert!(recover(connection).is_none());
}

// fault: D02
#[test]
fn a_timeout_of_one_call_is_not_the_next_ones() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    let mut connection = db.connect();
    connection.ping(Instant::now() + Duration::from_secs(2)).unwrap();
    let slept = scalar(&mut *connection, "select sleep(2.5)", &[]).unwrap();
    assert_eq!(slept, Value::Int(0));
    // A recovery has a budget, and the next borrower has none of it.
    let db = db.with_recovery_budget(Duration::from_secs(2));
    let mut connection = db.connect();
    let id = session(&mut *connection);
    drop(
        connection
            .open_cursor(&raw("select seq from seq_1_to_1000"), &[], &ExecutionOptions::DEFAULT)
            .unwrap(),
    );
    let mut connection = aludel_testing::blocking::give_back(connection);
    assert_eq!(session(&mut *connection), id);
    scalar(&mut *connection, "select sleep(2.5)", &[]).unwrap();
    // Nor the time that was left for connecting.
    let soon = Instant::now() + Duration::from_secs(2);
    let mut connection = db.driver().unwrap().connect(soon).unwrap();
    scalar(&mut *connection, "select sleep(2.5)", &[]).unwrap();
}

// fault: D02
#[test]
fn a_write_timeout_ends_the_connection() {
    let Some(db) = Db::live(Kind::Blocking) else { return };
    // Nobody reads what is sent.
    let deaf = support::rogue::Rogue::start_deaf();
    let mut connection = deaf.db(db.kind).with("write_timeout=0.2&read_timeout=5").connect();
    let long = Value::from(vec![0; 12 << 20]);
    let text = format!("do '{}'", "x".repeat(12 << 20));
    let define = aludel_testing::statement(&text, aludel_core::dbapi::StatementKind::Ddl);
    let error = connection
        .execute(&define, &[], &ExecutionOptions::DEFAULT, &mut Rows::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("write_timeout"), "{error}");
    assert!(!connection.is_usable());
    assert!(
        connection
            .execute(&raw("select ?"), &[long], &ExecutionOptions::DEFAULT, &mut Rows::default())
            .is_err()
    );
    within_bound("drop", || drop(connection));
}
