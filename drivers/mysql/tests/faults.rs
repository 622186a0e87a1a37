//! Faults: statements given up, servers that fall silent or ask for files, sessions that cannot be
//! saved.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::thread;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{
    AsyncConnection, AsyncDriver, ExecutionOptions, NoRows, Released, StatementKind,
    TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_mysql::MysqlDriver;
use aludel_testing::blocking::{execute, int, query, recover, scalar};
use aludel_testing::{
    BOUND, Panicking, Rows, drop_when, raw, settle, settle_awaited, statement, within_bound,
};
use support::rogue::{Rogue, column, eof, ok};
use support::{Db, Kind, Table, assert_right_answers, doing, parts, proxied, session};

both! {
    a_sink_that_panics_leaves_nothing_running
    a_server_that_fell_silent_is_given_up_within_the_budget
    a_recovery_that_cannot_reach_the_server_ends_within_the_budget
    a_slow_rest_behind_a_failed_sink_is_not_waited_for
    tiny_pieces_change_nothing
    a_file_of_this_machine_is_never_sent
}

// fault: D01, D06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_query_is_stopped_and_lets_go_its_locks() {
    let Some(db) = Db::live(Kind::Async) else { return };
    let table = Table::new(&db, "a int");
    let driver = MysqlDriver::from_url(&parts(&db.url)).unwrap();
    let mut other = db.connect();
    for work in ["select sleep(30)", "update {t} set a = sleep(30)"] {
        execute(&mut *other, &format!("insert into {table} values (1)")).unwrap();
        other.commit().unwrap();
        let mut connection = driver.connect().await.unwrap();
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let id = {
            let mut rows = Rows::default();
            let ask = raw("select connection_id()");
            connection.execute(&ask, &[], &ExecutionOptions::DEFAULT, &mut rows).await.unwrap();
            match rows.values().remove(0).remove(0) {
                Value::Int(id) => id,
                other => panic!("{other:?}"),
            }
        };
        let work = raw(&work.replace("{t}", &table.name));
        let mut rows = Rows::default();
        let running = connection.execute(&work, &[], &ExecutionOptions::DEFAULT, &mut rows);
        let begun = settle_awaited("the server executes it", async || {
            doing(&mut *other, id).is_some_and(|text| text.contains("sleep(30)"))
        });
        assert!(drop_when(running, begun).await.is_none());
        assert!(!AsyncConnection::is_usable(&connection));
        for result in [
            AsyncConnection::begin(&mut connection, &TransactionOptions::DEFAULT),
            AsyncConnection::ping(&mut connection).await,
            AsyncConnection::commit(&mut connection).await,
            AsyncConnection::rollback(&mut connection).await,
            connection
                .execute(&raw("select 1"), &[], &ExecutionOptions::DEFAULT, &mut Rows::default())
                .await
                .map(drop),
            connection
                .execute_many(&raw("select 1"), &[vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
                .await
                .map(drop),
            connection
                .open_cursor(&raw("select 1"), &[], &ExecutionOptions::DEFAULT)
                .await
                .map(drop),
            connection.client().await.map(drop),
        ] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
        // The list of sessions leaves the text out while the session itself holds it, so one look is not
        // enough.
        settle("the server still executes it", || {
            doing(&mut *other, id).is_some_and(|text| text.contains("sleep(30)"))
        });
        assert_eq!(AsyncConnection::release(&mut connection), Released::Dirty);
        let (send, receive) = tokio::sync::oneshot::channel();
        AsyncConnection::recover(
            connection,
            Box::new(move |recovered| assert!(send.send(recovered.is_some()).is_ok())),
        );
        assert!(!receive.await.unwrap(), "it comes back");
        settle("the server has stopped", || doing(&mut *other, id).is_none());
        execute(&mut *other, "set innodb_lock_wait_timeout = 5").unwrap();
        execute(&mut *other, &format!("update {table} set a = 2")).unwrap();
        other.commit().unwrap();
    }
}

// fault: B02, D06
fn a_sink_that_panics_leaves_nothing_running(db: &Db) {
    let mut other = db.connect();
    let mut connection = db.connect();
    let id = session(&mut *connection);
    let endless = raw("select a.seq from seq_1_to_1000000 a, seq_1_to_1000000 b");
    let outcome = within_bound("a statement whose sink panics", || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            connection.execute(&endless, &[], &ExecutionOptions::DEFAULT, &mut Panicking).map(drop)
        }))
    });
    assert!(outcome.is_err(), "the panic is the program's");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
    settle("the server has stopped", || doing(&mut *other, id).is_none());
}

// fault: P16
fn a_server_that_fell_silent_is_given_up_within_the_budget(db: &Db) {
    let (proxy, through) = proxied(db);
    let through = through.with_recovery_budget(Duration::from_millis(300));
    let mut connection = through.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, "select 1").unwrap();
    let table = "create temporary table n (a int)";
    execute(&mut *connection, table).unwrap();
    execute(&mut *connection, "insert into n values (1)").unwrap();
    proxy.mute(true);
    // No answer ever comes: that it returns is that it gave up.
    let error = connection.ping(Instant::now() + Duration::from_millis(200)).unwrap_err();
    assert!([ErrorKind::Timeout, ErrorKind::Operational].contains(&error.kind()), "{error}");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());

    // The same for a connection with nothing amiss but an open transaction.
    proxy.mute(false);
    let mut connection = through.connect();
    connection.begin(&TransactionOptions::DEFAULT).unwrap();
    execute(&mut *connection, table).unwrap();
    execute(&mut *connection, "insert into n values (1)").unwrap();
    proxy.mute(true);
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
}

// fault: P25
fn a_recovery_that_cannot_reach_the_server_ends_within_the_budget(db: &Db) {
    let (proxy, through) = proxied(db);
    let through = through.with_recovery_budget(Duration::from_millis(300));
    let mut connection = through.connect();
    let endless = raw("select a.seq from seq_1_to_1000000 a, seq_1_to_1000000 b");
    std::mem::forget(connection.open_cursor(&endless, &[], &ExecutionOptions::DEFAULT).unwrap());
    proxy.mute(true);
    assert!(recover(connection).is_none());
}

// fault: D03
fn a_slow_rest_behind_a_failed_sink_is_not_waited_for(db: &Db) {
    let mut other = db.connect();
    let db = db.with_recovery_budget(Duration::from_millis(300));
    let mut connection = db.connect();
    let id = session(&mut *connection);
    let slow = raw("select seq, repeat('x', 20000), sleep(0.05) from seq_1_to_4000");
    let mut sink = Rows { fail_at: Some(1), ..Rows::default() };
    let error = within_bound("a statement whose sink failed", || {
        connection.execute(&slow, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err()
    });
    assert_eq!(error.message(), "the sink had enough");
    assert!(!connection.is_usable());
    assert_eq!(connection.release(), Released::Dirty);
    assert!(recover(connection).is_none());
    settle("the server has stopped", || doing(&mut *other, id).is_none());
}

// fault: D09
fn tiny_pieces_change_nothing(db: &Db) {
    let (proxy, through) = proxied(db);
    proxy.pass_in_steps(1);
    let mut connection = through.connect();
    for _ in 0..2 {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let rows = query(&mut *connection, "select seq, 'x' from seq_1_to_20", &[]);
        assert_eq!(rows.unwrap().len(), 20);
        let sets: Vec<_> = (0..20).map(|n| vec![Value::Int(n)]).collect();
        connection
            .execute_many(&raw("select ?"), &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap();
        connection.commit().unwrap();
        assert_right_answers(&mut *connection);
        connection.rollback().unwrap();
    }
}

/// Whatever the server asks for, it gets no file, and no empty one either.
fn a_file_of_this_machine_is_never_sent(db: &Db) {
    // Even if it was the program that asked.
    let table = Table::new(db, "a text");
    let mut connection = db.connect();
    let load = format!("load data local infile '/etc/hostname' into table {table}");
    let error = execute(&mut *connection, &load).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    if error.is_disconnect() {
        assert!(!connection.is_usable());
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).is_none());
    }
    let mut connection = db.connect();
    assert_eq!(int(&mut *connection, &format!("select count(*) from {table}")), 0);
    connection.rollback().unwrap();
}

// fault: S12
#[test]
fn a_rogue_that_asks_for_a_file_gets_nothing() {
    for kind in [Kind::Async, Kind::Blocking] {
        let rogue = Rogue::start(vec![b"\xfb/etc/passwd".to_vec()]);
        let db = rogue.db(kind);
        for step in 0..5 {
            let mut connection = db.connect();
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            let text = statement("create table t (a int)", StatementKind::Ddl);
            let outcome = match step {
                0 => connection
                    .execute(&text, &[], &ExecutionOptions::DEFAULT, &mut Rows::default())
                    .map(drop),
                1 => connection
                    .execute_many(&text, &[vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
                    .map(drop),
                2 => connection.open_cursor(&text, &[], &ExecutionOptions::DEFAULT).map(drop),
                3 => execute(&mut *connection, "select 1").map(drop),
                _ => {
                    connection.ping(Instant::now() + Duration::from_secs(1)).ok();
                    connection
                        .execute(&text, &[], &ExecutionOptions::DEFAULT, &mut Rows::default())
                        .map(drop)
                }
            };
            let error = outcome.unwrap_err();
            if step < 3 {
                assert_eq!(error.kind(), ErrorKind::NotSupported, "{kind:?} {step}: {error}");
                assert!(error.message().contains("LOCAL INFILE"), "{error}");
                assert!(error.is_disconnect());
            }
            assert!(!connection.is_usable(), "{kind:?} {step}: {error}");
            drop(connection);
            settle("the rogue has heard all", || rogue.ended() > step);
            let heard = rogue.heard();
            let files = heard.windows(5).any(|window| window == b"root:");
            assert!(!files && heard.len() < 60, "{kind:?} {step}: {heard:?}");
        }
    }
}

// fault: S13, D10
#[test]
fn a_rogue_that_answers_nonsense_is_an_error() {
    let many = |count: u16| {
        let mut answer = vec![[&[0xfc][..], &count.to_le_bytes()].concat()];
        answer.extend((0..count).map(|_| column("c")));
        answer.push(eof());
        answer
    };
    let answers: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("nothing at all", vec![vec![]]),
        ("an error cut short", vec![vec![0xff]]),
        ("a lone end", vec![eof()]),
        ("one column, and a row that is too short", vec![vec![1], column("a"), eof(), vec![9]]),
        ("a row without end", vec![vec![1], column("a"), eof(), vec![], eof()]),
        ("a column cut short", vec![vec![1], b"\x03def".to_vec(), eof()]),
        ("more columns than it sends", vec![vec![200], column("a"), eof(), eof()]),
        (
            "a number of columns beyond reason",
            vec![vec![0xfe, 255, 255, 255, 255, 255, 255, 255, 255]],
        ),
        ("65535 columns and a row of none", {
            let mut answer = many(65_535);
            answer.push(vec![]);
            answer
        }),
        ("text that is not UTF-8", vec![vec![1], column("a"), eof(), vec![2, 0xff, 0xff], eof()]),
        ("more sets than it sends", vec![ok(8), vec![]]),
    ];
    for kind in [Kind::Async, Kind::Blocking] {
        for (what, answer) in &answers {
            let rogue = Rogue::start(answer.clone());
            let db = rogue.db(kind);
            let mut connection = db.connect();
            let text = statement("create table t (a int)", StatementKind::Ddl);
            let (done, hear) = std::sync::mpsc::channel();
            let worker = thread::spawn(move || {
                let outcome = connection.execute(
                    &text,
                    &[],
                    &ExecutionOptions::DEFAULT,
                    &mut Rows::default(),
                );
                let usable = connection.is_usable();
                connection.terminate();
                let _ = done.send(());
                (outcome, usable)
            });
            // It may wait for what it was promised.
            let waits = *what == "more columns than it sends";
            let patience = if waits { Duration::from_secs(1) } else { BOUND };
            let heard = hear.recv_timeout(patience);
            if heard == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                assert!(waits, "{kind:?} {what}: it hangs");
                continue;
            }
            let (outcome, usable) = worker.join().unwrap_or_else(|_| panic!("{kind:?} {what}"));
            let error = outcome.unwrap_err();
            let utf8 = what.contains("UTF-8");
            assert_eq!(usable, utf8, "{kind:?} {what}: {error}");
        }
    }
}

#[test]
fn a_recovered_session_is_the_same_one() {
    for kind in [Kind::Async, Kind::Blocking] {
        let Some(db) = Db::live(kind) else { return };
        let mut connection = db.connect();
        let id = session(&mut *connection);
        for _ in 0..5 {
            connection.begin(&TransactionOptions::DEFAULT).unwrap();
            let answer = scalar(&mut *connection, "select ?", &[Value::Int(1)]);
            assert_eq!(answer.unwrap(), Value::Int(1));
            connection = aludel_testing::blocking::give_back(connection);
            assert_eq!(session(&mut *connection), id);
        }
    }
}
