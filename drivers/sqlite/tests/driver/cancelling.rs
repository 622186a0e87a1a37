//! Futures that are dropped: in the middle of a query, a write, a wait for a lock, between fetches.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use aludel_core::dbapi::{ExecutionOptions, NoRows, Released, TransactionOptions};
use aludel_core::error::{Error, ErrorKind};
use aludel_sqlite::rusqlite::ErrorCode;
use aludel_testing::{Values, raw};

use crate::kind::native;
use crate::shelf::{LONG, Shelf, database, poll_once, running};
use crate::support::{Short, connect};

// fault: D01, D06
// conforms: D4.20
#[test]
fn dropping_the_future_ends_the_query_and_keeps_the_connection() {
    let (_driver, shelf) = database(&["create table t (a)"]);
    let (query, ended) = running(&shelf, |connection| connection.run(LONG).map(drop));
    {
        let mut query = pin!(query);
        for _ in 0..3 {
            assert!(!poll_once(query.as_mut()), "the query did not yield");
        }
        assert_eq!(ended.get(), None);
    }
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    let mut connection = shelf.take();
    assert!(connection.is_usable());
    assert_eq!(connection.release(), Released::Clean);
    for nonce in 0..4 {
        assert_eq!(connection.int(&format!("select {nonce}")), nonce);
    }
}

// fault: D01, D03
#[test]
fn every_point_at_which_a_future_can_be_dropped_leaves_a_usable_connection() {
    let fill = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000) \
                insert into t select i from n";
    let (driver, shelf) = database(&["create table t (a)"]);
    for polls in 0.. {
        let (work, _) = running(&shelf, move |connection| {
            connection.begin(&TransactionOptions::DEFAULT)?;
            connection.run(fill)?;
            let mut cursor =
                connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT)?;
            let mut kept = Values::default();
            while cursor.fetch(1000, &mut kept)? {}
            cursor.close()?;
            connection.run("delete from t")?;
            connection.commit()
        });
        let completed = {
            let mut work = pin!(work);
            (0..polls).any(|_| poll_once(work.as_mut()))
        };
        let mut connection = shelf.take();
        assert_eq!(connection.release(), Released::Clean, "after {polls} polls");
        assert!(connection.is_usable() && connection.autocommit());
        assert_eq!(connection.int("select count(*) from t"), 0, "after {polls} polls");
        // No lock is left either.
        let mut other = connect(&driver);
        other.run("pragma busy_timeout = 0").unwrap();
        other.run("delete from t").unwrap();
        shelf.put(connection);
        if completed {
            assert!(polls > 10, "only {polls} points were tried");
            return;
        }
    }
}

// fault: T02, D01
#[test]
fn a_write_cut_short_takes_its_transaction_with_it_and_says_so() {
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) \
                   insert into t select i from n";
    let (driver, shelf) = database(&["create table t (a)"]);
    let (work, ended) = running(&shelf, move |connection| {
        connection.begin(&TransactionOptions::DEFAULT)?;
        connection.run("insert into t values (1)")?;
        connection.run(endless).map(drop)
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    let mut connection = shelf.take();
    assert!(connection.autocommit(), "SQLite rolls an interrupted write back");
    assert_eq!(connection.run("select 1").unwrap_err().kind(), ErrorKind::PendingRollback);
    assert_eq!(connection.release(), Released::Clean);
    assert_eq!(connect(&driver).int("select count(*) from t"), 0);
}

#[test]
fn a_cancelled_greenlet_gets_no_further() {
    let (_driver, shelf) = database(&["create table t (a)"]);
    let after = Rc::new(Cell::new(None));
    let seen = Rc::clone(&after);
    let (work, ended) = running(&shelf, move |connection| {
        connection.begin(&TransactionOptions::DEFAULT)?;
        let first = connection.run(LONG).unwrap_err().kind();
        let second = connection.run("insert into t values (1)").unwrap_err().kind();
        let commit = connection.commit().unwrap_err().kind();
        let many = connection
            .execute_many(&raw("select 1"), &[vec![]], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap_err()
            .kind();
        connection.rollback()?;
        seen.set(Some([first, second, commit, many]));
        Err(Error::new(ErrorKind::Cancelled, "as it was told"))
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(after.get(), Some([ErrorKind::Cancelled; 4]));
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    let mut connection = shelf.take();
    assert!(connection.autocommit(), "a cancelled greenlet could not roll back");
}

// SQLite counts the steps of a kept statement over all its runs, so one of these rollbacks is
// where it asks whether to stop.
#[test]
fn a_rollback_is_not_interrupted_by_the_cancel() {
    let (_driver, shelf) = database(&[]);
    let (work, ended) = running(&shelf, |connection| {
        let cancelled = connection.run(LONG);
        for _ in 0..30_000 {
            native(connection).rusqlite().execute_batch("begin").unwrap();
            connection.rollback()?;
        }
        cancelled.map(drop)
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    assert!(shelf.take().autocommit());
}

// After a hundred ignored refusals the next one unwinds, which must not happen inside SQLite:
// there `rusqlite` would swallow the panic, and the query would go on.
#[test]
fn no_refusal_unwinds_inside_sqlite() {
    let (_driver, shelf) = database(&[]);
    let code = Rc::new(Cell::new(None));
    let seen = Rc::clone(&code);
    let (work, _) = running(&shelf, move |connection| {
        let first = connection.run(LONG);
        for _ in 0..120 {
            if aludel_bridge::in_callback(aludel_bridge::checkpoint).is_ok() {
                return first.map(drop);
            }
        }
        let raw = native(connection).rusqlite();
        let result = raw.query_row(LONG, [], |row| row.get::<_, i64>(0));
        seen.set(result.unwrap_err().sqlite_error_code());
        first.map(drop)
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(code.get(), Some(ErrorCode::OperationInterrupted));
    assert_eq!(shelf.take().int("select 1"), 1);
}

#[test]
fn code_that_ignores_every_refusal_is_unwound_between_statements() {
    let (_driver, shelf) = database(&[]);
    let tries = Rc::new(Cell::new(0));
    let counted = Rc::clone(&tries);
    let (work, ended) = running(&shelf, move |connection| {
        loop {
            counted.set(counted.get() + 1);
            assert!(connection.run(LONG).unwrap_err().is_cancelled());
        }
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(ended.get(), None, "it returned");
    assert!((50..200).contains(&tries.get()), "{} tries", tries.get());
    assert_eq!(shelf.take().int("select 1"), 1);
}

// fault: T02
#[test]
fn dropping_the_future_ends_a_wait_for_a_lock_at_once() {
    let (driver, holder) = database(&["create table t (a)"]);
    holder.with(|connection| connection.run("begin immediate").unwrap());
    let waiting = Shelf::new(connect(&driver));
    let (wait, ended) = running(&waiting, |connection| connection.run("begin immediate").map(drop));
    {
        let mut wait = pin!(wait);
        assert!(!poll_once(wait.as_mut()));
    }
    // Not by its time-out, after which it would be another error.
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    let mut connection = waiting.take();
    assert!(connection.autocommit());
    assert_eq!(connection.release(), Released::Clean);
    holder.take().commit().unwrap();
    connection.run("begin immediate").unwrap();
}

#[test]
fn a_cursor_is_dropped_with_its_greenlet() {
    let (driver, shelf) = database(&["create table t (a)", "insert into t values (1), (2)"]);
    let (work, ended) = running(&shelf, |connection| {
        let mut cursor =
            connection.open_cursor(&raw("select a from t"), &[], &ExecutionOptions::DEFAULT)?;
        cursor.fetch(1, &mut Values::default())?;
        let _ = aludel_bridge::sleep(Duration::from_secs(60));
        cursor.fetch(1, &mut Values::default()).map(drop)
    });
    {
        let mut work = pin!(work);
        assert!(!poll_once(work.as_mut()));
    }
    assert_eq!(ended.get(), Some(ErrorKind::Cancelled));
    let mut connection = shelf.take();
    assert!(connection.is_usable());
    connect(&driver).run("delete from t").unwrap();
    assert_eq!(connection.int("select count(*) from t"), 0);
}
