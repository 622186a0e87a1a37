//! What a server remarks besides its answers: who hears it, and when.

use std::sync::{Arc, Mutex};

use aludel::dbapi::{IsolationLevel, ServerNotice, Severity};
use aludel::engine::{AfterCursorExecute, Notice, StreamResult};
use aludel::sql::RawSql;
use aludel::{Connection, Error, ErrorKind, Result, event, text};

use crate::{Db, suite};

suite![
    remarks_reach_their_listeners,
    remarks_of_a_failure_and_of_a_commit,
    remarks_are_heard_while_somebody_listens,
    an_error_of_the_listener_is_that_of_the_call,
    an_error_of_the_listener_does_not_undo_a_commit,
    remarks_of_an_earlier_rollback_are_nobodys,
    remarks_of_a_stream_have_its_text,
    remarks_of_rows_that_nobody_reads_are_nobodys,
    an_error_of_the_listener_ends_a_stream,
];

type Heard = Arc<Mutex<Vec<(ServerNotice, String)>>>;

fn listen(db: &Db) -> (Heard, event::Listening<aludel::engine::NoticeEvent>) {
    let heard = Heard::default();
    let into = Arc::clone(&heard);
    let listening = event::listen(&db.engine, move |event: &mut Notice<'_>| {
        into.lock().unwrap().push((event.notice.clone(), event.statement.to_owned()));
        Ok(())
    });
    (heard, listening)
}

fn taken(heard: &Heard) -> Vec<(ServerNotice, String)> {
    std::mem::take(&mut heard.lock().unwrap())
}

const RAISES: &str = "do $$ begin raise notice 'seen % times', 3; \
                      raise warning using message = 'careful', errcode = '01007'; end $$";

/// A statement of which the server remarks something, and what, if it ever does.
fn remarked(db: &Db) -> Option<(&'static str, Vec<ServerNotice>)> {
    match db.engine.name() {
        "postgresql" => Some((
            RAISES,
            vec![
                ServerNotice::new(Severity::Notice, "00000", "seen 3 times"),
                ServerNotice::new(Severity::Warning, "01007", "careful"),
            ],
        )),
        "sqlite" => None,
        _ => {
            let message = "Truncated incorrect INTEGER value: '12abc'";
            Some((
                "select cast('12abc' as signed)",
                vec![ServerNotice::new(Severity::Warning, "1292", message)],
            ))
        }
    }
}

fn remarks_reach_their_listeners(db: &Db) -> Result<()> {
    let (heard, _) = listen(db);
    let mut conn = db.engine.connect()?;
    conn.execute(text("select 1"))?;
    assert_eq!(taken(&heard), []);
    let Some((sql, notices)) = remarked(db) else { return conn.close() };
    let reported = |sql: &str| -> Vec<_> {
        notices.iter().map(|notice| (notice.clone(), sql.to_owned())).collect()
    };
    // Before the statement counts as executed.
    let order = Arc::clone(&heard);
    let after = event::listen(&db.engine, move |event: &mut AfterCursorExecute<'_>| {
        let end = ServerNotice::new(Severity::Log, "", "executed");
        order.lock().unwrap().push((end, event.statement.sql().to_owned()));
        Ok(())
    });
    conn.execute(text(sql))?;
    let mut expected = reported(sql);
    expected.push((ServerNotice::new(Severity::Log, "", "executed"), sql.to_owned()));
    assert_eq!(taken(&heard), expected);
    event::remove(&db.engine, &after)?;
    // Nothing is reported twice.
    conn.execute(text("select 1"))?;
    assert_eq!(taken(&heard), []);
    conn.exec_driver_sql(sql, ())?;
    assert_eq!(taken(&heard), reported(sql));
    // The listener may use the engine: nothing is locked meanwhile.
    let engine = db.engine.clone();
    let uses = event::listen(&conn.events(), move |_: &mut Notice<'_>| {
        let mut other = engine.connect()?;
        assert_eq!(other.scalar(text("select 1"))?, Some(1_i64));
        other.close()
    });
    conn.execute(text(sql))?;
    assert_eq!(taken(&heard).len(), notices.len());
    event::remove(&conn.events(), &uses)?;
    conn.close()
}

/// Has PostgreSQL remark something when an INSERT into `t` is committed.
fn remark_at_commit(conn: &mut Connection, level: &str) -> Result<()> {
    let function = format!(
        "create function remark() returns trigger language plpgsql as \
         $$ begin raise {level} 'at the end'; return null; end $$"
    );
    conn.execute(text("create table t (n integer)"))?;
    conn.execute(text(RawSql::new(function)))?;
    conn.execute(text(
        "create constraint trigger remarks after insert on t deferrable initially deferred \
         for each row execute function remark()",
    ))?;
    conn.commit()
}

/// PostgreSQL says it of both.
fn remarks_of_a_failure_and_of_a_commit(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    let (heard, _) = listen(db);
    let mut conn = db.engine.connect()?;
    remark_at_commit(&mut conn, "notice")?;
    conn.execute(text("insert into t values (1)"))?;
    assert_eq!(taken(&heard), []);
    conn.commit()?;
    let at_the_end = ServerNotice::new(Severity::Notice, "00000", "at the end");
    assert_eq!(taken(&heard), [(at_the_end, "COMMIT".to_owned())]);
    let fails = "do $$ begin raise notice 'before'; raise exception 'no'; end $$";
    let error = conn.execute(text(fails)).unwrap_err();
    assert_eq!(error.sqlstate(), Some("P0001"));
    let before = ServerNotice::new(Severity::Notice, "00000", "before");
    assert_eq!(taken(&heard), [(before, fails.to_owned())]);
    conn.rollback()?;
    conn.close()
}

fn remarks_are_heard_while_somebody_listens(db: &Db) -> Result<()> {
    let Some((sql, notices)) = remarked(db) else { return Ok(()) };
    let mut conn = db.engine.connect()?;
    conn.execute(text(sql))?;
    // What was remarked before is nobody's.
    let (heard, listening) = listen(db);
    conn.execute(text("select 1"))?;
    assert_eq!(taken(&heard), []);
    let rows = conn.stream(text("select 1"))?;
    rows.close()?;
    conn.close()?;
    let mut conn = db.engine.connect()?;
    conn.execute(text(sql))?;
    assert_eq!(taken(&heard).len(), notices.len());
    event::remove(&db.engine, &listening)?;
    conn.execute(text(sql))?;
    assert_eq!(taken(&heard), []);
    conn.close()
}

fn an_error_of_the_listener_is_that_of_the_call(db: &Db) -> Result<()> {
    let Some((sql, _)) = remarked(db) else { return Ok(()) };
    let mut conn = db.engine.connect()?;
    let refuses =
        event::listen(&conn.events(), |event: &mut Notice<'_>| match event.notice.severity {
            Severity::Warning => Err(Error::new(ErrorKind::Data, "no warnings are wanted")),
            _ => Ok(()),
        });
    let error = conn.execute(text(sql)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Data, "no warnings are wanted"));
    event::remove(&conn.events(), &refuses)?;
    // The statement was executed, and the transaction goes on.
    assert!(conn.in_transaction());
    conn.execute(text(sql))?;
    conn.commit()?;
    conn.close()
}

/// PostgreSQL remarks of a COMMIT.
fn an_error_of_the_listener_does_not_undo_a_commit(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    remark_at_commit(&mut conn, "warning")?;
    let (heard, _) = listen(db);
    event::listen(&conn.events(), |_: &mut Notice<'_>| {
        Err(Error::new(ErrorKind::Data, "no warnings are wanted"))
    });
    conn.execute(text("insert into t values (1)"))?;
    conn.commit()?;
    assert!(!conn.in_transaction());
    assert_eq!(taken(&heard).len(), 1);
    assert_eq!(conn.scalar(text("select n from t"))?, Some(1));
    conn.close()
}

/// What has ended a raw statement of AUTOCOMMIT is answered behind the next checkout.
fn remarks_of_an_earlier_rollback_are_nobodys(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    let (heard, _) = listen(db);
    for _ in 0..30 {
        let mut conn = db.engine.connect()?;
        conn.set_isolation_level(IsolationLevel::Autocommit)?;
        conn.exec_driver_sql("do $$ begin end $$", ())?;
        conn.close()?;
        let mut conn = db.engine.connect()?;
        conn.execute(text("select 1"))?;
        assert_eq!(taken(&heard), []);
        conn.close()?;
    }
    Ok(())
}

/// A statement of five rows, of each of which something is remarked.
const REMARKED_ROWS: &str = "select says(g) from generate_series(1, 5) g";

/// Has PostgreSQL remark something of each row.
fn remark_of_rows(conn: &mut Connection) -> Result<()> {
    let function = "create function says(n integer) returns integer language plpgsql volatile as \
                    $$ begin raise notice 'row %', n; return 10 / (4 - n); end $$";
    conn.execute(text(RawSql::new(function.to_owned())))?;
    conn.commit()
}

fn rows_remarked(numbers: std::ops::RangeInclusive<u8>, sql: &str) -> Vec<(ServerNotice, String)> {
    let row =
        |n| (ServerNotice::new(Severity::Notice, "00000", format!("row {n}")), sql.to_owned());
    numbers.map(row).collect()
}

/// In a transaction with a cursor on the server, and outside of one, where rows come as they do.
fn remarks_of_a_stream_have_its_text(db: &Db) -> Result<()> {
    let (heard, _) = listen(db);
    let mut conn = db.engine.connect()?;
    if db.engine.name() != "postgresql" {
        let Some((sql, notices)) = remarked(db) else { return conn.close() };
        for _ in 0..2 {
            let rows = conn.stream(text(sql))?.fetchall()?;
            assert_eq!(rows.len(), 1);
            assert_eq!(taken(&heard), [(notices[0].clone(), sql.to_owned())]);
            conn.execute(text("select 1"))?;
            assert_eq!(taken(&heard), []);
        }
        return conn.close();
    }
    remark_of_rows(&mut conn)?;
    taken(&heard);
    // The fourth row divides by zero.
    let rows = "select says(g) from generate_series(1, 3) g";
    for level in [None, Some(IsolationLevel::Autocommit)] {
        conn.set_isolation_level(level)?;
        let mut stream = conn.stream(text(rows))?.yield_per(2);
        assert_eq!(stream.next_partition()?.map(|rows| rows.len()), Some(2));
        let first = taken(&heard);
        assert!(first.len() >= 2, "behind the first portion: {first:?}");
        assert_eq!(stream.fetchall()?.len(), 1);
        drop(stream);
        let all: Vec<_> = first.into_iter().chain(taken(&heard)).collect();
        assert_eq!(all, rows_remarked(1..=3, rows), "{level:?}");
        conn.execute(text("select 1"))?;
        assert_eq!(taken(&heard), [], "{level:?}");
        // Also of rows in front of a failure.
        // Where there is no transaction, the blocking driver has all rows when it has opened it.
        let failed =
            conn.stream(text(REMARKED_ROWS)).and_then(StreamResult::collect::<Result<Vec<_>>>);
        assert_eq!(failed.expect_err("the fourth row fails").sqlstate(), Some("22012"));
        assert_eq!(taken(&heard), rows_remarked(1..=4, REMARKED_ROWS), "{level:?}");
        conn.rollback()?;
        // And where a result is read from a cursor.
        let options = aludel::ExecutionOptions::new().stream_results(true).portion(2);
        conn.execute(text(rows).execution_options(options))?;
        assert_eq!(taken(&heard), rows_remarked(1..=3, rows), "{level:?}");
        conn.rollback()?;
    }
    conn.close()
}

fn remarks_of_rows_that_nobody_reads_are_nobodys(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    remark_of_rows(&mut conn)?;
    let (heard, _) = listen(db);
    let rows = "select says(g) from generate_series(1, 3) g";
    for level in [None, Some(IsolationLevel::Autocommit)] {
        conn.set_isolation_level(level)?;
        for close in [true, false] {
            let mut stream = conn.stream(text(rows))?.yield_per(1);
            assert_eq!(stream.next_partition()?.map(|rows| rows.len()), Some(1));
            if close {
                stream.close()?;
            } else {
                drop(stream);
            }
            let seen = taken(&heard);
            assert!(seen.iter().all(|(_, text)| text == rows), "{seen:?}");
            conn.execute(text("select 1"))?;
            assert_eq!(taken(&heard), [], "{level:?}");
        }
        conn.rollback()?;
    }
    conn.close()
}

fn an_error_of_the_listener_ends_a_stream(db: &Db) -> Result<()> {
    if db.engine.name() != "postgresql" {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    remark_of_rows(&mut conn)?;
    let refuses = event::listen(&conn.events(), |event: &mut Notice<'_>| {
        match event.notice.message.as_str() {
            "row 1" => Ok(()),
            _ => Err(Error::new(ErrorKind::Data, "no remarks are wanted")),
        }
    });
    let mut stream = conn.stream(text("select says(g) from generate_series(1, 3) g"))?.yield_per(1);
    let mut read = 0;
    let error = loop {
        match stream.next_partition() {
            Ok(rows) => read += rows.expect("it is refused before its end").len(),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.message()), (ErrorKind::Data, "no remarks are wanted"));
    assert!((1..=3).contains(&read), "the rows that it has come first: {read}");
    assert_eq!(stream.next_partition()?, None);
    drop(stream);
    event::remove(&conn.events(), &refuses)?;
    // The transaction goes on.
    assert!(conn.in_transaction());
    assert_eq!(conn.scalar(text("select 1"))?, Some(1));
    conn.commit()?;
    conn.close()
}
