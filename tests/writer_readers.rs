//! An engine with one session that writes and others that read: which one serves what, and what waits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aludel::dbapi::{IsolationLevel, TransactionMode, TransactionOptions};
use aludel::engine::{AfterCursorExecute, Begin, Commit, HandleError};
use aludel::event::{listen, remove};
use aludel::pool::{Checkin, Checkout, Close, Connect};
use aludel::{
    Connection, Engine, EngineOptions, ErrorKind, ExecutionOptions, RawSql, Result, create_engine,
    create_engine_with, func, literal, select, text,
};
use aludel_testing::settle;

const READS: TransactionOptions = TransactionOptions::new().read_only(true);

/// A file that goes with the test, with a table.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        let file = Self(std::env::temp_dir().join(format!("{}.db", aludel_testing::unique("wr"))));
        let engine = create_engine(&format!("sqlite:///{}", file.0.display())).unwrap();
        engine.begin(|conn| conn.execute(text("create table t (n integer)"))).unwrap();
        engine.dispose();
        file
    }

    fn url(&self, scheme: &str, more: &str) -> String {
        format!("{scheme}:///{}?pool=writer-readers{more}", self.0.display())
    }

    fn engine(&self, scheme: &str) -> Engine {
        let options = EngineOptions::new().pool_size(3).max_overflow(0);
        let options = options.pool_timeout(Duration::from_millis(300));
        create_engine_with(&self.url(scheme, "&journal_mode=wal"), options).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

/// How many sessions are lent: of those that read, and the one that writes.
fn lent(engine: &Engine) -> (usize, usize) {
    let writer = engine.writer_pool().expect("it has one writer");
    (engine.pool().status().in_use, writer.status().in_use)
}

fn on_both(body: impl Fn(&str)) {
    for scheme in ["sqlite", "sqlite+thread"] {
        body(scheme);
    }
}

const NONE: (usize, usize) = (0, 0);
const READER: (usize, usize) = (1, 0);
const WRITER: (usize, usize) = (0, 1);

#[test]
fn a_transaction_takes_its_session_and_gives_it_back() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut conn = engine.connect().unwrap();
        assert_eq!(lent(&engine), NONE);
        assert!(!conn.is_invalidated());
        // Begun by a statement, whatever that is: it may write later.
        conn.execute(select(literal(1_i64))).unwrap();
        assert_eq!(lent(&engine), WRITER);
        conn.execute(text("insert into t values (1)")).unwrap();
        conn.commit().unwrap();
        assert_eq!(lent(&engine), NONE);
        let read = conn.begin_with_options(READS).unwrap();
        assert_eq!(lent(&engine), READER);
        drop(read);
        settle("a guard that was dropped keeps no session", || lent(&engine) == NONE);
        conn.execute(text("insert into t values (2)")).unwrap();
        assert_eq!(lent(&engine), WRITER);
        conn.rollback().unwrap();
        assert_eq!(lent(&engine), NONE);
        let locks = READS.mode(TransactionMode::Immediate);
        for (options, session) in [
            (READS.isolation_level(IsolationLevel::Serializable), READER),
            (READS.mode(TransactionMode::Deferred), READER),
            (locks, WRITER),
            (TransactionOptions::new().read_only(false), WRITER),
            (TransactionOptions::new(), WRITER),
        ] {
            let transaction = conn.begin_with_options(options).unwrap();
            assert_eq!(lent(&engine), session, "{options:?}");
            transaction.commit().unwrap();
            assert_eq!(lent(&engine), NONE, "{options:?}");
        }
        conn.begin_nested().unwrap().commit().unwrap();
        assert_eq!(lent(&engine), WRITER);
        drop(conn);
        assert_eq!(lent(&engine), NONE);
        let count: Option<i64> =
            engine.connect().unwrap().scalar(text("select count(*) from t")).unwrap();
        assert_eq!(count, Some(1));
        engine.dispose();
    });
}

/// Which sessions ran the statements of a use, as `after_cursor_execute` finds the pools before it.
fn sessions_of(
    engine: &Engine,
    work: impl FnOnce(&mut Connection) -> Result<()>,
) -> Vec<&'static str> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (of_readers, of_writer) = (engine.pool(), engine.writer_pool().unwrap());
    let note = {
        let seen = Arc::clone(&seen);
        move || {
            let lent = (of_readers.status().in_use, of_writer.status().in_use);
            seen.lock().unwrap().push(match lent {
                READER => "reader",
                WRITER => "writer",
                _ => "neither or both",
            });
        }
    };
    let listener = listen(engine, move |_: &mut Checkout<'_>| {
        note();
        Ok(())
    });
    let mut conn = engine.connect().unwrap();
    work(&mut conn).unwrap();
    drop(conn);
    remove(engine, &listener).unwrap();
    seen.lock().unwrap().clone()
}

#[test]
fn in_autocommit_each_statement_takes_one() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        drop(engine.connect().unwrap());
        let seen = sessions_of(&engine, |conn| {
            conn.set_isolation_level(IsolationLevel::Autocommit)?;
            conn.execute(select(literal(1_i64)))?;
            conn.execute(text("-- all\n select n from t"))?;
            conn.execute(text("insert into t values (1)"))?;
            conn.execute(text("pragma user_version = 3"))?;
            conn.execute(text("vacuum"))?;
            let guard = conn.begin()?;
            guard.commit()?;
            let rows = conn.stream(text("select n from t"))?.fetchall()?;
            assert_eq!(rows.len(), 1);
            conn.execute(text("delete from t"))?;
            Ok(())
        });
        assert_eq!(
            seen,
            ["reader", "reader", "writer", "writer", "writer", "reader", "writer"],
            "{scheme}"
        );
        let seen = sessions_of(&engine, |conn| {
            let alone = ExecutionOptions::new().isolation_level(IsolationLevel::Autocommit);
            conn.execute(select(literal(1_i64)).execution_options(alone.clone()))?;
            conn.execute(text("insert into t values (1)").execution_options(alone))?;
            conn.execute(text("insert into t values (2)"))?;
            conn.execute(select(literal(1_i64)))?;
            conn.rollback()
        });
        assert_eq!(seen, ["reader", "writer", "writer"], "{scheme}");
        let count: Option<i64> =
            engine.connect().unwrap().scalar(text("select count(*) from t")).unwrap();
        assert_eq!(count, Some(1));
        engine.dispose();
    });
}

/// What asks and does not begin with SELECT waits for no writer, and SQLite says that it only reads.
#[test]
fn in_autocommit_whatever_only_reads_has_a_reader() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut writer = engine.connect().unwrap();
        writer.execute(text("insert into t values (1)")).unwrap();
        let mut conn = engine.connect().unwrap();
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        for sql in [
            "with recursive a(x) as (select 1 union all select x + 1 from a where x < 3) select * from a",
            "with a as (select 1), b as materialized (select 2) values (3)",
            "explain select n from t",
            "explain query plan insert into t values (2)",
            "explain insert into t values (2)",
            "pragma table_info(t)",
            "pragma main.index_list(t)",
            "pragma user_version",
            "pragma journal_mode",
            "pragma integrity_check",
        ] {
            let ran = conn.execute(text(sql)).map(drop);
            ran.unwrap_or_else(|error| panic!("{scheme}: {sql}: {error}"));
            assert_eq!(lent(&engine), WRITER, "the other one's");
        }
        for sql in [
            "with a as (select 2) insert into t select * from a",
            "with a(x) as (select 2) delete from t where n in a",
            "pragma user_version = 3",
        ] {
            let error = conn.execute(text(sql)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{sql}: {error}");
        }
        writer.commit().unwrap();
        conn.execute(text("with a as (select 2) insert into t select * from a")).unwrap();
        drop((conn, writer));
        engine.dispose();
    });
}

/// What a session did before is another one's business: an answer would be wrong in silence.
#[test]
fn functions_of_the_statement_before_are_refused_where_another_session_ran_it() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut conn = engine.connect().unwrap();
        let asking = ["last_insert_rowid", "changes", "total_changes"];
        let refused = |conn: &mut Connection| {
            for name in asking {
                let error =
                    conn.execute(text(RawSql::new(format!("select {name}()")))).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
                assert!(error.message().contains("inserted_primary_key()"), "{error}");
                assert!(conn.execute(select(func::call(name, ()))).is_err());
                assert!(conn.stream(text(RawSql::new(format!("select {name}()")))).is_err());
            }
        };
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        conn.execute(text("insert into t values (1)")).unwrap();
        refused(&mut conn);
        assert_eq!(lent(&engine), NONE);
        conn.set_isolation_level(None).unwrap();
        conn.begin_root_with(&READS).unwrap();
        refused(&mut conn);
        conn.rollback().unwrap();
        // One transaction has one session.
        conn.execute(text("insert into t values (2)")).unwrap();
        assert_eq!(conn.scalar(text("select last_insert_rowid()")).unwrap(), Some(2_i64));
        assert_eq!(conn.scalar(text("select changes()")).unwrap(), Some(1_i64));
        conn.commit().unwrap();
        drop(conn);
        engine.dispose();
    });
}

/// Whoever has nothing open keeps no session: the writer is one for all.
#[test]
fn what_is_over_keeps_no_session() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut conn = engine.connect().unwrap();
        conn.execute(text("create table u (n integer primary key)")).unwrap();
        conn.commit().unwrap();
        let no_info = |conn: &mut Connection| {
            let error = conn.info().map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.message().contains("begin one"), "{error}");
            assert_eq!(lent(&engine), NONE);
            conn.commit().unwrap();
            conn.rollback().unwrap();
            assert_eq!(lent(&engine), NONE);
        };
        no_info(&mut conn);
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        no_info(&mut conn);
        let insert = "insert into u values (1), (2), (3) returning n";
        for (sql, session) in [(insert, WRITER), ("select n from u", READER)] {
            let mut rows = conn.stream(text(sql)).unwrap();
            assert_eq!(lent(&engine), session, "{sql}");
            assert_eq!(rows.fetchall().unwrap().len(), 3, "{sql}");
            assert_eq!(lent(&engine), NONE, "it was read to its end: {sql}");
            assert_eq!(rows.columns().names().len(), 1);
            drop(rows);
            let more = "insert into u values (4), (5) returning n";
            for sql in [more, "select n from u"] {
                let mut rows = conn.stream(text(sql)).unwrap().yield_per(1);
                assert_eq!(rows.next_partition().unwrap().map(|rows| rows.len()), Some(1));
                drop(rows);
                settle("a stream was dropped", || lent(&engine) == NONE);
            }
            conn.execute(text("delete from u where n > 3")).unwrap();
            conn.stream(text("select n from u")).unwrap().close().unwrap();
            assert_eq!(lent(&engine), NONE);
        }
        for sql in [insert, "select n from nowhere", "select abs(-9223372036854775808)"] {
            let failed = conn.stream(text(sql)).and_then(|mut rows| rows.fetchall());
            failed.expect_err("it is refused");
            assert_eq!(lent(&engine), NONE, "{sql}");
            // With its place among the others, and whole.
            let count = "select count(*) from u";
            assert_eq!(conn.scalar(text(count)).unwrap(), Some(3_i64), "{sql}");
        }
        drop(conn);
        engine.dispose();
    });
}

/// A stream that loses its session: the connection has another one afterwards.
#[test]
fn a_stream_that_loses_its_session_gives_it_up() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut conn = engine.connect().unwrap();
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        let gone = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&gone);
        listen(&engine, move |_: &mut Close<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let listener = listen(&engine, |event: &mut HandleError<'_>| {
            event.error.set_disconnect(true);
            Ok(())
        });
        for sql in ["select n from nowhere", "select abs(-9223372036854775808)"] {
            conn.stream(text(sql)).and_then(|mut rows| rows.fetchall()).unwrap_err();
            assert_eq!(lent(&engine), NONE, "{sql}");
            for _ in 0..2 {
                assert_eq!(conn.scalar(text("select 1")).unwrap(), Some(1_i64), "{sql}");
                assert!(!conn.is_invalidated(), "{sql}");
            }
            settle("the session is closed", || gone.swap(0, Ordering::Relaxed) > 0);
        }
        remove(&engine, &listener).unwrap();
        drop(conn);
        engine.dispose();
    });
}

#[test]
fn readers_go_on_while_a_transaction_writes() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut writer = engine.connect().unwrap();
        writer.execute(text("insert into t values (1)")).unwrap();
        let mut readers: Vec<_> = (0..3).map(|_| engine.connect().unwrap()).collect();
        for reader in &mut readers {
            reader.begin_root_with(&READS).unwrap();
            let rows: Vec<i64> = reader.scalars(text("select n from t")).unwrap();
            assert!(rows.is_empty());
        }
        assert_eq!(lent(&engine), (3, 1));
        // There are as many readers as pool_size says.
        let error = engine.connect().unwrap().begin_with_options(READS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains("raise pool_size"), "{error}");
        writer.commit().unwrap();
        // A reader has what there was when it began.
        for reader in &mut readers {
            let rows: Vec<i64> = reader.scalars(text("select n from t")).unwrap();
            assert!(rows.is_empty());
            reader.commit().unwrap();
            reader.begin_root_with(&READS).unwrap();
            let rows: Vec<i64> = reader.scalars(text("select n from t")).unwrap();
            assert_eq!(rows, [1]);
        }
        drop(readers);
        engine.dispose();
    });
}

#[test]
fn who_waits_too_long_for_the_writer_is_told_why() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let mut holder = engine.connect().unwrap();
        holder.execute(text("insert into t values (1)")).unwrap();
        let mut late = engine.connect().unwrap();
        let error = late.execute(text("insert into t values (2)")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains("one session writes"), "{error}");
        assert!(error.message().contains(file!()), "who has it: {error}");
        let status = engine.writer_pool().unwrap().status();
        assert_eq!(status.lent[0].statement.as_deref(), Some("insert into t values (1)"));
        // Nothing was begun, so nothing is broken.
        assert!(!late.in_transaction());
        holder.commit().unwrap();
        late.execute(text("insert into t values (2)")).unwrap();
        late.commit().unwrap();
        let error = {
            let _transaction = holder.begin().unwrap();
            engine.close(Duration::from_millis(20)).unwrap_err()
        };
        assert!(error.message().contains(file!()), "{error}");
        holder.close().unwrap();
        engine.close(Duration::from_secs(5)).unwrap();
        let error = engine.connect().unwrap().begin().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceClosed);
        engine.dispose();
        engine.connect().unwrap().begin().unwrap().commit().unwrap();
        engine.dispose();
    });
}

#[test]
fn a_read_only_transaction_refuses_what_writes_and_says_the_cure() {
    on_both(|scheme| {
        let file = File::new();
        let plain = format!("{scheme}:///{}", file.0.display());
        for engine in [file.engine(scheme), create_engine(&plain).unwrap()] {
            let mut conn = engine.connect().unwrap();
            let mut reading = conn.begin_with_options(READS).unwrap();
            for sql in ["insert into t values (1)", "create table u (n)", "create temp table v (n)"]
            {
                let error = reading.execute(text(sql)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
                assert!(error.message().contains("without read_only"), "{sql}: {error}");
            }
            // It goes on.
            assert_eq!(reading.scalar(text("select count(*) from t")).unwrap(), Some(0_i64));
            reading.commit().unwrap();
            conn.execute(text("insert into t values (1)")).unwrap();
            conn.rollback().unwrap();
            drop(conn);
            engine.dispose();
        }
    });
}

/// What was sent to the writer and to the readers, and which events showed it.
#[test]
fn events_are_those_of_the_session_that_serves() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        listen(&engine, move |event: &mut Connect<'_>| {
            event.info.insert(count.fetch_add(1, Ordering::Relaxed));
            Ok(())
        });
        let log = Arc::new(Mutex::new(Vec::new()));
        macro_rules! note {
            ($kind:ident, $text:expr) => {{
                let log = Arc::clone(&log);
                listen(&engine, move |_: &mut $kind<'_>| {
                    log.lock().unwrap().push($text.to_owned());
                    Ok(())
                });
            }};
        }
        note!(Checkout, "checkout");
        note!(Checkin, "checkin");
        note!(Begin, "begin");
        note!(Commit, "commit");
        let ran = Arc::clone(&log);
        listen(&engine, move |event: &mut AfterCursorExecute<'_>| {
            ran.lock().unwrap().push(event.statement.sql().to_owned());
            Ok(())
        });
        // The first connection is made to know the database.
        let mut conn = engine.connect().unwrap();
        assert_eq!(*log.lock().unwrap(), ["checkout", "checkin"]);
        log.lock().unwrap().clear();
        conn.execute(text("insert into t values (1)")).unwrap();
        assert_eq!(conn.info().unwrap().get::<usize>(), Some(&1));
        conn.commit().unwrap();
        conn.begin_root_with(&READS).unwrap();
        assert_eq!(conn.info().unwrap().get::<usize>(), Some(&0));
        conn.execute(text("select n from t")).unwrap();
        conn.commit().unwrap();
        let expected = [
            "checkout",
            "begin",
            "insert into t values (1)",
            "commit",
            "checkin",
            "checkout",
            "begin",
            "select n from t",
            "commit",
            "checkin",
        ];
        assert_eq!(*log.lock().unwrap(), expected, "{scheme}");
        assert_eq!(made.load(Ordering::Relaxed), 2);
        drop(conn);
        engine.dispose();
    });
}

#[test]
fn a_writer_begins_with_the_lock_unless_the_url_says_otherwise() {
    on_both(|scheme| {
        let file = File::new();
        for (more, locks) in [("", true), ("&begin=deferred", false)] {
            let engine = create_engine(&file.url(scheme, more)).unwrap();
            let mut conn = engine.connect().unwrap();
            conn.execute(text("select n from t")).unwrap();
            // Another program.
            let other = rusqlite(&file);
            other.busy_timeout(Duration::ZERO).unwrap();
            let begun = other.execute_batch("begin immediate; rollback");
            assert_eq!(begun.is_err(), locks, "{more}");
            conn.commit().unwrap();
            drop(conn);
            engine.dispose();
        }
    });
}

fn rusqlite(file: &File) -> rusqlite::Connection {
    rusqlite::Connection::open(&file.0).unwrap()
}

#[test]
fn what_has_no_such_sessions_refuses_the_option() {
    for (url, words) in [
        ("sqlite://?pool=writer-readers", "memory database"),
        ("sqlite+thread://?pool=writer-readers", "memory database"),
        ("sqlite:///x.db?mode=ro&pool=writer-readers", "mode=ro"),
        ("sqlite:///x.db?pool=many", "writer-readers"),
    ] {
        let error = create_engine(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{url}");
        assert!(error.message().contains(words), "{url}: {error}");
    }
    assert!(create_engine("sqlite://").unwrap().writer_pool().is_none());
}

/// Threads of a blocking program: no writer fails, and none is late.
#[test]
fn threads_have_their_turns() {
    on_both(|scheme| {
        let file = File::new();
        let options = EngineOptions::new().pool_size(3).max_overflow(0);
        let engine = create_engine_with(&file.url(scheme, "&journal_mode=wal"), options).unwrap();
        engine.begin(|conn| conn.execute(text("insert into t values (0)"))).unwrap();
        thread::scope(|scope| {
            for number in 0..8 {
                let engine = engine.clone();
                scope.spawn(move || {
                    for round in 0..20 {
                        if (number + round) % 4 == 0 {
                            let mut conn = engine.connect().unwrap();
                            let mut read = conn.begin_with_options(READS).unwrap();
                            let n: Option<i64> = read.scalar(text("select n from t")).unwrap();
                            // Whole transactions are seen only.
                            assert_eq!(n.unwrap() % 2, 0);
                            read.commit().unwrap();
                            continue;
                        }
                        let changed = engine.begin(|conn| {
                            conn.execute(text("update t set n = n + 1"))?;
                            conn.execute(text("update t set n = n + 1"))
                        });
                        changed.unwrap();
                    }
                });
            }
        });
        let n: Option<i64> = engine.connect().unwrap().scalar(text("select n from t")).unwrap();
        assert_eq!(n, Some(8 * 15 * 2));
        assert_eq!(lent(&engine), NONE);
        engine.dispose();
    });
}

#[test]
fn the_numbers_of_both_pools_are_the_engines() {
    on_both(|scheme| {
        let file = File::new();
        let engine = file.engine(scheme);
        let (mut reads, mut writes) = (engine.connect().unwrap(), engine.connect().unwrap());
        let read = reads.begin_with_options(READS).unwrap();
        let write = writes.begin().unwrap();
        let status = engine.status();
        assert_eq!((status.in_use, status.idle, status.limit), (2, 0, 4), "{status}");
        let lent: Vec<_> = status.lent.iter().map(|lent| lent.since).collect();
        assert!(lent.len() == 2 && lent.is_sorted(), "{lent:?}");
        let readers = engine.readers_pool().expect("it has readers");
        assert_eq!((readers.status().in_use, readers.status().limit), (1, 3));
        drop((read, write));
        drop((reads, writes));
        assert_eq!((engine.status().in_use, engine.status().idle), (0, 2));
        engine.dispose();
    });
    assert!(create_engine("sqlite://").unwrap().readers_pool().is_none());
}
