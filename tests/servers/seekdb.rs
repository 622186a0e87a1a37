//! OceanBase, as seekdb in one process.

use aludel::{Engine, ErrorKind, RawSql, create_engine, text};

use super::{by, once, run, urls};
use crate::support::unique;

const DRIVERS: [&str; 2] = ["mysql", "mysql+mysql"];

fn engines() -> Option<[Engine; 2]> {
    let url = urls("ALUDEL_TEST_SEEKDB_URL")?.remove(0);
    Some(DRIVERS.map(|driver| create_engine(&by(driver, &url)).unwrap()))
}

/// It has a limit for each session, and an error of its own (5930).
#[test]
fn more_statements_than_a_session_keeps() {
    for engine in engines().into_iter().flatten() {
        let mut conn = engine.connect().unwrap();
        for _ in 0..2 {
            for number in 0..130_i64 {
                let sql = text(RawSql::new(format!("select :n + {number}"))).bind("n", 1_i64);
                assert_eq!(conn.scalar(sql).unwrap(), Some(1 + number));
            }
        }
    }
}

/// Two transactions that write the same row: the second waits, and is distinguished from a deadlock.
#[test]
fn a_wait_for_a_lock_is_one_that_may_be_tried_again() {
    for engine in engines().into_iter().flatten() {
        let table = unique("waits");
        let (mut first, mut second) = (engine.connect().unwrap(), engine.connect().unwrap());
        once(&mut first, format!("create table {table} (id int primary key, v int)")).unwrap();
        once(&mut first, format!("insert into {table} values (1, 0)")).unwrap();
        let write = format!("update {table} set v = v + 1 where id = 1");
        run(&mut first, write.clone()).unwrap();
        // A second, in microseconds.
        run(&mut second, "set ob_trx_lock_timeout = 1000000").unwrap();
        let error = run(&mut second, write.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.is_retryable() && error.is_busy(), "{error:?}");
        second.rollback().unwrap();
        first.commit().unwrap();
        once(&mut second, write).unwrap();
        let sum = text(RawSql::new(format!("select sum(v) from {table}")));
        assert_eq!(second.scalar::<_, i64>(sum).unwrap(), Some(2));
        once(&mut second, format!("drop table {table}")).unwrap();
    }
}

/// A snapshot that has been overtaken is an error, after which the transaction may be run again.
#[test]
fn a_snapshot_that_is_overtaken_is_a_conflict() {
    for engine in engines().into_iter().flatten() {
        let table = unique("overtaken");
        let (mut first, mut second) = (engine.connect().unwrap(), engine.connect().unwrap());
        once(&mut first, format!("create table {table} (id int primary key, v int)")).unwrap();
        once(&mut first, format!("insert into {table} values (1, 0)")).unwrap();
        let write = format!("update {table} set v = v + 1 where id = 1");
        second.set_isolation_level(aludel::dbapi::IsolationLevel::RepeatableRead).unwrap();
        run(&mut second, format!("select * from {table}")).unwrap();
        once(&mut first, write.clone()).unwrap();
        let error = run(&mut second, write.clone()).and_then(|()| second.commit()).unwrap_err();
        assert!(error.is_retryable() && !error.is_disconnect(), "{error:?}");
        second.rollback().unwrap();
        once(&mut second, write).unwrap();
        let sum = text(RawSql::new(format!("select sum(v) from {table}")));
        assert_eq!(first.scalar::<_, i64>(sum).unwrap(), Some(2));
        first.rollback().unwrap();
        second.rollback().unwrap();
        once(&mut first, format!("drop table {table}")).unwrap();
    }
}
