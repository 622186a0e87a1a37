//! What a server remarks besides its answers: who hears it, and when.

use std::sync::{Arc, Mutex};

use aludel::dbapi::{IsolationLevel, ServerNotice, Severity};
use aludel::engine::{AfterCursorExecute, Notice};
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
