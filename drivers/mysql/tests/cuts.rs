//! The network goes away after every eleventh byte of a conversation, which meets all of its messages,
//! and most of them in their middle.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use aludel_core::dbapi::{ExecutionOptions, NoRows, Released, StatementKind, TransactionOptions};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_core::value::Value;
use aludel_testing::blocking::{execute, query, recover};
use aludel_testing::proxy::Cut;
use aludel_testing::{Rows, settle, statement, unique};
use support::{Db, proxied};

both! {
    after_bytes_from_the_server
    after_bytes_from_the_client
}

/// How far a conversation came.
#[derive(Debug, Default)]
struct Reached {
    connected: bool,
    committed: Option<bool>,
}

/// Everything a session does, with an answer that shows whether it was the right one.
fn converse(db: &Db, table: &str, id: i64, reached: &mut Reached) -> Result<()> {
    let mut connection = db.try_connect()?;
    reached.connected = true;
    let outcome = (|| {
        connection.begin(&TransactionOptions::DEFAULT)?;
        let insert = statement(&format!("insert into {table} values (?)"), StatementKind::Dml);
        let done = connection.execute(
            &insert,
            &[Value::Int(id)],
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )?;
        assert_eq!(done.rowcount, 1);
        let sets: Vec<_> = (0..3).map(|n| vec![Value::Int(-n)]).collect();
        assert_eq!(
            connection
                .execute_many(&insert, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)?
                .rowcount,
            3
        );
        let select = statement("select seq * ? from seq_1_to_5", StatementKind::Select);
        let mut rows = Rows::default();
        let mut cursor =
            connection.open_cursor(&select, &[Value::Int(id)], &ExecutionOptions::DEFAULT)?;
        while cursor.fetch(2, &mut rows)? {}
        cursor.close()?;
        let expected: Vec<_> = (1..=5).map(|n| vec![Value::Int(n * id)]).collect();
        assert_eq!(rows.values(), expected);
        let committed = connection.commit();
        reached.committed = match &committed {
            Ok(()) => Some(true),
            // Nobody knows.
            Err(error) if error.kind() == ErrorKind::CommitUnknown => None,
            Err(_) => Some(false),
        };
        committed?;
        connection.begin(&TransactionOptions::DEFAULT)?;
        query(&mut *connection, "select ?", &[Value::from("after")])?;
        connection.rollback()?;
        connection.ping(std::time::Instant::now() + Duration::from_secs(5))
    })();
    if outcome.is_err() {
        assert!(!connection.is_usable());
        assert_eq!(connection.release(), Released::Dirty);
        assert!(recover(connection).is_none());
    } else {
        connection.close();
    }
    outcome
}

fn assert_says_so(error: &Error, reached: &Reached, cut: Cut) {
    if reached.connected {
        assert!(error.is_disconnect(), "{cut:?}: {error:?}");
        let kinds = [ErrorKind::Operational, ErrorKind::CommitUnknown];
        assert!(kinds.contains(&error.kind()), "{cut:?}: {error:?}");
    } else {
        assert_eq!(error.kind(), ErrorKind::Operational, "{cut:?}: {error:?}");
    }
}

fn cut_everywhere(db: &Db, cut: impl Fn(usize) -> Cut, step: usize) {
    let mut other = db.connect();
    let table = unique("cut");
    execute(&mut *other, &format!("create table {table} (id bigint) engine = innodb")).unwrap();
    let (proxy, through) = proxied(db);
    let (mut seen_open, mut seen_unknown) = (false, false);
    let mut bytes = 0;
    loop {
        let cut = cut(bytes);
        let id = i64::try_from(bytes).unwrap() + 1;
        proxy.cut(cut);
        let (send, receive) = channel();
        let (through, name) = (through.clone(), table.clone());
        let worker = thread::spawn(move || {
            let mut reached = Reached::default();
            let outcome = converse(&through, &name, id, &mut reached);
            let _ = send.send((outcome, reached));
        });
        let told = receive.recv_timeout(Duration::from_secs(10));
        let Ok((outcome, reached)) = told else { panic!("{cut:?}: {:?}", worker.join()) };
        let sql = format!("select count(*) from {table} where id = ?");
        let mut count = || {
            let count = query(&mut *other, &sql, &[Value::Int(id)]).unwrap().remove(0).remove(0);
            other.rollback().unwrap();
            count
        };
        if let Some(committed) = reached.committed {
            assert_eq!(count(), Value::Int(i64::from(committed)), "{cut:?}");
        } else if reached.connected {
            seen_open = true;
            let unknown = |error: &Error| error.kind() == ErrorKind::CommitUnknown;
            if outcome.as_ref().is_err_and(unknown) {
                seen_unknown = true;
            } else {
                settle("nothing is there", || count() == Value::Int(0));
            }
        }
        match outcome {
            Ok(()) => break,
            Err(error) => assert_says_so(&error, &reached, cut),
        }
        bytes += step;
    }
    assert!(seen_open && seen_unknown, "the cuts missed the commit");
    execute(&mut *other, &format!("drop table {table}")).unwrap();
}

// fault: D08, T07
fn after_bytes_from_the_server(db: &Db) {
    cut_everywhere(db, Cut::ServerBytes, 11);
}

// fault: D08, T07
fn after_bytes_from_the_client(db: &Db) {
    cut_everywhere(db, Cut::ClientBytes, 11);
}
