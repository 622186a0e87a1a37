//! What the server does not limit, and what is as it was before.

use std::time::Duration;

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, Engine, ErrorKind, RawSql, event, pool, text};
use aludel_testing::{private_mariadb, server_url, settle, unique};

use crate::{LATE, NONE, SOON, each, is_postgres, limit, narrow, sleep, within};

/// A program that takes longer between two portions than the time-out.
#[test]
fn a_stream_whose_program_pauses() {
    const ROWS: i64 = 200_000;
    each(|scheme, url, _| {
        let engine = narrow(url, &within(SOON));
        let many = if is_postgres(scheme) {
            "select n, repeat('x', 100) from generate_series(1, 200000) as s(n)"
        } else {
            "select seq, repeat('x', 100) from seq_1_to_200000"
        };
        for level in [None, Some(IsolationLevel::Autocommit)] {
            let mut conn = engine.connect().unwrap();
            conn.set_isolation_level(level).unwrap();
            // The session has the limit.
            conn.execute(text("select 1")).unwrap();
            // A cursor that is held makes all its rows at once.
            let is_held = scheme == "postgresql+postgres" && level.is_some();
            let time = if is_held { SOON * 8 } else { SOON };
            let rows = text(many).execution_options(within(time));
            let mut stream = conn.stream(rows).unwrap();
            let mut count = 0;
            for pause in 0.. {
                let Some(rows) = stream.next_partition().unwrap() else { break };
                count += i64::try_from(rows.len()).unwrap();
                if pause < 3 && !is_held || pause < 1 {
                    std::thread::sleep(time * 2);
                }
            }
            assert_eq!(count, ROWS, "{scheme}, {level:?}");
            stream.close().unwrap();
            conn.execute(text("select 1")).unwrap();
            conn.rollback().unwrap();
            conn.set_isolation_level(None).unwrap();
            conn.close().unwrap();
        }
        engine.dispose();
    });
}

/// Constraints that are checked by COMMIT take longer than the time-out of a statement.
#[test]
fn a_commit_of_postgresql() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &within(SOON));
        let mut conn = engine.connect().unwrap();
        let (table, function) = (unique("slow"), unique("slowly"));
        for sql in [
            format!("create table {table} (a integer)"),
            format!(
                "create function {function}() returns trigger language plpgsql as \
                 $$ begin perform pg_sleep(0.6); return null; end $$"
            ),
            format!(
                "create constraint trigger {table} after insert on {table} deferrable initially \
                 deferred for each row execute function {function}()"
            ),
        ] {
            conn.execute(text(RawSql::new(sql))).unwrap();
        }
        conn.commit().unwrap();
        conn.execute(text(RawSql::new(format!("insert into {table} values (1)")))).unwrap();
        conn.commit().expect("COMMIT has the time that it takes");
        let count = text(RawSql::new(format!("select count(*) from {table}")));
        assert_eq!(conn.scalar(count).unwrap(), Some(1_i64), "{scheme}");
        for what in [format!("table {table}"), format!("function {function}()")] {
            conn.execute(text(RawSql::new(format!("drop {what}")))).unwrap();
        }
        conn.commit().unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

const USERS: &str = "CREATE DATABASE shop;\n\
    CREATE USER app@'127.0.0.1' IDENTIFIED BY 's3cret';\n\
    GRANT ALL ON *.* TO app@'127.0.0.1';\n";

/// A COMMIT that waits for a lock that all commits wait for, longer than the time-out of a statement. It stops
/// everybody, so the server is this test's own.
#[test]
fn a_commit_of_mariadb() {
    if server_url("ALUDEL_TEST_MYSQL_URL").is_none() {
        return;
    }
    let what = "a COMMIT of MariaDB that waits";
    let Some((server, _folder)) = private_mariadb::start("limits", what, USERS, |_| Vec::new())
    else {
        return;
    };
    for scheme in ["mysql", "mysql+mysql"] {
        let url = format!("{scheme}://app:s3cret@127.0.0.1:{}/shop", server.port);
        let engine = narrow(&url, &within(SOON));
        let mut conn = engine.connect().unwrap();
        conn.execute(text("create or replace table t (a integer) engine = InnoDB")).unwrap();
        conn.execute(text("insert into t values (1)")).unwrap();
        let other = narrow(&url, &NONE);
        let mut locking = other.connect().unwrap();
        locking.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        for stage in ["start", "flush", "block_ddl", "block_commit"] {
            locking.execute(text(RawSql::new(format!("backup stage {stage}")))).unwrap();
        }
        let committing = std::thread::spawn(move || conn.commit().map(|()| conn));
        std::thread::sleep(SOON * 4);
        assert!(!committing.is_finished(), "{scheme}: the lock is held");
        locking.execute(text("backup stage end")).unwrap();
        let mut conn = committing.join().unwrap().expect("COMMIT has the time that it takes");
        assert_eq!(conn.scalar(text("select count(*) from t")).unwrap(), Some(1_i64), "{scheme}");
        conn.close().unwrap();
        locking.close().unwrap();
        other.dispose();
        engine.dispose();
    }
}

/// An engine whose sessions have seven seconds of their own, by a connect listener.
fn with_seven_seconds(scheme: &str, url: &str) -> Engine {
    let sql = if is_postgres(scheme) {
        "set statement_timeout = '7s'"
    } else {
        "set session max_statement_time = 7"
    };
    let engine = narrow(url, &NONE);
    event::listen(&engine, move |event: &mut pool::Connect<'_>| event.dbapi_connection.run(sql));
    engine
}

#[test]
fn what_a_connect_listener_has_set_comes_back() {
    each(|scheme, url, _| {
        let engine = with_seven_seconds(scheme, url);
        let own = |conn: &mut Connection, case: &str| {
            assert_eq!(limit(scheme, conn, NONE), 7_000.0, "{scheme}: {case}");
        };
        let ours = |conn: &mut Connection, case: &str| {
            assert_eq!(limit(scheme, conn, within(LATE)), 3_600_000.0, "{scheme}: {case}");
        };
        for round in 0..2 {
            let mut conn = engine.connect().unwrap();
            own(&mut conn, "a new use");
            if round == 0 && is_postgres(scheme) {
                let first = limit(scheme, &mut conn, within(LATE));
                assert_eq!(first, 7_000.0, "{scheme}: the client keeps the first one there");
                conn.rollback().unwrap();
                ours(&mut conn, "ahead of a transaction");
                conn.rollback().unwrap();
                own(&mut conn, "a new transaction");
            }
            ours(&mut conn, "in a transaction");
            own(&mut conn, "in the same transaction");
            ours(&mut conn, "in the same transaction again");
            let mut savepoint = conn.begin_nested().unwrap();
            own(&mut savepoint, "behind a savepoint");
            savepoint.rollback().unwrap();
            ours(&mut conn, "behind a rollback to it");
            let mut savepoint = conn.begin_nested().unwrap();
            ours(&mut savepoint, "behind another savepoint");
            savepoint.execute(text("select nothing_of_the_sort")).expect_err("no such column");
            savepoint.rollback().unwrap();
            own(&mut conn, "behind a rollback to that");
            conn.rollback().unwrap();
            own(&mut conn, "behind a rollback");
            conn.commit().unwrap();
            ours(&mut conn, "first in a transaction");
            conn.rollback().unwrap();
            ours(&mut conn, "behind its rollback");
            conn.execute(text("select nothing_of_the_sort").execution_options(within(LATE * 2)))
                .expect_err("no such column");
            conn.rollback().unwrap();
            own(&mut conn, "behind a failure");
            conn.rollback().unwrap();
            conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
            ours(&mut conn, "in autocommit");
            own(&mut conn, "in autocommit");
            ours(&mut conn, "in autocommit again");
            conn.set_isolation_level(None).unwrap();
            if round == 0 {
                conn.close().unwrap();
            } else {
                conn.begin().map(drop).unwrap();
            }
        }
        settle("it is back", || engine.pool().status().in_use == 0);
        engine.dispose();
    });
}

/// What fails on this side, after the limit was chosen and before anything was sent with it.
#[test]
fn a_statement_that_was_not_sent() {
    each(|scheme, url, _| {
        let engine = narrow(url, &NONE);
        let mut conn = engine.connect().unwrap();
        conn.execute(text("select 1")).unwrap();
        // A value that no parameter can have.
        let long = "x".repeat(1 << 26);
        let unsent = text(sleep(scheme)).bind("n", long).execution_options(within(SOON));
        conn.execute(unsent).expect_err("it is too long, or no number");
        conn.rollback().unwrap();
        let brief = text(sleep(scheme)).bind("n", 0.5);
        conn.execute(brief).expect("no limit is left");
        conn.rollback().unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

/// Where somebody has cancelled a statement that has a limit, that is no time-out.
#[test]
fn a_cancellation_by_somebody_else() {
    each(|scheme, url, _| {
        let engine = narrow(url, &within(LATE));
        let mut conn = engine.connect().unwrap();
        let number = crate::session(scheme, &mut conn);
        let other = narrow(url, &NONE);
        let slow = sleep(scheme);
        let thread = std::thread::spawn(move || {
            let error = conn.execute(text(slow).bind("n", 60.0)).map(drop).expect_err("cancelled");
            conn.rollback().unwrap();
            error
        });
        let mut cancelling = other.connect().unwrap();
        cancelling.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        let (seek, cancel) = if is_postgres(scheme) {
            (
                "select count(*) from pg_stat_activity where pid = :n and query like '%pg_sleep%' and state = 'active'",
                format!("select pg_cancel_backend({number})"),
            )
        } else {
            (
                "select count(*) from information_schema.processlist where id = :n and info like '%sleep%'",
                format!("kill query {number}"),
            )
        };
        settle("it runs", || {
            let count: Option<i64> = cancelling.scalar(text(seek).bind("n", number)).unwrap();
            count == Some(1)
        });
        cancelling.execute(text(RawSql::new(cancel))).unwrap();
        let error = thread.join().unwrap();
        assert_eq!(error.kind(), ErrorKind::Operational, "{scheme}: {error}");
        cancelling.close().unwrap();
        other.dispose();
        engine.dispose();
    });
}

/// The setting of the program itself, which it makes by a text of its own.
#[test]
fn what_the_program_sets_itself_is_its_own() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &within(LATE));
        let mut conn = engine.connect().unwrap();
        assert_eq!(limit(scheme, &mut conn, within(LATE)), 3_600_000.0);
        conn.execute(text("set local statement_timeout = '9s'")).unwrap();
        let alone = within(LATE).timeout(None);
        for options in [alone.clone(), within(LATE)] {
            assert_eq!(limit(scheme, &mut conn, options), 9_000.0, "{scheme}: it is left alone");
        }
        conn.commit().unwrap();
        assert_eq!(limit(scheme, &mut conn, alone.clone()), 0.0, "{scheme}: it was local");
        conn.rollback().unwrap();
        conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
        conn.execute(text("set statement_timeout = '8s'")).unwrap();
        assert_eq!(limit(scheme, &mut conn, within(LATE)), 3_600_000.0, "{scheme}");
        assert_eq!(limit(scheme, &mut conn, alone.clone()), 8_000.0, "{scheme}");
        assert_eq!(limit(scheme, &mut conn, within(LATE)), 3_600_000.0, "{scheme}");
        conn.execute(text("reset all")).unwrap();
        assert_eq!(limit(scheme, &mut conn, alone), 0.0, "{scheme}");
        conn.set_isolation_level(None).unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

#[test]
fn any_length_of_time_is_one_that_the_server_takes() {
    each(|scheme, url, _| {
        let engine = narrow(url, &NONE);
        let mut conn = engine.connect().unwrap();
        for time in [Duration::MAX, Duration::from_secs(u32::MAX.into()), Duration::from_nanos(1)] {
            let statement = text("select 1").execution_options(within(time));
            match conn.scalar(statement) {
                Ok(value) => assert_eq!(value, Some(1_i64), "{scheme}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout, "{scheme}: {error}"),
            }
            conn.rollback().unwrap();
        }
        conn.close().unwrap();
        engine.dispose();
    });
}

/// Texts after which nobody here knows whether a transaction is open: what the server has is the session's own, in
/// every use that follows.
#[test]
fn texts_that_may_begin_or_end_a_transaction() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        for words in [
            "commit",
            "savepoint a",
            "commit and chain",
            "do $$ begin perform 1; end $$",
            "rollback",
        ] {
            for own in [None, Some("set local statement_timeout = '9s'")] {
                let engine = with_seven_seconds(scheme, url);
                let mut conn = engine.connect().unwrap();
                conn.execute(text("select 1")).unwrap();
                conn.execute(text("select 1").execution_options(within(LATE))).unwrap();
                if let Some(own) = own {
                    conn.execute(text(own)).unwrap();
                }
                conn.execute(text(RawSql::new(words.to_owned()))).unwrap();
                for options in [within(LATE), NONE, within(LATE * 2)] {
                    conn.execute(text("select 1").execution_options(options)).unwrap();
                }
                // It is no error of the session's that the program has ended its transaction.
                if conn.commit().is_err() {
                    conn.rollback().unwrap();
                }
                for round in 0..2 {
                    assert_eq!(
                        limit(scheme, &mut conn, NONE),
                        7_000.0,
                        "{scheme}: {words}, {round}"
                    );
                    conn.rollback().unwrap();
                    assert_eq!(limit(scheme, &mut conn, within(LATE)), 3_600_000.0, "{words}");
                    conn.rollback().unwrap();
                    conn.close().unwrap();
                    conn = engine.connect().unwrap();
                }
                drop(conn);
                settle("it is back", || engine.pool().status().in_use == 0);
                engine.dispose();
            }
        }
    });
}

/// What a program sets for its session, within a transaction that it commits.
#[test]
fn a_setting_that_is_committed() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        for set in
            ["set statement_timeout = '8s'", "select set_config('statement_timeout', '8s', false)"]
        {
            let engine = narrow(url, &within(LATE));
            let mut conn = engine.connect().unwrap();
            let alone = within(LATE).timeout(None);
            // In the transaction it has the engine's limit, the session's own, or another of ours.
            for before in [within(LATE), alone.clone(), within(LATE / 2)] {
                conn.execute(text("select 1")).unwrap();
                conn.execute(text("select 1").execution_options(before)).unwrap();
                conn.execute(text(set)).unwrap();
                conn.commit().unwrap();
                assert_eq!(limit(scheme, &mut conn, within(LATE)), 3_600_000.0, "{scheme}: {set}");
                assert_eq!(limit(scheme, &mut conn, alone.clone()), 8_000.0, "{scheme}: {set}");
                conn.rollback().unwrap();
                conn.execute(text("set statement_timeout = 0")).unwrap();
                conn.commit().unwrap();
            }
            conn.execute(text(set)).unwrap();
            conn.commit().unwrap();
            conn.execute(text("set statement_timeout = '6s'")).unwrap();
            conn.rollback().unwrap();
            assert_eq!(limit(scheme, &mut conn, alone), 8_000.0, "{scheme}: {set}");
            conn.rollback().unwrap();
            conn.close().unwrap();
            engine.dispose();
        }
    });
}

/// Constraints that a statement checks now take the time of this statement.
#[test]
fn constraints_that_are_checked_at_once() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &NONE);
        let mut conn = engine.connect().unwrap();
        let t = unique("checked");
        for sql in [
            format!("create table {t} (a integer)"),
            format!(
                "create function {t}() returns trigger language plpgsql as \
                 $$ begin perform pg_sleep(0.6); return null; end $$"
            ),
            format!(
                "create constraint trigger {t} after insert on {t} deferrable initially deferred \
                 for each row execute function {t}()"
            ),
        ] {
            conn.execute(text(RawSql::new(sql))).unwrap();
        }
        conn.commit().unwrap();
        let insert = text(RawSql::new(format!("insert into {t} values (1)")));
        conn.execute(insert.clone().execution_options(within(SOON))).unwrap();
        conn.execute(text("set constraints all immediate")).expect("it has no time-out");
        conn.execute(insert.execution_options(within(LATE))).expect("it has much");
        conn.rollback().unwrap();
        for what in [format!("table {t}"), format!("function {t}()")] {
            conn.execute(text(RawSql::new(format!("drop {what}")))).unwrap();
        }
        conn.commit().unwrap();
        conn.close().unwrap();
        engine.dispose();
    });
}

/// A lock is had before the transaction has its snapshot, with a time-out as without.
#[test]
fn a_snapshot_is_taken_by_no_message_of_ours() {
    each(|scheme, url, _| {
        if !is_postgres(scheme) {
            return;
        }
        let engine = narrow(url, &NONE);
        let (mut conn, t) = (engine.connect().unwrap(), unique("snapshot"));
        conn.execute(text(RawSql::new(format!("create table {t} (a integer)")))).unwrap();
        conn.commit().unwrap();
        conn.set_isolation_level(IsolationLevel::RepeatableRead).unwrap();
        let other = narrow(url, &NONE);
        let late = within(LATE);
        // The session has a limit ahead of the transaction, it may be given another in it, and there it has one too many.
        for (rows, (of_set, of_lock)) in (1..).zip([(&late, &late), (&NONE, &late), (&late, &NONE)])
        {
            let set = text("set local lock_timeout = '20s'");
            conn.execute(set.execution_options(of_set.clone())).unwrap();
            let lock = text(RawSql::new(format!("lock table {t} in exclusive mode")));
            let mut writing = other.connect().unwrap();
            writing.execute(text(RawSql::new(format!("insert into {t} values (1)")))).unwrap();
            let writer = std::thread::spawn(move || {
                std::thread::sleep(SOON * 2);
                writing.commit().unwrap();
                writing.close().unwrap();
            });
            conn.execute(lock.execution_options(of_lock.clone())).unwrap();
            let count = text(RawSql::new(format!("select count(*) from {t}")));
            let found: Option<i64> = conn.scalar(count.execution_options(late.clone())).unwrap();
            assert_eq!(found, Some(rows), "{scheme}");
            writer.join().unwrap();
            conn.rollback().unwrap();
        }
        conn.set_isolation_level(None).unwrap();
        conn.execute(text(RawSql::new(format!("drop table {t}")))).unwrap();
        conn.commit().unwrap();
        conn.close().unwrap();
        other.dispose();
        engine.dispose();
    });
}
